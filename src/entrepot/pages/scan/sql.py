# SPDX-License-Identifier: Apache-2.0
"""The SQL of the scan pages: what a code may be, and what a hand-held takes along to work with.

Everything is found by a key and bounded.
"""

from __future__ import annotations

from typing import Final

#: Rows of a kind that one code may find.
_FEW: Final = 5
#: Whatever has a number or a code of its own: kind, id, code, state, and where it is.
FIND: Final = f"""
    (SELECT 'bin' AS kind, b.id, b.code, '' AS state, %(place)s || '/' || b.code AS place,
        '' AS extra
    FROM catalog_bin AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.code = %(text)s AND b.is_active
        AND b.warehouse_id = (SELECT w.id FROM catalog_warehouse AS w
            WHERE w.enterprise_id = %(enterprise)s AND w.code = %(warehouse)s)
    LIMIT 1)
    UNION ALL
    (SELECT 'wave', w.id, w.number, CASE WHEN w.is_open THEN 'open' ELSE 'done' END, w.warehouse, ''
    FROM warehouse_wave AS w
    WHERE w.enterprise_id = %(enterprise)s AND w.number = %(text)s LIMIT 1)
    UNION ALL
    (SELECT 'parcel', p.id, p.number, p.state, p.warehouse, p.order_id::text
    FROM warehouse_parcel AS p
    WHERE p.enterprise_id = %(enterprise)s AND p.number = %(number)s LIMIT 1)
    UNION ALL
    (SELECT 'parcel', p.id, p.number, p.state, p.warehouse, p.order_id::text
    FROM warehouse_parcel AS p
    WHERE p.enterprise_id = %(enterprise)s AND p.tracking = %(text)s AND p.tracking <> ''
    ORDER BY p.id DESC LIMIT {_FEW})
    UNION ALL
    (SELECT 'order', o.id, o.number, o.state, '', o.channel
    FROM warehouse_order AS o
    WHERE o.enterprise_id = %(enterprise)s AND o.number = %(text)s
    ORDER BY o.id DESC LIMIT {_FEW})
    UNION ALL
    (SELECT 'consignment', c.id, c.number, c.state, c.to_place, ''
    FROM logistics_consignment AS c
    WHERE c.enterprise_id = %(enterprise)s AND c.number = %(text)s LIMIT 1)
    UNION ALL
    (SELECT 'count', c.id, c.number, c.state, c.warehouse, ''
    FROM warehouse_count AS c
    WHERE c.enterprise_id = %(enterprise)s AND c.number = %(text)s LIMIT 1)
    UNION ALL
    (SELECT 'return', r.id, r.number, CASE WHEN r.received_at IS NULL THEN 'announced'
        ELSE 'received' END, r.warehouse, r.rma
    FROM warehouse_return AS r
    WHERE r.enterprise_id = %(enterprise)s AND r.rma = %(text)s AND r.rma <> '' LIMIT 1)
"""

#: Where some SKUs lie in a warehouse; its bins first.
LIES: Final = """
    SELECT k.sku, b.place, b.quantity, b.reserved
    FROM unnest(%(skus)s::text[]) AS k (sku)
    CROSS JOIN LATERAL (
        SELECT l.place, sum(l.quantity)::bigint AS quantity, sum(l.reserved)::bigint AS reserved
        FROM ledger_balance AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.item = k.sku AND l.place >= %(place)s
            AND l.place < %(place)s || '0' AND l.quantity > 0
        GROUP BY l.place ORDER BY l.place LIMIT 50
    ) AS b
    WHERE b.place = %(place)s OR b.place LIKE %(place)s || '/%%'
    ORDER BY k.sku, b.place
"""

#: What lies in one place.
CONTENT: Final = """
    SELECT b.item AS sku, p.name, p.name_zh, p.gtin, b.quantity, b.reserved
    FROM (
        SELECT l.item, sum(l.quantity)::bigint AS quantity, sum(l.reserved)::bigint AS reserved
        FROM ledger_balance AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.place = %(place)s AND l.quantity > 0
        GROUP BY l.item ORDER BY l.item LIMIT %(most)s
    ) AS b
    LEFT JOIN LATERAL (
        SELECT c.name, c.name_zh, c.gtin FROM catalog_product AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.sku = b.item OFFSET 0
    ) AS p ON TRUE
    ORDER BY b.item
"""

