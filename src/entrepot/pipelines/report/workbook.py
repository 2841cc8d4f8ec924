# SPDX-License-Identifier: Apache-2.0
"""Write the tables of a report as a workbook: numbers are numbers, texts are texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from rich.cells import cell_len

from entrepot.engine.write import EXCEL_NUMBER
from entrepot.pipelines.report.language import words_of
from entrepot.pipelines.report.paper_sheets import all_sheets
from entrepot.pipelines.report.sheet import NUMBERS, Cell, Column, Sheet

_FORMATS = {"count": "#,##0", "money": "#,##0.00", "percent": '0.0"%"', "day": "yyyy-mm-dd"}
#: Widths of columns, in characters; longer texts are wrapped.
_NARROWEST, _WIDEST = 8, 60
#: The most characters that a spreadsheet keeps of a text, and of a sheet's name.
_LONGEST_TEXT, _LONGEST_NAME = 32_767, 31
_NO_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_workbook(path: Path, figures: Mapping[str, Any], language: str) -> None:
    """Write the workbook of a report; the same figures give the same bytes."""
    words = words_of(language)
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(path, options)
    season = figures["season"]
    as_of = date.fromisoformat(season["as_of"])
    book.set_properties(
        {
            "title": f"{words('page', 'kind_of_page')}: {season['name']}"[:250],
            "comments": figures["close"]["digest"],
            # Not now: the file says what was closed, not when it was rendered.
            "created": datetime.combine(as_of, time.min),
        }
    )
    pen = _Pen(book)
    for sheet in all_sheets(figures, words).values():
        pen.write(sheet, words("page", "nothing"))
    book.close()


class _Pen:
    """Writes sheets into one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        top = {"valign": "top"}
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF1F5"}
        )
        self.text = book.add_format({**top, "text_wrap": True})
        self.formats = {
            kind: book.add_format({**top, "num_format": form}) for kind, form in _FORMATS.items()
        }
        self.bold = {
            kind: book.add_format({**top, "num_format": form, "bold": True, "top": 1})
            for kind, form in _FORMATS.items()
        }
        self.bold_text = book.add_format({**top, "bold": True, "top": 1})

    def write(self, sheet: Sheet, nothing: str) -> None:
        """Write one sheet: a frozen head with a filter, its rows, its total."""
        name = sheet.title.translate(_NO_NAME)[:_LONGEST_NAME]
        page = self.book.add_worksheet(name)
        for at, column in enumerate(sheet.columns):
            page.write_string(0, at, column.heading, self.head)
            page.set_column(at, at, _width(sheet, column))
        for place, row in enumerate(sheet.rows, 1):
            for at, column in enumerate(sheet.columns):
                self._cell(page, (place, at), column, row.get(column.key), is_total=False)
        last = len(sheet.rows)
        if not sheet.rows:
            page.write_string(1, 0, nothing, self.text)
        # The total stays outside the filter, or it would be sorted among the rows.
        page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)
        if sheet.total is not None:
            for at, column in enumerate(sheet.columns):
                place_at = (max(last, 1) + 1, at)
                self._cell(page, place_at, column, sheet.total.get(column.key), is_total=True)
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)

    def _cell(
        self,
        page: Any,
        at: tuple[int, int],
        column: Column,
        value: Cell,
        *,
        is_total: bool,
    ) -> None:
        formats = self.bold if is_total else self.formats
        text = self.bold_text if is_total else self.text
        if value is None or value == "" or value == ():
            if is_total:
                page.write_blank(*at, None, text)
        elif isinstance(value, date):
            page.write_datetime(*at, datetime.combine(value, time.min), formats["day"])
        elif (
            column.kind in NUMBERS
            and isinstance(value, (int, Decimal))
            and abs(Decimal(value)) * 100 < EXCEL_NUMBER
        ):
            page.write_number(*at, value, formats[column.kind])
        else:
            written = "; ".join(value) if isinstance(value, tuple) else str(value)
            page.write_string(*at, written[:_LONGEST_TEXT], text)


def _width(sheet: Sheet, column: Column) -> int:
    """As wide as its longest cell and half its heading, within bounds; Chinese takes two."""
    texts = [_as_text(column, row.get(column.key)) for row in (*sheet.rows, sheet.total or {})]
    longest = max((cell_len(text) for text in texts), default=0)
    return min(_WIDEST, max(_NARROWEST, longest + 2, cell_len(column.heading) + 4))


def _as_text(column: Column, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "; ".join(value)
    if column.kind == "money":
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
