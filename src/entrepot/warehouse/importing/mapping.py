# SPDX-License-Identifier: Apache-2.0
"""The mapping: how one channel's export is to be read, as a TOML file that a person writes."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from entrepot.engine.duck import text
from entrepot.engine.mistakes import listed, nearest
from entrepot.errors import Misused
from entrepot.warehouse.importing.mistakes import BadMapping, Mistake, refuse
from entrepot.warehouse.tables import OUTCOMES

#: What a column of the export can be, with what it means.
COLUMNS = {
    "order_no": "order number",
    "line_no": "line of the order; without it, lines are numbered in file order",
    "sku": "article",
    "name": "what the article is called",
    "quantity": "units",
    "unit_price": "price of one unit",
    "amount": "price of the line",
    "discount": "taken off the line",
    "shipped_at": "when the line was shipped (or ordered, where nothing else is known)",
    "returned_at": "when a cancelled line came back; without it, `shipped_at` says so",
    "buyer": "who bought",
    "channel": "marketplace or shop",
    "warehouse": "where the goods left from",
    "currency": "ISO 4217 code",
    "destination": "country, as an ISO code or as a name in [countries]",
    "status": "says which lines are cancellations",
    "shipped_status": "says which lines have been shipped",
    "cancels_order": "number of the order that a cancellation takes back",
    # What the desk takes of orders that have not left; a close leaves it aside.
    "ordered_at": "when it was ordered; the desk reads it in the place of `shipped_at`",
    "promised_on": "day by which it is to leave the warehouse",
    "postcode": "postcode it goes to",
    "service": "how it is to be shipped",
    "priority": "the highest first, among those promised for one day",
    "note": "what else is to be known of it",
    "recipient": "who gets it",
    "company": "firm of the recipient",
    "street": "street and house number",
    "city": "town",
    "region": "state or province",
    "phone": "telephone",
    "email": "address for mail",
}
#: What may be the same for the whole file instead of a column.
CONSTANTS = ("channel", "warehouse", "currency", "destination")
#: What names the order that a cancellation takes back, where no column does.
ORDERS = ("unknown", "same", "without_prefix")

#: Every section with its keys and the type of their values; "" is the top.
KEYS: dict[str, dict[str, type]] = {
    "": dict.fromkeys(CONSTANTS, str),
    "file": {"delimiter": str, "encoding": str, "sheet": str, "first_line_only": list},
    "columns": dict.fromkeys(COLUMNS, str),
    "numbers": {"decimal": str, "thousands": str, "strip": list},
    "days": {"forms": list, "times_in": str, "day_in": str},
    "countries": {},
    "services": {"codes": list, "patterns": list},
    "shipped": {"values": list},
    "cancellations": {
        "order_prefix": str,
        "negative_quantity": bool,
        "values": list,
        "quantity": str,
        "order": str,
        "may_split": bool,
        "outcome": str,
    },
    "rules": {"zero_price": str, "identical_lines": str, "unlisted_country": str},
}
_CHOICES = {
    ("numbers", "decimal"): (".", ","),
    ("cancellations", "quantity"): ("negative", "positive"),
    ("cancellations", "order"): ORDERS,
    ("cancellations", "outcome"): OUTCOMES,
    ("rules", "zero_price"): ("sale", "with_buyer", "report"),
    ("rules", "identical_lines"): ("keep", "report"),
}
_THOUSANDS = ("", ".", ",", "'", "’", " ", "\u00a0", "\u202f")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been checked. Names are those of the TOML file."""

    file: str
    sha256: str
    columns: Dictionary[str, str]
    constants: Dictionary[str, str]
    delimiter: str
    encoding: str
    sheet: str
    first_line_only: tuple[str, ...]
    decimal: str
    thousands: str
    strip: tuple[str, ...]
    forms: tuple[str, ...]
    times_in: str
    day_in: str
    countries: Dictionary[str, str]
    service_codes: tuple[str, ...]
    service_patterns: tuple[str, ...]
    shipped_values: tuple[str, ...]
    order_prefix: str
    negative_quantity: bool
    status_values: tuple[str, ...]
    positive_cancellations: bool
    order: str
    may_split: bool
    outcome: str
    zero_price: str
    identical_lines: str
    unlisted_country: str


