# SPDX-License-Identifier: Apache-2.0
"""The board: per stage and currency what is proven and what is open, since when, how much, and why.

It reads the tallies and no item: with five million open items it reads a few thousand rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.reconciling.causes import AGES, OLDEST, Cause, age_of, cause_of
from entrepot.reconciling.models import OPEN, STAGES

_READ: Final = """
    SELECT stage, currency, state, found, least(greatest(%(today)s - opened_on, 0), %(oldest)s),
        sum(items)::bigint, sum(amount)::bigint, min(opened_on)
    FROM reconciling_tally
    WHERE enterprise_id = %(enterprise)s AND items <> 0
    GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(slots=True)
class Sum:
    """So many items, and what they come to in the smallest unit of their currency."""

    items: int = 0
    amount: int = 0

    def add(self, items: int, amount: int) -> None:
        """Count more of them."""
        self.items += items
        self.amount += amount


@dataclass(slots=True)
class Why:
    """Open items of one likely cause."""

    cause: Cause
    found: str
    sum: Sum = field(default_factory=Sum)


@dataclass(slots=True)
class Line:
    """A stage in one currency."""

    stage: str
    currency: str
    proven: Sum = field(default_factory=Sum)
    open: Sum = field(default_factory=Sum)
    ages: Mapping[str, Sum] = field(default_factory=lambda: {age: Sum() for age in AGES})
    causes: list[Why] = field(default_factory=list)
    oldest_on: date | None = None


def board(today: date) -> list[Line]:
    """Every stage and currency of which something is known, in the order in which money goes."""
    given = {"enterprise": acting().enterprise, "today": today, "oldest": OLDEST}
    with raw_cursor() as cursor:
        rows = cursor.execute(_READ, given).fetchall()
    lines: dict[tuple[str, str], Line] = {}
    whys: dict[tuple[str, str, str, str], Why] = {}
    for stage, currency, state, found, days, items, amount, first in rows:
        line = lines.setdefault((stage, currency), Line(stage, currency))
        if state != OPEN:
            line.proven.add(items, amount)
            continue
        line.open.add(items, amount)
        line.ages[age_of(days)].add(items, amount)
        line.oldest_on = min(line.oldest_on or first, first)
        cause = cause_of(stage, found, days)
        why = whys.setdefault((stage, currency, found, cause.code), Why(cause, found))
        why.sum.add(items, amount)
    for (stage, currency, _, _), why in whys.items():
        lines[stage, currency].causes.append(why)
    for line in lines.values():
        line.causes.sort(key=lambda why: (-why.sum.items, why.cause.code))
    return sorted(lines.values(), key=lambda line: (STAGES.index(line.stage), line.currency))


def as_told(line: Line) -> dict[str, Any]:
    """A line as a program reads it."""
    return {
        "stage": line.stage, "currency": line.currency, "oldest_on": line.oldest_on,
        "proven": _told(line.proven), "open": _told(line.open),
        "ages": [{"age": age, **_told(its)} for age, its in line.ages.items()],
        "causes": [
            {
                "found": why.found, "cause": why.cause.code, "why": dict(why.cause.why),
                "next": dict(why.cause.next), **_told(why.sum),
            }
            for why in line.causes
        ],
    }  # fmt: skip


def _told(its: Sum) -> dict[str, int]:
    return {"items": its.items, "amount": its.amount}
