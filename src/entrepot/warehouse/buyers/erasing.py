# SPDX-License-Identifier: Apache-2.0
"""Erase what is kept of buyers: of the orders that are named, or of all that ended long enough ago.

What was ordered, moved and done stays. Whom it went to goes, with the postcode and the notes of the
order and its returns, and with what the shop said of it; nothing of them is taken in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.models.orders import HELD, OPEN

#: Orders that are erased at a time, and of which it is said which they were.
MOST: Final = 10_000
MOST_LISTED: Final = 1000
#: What is said to have become of what a shop told, once it is not kept any more.
FORGOTTEN: Final = "not kept any more"

_LOCK: Final = """
    SELECT id, channel, number, state, erased_at IS NOT NULL FROM warehouse_order
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(orders)b::uuid[])
    ORDER BY id FOR NO KEY UPDATE
"""
#: Those that ended first. Who changes one of them meanwhile is not waited for.
_DUE: Final = """
    SELECT id FROM warehouse_order
    WHERE enterprise_id = %(enterprise)s AND ended_at < %(before)s AND erased_at IS NULL
    ORDER BY ended_at, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
"""
_FORGET: Final = """
    UPDATE warehouse_shopevent SET body = '', problem = NULL,
        outcome = CASE WHEN state IN ('waiting', 'refused') THEN %(forgotten)s ELSE outcome END,
        state = CASE WHEN state IN ('waiting', 'refused') THEN 'kept' ELSE state END
"""
#: What goes, in this order: what the shop said is found by the order.
_ERASE: Final = (
    f"""
    {_FORGET}
    WHERE enterprise_id = %(enterprise)s AND body <> '' AND (shop_id, external) IN (
        SELECT shop_id, external FROM warehouse_shoporder
        WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)b::uuid[]))
    """,
    """
    DELETE FROM warehouse_recipient
    WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)b::uuid[])
    """,
    """
    UPDATE warehouse_return SET note = ''
    WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)b::uuid[]) AND note <> ''
    """,
    """
    UPDATE warehouse_order
    SET postcode = '', note = '', held_because = '', erased_at = %(at)s, erased_by = %(by)s
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(orders)b::uuid[])
    """,
)
_FORGET_MESSAGES: Final = f"""
    {_FORGET}
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(messages)b::uuid[]) AND body <> ''
    RETURNING id
"""


class NoSuchBuyer(Refused):
    """There is no order whose buyer could be erased or handed out."""

    code = "warehouse.no_such_buyer"


class BuyerAwaits(Refused):
    """The buyer of an order that is still to be shipped is not erased."""

    code = "warehouse.buyer_awaits"


def erase(orders: Sequence[UUID], messages: Sequence[UUID] = ()) -> int:
    """Erase the buyers of orders that are done or cancelled: of all of them, or of none.

    Args:
        messages: of shops that became no order, to be forgotten as well.

    Returns:
        how many orders and messages were erased by this call; those that were before stay so.

    Raises:
        NoSuchBuyer: one of the orders is not there.
        BuyerAwaits: one is open or held.
    """
    given = {
        "enterprise": acting().enterprise, "orders": list(orders), "messages": list(messages),
        "forgotten": FORGOTTEN,
    }  # fmt: skip
    with raw_cursor() as cursor:
        found = cursor.execute(_LOCK, given, prepare=planned_for(len(orders))).fetchall()
        _check(orders, found)
        kept = [row for row in found if not row[4]]
        _erase(cursor, [id for id, *_ in kept])
        forgotten = len(cursor.execute(_FORGET_MESSAGES, given).fetchall())
    if kept or forgotten:
        about = f"{kept[0][1]} {kept[0][2]}" if kept else f"{forgotten:,} messages"
        more = f" and {len(kept) - 1:,} more" if len(kept) > 1 else ""
        _record(about + more, [id for id, *_ in kept], because="asked for", messages=forgotten)
    return len(kept) + forgotten


def erase_ended(before: datetime, most: int = MOST) -> int:
    """Erase the buyers of orders that ended before a moment, those first that ended first.

    Returns:
        how many; as many as are erased at a time where there may be more.
    """
    given = {"enterprise": acting().enterprise, "before": before, "most": most}
    with raw_cursor() as cursor:
        due = [id for (id,) in cursor.execute(_DUE, given)]
        _erase(cursor, due)
    if due:
        _record(f"{len(due):,} orders", due, because="their time was over")
    return len(due)


def _erase(cursor: Cursor[Any], orders: Sequence[UUID]) -> None:
    if not orders:
        return
    given = {
        "enterprise": acting().enterprise, "orders": list(orders), "at": timezone.now(),
        "by": acting().actor, "forgotten": FORGOTTEN,
    }  # fmt: skip
    for statement in _ERASE:
        cursor.execute(statement, given, prepare=planned_for(len(orders)))


def _record(about: str, orders: Sequence[UUID], **facts: object) -> None:
    """Put on record which orders, and nothing of whom."""
    listed = [str(each) for each in orders[:MOST_LISTED]]
    record("buyers.erased", about, count=len(orders), orders=listed, **facts)


def _check(wanted: Sequence[UUID], found: Sequence[Any]) -> None:
    if missing := set(wanted) - {row[0] for row in found}:
        raise NoSuchBuyer(
            f"Cannot erase the buyer of order {min(missing)}.",
            "There is no such order.",
            "Look the order up by its number; nothing was erased.",
            orders=[str(each) for each in sorted(missing)[:MOST_LISTED]],
        )
    if awaited := [row for row in found if row[3] in (OPEN, HELD)]:
        _, channel, number, state, _ = awaited[0]
        raise BuyerAwaits(
            f"Cannot erase the buyer of order {channel} {number}.",
            f"It is {state}: it is to be shipped to them.",
            "Ship or cancel it first; nothing was erased.",
            orders=[str(row[0]) for row in awaited[:MOST_LISTED]],
            state=state,
        )
