# SPDX-License-Identifier: Apache-2.0
"""The SQL of picking, packing and shipping: the same few statements for one order or a wave.

Where rows are changed from a list, the list's keys stand there once more as `= ANY(...)`: then an
index finds the rows, however few the planner believes that an enterprise has.
"""

from __future__ import annotations

from typing import Final

from entrepot.ledger.places import PACKING
from entrepot.warehouse.areas import WITH_ZONE

#: Allocations that are picked now: where they are is the packing area, where they were stays known.
#: Whether the order is open is asked by its key, row by row.
PICK: Final = f"""
    WITH picked AS (
        UPDATE warehouse_allocation AS a
        SET picked_from = a.place, place = a.warehouse || '/{PACKING}'
        WHERE a.enterprise_id = %(enterprise)s AND {{which}} AND a.picked_from = ''
            AND (SELECT o.state FROM warehouse_order AS o WHERE o.enterprise_id = %(enterprise)s
                AND o.id = a.order_id) = 'open'
        RETURNING a.id, a.order_id, a.warehouse, a.picked_from, a.place, a.sku, a.lot, a.quantity,
            a.wave_id
    )
    SELECT p.*, z.time_zone FROM picked AS p {WITH_ZONE.format(place="p.warehouse")}
"""

#: Allocations that go back to where they were picked from.
PUT_BACK: Final = f"""
    WITH old AS MATERIALIZED (
        SELECT id, place, picked_from FROM warehouse_allocation AS a
        WHERE a.enterprise_id = %(enterprise)s AND {{which}} AND a.picked_from <> ''
            AND a.parcel_id IS NULL
        ORDER BY id FOR UPDATE
    ),
    back AS (
        UPDATE warehouse_allocation AS a SET place = o.picked_from, picked_from = ''
        FROM old AS o
        WHERE a.enterprise_id = %(enterprise)s AND a.id = ANY(ARRAY(SELECT id FROM old))
            AND a.id = o.id
        RETURNING a.id, a.order_id, a.warehouse, o.place AS from_place, a.place, a.sku, a.lot,
            a.quantity, a.wave_id
    )
    SELECT b.*, z.time_zone FROM back AS b {WITH_ZONE.format(place="b.warehouse")}
"""

#: Which allocations.
OF_ORDERS: Final = "a.order_id = ANY(%(orders)b)"
OF_WAVE: Final = "a.wave_id = %(wave)s AND a.wave_id IS NOT NULL"
THESE: Final = "a.id = ANY(%(allocations)b)"

#: What is picked of some orders and in no parcel, and what it weighs where every SKU's weight is
#: known. Orders that are held leave out.
PICKED: Final = """
    SELECT a.id, a.order_id, a.warehouse, a.line_no, a.sku, a.quantity,
        a.quantity * (SELECT p.weight_g::bigint FROM catalog_product AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.sku = a.sku)
    FROM warehouse_allocation AS a
    WHERE a.enterprise_id = %(enterprise)s AND a.order_id = ANY(%(orders)b)
        AND a.picked_from <> '' AND a.parcel_id IS NULL
        AND (SELECT o.state FROM warehouse_order AS o WHERE o.enterprise_id = %(enterprise)s
            AND o.id = a.order_id) = 'open'
    ORDER BY a.order_id, a.warehouse, a.id
    FOR NO KEY UPDATE OF a
"""

#: Which allocation goes into which parcel is looked up in an object: a join may be quadratic.
PACK: Final = """
    WITH packed AS (
        INSERT INTO warehouse_parcel (enterprise_id, id, number, order_id, warehouse, state,
            weight_g, carton, carrier, tracking, packed_at, packed_by, shipped_by)
        SELECT %(enterprise)s, id, number, order_id, warehouse, 'packed', weight_g, carton, carrier,
            tracking, %(at)s, %(by)s, ''
        FROM unnest(%(ids)b::uuid[], %(numbers)b::text[], %(orders)b::uuid[],
            %(warehouses)b::text[], %(weights)s::int[], %(cartons)b::text[], %(carriers)b::text[],
            %(trackings)b::text[])
            AS p (id, number, order_id, warehouse, weight_g, carton, carrier, tracking)
    )
    UPDATE warehouse_allocation AS a SET parcel_id = (%(parcel_of)s::jsonb ->> a.id::text)::uuid
    WHERE a.enterprise_id = %(enterprise)s AND a.id = ANY(%(allocations)b)
"""

#: A part of an allocation goes into a parcel of its own, or is picked alone.
SPLIT: Final = """
    WITH less AS (
        UPDATE warehouse_allocation AS a SET quantity = a.quantity - s.quantity
        FROM unnest(%(allocations)b::uuid[], %(quantities)s::int[], %(new)b::uuid[])
            AS s (id, quantity, new)
        WHERE a.enterprise_id = %(enterprise)s AND a.id = ANY(%(allocations)b) AND a.id = s.id
            AND a.quantity > s.quantity
        RETURNING s.new, a.order_id, a.line_no, a.warehouse, a.place, a.sku, a.lot, s.quantity,
            a.picked_from, a.wave_id
    )
    INSERT INTO warehouse_allocation (enterprise_id, id, order_id, line_no, warehouse, place, sku,
        lot, quantity, picked_from, wave_id)
    SELECT %(enterprise)s, * FROM less
"""

