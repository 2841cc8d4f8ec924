# SPDX-License-Identifier: Apache-2.0
"""The SQL of returns: what was shipped and may come back, and what came."""

from __future__ import annotations

from typing import Final

#: What was shipped of some SKUs and has not come back; locked, so that the last unit comes back
#: once. In the order in which it was shipped.
SHIPPED: Final = """
    WITH locked AS MATERIALIZED (
        SELECT document_id, line, parcel_id, order_id, sku, lot, quantity - returned AS left
        FROM warehouse_shippedline AS s
        WHERE s.enterprise_id = %(enterprise)s AND {which} AND s.sku = ANY(%(skus)s)
            AND s.returned < s.quantity
        ORDER BY document_id, line
        FOR NO KEY UPDATE
    )
    SELECT l.document_id, l.line, l.sku, l.lot, l.left, o.channel, l.order_id
    FROM locked AS l
    JOIN warehouse_parcel AS p ON p.enterprise_id = %(enterprise)s AND p.id = l.parcel_id
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = l.order_id
    ORDER BY p.shipped_at, l.document_id, l.line
"""
OF_ORDER: Final = "s.order_id = %(order)s"
OF_PARCELS: Final = "s.parcel_id = ANY(%(parcels)s)"

ADD_LINES: Final = """
    WITH counted AS (
        UPDATE warehouse_shippedline AS s SET returned = s.returned + c.quantity
        FROM (
            SELECT document, line, sum(quantity)::int AS quantity
            FROM unnest(%(documents)s::uuid[], %(lines)s::int[], %(quantities)s::int[])
                AS c (document, line, quantity)
            WHERE document IS NOT NULL GROUP BY document, line
        ) AS c
        WHERE s.enterprise_id = %(enterprise)s AND s.document_id = ANY(%(documents)s::uuid[])
            AND s.document_id = c.document AND s.line = c.line
    ),
    expected AS (
        UPDATE warehouse_expectedline AS e SET received = e.received + c.quantity
        FROM (
            SELECT sku, sum(quantity)::int AS quantity
            FROM unnest(%(skus)s::text[], %(quantities)s::int[]) AS c (sku, quantity) GROUP BY sku
        ) AS c
        WHERE e.enterprise_id = %(enterprise)s AND e.back_id = %(back)s AND e.sku = c.sku
    )
    INSERT INTO warehouse_returnedline (enterprise_id, id, back_id, shipped_document, shipped_line,
        channel, warehouse, sku, lot, quantity, returned_on, grade, outcome, decided_on, place,
        received_id, decided_id, received_by, decided_by)
    SELECT %(enterprise)s, id, %(back)s, document, line, channel, %(warehouse)s, sku, lot, quantity,
        %(on)s::date, grade, outcome, CASE WHEN outcome <> '' THEN %(on)s::date END, place,
        %(received)s, decided, %(by)s::text, CASE WHEN outcome <> '' THEN %(by)s::text ELSE '' END
    FROM unnest(%(ids)s::uuid[], %(documents)s::uuid[], %(lines)s::int[], %(channels)s::text[],
        %(skus)s::text[], %(lots)s::text[], %(quantities)s::int[], %(grades)s::text[],
        %(outcomes)s::text[], %(places)s::text[], %(decided)s::uuid[])
        AS l (id, document, line, channel, sku, lot, quantity, grade, outcome, place, decided)
"""

#: What came back and nothing was decided of, locked.
UNDECIDED: Final = """
    SELECT l.id, l.sku, l.lot, l.quantity, l.warehouse, r.number
    FROM warehouse_returnedline AS l
    JOIN warehouse_return AS r ON r.enterprise_id = %(enterprise)s AND r.id = l.back_id
    WHERE l.enterprise_id = %(enterprise)s AND l.outcome = '' AND {which}
    ORDER BY l.id
    FOR UPDATE OF l
"""
THIS: Final = "l.id = %(line)s"
OF_SKUS: Final = """l.warehouse = %(warehouse)s AND l.sku = ANY(%(skus)s)
        AND (l.grade = '' OR l.grade = ANY(%(grades)s))"""

#: What is decided of a part becomes a line of its own.
SPLIT: Final = """
    WITH parts AS MATERIALIZED (
        SELECT * FROM unnest(%(ids)s::uuid[], %(quantities)s::int[], %(new)s::uuid[])
            AS p (id, quantity, new)
    ),
    less AS (
        UPDATE warehouse_returnedline AS l SET quantity = l.quantity - p.quantity
        FROM (SELECT id, sum(quantity)::int AS quantity FROM parts GROUP BY id) AS p
        WHERE l.enterprise_id = %(enterprise)s AND l.id = ANY(%(ids)s) AND l.id = p.id
        RETURNING l.*
    )
    INSERT INTO warehouse_returnedline (enterprise_id, id, back_id, shipped_document, shipped_line,
        channel, warehouse, sku, lot, quantity, returned_on, grade, outcome, place, received_id,
        received_by, decided_by)
    SELECT %(enterprise)s, p.new, l.back_id, l.shipped_document, l.shipped_line, l.channel,
        l.warehouse, l.sku, l.lot, p.quantity, l.returned_on, l.grade, '', '', l.received_id,
        l.received_by, ''
    FROM parts AS p JOIN less AS l ON l.id = p.id
"""

DECIDE: Final = """
    UPDATE warehouse_returnedline AS l
    SET outcome = d.outcome, place = d.place,
        grade = CASE WHEN %(grade)s::text <> '' THEN %(grade)s::text ELSE l.grade END,
        decided_on = CASE WHEN d.outcome <> '' THEN %(on)s::date END,
        decided_id = d.document,
        decided_by = CASE WHEN d.outcome <> '' THEN %(by)s::text ELSE '' END
    FROM unnest(%(ids)s::uuid[], %(outcomes)s::text[], %(places)s::text[], %(documents)s::uuid[])
        AS d (id, outcome, place, document)
    WHERE l.enterprise_id = %(enterprise)s AND l.id = ANY(%(ids)s) AND l.id = d.id
"""

#: A line that never came, taken out again.
UNDO: Final = """
    WITH gone AS (
        DELETE FROM warehouse_returnedline WHERE enterprise_id = %(enterprise)s AND id = %(line)s
        RETURNING *
    ),
    expected AS (
        UPDATE warehouse_expectedline AS e SET received = e.received - g.quantity FROM gone AS g
        WHERE e.enterprise_id = %(enterprise)s AND e.back_id = g.back_id AND e.sku = g.sku
    ),
    counted AS (
        UPDATE warehouse_shippedline AS s SET returned = s.returned - g.quantity FROM gone AS g
        WHERE s.enterprise_id = %(enterprise)s AND s.document_id = g.shipped_document
            AND s.line = g.shipped_line
    )
    SELECT sku, lot, quantity, channel, warehouse FROM gone
"""
