# SPDX-License-Identifier: Apache-2.0
"""season.toml: whose season it is and the day it is closed for."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from entrepot.engine.faults import Fault
from entrepot.engine.typed import FIRST_YEAR, LAST_YEAR
from entrepot.taxrefund.rules_season import is_uscc

NAME = "season.toml"
KINDS = ("trading", "producing")
_EXPECTED = {
    "name": "a text: what the season is called",
    "uscc": "the firm's unified social credit code, 18 characters",
    "kind": "one of " + ", ".join(KINDS),
    "as_of": f"a day such as 2026-04-30, from {FIRST_YEAR} to {LAST_YEAR}",
}


@dataclass(frozen=True, slots=True)
class About:
    """A season's name, the firm's USCC, its kind (trading or producing), the day to close for."""

    name: str
    uscc: str
    kind: str
    as_of: date


def read_about(folder: Path, as_of: date | None = None) -> tuple[About | None, list[Fault]]:
    """Read season.toml; `as_of` replaces the day in it, which may then be left out.

    Returns:
        what it says, or None and every fault it has.
    """
    path = folder / NAME
    if not path.is_file():
        expected = "a file that says " + ", ".join(_EXPECTED)
        return None, [_fault("season.missing", "", "no such file", expected, "Add it.", None)]
    try:
        written = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [
            _fault(
                "season.encoding",
                "",
                "bytes that are not UTF-8",
                "UTF-8 text",
                "Save the file as UTF-8.",
                None,
            )
        ]
    try:
        values = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line ([0-9]+)", str(error))
        return None, [
            _fault(
                "season.unreadable",
                "",
                str(error).split(" (at ")[0].rstrip("."),
                'lines such as name = "Spring"',
                "Correct the line; texts stand between double quotes.",
                int(line[1]) if line else None,
            )
        ]
    if as_of is not None:
        values["as_of"] = as_of
    lines = {
        match[1]: number
        for number, line in enumerate(written.splitlines(), 1)
        if (match := re.match(r"\s*[\"']?([^\s\"'=]+)[\"']?\s*=", line))
    }
    faults = _faults(values, lines)
    if faults:
        return None, faults
    day = _day(values["as_of"])
    assert day is not None
    return About(values["name"], values["uscc"], values["kind"], day), []


def _faults(values: dict[str, Any], lines: dict[str, int]) -> list[Fault]:
    faults = []
    for key, expected in _EXPECTED.items():
        if key not in values:
            faults.append(
                _fault("season.key_missing", key, "no such key", expected, "Add it.", None)
            )
        elif not _is_right(key, values[key]):
            remedy = "Correct it."
            if key == "uscc":
                remedy = "Copy the code from the business licence; its last character checks it."
            faults.append(
                _fault(f"season.{key}", key, f'"{values[key]}"', expected, remedy, lines.get(key))
            )
    faults += [
        _fault(
            "season.key_unknown",
            key,
            f'a key "{key}"',
            "only " + ", ".join(_EXPECTED),
            "Delete or rename it.",
            lines.get(key),
        )
        for key in values
        if key not in _EXPECTED
    ]
    return faults


def _is_right(key: str, value: object) -> bool:
    match key:
        case "as_of":
            return _day(value) is not None
        case "uscc":
            return isinstance(value, str) and is_uscc(value)
        case "kind":
            return value in KINDS
    return isinstance(value, str) and value != ""


def _day(value: object) -> date | None:
    """A TOML date, or the same as a text; a moment is no day."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, date) or isinstance(value, datetime):
        return None
    return value if FIRST_YEAR <= value.year <= LAST_YEAR else None


def _fault(code: str, key: str, found: str, expected: str, remedy: str, line: int | None) -> Fault:
    return Fault("season", NAME, line, key, code, found, expected, remedy)
