# SPDX-License-Identifier: Apache-2.0
"""Where a reading gathers what reports say, every cell still the text that stands there.

`entries`     one row per amount: in which settlement, what for, how much. `sign` is -1 where the
              report prints a fee as a positive number.
`statements`  one row per settlement that a file states: its period and what is paid out.
`totals`      one row per row of a report that states what its amounts come to.
`files`       one row per file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

ENTRIES = {
    "file": "INTEGER",
    "row": "BIGINT",
    "part": "INTEGER",
    "settlement": "VARCHAR",
    "event": "VARCHAR",
    "posted": "VARCHAR",
    "order_no": "VARCHAR",
    "item_no": "VARCHAR",
    "sku": "VARCHAR",
    "quantity": "VARCHAR",
    "marketplace": "VARCHAR",
    "group": "VARCHAR",
    "label": "VARCHAR",
    "amount": "VARCHAR",
    "sign": "BIGINT",
    "currency": "VARCHAR",
    "entry_no": "VARCHAR",
    "column": "VARCHAR",
}
STATEMENTS = {
    "file": "INTEGER",
    "row": "BIGINT",
    "settlement": "VARCHAR",
    "begins": "VARCHAR",
    "ends": "VARCHAR",
    "deposited": "VARCHAR",
    "total": "VARCHAR",
    "currency": "VARCHAR",
    "state": "VARCHAR",
    "paid": "VARCHAR",
    "paid_currency": "VARCHAR",
}
TOTALS = {
    "file": "INTEGER",
    "row": "BIGINT",
    "settlement": "VARCHAR",
    "stated": "VARCHAR",
    "currency": "VARCHAR",
}
FILES = {
    "file": "INTEGER",
    "name": "VARCHAR",
    "sha256": "VARCHAR",
    "encoding": "VARCHAR",
    "bytes": "BIGINT",
    "rows": "BIGINT",
    "aside": "BIGINT",
}
TABLES = {"entries": ENTRIES, "statements": STATEMENTS, "totals": TOTALS, "files": FILES}

_ARROW = {"INTEGER": pa.int32(), "BIGINT": pa.int64(), "VARCHAR": pa.string()}


def open_store(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables, empty."""
    for name, columns in TABLES.items():
        held = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({held})")


def put(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add rows; a text that is left out is empty."""
    if not rows:
        return
    columns = TABLES[table]
    arrays = []
    for column, kind in columns.items():
        missing: Any = "" if kind == "VARCHAR" else 1 if column == "sign" else 0
        arrays.append(pa.array([row.get(column, missing) for row in rows], _ARROW[kind]))
    add(connection, table, pa.table(arrays, names=list(columns)))


def add(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Add a table of rows in one go: row by row, DuckDB takes a thousand times as long."""
    connection.register("added", rows)
    connection.execute(f"INSERT INTO {table} SELECT * FROM added")
    connection.unregister("added")
