# SPDX-License-Identifier: Apache-2.0
"""Finds the rate that counts for a day, within one source.

A day without a rate takes the last one published before, never beyond a bound of days. A rate of a
period holds for its days and no other. Two currencies that a source does not quote against each
other meet in its base, on one and the same day; the quotient is exact and rounded once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from entrepot.exchange.mistakes import Contradicting, NoRate, told_of
from entrepot.exchange.tables import MILLION, Found, Quote

#: Days that a daily rate may be old, unless one says otherwise. The European Central Bank's longest
#: silence is five.
AT_MOST = 7
#: Which day's rate counts for a fact of a day.
DAY_RULES = {
    "same": "that of the day, or the last before it",
    "before": "the last before the day",
    "first_of_month": "that of the first of the month, or the last before it",
}


def looked_at(rule: str, on: date) -> date:
    """The day whose rate counts for a fact of the day `on`."""
    if rule == "before":
        return on - timedelta(days=1)
    return on.replace(day=1) if rule == "first_of_month" else on


def millionths(exact: Fraction) -> int:
    """A rate as whole millionths, half up."""
    return (2 * exact.numerator * MILLION + exact.denominator) // (2 * exact.denominator)


class Rates:
    """The rates of one or several sources."""

    def __init__(self, quotes: Iterable[Quote]) -> None:
        """Lay the rates in order.

        Raises:
            Contradicting: a source says two rates of one currency for a day.
        """
        held: dict[tuple[str, str, str], dict[date, Quote]] = {}
        against: list[str] = []
        for quote in quotes:
            line = held.setdefault((quote.source, quote.currency, quote.base), {})
            other = line.setdefault(quote.on, quote)
            if (other.per_unit, other.until) != (quote.per_unit, quote.until):
                against.append(
                    f"{quote.source} {quote.currency} {quote.on}: {other.said}"
                    f" ({other.file}:{other.row}), {quote.said} ({quote.file}:{quote.row})"
                )
        if against:
            raise Contradicting(
                "Cannot use these rates.",
                told_of("contradiction", against),
                "Leave one of each two out.",
                count=len(against),
            )
        self._lines = {key: [line[day] for day in sorted(line)] for key, line in held.items()}
        self._days = {key: [quote.on for quote in line] for key, line in self._lines.items()}

    @property
    def sources(self) -> list[str]:
        """The names of the sources."""
        return sorted({source for source, _, _ in self._lines})

    def currencies(self, source: str) -> list[str]:
        """Every currency that a source speaks of."""
        return sorted({code for key in self._lines if key[0] == source for code in key[1:]})

    def find(
        self,
        currency: str,
        into: str,
        on: date,
        source: str,
        *,
        rule: str = "same",
        at_most: int = AT_MOST,
    ) -> Found:
        """How much of `into` one unit of `currency` is for a fact of the day `on`.

        Args:
            rule: one of DAY_RULES.
            at_most: days that a daily rate may be older than the day looked at.

        Raises:
            NoRate: the source has none, or none young enough.
        """
        day = looked_at(rule, on)
        best: tuple[Quote, ...] = ()
        exact = Fraction(0)
        for path, value in self._paths(currency, into, day, source):
            if not best or path[0].on > best[0].on:
                best, exact = path, value
        asked = f"Cannot say what 1 {currency} is in {into} for {on}."
        facts = {"currency": currency, "on": on.isoformat()}
        if not best:
            raise NoRate(asked, *self._why_none(currency, into, source, day), **facts)
        found = Found(currency, into, source, on, day, best[0].on, best, exact, millionths(exact))
        if found.age > at_most:
            raise NoRate(
                asked,
                f"The last rate of {source} is of {found.published_on}, {found.age} days before"
                f" {day}; at most {at_most} are allowed.",
                "Import a table that has it, name another source, or allow more days.",
                **facts,
            )
        if not found.millionths:
            raise NoRate(
                asked,
                f"1 {currency} is less than half a millionth of {into}.",
                "A rate has six places: this currency cannot be told by one.",
                **facts,
            )
        return found

    def _paths(
        self, currency: str, into: str, day: date, source: str
    ) -> Iterator[tuple[tuple[Quote, ...], Fraction]]:
        """Every way from one currency to the other: quoted, turned, or by a base of both."""
        for quote in self._before((source, currency, into), day):
            yield (quote,), quote.per_unit
            break
        for quote in self._before((source, into, currency), day):
            yield (quote,), 1 / quote.per_unit
            break
        for base in self.currencies(source):
            theirs = self._before((source, into, base), day)
            other = next(theirs, None)
            for quote in self._before((source, currency, base), day):
                while other and other.on > quote.on:
                    other = next(theirs, None)
                if other and other.on == quote.on:
                    yield (quote, other), quote.per_unit / other.per_unit
                    break

    def _before(self, line: tuple[str, str, str], day: date) -> Iterator[Quote]:
        """The rates of a line that may count on a day, the latest first."""
        quotes = self._lines.get(line, [])
        for at in range(bisect_right(self._days.get(line, []), day) - 1, -1, -1):
            until = quotes[at].until
            if until is None or until >= day:
                yield quotes[at]

    def _why_none(self, currency: str, into: str, source: str, day: date) -> tuple[str, str]:
        known = self.currencies(source)
        absent = [code for code in (currency, into) if code not in known]
        if not known:
            return (
                f"There are no rates of {source}.",
                f"Name one of: {', '.join(self.sources) or 'a table'}.",
            )
        if absent:
            return (
                f"{source} has no {' and no '.join(absent)}.",
                "Import a table that has it, or name another source.",
            )
        return (
            f"{source} has both, but no rate that holds on {day}.",
            "Import a table that has it, or name another source.",
        )
