# SPDX-License-Identifier: Apache-2.0
"""The forms that values of masters have: one check for each, and what a fault of one says.

A check takes what was given, a text from a file or a value from a program, and gives back what is
kept, or raises `Wrong` with what was expected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: A text is quoted up to this length in a fault.
SHOWN = 60

Check = Callable[[object], Any]

_VISIBLE = frozenset("LMNPS")
#: Letters and symbols to Unicode that nobody can see.
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
#: Characters that turn the direction of what follows, so that a text reads otherwise than it is.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TRUE, _FALSE = frozenset({"yes", "true", "1", "是"}), frozenset({"no", "false", "0", "否"})


class Wrong(ValueError):
    """A value that a check does not take; says what it takes."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field: what was found, what was expected.

    `row` counts the lines of a call from 1; in a file it is the row a spreadsheet shows.
    """

    field: str
    found: str
    expected: str
    row: int | None = None

    @property
    def text(self) -> str:
        """The fault as one line a person reads."""
        place = ", ".join(
            part for part in (f"row {self.row}" if self.row else "", self.field) if part
        )
        return f"{place}: found {self.found}, expected {self.expected}"

    @property
    def facts(self) -> dict[str, object]:
        """The fault for programs."""
        at = {} if self.row is None else {"row": self.row}
        return {**at, "field": self.field, "found": self.found, "expected": self.expected}


def shown(value: object) -> str:
    """A value as a fault quotes it."""
    if value is None or value == "":
        return "nothing"
    said = value if isinstance(value, str) else _as_text(value)
    said = "".join(c if c.isprintable() else "\ufffd" for c in said[: SHOWN + 1])
    return f'"{said[:SHOWN]}{"…" if len(said) > SHOWN else ""}"'


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value[:SHOWN]))
    # A whole number of any length would take long to write out.
    return str(value) if not isinstance(value, int) or abs(value) < 10**20 else "a long number"


def code(most: int, *, is_place: bool = False, has_spaces: bool = False) -> Check:
    """A code: 1 to `most` visible characters.

    Args:
        is_place: it is part of a place, and has no slash.
        has_spaces: it may have spaces between its characters; those at its ends are cut off.
    """
    expected = f"1 to {most} visible characters"
    expected += ", spaces only between them" if has_spaces else " without spaces"
    if is_place:
        expected += " or slashes, not beginning with @"

    def check(value: object) -> str:
        text = as_text_of(value, expected)
        seen = text.replace(" ", "") if has_spaces else text
        is_seen = all(unicodedata.category(c)[0] in _VISIBLE and c not in _UNSEEN for c in seen)
        if not 1 <= len(text) <= most or not is_seen or (is_place and not is_name(text)):
            raise Wrong(expected)
        if not unicodedata.is_normalized("NFC", text):
            raise Wrong("accents written as one character with their letter")
        return text

    return check


def is_name(text: str) -> bool:
    """Whether it may be a part of a place; those that begin with @ are areas of warehouses."""
    return "/" not in text and not text.startswith("@")


def name(most: int) -> Check:
    """One line of text of at most `most` characters."""
    expected = f"one line of at most {most} characters"

    def check(value: object) -> str:
        text = as_text_of(value, expected)
        is_plain = all(
            unicodedata.category(c) not in {"Cc", "Cs", "Cn", "Zl", "Zp"} and c not in _TURNING
            for c in text
        )
        if len(text) > most or not is_plain:
            raise Wrong(expected)
        return text

    return check


def whole(least: int, most: int) -> Check:
    """A whole number between two bounds, both included."""
    expected = f"a whole number from {least:,} to {most:,}"

    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Wrong(expected)
        return value

    return check


def truth(value: object) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    said = value.casefold() if isinstance(value, str) else ""
    if said not in _TRUE | _FALSE:
        raise Wrong("yes or no")
    return said in _TRUE


def choice(*options: str) -> Check:
    """One of some words."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in options:
            raise Wrong(f"one of {', '.join(options)}")
        return value

    return check


def several(*options: str) -> Check:
    """Any of some words: a list, or a text with commas; kept in the order of `options`."""
    expected = f"any of {', '.join(options)}"

    def check(value: object) -> list[str]:
        if isinstance(value, str):
            value = [part.strip() for part in re.split("[,;|、，；]", value) if part.strip()]
        if not isinstance(value, (list, tuple)) or not all(part in options for part in value):
            raise Wrong(expected)
        return [option for option in options if option in value]

    return check


def form(pattern: str, expected: str) -> Check:
    """A text of a given form."""
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        text = as_text_of(value, expected)
        if not compiled.fullmatch(text):
            raise Wrong(expected)
        return text

    return check


def as_text_of(value: object, expected: str) -> str:
    """A text without blanks around it.

    Raises:
        Wrong: it is no text.
    """
    if not isinstance(value, str):
        raise Wrong(expected)
    return value.strip()
