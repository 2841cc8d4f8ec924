# SPDX-License-Identifier: Apache-2.0
"""Decide what becomes of goods that came back, whole or in part, and undo what never came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.ledger.document import Document, Line
from entrepot.ledger.places import RETURNS
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.floor.barcodes import skus_of
from entrepot.warehouse.floor.scans import once, post_new
from entrepot.warehouse.floor.serving import served
from entrepot.warehouse.models import ReturnedLine
from entrepot.warehouse.models.returns import RESTOCK
from entrepot.warehouse.returns import sql
from entrepot.warehouse.returns.grades import grades, outcome_of
from entrepot.warehouse.returns.outcomes import Going, check_target, documents_of, places_of


class Decided(Refused):
    """It was decided already what becomes of these units, or there are fewer of them."""

    code = "warehouse.decided_already"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, line by line."""

    lines: list[dict[str, Any]] = field(default_factory=list)


def decide(
    scan: str,
    line: UUID,
    grade: str = "",
    outcome: str = "",
    quantity: int | None = None,
    target: str | None = None,
) -> Decision:
    """Decide what becomes of a returned line, or of a part of it; or grade it only.

    Args:
        outcome: what the grade leads to where it is empty; where that is nothing, it is graded.
        quantity: so many of its units; all of them where it is None.
        target: the bin where they are restocked; the one that is suggested where it is None.

    Raises:
        ReturnedLine.DoesNotExist: there is no such line.
        Decided: it was decided already, or the line has fewer units.
        UnknownGrade, NoShelf: as for receiving.
        ScanDiffers: this id came with something else before.
    """
    asks = ["decide", str(line), grade, outcome, quantity, target]
    return once(scan, asks, Decision, lambda: _one(scan, line, grade, outcome, quantity, target))


def put_away(scan: str, warehouse: str, wanted: Sequence[tuple[str, int, str | None]]) -> Decision:
    """Restock what came back by its barcode: units of which nothing is decided, the oldest first,
    and of no grade that leads elsewhere.

    Args:
        wanted: barcode, units, and the bin; the one that is suggested where that is None.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        Decided: fewer are undecided.
        UnknownBarcode, NoShelf, ScanDiffers: as for receiving.
    """
    asks = ["restock", warehouse, [list(each) for each in wanted]]
    return once(scan, asks, Decision, lambda: _by_sku(scan, warehouse, wanted))


def undo(scan: str, line: UUID) -> Decision:
    """Take a returned line back of which nothing is decided: it never came.

    Raises:
        ReturnedLine.DoesNotExist: there is no such line.
        Decided: it was decided already what becomes of it.
        ScanDiffers: this id came with something else before.
    """
    return once(scan, ["undo_return", str(line)], Decision, lambda: _undo(scan, line))


def _one(
    scan: str, line: UUID, grade: str, outcome: str, quantity: int | None, target: str | None
) -> Decision:
    seen = ReturnedLine.objects.get(id=line)
    outcome = outcome_of(grades(), grade, outcome)
    check_target(outcome, target)
    with (
        raw_cursor() as cursor,
        served({seen.sku} if outcome == RESTOCK else ()),
    ):
        given = {"enterprise": acting().enterprise, "line": line}
        rows = cursor.execute(sql.UNDECIDED.format(which=sql.THIS), given).fetchall()
        there = sum(row[3] for row in rows)
        wanted = there if quantity is None else quantity
        if not rows or wanted > there:
            raise _decided(f"Cannot decide about returned line {line}.", wanted, there)
        return _decide(cursor, scan, grade, rows, [(wanted, outcome, target)])


def _by_sku(scan: str, warehouse: str, wanted: Sequence[tuple[str, int, str | None]]) -> Decision:
    for _, _, target in wanted:
        check_target(RESTOCK, target)
    fit = [each.code for each in grades() if each.outcome in ("", RESTOCK)]
    asked = "Cannot restock what came back."
    with raw_cursor() as cursor:
        place, _ = place_of(cursor, warehouse)
        skus = skus_of(cursor, (text for text, _, _ in wanted), asked)
        with served(set(skus.values())):
            given = {
                "enterprise": acting().enterprise, "warehouse": place, "grades": fit,
                "skus": list(skus.values()),
            }  # fmt: skip
            rows = cursor.execute(sql.UNDECIDED.format(which=sql.OF_SKUS), given).fetchall()
            rows_of: dict[str, list[Any]] = {}
            for row in rows:
                rows_of.setdefault(row[1], []).append(row)
            lines: list[dict[str, Any]] = []
            by_sku: dict[str, list[tuple[int, str, str | None]]] = {}
            for text, quantity, target in wanted:
                by_sku.setdefault(skus[text], []).append((quantity, RESTOCK, target))
            parts = []
            for sku, its in by_sku.items():
                there = sum(row[3] for row in rows_of.get(sku, ()))
                if (sum_ := sum(quantity for quantity, _, _ in its)) > there:
                    raise _decided(f"Cannot restock {sum_:,} {sku}.", sum_, there)
                parts += _parts(rows_of[sku], its)
            lines = _go(cursor, scan, "", place, parts)
    return Decision(lines)


