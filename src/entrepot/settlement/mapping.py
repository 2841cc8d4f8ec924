# SPDX-License-Identifier: Apache-2.0
"""The mapping of a settlement table that no reader knows, as a TOML file that a person writes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrepot.engine.mistakes import Mistake, nearest, refusal
from entrepot.errors import Misused
from entrepot.settlement.mistakes import BadMapping
from entrepot.settlement.moments import ORDERS
from entrepot.settlement.steps import MARKS
from entrepot.settlement.tables import ACCOUNTS, KINDS

#: What a column of the table can be, with what it means.
COLUMNS = {
    "settlement": "number of the settlement or payout",
    "posted_at": "day or time of the line",
    "event": "type of transaction",
    "order_no": "order",
    "item_no": "item of the order",
    "sku": "article",
    "quantity": "units",
    "marketplace": "where it was sold",
    "label": "what the amount is for; without it, the amount's column is called so",
    "currency": "ISO 4217 code",
    "entry_no": "number of the line, where the payer gives one",
    "total": "what is paid out, on one row of the settlement or on all",
    "begins": "first day of the settlement",
    "ends": "last day of the settlement",
    "deposited_on": "day of the payout",
    "state": "state of the payout",
}
NEEDED = ("settlement",)
#: How a column of money is written: a fee of 1.50 as -1.50, or as 1.50.
SIGNS = {"as_printed": 1, "turned": -1}
_KEYS: dict[str, dict[str, type]] = {
    "": {"system": str, "currency": str},
    "file": dict.fromkeys(("delimiter", "encoding", "decimal", "dates", "times_in"), str),
    "columns": dict.fromkeys(COLUMNS, str),
    "amounts": {},
    "accounts": {},
    "events": {},
}
#: Sections whose keys are the table's own words, and what may stand behind them.
_CHOICES = {"amounts": tuple(SIGNS), "accounts": tuple(ACCOUNTS), "events": KINDS}
_FORMS = {"decimal": tuple(MARKS), "dates": ORDERS}


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been checked. Names are those of the TOML file."""

    file: str
    system: str
    currency: str
    delimiter: str
    encoding: str
    decimal: str
    dates: str
    times_in: str
    columns: dict[str, str]
    amounts: dict[str, str]
    accounts: dict[str, str]
    events: dict[str, str]


def read_mapping(path: Path) -> Mapping:
    """Read a mapping and check it.

    Raises:
        Misused: there is no such file.
        BadMapping: it is no TOML, or says something that makes no sense; every mistake at once.
    """
    asked = f"Cannot use the mapping {path.name}."
    try:
        said = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise Misused(
            asked, f"{path}: {error.strerror}.", "Give the path of a TOML file with --mapping."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(asked, f"{path.name}: {error}", "Write it as TOML in UTF-8.") from error
    mistakes = [*_check_keys(path.name, said)]
    if not mistakes:  # what follows may rely on every value having its type
        mistakes += _check_columns(path.name, said)
    if mistakes:
        raise refusal(BadMapping, asked, mistakes, "Correct the mapping and read again.")
    form = said.get("file", {})
    return Mapping(
        path.name,
        said.get("system", ""),
        said.get("currency", ""),
        form.get("delimiter", ","),
        form.get("encoding", ""),
        form.get("decimal", ""),
        form.get("dates", ""),
        form.get("times_in", "UTC"),
        said["columns"],
        said["amounts"],
        said.get("accounts", {}),
        said.get("events", {}),
    )


def _check_keys(file: str, said: dict[str, Any]) -> list[Mistake]:
    """Unknown sections and keys, values of another type, values that are none of the choices."""
    mistakes = []
    top = {key: value for key, value in said.items() if not isinstance(value, dict)}
    for section, content in [("", top), *((k, v) for k, v in said.items() if isinstance(v, dict))]:
        if section not in _KEYS:
            meant = nearest(section, list(_KEYS))
            remedy = f"Is [{meant}] meant?" if meant else f"Known: {', '.join(_KEYS)[2:]}."
            mistakes.append(Mistake(file, None, f"[{section}]", "it", "a known section", remedy))
            continue
        for key, value in content.items():
            place = f"[{section}] {key}" if section else key
            choices = _CHOICES.get(section) or _FORMS.get(key if section == "file" else "", ())
            if section not in _CHOICES and key not in _KEYS[section]:
                meant = nearest(key, list(_KEYS[section]))
                remedy = f'Is "{meant}" meant?' if meant else "Leave it out."
                mistakes.append(Mistake(file, None, place, "it", "a known key", remedy))
            elif not isinstance(value, str) or not value:
                remedy = 'Write it as "text".'
                mistakes.append(Mistake(file, None, place, repr(value)[:60], "a text", remedy))
            elif choices and value not in choices:
                expected = f"one of {', '.join(choices)}"
                close = nearest(value, choices)
                remedy = f'Is "{close}" meant?' if close else "Choose one."
                mistakes.append(Mistake(file, None, place, f'"{value}"', expected, remedy))
    return mistakes


def _check_columns(file: str, said: dict[str, Any]) -> list[Mistake]:
    """What must be there, and how the file is written."""
    columns = said.get("columns", {})
    mistakes = [
        Mistake(file, None, f"[columns] {name}", "nothing", COLUMNS[name], "Name the column.")
        for name in NEEDED
        if name not in columns
    ]
    if not said.get("amounts"):
        remedy = 'Say for example Amount = "as_printed".'
        expected = "the columns of money"
        mistakes.append(Mistake(file, None, "[amounts]", "nothing", expected, remedy))
    if ("currency" in columns) == ("currency" in said):
        found = "it twice" if "currency" in said else "nothing"
        remedy = 'Say currency = "EUR" at the top, or name its column in [columns].'
        mistakes.append(Mistake(file, None, "currency", found, "it once", remedy))
    delimiter = said.get("file", {}).get("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        remedy = 'Use one character, such as ";".'
        mistakes.append(
            Mistake(file, None, "[file] delimiter", repr(delimiter), "one character", remedy)
        )
    return mistakes
