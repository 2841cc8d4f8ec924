# SPDX-License-Identifier: Apache-2.0
"""Writes rates into a season's `fx_rates`: one row for every day and currency."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from entrepot.errors import Misused
from entrepot.exchange.finding import Rates
from entrepot.exchange.mistakes import Contradicting, NoRate, told_of
from entrepot.exchange.table import HEADER, read_season_rates
from entrepot.exchange.tables import CNY, MILLION, Found

_NAME = "fx_rates"
#: Days that may be written at once.
_MOST_DAYS = 40_000

Held = dict[tuple[date, str], int]


@dataclass(frozen=True, slots=True)
class Filled:
    """How many rows were `added`, there already (`same`), `replaced`, or left alone (`kept`)."""

    file: str
    added: int
    same: int
    replaced: int
    kept: int


def file_of(target: Path) -> Path:
    """The file to write: `target`, or `fx_rates.csv` of the season that it is.

    Raises:
        Misused: it is neither, or the season holds its rates in another form.
    """
    asked = f"Cannot write rates to {target}."
    if not target.is_dir():
        if target.suffix != ".csv":
            remedy = "Name the folder of a season, or a file that ends in .csv."
            raise Misused(asked, "It is no season and no CSV file.", remedy)
        return target
    if not (target / "season.toml").is_file():
        raise Misused(asked, "It holds no season.toml.", "Name the folder of a season.")
    path = target / f"{_NAME}.csv"
    others = sorted(each.name for each in target.glob(f"{_NAME}*") if each != path)
    if others:
        raise Misused(
            asked,
            f"The season holds {others[0]}.",
            f"Turn it into {path.name}: only that can be added to.",
        )
    return path


def wanted(
    rates: Rates,
    currencies: Sequence[str],
    first: date,
    last: date,
    choice: Mapping[str, tuple[str, str]],
    at_most: int,
) -> list[Found]:
    """The rate in CNY of every currency for every day from first to last.

    Args:
        choice: source and rule of the day for each currency.

    Raises:
        Misused: the days or currencies make no sense.
        NoRate: with every day that has none.
    """
    asked = f"Cannot write rates from {first} to {last}."
    days = (last - first).days + 1
    if not 0 < days <= _MOST_DAYS:
        raise Misused(asked, f"That is {days:,} days.", "Name the first day, then the last.")
    if CNY in currencies:
        raise Misused(asked, f"The rates are in {CNY}.", f"Leave {CNY} out.")
    found: list[Found] = []
    none: list[NoRate] = []
    for at in range(days):
        on = first + timedelta(days=at)
        for currency in currencies:
            source, rule = choice[currency]
            try:
                found.append(rates.find(currency, CNY, on, source, rule=rule, at_most=at_most))
            except NoRate as error:
                none.append(error)
    if none:
        told = [f"{each.facts['on']} {each.facts['currency']}: {each.found}" for each in none]
        raise NoRate(asked, told_of("missing rate", told), none[0].remedy, count=len(none))
    return found


def fill(path: Path, found: Sequence[Found], *, replace: bool) -> Filled:
    """Add the rates to a file, in the order of their days; it is written whole or not at all.

    Raises:
        Unreadable: the file is no table of rates.
        Contradicting: it holds other rates for these days, and `replace` is not set.
    """
    held: Held = {}
    if path.exists():
        read = read_season_rates(path)
        Rates(read.quotes)
        held = {(q.on, q.currency): int(q.per_unit * MILLION) for q in read.quotes}
    new: Held = {(each.asked_on, each.currency): each.millionths for each in found}
    others = {key: held[key] for key in new if key in held and held[key] != new[key]}
    if others and not replace:
        told = [
            f"{on} {code}: {six(other)} is there, {six(new[on, code])} would be written"
            for (on, code), other in sorted(others.items())
        ]
        raise Contradicting(
            f"Cannot add rates to {path.name}.",
            told_of("contradiction", told),
            "Leave it as it is, or write over it with --replace.",
            count=len(told),
        )
    rows = sorted({**held, **new}.items())
    if not path.exists() or held != dict(rows):
        _write(path, rows)
    same = sum(held.get(key) == rate for key, rate in new.items())
    return Filled(
        str(path),
        added=len(new.keys() - held.keys()),
        same=same,
        replaced=len(others),
        kept=len(held.keys() - new.keys()),
    )


def six(rate: int) -> str:
    """Whole millionths as a decimal with six places."""
    return f"{rate // MILLION}.{rate % MILLION:06d}"


def _write(path: Path, rows: Sequence[tuple[tuple[date, str], int]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(",".join(HEADER) + "\n")
            file.writelines(f"{on},{code},{six(rate)}\n" for (on, code), rate in rows)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(mode)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
