# SPDX-License-Identifier: Apache-2.0
"""Rows travel as numbers; their texts are looked up as they are written.

A number of a table that lies in order is a place in it, so a lookup is a take from a column: no
join of wide rows, and no sort that drags texts along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.engine.base import Engine, Frame

#: Finds a column of what is written in a batch of numbers.
Finder = Callable[[pa.RecordBatch], pa.Array]

_WIDE = 2**31 - 2**20


class Columns:
    """Columns of a table that lies in order of its number, from 0 and without a gap."""

    def __init__(self, engine: Engine, frame: Frame, number: str, columns: Iterable[str]) -> None:
        names = list(columns)
        rows = engine.collect_in_order(frame.select(number, *names), number)
        self._columns = {name: _whole(rows.column(name)) for name in names}

    def __getitem__(self, name: str) -> pa.Array:
        return self._columns[name]


def look(number: str, *columns: pa.Array) -> Finder:
    """Follow a number through columns: what it finds in one is the number for the next."""

    def find(batch: pa.RecordBatch) -> pa.Array:
        found = batch.column(number)
        for column in columns:
            found = column.take(found)
        return found

    return find


def first_of(*finders: Finder) -> Finder:
    """What the first finder finds; where it finds nothing, what the next one does."""

    def find(batch: pa.RecordBatch) -> pa.Array:
        found = finders[0](batch)
        for finder in finders[1:]:
            if not found.null_count:
                break
            found = pc.coalesce(found, finder(batch))
        return found

    return find


def joined(separator: str, *finders: Finder) -> Finder:
    """Texts joined, such as channel/order."""

    def find(batch: pa.RecordBatch) -> pa.Array:
        texts = [finder(batch) for finder in finders]
        kind = pa.large_string() if any(_is_wide(text) for text in texts) else pa.string()
        texts = [text.cast(kind) for text in texts]
        return pc.binary_join_element_wise(*texts, pa.scalar(separator, texts[0].type))

    return find


def look_up(
    batches: Iterable[pa.RecordBatch], finders: Mapping[str, Finder]
) -> Iterator[pa.RecordBatch]:
    """Add or replace columns by what their finders find."""
    for batch in batches:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        columns |= {name: finder(batch) for name, finder in finders.items()}
        yield pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _is_wide(texts: pa.Array) -> bool:
    return bool(pa.types.is_large_string(texts.type))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """One array. Texts of more than 2 GB in all need wider offsets."""
    if pa.types.is_string(column.type) and column.nbytes >= _WIDE:
        column = column.cast(pa.large_string())
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
