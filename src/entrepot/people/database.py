# SPDX-License-Identifier: Apache-2.0
"""The program's connection to the database, past Django, for statements that are asked often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal
from uuid import uuid4

import psycopg
from django.db import connection

#: Up to so many rows one plan does for all.
FEW: Final = 100


def planned_for(rows: int) -> Literal[False] | None:
    """How a statement over so many rows is prepared: `cursor.execute(..., prepare=planned_for(n))`.

    A statement that was asked a few times gets one plan for whatever comes, made for a few rows:
    where it joins, that is quadratic in thousands. Many rows are worth a plan of their own.
    """
    return None if rows < FEW else False


@contextmanager
def raw_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor whose statements the server prepares once and then knows.

    Django's own cursors write values into the text of a statement, so that the server has to read
    and plan each anew. This one is on the same connection and in the same transaction.
    """
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        yield cursor


def stream(statement: str, given: Mapping[str, Any], at_once: int = 10_000) -> Iterator[Any]:
    """The rows of a statement, fetched as they are asked for: memory does not grow with them."""
    connection.ensure_connection()
    with psycopg.ServerCursor(connection.connection, f"stream_{uuid4().hex}") as cursor:
        cursor.itersize = at_once
        yield from cursor.execute(statement, given)
