# SPDX-License-Identifier: Apache-2.0
"""What engines in this process share: they write batch by batch and take texts from columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.engine.base import Engine, Writer
from entrepot.engine.columns import Columns
from entrepot.engine.lookup import (
    Always,
    Cells,
    Finder,
    FirstOf,
    Joined,
    Look,
    Numbered,
    Place,
    Rows,
    Source,
    sources,
)
from entrepot.engine.schema import Table
from entrepot.engine.write import Written, write_table

#: Places whose paths are put together beforehand and kept, at most.
_MOST_PATHS = 1_000_000


class Local(Engine):
    """An engine whose rows come to this process in batches."""

    def writer(self, folder: Path, file_format: str) -> Writer:
        return _Writer(self, folder, file_format)

    def ready(self, rows: Rows) -> Rows:
        """The same rows to write, where some of what they look up is better joined beforehand."""
        return rows


class _Writer(Writer):
    def __init__(self, engine: Local, folder: Path, file_format: str) -> None:
        self._engine, self._folder, self._format = engine, folder, file_format
        self._taker = Taker(engine)

    def write(self, table: Table, parts: Sequence[Rows]) -> Written:
        batches = self._batches(parts, table.names)
        return write_table(table, batches, self._folder, self._format)

    def _batches(self, parts: Sequence[Rows], names: list[str]) -> Iterator[pa.RecordBatch]:
        for part in map(self._engine.ready, parts):
            self._taker.read(part.finders.values())
            for batch in self._engine.stream(part.frame, part.order):
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                for name, finder in part.finders.items():
                    columns[name] = self._taker.find(finder, batch)
                yield pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)


class Taker:
    """Finds what finders say by taking from columns, which are read once and kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._columns: dict[tuple[Numbered, str], Columns] = {}
        self._paths: dict[Place, tuple[pa.Array, pa.Array]] = {}

    def read(self, finders: Iterable[Finder]) -> None:
        """Read the columns that these finders look up in; an engine streams one thing at a time."""
        wanted: dict[Numbered, dict[str, None]] = {}
        for finder in finders:
            for source in sources(finder):
                if isinstance(source, Cells) and (source.table, source.name) not in self._columns:
                    wanted.setdefault(source.table, {})[source.name] = None
        for table, names in wanted.items():
            # Read once and whole, unless every column costs room on the disk.
            held = table.columns if self._engine.shelf is None else tuple(names)
            columns = Columns(self._engine, table.frame, table.number, held)
            self._columns |= {(table, name): columns for name in held}

    def find(self, finder: Finder, batch: pa.RecordBatch) -> pa.Array:
        """What a finder finds for the rows of a batch."""
        match finder:
            case str():
                return batch.column(finder)
            case Always(text):
                return pa.repeat(text, batch.num_rows)
            case Look(number, source):
                return self._cells(source).take(self.find(number, batch))
            case FirstOf(finders):
                return self._first(finders, batch)
            case Joined(separator, finders):
                return _joined(separator, [self.find(each, batch) for each in finders])
            case Place():
                return self._place(finder, batch.column(finder.number))

    def _first(self, finders: Sequence[Finder], batch: pa.RecordBatch) -> pa.Array:
        found = self.find(finders[0], batch)
        for finder in finders[1:]:
            if not found.null_count:
                break
            found = pc.coalesce(found, self.find(finder, batch))
        return found

    def _place(self, finder: Place, places: pa.Array) -> pa.Array:
        kind = pc.shift_right(places, finder.size.bit_length() - 1)
        number = pc.bit_wise_and(places, finder.size - 1)
        if sum(len(self._cells(source)) for _, _, source in finder.kinds) > _MOST_PATHS:
            return self._path_by_path(finder, kind, number)
        if finder not in self._paths:
            self._paths[finder] = self._paths_of(finder)
        starts, paths = self._paths[finder]
        return paths.take(pc.add(starts.take(kind), number))

    def _path_by_path(self, finder: Place, kinds: pa.Array, numbers: pa.Array) -> pa.Array:
        """The paths of these places, put together for each: slower, and nothing is kept."""
        found = []
        for kind, word, source in finder.kinds:
            here = pc.if_else(pc.equal(kinds, kind), numbers, pa.scalar(None, numbers.type))
            names = self._cells(source).take(here)
            found.append(_joined("/", [pa.repeat(word, len(names)), names]))
        return pc.coalesce(*found)

    def _paths_of(self, finder: Place) -> tuple[pa.Array, pa.Array]:
        """The paths of all kinds in one column, kind after kind, and where each kind starts."""
        starts: list[int | None] = [None] * (1 + max(kind for kind, _, _ in finder.kinds))
        parts: list[pa.Array] = []
        for kind, word, source in finder.kinds:
            names = self._cells(source)
            starts[kind] = sum(len(part) for part in parts)
            first, slash = (pa.scalar(text, names.type) for text in (word, "/"))
            parts.append(pc.binary_join_element_wise(first, names, slash))
        widest = max((part.type for part in parts), key=pa.types.is_large_string)
        paths = pa.concat_arrays([part.cast(widest) for part in parts])
        return pa.array(starts, pa.int64()), paths

    def _cells(self, source: Source) -> pa.Array:
        if not isinstance(source, Cells):
            return pa.array(source, pa.string())
        return self._columns[source.table, source.name][source.name]


def _joined(separator: str, texts: list[pa.Array]) -> pa.Array:
    widest = max((text.type for text in texts), key=pa.types.is_large_string)
    texts = [text.cast(widest) for text in texts]
    return pc.binary_join_element_wise(*texts, pa.scalar(separator, widest))