def _decide(
    cursor: Cursor[Any],
    scan: str,
    grade: str,
    rows: Sequence[Any],
    wanted: Sequence[tuple[int, str, str | None]],
) -> Decision:
    return Decision(_go(cursor, scan, grade, rows[0][4], _parts(rows, wanted)))


@dataclass(frozen=True, slots=True)
class _Part:
    """Units of a returned line; `new` is the line that they become, where they are a part."""

    line: UUID
    new: UUID | None
    going: Going

    @property
    def id(self) -> UUID:
        return self.new or self.line


def _parts(rows: Sequence[Any], wanted: Sequence[tuple[int, str, str | None]]) -> list[_Part]:
    """Which units of which lines are meant, those that came first first."""
    parts = []
    left = {row[0]: row[3] for row in rows}
    for quantity, outcome, target in wanted:
        for id, sku, lot, _, _, number in rows:
            part = min(quantity, left[id])
            if part:
                left[id] -= part
                quantity -= part
                going = Going(sku, lot, part, outcome, target, number)
                parts.append(_Part(id, new_id() if left[id] else None, going))
    return parts


def _go(
    cursor: Cursor[Any], scan: str, grade: str, place: str, parts: Sequence[_Part]
) -> list[dict[str, Any]]:
    """Book what becomes of units, and write it down."""
    enterprise = acting().enterprise
    _, zone = place_of(cursor, place.partition("/")[2])
    cut = [part for part in parts if part.new is not None]
    if cut:
        given: dict[str, Any] = {
            "enterprise": enterprise,
            "ids": [part.line for part in cut],
            "quantities": [part.going.quantity for part in cut],
            "new": [part.new for part in cut],
        }
        cursor.execute(sql.SPLIT, given)
    going = [part.going for part in parts]
    places = places_of(place, going)
    documents = documents_of(scan, today(zone), place, going, places)
    by_outcome = {each.kind: each.id for each in (post_new(documents) if documents else ())}
    given = {
        "enterprise": enterprise,
        "by": acting().actor,
        "on": today(zone),
        "grade": grade,
        "ids": [part.id for part in parts],
        "outcomes": [each.outcome for each in going],
        "places": places,
        "documents": [by_outcome.get(each.outcome) for each in going],
    }
    cursor.execute(sql.DECIDE, given)
    return [
        {"id": str(part.id), "sku": part.going.sku, "quantity": part.going.quantity,
         "grade": grade, "outcome": part.going.outcome, "place": where or f"{place}/{RETURNS}"}
        for part, where in zip(parts, places, strict=True)
    ]  # fmt: skip


def _undo(scan: str, line: UUID) -> Decision:
    found = ReturnedLine.objects.select_for_update().get(id=line)
    if found.outcome:
        raise _decided(f"Cannot undo returned line {line}.", found.quantity, 0)
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "line": line}
        row = cursor.execute(sql.UNDO, given).fetchone()
        assert row is not None
        sku, lot, quantity, channel, place = row
        _, zone = place_of(cursor, place.partition("/")[2])
        lines = [Line(sku, quantity, f"{place}/{RETURNS}", f"customer/{channel}", lot)]
        post_new([Document("return_undo", scan, today(zone), lines)])
    return Decision([{"id": str(line), "sku": sku, "quantity": quantity, "grade": found.grade,
                      "outcome": "", "place": f"customer/{channel}"}])  # fmt: skip


def _decided(asked: str, wanted: int, there: int) -> Decided:
    return Decided(
        asked,
        f"Of {wanted:,} units {there:,} lie there of which nothing is decided."
        if wanted
        else "It was decided already what becomes of it.",
        "Ask for the returned lines that wait for a decision.",
        there=there,
    )
