# SPDX-License-Identifier: Apache-2.0
"""The live book as the tables of a season: one statement a table, in one snapshot.

Goods are told from the movements of the book, so that per warehouse and SKU what came in less what
went out is what lies there, whoever posted it and how: every movement over the border of an
overseas warehouse is a row of exactly one table. What the warehouse and logistics know of it makes
it a receipt, a sale, a return or a transfer; what nothing is known of is an adjustment. What came
home from elsewhere stands in `homecoming_sql`.

A document that was reversed on its own day never happened; reversed later, it did, and its reversal
is an adjustment on its day, so that a closed month stays what it was.
"""

from __future__ import annotations

from typing import Final

from entrepot.closing import banked_sql, costed_sql, homecoming_sql

#: Movements over the border of overseas warehouses: from which (`source`), into which (`target`).
#: `part` is of how many units of it a transfer disposes.
CROSSINGS: Final = """
    CREATE TEMPORARY TABLE closing_crossing ON COMMIT DROP AS
    SELECT m.document_id, m.line, d.kind, d.number, m."on", m.item, m.quantity, m.from_place,
        m.to_place,
        CASE WHEN m.from_place LIKE 'warehouse/%%' THEN split_part(m.from_place, '/', 2) END
            AS source,
        CASE WHEN m.to_place LIKE 'warehouse/%%' THEN split_part(m.to_place, '/', 2) END AS target,
        'other' AS used_as
    FROM ledger_movement AS m
    JOIN ledger_document AS d ON d.enterprise_id = m.enterprise_id AND d.id = m.document_id
    LEFT JOIN ledger_document AS o ON o.enterprise_id = d.enterprise_id AND o.id = d.reverses_id
    LEFT JOIN ledger_document AS r ON r.enterprise_id = d.enterprise_id AND r.reverses_id = d.id
    WHERE m.enterprise_id = %(enterprise)s
        AND (m.from_place LIKE 'warehouse/%%' OR m.to_place LIKE 'warehouse/%%')
        AND (CASE WHEN m.from_place LIKE 'warehouse/%%' THEN split_part(m.from_place, '/', 2) END)
            IS DISTINCT FROM
            (CASE WHEN m.to_place LIKE 'warehouse/%%' THEN split_part(m.to_place, '/', 2) END)
        AND o."on" IS DISTINCT FROM d."on" AND r."on" IS DISTINCT FROM d."on"
"""
INDEX: Final = "CREATE UNIQUE INDEX ON closing_crossing (document_id, line)"
ANALYZE: Final = "ANALYZE closing_crossing"

#: Consignments from one overseas warehouse to another: what left, along a line, against what came
#: and what was written off as short, in the order in which it did. Each piece has one departure and
#: at most one end; `start` names it and stays what it is however much comes later.
TRANSFERS: Final = """
    CREATE TEMPORARY TABLE closing_transfer ON COMMIT DROP AS
    WITH consignments AS (
        SELECT id, document_id, number, split_part(from_place, '/', 2) AS source,
            split_part(to_place, '/', 2) AS target
        FROM logistics_consignment
        WHERE enterprise_id = %(enterprise)s AND from_place LIKE 'warehouse/%%'
            AND to_place LIKE 'warehouse/%%' AND document_id IS NOT NULL
    ),
    departures AS (
        SELECT c.number, c.source, c.target, x.document_id, x.line, x.item, x."on", x.quantity,
            sum(x.quantity) OVER whole - x.quantity AS start,
            sum(x.quantity) OVER items AS its_end
        FROM consignments AS c JOIN closing_crossing AS x ON x.document_id = c.document_id
        WINDOW whole AS (PARTITION BY c.number ORDER BY x.item, x.line),
            items AS (PARTITION BY c.number, x.item ORDER BY x.line)
    ),
    ends AS (
        SELECT c.number, m.item, m.document_id, m.line, m."on", m.quantity,
            m.to_place LIKE 'warehouse/%%' AS is_arrival,
            sum(m.quantity) OVER (PARTITION BY c.number, m.item ORDER BY m.document_id, m.line)
                AS its_end
        FROM consignments AS c
        JOIN ledger_movement AS m ON m.enterprise_id = %(enterprise)s
            AND m.from_place = 'voyage/' || c.number
            AND (m.to_place LIKE 'lost/%%'
                OR split_part(m.to_place, '/', 2) = c.target AND m.to_place LIKE 'warehouse/%%')
        JOIN ledger_document AS d ON d.enterprise_id = m.enterprise_id AND d.id = m.document_id
        LEFT JOIN ledger_document AS r ON r.enterprise_id = d.enterprise_id
            AND r.reverses_id = d.id
        WHERE d.reverses_id IS NULL AND r.id IS NULL
    )
    SELECT d.number, d.source, d.target, d.item, d."on" AS shipped_on, e."on" AS ended_on,
        e.is_arrival, e.document_id AS end_document, e.line AS end_line,
        d.document_id, d.line,
        (d.start + greatest(d.its_end - d.quantity, coalesce(e.its_end - e.quantity, 0))
            - (d.its_end - d.quantity))::bigint AS start,
        (least(d.its_end, coalesce(e.its_end, d.its_end))
            - greatest(d.its_end - d.quantity, coalesce(e.its_end - e.quantity, 0)))::bigint
            AS quantity
    FROM departures AS d
    JOIN ends AS e ON e.number = d.number AND e.item = d.item
        AND e.its_end > d.its_end - d.quantity AND e.its_end - e.quantity < d.its_end
    UNION ALL
    SELECT d.number, d.source, d.target, d.item, d."on", NULL, NULL, NULL, NULL,
        d.document_id, d.line,
        (d.start + greatest(d.its_end - d.quantity, coalesce(t.total, 0))
            - (d.its_end - d.quantity))::bigint,
        (d.its_end - greatest(d.its_end - d.quantity, coalesce(t.total, 0)))::bigint
    FROM departures AS d
    LEFT JOIN (SELECT number, item, max(its_end) AS total FROM ends GROUP BY number, item) AS t
        ON t.number = d.number AND t.item = d.item
    WHERE d.its_end > coalesce(t.total, 0)
"""

