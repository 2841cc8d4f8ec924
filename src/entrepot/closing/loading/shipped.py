# SPDX-License-Identifier: Apache-2.0
"""Orders of a season as what they are: taken in, packed, shipped on their day, and done.

Nothing of them is reserved or picked any more: what a season says is what left. So the rows of
orders that are done are written as they would stand then, each parcel with its document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

from entrepot.closing.loading.masters import Masters
from entrepot.closing.loading.papers import smallest
from entrepot.closing.loading.reading import Row, Season
from entrepot.ledger.document import Document, Line
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.numbering import take_numbers
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.outbound.shipping import KIND

_AT_ONCE: Final = 5_000
Key = tuple[str, str, int]

_PARCELS: Final = """
    INSERT INTO warehouse_parcel (enterprise_id, id, number, order_id, warehouse, state, carton,
        carrier, tracking, packed_at, packed_by, shipped_at, shipped_by, shipped_on, document_id)
    SELECT %(enterprise)s, p.id, p.number, p.order_id, p.warehouse, 'shipped', '', '', '', p.at,
        %(by)s, p.at, %(by)s, p."on", p.document
    FROM unnest(%(ids)s::uuid[], %(numbers)s::text[], %(orders)s::uuid[], %(warehouses)s::text[],
        %(moments)s::timestamptz[], %(days)s::date[], %(documents)s::uuid[])
        AS p (id, number, order_id, warehouse, at, "on", document)
"""
_LINES: Final = """
    INSERT INTO warehouse_shippedline (enterprise_id, document_id, line, parcel_id, order_id,
        line_no, sku, lot, quantity)
    SELECT %(enterprise)s, l.document, l.line, l.parcel, l.order_id, l.line_no, l.sku, '',
        l.quantity
    FROM unnest(%(of)s::uuid[], %(lines)s::int[], %(parcels)s::uuid[], %(line_orders)s::uuid[],
        %(line_nos)s::int[], %(skus)s::text[], %(quantities)s::int[])
        AS l (document, line, parcel, order_id, line_no, sku, quantity)
"""
#: Of an enterprise that had no orders, all of them are those that were shipped.
_SHIPPED: Final = """
    UPDATE warehouse_orderline SET shipped = quantity WHERE enterprise_id = %(enterprise)s
"""
_DONE: Final = """
    UPDATE warehouse_order SET state = 'done', ended_at = ordered_at
    WHERE enterprise_id = %(enterprise)s
"""


@dataclass(slots=True)
class Parcel:
    """What left of an order on one day, from one warehouse; its document once it is posted."""

    number: str
    order: UUID
    warehouse: str
    on: date
    rows: list[Row] = field(default_factory=list)
    id: UUID = field(default_factory=new_id)
    document: UUID | None = None


def moment(on: date) -> datetime:
    """A moment for what a season knows the day of."""
    return datetime.combine(on, time(12), UTC)


def key_of(row: Row) -> Key:
    """What names a sale."""
    return row["channel"], row["order_no"], row["line_no"]


def take_orders(season: Season, masters: Masters) -> list[Parcel]:
    """Take the season's orders in; the parcels that leave of them, in the order of days."""
    orders: dict[tuple[str, str], list[Row]] = {}
    for row in season.rows["sales"]:
        orders.setdefault((row["channel"], row["order_no"]), []).append(row)
    wanted = [_order(season, masters, its) for its in orders.values()]
    ids: dict[tuple[str, str], UUID] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        for taken in create(wanted[at : at + _AT_ONCE]):
            ids[taken.channel, taken.number] = taken.id
    groups: dict[tuple[date, str, str, str], list[Row]] = {}
    for row in season.rows["sales"]:
        by = row["shipped_on"], row["channel"], row["order_no"], row["warehouse"]
        groups.setdefault(by, []).append(row)
    with raw_cursor() as cursor:
        numbers = take_numbers(cursor, "parcel", len(groups)) if groups else range(0)
    return [
        Parcel(
            f"P{number:010}", ids[by[1], by[2]], by[3], by[0],
            sorted(its, key=lambda row: int(row["line_no"])),
        )
        for number, (by, its) in zip(numbers, sorted(groups.items()), strict=True)
    ]  # fmt: skip


def document_of(parcel: Parcel, masters: Masters) -> Document:
    """The document with which a parcel leaves."""
    return Document(
        KIND,
        parcel.number,
        parcel.on,
        [
            Line(
                row["sku"], row["quantity"], masters.shelf_of(parcel.warehouse, row["sku"]),
                f"customer/{row['channel']}",
            )
            for row in parcel.rows
        ],
    )  # fmt: skip


def write(parcels: Sequence[Parcel]) -> None:
    """Write down what left, once all of it is posted."""
    with raw_cursor() as cursor:
        for at in range(0, len(parcels), _AT_ONCE):
            given = _given(parcels[at : at + _AT_ONCE])
            cursor.execute(_PARCELS, given, prepare=False)
            cursor.execute(_LINES, given, prepare=False)
        given = {"enterprise": acting().enterprise}
        cursor.execute(_SHIPPED, given)
        cursor.execute(_DONE, given)


def shipped_lines(parcels: Sequence[Parcel]) -> Mapping[Key, tuple[UUID, int, UUID]]:
    """By sale: the document with which it left, its line there, and its order."""
    return {
        key_of(row): (parcel.document, line, parcel.order)
        for parcel in parcels
        if parcel.document is not None
        for line, row in enumerate(parcel.rows, 1)
    }


def _order(season: Season, masters: Masters, rows: Sequence[Row]) -> NewOrder:
    first = min(row["shipped_on"] for row in rows)
    currency = rows[0]["currency"]
    digits = masters.digits.get(currency)
    return NewOrder(
        rows[0]["channel"],
        rows[0]["order_no"],
        datetime.combine(first, time(), UTC),
        first,
        rows[0]["destination"],
        [
            Ordered(
                row["line_no"], row["sku"], row["quantity"],
                smallest(season, "sales", row, "amount", digits),
            )
            for row in sorted(rows, key=lambda row: int(row["line_no"]))
        ],
        currency=currency,
    )  # fmt: skip


def _given(parcels: Sequence[Parcel]) -> dict[str, Any]:
    lines = [
        (parcel.document, line, parcel.id, parcel.order, row["line_no"], row["sku"],
         row["quantity"])
        for parcel in parcels
        for line, row in enumerate(parcel.rows, 1)
    ]  # fmt: skip
    names = ("of", "lines", "parcels", "line_orders", "line_nos", "skus", "quantities")
    return {
        "enterprise": acting().enterprise,
        "by": acting().actor,
        "ids": [each.id for each in parcels],
        "numbers": [each.number for each in parcels],
        "orders": [each.order for each in parcels],
        "warehouses": [f"warehouse/{each.warehouse}" for each in parcels],
        "moments": [moment(each.on) for each in parcels],
        "days": [each.on for each in parcels],
        "documents": [each.document for each in parcels],
        **dict(zip(names, map(list, zip(*lines, strict=True)), strict=True)),
    }
