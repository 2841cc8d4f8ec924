# SPDX-License-Identifier: Apache-2.0
"""The SQL of the floor: what lies where, what is reserved there for whom, the walk along the bins.

Everything is locked in one order, so that nobody waits in a circle: orders, allocations, what lies
in the book, waves.
"""

from __future__ import annotations

from typing import Final

#: Orders that wait for some SKUs, at most so many of those promised first, and those for which
#: something is reserved in some places; locked in the order of their ids.
HOLD_ORDERS: Final = """
    WITH waiting AS MATERIALIZED (
        SELECT o.id FROM (
            SELECT DISTINCT order_id FROM warehouse_orderline
            WHERE enterprise_id = %(enterprise)s AND open > 0 AND sku = ANY(%(skus)s)
        ) AS l
        JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = l.order_id
        WHERE o.state = 'open'
        ORDER BY o.promised_on, o.priority DESC, o.ordered_at, o.id
        LIMIT %(most)s
    )
    SELECT o.id, EXISTS (SELECT FROM waiting AS w WHERE w.id = o.id)
    FROM warehouse_order AS o
    WHERE o.enterprise_id = %(enterprise)s AND o.id = ANY(
        ARRAY(SELECT id FROM waiting)
        || ARRAY(SELECT a.order_id
            FROM unnest(%(places)s::text[], %(items)s::text[]) AS k (place, sku)
            CROSS JOIN LATERAL (
                SELECT order_id FROM warehouse_allocation AS a
                WHERE a.enterprise_id = %(enterprise)s AND a.place = k.place AND a.sku = k.sku
                    AND a.picked_from = ''
            ) AS a)
    )
    ORDER BY o.id
    FOR NO KEY UPDATE OF o
"""

#: What is reserved in some places and not picked, where more is wanted than lies free; who was
#: promised last comes first.
RESERVED: Final = """
    WITH locked AS MATERIALIZED (
        SELECT a.*
        FROM unnest(%(places)s::text[], %(items)s::text[], %(quantities)s::bigint[])
            AS k (place, sku, quantity)
        CROSS JOIN LATERAL (
            SELECT id, order_id, place, sku, lot, quantity
            FROM warehouse_allocation AS a
            WHERE a.enterprise_id = %(enterprise)s AND a.place = k.place AND a.sku = k.sku
                AND a.picked_from = '' AND k.quantity > (
                    SELECT coalesce(sum(b.quantity - b.reserved), 0) FROM ledger_balance AS b
                    WHERE b.enterprise_id = %(enterprise)s AND b.place = k.place AND b.item = k.sku
                )
            ORDER BY id
            FOR UPDATE
        ) AS a
    )
    SELECT a.id, a.place, a.sku, a.lot, a.quantity FROM locked AS a
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = a.order_id
    ORDER BY o.promised_on DESC, o.priority, o.ordered_at DESC, a.id DESC
"""

#: What lies in some places: the oldest first, and how much of it is free.
LYING: Final = """
    WITH locked AS MATERIALIZED (
        SELECT b.place, b.item, b.lot, b.quantity, b.reserved, b.since
        FROM (SELECT DISTINCT place COLLATE "C" AS place, item COLLATE "C" AS item
            FROM unnest(%(places)s::text[], %(items)s::text[]) AS k (place, item)
            ORDER BY 1, 2) AS k
        CROSS JOIN LATERAL (
            SELECT place, item, lot, quantity, reserved, since FROM ledger_balance AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.place = k.place AND b.item = k.item
                AND b.quantity > 0
            ORDER BY lot
            FOR NO KEY UPDATE
        ) AS b
    )
    SELECT place, item, lot, quantity, reserved FROM locked ORDER BY place, item, since, lot
"""

