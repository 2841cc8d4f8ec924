# SPDX-License-Identifier: Apache-2.0
"""Cells of a table of rates, read exactly; files, read within bounds."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from entrepot.engine.mistakes import Mistake, refusal, shown
from entrepot.errors import Misused
from entrepot.exchange.mistakes import Unreadable
from entrepot.packs.read import read

#: How days may be written, with an example each; `ym` names a whole month.
DATES = {"ymd": "2026-03-25", "dmy": "25.03.2026", "mdy": "03/25/2026", "ym": "2026-03"}
MARKS = {"point": ".", "comma": ","}
#: Bytes of a table and characters of one cell at most.
_LARGEST = 64 * 1024 * 1024
_LONGEST = 1_000
_YEARS = range(1990, 2100)
_PARTS = {
    "ymd": (re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})"), (1, 2, 3)),
    "dmy": (re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"), (3, 2, 1)),
    "mdy": (re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"), (3, 1, 2)),
    "ym": (re.compile(r"(\d{4})[-/.]?(\d{1,2})"), (1, 2, 0)),
}
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)


@cache
def digits() -> dict[str, int]:
    """How many decimals a currency has, by its code."""
    return {row.text("currency"): row.whole("digits") for row in read("world/currency_digits").rows}


def day_of(text: str, form: str) -> date | None:
    """The day that a cell names, the first of a month with `ym`; None where it names none."""
    pattern, (year, month, day) = _PARTS[form]
    found = pattern.fullmatch(text)
    if not found or not found.group().isascii() or int(found[year]) not in _YEARS:
        return None
    try:
        return date(int(found[year]), int(found[month]), int(found[day]) if day else 1)
    except ValueError:
        return None


def last_of_month(day: date) -> date:
    """The last day of the month that `day` is in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def number_of(text: str, mark: str) -> Fraction | None:
    """The number above 0 that a cell holds, exactly; None where it holds none."""
    if mark != "." and "." in text:
        return None
    plain = text.replace(mark, ".")
    if not _NUMBER.fullmatch(plain):
        return None
    return Fraction(plain) or None


def bytes_of(path: Path, asked: str) -> tuple[bytes, str]:
    """A file within bounds, and its sha256.

    Raises:
        Misused: there is no such file.
        Unreadable: it is larger than a table of rates can be.
    """
    try:
        if path.stat().st_size > _LARGEST:
            mistake = Mistake(
                path.name, None, "", f"{path.stat().st_size:,} bytes", f"at most {_LARGEST:,}", ""
            )
            raise refusal(Unreadable, asked, [mistake], "Split the table.")
        content = path.read_bytes()
    except OSError as error:
        raise Misused(asked, f"{path}: {error.strerror}.", "Name a file that is there.") from error
    return content, hashlib.sha256(content).hexdigest()


def rows_of(
    file: str, content: bytes, encoding: str, delimiter: str, mistakes: list[Mistake]
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a delimited table with their lines; what cannot be read is said."""
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        mistakes.append(
            Mistake(file, None, "", "bytes of another encoding", encoding, "Say its encoding.")
        )
        return
    before = csv.field_size_limit(_LONGEST)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    at = 0
    try:
        for cells in lines:
            row, at = at + 1, lines.line_num
            if any(cell.strip() for cell in cells):
                yield row, [cell.strip() for cell in cells]
    except csv.Error as error:
        mistakes.append(
            Mistake(file, lines.line_num, "", shown(str(error)), "a table", "Mend the file.")
        )
    finally:
        csv.field_size_limit(before)
