# SPDX-License-Identifier: Apache-2.0
"""Prove that what the book has reserved is what orders have, and that lines count what left."""

from __future__ import annotations

from typing import Final

from entrepot.ledger.audit import Audit
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import within

_RESERVED: Final = """
    SELECT place, item, lot, coalesce(b.reserved, 0), coalesce(a.quantity, 0)
    FROM (
        SELECT place, item, lot, reserved FROM ledger_balance
        WHERE enterprise_id = %(enterprise)s AND reserved > 0
    ) AS b
    FULL JOIN (
        SELECT place, sku AS item, lot, sum(quantity) AS quantity FROM warehouse_allocation
        WHERE enterprise_id = %(enterprise)s GROUP BY place, sku, lot
    ) AS a USING (place, item, lot)
    WHERE coalesce(b.reserved, 0) <> coalesce(a.quantity, 0)
    ORDER BY place, item, lot
"""
_LINES: Final = """
    SELECT o.channel, o.number, l.line_no, l.allocated, coalesce(a.quantity, 0), l.shipped,
        coalesce(s.quantity, 0)
    FROM warehouse_orderline AS l
    JOIN warehouse_order AS o ON o.enterprise_id = l.enterprise_id AND o.id = l.order_id
    LEFT JOIN (
        SELECT order_id, line_no, sum(quantity) AS quantity FROM warehouse_allocation
        WHERE enterprise_id = %(enterprise)s GROUP BY order_id, line_no
    ) AS a ON a.order_id = l.order_id AND a.line_no = l.line_no
    LEFT JOIN (
        SELECT order_id, line_no, sum(quantity) AS quantity FROM warehouse_shippedline
        WHERE enterprise_id = %(enterprise)s GROUP BY order_id, line_no
    ) AS s ON s.order_id = l.order_id AND s.line_no = l.line_no
    WHERE l.enterprise_id = %(enterprise)s
        AND (l.allocated <> coalesce(a.quantity, 0) OR l.shipped <> coalesce(s.quantity, 0))
    ORDER BY o.channel, o.number, l.line_no
"""


def audit_orders(done: Audit) -> None:
    """Add what orders and book say differently to an audit of the book."""
    given = {"enterprise": done.enterprise}
    with within(done.enterprise, snapshot=True), raw_cursor() as cursor:
        for place, item, lot, reserved, promised in cursor.execute(_RESERVED, given):
            about = f"{item} in {place}" + (f", lot {lot}" if lot else "")
            done.add("reserved_differs", about, f"{reserved:,} reserved", f"{promised:,}")
        rows = cursor.execute(_LINES, given).fetchall()
    for channel, number, line_no, allocated, reserved, shipped, left in rows:
        done.add(
            "order_differs",
            f"{channel} {number} line {line_no}",
            f"{allocated:,} reserved and {shipped:,} shipped",
            f"{reserved:,} and {left:,}",
        )
