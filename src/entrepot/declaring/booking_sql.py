# SPDX-License-Identifier: Apache-2.0
"""The statements that tell what customs says of lists, and keep what became of them."""

from __future__ import annotations

from typing import Final

#: Of each list, by the firm's number: the version that was released, what customs called it,
#: whether it was taken back, whose goods it is of, and what was booked of it.
SAID: Final = """
    SELECT w.own_no, r.id, COALESCE(r.version, 0), COALESCE(r.data, '{}'), 
        COALESCE(n.invt_no, ''), r.outcome = 'closed', COALESCE(r.at, ''),
        COALESCE(r.is_contradicted, false),
        EXISTS (
            SELECT FROM customs_document AS c
            WHERE c.enterprise_id = %(enterprise)s AND c.kind = 'CEB605Message'
                AND c.data ->> 'invtNo' = n.invt_no AND c.outcome = ANY(%(passed)s)
        ) OR EXISTS (
            SELECT FROM customs_document AS c
            WHERE c.enterprise_id = %(enterprise)s AND c.kind = 'CEB603Message'
                AND c.own_no = w.own_no AND c.version > r.version
                AND c.data -> 'InventoryHead' ->> 'appType' = '3' AND c.outcome = ANY(%(passed)s)
        ),
        COALESCE(t.channel, ''), COALESCE(t.order_no, ''), COALESCE(t.warehouse, ''),
        COALESCE(b.state, ''), COALESCE(b.cause, ''), COALESCE(b.said, ''::bytea),
        COALESCE(b.declaration_no, ''), b.closed_on, COALESCE(b.form_no, '')
    FROM unnest(%(own_nos)s::text[]) AS w (own_no)
    LEFT JOIN LATERAL (
        SELECT d.* FROM customs_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.kind = 'CEB603Message'
            AND d.own_no = w.own_no AND d.outcome = ANY(%(released)s)
            AND COALESCE(d.data -> 'InventoryHead' ->> 'appType', '1') <> '3'
        ORDER BY d.version DESC LIMIT 1
    ) AS r ON true
    LEFT JOIN LATERAL (
        SELECT c.says ->> 'invtNo' AS invt_no FROM customs_receipt AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.document_id = r.id
            AND COALESCE(c.says ->> 'invtNo', '') <> ''
        ORDER BY c.rank DESC, c.at DESC LIMIT 1
    ) AS n ON true
    LEFT JOIN declaring_ticket AS t ON t.enterprise_id = %(enterprise)s AND t.list_no = w.own_no
    LEFT JOIN declaring_booking AS b ON b.enterprise_id = %(enterprise)s AND b.kind = 'list'
        AND b.own_no = w.own_no
    ORDER BY w.own_no
"""

#: The firm's numbers of lists that customs called so, and of all that disagree.
OWN_NOS: Final = """
    SELECT own_no FROM declaring_booking
    WHERE enterprise_id = %(enterprise)s AND kind = 'list'
        AND (declaration_no = ANY(%(numbers)s) OR state = 'disagrees')
    LIMIT %(most)s
"""

#: What became of lists and forms; a lot at once.
KEEP: Final = """
    INSERT INTO declaring_booking AS b (enterprise_id, id, kind, own_no, declaration_no,
        document_id, state, flag, closed_on, cause, facts, said, form_no, reason, at, by)
    SELECT %(enterprise)s, g.id, %(kind)s, g.own_no, g.declaration_no, g.document, g.state, g.flag,
        g.closed_on, g.cause, g.facts::jsonb, g.said, g.form_no, '', %(at)s, %(by)s
    FROM unnest(%(ids)s::uuid[], %(own_nos)s::text[], %(declaration_nos)s::text[],
        %(documents)s::uuid[], %(states)s::text[], %(flags)s::text[], %(closed_ons)s::date[],
        %(causes)s::text[], %(facts)s::text[], %(saids)s::bytea[], %(form_nos)s::text[])
        AS g (id, own_no, declaration_no, document, state, flag, closed_on, cause, facts, said,
            form_no)
    ON CONFLICT (enterprise_id, kind, own_no) DO UPDATE
        SET declaration_no = EXCLUDED.declaration_no, document_id = EXCLUDED.document_id,
            state = EXCLUDED.state, flag = EXCLUDED.flag, closed_on = EXCLUDED.closed_on,
            cause = EXCLUDED.cause, facts = EXCLUDED.facts, said = EXCLUDED.said,
            form_no = EXCLUDED.form_no, reason = '', at = EXCLUDED.at, by = EXCLUDED.by
        WHERE (b.declaration_no, b.document_id, b.state, b.flag, b.closed_on, b.cause, b.facts,
                b.said, b.form_no)
            IS DISTINCT FROM (EXCLUDED.declaration_no, EXCLUDED.document_id, EXCLUDED.state,
                EXCLUDED.flag, EXCLUDED.closed_on, EXCLUDED.cause, EXCLUDED.facts, EXCLUDED.said,
                EXCLUDED.form_no)
"""
CLOSED: Final = """
    UPDATE declaring_booking AS b SET closed_on = g.closed_on
    FROM unnest(%(own_nos)s::text[], %(closed_ons)s::date[]) AS g (own_no, closed_on)
    WHERE b.enterprise_id = %(enterprise)s AND b.kind = 'list' AND b.own_no = g.own_no
"""
