# SPDX-License-Identifier: Apache-2.0
"""What every engine can do: open, keep, collect and stream lazy frames.

A step takes lazy frames and returns one; it never opens, reads, writes or collects. Those verbs
live here, so that the same step runs on DuckDB, on Polars and on whatever follows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import narwhals as nw
import pyarrow as pa

Frame = nw.LazyFrame[Any]

#: Rows a streamed batch holds at most. Large enough to amortise the hand-over, small in memory.
BATCH_ROWS = 120_000


class Engine(ABC):
    """Runs steps. Frames of one engine cannot be mixed with those of another."""

    name: ClassVar[str]

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

    @abstractmethod
    def forget(self, *names: str) -> None:
        """Give back the memory of kept rows that nothing needs any more."""

    @abstractmethod
    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """Run `frame` and hand over its rows in batches, sorted by `order` (nulls last)."""

    @abstractmethod
    def close(self) -> None:
        """Give back everything."""

    def collect(self, frame: Frame, order: Sequence[str] = ()) -> pa.Table:
        """Run `frame` and bring all its rows to Python; for small results only."""
        batches = list(self.stream(frame, order))
        return pa.Table.from_batches(batches) if batches else pa.table({})

    def rows(self, frame: Frame, order: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Run `frame` and bring all its rows to Python as dictionaries."""
        return self.collect(frame, order).to_pylist()