#: What left in parcels, under the name that a season has for it: a line that leaves in parts is a
#: sale for each, and the first keeps the line's number.
SOLD: Final = """
    CREATE TEMPORARY TABLE closing_sold ON COMMIT DROP AS
    SELECT s.document_id, s.line, s.order_id, s.line_no AS order_line, o.channel,
        o.number AS order_no, s.line_no + 10000 * (row_number() OVER parts - 1) AS line_no,
        s.quantity, sum(s.quantity) OVER parts AS until, o.currency, o.country
    FROM warehouse_shippedline AS s
    JOIN warehouse_order AS o ON o.enterprise_id = s.enterprise_id AND o.id = s.order_id
    WHERE s.enterprise_id = %(enterprise)s
    WINDOW parts AS (PARTITION BY s.order_id, s.line_no ORDER BY s.document_id, s.line)
"""

#: What came back of them. What was decided on the day it came is that from the start; what was
#: decided later was stock again until then, and its end is an adjustment on its day.
RETURNED: Final = """
    CREATE TEMPORARY TABLE closing_returned ON COMMIT DROP AS
    SELECT b.number, row_number() OVER (PARTITION BY b.number ORDER BY l.id) AS line_no,
        l.received_id, l.decided_id, s.document_id AS sale_document, s.line AS sale_line,
        s.channel, s.order_no, s.line_no AS order_line_no,
        l.returned_on, split_part(l.warehouse, '/', 2) AS warehouse, l.sku, l.quantity,
        CASE WHEN l.decided_on = l.returned_on AND l.outcome = 'scrap' THEN 'scrapped'
            WHEN l.decided_on = l.returned_on AND l.outcome = 'send_home' THEN 'sent_home'
            ELSE 'restocked' END AS outcome
    FROM warehouse_returnedline AS l
    JOIN warehouse_return AS b ON b.enterprise_id = l.enterprise_id AND b.id = l.back_id
    JOIN closing_sold AS s ON s.document_id = l.shipped_document AND s.line = l.shipped_line
    WHERE l.enterprise_id = %(enterprise)s AND l.warehouse LIKE 'warehouse/%%'
"""

