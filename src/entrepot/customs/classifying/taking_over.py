# SPDX-License-Identifier: Apache-2.0
"""Lines of declaration lists (603) that customs released, taken out of their documents once.

The document stays what counts: a line whose document has a newer version, or is not released any
more, is not looked at (`RELEASED`).
"""

from __future__ import annotations

from typing import Final

from entrepot.customs.sending.states import CLOSED
from entrepot.customs.sending.states import RELEASED as OUTCOME
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

KIND: Final = "CEB603Message"
OUTCOMES: Final = (OUTCOME, CLOSED)
#: That the document of a line `r` is released, and the newest of its number.
RELEASED: Final = """
    EXISTS (SELECT FROM customs_document AS d
        WHERE d.enterprise_id = r.enterprise_id AND d.id = r.document_id AND d.is_latest
            AND d.outcome IN ('released', 'closed'))
"""
#: Documents that are taken in one go: memory and locks do not grow with what is there.
_AT_ONCE: Final = 2_000
_TAKE: Final = """
    WITH new AS (
        SELECT d.id, d.data,
            CASE WHEN d.app_time ~ '^20[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]'
                THEN to_date(left(d.app_time, 6) || '01', 'YYYYMMDD')
                    + (substr(d.app_time, 7, 2)::integer - 1)
                ELSE (d.made_at AT TIME ZONE 'Asia/Shanghai')::date END AS declared_on
        FROM customs_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.kind = %(kind)s AND d.is_latest
            AND d.outcome = ANY(%(outcomes)s)
            AND NOT EXISTS (SELECT FROM classifying_releasedline AS r
                WHERE r.enterprise_id = %(enterprise)s AND r.document_id = d.id)
            AND jsonb_typeof(d.data -> 'InventoryList') = 'array'
            AND d.data -> 'InventoryList' <> '[]'
        ORDER BY d.id LIMIT %(most)s
    )
    INSERT INTO classifying_releasedline (enterprise_id, id, document_id, gnum, sku, hs_code, name,
        text, unit, unit1, unit2, currency, price, declared_on)
    SELECT %(enterprise)s, gen_random_uuid(), n.id, (l ->> 'gnum')::integer, l ->> 'itemNo',
        l ->> 'gcode', l ->> 'gname', l ->> 'gmodel', l ->> 'unit', l ->> 'unit1',
        coalesce(l ->> 'unit2', ''), l ->> 'currency', (l ->> 'price')::numeric,
        n.declared_on
    FROM new AS n CROSS JOIN LATERAL jsonb_array_elements(n.data -> 'InventoryList') AS l
    ON CONFLICT DO NOTHING
"""


def take_over() -> int:
    """Take the lines of documents that were released since; twice is once.

    Returns:
        how many lines were new.
    """
    given = {
        "enterprise": acting().enterprise, "kind": KIND, "outcomes": list(OUTCOMES),
        "most": _AT_ONCE,
    }  # fmt: skip
    taken = 0
    with raw_cursor() as cursor:
        # So that two turns do not wait for each other's rows.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"released lines {given['enterprise']}"],
        )
        while new := cursor.execute(_TAKE, given).rowcount:
            taken += new
    return taken
