# SPDX-License-Identifier: Apache-2.0
"""Excel as texts: the first sheet, each cell written the way a CSV file would write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from entrepot.engine.opened import Source, header_faults
from entrepot.engine.schema import Kind

#: Excel keeps 15 significant digits; a longer number typed into it has lost its last ones.
_ROUNDED = 10**14


def read_xlsx(source: Source, path: Path, work: Path, limit: int) -> Source:
    """Turn the first sheet of an Excel file into a Parquet file of texts.

    Holds:
        row n of the sheet is row n of the Parquet file, blank rows left out.
    """
    try:
        rows = (
            CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
    except (CalamineError, OSError) as error:
        return source.refuse(
            "file.unreadable",
            str(error).rstrip("."),
            "an Excel file (.xlsx) without a password",
            "The file is damaged or of another kind: save or copy it again.",
        )
    if not rows:
        return source.refuse(
            "file.empty", "an empty first sheet", "a header in its first row", "Export it again."
        )
    # What is formatted but never filled in, right of the table and below it, is no part of it.
    width = max((at + 1 for row in rows for at, value in enumerate(row) if value != ""), default=0)
    good = header_faults(source, [as_text(value) for value in rows[0][:width]])
    source.columns = [name for _, name in good]
    filled = [number for number, row in enumerate(rows) if number and any(v != "" for v in row)]
    blank = sorted(set(range(1, len(rows))).difference(filled))
    source.left_out = lambda: [number + 1 for number in blank]
    wanted = set(source.table.names)
    columns = {
        name: pa.array([as_text(rows[number][at]) or None for number in filled], pa.string())
        for at, name in good
        if name in wanted
    }
    for at, name in good:
        if name in wanted and source.table.column(name).kind is Kind.TEXT:
            numbers = [(number + 1, rows[number][at]) for number in filled]
            _note_rounded(source, name, numbers, limit)
    if columns:
        source.data = work / f"{source.table.name}.parquet"
        pq.write_table(pa.table(columns), source.data)
    return source


def as_text(value: object) -> str:
    """A cell of a sheet as a CSV file would hold it.

    A whole number is its digits, any other number its shortest exact form without an exponent,
    a day ISO, a moment at midnight a day, a truth true or false.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _note_rounded(
    source: Source, name: str, cells: Sequence[tuple[int, object]], limit: int
) -> None:
    """A number that stands for a text, such as a declaration number, must not be rounded."""
    rounded = [
        (row, value) for row, value in cells if isinstance(value, float) and abs(value) >= _ROUNDED
    ]
    for row, value in rounded[:limit]:
        source.faults.append(
            source.fault(
                "cell.rounded",
                as_text(value),
                "a text: Excel keeps only 15 digits of a number",
                "Format the column as text and enter the value again.",
                row=row,
                column=name,
                count=len(rounded),
            )
        )
