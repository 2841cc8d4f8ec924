# SPDX-License-Identifier: Apache-2.0
"""Numbers that an enterprise counts up: waves, parcels, counts, returns."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Cursor

_TAKE: Final = """
    INSERT INTO warehouse_counter AS c (kind, value) VALUES (%s, %s)
    ON CONFLICT (enterprise_id, kind) DO UPDATE SET value = c.value + EXCLUDED.value
    RETURNING value
"""


def take_numbers(cursor: Cursor[Any], kind: str, count: int) -> range:
    """The next numbers of a kind, without a gap: whoever comes next waits until this transaction
    ends, so take them late.
    """
    row = cursor.execute(_TAKE, [kind, count]).fetchone()
    assert row is not None
    return range(row[0] - count + 1, row[0] + 1)
