# SPDX-License-Identifier: Apache-2.0
"""Look texts up by joins, for engines whose rows lie on several machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.lookup import (
    Always,
    Cells,
    Finder,
    FirstOf,
    Joined,
    Look,
    Numbered,
    Place,
    Source,
    joined,
    lookups,
)


def join_texts(frame: Frame, finders: Mapping[str, Finder]) -> Frame:
    """Add or replace columns by what their finders find. Rows lose their order on the way."""
    kept = [name for name in frame.collect_schema().names() if name not in finders]
    plain: dict[str, Finder] = {}
    for name, finder in finders.items():
        if isinstance(finder, Place):
            frame, plain[name] = _split(frame, name, finder)
        else:
            plain[name] = finder
    joins = _Joins(frame, plain.values())
    found = {f"_found {name}": joins.find(finder) for name, finder in plain.items()}
    return joins.frame.select(*kept, **found).rename({f"_found {name}": name for name in finders})


class _Joins:
    """A frame to which each table is joined once for each number that it is looked up by.

    `frame`: the rows with everything that has been joined so far.
    """

    def __init__(self, frame: Frame, finders: Collection[Finder]) -> None:
        self.frame = frame
        self._wanted: dict[tuple[Finder, Numbered], set[str]] = defaultdict(set)
        for finder in finders:
            for number, cells in lookups(finder):
                self._wanted[number, cells.table].add(cells.name)
        #: What the columns of a table are called once it is joined.
        self._joined: dict[tuple[Finder, Numbered], dict[str, str]] = {}

    def find(self, finder: Finder) -> nw.Expr:
        """What a finder finds, once what it needs is joined to `frame`."""
        match finder:
            case str():
                return nw.col(finder)
            case Always(text):
                return nw.lit(text)
            case Look(number, Cells() as cells):
                return nw.col(self._join(number, cells.table)[cells.name])
            case Look(number, tuple() as words):
                code = self.find(number)
                return _first_true([(code == at, nw.lit(w)) for at, w in enumerate(words)])
            case FirstOf(finders):
                return nw.coalesce(*(self.find(each) for each in finders))
            case Joined(separator, finders):
                return nw.concat_str([self.find(each) for each in finders], separator=separator)
            case _:
                raise TypeError(f"{finder} has to be split first")

    def _join(self, number: Finder, table: Numbered) -> dict[str, str]:
        key = number, table
        if key not in self._joined:
            value = self.find(number)
            at = len(self._joined)
            names = {name: f"_{at} {name}" for name in sorted(self._wanted[key])}
            there = table.frame.select(
                nw.col(table.number).alias(f"_{at}"),
                *(nw.col(name).alias(new) for name, new in names.items()),
            )
            here = self.frame.with_columns(value.alias(f"_{at}"))
            self.frame = here.join(there, on=f"_{at}", how="left")
            self._joined[key] = names
        return self._joined[key]


def _split(frame: Frame, name: str, finder: Place) -> tuple[Frame, Finder]:
    """Take the number of a place apart: the word of its kind, and its number in each source."""
    place, size = nw.col(finder.number), finder.size

    def of_kind(kind: int) -> nw.Expr:
        return (place >= kind * size) & (place < (kind + 1) * size)

    kinds: dict[Source, list[int]] = defaultdict(list)
    for kind, _, source in finder.kinds:
        kinds[source].append(kind)
    names: list[Finder] = []
    for at, (source, alike) in enumerate(kinds.items()):
        number = _first_true([(of_kind(kind), place - kind * size) for kind in alike])
        frame = frame.with_columns(number.alias(f"_{name} {at}"))
        names.append(Look(f"_{name} {at}", source))
    word = _first_true([(of_kind(kind), nw.lit(word)) for kind, word, _ in finder.kinds])
    frame = frame.with_columns(word.alias(f"_{name}"))
    return frame, joined("/", f"_{name}", FirstOf(tuple(names)))


def _first_true(choices: Sequence[tuple[nw.Expr, nw.Expr]]) -> nw.Expr:
    """The value of the first condition that holds."""
    (condition, value), *more = choices
    chain = nw.when(condition).then(value)
    for condition, value in more:
        chain = chain.when(condition).then(value)
    return chain
