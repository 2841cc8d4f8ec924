# SPDX-License-Identifier: Apache-2.0
"""One table's file once it is opened: its columns, its rows, its faults, its row numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from entrepot.engine.faults import Fault
from entrepot.engine.schema import Table


@dataclass(slots=True)
class Source:
    """One table's file, opened.

    `columns`: the names in its header, good ones only. `data`: a Parquet file of its rows, None
    where it cannot be read; for CSV and Excel it holds the columns of the table's schema only.
    `whole`: no row had to be left out. `rows_known`: a row can be named by its number.
    `first_row`: the number of the first row of data. `left_out`: numbers of the rows of the file
    that `data` does not hold, blank ones and refused ones; asked only when a row is named.
    """

    table: Table
    file: str
    columns: list[str] = field(default_factory=list)
    data: Path | None = None
    first_row: int = 2
    whole: bool = True
    rows_known: bool = True
    faults: list[Fault] = field(default_factory=list)
    left_out: Callable[[], Sequence[int]] = list
    parts: Sequence[tuple[str, int]] = ()
    _shifts: list[int] | None = None

    def row(self, index: int) -> int:
        """The number that a spreadsheet shows for row `index` (from 0) of `data`."""
        if self._shifts is None:
            # Row r lies behind every left-out row s that has at most r kept rows before it.
            self._shifts = [row - i for i, row in enumerate(sorted(set(self.left_out())))]
        row = self.first_row + index
        return row + bisect_right(self._shifts, row)

    @property
    def _starts(self) -> list[int]:
        """How many rows lie before those of each part."""
        return [0, *accumulate(rows for _, rows in self.parts)][: len(self.parts)]

    def place(self, index: int) -> tuple[str, int]:
        """The file that row `index` (from 0) of `data` lies in, and its row there."""
        if not self.parts:
            return self.file, self.row(index)
        at = bisect_right(self._starts, index) - 1
        return f"{self.file}/{self.parts[at][0]}", self.first_row + index - self._starts[at]

    def named(self, index: int) -> str:
        """Row `index` (from 0) of `data` in words: row 5, or row 5 of part-00001.parquet."""
        file, row = self.place(index)
        return f"row {row:d} of {file.rpartition('/')[2]}" if self.parts else f"row {row:d}"

    def fault(
        self,
        code: str,
        found: str,
        expected: str,
        remedy: str,
        *,
        row: int | None = None,
        at: int | None = None,
        column: str = "",
        count: int = 1,
    ) -> Fault:
        """A fault of this file, of a row by its number there or by its place in `data` (`at`)."""
        file = self.file
        if at is not None:
            file, row = self.place(at)
        return Fault(self.table.name, file, row, column, code, found, expected, remedy, count)

    def refuse(self, code: str, found: str, expected: str, remedy: str) -> Source:
        """Note that the file cannot be read at all."""
        self.data, self.whole = None, False
        self.faults.append(self.fault(code, found, expected, remedy))
        return self


def header_faults(source: Source, names: Sequence[str]) -> list[tuple[int, str]]:
    """Note unnamed and repeated columns as faults.

    Returns:
        (position, name) of every column that can be told apart: the first of each name.
    """
    good: dict[str, int] = {}
    repeated: list[str] = []
    for position, name in enumerate(names):
        if not name:
            source.faults.append(
                source.fault(
                    "column.unnamed",
                    f"no name over column {position + 1}",
                    "a name over every column",
                    "Name the column or delete it.",
                    row=1,
                )
            )
        elif name in good:
            repeated.append(name)
        else:
            good[name] = position
    for name in dict.fromkeys(repeated):
        source.faults.append(
            source.fault(
                "column.repeated",
                f"{1 + repeated.count(name)} columns called {name}",
                "each column once",
                "Delete or rename all but one.",
                column=name,
            )
        )
    return [(position, name) for name, position in good.items()]
