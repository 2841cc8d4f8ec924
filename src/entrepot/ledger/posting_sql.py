# SPDX-License-Identifier: Apache-2.0
"""The SQL that posts documents. `{lines}` is where the movements to add come from."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "document_id", "line", "on", "item", "lot", "quantity", "from_place", "to_place",
    "is_reserved", "hash",
)  # fmt: skip
TYPES: Final = ("uuid", "int4", "date", "text", "text", "int8", "text", "text", "bool", "bytea")

#: The movements to add: as parameters, or from the temporary table that COPY fills.
GIVEN: Final = """
    unnest(%(document_id)b::uuid[], %(line)s::int[], %(on)b::date[], %(item)b::text[],
        %(lot)b::text[], %(quantity)s::bigint[], %(from_place)b::text[], %(to_place)b::text[],
        %(is_reserved)b::bool[], %(hash)b::bytea[])
        AS l (document_id, line, "on", item, lot, quantity, from_place, to_place, is_reserved, hash)
"""
COPIED: Final = "ledger_copied AS l"
MAKE_COPIED: Final = """
    CREATE TEMPORARY TABLE IF NOT EXISTS ledger_copied (
        document_id uuid, line int, "on" date, item text COLLATE "C", lot text COLLATE "C",
        quantity bigint, from_place text COLLATE "C", to_place text COLLATE "C",
        is_reserved bool, hash bytea
    ) ON COMMIT DELETE ROWS
"""
#: Another call of the same transaction may have left its lines there.
EMPTY_COPIED: Final = "TRUNCATE ledger_copied"
#: How many rows there are decides how they are joined.
COUNT_COPIED: Final = "ANALYZE ledger_copied"
COPY: Final = "COPY ledger_copied FROM STDIN (FORMAT binary)"

ADD_DOCUMENTS: Final = """
    WITH added AS (
        INSERT INTO ledger_document (enterprise_id, id, kind, number, "on", lines, note,
            reverses_id, hash, posted_at, posted_by)
        SELECT %(enterprise)s, id, kind, number, "on", lines, note, reverses, hash, %(at)s, %(by)s
        FROM unnest(%(ids)b::uuid[], %(kinds)b::text[], %(numbers)b::text[], %(days)b::date[],
            %(counts)s::int[], %(notes)b::text[], %(reverses)b::uuid[], %(hashes)b::bytea[])
            AS d (id, kind, number, "on", lines, note, reverses, hash)
        ORDER BY kind, number
        ON CONFLICT (enterprise_id, kind, number) DO NOTHING
        RETURNING id
    )
    INSERT INTO ledger_unsealed (enterprise_id, document_id)
    SELECT %(enterprise)s, id FROM added
    RETURNING document_id
"""

KNOWN: Final = """
    SELECT kind, number, id, hash FROM ledger_document
    JOIN unnest(%(kinds)b::text[], %(numbers)b::text[]) AS d (kind, number) USING (kind, number)
    WHERE enterprise_id = %(enterprise)s
