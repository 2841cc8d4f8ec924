# SPDX-License-Identifier: Apache-2.0
"""What customs released becomes a declaration of the desk; what changed is reversed and rebooked.

Where goods of a declaration were already sent, received or invoiced, nothing is changed: it is a
disagreement that a person settles (`settling`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from entrepot.bank.money import digits
from entrepot.customs.classifying.lines import units_of
from entrepot.customs.sending.news import take_news
from entrepot.customs.sending.states import CLOSED, EXAMINED, RELEASED, day_of
from entrepot.declaring import booking_sql as sql
from entrepot.declaring.asked import CANCEL, LIST
from entrepot.declaring.configuring import known
from entrepot.declaring.flows import RELEASED as PASSED_OUT
from entrepot.declaring.models import BOOKED, DISAGREES, WITHDRAWN
from entrepot.declaring.weighing import (
    BOOK,
    DISAGREE,
    NOTHING,
    REBOOK,
    WITHDRAW,
    Cause,
    Decision,
    Firm,
    Said,
    day_of_export,
    decide,
)
from entrepot.errors import Refused
from entrepot.ledger.models import Item
from entrepot.logistics import declaring
from entrepot.logistics.consigning import Sent, put_lines
from entrepot.logistics.models import Consignment, ConsignmentLine
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: Documents with something new that one look follows.
MOST: Final = 5_000
#: A cancellation or deletion of a list that customs carried out.
_PASSED: Final = (EXAMINED, RELEASED, CLOSED)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(slots=True)
class Followed:
    """How many lists were booked, rebooked, withdrawn, or disagree."""

    booked: int = 0
    rebooked: int = 0
    withdrawn: int = 0
    disagree: int = 0

    def as_facts(self) -> dict[str, int]:
        """The counts for programs."""
        return {name: getattr(self, name) for name in Followed.__dataclass_fields__}


@dataclass(slots=True)
class _Kept:
    """Rows of bookings to be kept, with their lists."""

    rows: list[tuple[Said, str, str, Cause]] = field(default_factory=list)

    def add(self, said: Said, state: str, number: str, cause: Cause | None = None) -> None:
        self.rows.append((said, state, number, cause or Cause("")))


def follow(most: int = MOST) -> Followed:
    """Follow what is new of lists and cancellations, and look again at what disagrees."""
    news = take_news((LIST, CANCEL), most)
    lists = {each.own_no for each in news if each.kind == LIST}
    numbers = sorted({each.about for each in news if each.kind == CANCEL})
    given = {"enterprise": acting().enterprise, "numbers": numbers, "most": most}
    with raw_cursor() as cursor:
        lists |= {row[0] for row in cursor.execute(sql.OWN_NOS, given).fetchall()}
    return book(sorted(lists)) if lists else Followed()


def book(own_nos: Sequence[str]) -> Followed:
    """Bring the declarations of these lists to what customs says of them by now."""
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, [f"declaring booking {acting().enterprise}"])
    said = said_of(own_nos)
    firm = Firm(known(), digits() | _digits(), _skus(said), units_of(_days(said)))
    done, kept = Followed(), _Kept()
    decided = [(each, decide(each, firm)) for each in said]
    _keep_closed([each for each, what in decided if what.what == NOTHING])
    _book_new([pair for pair in decided if pair[1].what == BOOK], kept, done)
    for each, what in decided:
        if what.what in (REBOOK, WITHDRAW):
            _change(each, what, kept, done)
        elif what.what == DISAGREE:
            assert what.cause is not None
            kept.add(each, DISAGREES, each.booked_no, what.cause)
            done.disagree += 1
    _keep(kept)
    if done.booked or done.rebooked or done.withdrawn:
        record(
            "declaring.booked", f"{len(decided)} lists", **done.as_facts(),
            numbers=[number for _, _, number, _ in kept.rows][:100],
        )  # fmt: skip
    return done


def said_of(own_nos: Sequence[str]) -> list[Said]:
    """What customs and the desk say of these lists."""
    given = {
        "enterprise": acting().enterprise, "own_nos": list(own_nos),
        "released": sorted(PASSED_OUT), "passed": sorted(_PASSED),
    }  # fmt: skip
    with raw_cursor() as cursor:
        rows = cursor.execute(sql.SAID, given).fetchall()
    return [_said(row) for row in rows]


def _said(row: Sequence[Any]) -> Said:
    own_no, document, version, data, number, is_closed, at, *more = row
    contradicted, taken_back, channel, order_no, warehouse, state, cause, hash_, *booked = more
    booked_no, booked_closed_on, form_no = booked
    return Said(
        own_no, document, version, json.loads(data), number, day_of(at) if is_closed else None,
        contradicted, taken_back, channel, order_no, warehouse, state, cause, bytes(hash_),
        booked_no, booked_closed_on, form_no,
    )  # fmt: skip


def _book_new(decided: Sequence[tuple[Said, Decision]], kept: _Kept, done: Followed) -> None:
    """Take new declarations in, all at once; where some do not fit, each by itself."""
    if not decided:
        return
    try:
        with transaction.atomic():
            declaring.put([line for _, what in decided for line in what.lines])
    except Refused:
        for each, what in decided:
            cause = _put_one(what)
            if cause is None and (told := _announce(each, what)):
                kept.add(each, BOOKED, each.number, told)
                done.booked += 1
                continue
            kept.add(each, DISAGREES if cause else BOOKED, "" if cause else each.number, cause)
            done.disagree += bool(cause)
            done.booked += not cause
        return
    for each, what in decided:
        kept.add(each, BOOKED, each.number, _announce(each, what))
    done.booked += len(decided)


def _announce(said: Said, what: Decision) -> Cause | None:
    """Tell a consignment that did not leave yet under which items its goods go.

    Returns:
        why it was not told: it left, or no longer holds what is declared; a person links it.
    """
    found = Consignment.objects.filter(number=said.order_no).first() if said.warehouse else None
    if found is None:
        return None
    items = {line.sku: line for line in what.lines}
    rows = ConsignmentLine.objects.filter(consignment=found, declaration_no=None)
    lines = [
        Sent(
            row.line_no, row.sku, row.quantity, row.lot,
            row.from_place.removeprefix(found.from_place).removeprefix("/"),
            said.number, items[row.sku].item_no,
        )
        for row in rows.order_by("line_no") if row.sku in items
    ]  # fmt: skip
    try:
        with transaction.atomic():
            put_lines(found.id, lines)
    except Refused as error:
        return Cause("not_announced", {"code": error.code, "found": error.found})
    return None


def _put_one(what: Decision) -> Cause | None:
    try:
        with transaction.atomic():
            declaring.put(what.lines)
    except Refused as error:
        return Cause("refused", {"code": error.code, "found": error.found})
    return None


def _change(said: Said, what: Decision, kept: _Kept, done: Followed) -> None:
    """Withdraw what was booked, and book it anew where it still is; or say why that is not done."""
    why = f"{said.own_no}: {'taken back' if what.what == WITHDRAW else 'changed'} at customs"
    try:
        with transaction.atomic():
            if said.booked_no:
                declaring.withdraw([said.booked_no], why)
            if what.what == REBOOK:
                declaring.put(what.lines)
    except declaring.DeclarationInUse:
        kept.add(said, DISAGREES, said.booked_no, Cause("in_use", {"wanted": what.what}))
        done.disagree += 1
    except Refused as error:
        cause = Cause("refused", {"code": error.code, "found": error.found})
        kept.add(said, DISAGREES, said.booked_no, cause)
        done.disagree += 1
    else:
        is_gone = what.what == WITHDRAW
        kept.add(said, WITHDRAWN if is_gone else BOOKED, said.number or said.booked_no)
        done.withdrawn += is_gone
        done.rebooked += not is_gone


def _keep(kept: _Kept) -> None:
    if not kept.rows:
        return
    its = [said for said, *_ in kept.rows]
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "at": timezone.now(), "by": acting().actor,
        "kind": "list",
        "ids": [new_id() for _ in its],
        "own_nos": [each.own_no for each in its],
        "declaration_nos": [number for _, _, number, _ in kept.rows],
        "documents": [each.document for each in its],
        "states": [state for _, state, _, _ in kept.rows],
        "flags": [_flag(each.head) for each in its],
        "closed_ons": [each.closed_on for each in its],
        "causes": [cause.code for *_, cause in kept.rows],
        "facts": [json.dumps(dict(cause.facts)) for *_, cause in kept.rows],
        "saids": [each.digest for each in its],
        "form_nos": [each.form_no for each in its],
    }  # fmt: skip
    with raw_cursor() as cursor:
        cursor.execute(sql.KEEP, given)


def _keep_closed(said: Sequence[Said]) -> None:
    """The day on which customs closed what was booked before: by it lists are merged."""
    new = [each for each in said if each.state == BOOKED and _is_newly_closed(each)]
    if new:
        with raw_cursor() as cursor:
            cursor.execute(sql.CLOSED, {
                "enterprise": acting().enterprise, "own_nos": [each.own_no for each in new],
                "closed_ons": [each.closed_on for each in new],
            })  # fmt: skip


def _is_newly_closed(said: Said) -> bool:
    closed_on: date | None = said.closed_on
    return closed_on is not None and closed_on != said.booked_closed_on


def _flag(head: Mapping[str, Any]) -> str:
    """The statistics flag of a list of 9610, by which it is merged or not."""
    return str(head.get("statisticsFlag", ""))[:1] if head.get("tradeMode") == "9610" else ""


def _digits() -> dict[str, int]:
    return dict(Item.objects.filter(kind="money").values_list("code", "digits"))


def _days(said: Sequence[Said]) -> set[tuple[str, date]]:
    """What lists name, by SKU and the day that they leave on."""
    return {
        (str(row.get("itemNo", "")), on)
        for each in said
        if (on := day_of_export(each)) is not None
        for row in each.data.get("InventoryList") or []
    }


def _skus(said: Sequence[Said]) -> frozenset[str]:
    """Those SKUs that lists name and the book has."""
    named = {
        str(row.get("itemNo", "")) for each in said for row in each.data.get("InventoryList") or []
    }
    found = Item.objects.filter(kind="goods", code__in=named).values_list("code", flat=True)
    return frozenset(found)
