# SPDX-License-Identifier: Apache-2.0
"""Files of masters as rows of texts: CSV and Excel, bounded before they are opened.

A file is whatever somebody sent. What cannot be read for certain is refused, in words that say
what to do; a CSV file that is not UTF-8 is read as GB18030, and that is said.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import ClassVar, Final, NoReturn

from python_calamine import CalamineError, CalamineWorkbook

from entrepot.catalog.headings import fold, heading, understood
from entrepot.catalog.nouns import Noun
from entrepot.errors import Refused

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 100
#: An Excel file is a zip archive; unpacked it may be this large.
MOST_UNPACKED: Final = 100 * 1024 * 1024
MOST_PARTS: Final = 1_000
MOST_CELL: Final = 10_000

#: Excel keeps 15 significant digits: a longer number has lost its last ones.
_EXACT: Final = 10**15
_DELIMITERS: Final = (",", ";", "\t")
_BLOCK: Final = 1 << 20
#: Where a cell or a row of a sheet says it is, as A1: every place that could be read so.
_CELL = re.compile(rb"""(?<![\w:.-])(?=r\s*=\s*["']\s*([A-Za-z]*)([0-9]*)\s*["'])""")
#: A place written so that the pattern above does not see it.
_DISGUISED = re.compile(rb"""\x00|(?<![\w:.-])r\s*=\s*["'][^"'<]*&""")
#: What starts a formula when a spreadsheet opens a CSV file; see `exporting`.
FORMULA: Final = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
_GUARDED = re.compile(f"'(?=['{re.escape(FORMULA)}])")


class UnreadableFile(Refused):
    """A file that is not the table it should be."""

    code: ClassVar[str] = "catalog.unreadable_file"


class TooLargeFile(Refused):
    """A file larger than what is read."""

    code: ClassVar[str] = "catalog.too_large_file"


class Unreadable(ValueError):
    """A cell that does not say for certain what it holds; `found` and `expected` as in a fault."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


Cell = str | Unreadable


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file, opened: the fields its columns hold, and what was assumed to read it."""

    #: The field of each column; an empty text where its heading names none.
    columns: Sequence[str]
    #: Headings that name no field; their columns are left out.
    ignored: Sequence[str]
    encoding: str
    delimiter: str
    #: The rows below the heading, with the number a spreadsheet shows; blank ones left out.
    rows: Iterator[tuple[int, Sequence[Cell]]]


def open_sheet(noun: Noun, file: str, content: bytes) -> Sheet:
    """Open a file of masters; it is Excel where its bytes say so, whatever its name is.

    Raises:
        TooLargeFile: its bytes, unpacked bytes, columns or rows are more than is read; of rows
            only when they are read.
        UnreadableFile: it is no table, or its headings are not those of such masters.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(file, f"{len(content):,} bytes", f"{MOST_BYTES:,} bytes")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_excel(noun, file, content)
    if content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")):
        _refuse(file, "It is neither CSV nor a newer Excel file.", "Save it as .xlsx or CSV UTF-8.")
    return _open_csv(noun, file, content)


def _open_csv(noun: Noun, file: str, content: bytes) -> Sheet:
    text, encoding = _decode(file, content)
    first = next((line for line in io.StringIO(text[:_BLOCK]) if line.strip()), "")
    known = understood(noun)

    def recognised(delimiter: str) -> int:
        return sum(fold(name.strip(' "\r\n')) in known for name in first.split(delimiter))

    delimiter = max(_DELIMITERS, key=recognised)
    rows = _csv_rows(file, text, delimiter)
    columns, ignored = _columns(noun, file, next(rows, (1, ()))[1])
    return Sheet(columns, ignored, encoding, delimiter, rows)


def _decode(file: str, content: bytes) -> tuple[str, str]:
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030"), "gb18030"
    except UnicodeDecodeError:
        _refuse(file, "Its text is neither UTF-8 nor GB18030.", "Save it as CSV UTF-8 or as .xlsx.")


def _csv_rows(file: str, text: str, delimiter: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _refuse(
                file,
                f"Row {number} is no row of a CSV file: {error}.",
                "Put quotes in pairs around a cell, and write a quote within it twice.",
            )
        _bound(file, number, len(cells))
        if any(cell.strip() for cell in cells):
            yield number, [_unguarded(cell) for cell in cells]


def _unguarded(cell: str) -> Cell:
    """A cell without the apostrophe that an export put before what would start a formula."""
    if len(cell) > MOST_CELL:
        return Unreadable(f"{len(cell):,} characters", f"at most {MOST_CELL:,} characters")
    return _GUARDED.sub("", cell, count=1) if cell.startswith("'") else cell


def _open_excel(noun: Noun, file: str, content: bytes) -> Sheet:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(repacked(file, content)))
        cells = workbook.get_sheet_by_index(0).iter_rows()
    # A damaged file makes calamine panic, and what it raises then is no Exception.
    except BaseException as error:
        if isinstance(error, (Refused, KeyboardInterrupt, SystemExit)):
            raise
        reason = str(error).splitlines()[0][:200] if isinstance(error, CalamineError) else "damaged"
        _refuse(
            file, f"It is no Excel file that can be read ({reason}).", "Save it as .xlsx again."
        )
    rows = (
        (number, [as_text(value, has_decimals=noun.has_decimals) for value in row])
        for number, row in enumerate(cells, 1)
        if _bound(file, number, len(row)) and any(value != "" for value in row)
    )
    columns, ignored = _columns(noun, file, next(rows, (1, ()))[1])
    return Sheet(columns, ignored, "xlsx", "", rows)


def repacked(file: str, content: bytes) -> bytes:
    """The parts of an Excel file, unpacked and counted, as an archive that hides nothing.

    What an archive says of its sizes is checked first, and no more than that is unpacked; the
    reader is given what was unpacked here, and never the archive that was sent.
    """
    kept = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as sent, zipfile.ZipFile(kept, "w") as clean:
            parts = sent.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
                raise _too_large(
                    file, f"{unpacked:,} bytes unpacked, in {len(parts):,} parts",
                    f"{MOST_UNPACKED:,} bytes in {MOST_PARTS:,} parts",
                )  # fmt: skip
            if len({part.filename for part in parts}) < len(parts):
                _refuse(file, "It holds two parts of one name.", "Save it as .xlsx again.")
            for part in parts:
                # Pictures and the like are nothing to read a table by.
                if part.filename.endswith((".xml", ".rels")):
                    text = bytearray()
                    with sent.open(part) as whole:
                        while block := whole.read(_BLOCK):
                            text += block
                    _check_area(file, text)
                    clean.writestr(part.filename, text)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        _refuse(file, f"It is no Excel file: {error}.", "Save it as .xlsx again.")
    return kept.getvalue()


def _check_area(file: str, sheet: bytearray) -> None:
    """Refuse a sheet whose cells lie so far apart that the area between them fills the memory."""
    if _DISGUISED.search(sheet):
        _refuse(file, "A sheet is written in an unusual way.", "Save it as .xlsx again.")
    for column, row in set(_CELL.findall(sheet)):
        _bound(file, int(row[:9] or 0), _number_of(column))


def _number_of(column: bytes) -> int:
    number = 0
    for letter in column[:9].upper():
        number = number * 26 + letter - 64
    return number


def _bound(file: str, row: int, width: int) -> bool:
    """Whether the reading may go on.

    Raises:
        TooLargeFile: there are too many rows or columns.
    """
    if row > MOST_ROWS + 1:
        raise _too_large(file, f"more than {MOST_ROWS:,} rows", f"{MOST_ROWS:,} rows")
    if width > MOST_COLUMNS:
        raise _too_large(file, f"{width:,} columns", f"{MOST_COLUMNS} columns")
    return True


def as_text(value: object, *, has_decimals: bool = False) -> Cell:
    """A cell of a sheet as a CSV file would hold it.

    A whole number is its digits where Excel keeps all of them; a number with decimals is refused
    where nothing has any, since a code that Excel took for a number has lost its form.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        if abs(value) >= _EXACT or value != value:
            return Unreadable(f"the number {value!r}", "a text: Excel keeps only 15 digits")
        if value != int(value):
            if has_decimals:
                return f"{Decimal(repr(value)):f}"
            return Unreadable(f"the number {value!r}", "a whole number, or a text")
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    text = str(value)
    if len(text) > MOST_CELL:
        return Unreadable(f"{len(text):,} characters", f"at most {MOST_CELL:,} characters")
    return text


def _columns(noun: Noun, file: str, headings: Sequence[Cell]) -> tuple[list[str], list[str]]:
    """The field that each column holds, and the headings that name none.

    Raises:
        UnreadableFile: a column is there twice, or one that names the masters is missing.
    """
    known = understood(noun)
    names = [name if isinstance(name, str) else "" for name in headings]
    columns = [known.get(fold(name), "") for name in names]
    twice = sorted({field for field in columns if field and columns.count(field) > 1})
    missing = [name for name in noun.key if name not in columns]
    if twice:
        called = [name for name, its in zip(names, columns, strict=True) if its == twice[0]]
        _refuse(
            file,
            f"Its columns {' and '.join(called)} are the same field.",
            "Delete one of them.",
        )
    if missing:
        said = ", ".join(f'"{name[:30]}"' for name in names[:10] if name.strip()) or "nothing"
        expected = " or ".join(heading(name, "en", noun.folder) for name in missing)
        _refuse(
            file,
            f"There is no column {expected} in its first row, which says {said}.",
            f"Put the headings of the template for {noun.plural} into the first row.",
        )
    return columns, [
        name.strip()[:60] for name, its in zip(names, columns, strict=True) if name and not its
    ]


def _refuse(file: str, found: str, remedy: str) -> NoReturn:
    raise UnreadableFile(f"Cannot read {file}.", found, remedy)


def _too_large(file: str, found: str, most: str) -> TooLargeFile:
    return TooLargeFile(
        f"Cannot read {file}.", f"It has {found}; at most {most} are read.", "Send it in parts."
    )