def read_mapping(path: Path) -> Mapping:
    """Read a mapping and check it.

    Raises:
        Misused: there is no such file.
        BadMapping: it is no TOML, or says something that makes no sense; every mistake at once.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Misused(
            f"Cannot use the mapping {path.name}.",
            f"{path}: {error.strerror}.",
            "Give the path of a TOML file with --mapping.",
        ) from error
    return parse_mapping(path.name, content)


def parse_mapping(name: str, content: bytes, *, is_of_desk: bool = False) -> Mapping:
    """Check what a mapping says.

    Args:
        name: what it is called, for messages.
        content: the TOML.
        is_of_desk: orders are to be shipped yet: when they were ordered takes the place of when
            they left, and neither a warehouse nor a price has to be there.

    Raises:
        BadMapping: it is no TOML, or says something that makes no sense; every mistake at once.
    """
    asked = f"Cannot use the mapping {name}."
    try:
        said = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(asked, f"{name}: {error}", "Write it as TOML in UTF-8.") from error
    mistakes = _check_keys(said)
    if not mistakes:  # what follows may rely on every value having its type
        columns = said.setdefault("columns", {})
        if is_of_desk and "ordered_at" in columns:
            columns["shipped_at"] = columns.pop("ordered_at")
        mistakes = [
            *_check_columns(said, is_of_desk),
            *_check_form(said),
            *_check_days(said),
            *_check_goods(said),
            *_check_cancellations(said),
        ]
    if mistakes:
        raise refuse(BadMapping, asked, mistakes, "Correct the mapping and import again.")
    return _build(name, sha256(content).hexdigest(), said)


def _check_keys(said: dict[str, Any]) -> list[Mistake]:
    """Unknown sections and keys, values of another type, values that are none of the choices."""
    mistakes = []
    top = {key: value for key, value in said.items() if not isinstance(value, dict)}
    for section, content in [("", top), *((k, v) for k, v in said.items() if isinstance(v, dict))]:
        if section not in KEYS:
            mistakes.append(_unknown(f"[{section}]", section, "section", [k for k in KEYS if k]))
            continue
        known = KEYS[section]
        for key, value in content.items():
            place = f"[{section}] {key}" if section else key
            kind: type | None = str if section == "countries" else known.get(key)
            if kind is None:
                mistakes.append(_unknown(place, key, "key", list(known)))
            elif not isinstance(value, kind) or (
                isinstance(value, list) and not all(isinstance(each, str) for each in value)
            ):
                mistakes.append(Mistake(place, f"{value!r} is no {_KIND[kind]}.", _AS[kind]))
            elif (section, key) in _CHOICES and value not in _CHOICES[section, key]:
                choices = listed(_CHOICES[section, key])
                mistakes.append(
                    Mistake(place, f'"{value}" is not known.', f"Say one of {choices}.")
                )
    return mistakes


_KIND: dict[type, str] = {str: "text", bool: "yes or no", list: "list of texts"}
_AS = {
    str: 'Write it as "text".',
    bool: "Write true or false.",
    list: 'Write it as ["one", "two"].',
}


def _unknown(place: str, name: str, what: str, known: Sequence[str]) -> Mistake:
    meant = nearest(name, known)
    remedy = f'Is "{meant}" meant?' if meant else f"Known: {listed(known)}."
    return Mistake(place, f"There is no such {what}.", remedy)


def _check_columns(said: dict[str, Any], is_of_desk: bool) -> list[Mistake]:
    """What must be there, and what may be there once only."""
    columns = said["columns"]
    mistakes = [
        Mistake(f"[columns] {name}", "is missing.", f"Name the column: {COLUMNS[name]}.")
        for name in ("order_no", "sku", "quantity", "shipped_at")
        if name not in columns
    ]
    prices = len({"unit_price", "amount"} & columns.keys())
    if prices == 2 or (prices == 0 and not is_of_desk):
        mistakes.append(
            Mistake(
                "[columns]",
                "Exactly one of unit_price and amount is needed.",
                "Name the column with the price of one unit, or that with the price of the line.",
            )
        )
    for name in CONSTANTS:
        is_needed = not is_of_desk or (name != "warehouse" and (name != "currency" or prices))
        if name not in columns and name not in said and not is_needed:
            continue
        if (name in columns) == (name in said):
            found = "is given twice." if name in columns else "is missing."
            remedy = f'Say {name} = "..." at the top, or name its column in [columns].'
            mistakes.append(Mistake(name, found, remedy))
    form = {"currency": "[A-Z]{3}", "destination": "[A-Z]{2}"}
    for name in CONSTANTS:
        if name in said and not re.fullmatch(form.get(name, r"(?s).*\S.*"), said[name]):
            wanted = "Use the ISO code in capital letters." if name in form else "Name it."
            mistakes.append(Mistake(name, f'"{said[name]}" will not do.', wanted))
    mistakes += [
        Mistake(f"[columns] {name}", "is empty.", "Give the column's name in the export.")
        for name, header in columns.items()
        if not header
    ]
    mistakes += [
        Mistake("[file] first_line_only", f'"{name}" is not in [columns].', "Name it there first.")
        for name in said.get("file", {}).get("first_line_only", [])
        if name not in columns or name == "order_no"
    ]
    return mistakes


def _check_form(said: dict[str, Any]) -> list[Mistake]:
    """How the file and its numbers are written."""
    mistakes = []
    file, numbers = said.get("file", {}), said.get("numbers", {})
    delimiter = file.get("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        mistakes.append(
            Mistake(
                "[file] delimiter", f"{delimiter!r} will not do.", 'Use one character, such as ";".'
            )
        )
    try:
        if not codecs.lookup(file.get("encoding", "utf-8"))._is_text_encoding:
            raise LookupError
    except LookupError:
        mistakes.append(
            Mistake(
                "[file] encoding",
                f'"{file["encoding"]}" is not known.',
                "Use utf-8, cp1252 (Windows, western), utf-16, gb18030 (Chinese) or shift_jis.",
            )
        )
    thousands = numbers.get("thousands", "")
    if thousands not in _THOUSANDS or thousands == numbers.get("decimal", "."):
        mistakes.append(
            Mistake(
                "[numbers] thousands",
                f"{thousands!r} will not do.",
                "Use a point, a comma, an apostrophe or a space, other than the decimal mark.",
            )
        )
    return mistakes


def _check_days(said: dict[str, Any]) -> list[Mistake]:
    """The date forms, and the zones that turn a time into a day."""
    days = said.get("days", {})
    forms, times_in = days.get("forms", []), days.get("times_in", "")
    day_in = days.get("day_in", times_in)
    mistakes = []
    if not forms:
        mistakes.append(
            Mistake("[days] forms", "is missing.", 'Say for example forms = ["%Y-%m-%d %H:%M:%S"].')
        )
    for form in forms:
        if not _runs("SELECT try_strptime('', {})", form) or not (
            re.search("%-?d", form) and re.search("%-?[mbB]", form) and re.search("%-?[Yy]", form)
        ):
            mistakes.append(
                Mistake("[days] forms", f'"{form}" is no form of a day.', "Use %d, %m and %Y.")
            )
        elif day_in != times_in and "%z" not in form and not re.search("%-?[HI]", form):
            mistakes.append(
                Mistake(
                    "[days] forms",
                    f'"{form}" has no hour, so it cannot be taken from {times_in or "its zone"}'
                    f" to {day_in}.",
                    "Leave day_in out: a day without an hour stays as it is.",
                )
            )
        elif day_in and not times_in and "%z" not in form:
            mistakes.append(
                Mistake("[days] times_in", f'is missing, and "{form}" has no %z.', "Name the zone.")
            )
    mistakes += [
        Mistake(f"[days] {key}", f'"{days[key]}" is no time zone.', "Use Europe/Berlin or UTC.")
        for key in ("times_in", "day_in")
        if key in days and not _runs("SELECT timezone({}, TIMESTAMP '2000-01-01')", days[key])
    ]
    return mistakes


def _check_goods(said: dict[str, Any]) -> list[Mistake]:
    """Countries, service codes and what counts as shipped."""
    mistakes = [
        Mistake(
            f"[countries] {name}",
            f'"{code}" is no ISO code.',
            "Use two capital letters; ZZ where the export does not say.",
        )
        for name, code in said.get("countries", {}).items()
        if not _COUNTRY.fullmatch(code)
    ]
    rules = said.get("rules", {})
    if rules.get("zero_price") == "with_buyer" and "buyer" not in said.get("columns", {}):
        mistakes.append(
            Mistake("[rules] zero_price", "No column says who buys.", "Name [columns] buyer.")
        )
    unlisted = rules.get("unlisted_country", "ZZ")
    if not _COUNTRY.fullmatch(unlisted):
        mistakes.append(
            Mistake("[rules] unlisted_country", f'"{unlisted}" is no ISO code.', "Use ZZ.")
        )
    mistakes += [
        Mistake("[services] patterns", f'"{pattern}" is no pattern.', "Use an RE2 expression.")
        for pattern in said.get("services", {}).get("patterns", [])
        if not _runs("SELECT regexp_full_match('', {})", pattern)
    ]
    columns = said.get("columns", {})
    if ("shipped_status" in columns) != bool(said.get("shipped", {}).get("values")):
        mistakes.append(
            Mistake(
                "[shipped] values",
                "goes with [columns] shipped_status, and one of them is missing.",
                "Name the column, and the values that mean shipped.",
            )
        )
    return mistakes


def _check_cancellations(said: dict[str, Any]) -> list[Mistake]:
    """How a cancellation is known, and how it finds its order."""
    columns = said.get("columns", {})
    marks = said.get("cancellations", {})
    ways = [key for key in ("order_prefix", "negative_quantity", "values") if marks.get(key)]
    mistakes = []
    if ("cancellations" in said or "status" in columns) and len(ways) != 1:
        mistakes.append(
            Mistake(
                "[cancellations]",
                f"{len(ways)} ways to know a cancellation.",
                "Say exactly one of order_prefix, negative_quantity and values (of the status"
                " column).",
            )
        )
    elif ("status" in columns) != ("values" in ways):
        mistakes.append(
            Mistake(
                "[cancellations] values",
                "goes with [columns] status, and one of them is missing.",
                "Name the column, and the values that mean cancelled.",
            )
        )
    named = marks.get("order", "unknown") != "unknown" or "cancels_order" in columns
    if "cancellations" in said and not named and "buyer" not in columns:
        mistakes.append(
            Mistake(
                "[cancellations]",
                "Nothing says which sale a cancellation takes back.",
                "Name [columns] buyer or cancels_order, or say order.",
            )
        )
    if marks.get("order") == "without_prefix" and "order_prefix" not in ways:
        mistakes.append(
            Mistake("[cancellations] order", "There is no prefix to leave out.", 'Say "same".')
        )
    if marks.get("order", "unknown") != "unknown" and "cancels_order" in columns:
        mistakes.append(
            Mistake("[cancellations] order", "The column cancels_order says it.", "Leave it out.")
        )
    if marks.get("quantity") == "positive" and "negative_quantity" in ways:
        mistakes.append(
            Mistake("[cancellations] quantity", "contradicts negative_quantity.", "Leave it out.")
        )
    return mistakes


def _runs(query: str, value: str) -> bool:
    """True where DuckDB, which will use the value, takes it in the place of `{}`."""
    try:
        with duckdb.connect() as connection:
            connection.execute(query.format(text(value))).fetchall()
    except duckdb.Error:
        return False
    return True


def _build(file: str, digest: str, said: dict[str, Any]) -> Mapping:
    sections: dict[str, dict[str, Any]] = {name: said.get(name, {}) for name in KEYS}
    form, numbers, days = sections["file"], sections["numbers"], sections["days"]
    services, marks, rules = sections["services"], sections["cancellations"], sections["rules"]
    times_in = days.get("times_in", "UTC")
    return Mapping(
        file=file,
        sha256=digest,
        columns=sections["columns"],
        constants={name: said[name] for name in CONSTANTS if name in said},
        delimiter=form.get("delimiter", ","),
        encoding=form.get("encoding", "utf-8"),
        sheet=form.get("sheet", ""),
        first_line_only=tuple(form.get("first_line_only", ())),
        decimal=numbers.get("decimal", "."),
        thousands=numbers.get("thousands", ""),
        strip=tuple(numbers.get("strip", ())),
        forms=tuple(days["forms"]),
        times_in=times_in,
        day_in=days.get("day_in", times_in),
        countries=sections["countries"],
        service_codes=tuple(services.get("codes", ())),
        service_patterns=tuple(services.get("patterns", ())),
        shipped_values=tuple(sections["shipped"].get("values", ())),
        order_prefix=marks.get("order_prefix", ""),
        negative_quantity=marks.get("negative_quantity", False),
        status_values=tuple(marks.get("values", ())),
        positive_cancellations=marks.get("quantity") == "positive",
        order=marks.get("order", "unknown"),
        may_split=marks.get("may_split", True),
        outcome=marks.get("outcome", "restocked"),
        zero_price=rules.get("zero_price", "sale"),
        identical_lines=rules.get("identical_lines", "keep"),
        unlisted_country=rules.get("unlisted_country", ""),
    )
