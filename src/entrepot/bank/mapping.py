# SPDX-License-Identifier: Apache-2.0
"""The mapping of a bank's table, as a TOML file that a person writes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from entrepot.bank.mistakes import BadMapping
from entrepot.engine.mistakes import Mistake, refusal, shown
from entrepot.errors import Misused

#: What a column of the table can be, with what it means.
COLUMNS = {
    "booked_on": "day of the booking",
    "valued_on": "day from which it bears interest",
    "amount": "what it adds, below zero where it takes",
    "credit": "what it adds, where credits have a column of their own",
    "debit": "what it takes, where debits have a column of their own, with or without a minus",
    "balance": "what the account holds after it; with it, every row is footed",
    "account": "number of the account",
    "currency": "ISO 4217 code",
    "reference": "the bank's own number of the entry",
    "payment_reference": "what the payer gave as a reference",
    "counterparty": "who paid, or was paid",
    "counterparty_account": "account of the other side",
    "text": "remittance text",
    "code": "kind of the booking",
    "charge": "what the bank took for it, without a sign",
    "instructed": "amount in the currency that was paid",
    "instructed_currency": "ISO 4217 code of that amount",
    "rate": "rate of the exchange, as printed",
}
DATES = {"ymd": "2026-03-25", "dmy": "25.03.2026", "mdy": "03/25/2026"}
MARKS = {"point": ".", "comma": ","}
_FILE = {"delimiter": ",", "encoding": "utf-8-sig", "decimal": "point", "dates": "ymd"}
_TOP = ("account", "currency")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been checked. Names are those of the TOML file."""

    file: str
    account: str
    currency: str
    delimiter: str
    encoding: str
    decimal: str
    dates: str
    columns: dict[str, str]


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
    mistakes = [
        Mistake(path.name, None, place, found, expected, remedy)
        for place, found, expected, remedy in _faults(said)
    ]
    if mistakes:
        raise refusal(BadMapping, asked, mistakes, "Correct the mapping and read again.")
    form = {**_FILE, **said.get("file", {})}
    return Mapping(
        path.name,
        said.get("account", ""),
        said.get("currency", ""),
        form["delimiter"],
        form["encoding"],
        form["decimal"],
        form["dates"],
        said["columns"],
    )


def _faults(said: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Unknown keys, values of another type or of no choice, and what must be there."""
    known: dict[str, tuple[str, ...]] = {"": _TOP, "file": (*_FILE,), "columns": (*COLUMNS,)}
    sections = {"": {k: v for k, v in said.items() if not isinstance(v, dict)}}
    sections |= {k: v for k, v in said.items() if isinstance(v, dict)}
    is_sound = True
    for section, content in sections.items():
        for key, value in content.items():
            place = f"[{section}] {key}" if section else key
            if key not in known.get(section, ()):
                is_sound = False
                close = get_close_matches(key, known.get(section, ()), n=1)
                remedy = f'Is "{close[0]}" meant?' if close else "Leave it out."
                yield place, "it", "a known key", remedy
            elif not isinstance(value, str) or not value:
                is_sound = False
                yield place, shown(str(value)), "a text", 'Write it as "text".'
    if not is_sound:
        return
    columns, form = said.get("columns", {}), {**_FILE, **said.get("file", {})}
    for key, choices in (("decimal", (*MARKS,)), ("dates", (*DATES,))):
        if form[key] not in choices:
            yield f"[file] {key}", shown(form[key]), f"one of {', '.join(choices)}", "Choose one."
    if len(form["delimiter"]) != 1 or form["delimiter"] in '"\r\n':
        yield "[file] delimiter", shown(form["delimiter"]), "one character", 'Use one, such as ";".'
    try:
        "".encode(form["encoding"])
    except LookupError:
        yield "[file] encoding", shown(form["encoding"]), "an encoding", 'Say for example "cp1252".'
    if "booked_on" not in columns:
        yield "[columns] booked_on", "nothing", COLUMNS["booked_on"], "Name the column."
    if ("amount" in columns) == ("credit" in columns or "debit" in columns):
        yield "[columns] amount", "both or nothing", "amount, or credit and debit", "Choose one."
    if ("credit" in columns) != ("debit" in columns):
        yield "[columns] credit", "one of the two", "credit and debit", "Name both columns."
    for key in _TOP:
        if (key in said) == (key in columns):
            found = "it twice" if key in said else "nothing"
            yield key, found, "it once", f'Say {key} = "..." at the top, or name its column.'
