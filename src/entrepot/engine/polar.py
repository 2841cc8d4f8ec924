# SPDX-License-Identifier: Apache-2.0
"""Polars, in memory: faster than DuckDB where everything fits. An optional extra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import BATCH_ROWS, Frame, Running
from entrepot.engine.local import Local
from entrepot.engine.parts import parts_of
from entrepot.errors import Misused

try:
    import polars as pl
except ImportError:  # pragma: no cover - the extra is not installed
    pl = None  # type: ignore[assignment]


class Polar(Local):
    """Frames in memory.

    Raises:
        Misused: the extra is not installed.
    """

    name: ClassVar[str] = "polars"

    def __init__(self) -> None:
        if pl is None:
            raise Misused(
                "Cannot run on Polars.",
                "The package polars is not installed.",
                "Install the extra: pip install 'entrepot[polars]', or use --engine duckdb.",
            )
        self._kept: dict[str, pl.DataFrame] = {}

    def scan(self, path: Path, *, number: str = "") -> Frame:
        rows = pl.scan_parquet(parts_of(path), row_index_name=number or None, glob=False)
        return nw.from_native(rows)

    def table(self, rows: pa.Table) -> Frame:
        return nw.from_native(pl.from_arrow(rows).lazy())  # type: ignore[union-attr]

    def keep(self, frame: Frame, name: str) -> Frame:
        self._kept[name] = nw.to_native(frame).collect()
        return nw.from_native(self._kept[name].lazy())

    def keep_in_order(self, frame: Frame, name: str, order: Sequence[str], index: str) -> Frame:
        ordered = nw.to_native(frame).sort(list(order), nulls_last=True)
        indexed = ordered.with_row_index(index).with_columns(pl.col(index).cast(pl.Int64))
        return self.keep(nw.from_native(indexed), name)

    def running(self, frame: Frame, name: str, line: str, order: Sequence[str]) -> Running:
        self.keep_in_order(frame, name, [line, *order], f"{name}_row")
        # Sorted rows need no order within the window: a line is a stretch of them.
        native = self._kept[name].with_columns(pl.col(line).set_sorted())
        return _Sorted(self, native.lazy(), line)

    def forget(self, *names: str) -> None:
        for name in names:
            self._kept.pop(name, None)

    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        native = nw.to_native(frame)
        if order:
            native = native.sort(list(order), nulls_last=True)
        table = native.collect().to_arrow()
        if table.num_rows:
            yield from table.to_batches(BATCH_ROWS)
        else:
            yield pa.RecordBatch.from_pylist([], schema=table.schema)

    def close(self) -> None:
        self._kept.clear()


class _Sorted(Running):
    """Running columns over rows that lie in order along their lines."""

    def __init__(self, engine: Polar, frame: pl.LazyFrame, line: str) -> None:
        self._engine, self._frame, self._line = engine, frame, line

    def totals(self, **columns: str) -> Running:
        return self._along(
            **{name: pl.col(column).cum_sum().cast(pl.Int64) for name, column in columns.items()}
        )

    def highest(self, **columns: str) -> Running:
        return self._along(**{name: pl.col(column).cum_max() for name, column in columns.items()})

    def before(self, **columns: str) -> Running:
        return self._along(
            **{name: pl.col(column).shift(1, fill_value=0) for name, column in columns.items()}
        )

    def compute(self, **columns: nw.Expr) -> Running:
        frame = nw.to_native(nw.from_native(self._frame).with_columns(**columns))
        return _Sorted(self._engine, frame, self._line)

    def keep(self, name: str, columns: Sequence[str]) -> Frame:
        return self._engine.keep(nw.from_native(self._frame.select(list(columns))), name)

    def _along(self, **columns: pl.Expr) -> Running:
        along = {name: expression.over(self._line) for name, expression in columns.items()}
        return _Sorted(self._engine, self._frame.with_columns(**along), self._line)
