# SPDX-License-Identifier: Apache-2.0
"""What a firm says of itself, as a TOML file: warehouses, channels, registrations, exchange.

All that the packs do not hold is said here, and by the firm: how it measures a consignment, whether
a marketplace collects, at which day's rate a return is made out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeGuard

from entrepot.destination.tables import OWN_SCHEMES
from entrepot.engine.mistakes import Mistake, nearest, refusal, shown
from entrepot.errors import Misused, Refused
from entrepot.packs.read import read

PRICES = ("with_vat", "without_vat")
COLLECTS = ("firm", "marketplace", "by_limit")
VALUES = ("without_vat", "as_charged")
EXCHANGE_DAYS = ("period_end", "day")
_COUNTRY, _CURRENCY = re.compile("[A-Z]{2}"), re.compile("[A-Z]{3}")
_TOP = (
    "established",
    "below_threshold",
    "consignment_value",
    "outside",
    "own_rates",
    "exchange",
    "warehouses",
    "channels",
    "registrations",
)
_REGISTRATION = ("scheme", "state", "number", "currency", "valid_from", "valid_to")
_LARGEST = 1 << 20

Found = Iterator[tuple[str, str, str, str]]


class BadFirm(Refused):
    """What a firm says of itself for its VAT returns cannot be used as it is."""

    code: ClassVar[str] = "vat.bad_firm"


@dataclass(frozen=True, slots=True)
class Channel:
    """How a channel sells: whether prices hold VAT, who collects it, and why, as the firm says."""

    name: str
    prices: str
    collects: str
    because: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration that the firm holds. `state`: where; `valid_to`: first day no longer."""

    scheme: str
    state: str
    number: str
    currency: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm's file, checked. `own_rates`, `exchange_rates`: files beside it, or None."""

    file: str
    established: str
    below_threshold: bool
    consignment_value: str
    outside: tuple[str, ...]
    exchange_on: str
    exchange_source: str
    exchange_rates: Path | None
    own_rates: Path | None
    warehouses: Mapping[str, str]
    channels: tuple[Channel, ...]
    registrations: tuple[Registration, ...]