#: What is known of a crossing. A transfer's arrival may be more than left: then it is none.
KNOWN: Final = (
    """
    UPDATE closing_crossing AS x SET used_as = 'transfer' FROM closing_transfer AS t
    WHERE (x.document_id, x.line) = (t.document_id, t.line)
    """,
    """
    UPDATE closing_crossing AS x SET used_as = 'transfer'
    FROM (SELECT end_document, end_line, sum(quantity) AS quantity FROM closing_transfer
        WHERE is_arrival GROUP BY end_document, end_line) AS t
    WHERE (x.document_id, x.line) = (t.end_document, t.end_line) AND x.quantity = t.quantity
    """,
    """
    UPDATE closing_crossing AS x SET used_as = 'receipt' FROM logistics_receiptline AS r
    WHERE r.enterprise_id = %(enterprise)s AND x.document_id = r.document_id
        AND x.line = r.line_no AND r.declaration_no IS NOT NULL AND x.used_as = 'other'
    """,
    """
    UPDATE closing_crossing AS x SET used_as = 'sale' FROM closing_sold AS s
    WHERE (x.document_id, x.line) = (s.document_id, s.line)
    """,
    """
    UPDATE closing_crossing AS x SET used_as = 'return'
    WHERE x.used_as = 'other' AND x.from_place <> 'customer/unknown' AND target IS NOT NULL
        AND x.document_id IN (SELECT received_id FROM closing_returned)
    """,
    """
    UPDATE closing_crossing AS x SET used_as = 'return'
    WHERE x.used_as = 'other' AND target IS NULL
        AND x.document_id IN (SELECT decided_id FROM closing_returned WHERE outcome <> 'restocked')
    """,
)

#: What has to be there before the tables are read, in order.
PREPARE: Final = (
    CROSSINGS, INDEX, ANALYZE, TRANSFERS, SOLD, RETURNED, *KNOWN, homecoming_sql.HOMECOMINGS,
)  # fmt: skip

#: Money of other than two decimals has them, or less, in the book: the item of the currency says.
_MONEY: Final = "round({amount} / (10::numeric ^ coalesce({digits}, 2)), 2)"
_DIGITS: Final = """(SELECT i.digits FROM ledger_item AS i WHERE i.enterprise_id = %(enterprise)s
            AND i.code = {currency} AND i.kind = 'money')"""

_FOB: Final = _MONEY.format(
    amount="fob_amount::numeric", digits=_DIGITS.format(currency="fob_currency")
)

SALES: Final = f"""
    SELECT s.channel, s.order_no, s.line_no, x."on" AS shipped_on, x.source AS warehouse,
        x.item AS sku, x.quantity,
        {
    _MONEY.format(
        amount="((2 * l.amount * s.until + l.quantity) / (2 * l.quantity)"
        " - (2 * l.amount * (s.until - s.quantity) + l.quantity) / (2 * l.quantity))::numeric",
        digits=_DIGITS.format(currency="s.currency"),
    )
} AS amount,
        CASE WHEN s.currency = '' AND l.amount = 0 THEN 'CNY' ELSE nullif(s.currency, '') END
            AS currency,
        s.country AS destination
    FROM closing_crossing AS x
    JOIN closing_sold AS s ON (s.document_id, s.line) = (x.document_id, x.line)
    JOIN warehouse_orderline AS l ON l.enterprise_id = %(enterprise)s AND l.order_id = s.order_id
        AND l.line_no = s.order_line
    WHERE x.used_as = 'sale'
    ORDER BY 1, 2, 3
"""

#: Amounts of reports are in the smallest unit of ISO 4217, whatever the book has.
_ISO: Final = "unnest(%(currencies)b::text[], %(digits)s::int[]) AS iso (currency, digits)"
_IN_ISO: Final = "round(amount / 10::numeric ^ digits, 2)"

