# SPDX-License-Identifier: Apache-2.0
"""Receive by scanner: each scan once, however often and in whatever order hand-helds send it.

Scans of one call are booked in one transaction, each with its own result: one that is refused (its
consignment is closed, say) does not hold up the others, and is not kept, so that it may be sent
again. Whoever receives a consignment locks its row, so that its lines are filled exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.logistics import looking
from entrepot.logistics.barcodes import Meant, meanings
from entrepot.logistics.booking import Gate, Work, book, fill
from entrepot.logistics.models import GOOD, RECEIVED, UNKNOWN
from entrepot.logistics.refusals import SaysOtherwise, WrongState
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

_GATES: Final = """
    SELECT c.number, c.id, c.state, c.to_place, (
        SELECT w.time_zone FROM catalog_warehouse AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.code = split_part(c.to_place, '/', 2))
    FROM logistics_consignment AS c
    WHERE c.enterprise_id = %(enterprise)s AND c.number = ANY(%(numbers)s)
    ORDER BY c.id
    FOR NO KEY UPDATE OF c
"""
_ADD: Final = """
    INSERT INTO logistics_scan (enterprise_id, id, number, consignment_id, place, barcode, quantity,
        condition, lot, scanned_at, state, sku, units, outcome, over, received_on, note, undone_by,
        created_at, created_by)
    SELECT %(enterprise)s, s.id, s.number, s.consignment_id, s.place, s.barcode, s.quantity,
        s.condition, s.lot, s.scanned_at, s.state, s.sku, 0, '', 0, s.received_on, '', '', %(at)s,
        %(by)s
    FROM unnest(%(ids)s::uuid[], %(numbers)s::text[], %(consignments)s::uuid[], %(places)s::text[],
        %(barcodes)s::text[], %(quantities)s::bigint[], %(conditions)s::text[], %(lots)s::text[],
        %(moments)s::timestamptz[], %(states)s::text[], %(skus)s::text[], %(days)s::date[])
        AS s (id, number, consignment_id, place, barcode, quantity, condition, lot, scanned_at,
            state, sku, received_on)
    ORDER BY s.number
    ON CONFLICT (enterprise_id, number) DO NOTHING
    RETURNING number
"""
_KNOWN: Final = """
    SELECT s.number, s.id, s.consignment_id, s.place, s.barcode, s.quantity, s.condition, s.lot,
        s.scanned_at, s.state, s.outcome, s.sku, s.units, s.over, s.document_id
    FROM logistics_scan AS s
    WHERE s.enterprise_id = %(enterprise)s AND s.number = ANY(%(numbers)s)
