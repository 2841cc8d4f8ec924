# SPDX-License-Identifier: Apache-2.0
"""Element strings of GS1, such as (01)09506000134352(10)AB-12, and what a scanned text is.

python-stdnum reads and writes them; what it leaves open is asked here: how long a value is, of
which characters, and whether its check digit is right.

Source: GS1 General Specifications, section 3; python-stdnum, stdnum.gs1_128
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from stdnum import ean, gs1_128
from stdnum.exceptions import ValidationError

from entrepot.papers import sscc
from entrepot.papers.refusals import WrongNumber

#: How a scanner sends FNC1 between two elements: the group separator of ASCII.
FNC1: Final = "\x1d"
#: The longest text that is looked at; an element string has at most 48 characters per symbol.
MOST: Final = 200

_CHARACTERS: Final = r"[!\"%-?A-Z_a-z]"  # character set 82
_DAY: Final = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
#: The elements the papers and scanners use, and the form of their values.
_FORMS: Final = {
    "00": re.compile("[0-9]{18}"),
    "01": re.compile("[0-9]{14}"),
    "02": re.compile("[0-9]{14}"),
    "10": re.compile(_CHARACTERS + "{1,20}"),
    "11": re.compile(_DAY),
    "15": re.compile(_DAY),
    "17": re.compile(_DAY),
    "21": re.compile(_CHARACTERS + "{1,20}"),
    "30": re.compile("[0-9]{1,8}"),
    "37": re.compile("[0-9]{1,8}"),
    "400": re.compile(_CHARACTERS + "{1,30}"),
    "410": re.compile("[0-9]{13}"),
    "420": re.compile(_CHARACTERS + "{1,20}"),
    "421": re.compile("[0-9]{3}" + _CHARACTERS + "{1,9}"),
}
_CHECKED: Final = frozenset({"00", "01", "02", "410"})
#: What scanners put before what they read, where they are told to: GS1, or another symbol.
_GS1_MARKS: Final = ("]C1", "]e0", "]d2", "]Q3")
_ANY_MARK: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_AI: Final = re.compile(r"\(([0-9]{2,4})\)")
#: Without any mark, only what begins with a number that checks itself is an element string.
_BEGINS: Final = re.compile("(?:00[0-9]{18}|0[12][0-9]{14})")
#: Parentheses are characters of a value where FNC1 marks its end; stdnum takes them out.
_HIDE, _SHOW = str.maketrans("()", "\ue000\ue001"), str.maketrans("\ue000\ue001", "()")

Kind = Literal["gtin", "sscc", "gs1", "code"]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanned text is.

    kind   `gtin`, `sscc`, `gs1` (an element string), or `code`: anything else
    gtin   14 digits, zeros in front: compare with `gtin_14` of a product's
    count  units, where an element string says how many
    text   what was scanned, without the scanner's marks and outer blanks
    """

    kind: Kind
    text: str
    gtin: str = ""
    batch: str = ""
    serial: str = ""
    sscc: str = ""
    count: int | None = None


def gtin_14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as 14 digits; nothing where it is none."""
    is_one = len(text) in {8, 12, 13, 14} and text.isascii() and text.isdigit()
    return text.zfill(14) if is_one and ean.is_valid(text) else ""


def read(text: str) -> dict[str, Any]:
    """The elements of an element string by AI: texts, whole numbers, days.

    In parentheses as under a bar code, or as a scanner sends it, with FNC1 where a value of no
    fixed length ends. Day 00 is the last of the month.

    Raises:
        WrongNumber: it is none, or an element is not of its form.
    """
    try:
        return _read(text)
    except (ValidationError, ValueError) as error:
        raise WrongNumber(
            f"Cannot read {text[:40]!r} as an element string of GS1.",
            _reason(error),
            "Scan the bar code again, or enter the number of the product or parcel.",
        ) from error


def write(elements: Mapping[str, object], *, parentheses: bool = False) -> str:
    """An element string: those of fixed length first, FNC1 where another one ends before the last.

    With `parentheses` the form for people, as it stands below the bars.

    Raises:
        WrongNumber: an element that is not of its form.
    """
    try:
        for ai, value in elements.items():
            if ai not in _FORMS:
                raise ValueError(f"({ai}) is none of the elements that the papers use.")
            _check(ai, value.strftime("%y%m%d") if isinstance(value, date) else str(value))
        if parentheses:
            hidden = {ai: _hidden(value) for ai, value in elements.items()}
            return str(gs1_128.encode(hidden, FNC1, True)).replace(FNC1, "").translate(_SHOW)
        return str(gs1_128.encode(elements, FNC1))
    except (ValidationError, ValueError) as error:
        raise WrongNumber(
            f"Cannot write {', '.join(f'({ai}){value}' for ai, value in elements.items())[:80]}.",
            _reason(error),
            "Correct the value.",
        ) from error


def scanned(text: str) -> Scan:
    """What a scanner at receiving or picking read; never refuses: what it cannot tell is a `code`.

    A code of the firm's own of 8, 12, 13 or 14 digits is right as a GTIN one time in ten: look
    among the firm's own codes first where those are digits.
    """
    given = text[:MOST].strip(" \r\n\t")
    is_marked = given.startswith(_GS1_MARKS)
    plain = given[3:] if _ANY_MARK.match(given) else given
    bare = plain.strip(FNC1)
    if number := gtin_14(bare):
        return Scan("gtin", bare, gtin=number)
    if (unit := _unit(bare)) and not is_marked:
        return Scan("sscc", bare, sscc=unit)
    if is_marked or FNC1 in plain or plain.startswith("(") or _BEGINS.match(plain):
        try:
            found = _read(plain)
        except (ValidationError, ValueError):
            return Scan("code", bare)
        return _scan_of(found, bare)
    return Scan("code", bare)


def _scan_of(found: Mapping[str, Any], text: str) -> Scan:
    unit = found.get("00", "")
    return Scan(
        "sscc" if set(found) == {"00"} else "gs1",
        text,
        gtin=found.get("01") or found.get("02", ""),
        batch=found.get("10", ""),
        serial=found.get("21", ""),
        sscc=unit,
        count=found.get("37", found.get("30")),
    )


def _unit(text: str) -> str:
    try:
        return sscc.check(text)
    except WrongNumber:
        return ""


def _read(text: str) -> dict[str, Any]:
    given = text.strip()[:MOST]
    given = given[3:] if given.startswith(_GS1_MARKS) else given
    if given.startswith("("):
        given = _AI.sub(lambda found: FNC1 + found[1], given)
    given = given.strip(FNC1).translate(_HIDE)
    if not given:
        raise ValueError("It holds no element.")
    # `validate` refuses what `info` would stumble over in other ways.
    gs1_128.validate(given, FNC1)
    read = {
        ai: value.translate(_SHOW) if isinstance(value, str) else value
        for ai, value in gs1_128.info(given, FNC1).items()
    }
    for ai, value in read.items():
        if not isinstance(value, date):
            _check(ai, str(value))
    return read


def _check(ai: str, value: str) -> None:
    form = _FORMS.get(ai)
    if form and not form.fullmatch(value):
        raise ValueError(f"The value of ({ai}) has another form: {value[:40]!r}.")
    if ai in _CHECKED and ean.calc_check_digit(value[:-1]) != value[-1]:
        raise ValueError(f"The check digit of ({ai}) is wrong: {value}.")


def _hidden(value: object) -> object:
    return value.translate(_HIDE) if isinstance(value, str) else value


def _reason(error: Exception) -> str:
    return str(error) if type(error) is ValueError else "An element is unknown or cut off."
