# SPDX-License-Identifier: Apache-2.0
"""Who orders go to: encrypted, apart from the orders, each bound to its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.people.secrets import seal, unseal
from entrepot.people.tenancy import acting

_PUT: Final = """
    INSERT INTO warehouse_recipient (enterprise_id, order_id, content)
    SELECT %(enterprise)s, * FROM unnest(%(ids)b::uuid[], %(contents)b::bytea[]) AS r (id, content)
    WHERE NOT EXISTS (SELECT FROM warehouse_order AS o
        WHERE o.enterprise_id = %(enterprise)s AND o.id = r.id AND o.erased_at IS NOT NULL)
    ON CONFLICT (enterprise_id, order_id) DO UPDATE SET content = EXCLUDED.content
"""
_GET: Final = """
    SELECT content FROM warehouse_recipient
    WHERE enterprise_id = %(enterprise)s AND order_id = %(order)s
"""


def put_recipients(cursor: Cursor[Any], told: Sequence[tuple[UUID, Mapping[str, str]]]) -> None:
    """Keep who orders go to; those that say nothing are left out, and those that were erased."""
    said = [(id, json.dumps(dict(who), ensure_ascii=False)) for id, who in told if who]
    if said:
        given = {
            "enterprise": acting().enterprise,
            "ids": [id for id, _ in said],
            "contents": [seal(text.encode(), f"recipient {id}") for id, text in said],
        }
        cursor.execute(_PUT, given)


def read_recipient(order: UUID, sealed: bytes | None) -> dict[str, str]:
    """Who an order goes to, of what is kept; nothing where nothing is."""
    if sealed is None:
        return {}
    found: dict[str, str] = json.loads(unseal(bytes(sealed), f"recipient {order}"))
    return found


def recipient_of(cursor: Cursor[Any], order: UUID) -> dict[str, str]:
    """Who an order goes to; nothing where it is not known."""
    row = cursor.execute(_GET, {"enterprise": acting().enterprise, "order": order}).fetchone()
    return read_recipient(order, row[0] if row else None)
