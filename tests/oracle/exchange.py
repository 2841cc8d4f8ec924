# SPDX-License-Identifier: Apache-2.0
"""What foreign money of a random season gained, place by place and day by day."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracle.costs import converted, cut
from tests.oracle.entries import entries_of
from tests.oracle.refunds import fen, half_away, yuan

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season

WEEK = timedelta(days=7)
Rated = tuple[Decimal | None, str | None]


@dataclass
class Flow:
    """An amount that came (> 0) or left, with its value in fen."""

    on: date
    document: tuple[str, str, int]
    amount: int
    value: int | None
    rated: Rated


@dataclass
class Lot:
    """Units of a flow that are open: from `start` to its end; `at`: where they stood in the place
    when it was last valued.
    """

    flow: Flow
    start: int
    at: int = 0
    valued: tuple[date, Decimal, str] | None = None

    @property
    def sign(self) -> int:
        return 1 if self.flow.amount > 0 else -1

    def cost(self, units: int) -> int:
        whole = abs(self.flow.amount)
        return cut(abs(self.flow.value or 0), self.start, self.start + units, whole)

    def carried(self, units: int) -> int:
        """What is unrealised of the next units."""
        if self.valued is None:
            return 0
        worth = worth_of(self.at + units, self.valued[1]) - worth_of(self.at, self.valued[1])
        return (worth - self.cost(units)) * self.sign


@dataclass
class Found:
    settled: list[Row] = field(default_factory=list)
    revalued: list[Row] = field(default_factory=list)
    booked: defaultdict[tuple[Any, ...], int] = field(default_factory=lambda: defaultdict(int))


def simulate_exchange(season: Season, as_of: date) -> dict[str, list[Row]]:
    """Gains of exchange, as a close says them."""
    places = flows_of(season, as_of)
    found, exceptions = Found(), []
    unrated: dict[str, date] = {}
    for (place, currency), flows in sorted(places.items()):
        unknown = [flow for flow in flows if flow.value is None]
        if unknown:
            total = sum(abs(flow.amount) for flow in unknown)
            first = min(flow.on for flow in unknown)
            exceptions.append(("exchange_without_rate", place, currency, first, yuan(total)))
            continue
        for day in walk(season, (place, currency), flows, as_of, found):
            unrated[currency] = min(day, unrated.get(currency, day))
    nothing = Decimal("0.00")
    exceptions += [
        ("revaluation_without_rate", currency, currency, day, nothing)
        for currency, day in unrated.items()
    ]
    names = ("code", "table", "key", "currency", "day", "amount")
    return {
        "exchange_settled": found.settled,
        "exchange_revalued": found.revalued,
        "money_book": [moved(*at, gain) for at, gain in found.booked.items() if gain],
        "money_exceptions": [
            dict(zip(names, (row[0], "fx_rates", *row[1:]), strict=True)) for row in exceptions
        ],
    }


def flows_of(season: Season, as_of: date) -> dict[tuple[str, str], list[Flow]]:
    """By place and currency what came and left."""
    days: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in season.get("settlements", []):
        days[row["channel"], row["settlement_no"], row["currency"], row["posted_on"]].append(row)
    dated = [
        (f"receivable/{channel}", currency, on,
         ("settlement", f"{channel}/{number}", min(row["line_no"] for row in rows)),
         sum(fen(row["amount"]) for row in rows))
        for (channel, number, currency, on), rows in days.items()
    ]  # fmt: skip
    for row in season.get("payouts", []):
        document = ("payout", f"{row['channel']}/{row['settlement_no']}", 0)
        for kind, sign in (("receivable", -1), ("payout", 1)):
            place, amount = f"{kind}/{row['channel']}", sign * fen(row["amount"])
            dated.append((place, row["currency"], row["paid_on"], document, amount))
    for row in season.get("costs", []):
        document = ("cost", f"{row['payee']}/{row['cost_no']}", row["line_no"])
        place, amount = f"payable/{row['payee']}", -fen(row["amount"])
        dated.append((place, row["currency"], row["posted_on"], document, amount))
    every = [
        (place, currency, Flow(on, document, amount, value, rate_of(season, currency, on)))
        for place, currency, on, document, amount in dated
        if on <= as_of
        for value in [converted(season, amount, currency, on)]
    ]
    for entry in entries_of(season, as_of):
        every += of_bank(season, entry)
    places: defaultdict[tuple[str, str], list[Flow]] = defaultdict(list)
    for place, currency, flow in every:
        if currency != "CNY" and flow.amount:
            places[place, currency].append(flow)
    return places


def of_bank(season: Season, row: Row) -> list[tuple[str, str, Flow]]:
    """An entry at the account, and at what it settles."""
    document = ("bank", f"{row['account']}/{row['entry_no']}", row["line_no"])
    currency, other, on = row["currency"], row["of_currency"], row["booked_on"]
    value, own = row["cny"], rate_of(season, currency, on)
    if other == "CNY":
        value, own = fen(row["of_amount"]), (None, "bank")
    ours = Flow(on, document, fen(row["amount"]), value, own)
    found = [(f"bank/{row['account']}", currency, ours)]
    whose = {"payout": row["channel"], "cost": row["payee"]}.get(row["kind"])
    if whose:
        kind = "payout" if row["kind"] == "payout" else "payable"
        at = (None, "bank") if other else rate_of(season, currency, on)
        less = None if value is None else -value
        gone = Flow(on, document, -fen(row["own"]), less, at)
        found.append((f"{kind}/{whose}", row["own_currency"], gone))
    return found


def rate_of(season: Season, currency: str, on: date) -> Rated:
    """The rate of a day or the last within a week before, and where it is from."""
    young = [
        row
        for row in season.get("fx_rates", [])
        if row["currency"] == currency and timedelta(0) <= on - row["on"] <= WEEK
    ]
    last = max(young, key=lambda row: row["on"], default=None)
    return (last["cny_per_unit"], f"fx_rates {last['on']}") if last else (None, None)


def worth_of(units: int, rate: Decimal) -> int:
    return half_away(Fraction(units) * Fraction(rate))


def walk(
    season: Season, at: tuple[str, str], flows: list[Flow], as_of: date, found: Found
) -> list[date]:
    """Settle and value what one place holds; the ends of months that have no rate."""
    lots: deque[Lot] = deque()
    unrated = []
    first = min(flow.on for flow in flows)
    days = [first + timedelta(days=n) for n in range((as_of - first).days + 1)]
    for on in days:
        for flow in sorted((f for f in flows if f.on == on), key=lambda f: f.document):
            settle(at, flow, lots, found)
        if (on + timedelta(days=1)).day != 1:
            continue
        rate, source = rate_of(season, at[1], on)
        if rate is not None and source is not None:
            value(at, lots, (on, rate, source), found)
        elif lots:
            unrated.append(on)
    return unrated


def settle(at: tuple[str, str], flow: Flow, lots: deque[Lot], found: Found) -> None:
    """A flow settles what is open on the other side, first in, first out; the rest is open."""
    mine = Lot(flow, 0)
    while mine.start < abs(flow.amount) and lots and lots[0].sign != mine.sign:
        lot = lots[0]
        units = min(abs(lot.flow.amount) - lot.start, abs(flow.amount) - mine.start)
        opened, closed, carried = lot.cost(units), mine.cost(units), lot.carried(units)
        realised = (opened - closed) * mine.sign
        found.booked[(*at, flow.on, "realised")] += realised
        found.booked[(*at, flow.on, "reversed")] -= carried
        last = lot.valued or (None, None, None)
        found.settled.append(
            {
                **dict(zip(("place", "currency"), at, strict=True)),
                **side("opened", lot.flow, opened),
                **side("closed", flow, closed),
                "owed": lot.sign < 0,
                "amount": yuan(units),
                "realised": yuan(realised),
                **dict(zip(("revalued_on", "revalued_rate", "revalued_source"), last, strict=True)),
                "carried": yuan(carried),
            }
        )
        mine.start += units
        lot.start += units
        lot.at += units
        if lot.start == abs(lot.flow.amount):
            lots.popleft()
    if mine.start < abs(flow.amount):
        lots.append(mine)


def side(name: str, flow: Flow, value: int) -> Row:
    kind, number, line = flow.document
    rate, source = flow.rated
    told = {"on": flow.on, "kind": kind, "no": number, "line": line, "rate": rate}
    told |= {"source": source, "value": yuan(value)}
    return {f"{name}_{key}": each for key, each in told.items()}


def value(
    at: tuple[str, str], lots: deque[Lot], rated: tuple[date, Decimal, str], found: Found
) -> None:
    """Value what a place holds; only what that adds is booked."""
    on, rate, source = rated
    before = after = cost = position = 0
    for lot in lots:
        units = abs(lot.flow.amount) - lot.start
        before += lot.carried(units)
        lot.at, lot.valued = position, rated
        after += lot.carried(units)
        cost += lot.cost(units) * lot.sign
        position += units
    balance = position * (lots[0].sign if lots else 1)
    found.booked[(*at, on, "revalued")] += after - before
    if balance or after != before:
        found.revalued.append(
            {
                **dict(zip(("place", "currency"), at, strict=True)),
                "on": on,
                "rate": rate,
                "rate_source": source,
                "balance": yuan(balance),
                "value": yuan(cost + after),
                "unrealised": yuan(after),
                "booked": yuan(after - before),
            }
        )


def moved(place: str, currency: str, on: date, booking: str, gain: int) -> Row:
    """A gain as a movement of the book of money."""
    kind = "realised" if booking == "realised" else "unrealised"
    ends = (f"cost/exchange/{kind}", place)
    source, target = ends if gain > 0 else ends[::-1]
    return {
        "on": on,
        "document_kind": "exchange",
        "document_no": f"{place}/{currency}/{on}",
        "document_line": 0,
        "part": ("realised", "reversed", "revalued").index(booking),
        "item": "CNY",
        "amount": yuan(abs(gain)),
        "from_place": source,
        "to_place": target,
    }
