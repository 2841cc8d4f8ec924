# SPDX-License-Identifier: Apache-2.0
"""What a field may hold: the notation of the tables, and whether a text fits it.

    C36         36 characters                 N5          a whole number of at most 5 digits
    C1..80      1 to 80 characters            N19.5       a number of 19 digits, 5 of them decimals
    C..1000     at most 1000, or none         base64, datetime, ID      as XML Schema has them
    any, one    any content; at most one element, whatever it is

after which may stand `?` (may be left out) or `1..5` (how often), `trimmed` (spaces at the ends do
not count, nor do several in a row), `default X` (empty means X), `always X` (nothing but X).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache

#: What a field of a document holds. Times are told apart by the form of the field.
Value = str | int | Decimal | datetime | date

#: Characters that XML cannot hold.
FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Between the values of a row where they are matched all at once: XML cannot hold it.
SEPARATOR = "\x1f"
#: Characters that are written as they are. Others, though allowed, take the slow way.
_PLAIN = r"[^\x00-\x1f<>&\ud800-\udfff\ufffe\uffff]"
_PLAIN_WORD = r"[^\x00-\x20<>&\ud800-\udfff\ufffe\uffff]"
_SPACE = re.compile(r"[ \t\n\r]+")
_TYPE = re.compile(
    r"C(?P<length>\d+)|C(?P<least>\d*)\.\.(?P<most>\d+|n)|N(?P<digits>\d+)(?:\.(?P<places>\d+))?"
    r"|(?P<word>base64|datetime|ID|any|one)"
)
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATETIME = re.compile(
    r"-?(?P<year>[0-9]{4,})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?P<part>\.[0-9]+)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
)
_NAME = re.compile(r"[^\W\d][\w.\-·]*")
#: The last characters of a base64 text whose unused bits are zero.
_BASE64_END = re.compile(r"(?:[AQgw]==|[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{2})\Z")
_INT = 2**31


@dataclass(frozen=True, slots=True)
class Facet:
    """What one field may hold.

    `fits`: whether a text does, as XML Schema decides. `says`: what is expected, in words.
    `quick`: a pattern of texts that fit for certain and are written without escaping; most do.
    `most`: characters of a text, or digits of a number, at most.
    """

    notation: str
    says: str
    fits: Callable[[str], bool]
    quick: str
    is_number: bool = False
    is_open: bool = False
    most: int | None = None
    default: str | None = None
    only: str | None = None

    def accepts(self, text: str) -> bool:
        """Whether a text, also an empty one that means the default, is valid."""
        if text == "" and (self.default is not None or self.only is not None):
            return True
        if self.only is not None:
            return text == self.only
        return self.fits(text)

    def value(self, text: str) -> Value:
        """A text that fits as a value: a whole number, a decimal or the text itself."""
        if not self.is_number:
            return text
        text = text.strip(" \t\n\r")
        if text == "":
            return text
        if "." in self.notation:
            return Decimal(text)
        size = int(text.lstrip("+-").lstrip("0") or 0)
        return -size if text[0] == "-" else size


@cache
def facet(cell: str) -> Facet:
    """Read a cell of the tables, how often it stands aside."""
    kind, *rest = cell.split()
    options = dict(zip(rest, [*rest[1:], ""], strict=False))
    found = _TYPE.fullmatch(kind)
    assert found, f"no type of a field: {cell}"
    trimmed = "trimmed" in options
    if found["word"]:
        made = _of_word(found["word"])
    elif found["digits"] and found["places"]:
        made = _amount(kind, int(found["digits"]), int(found["places"]))
    elif found["digits"]:
        made = _whole(kind, int(found["digits"]))
    else:
        least = int(found["length"] or found["least"] or 0)
        most = None if found["most"] == "n" else int(found["length"] or found["most"])
        made = _text(kind, least, most, trimmed)
    default, only = options.get("default"), options.get("always")
    if default is None and only is None:
        return made
    return Facet(
        made.notation,
        f'"{only}"' if only else made.says,
        made.fits,
        re.escape(only) if only else made.quick,
        made.is_number,
        made.is_open,
        made.most,
        default,
        only,
    )


def _text(kind: str, least: int, most: int | None, trimmed: bool) -> Facet:
    def fits(text: str) -> bool:
        length = len(_SPACE.sub(" ", text).strip(" ")) if trimmed else len(text)
        return least <= length and (most is None or length <= most)

    if most is None:
        says = "a text"
    elif least == most:
        says = "1 character" if most == 1 else f"{most} characters"
    elif least == 0:
        says = f"at most {most} characters"
    else:
        says = f"{least} to {most} characters"
    # Where spaces do not count, only a text without any is certain to be long enough.
    plain = _PLAIN_WORD if trimmed and least else _PLAIN
    return Facet(kind, says, fits, f"{plain}{{{least},{'' if most is None else most}}}+", most=most)


def _whole(kind: str, digits: int) -> Facet:
    def fits(text: str) -> bool:
        text = text.strip(" \t\n\r")
        if not _WHOLE.fullmatch(text):
            return False
        size = text.lstrip("+-").lstrip("0")
        return len(size) <= digits and int(size or 0) < _INT + text.startswith("-")

    says = f"a whole number of at most {digits} digits"
    return Facet(kind, says, fits, f"[0-9]{{1,{digits}}}+", is_number=True, most=digits)


def _amount(kind: str, digits: int, places: int) -> Facet:
    def fits(text: str) -> bool:
        text = text.strip(" \t\n\r")
        if not _NUMBER.fullmatch(text):
            return False
        before, _, after = text.lstrip("+-").partition(".")
        before, after = before.lstrip("0"), after.rstrip("0")
        return len(before) + len(after) <= digits and len(after) <= places

    says = f"a number of at most {digits} digits, of these at most {places} decimals, as 12.50"
    quick = f"-?[0-9]{{1,{digits - places}}}+(?:\\.[0-9]{{1,{places}}}+)?"
    return Facet(kind, says, fits, quick, is_number=True, most=digits)


def _of_word(word: str) -> Facet:
    if word == "base64":
        return Facet(word, "data in base64", _is_base64, r"(?!)")
    if word == "datetime":
        return Facet(word, "a day and time as 2026-01-31T18:05:00", _is_datetime, r"(?!)")
    if word == "ID":
        return Facet(word, "a name of letters, digits, - and _", _is_name, r"(?!)")
    says = "anything" if word == "any" else "at most one element"
    return Facet(word, says, lambda _: True, r"(?!)", is_open=True)


def _is_base64(text: str) -> bool:
    packed = text.translate({ord(each): None for each in " \t\n\r"})
    if not packed:
        return True
    try:
        binascii.a2b_base64(packed.encode("ascii"), strict_mode=True)
    except ValueError:
        return False
    return bool(_BASE64_END.search(packed))


def _is_datetime(text: str) -> bool:
    found = _DATETIME.fullmatch(text)
    if not found:
        return False
    hour, minute, second = (int(found[name]) for name in ("hour", "minute", "second"))
    if hour == 24:
        if minute or second or (found["part"] or "").strip(".0"):
            return False
    elif hour > 23 or minute > 59 or second > 59:
        return False
    # Four hundred years repeat, so that any year can be looked at.
    year = int(found["year"][-4:]) % 400 + 2000
    try:
        date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return found["year"].strip("0") != ""


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text.strip(" \t\n\r")))


def number(text: str) -> Decimal | None:
    """The number that a text writes, or nothing."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