#: Each table's statement; those of goods read the crossings. A product has the HS code that was
#: accepted for the day of the close; where nobody classified it, that of the masters.
TABLES: Final = {
    "products": """
        SELECT p.sku, p.name, COALESCE(h.hs_code, nullif(p.hs_code, '')) AS hs_code,
            nullif(p.weight_g, 0) AS weight_g,
            nullif(round(p.length_mm::numeric * p.width_mm * p.height_mm / 1000), 0)::bigint
                AS volume_cm3
        FROM catalog_product AS p
        LEFT JOIN (
            SELECT DISTINCT ON (sku) sku, hs_code FROM classifying_classification
            WHERE enterprise_id = %(enterprise)s AND state = 'accepted'
                AND valid_from <= %(as_of)s
            ORDER BY sku, valid_from DESC, version DESC
        ) AS h ON h.sku = p.sku
        WHERE p.enterprise_id = %(enterprise)s AND (p.hs_code <> '' OR h.sku IS NOT NULL
            OR EXISTS (SELECT FROM closing_crossing AS x WHERE x.item = p.sku)
            OR EXISTS (SELECT FROM logistics_declarationline AS d
                WHERE d.enterprise_id = %(enterprise)s AND d.sku = p.sku)
            OR EXISTS (SELECT FROM logistics_purchaseline AS l
                WHERE l.enterprise_id = %(enterprise)s AND l.sku = p.sku)
            OR EXISTS (SELECT FROM costing_invoiceline AS c
                WHERE c.enterprise_id = %(enterprise)s AND c.sku = p.sku AND c.sku <> ''
                    AND c.paid_for = 'sales'))
        ORDER BY p.sku
    """,
    "purchases": """
        SELECT p.invoice_no, l.line_no, l.sku, p.issued_on, nullif(s.uscc, '') AS supplier_uscc,
            l.quantity, round(l.net_amount / 100.0, 2) AS net_amount,
            round(l.vat_rate / 10000.0, 4) AS vat_rate
        FROM logistics_purchase AS p
        JOIN logistics_purchaseline AS l ON l.enterprise_id = p.enterprise_id
            AND l.purchase_id = p.id
        LEFT JOIN catalog_partner AS s ON s.enterprise_id = p.enterprise_id AND s.code = p.supplier
        WHERE p.enterprise_id = %(enterprise)s AND p.invoice_no <> ''
        ORDER BY 1, 2, 3
    """,
    "declarations": f"""
        SELECT declaration_no, item_no, sku, mode, exported_on, quantity,
            {_FOB} AS fob_amount, fob_currency, destination,
            nullif(warehouse, '') AS warehouse, sold_at_export,
            nullif(statistics_flag, '') AS statistics_flag, nullif(channel, '') AS channel,
            nullif(order_no, '') AS order_no
        FROM logistics_declarationline WHERE enterprise_id = %(enterprise)s
        ORDER BY 1, 2, 3
    """,
    "invoice_links": """
        SELECT k.declaration_no, k.item_no, p.invoice_no, k.line_no, k.sku, k.quantity
        FROM logistics_invoicelink AS k
        JOIN logistics_purchase AS p ON p.enterprise_id = k.enterprise_id AND p.id = k.purchase_id
        WHERE k.enterprise_id = %(enterprise)s AND p.invoice_no <> ''
        ORDER BY 1, 2, 3, 4, 5
    """,
    "receipts": f"""
        SELECT r.receipt_no, r.line_no, x."on" AS received_on, x.target AS warehouse,
            r.declaration_no, r.item_no, x.item AS sku, x.quantity
        FROM closing_crossing AS x
        JOIN logistics_receiptline AS r ON r.enterprise_id = %(enterprise)s
            AND r.document_id = x.document_id AND r.line_no = x.line
        WHERE x.used_as = 'receipt'
        UNION ALL
        {homecoming_sql.RECEIVED}
        ORDER BY 1, 2
    """,
    "transfers": """
        -- Each warehouse has its own day. What flies west over the date line comes on the day
        -- before the one on which it left: a season has one calendar, and it left by then.
        SELECT number AS transfer_no, start AS line_no, least(shipped_on, ended_on) AS shipped_on,
            source AS from_warehouse, target AS to_warehouse, item AS sku, quantity,
            ended_on AS arrived_on
        FROM closing_transfer
        UNION ALL
        SELECT kind || ' ' || number, line, "on", source, target, item, quantity, "on"
        FROM closing_crossing
        WHERE source IS NOT NULL AND target IS NOT NULL AND used_as = 'other'
        ORDER BY 1, 2
    """,
    "sales": SALES,
    "returns": """
        SELECT number AS return_no, line_no, channel, order_no, order_line_no, returned_on,
            warehouse, quantity, outcome
        FROM closing_returned
        WHERE received_id IN (SELECT document_id FROM closing_crossing WHERE used_as = 'return')
        ORDER BY 1, 2
    """,
    "adjustments": f"""
        SELECT kind || ' ' || number AS adjustment_no, line AS line_no, "on",
            coalesce(target, source) AS warehouse, item AS sku,
            CASE WHEN target IS NULL THEN -quantity ELSE quantity END AS quantity,
            CASE
                WHEN target IS NOT NULL THEN 'found'
                WHEN to_place LIKE 'scrapped/%%' THEN 'scrapped'
                WHEN to_place LIKE 'home/%%' OR to_place LIKE 'voyage/%%'
                    OR to_place LIKE 'port/%%' THEN 'sent_home'
                ELSE 'lost'
            END AS reason
        FROM closing_crossing
        WHERE used_as = 'other' AND (source IS NULL OR target IS NULL)
        UNION ALL
        -- Lost between two warehouses: it arrived where it was sent to, and was lost there.
        SELECT 'short ' || number, start, ended_on, target, item, -quantity, 'lost'
        FROM closing_transfer WHERE NOT is_arrival
        UNION ALL
        {homecoming_sql.SENT_HOME}
        ORDER BY 1, 2
    """,
    "settlements": f"""
        SELECT channel, coalesce(nullif(settlement_no, ''), 'not-paid-out') AS settlement_no,
            line_no, posted_on, account, currency, {_IN_ISO} AS amount,
            nullif(order_no, '') AS order_no, nullif(sku, '') AS sku, nullif(label, '') AS label
        FROM reconciling_settlementline JOIN {_ISO} USING (currency)
        WHERE enterprise_id = %(enterprise)s AND account NOT IN ('payout', 'no_amount')
        ORDER BY 1, 2, 3
    """,
    "payouts": f"""
        SELECT channel, settlement_no, dated_on AS paid_on, currency, {_IN_ISO} AS amount,
            NULL AS reference
        FROM reconciling_payout JOIN {_ISO} USING (currency)
        WHERE enterprise_id = %(enterprise)s AND amount IS NOT NULL
        ORDER BY 1, 2
    """,
    "costs": costed_sql.COSTS,
    "cost_shares": costed_sql.COST_SHARES,
    "bank": banked_sql.BANK,
}

