# SPDX-License-Identifier: Apache-2.0
"""A table that somebody pasted or sent, as rows of checked values: CSV, Excel, or cells from one.

The first row names the columns, in either language; where it names none of them it is data, and
the columns are those of the form, in their order. What a cell may hold is what the API takes.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NoReturn

from pydantic import TypeAdapter, ValidationError
from python_calamine import CalamineError, CalamineWorkbook

from entrepot.catalog.forms import shown
from entrepot.catalog.headings import fold
from entrepot.catalog.reading import FORMULA, TooLargeFile, UnreadableFile, repacked
from entrepot.errors import Refused
from entrepot.pages.wording import language, read, words
from entrepot.web.fields import MOST_LINES
from entrepot.web.telling import LANGUAGES, in_words

MOST_BYTES: Final = 8 * 1024 * 1024
#: Characters that are pasted, at most.
MOST_TEXT: Final = 4_000_000
_MOST_COLUMNS: Final = 100
_DELIMITERS: Final = ("\t", ";", ",")
_GUARDED = re.compile(f"'(?=['{re.escape(FORMULA)}])")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_WHOLE = re.compile(r"\d{1,18}|\d{1,3}(,\d{3}){1,5}")
_DECIMAL = re.compile(r"(\d{1,16}|\d{1,3}(,\d{3}){1,5})(\.\d{1,4})?")
_BLANKS = re.compile(r"[\t\r\n]+")

Grid = Sequence[tuple[int, Sequence[str]]]


class Wrong(ValueError):
    """A cell that does not hold what its column does; says what that is, by its word."""

    def __init__(self, word: str, *given: object) -> None:
        super().__init__(word)
        self.word, self.given = word, given


@dataclass(frozen=True, slots=True)
class Field:
    """A column: what it is called (`columns` of the words), and what its cells hold.

    `blank` is what an empty cell stands for, where it need not be filled.
    """

    name: str
    take: Callable[[str], Any]
    must: bool = False
    blank: Any = ""

    @property
    def is_number(self) -> bool:
        """Whether its cells stand to the right."""
        return self.blank is None and self.take not in (day, yes_or_no)


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says; `number` is the one that a spreadsheet shows."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong: in which row and column, what was found, what was expected."""

    row: int | None
    column: str
    found: str
    expected: str


def shape(kind: Any, word: str) -> Callable[[str], Any]:
    """A text of a shape of the API; `word` says which, where it is not."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def take(text: str) -> Any:
        try:
            return adapter.validate_python(text)
        except ValidationError as error:
            raise Wrong(word) from error

    return take


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number; its thousands may stand apart."""

    def take(text: str) -> int:
        if (
            not _WHOLE.fullmatch(text)
            or not least <= (number := int(text.replace(",", ""))) <= most
        ):
            raise Wrong("whole", f"{least:,}", f"{most:,}")
        return number

    return take


def amount(text: str) -> Decimal:
    """An amount in the currency itself."""
    if not _DECIMAL.fullmatch(text):
        raise Wrong("amount")
    return Decimal(text.replace(",", ""))


def fen(text: str) -> int:
    """An amount of yuan, in fen."""
    return smallest(amount(text), 2)


def smallest(value: Decimal, digits: int) -> int:
    """An amount in the smallest unit of a currency with so many decimals."""
    scaled = value.scaleb(digits)
    if scaled != scaled.to_integral_value() or scaled > 10**15:
        raise Wrong("decimals", digits)
    return int(scaled)


def percent(text: str) -> int:
    """A rate in percent, in ten-thousandths; one below 1 has to say that it is one of percent.

    Excel keeps 13 % as 0.13: that is not taken for 0.13 %.
    """
    bare = text.removesuffix("%").strip()
    if not _DECIMAL.fullmatch(bare):
        raise Wrong("percent")
    rate = Decimal(bare).scaleb(2)
    if (0 < rate < 100 and bare == text) or rate > 10_000 or rate != int(rate):
        raise Wrong("percent")
    return int(rate)