"""

#: Adds up what each place, item and lot gains or loses, and moves it, row by row in the order of
#: the key: so two who post wait for each other and never in a circle. Gives back what could not be
#: moved: what would go below zero or below what is reserved, and what has a place or an item that
#: is not known. Units that were reserved stay so where they go, unless they leave the firm.
#:
#: Everything is looked up by a key, and nothing joined: the planner cannot know how many rows an
#: enterprise has that began a minute ago, and a wrong guess is quadratic.
MOVE: Final = """
    WITH changes AS MATERIALIZED (
        SELECT place, item, lot, sum(quantity)::bigint AS change,
            sum(CASE WHEN is_reserved THEN quantity ELSE 0 END)::bigint AS reserved,
            min("on") AS since
        FROM (
            SELECT from_place AS place, item, lot, -quantity AS quantity, is_reserved, "on"
            FROM {lines}
            UNION ALL
            SELECT to_place, item, lot, quantity, is_reserved, "on" FROM {lines}
        ) AS sides
        GROUP BY place, item, lot
    ),
    moved AS (
        INSERT INTO ledger_balance AS b (enterprise_id, place, item, lot, quantity, change, times,
            reserved, reserved_change, since, may_go_below)
        SELECT %(enterprise)s, place, item, lot,
            -- The check of a new row is made before it is seen that there is one already.
            CASE WHEN may_go_below THEN change ELSE greatest(change, 0) END,
            change, 1,
            CASE WHEN may_go_below THEN 0
                ELSE least(greatest(reserved, 0), greatest(change, 0)) END,
            CASE WHEN may_go_below THEN 0 ELSE reserved END,
            since, may_go_below
        FROM (
            SELECT c.*,
                (SELECT p.may_go_below FROM ledger_place AS p
                    WHERE p.enterprise_id = %(enterprise)s AND p.path = c.place) AS may_go_below,
                (SELECT i.code FROM ledger_item AS i
                    WHERE i.enterprise_id = %(enterprise)s AND i.code = c.item) AS known
            FROM changes AS c
            OFFSET 0 -- looked up once, and not again wherever it is named
        ) AS c
        WHERE may_go_below IS NOT NULL AND known IS NOT NULL
        ORDER BY place, item, lot
        ON CONFLICT (enterprise_id, place, item, lot) DO UPDATE
            SET quantity = b.quantity + EXCLUDED.change, change = EXCLUDED.change,
                times = b.times + 1, reserved = b.reserved + EXCLUDED.reserved_change,
                reserved_change = EXCLUDED.reserved_change,
                since = CASE WHEN b.quantity <= 0 THEN EXCLUDED.since ELSE b.since END
            WHERE b.may_go_below
                OR (b.reserved + EXCLUDED.reserved_change
                    BETWEEN 0 AND b.quantity + EXCLUDED.change)
        RETURNING place, item, lot,
            may_go_below OR times > 1 OR reserved_change BETWEEN 0 AND change AS is_moved
    )
    SELECT place, item, lot FROM changes
    EXCEPT
    SELECT place, item, lot FROM moved WHERE is_moved
    ORDER BY 1, 2, 3
"""

#: What is in some places, and how much of it is reserved; nothing where there never was anything.
THERE: Final = """
    SELECT k.place, k.item, k.lot, coalesce(b.quantity, 0), coalesce(b.reserved, 0)
    FROM unnest(%(places)b::text[], %(items)b::text[], %(lots)b::text[]) AS k (place, item, lot)
    LEFT JOIN LATERAL (
        SELECT b.quantity, b.reserved FROM ledger_balance AS b
        WHERE b.enterprise_id = %(enterprise)s
            AND (b.place, b.item, b.lot) = (k.place, k.item, k.lot)
    ) AS b ON TRUE
"""

ADD_MOVEMENTS: Final = """
    INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot, quantity,
        from_place, to_place, hash)
    SELECT %(enterprise)s, document_id, line, "on", item, lot, quantity, from_place, to_place, hash
    FROM {lines}
"""

NOT_KNOWN: Final = """
    SELECT DISTINCT 'item', l.item FROM {lines}
    WHERE NOT EXISTS (SELECT FROM ledger_item AS i
        WHERE i.enterprise_id = %(enterprise)s AND i.code = l.item)
    UNION
    SELECT 'place', place
    FROM (SELECT from_place AS place FROM {lines} UNION SELECT to_place FROM {lines}) AS sides
    WHERE NOT EXISTS (SELECT FROM ledger_place AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.path = place)
    ORDER BY 1, 2
"""

#: Two who reverse the same document wait for each other; a row that only grows cannot be locked.
LOCK_REVERSED: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%(document)s::text, 0))"

TO_REVERSE: Final = """
    SELECT d.kind, d.number, d.reverses_id, r.number
    FROM ledger_document AS d
    LEFT JOIN ledger_document AS r
        ON r.enterprise_id = d.enterprise_id AND r.reverses_id = d.id
    WHERE d.enterprise_id = %(enterprise)s AND d.id = %(document)s
"""

LINES: Final = """
    SELECT item, lot, quantity, from_place, to_place FROM ledger_movement
    WHERE enterprise_id = %(enterprise)s AND document_id = %(document)s
    ORDER BY line
"""
