# SPDX-License-Identifier: Apache-2.0
"""The SQL that changes orders and gives up what is reserved for them, for one or thousands."""

from __future__ import annotations

from typing import Final

#: Always in this order: orders by id, then their allocations, then their lines. What is reserved or
#: picked meanwhile waits, or is seen.
LOCK: Final = """
    SELECT id, channel, number, state FROM warehouse_order
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(orders)s)
    ORDER BY id FOR NO KEY UPDATE
"""
ALLOCATIONS: Final = """
    SELECT id, order_id, line_no, place, sku, lot, quantity, picked_from <> '',
        parcel_id IS NOT NULL
    FROM warehouse_allocation
    WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)s)
    ORDER BY id FOR UPDATE
"""
LINES: Final = """
    SELECT order_id, line_no, sku, quantity, amount, cancelled, allocated, shipped, open
    FROM warehouse_orderline
    WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)s)
    ORDER BY order_id, line_no FOR NO KEY UPDATE
"""

#: Units of allocations that go, and what that means for the lines.
GIVE_UP: Final = """
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(%(allocations)s::uuid[], %(units)s::int[]) AS g (id, units)
    ),
    gone AS (
        DELETE FROM warehouse_allocation AS a USING given AS g
        WHERE a.enterprise_id = %(enterprise)s AND a.id = g.id AND a.quantity = g.units
    ),
    less AS (
        UPDATE warehouse_allocation AS a SET quantity = a.quantity - g.units FROM given AS g
        WHERE a.enterprise_id = %(enterprise)s AND a.id = g.id AND a.quantity > g.units
    )
    UPDATE warehouse_orderline AS l
    SET cancelled = l.cancelled + c.cancelled, allocated = l.allocated - c.given,
        quantity = l.quantity - c.less
    FROM unnest(%(of)s::uuid[], %(line_nos)s::int[], %(cancelled)s::int[], %(given)s::int[],
        %(less)s::int[])
        AS c (order_id, line_no, cancelled, given, less)
    WHERE l.enterprise_id = %(enterprise)s AND l.order_id = c.order_id AND l.line_no = c.line_no
"""

#: Orders of which nothing is open or reserved any more.
SETTLE: Final = """
    UPDATE warehouse_order AS o
    SET held_because = '', ended_at = now(),
        state = CASE WHEN EXISTS (SELECT FROM warehouse_orderline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.order_id = o.id AND l.shipped > 0)
        THEN 'done' ELSE 'cancelled' END
    WHERE o.enterprise_id = %(enterprise)s AND o.id = ANY(%(orders)s)
        AND o.state IN ('open', 'held')
        AND NOT EXISTS (SELECT FROM warehouse_orderline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.order_id = o.id
                AND (l.open > 0 OR l.allocated > 0))
    RETURNING o.id, o.state
"""

HOLD: Final = """
    UPDATE warehouse_order SET state = 'held', held_because = %(because)s
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(orders)s) AND state IN ('open', 'held')
"""
RELEASE: Final = """
    UPDATE warehouse_order SET state = 'open', held_because = ''
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(orders)s) AND state = 'held'
"""
