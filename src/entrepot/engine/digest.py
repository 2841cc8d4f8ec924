# SPDX-License-Identifier: Apache-2.0
"""One digest for a table's values, the same whatever engine made them and format holds them.

Per column three streams are hashed: which rows are empty, how long each text is, and the values.
Batches may be cut anywhere; only the values and their order count.
"""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa
import pyarrow.compute as pc


class _Column:
    """The running digest of one column."""

    def __init__(self) -> None:
        self.empty, self.lengths, self.values = (hashlib.sha256() for _ in range(3))

    def update(self, column: pa.Array, rows_before: int) -> None:
        if column.null_count:
            places = pc.add(pc.indices_nonzero(column.is_null()).cast(pa.int64()), rows_before)
            self.empty.update(_bytes(places))
        if pa.types.is_string(column.type):
            filled = column.fill_null("") if column.null_count else column
            self.lengths.update(_bytes(pc.binary_length(filled)))
            self.values.update(_text_bytes(filled))
            return
        if pa.types.is_date32(column.type):
            column = column.cast(pa.int32())
        filled = column.fill_null(0) if column.null_count else column
        self.values.update(_bytes(filled))

    def hexdigests(self) -> list[str]:
        return [stream.hexdigest() for stream in (self.empty, self.lengths, self.values)]


class Digest:
    """The running digest of a table: text, int64 and date32 columns."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0
        self._columns = [_Column() for _ in schema]

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the next rows."""
        for running, column in zip(self._columns, batch.columns, strict=True):
            running.update(column, self.rows)
        self.rows += batch.num_rows

    def hexdigest(self) -> str:
        """The digest of names, types, number of rows and every value in order."""
        about = [[field.name, str(field.type)] for field in self.schema]
        parts = [column.hexdigests() for column in self._columns]
        return hashlib.sha256(json.dumps([about, self.rows, parts]).encode()).hexdigest()


def _bytes(column: pa.Array) -> memoryview:
    """The values of a fixed-width column without empty cells, whatever slice it is."""
    width = column.type.bit_width // 8
    data = memoryview(column.buffers()[1])
    return data[column.offset * width : (column.offset + len(column)) * width]


def _text_bytes(column: pa.StringArray) -> memoryview:
    """The texts of a column, one after another."""
    if not len(column):
        return memoryview(b"")
    offsets = memoryview(column.buffers()[1]).cast("i")
    data = column.buffers()[2]
    first, last = offsets[column.offset], offsets[column.offset + len(column)]
    return memoryview(data)[first:last] if data is not None else memoryview(b"")
