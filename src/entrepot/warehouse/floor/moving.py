# SPDX-License-Identifier: Apache-2.0
"""Move units within a warehouse, and put away what came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.ledger.document import Document, Line
from entrepot.ledger.places import MISSING, PACKING, RECEIVING, RETURNS
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.floor import sql
from entrepot.warehouse.floor.barcodes import skus_of
from entrepot.warehouse.floor.cutting import Cuts, give_up
from entrepot.warehouse.floor.rules import Pile, is_area
from entrepot.warehouse.floor.scans import once, post_new
from entrepot.warehouse.floor.serving import served

MOST_LISTED: Final = 1000
#: Areas whose units somebody else keeps count of: allocations, returned lines.
_BY_OTHERS: Final = {PACKING, RETURNS}


class NotThere(Refused):
    """More was to be moved than lies in a place."""

    code = "warehouse.not_there"


class Misplaced(Refused):
    """A move that goes another way: what is picked or came back, or put away from a bin."""

    code = "warehouse.misplaced"


@dataclass(frozen=True, slots=True)
class Shift:
    """So many units that go from one part of the warehouse to another.

    Args:
        barcode: the SKU, or what was scanned.
        source: the code of a bin, an area such as @receiving, or nothing: the warehouse itself.
        target: likewise.
        lot: which lot; whichever has lain there the longest where it is None.
    """

    barcode: str
    quantity: int
    source: str
    target: str
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did.

    Args:
        number: the number of its document in the book.
        given_up: reserved units that went where nothing is reserved; their orders wait again.
        over_capacity: bins that hold more by now than they are made for.
    """

    number: str
    units: int
    given_up: int
    over_capacity: list[str]


@dataclass(slots=True)
class _Plan:
    """What is to be done with what lies there: the units of each line, and the allocations."""

    free: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    along: list[tuple[UUID, str, str, str, str, int]] = field(default_factory=list)
    given_up: list[tuple[UUID, int]] = field(default_factory=list)
    short: list[dict[str, Any]] = field(default_factory=list)

    def add_free(self, source: str, target: str, sku: str, lot: str, quantity: int) -> None:
        key = source, target, sku, lot
        self.free[key] = self.free.get(key, 0) + quantity

    def lines(self) -> list[Line]:
        along: dict[tuple[str, str, str, str], int] = {}
        for _, source, target, sku, lot, quantity in self.along:
            key = source, target, sku, lot
            along[key] = along.get(key, 0) + quantity
        return [
            Line(sku, quantity, source, target, lot, is_reserved=is_reserved)
            for units, is_reserved in ((self.free, False), (along, True))
            for (source, target, sku, lot), quantity in sorted(units.items())
        ]


def move(scan: str, warehouse: str, shifts: Sequence[Shift]) -> Moved:
    """Move units within a warehouse: all of these lines, or none; free units first.

    Reserved units go along, and stay reserved for their orders, from bin to bin. Where they go to
    an area, such as @damaged, their reservations are given up and their orders served anew.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        UnknownBarcode: with every barcode that is not of one product.
        Misplaced: from or to the packing area or what came back, or to what is missing.
        NotThere: with every place that has less.
        NotKnown: a bin is not there.
        ScanDiffers: this id came with something else before.
    """
    return _once("move", scan, warehouse, shifts)


def put_away(scan: str, warehouse: str, shifts: Sequence[Shift]) -> Moved:
    """Put away what came in: from @receiving to a bin, or the warehouse itself.

    What lies in @returns is put away by deciding about it (`returns.deciding`).

    Raises:
        Misplaced: a line is from or to another kind of place.
        And what `move` raises.
    """
    return _once("putaway", scan, warehouse, shifts)


def _once(kind: str, scan: str, warehouse: str, shifts: Sequence[Shift]) -> Moved:
    asks = [kind, warehouse, *([s.barcode, s.quantity, s.source, s.target, s.lot] for s in shifts)]
    return once(scan, asks, Moved, lambda: _move(kind, scan, warehouse, shifts))


def _move(kind: str, scan: str, warehouse: str, shifts: Sequence[Shift]) -> Moved:
    _check(kind, shifts)
    with raw_cursor() as cursor:
        place, zone = place_of(cursor, warehouse)
        skus = skus_of(cursor, (each.barcode for each in shifts), "Cannot move these units.")
        ways = [
            (part_of(place, s.source), part_of(place, s.target), skus[s.barcode], s) for s in shifts
        ]
        arriving = {sku for a, b, sku, _ in ways if is_area(a) and not is_area(b)}
        losing = {(a, sku) for a, b, sku, _ in ways if is_area(b) and not is_area(a)}
        with served(arriving, losing) as waves:
            plan, cuts = _plan(cursor, ways)
            if plan.short:
                raise _not_there(plan.short)
            along = [cuts.take(row[0], row[5]) for row in plan.along]
            gone = [cuts.take(*row) for row in plan.given_up]
            cuts.make(cursor)
            if along:
                given: dict[str, Any] = {
                    "enterprise": acting().enterprise, "allocations": along,
                    "places": [row[2] for row in plan.along],
                }  # fmt: skip
                cursor.execute(sql.RELOCATE, given)
            given_up = give_up(cursor, gone, waves)
            post_new([Document(kind, scan, today(zone), plan.lines())])
        over = _over_capacity(cursor, {b for _, b, _, _ in ways if not is_area(b)})
    return Moved(scan, sum(each.quantity for each in shifts), given_up, over)


