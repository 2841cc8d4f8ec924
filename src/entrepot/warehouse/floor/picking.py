# SPDX-License-Identifier: Apache-2.0
"""Pick by scanning: bin, barcode, quantity; one scan, or what a hand-held kept while offline.

One and ten thousand go the same way: all are looked at together, over allocations that are locked,
and those that are right are picked together. A scan that is refused takes no other with it; it was
found wrong before anything was changed, so nothing has to be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import dict_row

from entrepot.catalog.barcodes import Product, find
from entrepot.errors import EntrepotError
from entrepot.ledger.document import Document, Line
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.floor import sql
from entrepot.warehouse.floor.barcodes import unknown
from entrepot.warehouse.floor.cutting import Cuts
from entrepot.warehouse.floor.moving import part_of
from entrepot.warehouse.floor.refusing import NothingLeft, TooMany, WrongBin, WrongSku
from entrepot.warehouse.floor.scans import ScanDiffers, keep, leave, post_new, take
from entrepot.warehouse.outbound import sql as outbound_sql
from entrepot.warehouse.outbound.waves import settle

#: Stops that a walk shows.
MOST_STOPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Pick:
    """A scan: units of what the barcode says, taken from a bin for a wave or for an order.

    Args:
        id: the scan's own.
        of: `wave` or `order`, and `target` is its id.
        bin: its code; empty for the warehouse itself.
    """

    id: str
    of: str
    target: UUID
    bin: str
    barcode: str
    quantity: int = 1

    @property
    def asked(self) -> str:
        return f"Cannot pick {self.quantity:,} of {self.barcode[:60]!r} from {_named(self.bin)}."

    def asks(self, warehouse: str) -> list[Any]:
        return ["pick", warehouse, self.of, str(self.target), self.bin, self.barcode, self.quantity]


@dataclass(frozen=True, slots=True)
class Picked:
    """What was picked; `left` is how much of it is still to be picked there, for the same."""

    scan: str
    sku: str
    name: str
    bin: str
    quantity: int
    left: int


Outcome = Picked | EntrepotError


def scan_pick(warehouse: str, pick: Pick) -> Picked:
    """Pick one scan.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        UnknownBarcode, WrongBin, WrongSku, TooMany, NothingLeft: with what was expected.
        ScanDiffers: this id came with something else before.
    """
    (outcome,) = scan_picks(warehouse, [pick])
    if isinstance(outcome, EntrepotError):
        raise outcome
    return outcome


def scan_picks(warehouse: str, picks: Sequence[Pick]) -> list[Outcome]:
    """Pick scans, in their order; of each what was picked, or why it was not.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    asked: dict[str, Pick] = {}
    twice = {each.id for each in picks if asked.setdefault(each.id, each) != each}
    with raw_cursor() as cursor:
        place, zone = place_of(cursor, warehouse)
        known = take(cursor, {id: each.asks(warehouse) for id, each in asked.items()})
        outcomes: dict[str, Outcome] = {
            id: found if isinstance(found, ScanDiffers) else Picked(**found)
            for id, found in known.items()
        }
        new = [each for id, each in asked.items() if id not in known]
        if new:
            outcomes |= _pick(cursor, place, today(zone), new)
            done = {each.id: outcomes[each.id] for each in new}
            keep(cursor, {i: asdict(o) for i, o in done.items() if isinstance(o, Picked)})
            leave(cursor, [i for i, o in done.items() if not isinstance(o, Picked)])
    return [
        _twice(each) if each.id in twice and asked[each.id] != each else outcomes[each.id]
        for each in picks
    ]


def walk(of: str, target: UUID, warehouse: str = "") -> list[dict[str, Any]]:
    """What is to be picked of a wave or an order, and what is, along the bins.

    Args:
        warehouse: only there; an order may be picked in several.
    """
    with raw_cursor() as cursor:
        given = {
            "enterprise": acting().enterprise, "id": target, "warehouse": warehouse,
            "most": MOST_STOPS,
        }  # fmt: skip
        cursor.row_factory = dict_row
        return cursor.execute(sql.WALK.format(of=_COLUMNS[of]), given).fetchall()


_COLUMNS: Final = {"wave": "wave_id", "order": "order_id"}


def _pick(cursor: Cursor[Any], place: str, on: date, picks: Sequence[Pick]) -> dict[str, Outcome]:
    products = find(cursor, (each.barcode for each in picks))
    held = _to_pick(cursor, place, picks, products)
    cuts = Cuts({row[0]: row[4] for rows in held.values() for row in rows})
    done: list[tuple[Pick, UUID, Product, int]] = []
    outcomes: dict[str, Outcome] = {}
    refused = []
    for pick in picks:
        taken = _take(cuts, held, products, place, pick)
        if taken is None:
            refused.append(pick)
            continue
        product, parts, left = taken
        done += [(pick, part, product, left) for part in parts]
        outcomes[pick.id] = Picked(
            pick.id, product.sku, product.name, pick.bin, pick.quantity, left
        )
    if done:
        cuts.make(cursor)
        _post(cursor, on, {part: pick.id for pick, part, _, _ in done})
    if refused:
        outcomes |= _refusals(cursor, place, refused, products)
    return outcomes