def day(text: str) -> date:
    """A day, the year first."""
    try:
        found = _DAY.fullmatch(text)
        if found is None:
            raise Wrong("day")
        return date(*map(int, found.groups()))
    except ValueError as error:
        raise Wrong("day") from error


def one_of(*values: str) -> Callable[[str], str]:
    """One of a few."""

    def take(text: str) -> str:
        if text not in values:
            raise Wrong("one_of", ", ".join(values))
        return text

    return take


def yes_or_no(text: str) -> bool:
    """Yes or no."""
    match text.casefold():
        case "yes" | "true" | "1" | "是":
            return True
        case "no" | "false" | "0" | "否":
            return False
    raise Wrong("yes_or_no")


def pasted(text: str) -> Grid:
    """The rows of a text: cells with tabs between them, as spreadsheets copy, or a CSV's."""
    return list(_bounded("", _lines(text)))


def sent(file: str, content: bytes) -> Grid:
    """The rows of a file: Excel where its bytes say so, else CSV.

    Raises:
        UnreadableFile: it is no table.
        TooLargeFile: it has more bytes, columns or rows than are read.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(file, f"{len(content):,} bytes", f"{MOST_BYTES:,} bytes")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return list(_bounded(file, _excel(file, content)))
    if content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")):
        _refuse(file, "It is neither CSV nor a newer Excel file.", "Save it as .xlsx or CSV UTF-8.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(_bounded(file, _csv(file, content.decode(encoding))))
        except UnicodeDecodeError:
            continue
    _refuse(file, "Its text is neither UTF-8 nor GB18030.", "Save it as CSV UTF-8 or as .xlsx.")
    return None


def arranged(grid: Grid, fields: Sequence[Field]) -> tuple[list[Row], list[Mistake], list[str]]:
    """Rows of checked values, what is wrong with them, and headings that name no column."""
    if not grid:
        return [], [], []
    known = _understood(fields)
    names = [known.get(fold(cell), "") for cell in grid[0][1]]
    ignored: list[str] = []
    mistakes = _missing(grid[0][0], names, fields)
    if any(names):
        ignored = [cell[:60] for cell, name in zip(grid[0][1], names, strict=True)
                   if cell.strip() and not name]  # fmt: skip
        grid = grid[1:]
    else:
        names = [field.name for field in fields]
    rows = []
    for number, cells in grid:
        given = dict(zip(names, cells, strict=False))
        values, wrong = _checked(number, given, fields)
        mistakes += wrong
        rows.append(Row(number, values))
    return rows, mistakes, ignored


def written(grid: Grid) -> str:
    """The rows as a text that can be pasted again, each in the line of its number."""
    lines: list[str] = []
    for number, cells in grid:
        lines += [""] * (number - 1 - len(lines))
        lines.append("\t".join(_BLANKS.sub(" ", cell) for cell in cells))
    return "\n".join(lines)


def template(fields: Sequence[Field], rows: Sequence[Sequence[object]] = ()) -> str:
    """The headings in the reader's language, and rows beneath them."""
    lines = [[heading(field.name) for field in fields], *rows]
    return written([
        (number, ["" if cell is None else str(cell) for cell in cells])
        for number, cells in enumerate(lines, 1)
    ]) + "\n"  # fmt: skip


def heading(name: str) -> str:
    """What a column is called; that of a field that is none is its name."""
    own, shared = words("inbound")["columns"], words("common")["columns"]
    return str(own[name] if name in own else shared.get(name, name))


def _understood(fields: Sequence[Field]) -> dict[str, str]:
    """The column that each heading names, folded: in either language, and by other names."""
    found = {}
    for code in LANGUAGES:
        own, shared = read("inbound", code), read("common", code)["columns"]
        for field in fields:
            called = own["columns"] if field.name in own["columns"] else shared
            for name in (field.name, called[field.name], *own["also"].get(field.name, ())):
                found[fold(name)] = field.name
    return found


