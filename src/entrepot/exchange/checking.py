# SPDX-License-Identifier: Apache-2.0
"""Looks a table of rates over: what stands twice, is missing, jumps, or differs from a source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from entrepot.exchange.finding import Rates
from entrepot.exchange.mistakes import NoRate
from entrepot.exchange.tables import Quote

#: What may be found, and whether the table is wrong for it or only worth a look.
CODES = {
    "contradicting": True,
    "turned": True,
    "hundredfold": True,
    "differs": True,
    "jump": True,
    "gap": True,
    "repeated": False,
    "not_compared": False,
}
#: How near to one the turned rate, or the hundredth, has to come.
_NEAR = Fraction(1, 5)


@dataclass(frozen=True, slots=True)
class Bounds:
    """`jump`, `differs`: percent to the rate before, and to the other source. `gap`: days."""

    jump: int
    differs: int
    gap: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: `facts` fill the sentence of its code."""

    code: str
    currency: str
    on: date
    file: str
    row: int
    facts: dict[str, str]


def look_over(
    quotes: Sequence[Quote], against: Rates, source: str, bounds: Bounds
) -> list[Finding]:
    """Everything to look at, by currency and day.

    Args:
        quotes: the table's, of one source.
        against: other rates; empty: nothing is compared.
        source: whose rates of `against`.
    """
    lines: defaultdict[str, list[Quote]] = defaultdict(list)
    for quote in quotes:
        lines[quote.currency].append(quote)
    found = [
        finding
        for code in sorted(lines)
        for finding in _line(sorted(lines[code], key=lambda each: each.on), against, source, bounds)
    ]
    return sorted(found, key=lambda each: (each.currency, each.on, each.row))


def _line(line: list[Quote], against: Rates, source: str, bounds: Bounds) -> Iterator[Finding]:
    kept = line[:1]
    for quote in line[1:]:
        if quote.on != kept[-1].on:
            kept.append(quote)
            continue
        code = "repeated" if quote.per_unit == kept[-1].per_unit else "contradicting"
        yield _finding(code, quote, said=quote.said, other=kept[-1].said, at=str(kept[-1].row))
    for before, quote in pairwise(kept):
        since = ((before.until or before.on), quote.on)
        if (since[1] - since[0]).days > bounds.gap:
            yield _finding("gap", quote, since=str(since[0]), days=str((since[1] - since[0]).days))
    compared = list(_compared(kept, against, source, bounds)) if against.sources else []
    yield from compared
    # What another source contradicts is told once, and nothing is measured by it.
    odd = {finding.row for finding in compared if finding.code != "not_compared"}
    for before, quote in pairwise(quote for quote in kept if quote.row not in odd):
        change = abs(quote.per_unit / before.per_unit - 1)
        if change * 100 > bounds.jump:
            facts = {"said": quote.said, "other": before.said, "percent": _percent(change)}
            yield _finding("jump", quote, **facts)


def _compared(line: list[Quote], against: Rates, source: str, bounds: Bounds) -> Iterator[Finding]:
    missing: list[Quote] = []
    for quote in line:
        try:
            other = against.find(quote.currency, quote.base, quote.on, source, at_most=bounds.gap)
        except NoRate:
            missing.append(quote)
            continue
        ratio = quote.per_unit / other.exact
        off = abs(ratio - 1)
        if off * 100 <= bounds.differs:
            continue
        turned = quote.per_unit * other.exact
        code = "differs"
        if abs(turned - 1) < _NEAR and off > _NEAR:
            code = "turned"
        elif any(abs(ratio * by - 1) < _NEAR for by in (100, Fraction(1, 100))):
            code = "hundredfold"
        facts = {"said": quote.said, "other": decimal(other.exact), "percent": _percent(off)}
        yield _finding(code, quote, source=source, published=str(other.published_on), **facts)
    if missing:
        days = {"days": str(len(missing)), "until": str(missing[-1].on), "source": source}
        yield _finding("not_compared", missing[0], **days)


def _finding(code: str, quote: Quote, **facts: str) -> Finding:
    return Finding(code, quote.currency, quote.on, quote.file, quote.row, facts)


def decimal(exact: Fraction, places: int = 6) -> str:
    """A rate above 0 as a decimal, half up."""
    scaled = (2 * exact.numerator * 10**places + exact.denominator) // (2 * exact.denominator)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def _percent(share: Fraction) -> str:
    return decimal(share * 100, 2)
