# SPDX-License-Identifier: Apache-2.0
"""Cost invoices that were booked on the desk as rows of a season's `costs` and `cost_shares`.

A line of goods has no scope of its own: its shares say which declared lines bear it, as it was
booked (docs/decisions/0029). Where one of these is not declared any more, the line can be in no
season: it has to be undone, and then both are left out.
"""

from __future__ import annotations

from typing import Final

#: Booked lines with shares of goods that are not declared any more.
_GONE: Final = """
    SELECT s.line_id FROM costing_share AS s
    JOIN costing_invoiceline AS l ON l.enterprise_id = %(enterprise)s AND l.id = s.line_id
    JOIN costing_invoice AS i ON i.enterprise_id = %(enterprise)s AND i.id = l.invoice_id
    WHERE s.enterprise_id = %(enterprise)s AND i.state = 'booked'
        AND NOT EXISTS (SELECT FROM logistics_declarationline AS d
            WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = s.declaration_no
                AND d.item_no = s.item_no AND d.sku = s.sku)
"""
#: Lines that are in the season, with what each undoes.
_LINES: Final = f"""
    SELECT i.payee, i.number, i.posted_on, i.currency, r.number AS reverses_no, l.*
    FROM costing_invoice AS i
    JOIN costing_invoiceline AS l ON l.enterprise_id = %(enterprise)s AND l.invoice_id = i.id
    LEFT JOIN costing_invoice AS r ON r.enterprise_id = %(enterprise)s AND r.id = i.reverses_id
    WHERE i.enterprise_id = %(enterprise)s AND i.state = 'booked' AND l.id NOT IN ({_GONE})
"""
COSTS: Final = f"""
    SELECT payee, number AS cost_no, line_no, posted_on, account, currency,
        round(amount / 100.0, 2) AS amount, NULL AS spread, NULL AS declaration_no,
        NULL AS item_no, nullif(sku, '') AS sku, nullif(channel, '') AS channel,
        nullif(order_no, '') AS order_no, nullif(warehouse, '') AS warehouse, first_on, last_on,
        reverses_no, CASE WHEN reverses_no IS NOT NULL THEN line_no END AS reverses_line
    FROM (
        SELECT payee, number, line_no, posted_on, account, currency, amount, reverses_no,
            {{scopes}}
        FROM ({_LINES}) AS lines
    ) AS told
    ORDER BY 1, 2, 3
""".format(
    # What names goods is in the shares; only sales are named in the line itself.
    scopes=", ".join(
        f"CASE WHEN paid_for = 'sales' THEN {name} END AS {name}"
        for name in ("sku", "channel", "order_no", "warehouse", "first_on", "last_on")
    )
)
COST_SHARES: Final = f"""
    SELECT l.payee, l.number AS cost_no, l.line_no, s.declaration_no, s.item_no, s.sku, s.share
    FROM ({_LINES}) AS l
    JOIN costing_share AS s ON s.enterprise_id = %(enterprise)s AND s.line_id = l.id
    WHERE l.account <> 'import_vat'
    ORDER BY 1, 2, 3, 4, 5, 6
"""
HAS_COSTS: Final = """
    SELECT EXISTS (SELECT FROM costing_invoice
        WHERE enterprise_id = %(enterprise)s AND state = 'booked')
"""
#: What tells a line, as a file has it.
COSTS_KNOWN: Final = """
    SELECT i.payee, i.number, l.line_no::text
    FROM costing_invoice AS i
    JOIN costing_invoiceline AS l ON l.enterprise_id = i.enterprise_id AND l.invoice_id = i.id
    WHERE i.enterprise_id = %(enterprise)s AND i.state = 'booked'
"""
#: Lines whose goods are not declared any more, and that were not undone.
UNDECLARED: Final = f"""
    SELECT i.payee, i.number, l.line_no FROM costing_invoiceline AS l
    JOIN costing_invoice AS i ON i.enterprise_id = %(enterprise)s AND i.id = l.invoice_id
    WHERE l.enterprise_id = %(enterprise)s AND l.id IN ({_GONE}) AND i.reverses_id IS NULL
        AND NOT EXISTS (SELECT FROM costing_invoice AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.reverses_id = i.id)
    ORDER BY 1, 2, 3
"""
