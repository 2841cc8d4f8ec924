# SPDX-License-Identifier: Apache-2.0
"""One digest for a table's values, the same whatever engine made them and format holds them.

A table is cut into blocks of `BLOCK_ROWS` rows by their place in it, and each block has a digest of
its own; the table's digest is that over them. So blocks can be worked out side by side, and on
several machines, and only what is in the table and in which order counts.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

import pyarrow as pa
import pyarrow.compute as pc

#: Rows of a block. The last block of a table has what is left.
BLOCK_ROWS = 2**16
#: Full blocks that may wait for their digest, whose rows stay in memory.
_WAITING = 4


class Digest:
    """The digest of a table whose rows come in batches, cut anywhere.

    Args:
        schema: columns of text, int64, date32 and bool.
        beside: works out blocks while the next rows come; without it they are worked out at once.
        block_rows: rows of a block, `BLOCK_ROWS` unless told.
    """

    def __init__(
        self, schema: pa.Schema, beside: Executor | None = None, block_rows: int | None = None
    ) -> None:
        self.schema = schema
        self.rows = 0
        self._beside, self._block_rows = beside, block_rows or BLOCK_ROWS
        self._pieces: list[pa.RecordBatch] = []
        self._open_rows = 0
        self._done: list[str] = []
        self._waiting: deque[Future[str]] = deque()

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the next rows."""
        self.rows += batch.num_rows
        while batch.num_rows:
            piece = batch.slice(0, self._block_rows - self._open_rows)
            batch = batch.slice(piece.num_rows)
            self._pieces.append(piece)
            self._open_rows += piece.num_rows
            if self._open_rows == self._block_rows:
                self._end_block()

    def blocks(self) -> list[str]:
        """The digests of all blocks; the last one ends here."""
        if self._open_rows:
            self._end_block()
        self._await(0)
        return self._done

    def hexdigest(self) -> str:
        """The digest of names, types, number of rows and every value in order."""
        return digest_of(self.schema, self.rows, self.blocks())

    def _end_block(self) -> None:
        pieces, self._pieces, self._open_rows = self._pieces, [], 0
        if self._beside is None:
            self._done.append(block_digest(pieces))
            return
        self._waiting.append(self._beside.submit(block_digest, pieces))
        self._await(_WAITING)

    def _await(self, at_most: int) -> None:
        while len(self._waiting) > at_most:
            self._done.append(self._waiting.popleft().result())


def digest_of(schema: pa.Schema, rows: int, blocks: Sequence[str]) -> str:
    """A table's digest from those of its blocks."""
    about = [[field.name, str(field.type)] for field in schema]
    return hashlib.sha256(json.dumps([about, rows, list(blocks)]).encode()).hexdigest()


def block_digest(pieces: Sequence[pa.RecordBatch]) -> str:
    """The digest of one block's rows, which lie in one or more batches.

    Column by column: how many cells are empty, which, how long each text is, and the values with
    nothing in the place of empty cells. Each of these says how far the next one reaches.
    """
    running = hashlib.sha256()
    for at in range(pieces[0].num_columns):
        _add_column(running.update, [piece.column(at) for piece in pieces])
    return running.hexdigest()


def _add_column(add: Callable[[memoryview | bytes], None], arrays: list[pa.Array]) -> None:
    places, before = [], 0
    for array in arrays:
        if array.null_count:
            places.append(pc.add(pc.indices_nonzero(array.is_null()).cast(pa.int64()), before))
        before += len(array)
    add(sum(len(each) for each in places).to_bytes(8, "little"))
    for each in places:
        add(_bytes(each))
    filled = [_filled(array) for array in arrays]
    if pa.types.is_string(filled[0].type):
        for array in filled:
            add(_bytes(pc.binary_length(array)))
        for array in filled:
            add(_text_bytes(array))
        return
    for array in filled:
        add(_bytes(array))


def _filled(column: pa.Array) -> pa.Array:
    """The cells of a column with an empty text or 0 where there is none, days as whole numbers."""
    if pa.types.is_string(column.type):
        return column.fill_null("") if column.null_count else column
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.fill_null(0) if column.null_count else column


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