#: Parts of allocations become allocations of their own; of one, there may be several.
CUT: Final = """
    WITH parts AS MATERIALIZED (
        SELECT * FROM unnest(%(allocations)s::uuid[], %(quantities)s::int[], %(new)s::uuid[])
            AS p (id, quantity, new)
    ),
    less AS (
        UPDATE warehouse_allocation AS a SET quantity = a.quantity - p.quantity
        FROM (SELECT id, sum(quantity)::int AS quantity FROM parts GROUP BY id) AS p
        WHERE a.enterprise_id = %(enterprise)s AND a.id = ANY(%(allocations)s) AND a.id = p.id
        RETURNING a.id, a.order_id, a.line_no, a.warehouse, a.place, a.sku, a.lot, a.picked_from,
            a.wave_id
    )
    INSERT INTO warehouse_allocation (enterprise_id, id, order_id, line_no, warehouse, place, sku,
        lot, quantity, picked_from, wave_id)
    SELECT %(enterprise)s, p.new, l.order_id, l.line_no, l.warehouse, l.place, l.sku, l.lot,
        p.quantity, l.picked_from, l.wave_id
    FROM parts AS p JOIN less AS l ON l.id = p.id
"""

RELOCATE: Final = """
    UPDATE warehouse_allocation AS a SET place = t.place
    FROM unnest(%(allocations)s::uuid[], %(places)s::text[]) AS t (id, place)
    WHERE a.enterprise_id = %(enterprise)s AND a.id = ANY(%(allocations)s) AND a.id = t.id
"""

#: Allocations that are given up: what they held is open again.
GIVE_UP: Final = """
    WITH gone AS (
        DELETE FROM warehouse_allocation
        WHERE enterprise_id = %(enterprise)s AND id = ANY(%(allocations)s)
        RETURNING order_id, line_no, place, sku, lot, quantity, wave_id
    ),
    counted AS (
        UPDATE warehouse_orderline AS l SET allocated = l.allocated - g.quantity
        FROM (SELECT order_id, line_no, sum(quantity)::int AS quantity FROM gone
            GROUP BY order_id, line_no) AS g
        WHERE l.enterprise_id = %(enterprise)s
            AND l.order_id = ANY(ARRAY(SELECT order_id FROM gone))
            AND l.order_id = g.order_id AND l.line_no = g.line_no
    )
    SELECT place, sku, lot, quantity, wave_id FROM gone
"""

#: Bins that hold more than they are made for.
OVER: Final = """
    SELECT b.code FROM unnest(%(places)s::text[]) AS p (place)
    JOIN catalog_warehouse AS w ON w.enterprise_id = %(enterprise)s
        AND w.code = split_part(p.place, '/', 2)
    JOIN catalog_bin AS b ON b.enterprise_id = %(enterprise)s AND b.warehouse_id = w.id
        AND b.code = split_part(p.place, '/', 3)
    WHERE b.capacity_units < (SELECT sum(quantity) FROM ledger_balance AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.place = p.place)
    ORDER BY b.code
"""

#: Bins that hold some SKUs, and how many units of anything lie in each.
HOLDING: Final = """
    SELECT h.item, b.code, b.capacity_units, (
        SELECT sum(l.quantity)::bigint FROM ledger_balance AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.place = h.place)
    FROM unnest(%(skus)s::text[]) AS k (sku)
    CROSS JOIN LATERAL (
        SELECT DISTINCT item, place FROM ledger_balance AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.item = k.sku AND l.place > %(warehouse)s || '/'
            AND l.place < %(warehouse)s || '0' AND l.quantity > 0
    ) AS h
    JOIN catalog_bin AS b ON b.enterprise_id = %(enterprise)s AND b.is_active
        AND b.warehouse_id = (SELECT w.id FROM catalog_warehouse AS w
            WHERE w.enterprise_id = %(enterprise)s AND w.code = split_part(%(warehouse)s, '/', 2))
        AND b.code = split_part(h.place, '/', 3)
    ORDER BY h.item, b.pick_sequence, b.code
"""

#: Bins in which nothing lies, along the walk.
EMPTY: Final = """
    SELECT b.code, b.capacity_units FROM catalog_bin AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.is_active
        AND b.warehouse_id = (SELECT w.id FROM catalog_warehouse AS w
            WHERE w.enterprise_id = %(enterprise)s AND w.code = split_part(%(warehouse)s, '/', 2))
        AND NOT EXISTS (SELECT FROM ledger_balance AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.place = %(warehouse)s || '/' || b.code
                AND l.quantity > 0)
    ORDER BY b.pick_sequence, b.code
    LIMIT %(most)s
"""

