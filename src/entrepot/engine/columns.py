# SPDX-License-Identifier: Apache-2.0
"""Columns of a table that lies in order of its number, to be taken from by that number.

In memory, or, where an engine keeps to a memory budget, in files that are mapped: the system reads
the pages that are asked for and takes them back when it needs the room.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.engine.base import Engine, Frame

_WIDE = 2**31 - 2**20
#: How often mapped columns are asked for until their pages are given back: some batches of rows.
_ASKED = 16


class Columns:
    """Columns of a table that lies in order of its number, from 0 and without a gap.

    They hold whole numbers, days and texts. On disk where the engine has a `shelf`.
    """

    def __init__(self, engine: Engine, frame: Frame, number: str, columns: Iterable[str]) -> None:
        names = list(columns)
        rows = frame.select(number, *names)
        self._maps: list[mmap.mmap] = []
        self._asked = 0
        if engine.shelf is None:
            table = engine.collect_in_order(rows, number)
            self._columns = {name: _whole(table.column(name)) for name in names}
            return
        laid = _lay_down(engine, rows, number, names, engine.shelf)
        self._columns = {name: each.mapped(self._maps) for name, each in laid.items()}

    def __getitem__(self, name: str) -> pa.Array:
        self._asked += 1
        if self._asked % _ASKED == 0:
            self._give_back()
        return self._columns[name]

    def _give_back(self) -> None:
        """Take the pages read so far out of this process; they stay valid, and read again."""
        for each in self._maps:
            if hasattr(mmap, "MADV_DONTNEED"):
                each.madvise(mmap.MADV_DONTNEED)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """One array. Texts of more than 2 GB in all need wider offsets."""
    if pa.types.is_string(column.type) and column.nbytes >= _WIDE:
        column = column.cast(pa.large_string())
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _lay_down(
    engine: Engine, rows: Frame, number: str, names: Sequence[str], shelf: Path
) -> dict[str, _Laid]:
    """Write columns to files on the shelf, batch by batch, in the order of their number."""
    # A scan of a table gives its rows as they lie; only where they do not lie in order, sort.
    for order in ([], [number]):
        folder = Path(tempfile.mkdtemp(prefix="columns.", dir=shelf))
        # Nothing holds on to the rows: where they are not read to their end, they end here.
        laid = _laid(engine.stream(rows, order), number, names, folder)
        if laid is not None:
            return laid
    raise AssertionError(f"{number} does not count from 0 without a gap")


def _laid(
    batches: Iterator[pa.RecordBatch], number: str, names: Sequence[str], folder: Path
) -> dict[str, _Laid] | None:
    """Write columns to files; None where the number does not count on from batch to batch."""
    laid: dict[str, _Laid] = {}
    expected = 0
    with ExitStack() as opened:
        for batch in batches:
            numbers = batch.column(number)
            counts = pc.all(pc.equal(pc.pairwise_diff(numbers), 1), min_count=0).as_py()
            if len(numbers) and (numbers[0].as_py() != expected or not counts):
                return None
            expected += len(numbers)
            for name in names:
                column = batch.column(name)
                if name not in laid:
                    laid[name] = _Laid(folder / str(len(laid)), column.type)
                    opened.callback(laid[name].close)
                laid[name].add(column)
        opened.pop_all()  # whoever maps them closes them
    return laid


class _Laid:
    """One column on its way to disk: its values, where texts begin, and which rows are filled."""

    def __init__(self, path: Path, kind: pa.DataType) -> None:
        self._is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        # Wide offsets from the start: how long all texts are is known at the end only.
        self.kind = pa.large_string() if self._is_text else kind
        self._paths = [path.with_suffix(part) for part in (".filled", ".starts", ".values")]
        self._filled, self._starts, self._values = (each.open("wb") for each in self._paths)
        self._rows = self._nulls = self._bytes = 0
        self._rest = pa.array([], pa.bool_())

    def add(self, column: pa.Array) -> None:
        """Add the next rows."""
        self._rows += len(column)
        self._nulls += column.null_count
        self._mark(column.is_valid())
        if self._is_text:
            self._add_texts(column.cast(self.kind))
            return
        width = self.kind.bit_width // 8
        values = memoryview(column.buffers()[1] or b"")
        self._values.write(values[column.offset * width : (column.offset + len(column)) * width])

    def _add_texts(self, texts: pa.Array) -> None:
        if not len(texts):
            return
        _, starts, values = texts.buffers()
        ends = pa.Array.from_buffers(
            pa.int64(), len(texts) + 1, [None, starts], offset=texts.offset
        )
        first, last = ends[0].as_py(), ends[-1].as_py()
        moved = pc.add(ends[:-1], self._bytes - first)
        self._starts.write(memoryview(moved.buffers()[1])[: 8 * len(texts)])
        self._values.write(memoryview(values or b"")[first:last])
        self._bytes += last - first

    def _mark(self, filled: pa.Array, *, last: bool = False) -> None:
        """Write which rows are filled, a bit each; what does not fill a byte waits for the next."""
        bits = pa.concat_arrays([self._rest, filled])
        count = len(bits) if last else len(bits) // 8 * 8
        if count:
            self._filled.write(memoryview(bits.buffers()[1])[: (count + 7) // 8])
        self._rest = bits[count:]

    def close(self) -> None:
        """Close its files."""
        for each in (self._filled, self._starts, self._values):
            each.close()

    def mapped(self, maps: list[mmap.mmap]) -> pa.Array:
        """The whole column, read from its files as it is asked for.

        Args:
            maps: what it is mapped by is added here.
        """
        self._mark(pa.array([], pa.bool_()), last=True)
        self._starts.write(self._bytes.to_bytes(8, "little"))
        self.close()
        filled, starts, values = (_map(path, maps) for path in self._paths)
        buffers = [filled if self._nulls else None, starts, values]
        if not self._is_text:
            del buffers[1]
        return pa.Array.from_buffers(self.kind, self._rows, buffers, self._nulls)


def _map(path: Path, maps: list[mmap.mmap]) -> pa.Buffer:
    if not path.stat().st_size:
        return pa.py_buffer(b"")
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    maps.append(mapped)
    return pa.py_buffer(mapped)
