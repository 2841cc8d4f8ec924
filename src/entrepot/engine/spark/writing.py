# SPDX-License-Identifier: Apache-2.0
"""Write tables from Spark: small ones through this process, large ones by the executors.

A large table becomes a folder of parts of so many rows each that a part is a whole number of the
digest's blocks, so that every executor hashes and writes its parts by itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from entrepot.engine import digest
from entrepot.engine.base import BATCH_ROWS, Frame, Writer
from entrepot.engine.frames import engine_type
from entrepot.engine.joining import join_texts
from entrepot.engine.lookup import Rows
from entrepot.engine.schema import Table
from entrepot.engine.spark.kept import native
from entrepot.engine.write import Written, file_writer, held_schema, write_table

if TYPE_CHECKING:
    from entrepot.engine.spark.engine import Spark

#: Blocks of the digest in a part. A table of no more rows than that is written as one file.
PART_BLOCKS = 16
#: The place of a row among all rows of its table.
_AT = "_at"


class SparkWriter(Writer):
    """Writes tables into a folder that every executor sees."""

    def __init__(self, engine: Spark, folder: Path, file_format: str) -> None:
        self._engine, self._folder, self._format = engine, folder, file_format

    def write(self, table: Table, parts: Sequence[Rows]) -> Written:
        kept = self._engine.kept
        names = [f"{table.name} {at}" for at in range(len(parts))]
        # Numbers are sorted and counted first: they are few bytes a row, and texts then go once,
        # straight to where they are written.
        numbered = [
            kept.keep_in_order(native(part.frame), name, part.order, _AT)
            for part, name in zip(parts, names, strict=True)
        ]
        count = sum(rows for _, rows in numbered)
        if count > _part_rows() and self._format == "parquet":
            written = self._write_parts(table, _together(table, parts, numbered), count)
        else:
            if any(part.finders for part in parts):
                batches = kept.batches(_together(table, parts, numbered), [_AT], BATCH_ROWS)
            else:
                batches = chain.from_iterable(kept.again(name, BATCH_ROWS) for name in names)
            written = write_table(table, batches, self._folder, self._format)
        self._engine.forget(*names)
        return written

    def _write_parts(self, table: Table, rows: DataFrame, count: int) -> Written:
        """Bring the rows of each part together and in order, then let the executors write them."""
        folder = self._folder / f"{table.name}.parquet"
        folder.mkdir()
        size = _part_rows()
        part = sql.call_function("div", sql.col(_AT), sql.lit(size)).cast("int")
        in_parts = rows.repartitionById(-(-count // size), part).sortWithinPartitions(_AT)
        files = self._engine.kept.write(in_parts, table.name)
        write = partial(_write_part, table, folder, size, digest.BLOCK_ROWS)
        told = self._engine.session.sparkContext.parallelize(files, len(files)).map(write).collect()
        self._engine.forget(table.name)
        if sum(part.rows for part in told) != count:
            raise AssertionError(f"{count} rows were to be written to {folder.name}")
        for left in folder.glob(".*"):
            left.unlink()  # of a task that was given up
        blocks = [block for part in sorted(told) for block in part.blocks]
        return Written(folder.name, count, digest.digest_of(held_schema(table), count, blocks))


class _Part(NamedTuple):
    """What is told of a written part: its first row, how many it has, its blocks' digests."""

    first: int
    rows: int
    blocks: list[str]


def _part_rows() -> int:
    return PART_BLOCKS * digest.BLOCK_ROWS


def _together(
    table: Table, parts: Sequence[Rows], numbered: Sequence[tuple[DataFrame, int]]
) -> DataFrame:
    """The table's columns of all parts, texts looked up, each row with its place among all."""
    frames: list[Frame] = []
    before = 0
    columns = [nw.col(column.name).cast(engine_type(column.kind)) for column in table.columns]
    for part, (rows, count) in zip(parts, numbered, strict=True):
        if count or not frames:
            found = join_texts(nw.from_native(rows), part.finders)
            frames.append(found.select(nw.col(_AT) + before, *columns))
        before += count
    return native(nw.concat(frames))


def _write_part(table: Table, folder: Path, part_rows: int, block_rows: int, file: Path) -> _Part:
    """Write the rows that lie in order in `file` as one part. Executors do this.

    A task may be run again, or twice at a time: its part has a name of its own until it is whole.
    """
    new = folder / f".{uuid.uuid4().hex}"
    held = held_schema(table)
    running = digest.Digest(held, block_rows=block_rows)
    writer = file_writer(table, new, "parquet")
    first = -1
    with pq.ParquetFile(file) as source:
        for batch in source.iter_batches(BATCH_ROWS):
            places = batch.column(_AT)
            first = first if running.rows else places[0].as_py()
            _check_places(places, first + running.rows)
            rows = batch.select(held.names).cast(held)
            running.update(rows)
            writer.write(rows)
    writer.close()
    new.replace(folder / f"part-{first // part_rows:05}.parquet")
    return _Part(first, running.rows, running.blocks())


def _check_places(places: pa.Array, first: int) -> None:
    """A join that lost or repeated a row would show here, and in no digest of its own."""
    if places[0].as_py() != first or pc.any(pc.not_equal(pc.pairwise_diff(places), 1)).as_py():
        raise AssertionError(f"rows do not follow one another from {first} on")
