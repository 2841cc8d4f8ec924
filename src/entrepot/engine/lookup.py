# SPDX-License-Identifier: Apache-2.0
"""Rows travel as numbers; their texts are looked up as they are written.

What is looked up where is said here as data, and each engine does it in its own way: in one process
a number of a table that lies in order is a place in it, so a lookup is a take from a column
(`local.py`); across machines it is a join (`joining.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from entrepot.engine.base import Frame


@dataclass(frozen=True, eq=False)
class Numbered:
    """A table whose rows are known by a number, counted from 0 without a gap.

    `columns`: those that are looked up in it.
    """

    frame: Frame
    number: str
    columns: tuple[str, ...]

    def __getitem__(self, name: str) -> Cells:
        assert name in self.columns, f"{name} is not one of {self.columns}"
        return Cells(self, name)


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of a numbered table."""

    table: Numbered
    name: str


#: Where something is looked up by its number: a column, or a short list of words.
Source: TypeAlias = Cells | tuple[str, ...]
#: How a column of what is written is found; a text names a column that the rows have already.
Finder: TypeAlias = "str | Always | Look | FirstOf | Joined | Place"


@dataclass(frozen=True, slots=True)
class Always:
    """The same text in every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a source has at the number that is found; nothing where no number is."""

    number: Finder
    source: Source


@dataclass(frozen=True, slots=True)
class FirstOf:
    """What the first finder finds; where it finds nothing, what the next one does."""

    finders: tuple[Finder, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts joined, such as channel/order."""

    separator: str
    finders: tuple[Finder, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The path of a place, such as warehouse/DUI1.

    Places of several kinds share one number space: kind * `size` + number, `size` a power of 2.
    `kinds`: code and word of each kind that occurs, and where the names of its places are.
    """

    number: str
    size: int
    kinds: tuple[tuple[int, str, Source], ...]


def look(number: Finder, *sources: Source) -> Finder:
    """Follow a number through sources: what it finds in one is the number for the next."""
    for source in sources:
        number = Look(number, source)
    return number


def first_of(*finders: Finder) -> FirstOf:
    """What the first finder that finds something finds."""
    return FirstOf(finders)


def joined(separator: str, *finders: Finder) -> Joined:
    """Texts with a separator between them."""
    return Joined(separator, finders)


def sources(finder: Finder) -> Iterator[Source]:
    """Everything that a finder looks up in."""
    match finder:
        case Look(number, source):
            yield from sources(number)
            yield source
        case FirstOf(finders) | Joined(_, finders):
            for each in finders:
                yield from sources(each)
        case Place():
            yield from (source for _, _, source in finder.kinds)


def lookups(finder: Finder) -> Iterator[tuple[Finder, Cells]]:
    """The columns that a finder looks up in, each with what finds its number."""
    match finder:
        case Look(number, source):
            yield from lookups(number)
            if isinstance(source, Cells):
                yield number, source
        case FirstOf(finders) | Joined(_, finders):
            for each in finders:
                yield from lookups(each)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to write: a frame, the order they are written in, and finders for looked-up columns.

    The order is one of numbers where there are finders, and no two rows are equal in it.
    """

    frame: Frame
    order: list[str]
    finders: Mapping[str, Finder] = field(default_factory=dict)
