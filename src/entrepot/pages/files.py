# SPDX-License-Identifier: Apache-2.0
"""A table as a file: all rows that its filters leave, under the headings of the page.

A text that would start a formula gets an apostrophe in front in CSV; Excel holds it as a text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

import xlsxwriter
from django.http import FileResponse
from django.utils import timezone

from entrepot.catalog.reading import FORMULA

FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Rows of a file: what an Excel sheet holds beneath its headings. More are fetched by the API.
MOST_ROWS: Final = 1_048_575
_IN_MEMORY: Final = 16 * 1024 * 1024
_STARTS = re.compile(f"['{re.escape(FORMULA)}]")


def export(
    name: str, form: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> FileResponse:
    """A file to keep, on disk where it is large. Values are texts, numbers, days, moments."""
    # Closed by whoever sends it.
    file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    few = islice(rows, MOST_ROWS)
    (_csv if form == "csv" else _xlsx)(file, headings, few)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.{form}", content_type=FORMS[form]
    )


def _csv(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([_plain(value) for value in row] for row in rows)
    text.detach()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _STARTS.match(text) else text


def _xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        bold = workbook.add_format({"bold": True})
        as_day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        as_moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = workbook.add_worksheet()
        sheet.set_column(0, len(headings) - 1, 18)
        sheet.freeze_panes(1, 0)
        for at, heading in enumerate(headings):
            sheet.write_string(0, at, heading, bold)
        for number, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                match value:
                    case None | "":
                        pass
                    case datetime():
                        moment = timezone.localtime(value).replace(tzinfo=None)
                        sheet.write_datetime(number, at, moment, as_moment)
                    case date():
                        sheet.write_datetime(number, at, value, as_day)
                    case int() | Decimal():
                        sheet.write_number(number, at, value)
                    case _:
                        sheet.write_string(number, at, str(value))
