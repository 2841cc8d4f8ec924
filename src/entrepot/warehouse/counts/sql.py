# SPDX-License-Identifier: Apache-2.0
"""The SQL of counts: which bins, what the book had there, what moved since."""

from __future__ import annotations

from typing import Final

_BINS: Final = """
    SELECT %(warehouse)s || '/' || b.code AS place FROM catalog_bin AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.is_active
        AND b.warehouse_id = (SELECT w.id FROM catalog_warehouse AS w
            WHERE w.enterprise_id = %(enterprise)s AND w.code = split_part(%(warehouse)s, '/', 2))
"""
#: Bins of a warehouse: those named, areas and the warehouse itself among them; those of a zone;
#: those not counted since a day; those that somebody asked for.
NAMED: Final = f"""
    {_BINS} AND b.code = ANY(%(bins)s)
    UNION ALL
    SELECT path FROM ledger_place WHERE enterprise_id = %(enterprise)s AND path = ANY(%(others)s)
"""
OF_ZONE: Final = f"""
    {_BINS} AND b.zone_id = (SELECT z.id FROM catalog_zone AS z
        WHERE z.enterprise_id = %(enterprise)s AND z.warehouse_id = b.warehouse_id
            AND z.code = %(zone)s)
"""
NOT_COUNTED: Final = f"""
    {_BINS} AND NOT EXISTS (SELECT FROM warehouse_countedbin AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.place = %(warehouse)s || '/' || b.code
            AND c.state IN ('right', 'posted')
            AND c.closed_at > now() - make_interval(days => %(days)s))
"""
ASKED: Final = """
    SELECT place FROM warehouse_countasked
    WHERE enterprise_id = %(enterprise)s AND count_id IS NULL
        AND (place = %(warehouse)s
            OR place > %(warehouse)s || '/' AND place < %(warehouse)s || '0')
"""
#: Bins that hold SKUs of a class: A are those that make up the first units of all that left the
#: warehouse in so many days, the best sold first; B the next; C the rest, and what did not sell.
OF_CLASS: Final = """
    WITH sold AS (
        SELECT s.sku, sum(s.quantity) AS units
        FROM warehouse_parcel AS p
        JOIN warehouse_shippedline AS s ON s.enterprise_id = %(enterprise)s AND s.parcel_id = p.id
        WHERE p.enterprise_id = %(enterprise)s AND p.warehouse = %(warehouse)s
            AND p.shipped_on > current_date - %(days)s
        GROUP BY s.sku
    ),
    ranked AS (
        SELECT sku, sum(units) OVER (ORDER BY units DESC, sku) - units AS before,
            sum(units) OVER () AS total
        FROM sold
    ),
    classes AS MATERIALIZED (
        SELECT sku, CASE WHEN before * 100 < total * %(a)s THEN 'A'
            WHEN before * 100 < total * (%(a)s + %(b)s) THEN 'B' ELSE 'C' END AS class
        FROM ranked
    )
    SELECT DISTINCT l.place FROM ledger_balance AS l
    LEFT JOIN classes AS c ON c.sku = l.item
    WHERE l.enterprise_id = %(enterprise)s AND l.quantity > 0
        AND (l.place = %(warehouse)s
            OR l.place > %(warehouse)s || '/' AND l.place < %(warehouse)s || '0')
        AND l.place NOT LIKE '%%/@%%' AND coalesce(c.class, 'C') = %(class)s
"""

#: Bins of a new count; those that are in an open one already are left out. What was asked for is
#: taken up by it.
ADD_BINS: Final = """
    WITH added AS (
        INSERT INTO warehouse_countedbin (enterprise_id, id, count_id, place, state, attempt, again,
            counted_by, approved_by)
        SELECT %(enterprise)s, id, %(count)s, place, 'to_count', 0, '', '{}', ''
        FROM unnest(%(ids)s::uuid[], %(places)s::text[]) AS b (id, place)
        ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING place
    ),
    taken AS (
        UPDATE warehouse_countasked AS a SET count_id = %(count)s
        WHERE a.enterprise_id = %(enterprise)s AND a.count_id IS NULL
            AND a.place = ANY(ARRAY(SELECT place FROM added))
    )
    SELECT place FROM added
"""

#: Bins are begun: what the book has there now is what is expected.
BEGIN: Final = """
    WITH begun AS (
        UPDATE warehouse_countedbin AS b
        SET state = 'counting', attempt = b.attempt + 1, again = '', begun = %(begun)s,
            counted_by = '{}'
        WHERE b.enterprise_id = %(enterprise)s AND b.id = ANY(%(bins)s)
        RETURNING b.id, b.place
    )
    INSERT INTO warehouse_countline (enterprise_id, id, bin_id, sku, expected, counted)
    SELECT %(enterprise)s, gen_random_uuid(), b.id, l.item, sum(l.quantity), 0
    FROM begun AS b
    CROSS JOIN LATERAL (
        SELECT item, quantity FROM ledger_balance AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.place = b.place AND l.quantity > 0
    ) AS l
    GROUP BY b.id, l.item
"""