def read_firm(path: Path) -> Firm:
    """Read a firm's file and check it.

    Raises:
        Misused: there is no such file.
        BadFirm: it is no TOML, or says something that makes no sense; every mistake at once.
    """
    asked = f"Cannot use {path.name} for VAT returns."
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        remedy = "Name the firm's TOML file; the guide shows one."
        raise Misused(asked, f"{path}: {error.strerror}.", remedy) from error
    try:
        said = tomllib.loads(raw[:_LARGEST].decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = f"{path.name}: {error}" if len(raw) <= _LARGEST else "It is larger than 1 MiB."
        raise BadFirm(asked, found, "Write it as TOML in UTF-8.") from error
    mistakes = [Mistake(path.name, None, *each) for each in _mistakes(said, path.parent)]
    if mistakes:
        raise refusal(BadFirm, asked, mistakes, "Correct the file and ask again.")
    exchange = said["exchange"]
    return Firm(
        path.name,
        said["established"],
        said.get("below_threshold", False),
        said["consignment_value"],
        tuple(said.get("outside", ())),
        exchange["on"],
        exchange["source"],
        path.parent / exchange["file"] if "file" in exchange else None,
        path.parent / said["own_rates"] if "own_rates" in said else None,
        dict(said["warehouses"]),
        tuple(
            Channel(name, each["prices"], each["collects"], each.get("because", ""))
            for name, each in said["channels"].items()
        ),
        tuple(_registration(each) for each in said.get("registrations", ())),
    )


def _registration(said: Mapping[str, Any]) -> Registration:
    return Registration(
        said["scheme"],
        said["state"],
        said["number"],
        said["currency"],
        said.get("valid_from", date(2000, 1, 1)),
        said.get("valid_to"),
    )


def _mistakes(said: dict[str, Any], folder: Path) -> Found:
    """Everything that is wrong: column, found, expected, remedy."""
    yield from _unknown(said, _TOP, "")
    yield from _form(said, "established", _COUNTRY, "a country such as CN")
    if not isinstance(said.get("below_threshold", False), bool):
        yield "below_threshold", shown(str(said["below_threshold"])), "true or false", "Correct it."
    elif said.get("below_threshold") and said.get("established") not in _in_eu():
        remedy = "Leave it out, or correct `established`."
        yield "below_threshold", "true", "a firm established in the EU: others have none", remedy
    yield from _one_of(said, "consignment_value", VALUES)
    outside = said.get("outside", [])
    if not isinstance(outside, list) or any(not _fits(each, _COUNTRY) for each in outside):
        yield "outside", shown(str(outside)), 'countries such as ["US", "JP"]', "Correct it."
    yield from _file(said, "own_rates", folder, "")
    yield from _exchange(said.get("exchange"), folder)
    warehouses = said.get("warehouses")
    if not _is_table(warehouses):
        yield "[warehouses]", "nothing", "a country for each warehouse", 'Say DUI1 = "DE".'
    else:
        for name in warehouses:
            yield from _form(warehouses, name, _COUNTRY, "a country such as DE", "[warehouses] ")
    yield from _channels(said.get("channels"))
    yield from _registrations(said.get("registrations", []))


def _in_eu() -> set[str]:
    return {row.text("state") for row in read("eu/vat_rates").rows}


def _exchange(said: Any, folder: Path) -> Found:
    if not _is_table(said):
        yield "[exchange]", "nothing", "on and source", "Say which day's rates count, and why."
        return
    yield from _unknown(said, ("on", "source", "file"), "[exchange] ")
    yield from _one_of(said, "on", EXCHANGE_DAYS, "[exchange] ")
    yield from _words(said, "source", "which rates these are, and why", "[exchange] ")
    yield from _file(said, "file", folder, "[exchange] ")


def _channels(said: Any) -> Found:
    if not _is_table(said):
        yield "[channels]", "nothing", "a section for each channel", "Say [channels.webshop]."
        return
    for name, each in said.items():
        place = f"[channels.{name}] "
        if not _is_table(each):
            yield place.strip(), shown(str(each)), "a section", "Say prices and collects."
            continue
        yield from _unknown(each, ("prices", "collects", "because"), place)
        yield from _one_of(each, "prices", PRICES, place)
        yield from _one_of(each, "collects", COLLECTS, place)
        if each.get("collects") == "marketplace" or "because" in each:
            yield from _words(each, "because", "why the marketplace collects", place)


def _registrations(said: Any) -> Found:
    if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
        yield "registrations", shown(str(said)), "sections", "Say [[registrations]] for each."
        return
    sound: list[Registration] = []
    for at, each in enumerate(said, 1):
        place = f"[[registrations]] {at}, "
        wrong = [
            *_unknown(each, _REGISTRATION, place),
            *_one_of(each, "scheme", OWN_SCHEMES, place),
            *_form(each, "state", _COUNTRY, "the country that gave it", place),
            *_words(each, "number", "its number", place),
            *_form(each, "currency", _CURRENCY, "the return's currency, such as EUR", place),
            *_days(each, place),
        ]
        if not wrong and (each["scheme"] == "uk") != (each["state"] == "GB"):
            expected = "scheme uk of state GB, or another one of a member state"
            wrong.append((f"{place}state", shown(each["state"]), expected, "Correct it."))
        yield from wrong
        if not wrong:
            one = _registration(each)
            if any(_overlap(one, other) for other in sound):
                found = f"a second one for {one.scheme}"
                yield place.rstrip(", "), found, "one on a day", "End the earlier: valid_to."
            sound.append(one)


def _overlap(one: Registration, other: Registration) -> bool:
    """Whether both could be meant on one day: local ones are told apart by their state."""
    alike = one.scheme == other.scheme and (one.scheme != "local" or one.state == other.state)
    ends, other_ends = one.valid_to or date.max, other.valid_to or date.max
    return alike and one.valid_from < other_ends and other.valid_from < ends


def _days(said: dict[str, Any], place: str) -> Found:
    for key in ("valid_from", "valid_to"):
        value = said.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            yield f"{place}{key}", shown(str(value)), "a day", "Write 2026-01-01 without quotes."
            return
    if "valid_to" in said and said["valid_to"] <= said.get("valid_from", date.min):
        remedy = "valid_to is the first day no longer in force."
        yield f"{place}valid_to", str(said["valid_to"]), "a day after valid_from", remedy


def _unknown(said: Mapping[str, Any], known: tuple[str, ...], place: str) -> Found:
    for key in said:
        if key not in known:
            close = nearest(key, known)
            remedy = f'Is "{close}" meant?' if close else "Leave it out."
            yield f"{place}{shown(key)}", "it", f"one of {', '.join(known)}", remedy


def _one_of(said: Mapping[str, Any], key: str, choices: tuple[str, ...], place: str = "") -> Found:
    if said.get(key) not in choices:
        yield f"{place}{key}", shown(_said(said, key)), f"one of {', '.join(choices)}", "Say one."


def _form(
    said: Mapping[str, Any], key: str, form: re.Pattern[str], expected: str, place: str = ""
) -> Found:
    if not _fits(said.get(key), form):
        yield f"{place}{key}", shown(_said(said, key)), expected, "Correct it."


def _words(said: Mapping[str, Any], key: str, expected: str, place: str) -> Found:
    value = said.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        yield f"{place}{key}", shown(_said(said, key)), expected, "Say it in up to 500 characters."


def _file(said: Mapping[str, Any], key: str, folder: Path, place: str) -> Found:
    """A file beside the firm's own, by its name alone."""
    if key not in said:
        return
    name = said[key]
    if not isinstance(name, str) or not name or Path(name).name != name:
        yield f"{place}{key}", shown(str(name)), "the name of a file beside it", "Correct it."
    elif not (folder / name).is_file():
        yield f"{place}{key}", shown(name), "a file that is there", "Add it, or leave this out."


def _fits(value: Any, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _said(said: Mapping[str, Any], key: str) -> str:
    return str(said[key]) if key in said else ""


def _is_table(said: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(said, dict) and bool(said)
