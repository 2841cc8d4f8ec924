# SPDX-License-Identifier: Apache-2.0
"""The SQL of allocation: what waits, what lies free, and what was given to whom.

Where rows are changed from a list, the list's keys stand there once more as `= ANY(...)`: then an
index finds the rows, however few the planner believes that an enterprise has.
"""

from __future__ import annotations

from typing import Final

#: What is open of some orders, in the order in which they are served. Their lines are locked: two
#: who allocate the same order do so one after the other.
OPEN: Final = """
    SELECT o.id, o.country, o.postcode, l.line_no, l.sku, l.open
    FROM unnest(%(orders)b::uuid[]) AS k (id)
    CROSS JOIN LATERAL (
        SELECT id, country, postcode, promised_on, priority, ordered_at FROM warehouse_order AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.id = k.id AND w.state = 'open'
        FOR NO KEY UPDATE
    ) AS o
    CROSS JOIN LATERAL (
        SELECT line_no, sku, open FROM warehouse_orderline AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.order_id = o.id AND w.open > 0
        OFFSET 0 -- by the order, and not all that is open of the enterprise
    ) AS l
    ORDER BY o.promised_on, o.priority DESC, o.ordered_at, o.id, l.line_no
"""

#: What lies free of some SKUs, where it may be given to orders: in a warehouse or a bin of it, not
#: in an area. Locked in the order of the key, as movements go; the oldest of a warehouse first.
FREE: Final = """
    WITH locked AS (
        SELECT place, item, lot, quantity - reserved AS free, since FROM ledger_balance
        WHERE enterprise_id = %(enterprise)s AND item = ANY(%(skus)b) AND quantity > reserved
            AND NOT may_go_below
            AND (place LIKE 'warehouse/%%' OR place LIKE 'home/%%') AND place NOT LIKE '%%/@%%'
        ORDER BY place, item, lot
        FOR NO KEY UPDATE
    )
    SELECT item, place, lot, free, since FROM locked ORDER BY item, since, place, lot
"""

#: The rules of the enterprise: routes, warehouses of overseas, and the policy, in one row.
RULES: Final = """
    SELECT
        ARRAY(SELECT ROW (r.country, r.postcode,
                CASE w.kind WHEN 'home' THEN 'home/' ELSE 'warehouse/' END || r.warehouse,
                r.rank, r.cost, r.distance_km)
            FROM warehouse_route AS r
            JOIN catalog_warehouse AS w USING (enterprise_id)
            WHERE w.code = r.warehouse AND w.is_active),
        ARRAY(SELECT ROW ('warehouse/' || code, country) FROM catalog_warehouse
            WHERE kind = 'overseas' AND is_active ORDER BY code),
        (SELECT ROW (criteria, whole_first, may_split) FROM warehouse_policy)
"""

#: Reserved units become allocations, and lines count them. The book's side is `ledger.reserving`.
#: The lines are there: to add them is to find each by its key, whatever the planner believes of
#: how many there are.
GIVE: Final = """
    WITH given AS (
        INSERT INTO warehouse_allocation (enterprise_id, id, order_id, line_no, warehouse, place,
            sku, lot, quantity)
        SELECT %(enterprise)s, * FROM unnest(%(ids)b::uuid[], %(of)b::uuid[], %(line_nos)s::int[],
            %(warehouses)b::text[], %(places)b::text[], %(items)b::text[], %(lots)b::text[],
            %(quantities)s::int[])
    )
    INSERT INTO warehouse_orderline AS l (enterprise_id, order_id, line_no, sku, quantity, amount,
        allocated)
    SELECT %(enterprise)s, order_id, line_no, '', quantity, 0, quantity
    FROM unnest(%(line_of)b::uuid[], %(line_no)s::int[], %(line_quantity)s::int[])
        AS g (order_id, line_no, quantity)
    ON CONFLICT (enterprise_id, order_id, line_no)
        DO UPDATE SET allocated = l.allocated + EXCLUDED.allocated
"""

#: SKUs that orders wait for although some lie free: an order that came while they were put away.
SERVABLE: Final = """
    SELECT sku FROM (
        SELECT DISTINCT l.sku FROM warehouse_orderline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.open > 0
            AND (SELECT o.state FROM warehouse_order AS o
                WHERE o.enterprise_id = %(enterprise)s AND o.id = l.order_id) = 'open'
    ) AS waited
    WHERE (SELECT count(*) FROM ledger_balance AS b
        WHERE b.enterprise_id = %(enterprise)s AND b.item = waited.sku AND b.quantity > b.reserved
            AND NOT b.may_go_below AND (b.place LIKE 'warehouse/%%' OR b.place LIKE 'home/%%')
            AND b.place NOT LIKE '%%/@%%') > 0
    ORDER BY sku
"""

#: Orders that wait for goods, in the order in which they are served.
WAITING: Final = """
    SELECT o.id FROM (
        SELECT DISTINCT order_id FROM warehouse_orderline
        WHERE enterprise_id = %(enterprise)s AND open > 0
            AND (%(skus)b::text[] IS NULL OR sku = ANY(%(skus)b))
    ) AS l
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = l.order_id
    WHERE o.state = 'open'
    ORDER BY o.promised_on, o.priority DESC, o.ordered_at, o.id
    LIMIT %(most)s
"""

#: Allocations of orders that nobody has begun to pick, given up.
TAKE_BACK: Final = """
    WITH back AS (
        DELETE FROM warehouse_allocation
        WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)b) AND picked_from = ''
            AND (%(line_no)s::int IS NULL OR line_no = %(line_no)s)
        RETURNING order_id, line_no, place, sku, lot, quantity
    ),
    counted AS (
        UPDATE warehouse_orderline AS l SET allocated = l.allocated - b.quantity
        FROM (SELECT order_id, line_no, sum(quantity)::int AS quantity FROM back
            GROUP BY order_id, line_no) AS b
        WHERE l.enterprise_id = %(enterprise)s AND l.order_id = ANY(%(orders)b)
            AND l.order_id = b.order_id AND l.line_no = b.line_no
    )
    SELECT place, sku, lot, quantity FROM back
"""
