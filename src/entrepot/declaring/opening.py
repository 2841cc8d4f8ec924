# SPDX-License-Identifier: Apache-2.0
"""Open a flow of goods through customs, say what it needs, leave out what does not go along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from entrepot.bank.money import digits
from entrepot.declaring import building
from entrepot.declaring.building import Drafting
from entrepot.declaring.classified import classified, unfit_lines
from entrepot.declaring.configuring import NAMES, Known, faults_of, known, refuse_unfit
from entrepot.declaring.flows import WAYS, Way
from entrepot.declaring.goods import Goods, read
from entrepot.declaring.judging import needed
from entrepot.declaring.models import CONSIGNMENT, Flow, Ticket
from entrepot.declaring.refusals import Missing, NothingToDeclare, NoWay, not_ready
from entrepot.ledger.models import Item
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Parcels of one flow at most.
MOST: Final = 1_000
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_NEXT: Final = """
    SELECT 1 + COALESCE(max(substr(number, 2)::bigint), 0) FROM declaring_flow
    WHERE enterprise_id = %s AND number ~ '^F[0-9]{6,18}$'
"""


def open_flow(way: str, sources: Sequence[UUID], on: date, said: Mapping[str, str]) -> Flow:
    """Open a flow of parcels, or of one consignment; nothing is drafted yet.

    Args:
        on: the day of export, as the lists are to say it.
        said: what is said of this flow, before the setup.

    Raises:
        NoWay: there is no such way, or it is not open to all of the goods.
        NothingToDeclare: they are not there, have nothing in them, or are in a flow already.
        NotReady: with everything that is missing to draft order, waybill and list.
        UnfitSetup: what is said fits no message.
    """
    its = way_of(way)
    refuse_unfit("Cannot open a flow.", faults_of(said, NAMES))
    most = 1 if its.source == CONSIGNMENT else MOST
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, [f"declaring {acting().enterprise}"])
        goods = read(its.source, list(dict.fromkeys(sources)))
        row = cursor.execute(_NEXT, [acting().enterprise]).fetchone()
    if not goods or len(goods) < len(set(sources)) or len(goods) > most:
        raise NothingToDeclare(
            f"Cannot open a flow of {len(set(sources)):,}.",
            f"{len(goods):,} of them are there with goods in them.",
            f"Choose 1 to {most:,} that can go this way.",
        )
    _refuse_taken(goods)
    assert row is not None
    number = f"F{row[0]:06}"
    drafts = drafting(goods, its, known(said), on, number)
    missing = _missing_of(drafts)
    if missing:
        raise not_ready(f"a flow of {len(goods):,}", missing)
    verdict = needed(way, drafts)
    flow = Flow.objects.create(
        number=number, way=way, on=on, said={k: v for k, v in said.items() if v},
        why_en=verdict.en[:1000], why_zh=verdict.zh[:1000], confidence=verdict.confidence,
        opened_by=acting().actor,
    )  # fmt: skip
    Ticket.objects.bulk_create([
        Ticket(
            flow=flow, at=at, source=its.source, source_id=each.id, channel=each.channel,
            order_no=each.order_no, logistics_no=each.tracking, list_no=drafts[at - 1].list_no,
            warehouse=each.warehouse if its.source == CONSIGNMENT else "",
        )
        for at, each in enumerate(goods, 1)
    ], batch_size=1000)  # fmt: skip
    record("declaring.opened", number, way=way, tickets=len(goods), why=verdict.en)
    return flow


def say(flow: UUID, said: Mapping[str, str]) -> Flow:
    """Say more of a flow; empty takes back what was said.

    Raises:
        Flow.DoesNotExist: there is none.
        UnfitSetup: it fits no message.
    """
    found = Flow.objects.select_for_update(no_key=True).get(id=flow)
    refuse_unfit(f"Cannot say this of {found.number}.", faults_of(said, NAMES))
    found.said = {name: value for name, value in {**found.said, **said}.items() if value}
    found.save(update_fields=["said"])
    record("declaring.said", found.number, fields=sorted(said))
    return found


def leave_out(ticket: UUID, reason: str) -> Ticket:
    """Leave a ticket out: the others go on without it, and its goods may go in another flow.

    Raises:
        Ticket.DoesNotExist: there is none.
    """
    found = Ticket.objects.select_for_update(no_key=True).get(id=ticket)
    found.left_out = reason[:200]
    found.save(update_fields=["left_out"])
    record("declaring.left_out", found.order_no, flow=found.flow.number, reason=reason)
    return found


def way_of(name: str) -> Way:
    """What documents a way needs.

    Raises:
        NoWay: none are made for a way of that name.
    """
    if name not in WAYS:
        raise NoWay(
            f"Cannot declare by {name}.", "No documents are made for a way of that name.",
            f"Choose one of {', '.join(WAYS)}.",
        )  # fmt: skip
    return WAYS[name]


def drafting(
    goods: Sequence[Goods], way: Way, said: Known, on: date, number: str
) -> list[Drafting]:
    """Tickets ready to be written, numbered in their order."""
    found = classified(goods, on)
    its = digits() | dict(Item.objects.filter(kind="money").values_list("code", "digits"))
    return [
        Drafting(each, way, said, on, f"{number}-{at:04}", its, found.declared, found.unfit)
        for at, each in enumerate(goods, 1)
    ]


def _missing_of(drafts: Sequence[Drafting]) -> list[Missing]:
    """Everything that is missing to write order, waybill and list of each."""
    missing: list[Missing] = []
    orders: dict[str, str] = {}
    for draft in drafts:
        draft.check()
        for write in (building.order, building.waybill, building.inventory):
            write(draft)
        number = draft.goods.order_no
        if orders.setdefault(number, draft.goods.channel) != draft.goods.channel:
            draft.lacks("same_number", found=orders[number])
        missing += draft.missing
    return missing + unfit_lines(drafts)


def _refuse_taken(goods: Sequence[Goods]) -> None:
    numbers = [each.order_no for each in goods]
    there = list(
        Ticket.objects.filter(left_out="", order_no__in=numbers).values_list("order_no", flat=True)
    )
    if there:
        raise NothingToDeclare(
            f"Cannot open a flow of {len(goods):,}.",
            f"{len(there):,} are in a flow already: {', '.join(sorted(there)[:5])}.",
            "Leave them out there first, or choose others.",
            order_nos=sorted(there)[:1000],
        )  # fmt: skip
