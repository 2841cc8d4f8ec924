# SPDX-License-Identifier: Apache-2.0
"""Look up in large tables before rows are streamed: by a join, which spills.

To take a row's texts from a column that is larger than the memory there is, all over it, would read
a page of the disk for every row. A join sorts both sides into parts and reads each part once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import narwhals as nw

from entrepot.engine.lookup import Cells, Finder, FirstOf, Joined, Look, Numbered, Rows, lookups

#: For each number and the table it looks up in: the columns, and what they are called once joined.
_Wanted = Mapping[tuple[str, Numbered], Mapping[str, str]]


def join_large(rows: Rows, is_large: Callable[[Numbered], bool]) -> Rows:
    """Join to `rows` what they look up in large tables, but for lookups in the order of the rows.

    Returns:
        rows that are written alike, with less to look up.
    """
    wanted = _wanted(rows, is_large)
    frame = rows.frame
    for (number, table), names in wanted.items():
        there = table.frame.select(
            nw.col(table.number).alias(number),
            *(nw.col(name).alias(new) for name, new in names.items()),
        )
        frame = frame.join(there, on=number, how="left")
    finders = {name: _without(finder, wanted) for name, finder in rows.finders.items()}
    return replace(rows, frame=frame, finders=finders)


def _wanted(rows: Rows, is_large: Callable[[Numbered], bool]) -> _Wanted:
    wanted: dict[tuple[str, Numbered], dict[str, str]] = {}
    large: dict[Numbered, bool] = {}
    for finder in rows.finders.values():
        for number, cells in lookups(finder):
            # A number that is itself looked up is not a column yet that could be joined by.
            if not isinstance(number, str) or number == rows.order[0]:
                continue
            if cells.table not in large:
                large[cells.table] = is_large(cells.table)
            if large[cells.table]:
                names = wanted.setdefault((number, cells.table), {})
                names[cells.name] = f"{number}.{cells.name}"
    return wanted


def _without(finder: Finder, wanted: _Wanted) -> Finder:
    """The same finder, where what is joined is a column that the rows have."""
    match finder:
        case Look(str() as number, Cells(table, name)) if (number, table) in wanted:
            return wanted[number, table][name]
        case Look(number, source):
            return Look(_without(number, wanted), source)
        case FirstOf(finders):
            return FirstOf(tuple(_without(each, wanted) for each in finders))
        case Joined(separator, finders):
            return Joined(separator, tuple(_without(each, wanted) for each in finders))
    return finder
