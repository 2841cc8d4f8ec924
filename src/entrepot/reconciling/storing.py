# SPDX-License-Identifier: Apache-2.0
"""How rows come into the tables in sets, and who may change them at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from psycopg import Cursor, sql

from entrepot.people.tenancy import acting

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_PART: Final = 1 << 20


def alone(cursor: Cursor[Any]) -> None:
    """Let nobody else change what is reconciled of this enterprise until the transaction ends.

    So a report and the orders that it settles never pass each other unseen.
    """
    cursor.execute(_LOCK, [f"reconciling:{acting().enterprise}"])


def make_beside(cursor: Cursor[Any], name: str, columns: str) -> None:
    """A temporary table for COPY, which knows no row-level security; empty."""
    table = sql.Identifier(name)
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(table, sql.SQL(columns))
    )


def copy_csv(cursor: Cursor[Any], name: str, path: Path) -> None:
    """Copy a CSV file with a header into a temporary table; what stands unquoted is null."""
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER true)").format(sql.Identifier(name))
    with path.open("rb") as file, cursor.copy(statement) as copy:
        while part := file.read(_PART):
            # No text of the database holds a NUL.
            copy.write(part.replace(b"\0", b" "))
    _analyze(cursor, name)


def copy_rows(cursor: Cursor[Any], name: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a temporary table."""
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
        for row in rows:
            copy.write_row([_plain(each) for each in row])
    _analyze(cursor, name)


def _plain(value: Any) -> Any:
    """The value without NULs, which no text of the database holds."""
    if isinstance(value, str):
        return value.replace("\0", " ")
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _analyze(cursor: Cursor[Any], name: str) -> None:
    # How many rows there are decides how they are joined.
    cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))


def count_of(cursor: Cursor[Any], statement: str, given: dict[str, Any]) -> int:
    """The one number that a statement says."""
    row = cursor.execute(statement.encode(), given).fetchone()
    assert row is not None
    return int(row[0])
