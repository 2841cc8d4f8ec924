# SPDX-License-Identifier: Apache-2.0
"""What is new of documents, for whoever follows what becomes of them: each is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_TAKE: Final = """
    WITH new AS (
        SELECT id FROM customs_document
        WHERE enterprise_id = %(enterprise)s AND is_news AND kind = ANY(%(kinds)s)
        ORDER BY id LIMIT %(most)s FOR NO KEY UPDATE
    )
    UPDATE customs_document AS d SET is_news = false FROM new AS n
    WHERE d.enterprise_id = %(enterprise)s AND d.id = n.id
    RETURNING d.id, d.kind, d.own_no, COALESCE(d.data ->> 'invtNo', '')
"""


@dataclass(frozen=True, slots=True)
class News:
    """A document whose state was worked out; `about` is the list that a cancellation is of."""

    id: UUID
    kind: str
    own_no: str
    about: str


def take_news(kinds: Sequence[str], most: int) -> list[News]:
    """Documents with something new, which are told no more unless this transaction fails."""
    given = {"enterprise": acting().enterprise, "kinds": list(kinds), "most": most}
    with raw_cursor() as cursor:
        return [News(*row) for row in cursor.execute(_TAKE, given).fetchall()]
