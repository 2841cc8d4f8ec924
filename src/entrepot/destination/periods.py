# SPDX-License-Identifier: Apache-2.0
"""The period that a return is for: a month, a quarter, or days from and to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from entrepot.errors import Misused

#: Months that a period by name has.
MONTHS = {"month": 1, "quarter": 3, "days": 0}
_MONTH, _QUARTER = r"(\d{4})-(0[1-9]|1[0-2])", r"(\d{4})-?Q([1-4])"


@dataclass(frozen=True, slots=True)
class Period:
    """A period, `first` and `last` day included. `kind`: month, quarter or days."""

    kind: str
    name: str
    first: date
    last: date


def period_of(month: str, quarter: str, first: date | None, last: date | None) -> Period:
    """The one period that was asked for; days that are a whole month or quarter are that.

    Raises:
        Misused: none, several, or one that is no period.
    """
    by_days = first is not None or last is not None
    if [bool(month), bool(quarter), by_days].count(True) != 1:
        raise _misused("One of --month, --quarter, or --from with --to is needed.")
    if month:
        return _named("month", month, _MONTH, 1)
    if quarter:
        return _named("quarter", quarter, _QUARTER, 3)
    if first is None or last is None:
        raise _misused("Only one end of the period was given.")
    if last < first:
        raise _misused(f"{last} is before {first}.")
    whole = (
        _named("month", f"{first:%Y-%m}", _MONTH, 1),
        _named("quarter", f"{first.year}-Q{(first.month + 2) // 3}", _QUARTER, 3),
    )
    days = Period("days", f"{first} to {last}", first, last)
    return next((each for each in whole if (each.first, each.last) == (first, last)), days)


def _named(kind: str, name: str, pattern: str, months: int) -> Period:
    found = re.fullmatch(pattern, name, re.ASCII)
    if not found or not 2000 <= int(found[1]) <= 2099:
        raise _misused(f'"{name[:20]}" is no {kind}.')
    year, number = int(found[1]), int(found[2])
    first = date(year, (number - 1) * months + 1, 1)
    after = first.year * 12 + first.month - 1 + months
    last = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    shown = f"{year}-{number:02d}" if kind == "month" else f"{year}-Q{number}"
    return Period(kind, shown, first, last)


def _misused(found: str) -> Misused:
    return Misused(
        "Cannot tell the period of the return.",
        found,
        "Say --month 2026-03, --quarter 2026-Q1, or --from 2026-01-01 --to 2026-03-31.",
    )