#: What is to be picked of waves or orders, for `{which}`.
TO_PICK: Final = """
    SELECT a.id, a.{of}, a.place, a.sku, a.quantity
    FROM warehouse_allocation AS a
    WHERE a.enterprise_id = %(enterprise)s AND a.{of} = ANY(%(ids)s) AND a.picked_from = ''
        AND a.place = ANY(%(places)s) AND a.sku = ANY(%(skus)s)
        AND (SELECT o.state FROM warehouse_order AS o WHERE o.enterprise_id = %(enterprise)s
            AND o.id = a.order_id) = 'open'
    ORDER BY a.id
    FOR UPDATE OF a
"""

#: What else is to be picked of them, for those who stand in the wrong place.
LEFT_TO_PICK: Final = """
    SELECT a.{of}, a.place, a.sku, sum(a.quantity)::bigint
    FROM warehouse_allocation AS a
    WHERE a.enterprise_id = %(enterprise)s AND a.{of} = ANY(%(ids)s) AND a.picked_from = ''
        AND (SELECT o.state FROM warehouse_order AS o WHERE o.enterprise_id = %(enterprise)s
            AND o.id = a.order_id) = 'open'
    GROUP BY a.{of}, a.place, a.sku
    ORDER BY a.place, a.sku
"""

#: What is picked of one of them from a place, and in no parcel; what was picked last comes first.
PICKED_FROM: Final = """
    SELECT a.id, a.quantity
    FROM warehouse_allocation AS a
    WHERE a.enterprise_id = %(enterprise)s AND a.{of} = %(id)s AND a.picked_from = %(from)s
        AND a.sku = %(sku)s AND a.parcel_id IS NULL
    ORDER BY a.id DESC
    FOR UPDATE
"""

#: The way along the bins.
WALK: Final = """
    SELECT a.id AS allocation, w.code AS warehouse, o.channel, o.number AS order_number, a.line_no,
        coalesce(b.code, '') AS bin, b.pick_sequence AS sequence, a.sku, p.name, p.name_zh,
        p.gtin, a.lot, a.quantity, a.picked_from <> '' AS is_picked
    FROM warehouse_allocation AS a
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = a.order_id
    LEFT JOIN catalog_product AS p ON p.enterprise_id = %(enterprise)s AND p.sku = a.sku
    LEFT JOIN catalog_warehouse AS w ON w.enterprise_id = %(enterprise)s
        AND w.code = split_part(a.warehouse, '/', 2)
    LEFT JOIN catalog_bin AS b ON b.enterprise_id = %(enterprise)s AND b.warehouse_id = w.id
        AND b.code = split_part(coalesce(nullif(a.picked_from, ''), a.place), '/', 3)
    WHERE a.enterprise_id = %(enterprise)s AND a.{of} = %(id)s
        AND %(warehouse)s IN ('', split_part(a.warehouse, '/', 2))
        AND o.state = 'open' AND a.parcel_id IS NULL
    ORDER BY a.warehouse, b.pick_sequence NULLS FIRST, b.code, a.sku, is_picked DESC, a.id
    LIMIT %(most)s
"""

#: One allocation, held still.
ONE: Final = """
    SELECT a.id, a.place, a.sku, a.lot, a.quantity, a.warehouse
    FROM warehouse_allocation AS a
    WHERE a.enterprise_id = %(enterprise)s AND a.id = %(allocation)s AND a.picked_from = ''
    FOR UPDATE
"""

#: That a bin is to be counted; once, however often it is asked.
ASK_FOR_COUNT: Final = """
    INSERT INTO warehouse_countasked (enterprise_id, id, place, because, asked_at, asked_by)
    VALUES (%(enterprise)s, %(id)s, %(place)s, %(because)s, %(at)s, %(by)s)
    ON CONFLICT (enterprise_id, place) WHERE count_id IS NULL DO NOTHING
"""
