# SPDX-License-Identifier: Apache-2.0
"""Whose rows a transaction sees: set for the transaction, never for the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from entrepot.people.database import raw_cursor

_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who does something, and for which enterprise.

    `actor` is what the audit log says: `user:<id>`, `token:<id>`, or `system` for the program;
    `address` is where the request came from, where there was one.
    """

    enterprise: UUID
    actor: str = "system"
    address: str | None = None


@contextmanager
def within(
    enterprise: UUID, actor: str = "system", address: str | None = None, *, snapshot: bool = False
) -> Iterator[Acting]:
    """One transaction that sees the rows of one enterprise and no others.

    Within a transaction of the same enterprise it is part of that one; of another enterprise, it
    is a mistake of ours, since a transaction must never mix two.

    Args:
        snapshot: see everything as it stood at one moment, and change nothing.
    """
    outer = _current.get()
    if outer is not None:
        if outer.enterprise != enterprise:
            raise AssertionError("a transaction belongs to one enterprise")
        yield outer
        return
    acting = Acting(enterprise, actor, address)
    is_part = connection.in_atomic_block
    with transaction.atomic():
        with raw_cursor() as cursor:
            if snapshot:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT set_config('entrepot.enterprise', %s, true)", [str(enterprise)])
        reset = _current.set(acting)
        try:
            yield acting
        finally:
            _current.reset(reset)
    if is_part:
        # The setting would last as long as the transaction that this was a part of.
        with raw_cursor() as cursor:
            cursor.execute("SELECT set_config('entrepot.enterprise', '', true)")


@contextmanager
def seen_by(user: UUID) -> Iterator[None]:
    """One transaction that sees where a person works, and no rows of any enterprise besides."""
    if _current.get() is not None:
        raise AssertionError("a transaction belongs to one enterprise")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('entrepot.user', %s, true)", [str(user)])
        yield


def acting() -> Acting:
    """Who acts in this transaction, and for whom."""
    current = _current.get()
    if current is None:
        raise AssertionError("nobody acts here: call it within an enterprise")
    return current
