# SPDX-License-Identifier: Apache-2.0
"""DuckDB, in process: the default engine. Spills to disk when its memory budget is spent."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.engine import passing
from entrepot.engine.base import BATCH_ROWS, Frame, Running
from entrepot.engine.beforehand import join_large
from entrepot.engine.budget import budget_of
from entrepot.engine.local import Local
from entrepot.engine.lookup import Numbered, Rows
from entrepot.engine.parts import parts_of, starts_of
from entrepot.engine.passing import passed
from entrepot.errors import EntrepotError, Refused

#: Bytes that the budget should have for each row of a table that texts are taken from in any order.
ROW_BYTES = 128
#: Rows of a batch that running columns are added to: four of DuckDB's own row groups.
PASSED_ROWS = 4 * 122_880


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


class Duck(Local):
    """One DuckDB connection, in memory, with a folder to spill to.

    Args:
        spill: an existing folder for what does not fit into memory.
        memory: DuckDB's budget, such as "2GB", beside which this process takes little; empty leaves
            DuckDB's default, and texts are looked up in memory.

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
            self.budget, self.shelf = budget_of(memory), spill
            self.connection.execute(f"SET memory_limit = '{self.budget}B'")

    def scan(self, path: Path, *, number: str = "") -> Frame:
        parts = parts_of(path)
        files = "[" + ", ".join(text(str(part)) for part in parts) + "]"
        if not number:
            return nw.from_native(self.connection.sql(f"SELECT * FROM read_parquet({files})"))
        start = f"{starts_of(parts)}[file_index::BIGINT + 1] + " if len(parts) > 1 else ""
        query = (
            f"SELECT * EXCLUDE (file_row_number), {start}file_row_number AS {quoted(number)} "
            f"FROM read_parquet({files}, file_row_number = true)"
        )
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
        return _Passing(self, name, line)

    def pass_on(
        self,
        table: str,
        name: str,
        through: Callable[[pa.RecordBatchReader], Iterator[pa.RecordBatch]],
    ) -> Frame:
        """Take the rows of a kept table, as they lie, through a function; keep them under `name`.

        Args:
            through: gives one batch at least, if only an empty one.
        """
        self.forget(name)
        self.connection.execute("SET preserve_insertion_order = true")
        # A cursor of its own: what is written meanwhile does not end the reading.
        rows = self.connection.cursor().sql(f"FROM {quoted(table)}")
        for at, batch in enumerate(through(rows.to_arrow_reader(PASSED_ROWS))):
            passed_on = self.connection.from_arrow(batch)
            if at:
                passed_on.insert_into(name)
            else:
                passed_on.create(name)
        self.connection.execute("SET preserve_insertion_order = false")
        return nw.from_native(self.connection.table(name))

    def forget(self, *names: str) -> None:
        for name in names:
            self.connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        query = f"SELECT * FROM ({_sql(frame)}) {_order_by(order)}"
        rows = self._batches(query)
        try:
            # What has to be sorted is sorted before the first batch comes.
            first = next(rows)
        except duckdb.OutOfMemoryException:
            with self._one_thread():
                yield from self._batches(query)
            return
        yield first
        yield from rows

    def _batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query, in their order; one empty batch where there are none."""
        self.connection.execute("SET preserve_insertion_order = true")
        try:
            # Who stops early leaves an open result, beside which the next query cannot run.
            with self.connection.sql(query).to_arrow_reader(BATCH_ROWS) as reader:
                empty = True
                for batch in reader:
                    empty = False
                    yield batch
                if empty:
                    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
        finally:
            with suppress(duckdb.ConnectionException):  # the engine may be closed by then
                self.connection.execute("SET preserve_insertion_order = false")

    def run(self, statement: str) -> None:
        """Run SQL that brings no rows to Python."""
        try:
            self.connection.execute(statement)
        except duckdb.OutOfMemoryException:
            with self._one_thread():
                self.connection.execute(statement)

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """Do in one thread what the budget was too small for; without a budget, give it up.

        Threads that sort, join and count at once each hold some memory that does not spill.

        Raises:
            Exception: the one that is being handled, where there is no budget.
        """
        if self.budget is None:
            raise
        ((threads,),) = self.connection.execute("SELECT current_setting('threads')").fetchall()
        self.connection.execute("SET threads = 1")
        try:
            yield
        finally:
            with suppress(duckdb.ConnectionException):
                self.connection.execute(f"SET threads = {threads}")

    def collect_in_order(self, frame: Frame, index: str) -> pa.Table:
        # A scan of a table gives its rows as they lie; only if it ever did not, sort.
        self.connection.execute("SET preserve_insertion_order = true")
        rows: pa.Table = self.connection.sql(_sql(frame)).to_arrow_table()
        self.connection.execute("SET preserve_insertion_order = false")
        steps = pc.pairwise_diff(rows.column(index).combine_chunks())
        if pc.all(pc.equal(steps, 1)).as_py() is False:
            return self.collect(frame, [index])
        return rows

    def repeats(self, frame: Frame) -> bool:
        # Rows with as many different hashes as there are rows all differ, and hashes are counted
        # far faster than texts. Only where some agree does it matter what they stand for.
        columns = ", ".join(quoted(name) for name in frame.collect_schema().names())
        # Grouped, since DISTINCT does not spill.
        counts = f"SELECT count(*) AS n FROM ({_sql(frame)}) GROUP BY hash({columns})"
        (found,) = self._batches(f"SELECT sum(n) > count(*) AS again FROM ({counts})")
        return bool(found["again"][0].as_py()) and super().repeats(frame)

    def ready(self, rows: Rows) -> Rows:
        return rows if self.budget is None else join_large(rows, self._is_large)

    def _is_large(self, table: Numbered) -> bool:
        """Whether a table may not fit into memory, so that taking from it would read the disk."""
        count: int = self.rows(table.frame.select(n=nw.len()))[0]["n"]
        return count * ROW_BYTES > (self.budget or 0)

    def explain(self, error: Exception) -> EntrepotError | None:
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            raise KeyboardInterrupt from error  # which is what it was
        if isinstance(error, duckdb.OutOfMemoryException):
            # It says this of a full disk as well, where it could not spill any more.
            limit = self.connection.execute("SELECT current_setting('memory_limit')").fetchone()
            return Refused(
                "Cannot go on.",
                f"DuckDB has used its memory budget ({limit[0] if limit else 'default'}) and could "
                "not spill enough to disk.",
                "Give it more with --memory, such as 2GB, or free disk space where the result is "
                "written.",
            )
        if isinstance(error, duckdb.IOException) and "No space left on device" in str(error):
            return super().explain(OSError(errno.ENOSPC, str(error)))
        return super().explain(error)

    def close(self) -> None:
        self.connection.close()

    def _create(self, name: str, query: str) -> None:
        self.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {query}")


class _Passing(Running):
    """Running columns over a table that already lies in order, in one pass over its batches."""

    def __init__(self, engine: Duck, table: str, line: str) -> None:
        self._engine, self._table, self._line = engine, table, line
        self._operations: list[passing.Operation] = []

    def totals(self, **columns: str) -> Running:
        return self._then(passing.Total(*each) for each in columns.items())

    def highest(self, **columns: str) -> Running:
        return self._then(passing.Highest(*each) for each in columns.items())

    def before(self, **columns: str) -> Running:
        return self._then(passing.Before(*each) for each in columns.items())

    def compute(self, **columns: nw.Expr) -> Running:
        return self._then([passing.Computed(columns)])

    def keep(self, name: str, columns: Sequence[str]) -> Frame:
        return self._engine.pass_on(
            self._table, name, lambda rows: passed(rows, self._line, self._operations, columns)
        )

    def _then(self, operations: Iterable[passing.Operation]) -> Running:
        self._operations += operations
        return self


def _sql(frame: Frame) -> str:
    native: duckdb.DuckDBPyRelation = nw.to_native(frame)
    return native.sql_query()


def _order_by(order: Sequence[str]) -> str:
    if not order:
        return ""
    return "ORDER BY " + ", ".join(f"{quoted(name)} ASC NULLS LAST" for name in order)
