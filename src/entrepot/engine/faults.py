# SPDX-License-Identifier: Apache-2.0
"""A fault of a season's files, told so that a person can mend it without asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Counts the rows of a file from 0, on frames whose faulty rows are to be named.
ROW = "row_in_file"
#: Faults of one table, column and code that are listed unless told otherwise; all are counted.
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, what was found, what was expected, what to do.

    `row` is the row as a spreadsheet shows it: the header of a CSV or Excel file is row 1; the
    first row of a Parquet file, which has no header, is row 1. None where the fault is of the
    whole file or column. `column` may name several, as "order_no, line_no", or none.
    `found` is the value itself; `count` says how many faults this table has of this column and
    code, of which only the first are listed.
    """

    table: str
    file: str
    row: int | None
    column: str
    code: str
    found: str
    expected: str
    remedy: str
    count: int = 1

    @property
    def place(self) -> str:
        """Where it is, such as orders.csv:118, unit_price."""
        row = "" if self.row is None else f":{self.row}"
        column = f", {self.column}" if self.column else ""
        return f"{self.file}{row}{column}"

    @property
    def text(self) -> str:
        """The whole fault as one line a person reads."""
        is_value = self.code.split(".")[0] in {"cell", "key", "reference"}
        found = self.found
        if is_value:
            found = f'"{found}"' if found else "nothing"
        return f"{self.place}: found {found}; expected {self.expected}. {self.remedy}"


def total(faults: Iterable[Fault]) -> int:
    """How many faults there are, those counted but not listed included."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    for fault in faults:
        counts.setdefault((fault.table, fault.column, fault.code), []).append(fault.count)
    return sum(max(len(listed), *listed) for listed in counts.values())