#: What was counted is added to what was, or takes its place.
COUNT: Final = """
    WITH entries AS (
        INSERT INTO warehouse_countentry (enterprise_id, id, bin_id, attempt, barcode, sku,
            quantity, is_set, at, by)
        SELECT %(enterprise)s, e.id, e.bin, b.attempt, e.barcode, e.sku, e.quantity, e.is_set,
            %(at)s, %(by)s
        FROM unnest(%(ids)s::uuid[], %(of)s::uuid[], %(barcodes)s::text[], %(skus)s::text[],
            %(quantities)s::int[], %(sets)s::bool[])
            AS e (id, bin, barcode, sku, quantity, is_set)
        JOIN warehouse_countedbin AS b ON b.enterprise_id = %(enterprise)s AND b.id = e.bin
    ),
    counters AS (
        UPDATE warehouse_countedbin AS b SET counted_by = b.counted_by || %(by)s::varchar
        WHERE b.enterprise_id = %(enterprise)s AND b.id = ANY(%(of)s)
            AND NOT %(by)s::varchar = ANY(b.counted_by)
    )
    INSERT INTO warehouse_countline AS l (enterprise_id, id, bin_id, sku, expected, counted)
    SELECT %(enterprise)s, gen_random_uuid(), bin, sku, 0, counted
    FROM unnest(%(line_bins)s::uuid[], %(line_skus)s::text[], %(line_counted)s::bigint[])
        AS c (bin, sku, counted)
    ORDER BY bin, sku
    ON CONFLICT (enterprise_id, bin_id, sku) DO UPDATE SET counted = EXCLUDED.counted
    RETURNING bin_id, sku, counted
"""

COUNTED: Final = """
    SELECT bin_id, sku, counted FROM warehouse_countline
    WHERE enterprise_id = %(enterprise)s AND bin_id = ANY(%(bins)s)
"""

#: Bins of a count, held still.
HOLD: Final = """
    SELECT id, place, state, counted_by, begun FROM warehouse_countedbin
    WHERE enterprise_id = %(enterprise)s AND count_id = %(count)s
        AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
        AND (%(places)s::text[] IS NULL OR place = ANY(%(places)s))
    ORDER BY id
    FOR UPDATE
"""

#: What was counted in bins beside what is expected.
LINES: Final = """
    SELECT l.bin_id, b.place, l.sku, l.expected, l.counted
    FROM warehouse_countline AS l
    JOIN warehouse_countedbin AS b ON b.enterprise_id = %(enterprise)s AND b.id = l.bin_id
    WHERE l.enterprise_id = %(enterprise)s AND l.bin_id = ANY(%(bins)s)
    ORDER BY b.place, l.sku
"""

#: Bins in which something moved since they were begun: a movement that was posted later, or one
#: that was being posted at that moment and shows in what lies there.
MOVED: Final = """
    SELECT b.id FROM warehouse_countedbin AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.id = ANY(%(bins)s) AND (
        EXISTS (SELECT FROM ledger_movement AS m WHERE m.enterprise_id = %(enterprise)s
            AND m.from_place = b.place AND m.document_id > b.begun)
        OR EXISTS (SELECT FROM ledger_movement AS m WHERE m.enterprise_id = %(enterprise)s
            AND m.to_place = b.place AND m.document_id > b.begun)
        OR EXISTS (
            SELECT FROM (
                SELECT item AS sku, sum(quantity) AS quantity FROM ledger_balance AS l
                WHERE l.enterprise_id = %(enterprise)s AND l.place = b.place AND l.quantity > 0
                GROUP BY item
            ) AS now
            FULL JOIN (
                SELECT sku, expected FROM warehouse_countline AS l
                WHERE l.enterprise_id = %(enterprise)s AND l.bin_id = b.id AND l.expected > 0
            ) AS was USING (sku)
            WHERE now.quantity IS DISTINCT FROM was.expected
        )
    )
"""

#: Bins go on to another state; those that are to be counted again lose what was counted.
SETTLE: Final = """
    WITH again AS (
        DELETE FROM warehouse_countline WHERE enterprise_id = %(enterprise)s
            AND bin_id = ANY(%(bins)s) AND %(state)s = 'to_count'
    )
    UPDATE warehouse_countedbin AS b
    SET state = %(state)s, again = %(again)s, approved_by = %(approved_by)s,
        closed_at = CASE WHEN %(state)s <> 'to_count' THEN %(at)s::timestamptz END
    WHERE b.enterprise_id = %(enterprise)s AND b.id = ANY(%(bins)s)
"""

#: A count of which every bin is settled is done.
DONE: Final = """
    UPDATE warehouse_count AS c SET state = 'done', closed_at = %(at)s
    WHERE c.enterprise_id = %(enterprise)s AND c.id = %(count)s AND c.state = 'open'
        AND NOT EXISTS (SELECT FROM warehouse_countedbin AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.count_id = c.id
                AND b.state IN ('to_count', 'counting', 'differs'))
    RETURNING c.id
"""

#: Of counts: how many bins are in which state.
TALLY: Final = """
    SELECT count_id, state, count(*) FROM warehouse_countedbin
    WHERE enterprise_id = %(enterprise)s AND count_id = ANY(%(counts)s) GROUP BY count_id, state
"""
