# SPDX-License-Identifier: Apache-2.0
"""What Spark has worked out once, as Parquet that every executor sees.

Files cut a plan off from what it was made of, outlive an executor, give Spark their size, and
are read column by column.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sql

from entrepot.engine.base import Frame
from entrepot.engine.parts import parts_of, rows_of, starts_of
from entrepot.engine.spark.session import fit

#: Spark numbers rows by partition * 2**33 + place in it.
_PARTITION_BITS = 33
_STREAM = "rows to hand over"


class Kept:
    """The rows kept by one engine, by name."""

    def __init__(self, session: SparkSession, scratch: Path) -> None:
        self._session, self._scratch = session, scratch
        self._count = itertools.count()
        self._folders: dict[str, Path] = {}
        self._read: dict[Path, int] = {}

    def keep(self, rows: DataFrame, name: str) -> DataFrame:
        """Run `rows` once and keep them under `name`."""
        folder = self._write(rows, name)
        return self._session.read.schema(rows.schema).parquet(located(folder))

    def keep_in_order(
        self, rows: DataFrame, name: str, order: Sequence[str], index: str
    ) -> tuple[DataFrame, int]:
        """Keep rows sorted, with `index` counting them from 0.

        Every task writes its rows with their places in it; how many rows the tasks before it
        wrote stands in the files.

        Returns:
            the rows, and how many there are.
        """
        in_task = rows.orderBy(*in_order(order)).withColumn(
            index, sql.monotonically_increasing_id()
        )
        folder = self._write(in_task, name)
        starts, count = _starts(folder)
        task = sql.shiftrightunsigned(index, _PARTITION_BITS).cast("int")
        place = sql.col(index).bitwiseAND((1 << _PARTITION_BITS) - 1)
        start = sql.get(sql.array(*(sql.lit(each) for each in starts)), task)
        read = self._session.read.schema(in_task.schema).parquet(located(folder))
        return read.withColumn(index, start + place), count

    def read(self, path: Path, number: str = "") -> DataFrame:
        """Open a Parquet file or a folder of parts; `number` counts its rows from 0."""
        parts = parts_of(path)
        rows = self._session.read.parquet(*(located(part) for part in parts))
        counts = rows_of(parts)
        if path not in self._read:
            self._read[path] = sum(counts)
            fit(self._session, sum(self._read.values()))
        if not number:
            return rows
        place = sql.col("_metadata.row_index")
        if len(parts) == 1:
            return rows.select("*", place.alias(number))
        names = dict(zip((part.name for part in parts), starts_of(parts), strict=True))
        # Spark knows a file by its name as a URL writes it.
        files = [uri.rpartition("/")[2] for uri in rows.inputFiles()]
        starts = pa.table({"_file": files, "_start": [names[unquote(file)] for file in files]})
        numbered = rows.select(
            "*", sql.col("_metadata.file_name").alias("_file"), place.alias("_place")
        )
        return numbered.join(sql.broadcast(self._session.createDataFrame(starts)), "_file").select(
            *(sql.col(name) for name in rows.columns),
            (sql.col("_start") + sql.col("_place")).alias(number),
        )

    def batches(
        self, rows: DataFrame, order: Sequence[str], batch_rows: int
    ) -> Iterator[pa.RecordBatch]:
        """Run `rows`, sorted, and hand them over in batches."""
        self._write(rows.orderBy(*in_order(order)) if order else rows, _STREAM)
        yield from self.again(_STREAM, batch_rows)
        self.forget(_STREAM)

    def again(self, name: str, batch_rows: int) -> Iterator[pa.RecordBatch]:
        """Hand over what is kept under `name`, as it lies; without rows, one empty batch."""
        is_empty, schema = True, None
        for part in parts_of(self._folders[name]):
            with pq.ParquetFile(part) as file:
                schema = file.schema_arrow
                for batch in file.iter_batches(batch_rows):
                    is_empty = False
                    yield batch
        if is_empty and schema is not None:
            yield pa.RecordBatch.from_pylist([], schema=schema)

    def forget(self, name: str) -> None:
        """Delete what is kept under `name`, if anything is."""
        if name in self._folders:
            shutil.rmtree(self._folders.pop(name), ignore_errors=True)

    def close(self) -> None:
        """Delete everything."""
        for name in list(self._folders):
            self.forget(name)

    def write(self, rows: DataFrame, name: str) -> list[Path]:
        """Run `rows` and keep them under `name`: the files that the tasks wrote, in their order."""
        return parts_of(self._write(rows, name))

    def _write(self, rows: DataFrame, name: str) -> Path:
        folder = self._scratch / f"kept-{next(self._count)}"
        rows.write.parquet(located(folder))
        self._folders[name] = folder
        return folder


def native(frame: Frame) -> DataFrame:
    """A frame as Spark knows it."""
    found: DataFrame = nw.to_native(frame)
    return found


def in_order(order: Sequence[str]) -> list[Column]:
    """Columns to sort by, nulls last."""
    return [sql.col(name).asc_nulls_last() for name in order]


def located(path: Path) -> str:
    """A path as Spark takes it: on the disk, whatever file system is the default, and literal."""
    text = str(path.resolve())
    for special in "\\*?[]{}":
        text = text.replace(special, "\\" + special)
    return "file:" + text


def _starts(folder: Path) -> tuple[list[int], int]:
    """How many rows lie before those of each task, and how many there are in all."""
    rows = {
        int(part.name.split("-")[1]): pq.read_metadata(part).num_rows for part in parts_of(folder)
    }
    starts, before = [], 0
    for task in range(1 + max(rows, default=0)):
        starts.append(before)
        before += rows.get(task, 0)
    return starts, before
