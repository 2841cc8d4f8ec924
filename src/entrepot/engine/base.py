# SPDX-License-Identifier: Apache-2.0
"""What every engine can do: open, keep, collect and stream lazy frames.

A step takes lazy frames and returns one; it never opens, reads, writes or collects. Those verbs
live here, so that the same step runs on DuckDB, on Polars and on whatever follows.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import narwhals as nw
import pyarrow as pa

from entrepot.errors import EntrepotError, Refused

if TYPE_CHECKING:
    from entrepot.engine.lookup import Rows
    from entrepot.engine.schema import Table
    from entrepot.engine.write import Written

Frame = nw.LazyFrame[Any]

#: Rows a streamed batch holds at most. Large enough to amortise the hand-over, small in memory.
BATCH_ROWS = 120_000


class Running(ABC):
    """Rows in order along their lines, to which running columns are added one after another.

    A line is all rows that agree in one column, a whole number >= 0 below 2**62. Nothing runs
    before `keep`.
    """

    @abstractmethod
    def totals(self, **columns: str) -> Running:
        """Add, for each name, the total of a column (>= 0) from the line's start to the row."""

    @abstractmethod
    def highest(self, **columns: str) -> Running:
        """Add, for each name, the highest value of a column from the line's start to the row."""

    @abstractmethod
    def before(self, **columns: str) -> Running:
        """Add, for each name, the value of a column in the row before; 0 at the line's start."""

    @abstractmethod
    def compute(self, **columns: nw.Expr) -> Running:
        """Add columns that are computed within a row."""

    @abstractmethod
    def keep(self, name: str, columns: Sequence[str]) -> Frame:
        """Run once and keep these columns under `name`."""


class Writer(ABC):
    """Writes tables into one folder; what it looks up in is kept from table to table."""

    @abstractmethod
    def write(self, table: Table, parts: Sequence[Rows]) -> Written:
        """Write the rows of all parts, one part after another, texts looked up.

        Raises:
            Refused: more rows than a worksheet holds, where that is the format.
        """


class Engine(ABC):
    """Runs steps. Frames of one engine cannot be mixed with those of another."""

    name: ClassVar[str]
    #: Bytes of memory that it keeps to; None where it takes what it needs.
    budget: int | None = None
    #: The folder for columns that texts are taken from; None keeps them in memory.
    shelf: Path | None = None

    @abstractmethod
    def scan(self, path: Path, *, number: str = "") -> Frame:
        """Open a Parquet file; `number` names a column that counts its rows from 0."""

    @abstractmethod
    def table(self, rows: pa.Table) -> Frame:
        """Make a frame of a small table that Python holds."""

    @abstractmethod
    def keep(self, frame: Frame, name: str) -> Frame:
        """Run `frame` once and keep its rows under `name`, so that what follows reads them."""

    @abstractmethod
    def keep_in_order(self, frame: Frame, name: str, order: Sequence[str], index: str) -> Frame:
        """Like `keep`, sorted by `order` (nulls last), with `index` counting the rows from 0."""

    def running(self, frame: Frame, name: str, line: str, order: Sequence[str]) -> Running:
        """Put rows in order along their lines, kept under `name`, ready for running columns."""
        index = f"{name}_row"
        rows = self.keep_in_order(frame, name, [line, *order], index)
        return Windowed(self, rows, line, [index])

    @abstractmethod
    def forget(self, *names: str) -> None:
        """Give back the memory of kept rows that nothing needs any more."""

    @abstractmethod
    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """Run `frame` and hand over its rows in batches, sorted by `order` (nulls last)."""

    @abstractmethod
    def writer(self, folder: Path, file_format: str) -> Writer:
        """What writes tables into `folder`, as one of `write.FORMATS`."""

    @abstractmethod
    def close(self) -> None:
        """Give back everything."""

    def repeats(self, frame: Frame) -> bool:
        """Whether any row stands twice."""
        columns = frame.collect_schema().names()
        again = frame.group_by(columns).agg(times=nw.len()).filter(nw.col("times") > 1)
        return bool(self.rows(again.select(n=nw.len()))[0]["n"])

    def explain(self, error: Exception) -> EntrepotError | None:
        """What an error of the engine means to a user, where it is not a mistake of ours."""
        if isinstance(error, MemoryError):
            return Refused(
                "Cannot go on.",
                "The memory of this machine is used up.",
                "Close other programs, or use --engine duckdb with --memory, which spills to disk.",
            )
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return Refused("Cannot go on.", "The disk is full.", "Free some space and try again.")
        return None

    def collect(self, frame: Frame, order: Sequence[str] = ()) -> pa.Table:
        """Run `frame` and bring all its rows to Python; for small results only."""
        batches = list(self.stream(frame, order))
        return pa.Table.from_batches(batches) if batches else pa.table({})

    def collect_in_order(self, frame: Frame, index: str) -> pa.Table:
        """Bring to Python what `keep_in_order` kept, in its order: `index` counts from 0."""
        return self.collect(frame, [index])

    def rows(self, frame: Frame, order: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Run `frame` and bring all its rows to Python as dictionaries."""
        rows: list[dict[str, Any]] = self.collect(frame, order).to_pylist()
        return rows

    def is_empty(self, frame: Frame) -> bool:
        """Whether `frame` has no row; no more than one is looked at."""
        return not self.rows(frame.head(1).select(rows=nw.len()))[0]["rows"]


class Windowed(Running):
    """Running columns as window functions: right on every engine, fast on most."""

    def __init__(self, engine: Engine, frame: Frame, line: str, order: Sequence[str]) -> None:
        self._engine, self._frame, self._line, self._order = engine, frame, line, list(order)

    def totals(self, **columns: str) -> Running:
        return self._with(
            {name: nw.col(column).cum_sum() for name, column in columns.items()}, nw.Int64()
        )

    def highest(self, **columns: str) -> Running:
        return self._with({name: nw.col(column).cum_max() for name, column in columns.items()})

    def before(self, **columns: str) -> Running:
        shifted = self._with({name: nw.col(column).shift(1) for name, column in columns.items()})
        return shifted.compute(**{name: nw.col(name).fill_null(0) for name in columns})

    def compute(self, **columns: nw.Expr) -> Running:
        return Windowed(self._engine, self._frame.with_columns(**columns), self._line, self._order)

    def keep(self, name: str, columns: Sequence[str]) -> Frame:
        return self._engine.keep(self._frame.select(list(columns)), name)

    def _with(self, columns: dict[str, nw.Expr], dtype: nw.dtypes.DType | None = None) -> Windowed:
        along = {
            name: expr.over(self._line, order_by=self._order) for name, expr in columns.items()
        }
        if dtype is not None:
            along = {name: expr.cast(dtype) for name, expr in along.items()}
        frame = self._frame.with_columns(**along)
        return Windowed(self._engine, frame, self._line, self._order)
