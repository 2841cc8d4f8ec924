# SPDX-License-Identifier: Apache-2.0
"""Spark: for seasons that one machine cannot hold. An optional extra; needs Java 17 or later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from entrepot.engine.base import BATCH_ROWS, Engine, Frame, Running, Windowed, Writer
from entrepot.engine.spark.errors import explain
from entrepot.engine.spark.kept import Kept, native
from entrepot.engine.spark.meaning import mean_the_same
from entrepot.engine.spark.session import set_up, start_session
from entrepot.engine.spark.writing import SparkWriter
from entrepot.errors import EntrepotError


class Spark(Engine):
    """One Spark session. Rows that are kept lie in `scratch` as Parquet.

    Args:
        scratch: an existing folder that the executors see under the same path.
        master: where Spark runs, such as local[*] or spark://host:7077.
        session: one that runs already; without it the one that is active in this process, if any.
            It goes on running, and `master` does not matter.

    Raises:
        Misused: Java cannot be started.
    """

    name: ClassVar[str] = "spark"

    def __init__(
        self, scratch: Path, master: str = "local[*]", session: SparkSession | None = None
    ) -> None:
        mean_the_same()
        running = session or SparkSession.getActiveSession()
        self._is_own = running is None
        self.session = running or start_session(master, scratch)
        set_up(self.session)
        self.kept = Kept(self.session, scratch)

    def scan(self, path: Path, *, number: str = "") -> Frame:
        return nw.from_native(self.kept.read(path, number))

    def table(self, rows: pa.Table) -> Frame:
        return nw.from_native(self.session.createDataFrame(rows))

    def keep(self, frame: Frame, name: str) -> Frame:
        return nw.from_native(self.kept.keep(native(frame), name))

    def keep_in_order(self, frame: Frame, name: str, order: Sequence[str], index: str) -> Frame:
        return nw.from_native(self.kept.keep_in_order(native(frame), name, order, index)[0])

    def running(self, frame: Frame, name: str, line: str, order: Sequence[str]) -> Running:
        # Rows of a line meet in one task, which puts them in order; none has to be kept before.
        return Windowed(self, frame, line, order)

    def forget(self, *names: str) -> None:
        for name in names:
            self.kept.forget(name)

    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        # By way of files, so that this process holds one batch at a time.
        yield from self.kept.batches(native(frame), order, BATCH_ROWS)

    def collect(self, frame: Frame, order: Sequence[str] = ()) -> pa.Table:
        rows = native(frame).toArrow()
        if not order:
            return rows
        keys = [(name, "ascending", "at_end") for name in order]
        return rows.take(pc.sort_indices(rows, keys))

    def writer(self, folder: Path, file_format: str) -> Writer:
        return SparkWriter(self, folder, file_format)

    def explain(self, error: Exception) -> EntrepotError | None:
        return explain(error) or super().explain(error)

    def close(self) -> None:
        self.kept.close()
        if self._is_own:
            # Where Java has ended, there is nothing to stop any more.
            with suppress(Py4JError, OSError):
                self.session.stop()
