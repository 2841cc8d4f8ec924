# SPDX-License-Identifier: Apache-2.0
"""What a table is: its columns, their kinds, its key and what it refers to.

A table is described once, as data. Reading, checking, documenting and writing all follow this
description, so a column cannot be called one thing by the reader and another by the docs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a cell holds, how it is written in a file, and what it becomes in the engine."""

    TEXT = "text"  # String, never trimmed or case-folded
    DAY = "day"  # 2026-04-30; Date
    QUANTITY = "quantity"  # whole units > 0; Int64
    CHANGE = "change"  # whole units, signed, not 0; Int64
    COUNT = "count"  # whole units >= 0; Int64 (outputs)
    NUMBER = "number"  # line and item numbers, whole, from 0; Int64
    MONEY = "money"  # decimal with two places; Int64 fen (hundredths)
    RATE = "rate"  # decimal with four places, 0 to 1; Int64 ten-thousandths
    FX_RATE = "fx_rate"  # decimal with six places, > 0; Int64 millionths
    FLAG = "flag"  # true or false; Boolean


#: How many decimal places a kind has, in a file and in a written table.
PLACES = {Kind.MONEY: 2, Kind.RATE: 4, Kind.FX_RATE: 6}
#: Kinds that the engine holds as whole numbers.
WHOLE = {
    Kind.QUANTITY,
    Kind.CHANGE,
    Kind.COUNT,
    Kind.NUMBER,
    Kind.MONEY,
    Kind.RATE,
    Kind.FX_RATE,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `empty`: a cell may be empty. `absent`: the whole column may be missing, which reads as empty.
    `values`: the only texts allowed. `pattern`: a regular expression for the whole text, in the
    dialect that DuckDB, Polars and Spark share; `form` says the same to a person.
    `negative`: the amount may be below zero. `since`: the version of the tables that brought the
    column; tables of an earlier version do not know it.
    `distinct`: nearly every row has a text of its own, which decides how it is written.
    """

    name: str
    kind: Kind
    meaning: str
    key: bool = False
    empty: bool = False
    absent: bool = False
    values: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""
    negative: bool = False
    since: int = 1
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """`columns` of this table must be found as `to_columns` of `table`."""

    columns: tuple[str, ...]
    table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one `row` each, in the order of its key.

    `day`: the column whose day decides whether a row has happened by `as_of`.
    `optional`: a season may do without the table. `since`: the version that brought the table.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    day: str = ""
    references: tuple[Reference, ...] = ()
    optional: bool = False
    since: int = 1

    @property
    def names(self) -> list[str]:
        """Every column name, in order."""
        return [column.name for column in self.columns]

    @property
    def key(self) -> list[str]:
        """The names of the key columns, in order."""
        return [column.name for column in self.columns if column.key]

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)

    def later(self, version: int | None) -> dict[str, int]:
        """The columns that tables of `version` do not know yet, each with what brought it.

        All of them where the whole table came later; none where the version is None, the newest.
        """
        if version is None:
            return {}
        brought = {column.name: max(self.since, column.since) for column in self.columns}
        return {name: since for name, since in brought.items() if since > version}
