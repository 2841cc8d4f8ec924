# SPDX-License-Identifier: Apache-2.0
"""DuckDB, in process: the default engine. Spills to disk when its memory budget is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.engine.base import BATCH_ROWS, Engine, Frame, Running
from entrepot.errors import EntrepotError, Misused, Refused


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

    def running(self, frame: Frame, name: str, line: str, order: Sequence[str]) -> Running:
        self.keep_in_order(frame, name, [line, *order], f"{name}_row")
        # Where a line starts: its first row.
        query = (
            f"SELECT *, coalesce(lag({quoted(line)}) OVER () <> {quoted(line)}, true) AS _first "
            f"FROM {quoted(name)}"
        )
        return _Streamed(self, query, line)

    def keep_ordered_query(self, query: str, name: str) -> Frame:
        """Keep what a query over rows in order gives, without losing that order on the way."""
        self.connection.execute("SET preserve_insertion_order = true")
        self._create(name, query)
        self.connection.execute("SET preserve_insertion_order = false")
        return nw.from_native(self.connection.table(name))

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

    def collect_in_order(self, frame: Frame, index: str) -> pa.Table:
        # A scan of a table gives its rows as they lie; only if it ever did not, sort.
        self.connection.execute("SET preserve_insertion_order = true")
        rows: pa.Table = self.connection.sql(_sql(frame)).to_arrow_table()
        self.connection.execute("SET preserve_insertion_order = false")
        steps = pc.pairwise_diff(rows.column(index).combine_chunks())
        if pc.all(pc.equal(steps, 1)).as_py() is False:
            return self.collect(frame, [index])
        return rows

    def explain(self, error: Exception) -> EntrepotError | None:
        if isinstance(error, duckdb.OutOfMemoryException):
            # It says this of a full disk as well, where it could not spill any more.
            limit = self.connection.execute("SELECT current_setting('memory_limit')").fetchone()
            return Refused(
                "Cannot go on.",
                f"DuckDB has used its memory budget ({limit[0] if limit else 'default'}) and could "
                "not spill enough to disk.",
                "Give it more with --memory, such as 2GB, or free disk space beside --out.",
            )
        return super().explain(error)

    def close(self) -> None:
        self.connection.close()

    def _create(self, name: str, query: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {query}")


#: A frame without partition or order streams over rows as they lie: several times cheaper than a
#: window that sorts and builds a tree for every partition.
_SO_FAR = "(ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"


class _Streamed(Running):
    """Running columns over a table that already lies in order, in one pass over it."""

    def __init__(self, engine: Duck, query: str, line: str) -> None:
        self._engine, self._query, self._line = engine, query, line

    def totals(self, **columns: str) -> Running:
        # A total over all lines less what it was where the line began. It never falls, so a
        # running maximum over first rows carries that base along the line.
        overall = ", ".join(
            f"sum({quoted(column)}) OVER {_SO_FAR} AS {quoted('_all_' + name)}"
            for name, column in columns.items()
        )
        bases = ", ".join(
            f"({quoted('_all_' + name)} - max(CASE WHEN _first THEN "
            f"{quoted('_all_' + name)} - {quoted(column)} ELSE 0 END) OVER {_SO_FAR})::BIGINT "
            f"AS {quoted(name)}"
            for name, column in columns.items()
        )
        return self._over(f"SELECT *, {bases} FROM (SELECT *, {overall} FROM ({self._query}))")

    def highest(self, **columns: str) -> Running:
        # Lines come in the order of their number: in the high half, it starts every line anew.
        line = f"{quoted(self._line)}::HUGEINT * {2**64}"
        found = ", ".join(
            f"(max({quoted(column)}::HUGEINT + {line}) OVER {_SO_FAR} - {line})::BIGINT "
            f"AS {quoted(name)}"
            for name, column in columns.items()
        )
        return self._over(f"SELECT *, {found} FROM ({self._query})")

    def before(self, **columns: str) -> Running:
        found = ", ".join(
            f"CASE WHEN _first THEN 0 ELSE lag({quoted(column)}) OVER () END AS {quoted(name)}"
            for name, column in columns.items()
        )
        return self._over(f"SELECT *, {found} FROM ({self._query})")

    def compute(self, **columns: nw.Expr) -> Running:
        frame = nw.from_native(self._engine.connection.sql(self._query))
        return self._over(_sql(frame.with_columns(**columns)))

    def keep(self, name: str, columns: Sequence[str]) -> Frame:
        wanted = ", ".join(quoted(column) for column in columns)
        return self._engine.keep_ordered_query(f"SELECT {wanted} FROM ({self._query})", name)

    def _over(self, query: str) -> _Streamed:
        return _Streamed(self._engine, query, self._line)


def _sql(frame: Frame) -> str:
    native: duckdb.DuckDBPyRelation = nw.to_native(frame)
    return native.sql_query()


def _order_by(order: Sequence[str]) -> str:
    if not order:
        return ""
    return "ORDER BY " + ", ".join(f"{quoted(name)} ASC NULLS LAST" for name in order)
