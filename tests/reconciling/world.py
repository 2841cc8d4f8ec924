# SPDX-License-Identifier: Apache-2.0
"""A row of everything of the reconciliation, named by a tag, for tests of the whole API."""

from __future__ import annotations

import io

from entrepot.people.tenancy import within
from entrepot.reconciling import files
from entrepot.reconciling.mappings import put_mapping
from entrepot.reconciling.matching import match_items
from entrepot.reconciling.models import Item
from tests.bank.kit import bal, camt, ntry
from tests.jobs.callers import Caller
from tests.settlement.kit import v2

_MAPPING = """
account = "{tag}A"
currency = "USD"
[columns]
booked_on = "day"
amount = "amount"
"""


def add_money(caller: Caller, tag: str) -> None:
    """A report, a statement, a mapping, a match, a proposal, and what is open."""
    number = f"{tag}-2026-0012345"

    def credit(amount: str, text: str) -> str:
        said = f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
        return ntry(amount, "CRDT", "USD", "2026-03-29", inside=said)

    line = {"settlement-id": number, "order-id": f"{tag}-1", "sku": f"{tag}-SKU"}
    report = v2("90.00", line | {"amount": "90.00"}, **{"settlement-id": number})
    statement = camt(
        bal("OPBD", "0.00", currency="USD"),
        credit("88.00", f"{number} {tag}"), credit("7.00", f"{tag} other"),
        identity=f"{tag}S", account=f"{tag}A",
    )  # fmt: skip
    with within(caller.enterprise):
        put_mapping("bank", f"{tag}M", _MAPPING.format(tag=tag))
        for kind, form, text, channel in (
            ("settlement", "amazon-v2", report, tag), ("bank", "camt", statement, ""),
        ):  # fmt: skip
            sent = files.upload(kind, form, f"{tag}.txt", io.BytesIO(text.encode()), channel)
            files.read(sent.source.id)
        alone = Item.objects.get(stage="bank", amount=700)
        match_items([alone.id], f"{tag} paid capital in")
