# SPDX-License-Identifier: Apache-2.0
"""Pick what is reserved, from the bins to the packing area, and put it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from entrepot.ledger.actions import post_all
from entrepot.ledger.document import Document, Line
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.areas import today
from entrepot.warehouse.outbound import sql
from entrepot.warehouse.outbound.waves import settle


@dataclass(frozen=True, slots=True)
class Moved:
    """An allocation that was picked, or put back."""

    allocation: UUID
    order: UUID
    from_place: str
    to_place: str
    sku: str
    lot: str
    quantity: int


def pick_orders(orders: Sequence[UUID]) -> list[Moved]:
    """Pick everything that is reserved for these orders and not picked yet."""
    return _move("pick", sql.PICK.format(which=sql.OF_ORDERS), {"orders": list(orders)})


def pick_wave(wave: UUID) -> list[Moved]:
    """Pick everything of a wave that is not picked yet."""
    return _move("pick", sql.PICK.format(which=sql.OF_WAVE), {"wave": wave})


def pick(allocations: Sequence[UUID], number: str = "") -> list[Moved]:
    """Pick these allocations.

    Args:
        number: of the document in the book; one of our own where none is given.
    """
    given = {"allocations": list(allocations)}
    return _move("pick", sql.PICK.format(which=sql.THESE), given, number)


def put_back(orders: Sequence[UUID]) -> list[Moved]:
    """Put what was picked for orders, and is in no parcel, back to where it came from."""
    return _move("put_back", sql.PUT_BACK.format(which=sql.OF_ORDERS), {"orders": list(orders)})


def _move(kind: str, statement: str, given: Mapping[str, Any], number: str = "") -> list[Moved]:
    """Move allocations, and post it: a document for each warehouse, for each has its own day."""
    with raw_cursor() as cursor:
        rows = cursor.execute(statement, {**given, "enterprise": acting().enterprise}).fetchall()
    rows.sort(key=itemgetter(2, 3, 5, 6, 0))
    documents = [
        Document(
            kind,
            number or str(new_id()),
            today(zone),
            [
                Line(sku, quantity, from_place, to_place, lot, is_reserved=True)
                for _, _, _, from_place, to_place, sku, lot, quantity, _, _ in moved
            ],
        )
        for (_, zone), moved in groupby(rows, itemgetter(2, 9))
    ]
    if documents:
        post_all(documents)
        with raw_cursor() as cursor:
            settle(cursor, (row[8] for row in rows))
    return [Moved(id, order, *places) for id, order, _, *places, _, _ in rows]
