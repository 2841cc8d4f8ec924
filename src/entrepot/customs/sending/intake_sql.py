# SPDX-License-Identifier: Apache-2.0
"""The statements that take receipts in: the same few for one receipt or ten thousand."""

from __future__ import annotations

from typing import Final

#: The same file again is counted; `is_new` tells the others apart.
FILES: Final = """
    INSERT INTO customs_file (enterprise_id, id, sha256, name, came_by, content, answer, receipts,
        faults, fault_count, times, received_at, received_by)
    SELECT %(enterprise)s, f.id, f.sha256, f.name, %(came_by)s, f.content, f.answer, f.receipts,
        f.faults::jsonb, f.fault_count, f.times, now(), %(actor)s
    FROM unnest(%(ids)s::uuid[], %(hashes)s::bytea[], %(names)s::text[], %(contents)s::bytea[],
        %(answers)s::text[], %(counts)s::int[], %(faults)s::text[], %(fault_counts)s::int[],
        %(times)s::int[])
        AS f (id, sha256, name, content, answer, receipts, faults, fault_count, times)
    ON CONFLICT (enterprise_id, sha256) DO UPDATE 
        SET times = customs_file.times + EXCLUDED.times
    RETURNING sha256, id, (xmax = 0) AS is_new
"""

#: A receipt that is known already is left as it is. Those of documents that are known are matched
#: by their GUID; otherwise by the firm's number, to the version that was sent last by then.
RECEIPTS: Final = """
    INSERT INTO customs_receipt (enterprise_id, id, file_id, content, answer, kind, guid, own_no,
        about, status, at, info, says, outcome, rank, ends, is_expected, document_id, message_id,
        received_at)
    SELECT %(enterprise)s, r.id, r.file_id, r.content, r.answer, r.kind, r.guid, r.own_no,
        r.about, r.status, r.at, r.info, r.says::jsonb, r.outcome, r.rank, r.ends, r.is_expected,
        NULL, NULL, now()
    FROM unnest(%(ids)s::uuid[], %(files)s::uuid[], %(contents)s::bytea[], %(answers)s::text[],
        %(kinds)s::text[], %(guids)s::text[], %(own_nos)s::text[], %(abouts)s::text[],
        %(statuses)s::text[], %(ats)s::text[], %(infos)s::text[], %(says)s::text[],
        %(outcomes)s::text[], %(ranks)s::smallint[], %(ends)s::boolean[], %(expected)s::boolean[])
        AS r (id, file_id, content, answer, kind, guid, own_no, about, status, at, info, says,
            outcome, rank, ends, is_expected)
    ON CONFLICT (enterprise_id, content) DO NOTHING
    RETURNING id
"""

#: Which document each is about, and the documents of a whole message that could not be read.
MATCH: Final = """
    WITH open AS (
        SELECT id, kind, guid, own_no, about, at, says ->> 'msgSeqNo' AS part
        FROM customs_receipt
        WHERE enterprise_id = %(enterprise)s AND id = ANY(%(ids)s)
            AND document_id IS NULL AND message_id IS NULL
    ), found AS (
        SELECT o.id, COALESCE(g.id, n.id) AS document_id,
            CASE WHEN o.kind = '' THEN m.id END AS message_id
        FROM open AS o
        LEFT JOIN customs_document AS g ON g.enterprise_id = %(enterprise)s AND o.guid <> ''
            AND g.guid = o.guid AND g.kind = o.kind
        LEFT JOIN LATERAL (
            SELECT d.id FROM customs_document AS d
            WHERE g.id IS NULL AND o.own_no <> '' AND d.enterprise_id = %(enterprise)s
                AND d.kind = o.kind AND d.own_no = o.own_no AND d.message_id IS NOT NULL
                AND d.part::text = CASE WHEN o.part ~ '^[1-9][0-9]{0,3}$' THEN o.part ELSE '1' END
                AND (o.at = '' OR d.app_time <= substr(o.at, 1, 14))
            ORDER BY d.version DESC LIMIT 1
        ) AS n ON true
        LEFT JOIN customs_message AS m ON m.enterprise_id = %(enterprise)s AND o.kind = ''
            AND m.number = upper(o.about)
    )
    UPDATE customs_receipt AS r SET document_id = f.document_id, message_id = f.message_id
    FROM found AS f
    WHERE r.enterprise_id = %(enterprise)s AND r.id = f.id
        AND (f.document_id IS NOT NULL OR f.message_id IS NOT NULL)
    RETURNING r.document_id, r.message_id
"""

