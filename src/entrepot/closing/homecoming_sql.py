# SPDX-License-Identifier: Apache-2.0
"""Units that came home through customs and had lain in no overseas warehouse, for a season.

A parcel of 9610 that its buyer sent back, or goods that turned round on their way. A season has no
table of such, and needs none: under the declaration line that the return names they are received
at a place of their own at home, and sent home from there, on one day. Nothing else is ever there,
so these very units go, and not those that left first.

Goods of 9810 that a buyer of an order sends straight home are not among them: their line was
received overseas, and only the order could say which units they were.
"""

from __future__ import annotations

from typing import Final

#: What of them lies in the book: one row per line of a return. What was taken back never happened.
HOMECOMINGS: Final = """
    CREATE TEMPORARY TABLE closing_homecoming ON COMMIT DROP AS
    SELECT d.kind || ' ' || d.number AS number, m.line, m."on", 'home-' || c.home AS warehouse,
        l.declaration_no, l.item_no, l.sku, m.quantity
    FROM returning_casestep AS s
    JOIN returning_case AS c ON c.enterprise_id = s.enterprise_id AND c.id = s.case_id
    JOIN ledger_document AS d ON d.enterprise_id = s.enterprise_id AND d.id = s.document_id
    JOIN ledger_movement AS m ON m.enterprise_id = d.enterprise_id AND m.document_id = d.id
    JOIN returning_caseline AS l ON l.enterprise_id = s.enterprise_id AND l.case_id = c.id
        AND l.line_no = m.line
    LEFT JOIN ledger_document AS r ON r.enterprise_id = d.enterprise_id AND r.reverses_id = d.id
    WHERE s.enterprise_id = %(enterprise)s AND s.event = 'arrived' AND r.id IS NULL
        AND m.from_place NOT LIKE 'warehouse/%%'
        AND (l.mode <> '9810' OR m.from_place NOT LIKE 'customer/%%')
"""
RECEIVED: Final = """
    SELECT number, line, "on", warehouse, declaration_no, item_no, sku, quantity
    FROM closing_homecoming
"""
SENT_HOME: Final = """
    SELECT number, line, "on", warehouse, sku, -quantity, 'sent_home' FROM closing_homecoming
"""
