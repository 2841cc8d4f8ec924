# SPDX-License-Identifier: Apache-2.0
"""Reserve stock for orders where it lies, and give it up again.

Orders and stock are locked, the rules decide over what was read, and the book reserves: however
many ask for the last unit, one of them gets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.ledger.places import warehouse_of
from entrepot.ledger.reserving import Held, release, reserve
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.allocation import sql
from entrepot.warehouse.allocation.rules import (
    Policy,
    Route,
    Routes,
    Shelf,
    Stock,
    Take,
    Wanted,
    allocate,
)

#: Orders that one call serves, where stock arrived.
MOST_ORDERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Allocated:
    """What an order got: units reserved by this call, and units that still wait for goods."""

    order: UUID
    reserved: int
    waiting: int


def allocate_orders(orders: Sequence[UUID]) -> list[Allocated]:
    """Reserve what is open of these orders, as far as there is stock.

    Those promised first are served first, whatever the order in which they are named; held, done
    and cancelled orders are left out.

    Returns:
        one for each order of which something was open.
    """
    enterprise = acting().enterprise
    with raw_cursor() as cursor:
        given = {"enterprise": enterprise, "orders": sorted(orders)}
        rows = cursor.execute(sql.OPEN, given).fetchall()
        if not rows:
            return []
        stock = _stock(cursor, enterprise, sorted({row[4] for row in rows}))
        takes: list[Take] = []
        if stock.free:
            routes, policy = _rules(cursor)
            takes = allocate(_by_order(rows), stock, routes, policy)
        reserve([Held(t.shelf.place, t.wanted.sku, t.shelf.lot, t.quantity) for t in takes])
        _give(cursor, enterprise, takes)
    return _told(rows, takes)


def servable() -> list[str]:
    """SKUs that orders wait for although some of them lie free."""
    with raw_cursor() as cursor:
        rows = cursor.execute(sql.SERVABLE, {"enterprise": acting().enterprise})
        return [sku for (sku,) in rows]


def allocate_waiting(skus: Sequence[str] | None = None, most: int = MOST_ORDERS) -> list[Allocated]:
    """Reserve for orders that wait for goods, in the order of promise.

    Args:
        skus: only those that wait for one of these, such as what has just arrived.
        most: how many orders at once.
    """
    with raw_cursor() as cursor:
        given = {
            "enterprise": acting().enterprise,
            "skus": None if skus is None else list(skus),
            "most": most,
        }
        waiting = [id for (id,) in cursor.execute(sql.WAITING, given)]
    return allocate_orders(waiting)


def take_back(orders: Sequence[UUID], line_no: int | None = None) -> int:
    """Give up what is reserved for orders and not picked; it lies free again.

    Returns:
        how many units.
    """
    with raw_cursor() as cursor:
        given = {
            "enterprise": acting().enterprise, "orders": list(orders), "line_no": line_no,
        }  # fmt: skip
        rows = cursor.execute(sql.TAKE_BACK, given).fetchall()
    release([Held(*row) for row in rows])
    return sum(row[3] for row in rows)


def _stock(cursor: Cursor[Any], enterprise: UUID, skus: Sequence[str]) -> Stock:
    stock = Stock()
    rows = cursor.execute(sql.FREE, {"enterprise": enterprise, "skus": list(skus)}, binary=True)
    of: dict[str, str] = {}
    for sku, place, lot, free, since in rows.fetchall():
        warehouse = of.get(place) or of.setdefault(place, warehouse_of(place))
        stock.add(sku, Shelf(warehouse, place, lot, free, since))
    return stock


def _rules(cursor: Cursor[Any]) -> tuple[Routes, Policy]:
    row = cursor.execute(sql.RULES, binary=True).fetchone()
    assert row is not None
    routes, warehouses, policy = row
    return (
        Routes.of([Route(*each) for each in routes], [tuple(each) for each in warehouses]),
        Policy(*policy) if policy else Policy(),
    )


def _by_order(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, str, list[Wanted]]]:
    for (order, country, postcode), lines in groupby(rows, itemgetter(0, 1, 2)):
        yield (
            country,
            postcode,
            [Wanted(order, line_no, sku, quantity) for *_, line_no, sku, quantity in lines],
        )


def _give(cursor: Cursor[Any], enterprise: UUID, takes: Sequence[Take]) -> None:
    if not takes:
        return
    lines: dict[tuple[UUID, int], int] = {}
    for take in takes:
        key = take.wanted.order, take.wanted.line_no
        lines[key] = lines.get(key, 0) + take.quantity
    cursor.execute(
        sql.GIVE,
        {
            "enterprise": enterprise,
            "ids": [new_id() for _ in takes],
            "of": [each.wanted.order for each in takes],
            "line_nos": [each.wanted.line_no for each in takes],
            "warehouses": [each.shelf.warehouse for each in takes],
            "places": [each.shelf.place for each in takes],
            "items": [each.wanted.sku for each in takes],
            "lots": [each.shelf.lot for each in takes],
            "quantities": [each.quantity for each in takes],
            "line_of": [order for order, _ in lines],
            "line_no": [line_no for _, line_no in lines],
            "line_quantity": list(lines.values()),
        },
    )


def _told(rows: Sequence[tuple[Any, ...]], takes: Sequence[Take]) -> list[Allocated]:
    got: dict[UUID, int] = {}
    for take in takes:
        got[take.wanted.order] = got.get(take.wanted.order, 0) + take.quantity
    return [
        Allocated(order, got.get(order, 0), sum(row[5] for row in lines) - got.get(order, 0))
        for order, lines in groupby(rows, itemgetter(0))
    ]
