# SPDX-License-Identifier: Apache-2.0
"""The mapping of a table of rates, as a TOML file that a person writes.

No layout of a bank, of customs or of anybody is known here: the mapping says what stands where.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from entrepot.engine.mistakes import Mistake, refusal, shown
from entrepot.exchange.mistakes import BadMapping
from entrepot.exchange.parsing import DATES, MARKS, bytes_of, digits
from entrepot.exchange.tables import CNY, ECB

#: What a column can be, with what it means.
COLUMNS = {
    "on": "day or month that the rate is for",
    "currency": "what currency a row is about",
    "rate": "the rate, where each row is about one currency",
}
HOLDS = ("day", "month")
_FILE = {"delimiter": ",", "encoding": "utf-8-sig", "decimal": "point", "dates": "ymd"}
_TOP = {"source": "", "base": CNY, "holds": "day"}
_OF_CURRENCY: dict[str, type] = {"named": str, "units": int, "turned": bool}
_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Of:
    """How one currency stands in the table.

    `named`: the heading of its column, or what its rows say. `units`: how many units the rate is
    for. `turned`: the rate is how many units of the currency `units` of the base are.
    """

    named: str
    units: int
    turned: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been checked. Names are those of the TOML file."""

    file: str
    source: str
    base: str
    holds: str
    delimiter: str
    encoding: str
    decimal: str
    dates: str
    columns: dict[str, str]
    currencies: dict[str, Of]

    @property
    def is_long(self) -> bool:
        """Whether each row is about one currency, not each column."""
        return "currency" in self.columns


def read_mapping(path: Path) -> Mapping:
    """Read a mapping and check it.

    Raises:
        Misused: there is no such file.
        BadMapping: it is no TOML, or says something that makes no sense; every mistake at once.
    """
    asked = f"Cannot use the mapping {path.name}."
    content, _ = bytes_of(path, asked)
    try:
        said = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(asked, f"{path.name}: {error}", "Write it as TOML in UTF-8.") from error
    faults = list(_strange(said)) or list(_senseless(said))
    if faults:
        mistakes = [Mistake(path.name, None, *fault) for fault in faults]
        raise refusal(BadMapping, asked, mistakes, "Correct the mapping and read again.")
    form = {**_FILE, **said.get("file", {})}
    top = {**_TOP, **{key: said[key] for key in _TOP if key in said}}
    return Mapping(
        path.name,
        **top,
        **form,
        columns=said["columns"],
        currencies={
            code: Of(of.get("named", code), of.get("units", 1), of.get("turned", False))
            for code, of in said["currencies"].items()
        },
    )


def _strange(said: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Unknown keys, and values of another type."""
    tables = {"file": dict.fromkeys(_FILE, str), "columns": dict.fromkeys(COLUMNS, str)}
    for key, value in said.items():
        if key in _TOP:
            yield from _unlike(key, value, str)
        elif key not in (*tables, "currencies"):
            yield _unknown(key, key, (*_TOP, *tables, "currencies"))
        elif not isinstance(value, dict):
            yield key, shown(str(value)), "a table", f"Write [{key}]."
    for section, keys in tables.items():
        yield from _keys(section, said.get(section), keys)
    currencies = said.get("currencies")
    for code, of in (currencies if isinstance(currencies, dict) else {}).items():
        if isinstance(of, dict):
            yield from _keys(f"currencies.{code}", of, _OF_CURRENCY)
        else:
            yield f"[currencies] {code}", shown(str(of)), "a table", 'Write { named = "..." }.'


def _keys(section: str, found: Any, keys: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for key, value in (found if isinstance(found, dict) else {}).items():
        if key in keys:
            yield from _unlike(f"[{section}] {key}", value, keys[key])
        else:
            yield _unknown(f"[{section}] {key}", key, tuple(keys))


def _unlike(place: str, value: Any, kind: type) -> Iterator[tuple[str, str, str, str]]:
    words = {str: "a text", int: "a whole number", bool: "true or false"}
    if type(value) is not kind or value == "":
        yield place, shown(str(value)), words[kind], f"Write {words[kind]}."


def _unknown(place: str, key: str, known: tuple[str, ...]) -> tuple[str, str, str, str]:
    close = get_close_matches(key, known, n=1)
    return place, "it", "a known key", f'Is "{close[0]}" meant?' if close else "Leave it out."


def _senseless(said: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Values of no choice, and what must be there."""
    top, form = {**_TOP, **said}, {**_FILE, **said.get("file", {})}
    columns, currencies = said.get("columns", {}), said.get("currencies", {})
    choices = (("decimal", form, MARKS), ("dates", form, DATES), ("holds", top, HOLDS))
    for key, where, allowed in choices:
        if where[key] not in allowed:
            yield key, shown(where[key]), f"one of {', '.join(allowed)}", "Choose one."
    if form["dates"] == "ym" and top["holds"] != "month":
        yield "holds", shown(top["holds"]), '"month", since days are months', 'Write "month".'
    if not _SOURCE.fullmatch(top["source"]) or top["source"] == ECB:
        expected = f'a name in small letters, such as "pboc" or "customs", not "{ECB}"'
        yield "source", shown(top["source"]), expected, "Name the source."
    if len(form["delimiter"]) != 1 or form["delimiter"] in '"\r\n':
        yield "[file] delimiter", shown(form["delimiter"]), "one character", 'Use one, such as ";".'
    try:
        "".encode(form["encoding"])
    except LookupError:
        yield (
            "[file] encoding",
            shown(form["encoding"]),
            "an encoding",
            'Say for example "gb18030".',
        )
    if "on" not in columns:
        yield "[columns] on", "nothing", COLUMNS["on"], "Name the column."
    if ("currency" in columns) != ("rate" in columns):
        yield "[columns] rate", "one of the two", "currency and rate, or none", "Name both or none."
    if not currencies:
        yield (
            "[currencies]",
            "nothing",
            "a table for each currency",
            'Write USD = { named = "..." }.',
        )
    names = [of.get("named", code) for code, of in currencies.items()]
    for code, of in currencies.items():
        if code not in digits() or code == top["base"]:
            yield f"[currencies] {code}", "it", "a currency's code, not the base", "Correct it."
        if of.get("units", 1) < 1:
            yield f"[currencies.{code}] units", str(of["units"]), "at least 1", "Correct it."
        if names.count(of.get("named", code)) > 1:
            yield f"[currencies.{code}] named", "it twice", "each once", "Name another."
    if top["base"] not in digits():
        yield "base", shown(top["base"]), "the code of a currency", "Correct it."