#: What leaves: the allocations of packed parcels, which are gone from now on.
LEAVE: Final = f"""
    WITH parcels AS MATERIALIZED (
        SELECT p.id, p.number, p.order_id, p.warehouse,
            (SELECT o.channel FROM warehouse_order AS o WHERE o.enterprise_id = %(enterprise)s
                AND o.id = p.order_id AND o.state = 'open') AS channel
        FROM warehouse_parcel AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.id = ANY(%(parcels)b) AND p.state = 'packed'
        ORDER BY p.id
        FOR NO KEY UPDATE
    ),
    gone AS (
        DELETE FROM warehouse_allocation AS a
        WHERE a.enterprise_id = %(enterprise)s
            AND a.order_id = ANY(ARRAY(SELECT order_id FROM parcels))
            AND a.parcel_id = ANY(ARRAY(SELECT id FROM parcels WHERE channel IS NOT NULL))
        RETURNING a.parcel_id, a.line_no, a.place, a.sku, a.lot, a.quantity
    )
    SELECT p.id, p.number, p.order_id, p.channel, z.time_zone, g.line_no, g.place, g.sku, g.lot,
        g.quantity
    FROM gone AS g JOIN parcels AS p ON p.id = g.parcel_id
    {WITH_ZONE.format(place="p.warehouse")}
    ORDER BY p.id, g.line_no, g.place, g.sku, g.lot
"""

#: What left, in the lines' counts.
LEFT: Final = """
    WITH lines AS MATERIALIZED (
        SELECT * FROM unnest(%(documents)b::uuid[], %(lines)s::int[], %(of)b::uuid[],
            %(orders)b::uuid[], %(line_nos)s::int[], %(skus)b::text[], %(lots)b::text[],
            %(quantities)s::int[])
            AS l (document_id, line, parcel_id, order_id, line_no, sku, lot, quantity)
    ),
    parcels AS (
        UPDATE warehouse_parcel AS p SET state = 'shipped', shipped_at = %(at)s,
            shipped_by = %(by)s, shipped_on = d."on", document_id = d.document
        FROM unnest(%(parcels)b::uuid[], %(parcel_documents)b::uuid[], %(days)b::date[])
            AS d (parcel, document, "on")
        WHERE p.enterprise_id = %(enterprise)s AND p.id = ANY(%(parcels)b) AND p.id = d.parcel
    ),
    shipped AS (
        INSERT INTO warehouse_shippedline (enterprise_id, document_id, line, parcel_id, order_id,
            line_no, sku, lot, quantity)
        SELECT %(enterprise)s, * FROM lines
    )
    UPDATE warehouse_orderline AS l
    SET allocated = l.allocated - s.quantity, shipped = l.shipped + s.quantity
    FROM (SELECT order_id, line_no, sum(quantity)::int AS quantity FROM lines
        GROUP BY order_id, line_no) AS s
    WHERE l.enterprise_id = %(enterprise)s AND l.order_id = ANY(%(orders)b)
        AND l.order_id = s.order_id AND l.line_no = s.line_no
"""

#: Orders of which nothing is open or reserved any more, and something was shipped, are done.
DONE: Final = """
    UPDATE warehouse_order AS o SET state = 'done', ended_at = now()
    WHERE o.enterprise_id = %(enterprise)s AND o.id = ANY(%(orders)b) AND o.state = 'open'
        AND NOT EXISTS (SELECT FROM warehouse_orderline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.order_id = o.id
                AND (l.open > 0 OR l.allocated > 0))
"""

#: Unpicked allocations of the orders that are served first, which no wave has yet.
GATHER: Final = """
    WITH orders AS MATERIALIZED (
        SELECT o.id FROM warehouse_order AS o
        WHERE o.enterprise_id = %(enterprise)s AND o.state = 'open'
            AND (%(orders)b::uuid[] IS NULL OR o.id = ANY(%(orders)b))
            AND (SELECT count(*) FROM warehouse_allocation AS a
                WHERE a.enterprise_id = %(enterprise)s AND a.order_id = o.id
                    AND a.warehouse = %(warehouse)s AND a.picked_from = '' AND a.wave_id IS NULL
            ) > 0
            AND (NOT %(only_whole)s OR (SELECT count(*) FROM warehouse_orderline AS l
                WHERE l.enterprise_id = %(enterprise)s AND l.order_id = o.id AND l.open > 0) = 0)
        ORDER BY o.promised_on, o.priority DESC, o.ordered_at, o.id
        LIMIT %(most)s
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE warehouse_allocation AS a SET wave_id = %(wave)s
    WHERE a.enterprise_id = %(enterprise)s AND a.order_id = ANY(ARRAY(SELECT id FROM orders))
        AND a.warehouse = %(warehouse)s
        AND a.picked_from = '' AND a.wave_id IS NULL
    RETURNING a.order_id, a.quantity
"""

#: Waves are held still until this transaction ends, so that of two who pick the last units of one
#: the second sees what the first did.
LOCK_WAVES: Final = """
    SELECT id FROM warehouse_wave WHERE enterprise_id = %(enterprise)s AND id = ANY(%(waves)b)
    ORDER BY id FOR NO KEY UPDATE
"""

#: A wave is open as long as something of it is to be picked.
SETTLE_WAVES: Final = """
    UPDATE warehouse_wave AS w SET is_open = NOT w.is_open
    WHERE w.enterprise_id = %(enterprise)s AND w.id = ANY(%(waves)b)
        AND w.is_open <> EXISTS (SELECT FROM warehouse_allocation AS a
            WHERE a.enterprise_id = %(enterprise)s AND a.wave_id = w.id AND a.picked_from = '')
"""

#: The firm's company prefix at GS1, where it has one.
PREFIX: Final = """
    SELECT prefix, extension FROM warehouse_gs1prefix WHERE enterprise_id = %(enterprise)s
"""
