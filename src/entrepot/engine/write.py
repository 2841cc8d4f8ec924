# SPDX-License-Identifier: Apache-2.0
"""Write a table: Parquet, CSV or Excel, with the digest of its values, in one pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import xlsxwriter

from entrepot.engine.ahead import ahead
from entrepot.engine.base import BATCH_ROWS
from entrepot.engine.digest import Digest
from entrepot.engine.frames import arrow_type
from entrepot.engine.schema import PLACES, Kind, Table
from entrepot.errors import Refused

FORMATS = ("parquet", "csv", "xlsx")
EXCEL_ROWS = 1_048_576
#: The most digits a spreadsheet keeps of a number.
EXCEL_NUMBER = 10**15

_PRECISION = {Kind.MONEY: 18, Kind.RATE: 5, Kind.FX_RATE: 18}


@dataclass(frozen=True, slots=True)
class Written:
    """A table on disk: its file, how many rows, and the digest of their values."""

    file: str
    rows: int
    digest: str


def write_table(
    table: Table, batches: Iterable[pa.RecordBatch], folder: Path, file_format: str
) -> Written:
    """Write `batches`, which hold the engine's types in the table's columns, in their order.

    Raises:
        Refused: more rows than a worksheet holds, with `xlsx`.
    """
    held = held_schema(table)
    path = folder / f"{table.name}.{file_format}"
    writer = file_writer(table, path, file_format)
    try:
        # Reading ahead, writing and hashing each have a thread: their work leaves Python.
        with ThreadPoolExecutor(1) as beside:
            digest = Digest(held, beside)
            for batch in ahead(batches):
                rows = batch.select(held.names).cast(held)
                digest.update(rows)
                writer.write(rows)
            found = digest.hexdigest()
    finally:
        writer.close()
    return Written(path.name, digest.rows, found)


def file_writer(table: Table, path: Path, file_format: str) -> FileWriter:
    """What writes a table's rows into the file at `path`, batch by batch."""
    return _WRITERS[file_format](table, path)


def held_schema(table: Table) -> pa.Schema:
    """The table's columns with the types that the engine holds them in."""
    return pa.schema([(column.name, arrow_type(column.kind)) for column in table.columns])


def written_type(kind: Kind) -> pa.DataType:
    """What a kind is in a written Parquet file: money is decimal(18,2)."""
    if kind in PLACES:
        return pa.decimal128(_PRECISION[kind], PLACES[kind])
    return arrow_type(kind)


def as_written(table: Table, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Whole fen as decimals, without a division: the digits stay, only the point is set."""
    columns = [
        _point_set(column.kind, rows.column(at)) if column.kind in PLACES else rows.column(at)
        for at, column in enumerate(table.columns)
    ]
    return pa.RecordBatch.from_arrays(columns, names=table.names)


def _point_set(kind: Kind, column: pa.Array) -> pa.Array:
    whole = column.cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(
        written_type(kind), len(whole), whole.buffers(), whole.null_count, whole.offset
    )


class FileWriter(ABC):
    """Writes one table into one file, batch by batch."""

    def __init__(self, table: Table, path: Path) -> None:
        self.table, self.path = table, path
        self.schema = pa.schema([(c.name, written_type(c.kind)) for c in table.columns])

    @abstractmethod
    def write(self, rows: pa.RecordBatch) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class _Parquet(FileWriter):
    def __init__(self, table: Table, path: Path) -> None:
        super().__init__(table, path)
        # Statistics help where rows are ordered: in the first columns of the key. Elsewhere they
        # cost a fifth of the writing and tell a reader nothing.
        ordered = (table.key or table.names)[:2]
        # A dictionary of texts that hardly repeat costs more than it saves. Where rows do not lie
        # in their order, a Bloom filter instead tells a reader where one of them cannot be.
        distinct = [column.name for column in table.columns if column.distinct]
        sought = [name for name in distinct if name not in ordered]
        self._file = pq.ParquetWriter(
            path,
            self.schema,
            compression="zstd",
            write_statistics=ordered,
            use_dictionary=[name for name in table.names if name not in distinct],
            bloom_filter_options={name: {"ndv": BATCH_ROWS, "fpp": 0.01} for name in sought},
        )

    def write(self, rows: pa.RecordBatch) -> None:
        self._file.write_batch(as_written(self.table, rows))

    def close(self) -> None:
        self._file.close()


class _Csv(FileWriter):
    def __init__(self, table: Table, path: Path) -> None:
        super().__init__(table, path)
        self._file = pa_csv.CSVWriter(path, self.schema)

    def write(self, rows: pa.RecordBatch) -> None:
        self._file.write_batch(as_written(self.table, rows))

    def close(self) -> None:
        self._file.close()


class _Excel(FileWriter):
    def __init__(self, table: Table, path: Path) -> None:
        super().__init__(table, path)
        # Texts are written as texts: none becomes a formula, a link or a number.
        options = {"constant_memory": True, "in_memory": False}
        self._book = xlsxwriter.Workbook(path, options)
        self._sheet = self._book.add_worksheet(table.name)
        bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._formats = {
            kind: self._book.add_format({"num_format": "#,##0." + "0" * places})
            for kind, places in PLACES.items()
        }
        for at, column in enumerate(table.columns):
            self._sheet.write_string(0, at, column.name, bold)
        self._sheet.freeze_panes(1, 0)
        self._row = 1

    def write(self, rows: pa.RecordBatch) -> None:
        if self._row + rows.num_rows > EXCEL_ROWS:
            raise Refused(
                f"Cannot write {self.table.name} as an Excel file.",
                f"It has more than the {EXCEL_ROWS - 1:,} rows that a worksheet holds.",
                "Write it with --write parquet or --write csv.",
            )
        columns = [column.to_pylist() for column in as_written(self.table, rows).columns]
        for cells in zip(*columns, strict=True):
            for at, (column, value) in enumerate(zip(self.table.columns, cells, strict=True)):
                self._cell(at, column.kind, value)
            self._row += 1

    def _cell(self, at: int, kind: Kind, value: Any) -> None:
        if value is None:
            return
        if kind is Kind.DAY:
            self._sheet.write_datetime(self._row, at, value, self._day)
        elif kind is Kind.FLAG:
            self._sheet.write_boolean(self._row, at, value)
        elif kind is Kind.TEXT or abs(value) * 10 ** PLACES.get(kind, 0) >= EXCEL_NUMBER:
            self._sheet.write_string(self._row, at, str(value))
        else:
            self._sheet.write_number(self._row, at, value, self._formats.get(kind))

    def close(self) -> None:
        self._book.close()


_WRITERS: dict[str, type[FileWriter]] = {"parquet": _Parquet, "csv": _Csv, "xlsx": _Excel}
