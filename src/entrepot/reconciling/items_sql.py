# SPDX-License-Identifier: Apache-2.0
"""How items come of what was stored: one statement a stage, over what a reading touched.

`money_touched` and `money_orders` are temporary tables with the settlements and the orders that are
looked at anew. What a person settled with a reason stays as it is. A report that was read again, or
completed, changes an item and never adds a second one.
"""

from __future__ import annotations

from typing import Final

#: A line that settles the sale itself, and not what was given back of it.
IS_SALE: Final = """(l.kind = 'order'
                    OR l.account = 'sales' AND l.kind NOT IN ('refund', 'dispute'))"""

_ADD: Final = """
    INSERT INTO reconciling_item AS i (enterprise_id, id, stage, subject, number, channel,
        opened_on, currency, amount, state, found, ended_on)
    SELECT %(enterprise)s, gen_random_uuid(), {columns}
"""
_MEND: Final = """
    ON CONFLICT (enterprise_id, stage, subject) DO UPDATE
    SET opened_on = excluded.opened_on, currency = excluded.currency, amount = excluded.amount,
        state = excluded.state, found = excluded.found, ended_on = excluded.ended_on
    WHERE i.match_id IS NULL AND
        (i.opened_on, i.currency, i.amount, i.state, i.found, i.ended_on) IS DISTINCT FROM
        (excluded.opened_on, excluded.currency, excluded.amount, excluded.state, excluded.found,
            excluded.ended_on)
"""

#: What should arrive: as the payer says it pays, in its currency.
PAYOUTS: Final = f"""
    {
    _ADD.format(
        columns="'payout', p.id::text, p.settlement_no, p.channel, p.paid_on,"
        " coalesce(nullif(p.paid_currency, ''), p.currency), coalesce(p.paid, p.amount),"
        " 'open', 'new', NULL::date"
    )
}
    FROM reconciling_payout AS p JOIN money_touched USING (channel, settlement_no)
    WHERE p.enterprise_id = %(enterprise)s AND p.amount IS NOT NULL AND p.paid_on IS NOT NULL
    ON CONFLICT (enterprise_id, stage, subject) DO UPDATE
    SET opened_on = excluded.opened_on, currency = excluded.currency, amount = excluded.amount
    WHERE i.match_id IS NULL AND (i.opened_on, i.currency, i.amount) IS DISTINCT FROM
        (excluded.opened_on, excluded.currency, excluded.amount)
"""

#: Payouts that are matched, and would be of another amount by now.
MATCHED_OTHERWISE: Final = """
    SELECT p.settlement_no FROM reconciling_payout AS p
    JOIN money_touched USING (channel, settlement_no)
    JOIN reconciling_item AS i ON i.enterprise_id = p.enterprise_id AND i.stage = 'payout'
        AND i.subject = p.id::text AND i.match_id IS NOT NULL
    WHERE p.enterprise_id = %(enterprise)s AND (i.currency, i.amount) IS DISTINCT FROM
        (coalesce(nullif(p.paid_currency, ''), p.currency), coalesce(p.paid, p.amount))
    ORDER BY 1 LIMIT 20
"""

#: Whether the lines come to the payout: what is left is open, what foots is proven.
FOOTED: Final = f"""
    {
    _ADD.format(
        columns="'footed', f.id::text, f.settlement_no, f.channel, f.dated_on, f.currency,"
        " CASE WHEN f.found = '' THEN f.amount WHEN f.amount IS NULL THEN f.sum"
        " ELSE f.residual END,"
        " CASE WHEN f.found = '' THEN 'proven' ELSE 'open' END, f.found,"
        " CASE WHEN f.found = '' THEN f.dated_on END"
    )
}
    FROM (
        SELECT p.*, CASE WHEN p.amount IS NULL THEN 'payout_not_stated'
            WHEN p.residual = 0 THEN '' WHEN p.lines = 0 THEN 'lines_missing'
            ELSE 'not_footed' END AS found
        FROM reconciling_payout AS p JOIN money_touched USING (channel, settlement_no)
        WHERE p.enterprise_id = %(enterprise)s
    ) AS f
    {_MEND}
"""

