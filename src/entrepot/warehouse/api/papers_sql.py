# SPDX-License-Identifier: Apache-2.0
"""The SQL of papers: what stands on labels, packing lists, invoices and pick lists."""

from __future__ import annotations

from typing import Final

#: Where parcels come from and go to, and which of how many of its order each is.
PARCELS: Final = """
    SELECT p.id, p.number, p.order_id, p.weight_g, p.carton, p.carrier, p.tracking,
        coalesce(p.shipped_on, p.packed_at::date) AS day, o.channel, o.number AS order_number,
        o.country, o.postcode, o.service, o.erased_at, r.content AS sealed,
        w.name, w.street, w.city, w.postcode AS from_postcode, w.country AS from_country,
        f.name AS firm, f.uscc,
        (SELECT count(*) FROM warehouse_parcel AS n WHERE n.enterprise_id = %(enterprise)s
            AND n.order_id = p.order_id AND n.id <= p.id) AS parcel,
        (SELECT count(*) FROM warehouse_parcel AS n WHERE n.enterprise_id = %(enterprise)s
            AND n.order_id = p.order_id) AS parcels
    FROM warehouse_parcel AS p
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = p.order_id
    LEFT JOIN warehouse_recipient AS r ON r.enterprise_id = %(enterprise)s AND r.order_id = o.id
    LEFT JOIN catalog_warehouse AS w ON w.enterprise_id = %(enterprise)s
        AND w.code = split_part(p.warehouse, '/', 2)
    LEFT JOIN people_profile AS f ON f.enterprise_id = %(enterprise)s
    WHERE p.enterprise_id = %(enterprise)s AND p.id IN ({which})
    ORDER BY p.id LIMIT 5000
"""
ONE: Final = "%(parcel)s"
OF_WAVE: Final = """
    SELECT a.parcel_id FROM warehouse_allocation AS a
    WHERE a.enterprise_id = %(enterprise)s AND a.wave_id = %(wave)s AND a.parcel_id IS NOT NULL
"""

_GOODS: Final = """
    t.sku, coalesce(g.name, t.sku) AS name, coalesce(g.name_zh, '') AS name_zh,
    coalesce(g.hs_code, '') AS hs_code, coalesce(g.weight_g, 0) AS weight_g,
    coalesce(g.contains_battery, false) AS contains_battery,
    coalesce(g.is_dangerous_goods, false) AS is_dangerous, coalesce(g.un_number, '') AS un_number
"""
#: What is in a parcel, be it here or gone.
CONTENTS: Final = f"""
    SELECT t.lot, t.quantity, {_GOODS}
    FROM (
        SELECT sku, lot, sum(quantity)::int AS quantity FROM (
            SELECT sku, lot, quantity FROM warehouse_allocation
            WHERE enterprise_id = %(enterprise)s AND parcel_id = %(parcel)s
            UNION ALL
            SELECT sku, lot, quantity FROM warehouse_shippedline
            WHERE enterprise_id = %(enterprise)s AND parcel_id = %(parcel)s
        ) AS both_ GROUP BY sku, lot
    ) AS t
    LEFT JOIN catalog_product AS g ON g.enterprise_id = %(enterprise)s AND g.sku = t.sku
    ORDER BY t.sku, t.lot
"""

#: An order for an invoice.
ORDER: Final = """
    SELECT o.id, o.channel, o.number, o.currency, o.country, o.postcode, o.service,
        o.ordered_at::date AS day, o.erased_at, r.content AS sealed, f.name AS firm, f.uscc,
        (SELECT i.digits FROM ledger_item AS i WHERE i.enterprise_id = %(enterprise)s
            AND i.code = o.currency AND i.kind = 'money') AS digits,
        (SELECT count(*) FROM warehouse_parcel AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.order_id = o.id) AS parcels
    FROM warehouse_order AS o
    LEFT JOIN warehouse_recipient AS r ON r.enterprise_id = %(enterprise)s AND r.order_id = o.id
    LEFT JOIN people_profile AS f ON f.enterprise_id = %(enterprise)s
    WHERE o.enterprise_id = %(enterprise)s AND o.id = %(order)s
"""
#: Its lines, less what was cancelled.
LINES: Final = f"""
    SELECT '' AS lot, t.quantity - t.cancelled AS quantity,
        (t.amount::numeric * (t.quantity - t.cancelled) / t.quantity)::bigint AS amount, {_GOODS}
    FROM warehouse_orderline AS t
    LEFT JOIN catalog_product AS g ON g.enterprise_id = %(enterprise)s AND g.sku = t.sku
    WHERE t.enterprise_id = %(enterprise)s AND t.order_id = %(order)s AND t.quantity > t.cancelled
    ORDER BY t.line_no
"""

#: What is to be picked of a wave, along the bins.
STOPS: Final = f"""
    SELECT v.number AS wave, split_part(v.warehouse, '/', 2) AS warehouse, o.id AS order_id,
        o.number AS order_number, coalesce(nullif(split_part(t.place, '/', 3), ''), t.place) AS bin,
        t.lot, t.quantity, {_GOODS}
    FROM warehouse_wave AS v
    JOIN warehouse_allocation AS t ON t.enterprise_id = %(enterprise)s AND t.wave_id = v.id
        AND t.picked_from = ''
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = t.order_id
    LEFT JOIN catalog_product AS g ON g.enterprise_id = %(enterprise)s AND g.sku = t.sku
    LEFT JOIN catalog_warehouse AS w ON w.enterprise_id = %(enterprise)s
        AND w.code = split_part(v.warehouse, '/', 2)
    LEFT JOIN catalog_bin AS b ON b.enterprise_id = %(enterprise)s AND b.warehouse_id = w.id
        AND b.code = split_part(t.place, '/', 3)
    WHERE v.enterprise_id = %(enterprise)s AND v.id = %(wave)s
    ORDER BY b.pick_sequence NULLS FIRST, b.code, t.sku, t.lot, o.number, t.id
    LIMIT 20000
"""