#: The codes of the bins of a warehouse.
BINS: Final = """
    SELECT b.code FROM catalog_bin AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.is_active
        AND b.warehouse_id = (SELECT w.id FROM catalog_warehouse AS w
            WHERE w.enterprise_id = %(enterprise)s AND w.code = %(warehouse)s)
    ORDER BY b.pick_sequence, b.code LIMIT %(most)s
"""

#: What a consignment was announced with, by SKU.
ANNOUNCED: Final = """
    SELECT l.sku, p.name, p.name_zh, p.gtin, l.quantity, l.open
    FROM (
        SELECT sku, sum(quantity)::bigint AS quantity, sum(open)::bigint AS open
        FROM logistics_consignmentline
        WHERE enterprise_id = %(enterprise)s AND consignment_id = %(id)s
        GROUP BY sku ORDER BY sku LIMIT %(most)s
    ) AS l
    LEFT JOIN LATERAL (
        SELECT c.name, c.name_zh, c.gtin FROM catalog_product AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.sku = l.sku OFFSET 0
    ) AS p ON TRUE
    ORDER BY l.sku
"""

#: Parcels that are packed and have not left.
PACKED: Final = """
    SELECT p.id, p.number, p.tracking, p.carrier, o.number AS order_number
    FROM warehouse_parcel AS p
    LEFT JOIN LATERAL (
        SELECT w.number FROM warehouse_order AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.id = p.order_id OFFSET 0
    ) AS o ON TRUE
    WHERE p.enterprise_id = %(enterprise)s AND p.warehouse = %(place)s AND p.state = 'packed'
    ORDER BY p.id DESC LIMIT %(most)s
"""

#: What can be begun in a warehouse, the latest first: waves to pick, goods to receive, counts.
CHOICES: Final = {
    "pick": """
        SELECT w.id, w.number, w.note AS about, (
            SELECT coalesce(sum(a.quantity), 0)::bigint FROM warehouse_allocation AS a
            WHERE a.enterprise_id = %(enterprise)s AND a.wave_id = w.id AND a.picked_from = ''
        ) AS units
        FROM warehouse_wave AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.warehouse = %(place)s AND w.is_open
        ORDER BY w.id DESC LIMIT %(most)s
    """,
    "receive": """
        SELECT c.id, c.number, c.vessel AS about, (
            SELECT coalesce(sum(l.open), 0)::bigint FROM logistics_consignmentline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = c.id
        ) AS units
        FROM logistics_consignment AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.to_place = %(place)s
            AND c.state IN ('dispatched', 'arrived')
        ORDER BY c.id DESC LIMIT %(most)s
    """,
    "count": """
        SELECT c.id, c.number, c.about, (
            SELECT count(*) FROM warehouse_countedbin AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.count_id = c.id
                AND b.state IN ('to_count', 'counting')
        ) AS units
        FROM warehouse_count AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.warehouse = %(place)s AND c.state = 'open'
        ORDER BY c.id DESC LIMIT %(most)s
    """,
}

#: Pieces that a site works with, or that have not come anywhere yet: in the order of loading where
#: the plan that the site is loaded by has them, then the latest first.
PIECES: Final = """
    SELECT p.mark, p.state, p.location, coalesce(q.container_no || ' / ' || q.place_no, '') AS turn
    FROM consolidating_piece AS p
    LEFT JOIN consolidating_plannedpiece AS q ON q.enterprise_id = %(enterprise)s
        AND q.piece_id = p.id AND q.container_no > 0 AND q.plan_id = (
            SELECT h.plan_id FROM consolidating_choice AS h
            WHERE h.enterprise_id = %(enterprise)s AND h.site = %(site)s
            ORDER BY h.id DESC LIMIT 1)
    WHERE p.enterprise_id = %(enterprise)s AND p.site IN (%(site)s, '')
        AND p.state = ANY('{ordered,loose_in_site,declared,selected,not_selected,inspecting,passed,
            failed,released,consolidated}')
    ORDER BY q.container_no, q.place_no, p.id DESC LIMIT %(most)s
"""
#: Containers that are open at a site, with how many pieces are in each.
CONTAINERS: Final = """
    SELECT c.number, (
        SELECT count(*) FROM consolidating_piece AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.container_id = c.id) AS pieces
    FROM consolidating_container AS c
    WHERE c.enterprise_id = %(enterprise)s AND c.site = %(site)s AND c.state = 'open'
    ORDER BY c.id DESC LIMIT %(most)s
"""