def _to_pick(
    cursor: Cursor[Any], place: str, picks: Sequence[Pick], products: Mapping[str, list[Product]]
) -> dict[tuple[str, UUID, str, str], list[Any]]:
    """Allocations that scans may take from, locked, by what they are of, place and SKU."""
    held: dict[tuple[str, UUID, str, str], list[Any]] = {}
    for of, column in _COLUMNS.items():
        its = [each for each in picks if each.of == of]
        if not its:
            continue
        given = {
            "enterprise": acting().enterprise,
            "ids": list({each.target for each in its}),
            "places": list({part_of(place, each.bin) for each in its}),
            "skus": list({p.sku for each in its for p in products[each.barcode]}),
        }
        for row in cursor.execute(sql.TO_PICK.format(of=column), given).fetchall():
            held.setdefault((of, *row[1:4]), []).append(row)
    return held


def _take(
    cuts: Cuts,
    held: Mapping[tuple[str, UUID, str, str], list[Any]],
    products: Mapping[str, list[Product]],
    place: str,
    pick: Pick,
) -> tuple[Product, list[UUID], int] | None:
    """The parts of allocations that a scan takes; nothing where it is not right."""
    for product in products[pick.barcode]:
        rows = held.get((pick.of, pick.target, part_of(place, pick.bin), product.sku), [])
        there = sum(cuts.left[row[0]] for row in rows)
        if there < pick.quantity:
            continue
        left, parts = pick.quantity, []
        for id, *_ in rows:
            if part := min(left, cuts.left[id]):
                parts.append(cuts.take(id, part))
                left -= part
        return product, parts, there - pick.quantity
    return None


def _post(cursor: Cursor[Any], on: date, scans: Mapping[UUID, str]) -> None:
    """Pick allocations, each by its scan: a document for each scan."""
    given = {"enterprise": acting().enterprise, "allocations": list(scans)}
    statement = outbound_sql.PICK.format(which=outbound_sql.THESE)
    rows = cursor.execute(statement, given).fetchall()
    rows = sorted((scans[row[0]], *row[3:8], row[8]) for row in rows)
    post_new(
        [
            Document("pick", scan, on, [
                Line(sku, quantity, source, target, lot, is_reserved=True)
                for _, source, target, sku, lot, quantity, _ in its
            ])
            for scan, its in groupby(rows, itemgetter(0))
        ]
    )  # fmt: skip
    settle(cursor, (row[6] for row in rows))


def _refusals(
    cursor: Cursor[Any], place: str, picks: Sequence[Pick], products: Mapping[str, list[Product]]
) -> dict[str, Outcome]:
    """Why scans were not right, and what was expected instead."""
    left: dict[tuple[str, UUID], list[tuple[str, str, int]]] = {}
    for of, column in _COLUMNS.items():
        ids = list({each.target for each in picks if each.of == of})
        if ids:
            given = {"enterprise": acting().enterprise, "ids": ids}
            for target, *row in cursor.execute(sql.LEFT_TO_PICK.format(of=column), given):
                left.setdefault((of, target), []).append((row[0], row[1], row[2]))
    return {
        each.id: _refusal(each, place, left.get((each.of, each.target), []), products[each.barcode])
        for each in picks
    }


def _refusal(
    pick: Pick, place: str, left: Sequence[tuple[str, str, int]], products: Sequence[Product]
) -> EntrepotError:
    skus = {each.sku for each in products}
    here = [(sku, n) for where, sku, n in left if where == part_of(place, pick.bin)]
    if not products:
        expected = sorted(sku for sku, _ in here)
        error: EntrepotError = unknown(pick.asked, pick.barcode, [], [pick.barcode])
        error.facts["expected"] = expected[:100]
        return error
    if not left:
        return NothingLeft(
            pick.asked,
            f"Nothing is left to be picked of this {pick.of}.",
            "Put it back, and go on with the next.",
        )
    if not here:
        its = [(w, sku) for w, sku, _ in left if sku in skus] or [(w, s) for w, s, _ in left]
        bins = list(dict.fromkeys(where.removeprefix(place).lstrip("/") for where, _ in its))
        return WrongBin(
            pick.asked,
            f"Nothing is to be picked there; expected is {_named(bins[0])}.",
            "Put it back, and go to that bin.",
            bin=pick.bin,
            expected=bins[:100],
        )
    there = sum(n for sku, n in here if sku in skus)
    if not there:
        expected = [sku for sku, _ in here]
        return WrongSku(
            pick.asked,
            f"It is {products[0].sku}; expected is {' or '.join(expected[:5])}.",
            "Put it back, and take what is expected.",
            sku=products[0].sku,
            expected=expected[:100],
        )
    return TooMany(
        pick.asked,
        f"{there:,} of it {'is' if there == 1 else 'are'} to be picked there.",
        "Put back what is too many.",
        sku=products[0].sku,
        expected=there,
    )


def _named(bin: str) -> str:
    return f"bin {bin}" if bin else "the warehouse"


def _twice(pick: Pick) -> ScanDiffers:
    return ScanDiffers(
        pick.asked,
        f"Another scan of the id {pick.id} asks for something else.",
        "Give each scan an id of its own, such as a UUID.",
        scan=pick.id,
    )