HAS_SETTLED: Final = """
    SELECT EXISTS (SELECT FROM reconciling_settlementline WHERE enterprise_id = %(enterprise)s)
        OR EXISTS (SELECT FROM reconciling_payout WHERE enterprise_id = %(enterprise)s)
"""
SETTLEMENTS_KNOWN: Final = """
    SELECT channel, settlement_no FROM reconciling_payout WHERE enterprise_id = %(enterprise)s
    UNION
    SELECT DISTINCT channel, coalesce(nullif(settlement_no, ''), 'not-paid-out')
    FROM reconciling_settlementline WHERE enterprise_id = %(enterprise)s
"""
#: Amounts of currencies with more decimals than a season has, that need them.
UNFIT_MONEY: Final = f"""
    SELECT channel, coalesce(nullif(settlement_no, ''), 'not-paid-out'), currency,
        amount / 10::numeric ^ digits FROM (
        SELECT channel, settlement_no, currency, amount FROM reconciling_settlementline
        WHERE enterprise_id = %(enterprise)s AND account NOT IN ('payout', 'no_amount')
        UNION ALL
        SELECT channel, settlement_no, currency, amount FROM reconciling_payout
        WHERE enterprise_id = %(enterprise)s AND amount IS NOT NULL
        UNION ALL
        SELECT account, reference, currency, amount FROM reconciling_bankline
        WHERE enterprise_id = %(enterprise)s AND aside = ''
    ) AS every JOIN {_ISO} USING (currency)
    WHERE digits > 2 AND amount %% (10 ^ (digits - 2))::bigint <> 0
    ORDER BY 1, 2, 3 LIMIT 21
"""

#: Products that move or are declared, and have no tariff number.
UNCLASSIFIED: Final = f"""
    SELECT sku FROM ({TABLES["products"]}) AS p WHERE hs_code IS NULL LIMIT 1000
"""

#: What the movements say of each overseas warehouse and SKU, up to a day, as a close counts days:
#: what comes back on the day of its sale is there the day after, and what came before the day on
#: which it left had left by then.
STOCK: Final = """
    SELECT warehouse, sku, sum(quantity)::bigint FROM (
        SELECT split_part(to_place, '/', 2) AS warehouse, item AS sku, quantity
        FROM ledger_movement WHERE enterprise_id = %(enterprise)s AND "on" <= %(as_of)s
            AND to_place LIKE 'warehouse/%%'
        UNION ALL
        SELECT split_part(from_place, '/', 2), item, -quantity
        FROM ledger_movement WHERE enterprise_id = %(enterprise)s AND "on" <= %(as_of)s
            AND from_place LIKE 'warehouse/%%'
        UNION ALL
        SELECT r.warehouse, r.sku, -r.quantity
        FROM closing_returned AS r
        JOIN closing_crossing AS x ON (x.document_id, x.line) = (r.sale_document, r.sale_line)
        WHERE r.outcome = 'restocked' AND r.returned_on <= %(as_of)s AND x."on" >= %(as_of)s
            AND r.received_id IN (SELECT document_id FROM closing_crossing WHERE used_as = 'return')
        UNION ALL
        SELECT source, item, -quantity FROM closing_transfer
        WHERE ended_on <= %(as_of)s AND shipped_on > %(as_of)s
    ) AS sides
    GROUP BY warehouse, sku HAVING sum(quantity) <> 0
"""

ABOUT: Final = """
    SELECT name, uscc, kind, time_zone FROM people_profile WHERE enterprise_id = %(enterprise)s
"""