#: What reports say of an order, one item a currency.
SETTLED: Final = f"""
    {
    _ADD.format(
        columns="'settled', s.channel || '/' || s.order_no || '/' || s.currency, s.order_no,"
        " s.channel, s.since, s.currency, s.amount,"
        " CASE WHEN s.found = '' THEN 'proven' ELSE 'open' END, s.found,"
        " CASE WHEN s.found = '' THEN s.until END"
    )
}
    FROM (
        SELECT l.channel, l.order_no, l.currency, sum(l.amount)::bigint AS amount,
            min(l.posted_on) AS since, max(l.posted_on) AS until,
            CASE WHEN o.id IS NULL THEN 'no_order'
                WHEN bool_or(l.settlement_no = '') THEN 'not_paid_out' ELSE '' END AS found
        FROM money_orders AS t
        JOIN reconciling_settlementline AS l ON l.enterprise_id = %(enterprise)s
            AND l.channel = t.channel AND l.order_no = t.order_no AND l.order_no <> ''
        LEFT JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s
            AND o.channel = t.channel AND o.number = t.order_no
        WHERE l.account NOT IN ('payout', 'no_amount')
        GROUP BY l.channel, l.order_no, l.currency, o.id
    ) AS s
    {_MEND}
"""

#: Orders that left, with what of them left; proven once a report has a line of their sale.
SHIPPED: Final = f"""
    {
    _ADD.format(
        columns="'shipped', s.channel || '/' || s.number, s.number, s.channel, s.shipped_on,"
        " s.currency, s.amount, CASE WHEN s.settled_on IS NULL THEN 'open' ELSE 'proven' END,"
        " CASE WHEN s.settled_on IS NULL THEN 'no_settlement' ELSE '' END, s.settled_on"
    )
}
    FROM (
        SELECT o.channel, o.number, o.currency, left_.shipped_on, left_.amount,
            (SELECT min(l.posted_on) FROM reconciling_settlementline AS l
                WHERE l.enterprise_id = %(enterprise)s AND l.channel = o.channel
                    AND l.order_no = o.number AND l.order_no <> '' AND {IS_SALE})
                AS settled_on
        FROM (
            SELECT sums.order_id, min(sums.shipped_on) AS shipped_on, sum(
                (2 * l.amount * sums.sent + l.quantity) / (2 * l.quantity)
            )::bigint AS amount
            FROM (
                SELECT s.order_id, s.line_no, sum(s.quantity)::bigint AS sent,
                    min(p.shipped_on) AS shipped_on
                FROM money_shipped AS m
                JOIN warehouse_shippedline AS s ON s.enterprise_id = %(enterprise)s
                    AND s.order_id = m.order_id
                JOIN warehouse_parcel AS p ON p.enterprise_id = %(enterprise)s
                    AND p.id = s.parcel_id
                GROUP BY s.order_id, s.line_no
            ) AS sums
            JOIN warehouse_orderline AS l ON l.enterprise_id = %(enterprise)s
                AND l.order_id = sums.order_id AND l.line_no = sums.line_no
            GROUP BY sums.order_id
        ) AS left_
        JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = left_.order_id
    ) AS s
    {_MEND}
"""

#: Orders that left before, and of which a report has a line by now.
SETTLES: Final = f"""
    UPDATE reconciling_item AS i SET state = 'proven', found = '', ended_on = s.settled_on
    FROM (
        SELECT l.channel, l.order_no, min(l.posted_on) AS settled_on
        FROM money_orders AS t
        JOIN reconciling_settlementline AS l ON l.enterprise_id = %(enterprise)s
            AND l.channel = t.channel AND l.order_no = t.order_no AND l.order_no <> ''
        WHERE {IS_SALE} GROUP BY l.channel, l.order_no
    ) AS s
    WHERE i.enterprise_id = %(enterprise)s AND i.stage = 'shipped'
        AND i.subject = s.channel || '/' || s.order_no AND i.state = 'open'
"""
