# SPDX-License-Identifier: Apache-2.0
"""Enter what is counted: bin, barcode, quantity, from several hand-helds at once.

What the book has in a bin is written down at its first entry. Nothing is locked that anybody else
needs: what moves while a bin is counted is found when the bin is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.barcodes import Product, find
from entrepot.errors import Refused
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.counts import sql
from entrepot.warehouse.counts.refusing import CountEnded, NotInCount
from entrepot.warehouse.floor.moving import part_of
from entrepot.warehouse.floor.scans import ScanDiffers, keep, leave, take
from entrepot.warehouse.models import Count
from entrepot.warehouse.models.counts import COUNTING, OPEN, TO_COUNT

_COUNTED: Final = {"counted", "kept", "begun"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Units that were counted in a bin.

    Args:
        id: the scan's own.
        barcode: of what; empty to say that somebody was there: a bin without more is empty.
        is_set: the quantity takes the place of what was counted of it before, else it is added.
    """

    id: str
    bin: str
    barcode: str = ""
    quantity: int = 1
    is_set: bool = False

    def asks(self, count: UUID) -> list[Any]:
        return ["count", str(count), self.bin, self.barcode, self.quantity, self.is_set]


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of an entry.

    Args:
        state: `counted`; `kept`, for a barcode that means no product, or several; `begun`, for an
            entry without one.
        counted: how many units of it were counted in the bin so far.
    """

    scan: str
    state: str
    sku: str = ""
    counted: int = 0


Outcome = Entered | Refused


def enter(count: UUID, entries: Sequence[Entry]) -> list[Outcome]:
    """Enter what was counted, each once; of each what came of it, or why it was refused.

    An entry that is refused takes no other with it.

    Raises:
        Count.DoesNotExist: there is no such count.
        CountEnded: it is done or was cancelled.
    """
    found = Count.objects.get(id=count)
    if found.state != OPEN:
        raise CountEnded(
            f"Cannot count for {found.number}.",
            f"The count is {found.state}.",
            "Open another one.",
        )
    asked = {each.id: each for each in reversed(entries)}
    with raw_cursor() as cursor:
        known = take(cursor, {id: each.asks(count) for id, each in asked.items()})
        outcomes: dict[str, Outcome] = {
            id: answer if isinstance(answer, ScanDiffers) else Entered(**answer)
            for id, answer in known.items()
        }
        # In the order in which they were sent, each once.
        new = [each for each in entries if each.id not in known and asked.get(each.id) is each]
        if new:
            done = _enter(cursor, found, new)
            outcomes |= done
            keep(cursor, {i: _answer(o) for i, o in done.items() if isinstance(o, Entered)})
            leave(cursor, [i for i, o in done.items() if not isinstance(o, Entered)])
    return [outcomes[each.id] if each == asked[each.id] else _twice(each) for each in entries]


def _answer(entered: Entered) -> dict[str, Any]:
    return {
        "scan": entered.scan, "state": entered.state, "sku": entered.sku,
        "counted": entered.counted,
    }  # fmt: skip


def _enter(cursor: Cursor[Any], count: Count, entries: Sequence[Entry]) -> dict[str, Outcome]:
    places = {each.bin: part_of(count.warehouse, each.bin) for each in entries}
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "count": count.id, "places": list(places.values()),
        "states": [TO_COUNT, COUNTING],
    }  # fmt: skip
    bins = {place: (id, state) for id, place, state, *_ in cursor.execute(sql.HOLD, given)}
    its = {bin: bins[place][0] for bin, place in places.items() if place in bins}
    fresh = [id for id, state in bins.values() if state == TO_COUNT]
    if fresh:
        cursor.execute(sql.BEGIN, {**given, "bins": fresh, "begun": new_id()})
    counted = {
        (bin, sku): n
        for bin, sku, n in cursor.execute(sql.COUNTED, {**given, "bins": list(its.values())})
    }
    products = find(cursor, {each.barcode for each in entries if each.barcode})
    outcomes: dict[str, Outcome] = {}
    rows: list[tuple[Entry, UUID, str]] = []
    for entry in entries:
        bin = its.get(entry.bin)
        if bin is None:
            outcomes[entry.id] = _not_in_count(count, entry)
            continue
        sku = _meant(products, entry, counted, bin)
        if sku:
            before = 0 if entry.is_set else counted.get((bin, sku), 0)
            counted[bin, sku] = before + entry.quantity
        state = "counted" if sku else "kept" if entry.barcode else "begun"
        outcomes[entry.id] = Entered(entry.id, state, sku, counted.get((bin, sku), 0))
        rows.append((entry, bin, sku))
    if rows:
        _write(cursor, rows, counted)
    return outcomes


def _meant(
    products: Mapping[str, list[Product]],
    entry: Entry,
    counted: Mapping[tuple[UUID, str], int],
    bin: UUID,
) -> str:
    """The SKU of an entry; of several, the one that is expected in the bin."""
    skus = [each.sku for each in products.get(entry.barcode, ())]
    if len(skus) > 1:
        skus = [sku for sku in skus if (bin, sku) in counted]
    return skus[0] if len(skus) == 1 else ""


def _write(
    cursor: Cursor[Any],
    rows: Sequence[tuple[Entry, UUID, str]],
    counted: Mapping[tuple[UUID, str], int],
) -> None:
    lines = {(bin, sku) for _, bin, sku in rows if sku}
    by = acting()
    cursor.execute(
        sql.COUNT,
        {
            "enterprise": by.enterprise,
            "at": timezone.now(),
            "by": by.actor,
            "ids": [new_id() for _ in rows],
            "of": [bin for _, bin, _ in rows],
            "barcodes": [entry.barcode for entry, _, _ in rows],
            "skus": [sku for _, _, sku in rows],
            "quantities": [entry.quantity for entry, _, _ in rows],
            "sets": [entry.is_set for entry, _, _ in rows],
            "line_bins": [bin for bin, _ in lines],
            "line_skus": [sku for _, sku in lines],
            "line_counted": [counted[line] for line in lines],
        },
    )


def _not_in_count(count: Count, entry: Entry) -> NotInCount:
    return NotInCount(
        f"Cannot count {entry.bin or 'the warehouse'} for {count.number}.",
        "The bin is not in this count, or it is closed.",
        "Go to a bin of the count; to count a closed one again, reject it first.",
        bin=entry.bin,
    )


def _twice(entry: Entry) -> ScanDiffers:
    return ScanDiffers(
        f"Cannot do scan {entry.id}.",
        "Another scan of this id asks for something else.",
        "Give each scan an id of its own, such as a UUID.",
        scan=entry.id,
    )
