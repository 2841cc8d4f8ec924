# SPDX-License-Identifier: Apache-2.0
"""season.toml: whose season it is, the day it is closed for, the version of its tables."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from entrepot.engine.faults import Fault
from entrepot.engine.typed import FIRST_YEAR, LAST_YEAR
from entrepot.pipelines.season import FIRST_VERSION, SCHEMA_VERSION, is_newer
from entrepot.taxrefund.rules_season import is_uscc

NAME = "season.toml"
KINDS = ("trading", "producing")
#: The key that names the version of the tables; a season without it is of the first.
VERSION = "schema"
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


@dataclass(frozen=True, slots=True)
class Read:
    """What season.toml says: `about`, or None with `faults`.

    `version`: that of the season's tables; None where season.toml cannot tell.
    """

    about: About | None
    version: int | None
    faults: list[Fault]


def read_about(folder: Path, as_of: date | None = None) -> Read:
    """Read season.toml; `as_of` replaces the day in it, which may then be left out.

    Of a season newer than the program nothing but that is told: what else it says may mean
    something by then.
    """
    values, lines, fault = _values(folder / NAME)
    if fault is not None:
        return Read(None, None, [fault])
    version, faults = _version(values, lines.get(VERSION))
    read = Read(None, version, faults)
    if is_newer(version):
        return read
    if as_of is not None:
        values["as_of"] = as_of
    faults += _faults(values, lines)
    day = _day(values.get("as_of"))
    if faults or day is None:
        return read
    return Read(About(values["name"], values["uscc"], values["kind"], day), version, [])


def _values(path: Path) -> tuple[dict[str, Any], dict[str, int], Fault | None]:
    """What a TOML file says by key, the line of each key, and why it cannot be read, if so."""
    try:
        written = path.read_bytes().decode("utf-8-sig")
        values = tomllib.loads(written)
    except (FileNotFoundError, IsADirectoryError):
        expected = "a file that says " + ", ".join(_EXPECTED)
        fault = _fault("season.missing", "", "no such file", expected, "Add it.", None)
        return {}, {}, fault
    except UnicodeDecodeError:
        remedy = "Save the file as UTF-8."
        found = "bytes that are not UTF-8"
        return {}, {}, _fault("season.encoding", "", found, "UTF-8 text", remedy, None)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line ([0-9]+)", str(error))
        fault = _fault(
            "season.unreadable",
            "",
            str(error).split(" (at ")[0].rstrip("."),
            'lines such as name = "Spring"',
            "Correct the line; texts stand between double quotes.",
            int(at[1]) if at else None,
        )
        return {}, {}, fault
    lines = {
        match[1]: number
        for number, line in enumerate(written.splitlines(), 1)
        if (match := re.match(r"\s*[\"']?([^\s\"'=]+)[\"']?\s*=", line))
    }
    return values, lines, None


def _version(values: dict[str, Any], line: int | None) -> tuple[int | None, list[Fault]]:
    """The version that season.toml names, the first where it names none; None where it is wrong."""
    value = values.get(VERSION, FIRST_VERSION)
    if type(value) is not int or value < FIRST_VERSION:  # true would pass for 1
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        expected = f"a whole number from {FIRST_VERSION} to {SCHEMA_VERSION}, without quotes"
        remedy = "Correct it, or delete the line where the season is of the first version."
        return None, [_fault("season.schema", VERSION, f'"{shown}"', expected, remedy, line)]
    if value > SCHEMA_VERSION:
        expected = f"at most {SCHEMA_VERSION}, the newest version that this program knows"
        remedy = "Update Entrepot: an older one would misread the season."
        return value, [_fault("season.newer", VERSION, str(value), expected, remedy, line)]
    return value, []


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
    known = (*_EXPECTED, VERSION)
    faults += [
        _fault(
            "season.key_unknown",
            key,
            f'a key "{key}"',
            "only " + ", ".join(known),
            "Delete or rename it.",
            lines.get(key),
        )
        for key in values
        if key not in known
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
