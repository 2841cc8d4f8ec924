# SPDX-License-Identifier: Apache-2.0
"""What came in each calendar year, beside the limit for small firms, added up day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.oracle.costs import converted
from tests.oracle.refunds import half_away, yuan

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season


def years(season: Season, lines: list[Row], entries: list[Row]) -> list[Row]:
    """By year what came, in USD."""
    gross = [(row["posted_on"], row["cny"]) for row in lines if row["kind"] == "gross"]
    came = [
        (row["booked_on"], row["cny"])
        for row in entries
        if row["kind"] == "payout" and row["own"] > 0
    ]
    found = []
    for year in sorted({day.year for day, _ in (*gross, *came)}):
        amounts = [in_usd(season, rows, year) for rows in (came, gross)]
        most = None if None in amounts else max(amounts)
        found.append(
            {
                "year": year,
                "receipts": sum(day.year == year for day, _ in came),
                "received": yuan(None if amounts[0] is None else max(amounts[0], 0)),
                "gross": yuan(None if amounts[1] is None else max(amounts[1], 0)),
                "limit": Decimal("200000.00"),
                "state": None if most is None else "below",
            }
        )
    return found


def in_usd(season: Season, rows: list[tuple[date, int | None]], year: int) -> int | None:
    """What came in a year in cents of a USD, day by day; None where a rate is missing."""
    days: dict[date, list[int | None]] = defaultdict(list)
    for day, cny in rows:
        if day.year == year:
            days[day].append(cny)
    total = 0
    for day, amounts in days.items():
        rate = converted(season, 1_000_000, "USD", day)
        if rate is None or None in amounts:
            return None
        fen_of_day = sum(amounts)
        cents = half_away(Fraction(abs(fen_of_day) * 1_000_000, rate))
        total += cents if fen_of_day >= 0 else -cents
    return total
