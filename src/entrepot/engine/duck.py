# SPDX-License-Identifier: Apache-2.0
"""DuckDB, in process: the default engine. Spills to disk when its memory budget is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import duckdb
import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import BATCH_ROWS, Engine, Frame
from entrepot.errors import Misused


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


class Duck(Engine):
    """One DuckDB connection, in memory, with a folder to spill to.

    Args:
        spill: an existing folder for what does not fit into memory.
        memory: DuckDB's budget, such as "2GB"; empty leaves DuckDB's default.

    Raises:
        Misused: `memory` is not a size.
    """

    name: ClassVar[str] = "duckdb"

    def __init__(self, spill: Path, memory: str = "") -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"SET temp_directory = {text(str(spill))}")
        # Each statement that needs an order asks for it; the rest runs faster without.
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute("SET enable_progress_bar = false")
        if memory:
            try:
                self.connection.execute(f"SET memory_limit = {text(memory)}")
            except duckdb.Error as error:
                raise Misused(
                    f"Cannot use --memory {memory}.",
                    "It is not a size that DuckDB understands.",
                    "Give a number with its unit, for example 2GB.",
                ) from error

    def scan(self, path: Path, *, number: str = "") -> Frame:
        options = ", file_row_number = true" if number else ""
        query = f"SELECT * FROM read_parquet({text(str(path))}{options})"
        if number:
            query = f"SELECT * RENAME (file_row_number AS {quoted(number)}) FROM ({query})"
        return nw.from_native(self.connection.sql(query))

    def table(self, rows: pa.Table) -> Frame:
        return nw.from_native(self.connection.from_arrow(rows))

    def keep(self, frame: Frame, name: str) -> Frame:
        self._create(name, _sql(frame))
        return nw.from_native(self.connection.table(name))

    def keep_in_order(self, frame: Frame, name: str, order: Sequence[str], index: str) -> Frame:
        # A table filled in order numbers its rows by itself: far cheaper than row_number().
        self.connection.execute("SET preserve_insertion_order = true")
        self._create(name, f"SELECT * FROM ({_sql(frame)}) {_order_by(order)}")
        self.connection.execute("SET preserve_insertion_order = false")
        return nw.from_native(
            self.connection.sql(f"SELECT rowid AS {quoted(index)}, * FROM {quoted(name)}")
        )

    def forget(self, *names: str) -> None:
        for name in names:
            self.connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        query = f"SELECT * FROM ({_sql(frame)}) {_order_by(order)}"
        self.connection.execute("SET preserve_insertion_order = true")
        reader = self.connection.sql(query).to_arrow_reader(BATCH_ROWS)
        empty = True
        for batch in reader:
            empty = False
            yield batch
        if empty:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)
        self.connection.execute("SET preserve_insertion_order = false")

    def close(self) -> None:
        self.connection.close()

    def _create(self, name: str, query: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {query}")


def _sql(frame: Frame) -> str:
    native: duckdb.DuckDBPyRelation = nw.to_native(frame)
    return native.sql_query()


def _order_by(order: Sequence[str]) -> str:
    if not order:
        return ""
    return "ORDER BY " + ", ".join(f"{quoted(name)} ASC NULLS LAST" for name in order)
