# SPDX-License-Identifier: Apache-2.0
"""Masters as a file that a spreadsheet opens and that `importing` takes back unchanged.

In CSV a text that would start a formula, or that begins with an apostrophe before one, gets an
apostrophe in front, which an import takes away again. Excel files hold it as a text, as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

import xlsxwriter

from entrepot.catalog.headings import heading
from entrepot.catalog.nouns import Noun
from entrepot.catalog.planning import rows_of
from entrepot.catalog.reading import FORMULA

TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS = re.compile(f"['{re.escape(FORMULA)}]")
_BLOCK: Final = 2_000
IN_MEMORY: Final = 16 * 1024 * 1024


def rows(noun: Noun) -> Iterator[list[Any]]:
    """Every master of this enterprise in the order of its key, with the fields of its noun."""
    paths = [field.path for field in noun.fields]
    order = [noun.field(name).path for name in noun.key]
    keys: tuple[str, ...] = ()
    found = rows_of(noun).order_by(*order)
    while True:
        # By key, not by offset, so that the last rows cost what the first do.
        block = list(_after(found, order, keys).values_list(*paths)[:_BLOCK])
        for values in block:
            yield [_written(value) for value in values]
        if len(block) < _BLOCK:
            return
        keys = tuple(block[-1][paths.index(path)] for path in order)


def _after(found: Any, order: Sequence[str], keys: Sequence[str]) -> Any:
    if not keys:
        return found
    if len(order) == 1:
        return found.filter(**{f"{order[0]}__gt": keys[0]})
    first, second = order
    rest = found.filter(**{first: keys[0], f"{second}__gt": keys[1]})
    return rest | found.filter(**{f"{first}__gt": keys[0]})


def as_csv(noun: Noun, language: str, found: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with its mark, in parts."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow([heading(field, language, noun.folder) for field in noun.names])
    for number, row in enumerate(found, 1):
        writer.writerow([_guarded(value) for value in row])
        if number % _BLOCK == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def as_xlsx(noun: Noun, language: str, found: Iterable[Sequence[Any]]) -> IO[bytes]:
    """An Excel file; it lies on disk where it is large."""
    # Closed by whoever sends it.
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        # Everything is text, so that a code typed into the file keeps its zeros.
        as_text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"bold": True, "num_format": "@"})
        sheet = workbook.add_worksheet(noun.plural)
        sheet.set_column(0, len(noun.fields) - 1, 18, as_text)
        sheet.freeze_panes(1, 0)
        for at, field in enumerate(noun.fields):
            sheet.write_string(0, at, heading(field.name, language, noun.folder), bold)
            sheet.write_comment(0, at, field.says)
        for number, row in enumerate(found, 1):
            for at, value in enumerate(row):
                if value != "":
                    sheet.write_string(number, at, value, as_text)
    file.seek(0)
    return file


def _written(value: Any) -> str:
    """A value as a file says it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def _guarded(text: str) -> str:
    return f"'{text}" if _STARTS.match(text) else text