def _missing(row: int, names: Sequence[str], fields: Sequence[Field]) -> list[Mistake]:
    """Columns that a heading lacks, or names twice."""
    if not any(names):
        return []
    say = words("inbound")["expected"]
    lacks = [field.name for field in fields if field.must and field.name not in names]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    return [
        *(Mistake(row, heading(name), in_words("nothing", language()), say["column"])
          for name in lacks),
        *(Mistake(row, heading(name), say["twice"], say["once"]) for name in twice),
    ]  # fmt: skip


def _checked(
    number: int, given: Mapping[str, str], fields: Sequence[Field]
) -> tuple[dict[str, Any], list[Mistake]]:
    say = words("inbound")["expected"]
    values, mistakes = {}, []
    for field in fields:
        text = unicodedata.normalize("NFC", given.get(field.name, "")).strip()
        values[field.name] = field.blank
        try:
            if text:
                values[field.name] = field.take(_plain(field, text))
            elif field.must and field.name in given:
                raise Wrong("value")
        except Wrong as wrong:
            expected = str(say[wrong.word]).format(*wrong.given)
            found = in_words(shown(text), language())
            mistakes.append(Mistake(number, heading(field.name), found, expected))
    return values, mistakes


def _plain(field: Field, text: str) -> str:
    """A number's digits may be wide, as a Chinese keyboard writes them."""
    is_text = isinstance(field.blank, str)
    return text if is_text else unicodedata.normalize("NFKC", text)


def _lines(text: str) -> Iterator[Sequence[str]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    otherwise = max(_DELIMITERS[1:], key=first.count)
    for line in lines:
        delimiter = "\t" if "\t" in line else otherwise
        try:
            yield next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            yield line.split(delimiter)


def _csv(file: str, text: str) -> Iterator[Sequence[str]]:
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        _refuse(
            file, f"It is no CSV file that can be read ({error}).",
            "Put quotes in pairs around a cell, and write a quote within it twice.",
        )  # fmt: skip


def _excel(file: str, content: bytes) -> Iterator[Sequence[str]]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(repacked(file, content)))
        rows = list(workbook.get_sheet_by_index(0).iter_rows())
    # A damaged file makes calamine panic, and what it raises then is no Exception.
    except BaseException as error:
        if isinstance(error, (Refused, KeyboardInterrupt, SystemExit)):
            raise
        reason = str(error).splitlines()[0][:200] if isinstance(error, CalamineError) else "damaged"
        _refuse(
            file, f"It is no Excel file that can be read ({reason}).", "Save it as .xlsx again."
        )
    for row in rows:
        yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    """A cell of a sheet as it would be written; Excel keeps 15 digits of a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


def _bounded(file: str, rows: Iterator[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows that are not blank, with their numbers.

    Raises:
        TooLargeFile: there are more of them than one call takes.
    """
    count = 0
    for number, cells in enumerate(rows, 1):
        if any(cell.strip() for cell in cells):
            count += 1
            if count > MOST_LINES + 1:
                raise _too_large(file, f"more than {MOST_LINES:,} rows", f"{MOST_LINES:,} rows")
            if len(cells) > _MOST_COLUMNS:
                raise _too_large(file, f"{len(cells):,} columns", f"{_MOST_COLUMNS} columns")
            yield number, [_GUARDED.sub("", cell, count=1) for cell in cells]


def _refuse(file: str, found: str, remedy: str) -> NoReturn:
    raise UnreadableFile(f"Cannot read {file}.", found, remedy)


def _too_large(file: str, found: str, most: str) -> TooLargeFile:
    return TooLargeFile(
        f"Cannot read {file}." if file else "Cannot read the file.",
        f"It has {found}; at most {most} are read.", "Send it in parts.",
    )  # fmt: skip