#: Documents to work the state out of anew. Whoever takes in others of their receipts waits here,
#: and reads after that what was written before. No key is locked: receipts that refer to a document
#: hold its key already, and two that wait for each other's would wait for ever.
LOCK: Final = """
    SELECT id, outcome, is_contradicted FROM customs_document
    WHERE enterprise_id = %(enterprise)s
        AND (id = ANY(%(documents)s) OR message_id = ANY(%(messages)s))
    ORDER BY id FOR NO KEY UPDATE
"""

#: `states.state_of`, over many documents at once: the highest rank, of two the later one.
STATES: Final = """
    WITH said AS (
        SELECT d.id, r.outcome, r.rank, r.status, r.at, r.ends, r.is_expected, r.received_at
        FROM customs_document AS d
        JOIN customs_receipt AS r ON r.enterprise_id = d.enterprise_id AND r.document_id = d.id
        WHERE d.enterprise_id = %(enterprise)s AND d.id = ANY(%(documents)s)
        UNION ALL
        SELECT d.id, r.outcome, r.rank, r.status, r.at, r.ends, r.is_expected, r.received_at
        FROM customs_document AS d
        JOIN customs_receipt AS r ON r.enterprise_id = d.enterprise_id
            AND r.message_id = d.message_id
        WHERE d.enterprise_id = %(enterprise)s AND d.id = ANY(%(documents)s)
            AND d.message_id IS NOT NULL
    ), holds AS (
        SELECT DISTINCT ON (id) id, outcome, rank, status, at, ends FROM said
        WHERE outcome <> ''
        ORDER BY id, rank DESC, at DESC, status DESC
    ), together AS (
        SELECT id, bool_or(NOT is_expected) AS is_unexpected, max(received_at) AS last,
            bool_or(outcome = 'rejected')
                AND bool_or(outcome IN ('examined', 'released', 'closed')) AS is_contradicted
        FROM said GROUP BY id
    )
    UPDATE customs_document AS d SET
        outcome = COALESCE(h.outcome, CASE WHEN d.outcome = 'new' THEN 'new' ELSE 'sent' END),
        rank = COALESCE(h.rank, 0), status = COALESCE(h.status, ''), at = COALESCE(h.at, ''),
        ends = COALESCE(h.ends, false), is_contradicted = t.is_contradicted,
        is_unexpected = t.is_unexpected, is_news = true,
        awaits_since = CASE
            WHEN COALESCE(h.outcome, 'sent') = ANY(%(awaits)s) AND NOT COALESCE(h.ends, false)
            THEN GREATEST(t.last, d.awaits_since) END
    FROM together AS t LEFT JOIN holds AS h ON h.id = t.id
    WHERE d.enterprise_id = %(enterprise)s AND d.id = t.id
    RETURNING d.id, d.kind, d.own_no, d.version, d.part, d.outcome, d.status, d.is_contradicted
"""

#: Receipts of no document, the oldest first: there may be one by now.
UNMATCHED: Final = """
    SELECT r.id FROM customs_receipt AS r
    WHERE r.enterprise_id = %(enterprise)s AND r.document_id IS NULL AND r.message_id IS NULL
        AND (EXISTS (
            SELECT FROM customs_document AS d WHERE d.enterprise_id = %(enterprise)s
                AND d.kind = r.kind AND (d.guid = r.guid
                    OR (r.own_no <> '' AND d.own_no = r.own_no AND d.message_id IS NOT NULL))
        ) OR EXISTS (
            SELECT FROM customs_message AS m WHERE m.enterprise_id = %(enterprise)s
                AND r.kind = '' AND m.number = upper(r.about)
        ))
    ORDER BY r.id LIMIT %(most)s
"""
