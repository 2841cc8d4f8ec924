# SPDX-License-Identifier: Apache-2.0
"""A row of everything of the declaring, named by a tag, for tests of the whole API."""

from __future__ import annotations

from datetime import date

from entrepot.customs.sending.models import Document
from entrepot.declaring.configuring import change_setup, put_codes
from entrepot.declaring.models import Booking, Flow, Merge, Merging, Ticket
from entrepot.people.tenancy import within
from entrepot.warehouse.models import Parcel
from tests.jobs.callers import Caller

ON = date(2026, 3, 2)


def add_declaring(caller: Caller, tag: str) -> None:
    """What is said once, a flow with a ticket, a list that disagrees, and a merge."""
    with within(caller.enterprise):
        change_setup({"ebcName": f"{tag} firm"})
        put_codes([("platform", tag, f"{tag}C", f"{tag} platform")])
        flow = Flow.objects.create(
            number=f"{tag}F", way="9610_list_a", on=ON, said={"billNo": f"{tag}B"},
            why_en=f"{tag} is open", why_zh=tag, confidence="V", opened_by="system",
        )  # fmt: skip
        Ticket.objects.create(
            flow=flow, at=1, source="parcel", source_id=Parcel.objects.first().id, channel=tag,
            order_no=f"{tag}-1", logistics_no=f"{tag}-T", list_no=f"{tag}L",
        )  # fmt: skip
        Booking.objects.create(
            kind="list", own_no=f"{tag}L", declaration_no=f"{tag}D", state="disagrees",
            document=Document.objects.filter(kind="CEB603Message").first(), cause="no_number",
            facts={"found": tag}, said=b"", by="system",
        )  # fmt: skip
        merge = Merge.objects.create(
            number=f"{tag}M", month="2026-02", due_on=ON, key={"consignor": tag}, made_by="system"
        )
        Merging.objects.create(merge=merge, declaration_no=f"{tag}D")