def part_of(place: str, code: str) -> str:
    """The place of a bin or area of a warehouse; the warehouse's own where the code is empty."""
    return f"{place}/{code}" if code else place


def lie_of(cursor: Cursor[Any], keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Pile]:
    """What lies in places, and how much of it is free; locked."""
    piles: dict[tuple[str, str], Pile] = {key: Pile() for key in keys}
    given = {
        "enterprise": acting().enterprise,
        "places": [place for place, _ in keys], "items": [sku for _, sku in keys],
    }  # fmt: skip
    for place, sku, lot, quantity, reserved in cursor.execute(sql.LYING, given).fetchall():
        piles[place, sku].free[lot] = quantity - reserved
    return piles


def reserved_in(
    cursor: Cursor[Any], wanted: dict[tuple[str, str], int]
) -> list[tuple[UUID, str, str, str, int]]:
    """Allocations in places where more is wanted than lies free; locked, who can wait first."""
    given = {
        "enterprise": acting().enterprise,
        "places": [place for place, _ in wanted],
        "items": [sku for _, sku in wanted],
        "quantities": list(wanted.values()),
    }
    return cursor.execute(sql.RESERVED, given).fetchall()


def _plan(cursor: Cursor[Any], ways: Sequence[tuple[str, str, str, Shift]]) -> tuple[_Plan, Cuts]:
    wanted: dict[tuple[str, str], int] = {}
    for source, _, sku, shift in ways:
        wanted[source, sku] = wanted.get((source, sku), 0) + shift.quantity
    held = reserved_in(cursor, {key: n for key, n in wanted.items() if not is_area(key[0])})
    # Both ends, in one order: two who move in opposite directions do not wait in a circle.
    piles = lie_of(cursor, [*wanted, *((target, sku) for _, target, sku, _ in ways)])
    for id, place, sku, lot, quantity in held:
        piles[place, sku].reserved.append((id, lot, quantity))
    plan = _Plan()
    for source, target, sku, shift in ways:
        pile, left = piles[source, sku], shift.quantity
        for lot, part in pile.take_free(left, shift.lot):
            plan.add_free(source, target, sku, lot, part)
            left -= part
        for id, lot, part in pile.take_reserved(left, shift.lot):
            left -= part
            if is_area(target):
                plan.given_up.append((id, part))
                plan.add_free(source, target, sku, lot, part)
            else:
                plan.along.append((id, source, target, sku, lot, part))
        if left:
            there = shift.quantity - left
            plan.short.append(
                {"place": source, "sku": sku, "wanted": shift.quantity, "there": there}
            )
    return plan, Cuts({id: quantity for id, _, _, _, quantity in held})


def _over_capacity(cursor: Cursor[Any], places: set[str]) -> list[str]:
    if not places:
        return []
    given = {"enterprise": acting().enterprise, "places": sorted(places)}
    return [code for (code,) in cursor.execute(sql.OVER, given).fetchall()]


def _check(kind: str, shifts: Sequence[Shift]) -> None:
    for shift in shifts:
        if shift.source == shift.target:
            found = "It would go from and to the same place."
        elif _BY_OTHERS & {shift.source, shift.target} or shift.target == MISSING:
            found = (
                "What is picked goes by picking and putting back, what came back by deciding about"
                " it, what is missing by counting."
            )
        elif kind == "putaway" and shift.source != RECEIVING:
            found = f"It is not from {RECEIVING}."
        elif kind == "putaway" and shift.target.startswith("@"):
            found = "An area is no shelf."
        else:
            continue
        raise Misplaced(
            f"Cannot move {shift.barcode[:60]} from {shift.source or 'the warehouse'} to"
            f" {shift.target or 'the warehouse'}.",
            found,
            "Name another bin; nothing was moved.",
            source=shift.source,
            target=shift.target,
        )


def _not_there(short: Sequence[dict[str, Any]]) -> NotThere:
    first = short[0]
    more = f", and {len(short) - 1:,} more like it" if len(short) > 1 else ""
    return NotThere(
        f"Cannot move {first['wanted']:,} {first['sku']} from {first['place']}{more}.",
        f"{first['there']:,} of it can be moved.",
        "Scan again what lies there; what is picked or gone cannot be moved. Nothing was moved.",
        not_there=list(short[:MOST_LISTED]),
    )