"""


class NoSuchGate(Refused):
    """A scan at a consignment or a warehouse that is not there."""

    code = "logistics.no_such_gate"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a hand-held scanned.

    Args:
        number: the id that it gave the scan.
        consignment: the number of the consignment; empty: goods that nobody announced.
        warehouse: its code; may be empty where there is a consignment.
        quantity: how often the barcode stands on the goods.
        lot: where it was read apart from the barcode.
        at: when it was scanned, where that was not now.
    """

    number: str
    barcode: str
    consignment: str = ""
    warehouse: str = ""
    quantity: int = 1
    condition: str = GOOD
    lot: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a scan.

    `state`: received, unknown, undone, dropped, or refused for the reason in `refusal`. `outcome`:
    expected, over (of which `over` units), not_expected, or blind.
    """

    number: str
    state: str
    outcome: str = ""
    sku: str = ""
    quantity: int = 0
    over: int = 0
    id: UUID | None = None
    document: UUID | None = None
    is_new: bool = False
    refusal: Refused | None = None


#: A scan as it is kept, and where it came in.
Passed = tuple[Scanned, Gate]
#: Of a scan that was not kept.
REFUSED: Final = "refused"


def receive(scan: Scanned) -> Received:
    """Receive one scan. See `receive_scans`.

    Raises:
        NoSuchGate: there is no such consignment, or it goes to another warehouse.
        WrongState: the consignment is not on its way.
        SaysOtherwise: a scan of this id is there and is another.
    """
    (found,) = receive_scans([scan])
    if found.refusal:
        raise found.refusal
    return found


def receive_scans(scans: Sequence[Scanned]) -> list[Received]:
    """Receive scans, in their order; one result for each.

    What is not known is kept as an open question (`receipts.resolve`). What was received before is
    answered as it was. Nothing is raised for a single scan: see `Received.refusal`.
    """
    with raw_cursor() as cursor:
        gates = _gates(cursor, scans)
        refused: dict[int, Refused] = {}
        kept: dict[int, Scanned] = {}
        passed: dict[str, Passed] = {}
        for index, scan in enumerate(scans):
            gate = gates.get((scan.consignment, "" if scan.consignment else scan.warehouse))
            if gate is None or (gate.consignment and scan.warehouse not in ("", gate.warehouse)):
                refused[index] = _no_such_gate(scan, gate)
            else:
                kept[index] = _as_kept(scan, gate)
                passed.setdefault(scan.number, (kept[index], gate))
        done = _receive(cursor, passed)
    return [
        Received(scan.number, REFUSED, refusal=refused[index])
        if index in refused
        else _told(kept[index], *done[scan.number])
        for index, scan in enumerate(scans)
    ]


def _receive(
    cursor: Cursor[Any], passed: Mapping[str, Passed]
) -> dict[str, tuple[Scanned, Received]]:
    """Each scan once: as it was kept, and what became of it."""
    open_ = {number: each for number, each in passed.items() if each[1].is_open}
    means, new, ids = {}, set(), {}
    if open_:
        means = meanings(cursor, (scan.barcode for scan, _ in open_.values()))
        ids = {number: new_id() for number in open_}
        new = {number for (number,) in cursor.execute(_ADD, _given(open_, ids, means))}
    works = [
        Work(
            ids[number], number, gate, meant.sku, scan.quantity * meant.units,
            scan.lot or meant.lot, scan.condition, _day(scan, gate),
        )
        for number, (scan, gate) in open_.items()
        if number in new and (meant := means.get(scan.barcode))
    ]  # fmt: skip
    fill(cursor, works)
    book(cursor, works)
    booked = {work.number: work for work in works}
    done = {number: (open_[number][0], _new(open_[number][0], ids[number], booked.get(number)))
            for number in new}  # fmt: skip
    if len(new) < len(passed):
        done |= _known(cursor, sorted(passed.keys() - new))
        for number in passed.keys() - done.keys():
            scan, gate = passed[number]
            done[number] = scan, Received(number, REFUSED, refusal=_not_open(scan, gate))
    return done


def _new(scan: Scanned, id: UUID, work: Work | None) -> Received:
    if work is None:
        return Received(scan.number, UNKNOWN, id=id, is_new=True)
    return Received(
        scan.number, RECEIVED, work.outcome, work.sku, work.quantity, work.over, id,
        work.document, is_new=True,
    )  # fmt: skip


def _gates(cursor: Cursor[Any], scans: Sequence[Scanned]) -> dict[tuple[str, str], Gate]:
    """By number of the consignment, or else by warehouse: where goods come in."""
    gates = {}
    if numbers := sorted({scan.consignment for scan in scans if scan.consignment}):
        given = {"enterprise": acting().enterprise, "numbers": numbers}
        for number, id, state, place, zone in cursor.execute(_GATES, given):
            gates[number, ""] = Gate(place, zone or "UTC", id, number, state)
    if blind := {scan.warehouse for scan in scans if not scan.consignment}:
        for code, found in looking.warehouses(cursor, blind).items():
            gates["", code] = Gate(found.place, found.zone)
    return gates


def _no_such_gate(scan: Scanned, gate: Gate | None) -> Refused:
    asked = f"Cannot receive scan {scan.number}."
    if gate is None:
        what = "consignment of this number" if scan.consignment else "warehouse of this code in use"
        return NoSuchGate(
            asked, f"There is no {what}.", "Look up what is on the label, and scan again."
        )
    return NoSuchGate(
        asked,
        f"Consignment {gate.number} goes to {gate.warehouse}, not to {scan.warehouse}.",
        "Receive it there, or receive the goods without a consignment.",
    )


def _not_open(scan: Scanned, gate: Gate) -> Refused:
    return WrongState(
        f"Cannot receive scan {scan.number}.",
        f"Consignment {gate.number} is {gate.state}.",
        "Reopen it if it is closed, dispatch it if it is a draft, and scan again.",
        state=gate.state,
    )


def _given(
    passed: Mapping[str, Passed],
    ids: Mapping[str, UUID],
    means: Mapping[str, Meant],
) -> dict[str, Any]:
    rows = list(passed.values())
    return {
        "enterprise": acting().enterprise,
        "at": timezone.now(),
        "by": acting().actor,
        "ids": list(ids.values()),
        "numbers": [scan.number for scan, _ in rows],
        "consignments": [gate.consignment for _, gate in rows],
        "places": [gate.place for _, gate in rows],
        "barcodes": [scan.barcode for scan, _ in rows],
        "quantities": [scan.quantity for scan, _ in rows],
        "conditions": [scan.condition for scan, _ in rows],
        "lots": [scan.lot for scan, _ in rows],
        "moments": [scan.at for scan, _ in rows],
        "states": [RECEIVED if scan.barcode in means else UNKNOWN for scan, _ in rows],
        "skus": [means[scan.barcode].sku if scan.barcode in means else "" for scan, _ in rows],
        "days": [_day(scan, gate) for scan, gate in rows],
    }


def _day(scan: Scanned, gate: Gate) -> date:
    """The day at the warehouse when it was scanned; a clock that goes ahead is not believed."""
    now = timezone.now()
    return looking.today(gate.zone, min(scan.at, now) if scan.at else now)


def _as_kept(scan: Scanned, gate: Gate) -> Scanned:
    """A scan as its row says it: the consignment by its id, the warehouse by its place."""
    return replace(scan, consignment=str(gate.consignment or ""), warehouse=gate.place)


def _known(cursor: Cursor[Any], numbers: Sequence[str]) -> dict[str, tuple[Scanned, Received]]:
    """Scans that were there before, and what became of them."""
    given = {"enterprise": acting().enterprise, "numbers": list(numbers)}
    found = {}
    for row in cursor.execute(_KNOWN, given):
        number, id, consignment, place, barcode, quantity, condition, lot, at = row[:9]
        state, outcome, sku, units, over, document = row[9:]
        scan = Scanned(
            number, barcode, str(consignment or ""), place, quantity, condition, lot, at
        )  # fmt: skip
        found[number] = (scan, Received(number, state, outcome, sku, units, over, id, document))
    return found


def _told(scan: Scanned, kept: Scanned, found: Received) -> Received:
    """What to answer to a scan, where one of its id was kept."""
    if scan == kept:
        return found
    refusal = SaysOtherwise(
        f"Cannot receive scan {scan.number}.",
        "A scan of this id was received, and it says something else.",
        "Give each scan an id of its own, and scan again.",
    )
    return Received(scan.number, REFUSED, refusal=refusal)
