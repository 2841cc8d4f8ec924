# SPDX-License-Identifier: Apache-2.0
"""One table's file once it is opened: its columns, its rows, its faults, its row numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
    _shifts: list[int] | None = None

    def row(self, index: int) -> int:
        """The number that a spreadsheet shows for row `index` (from 0) of `data`."""
        if self._shifts is None:
            # Row r lies behind every left-out row s that has at most r kept rows before it.
            self._shifts = [row - i for i, row in enumerate(sorted(set(self.left_out())))]
        row = self.first_row + index
        return row + bisect_right(self._shifts, row)

    def fault(
        self,
        code: str,
        found: str,
        expected: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str = "",
        count: int = 1,
    ) -> Fault:
        """A fault of this file."""
        return Fault(self.table.name, self.file, row, column, code, found, expected, remedy, count)

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
