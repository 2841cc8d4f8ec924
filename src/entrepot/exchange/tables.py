# SPDX-License-Identifier: Apache-2.0
"""What is a rate, what moves in a foreign currency, and what gains and losses come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from entrepot.engine.schema import Column, Kind, Table

#: What rates of a season are in.
CNY = "CNY"
#: Rates are whole millionths.
MILLION = 1_000_000
#: The source that comes along.
ECB = "ecb"
#: 10,000 CNY for one unit, far above any currency; a product with more might not fit.
LARGEST_RATE = 10**10


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate as a source says it: `per_unit` of `base` for one unit of `currency`, exactly.

    `on`: the day it is for, or the first of the days. `until`: the last of them; None: a daily
    rate, which holds until the next one. `said`: the source's own words. `row`: as an editor
    counts lines.
    """

    source: str
    currency: str
    base: str
    on: date
    until: date | None
    per_unit: Fraction
    said: str
    file: str
    row: int


@dataclass(frozen=True, slots=True)
class Found:
    """The rate that counts for a day, and how it was come by.

    `asked_on`: the day of the fact. `looked_on`: the day that the rule for the day gives.
    `published_on`: the day of the quotes. `legs`: one quote, or two that meet in a base.
    `exact`: what they come to; `millionths`: the same, half up.
    """

    currency: str
    into: str
    source: str
    asked_on: date
    looked_on: date
    published_on: date
    legs: tuple[Quote, ...]
    exact: Fraction
    millionths: int

    @property
    def age(self) -> int:
        """Days from the day of the quotes to the day looked at; 0 within the days of a period."""
        held = self.legs[0].until is not None
        return 0 if held else (self.looked_on - self.published_on).days

    @property
    def is_coarse(self) -> bool:
        """Whether six places change the rate by more than one part in ten thousand."""
        return abs(Fraction(self.millionths, MILLION) / self.exact - 1) > Fraction(1, 10_000)


_CODE, _FORM = "^[A-Z]{3}$", "three capital letters"
_IN, _OUT = "in", "out"
WAYS = (_IN, _OUT)

FLOWS = Table(
    "money_flows",
    "amount of foreign currency that came to a place or left it",
    (
        Column("place", Kind.TEXT, "where it is: bank/usd, receivable/amazon-us"),
        Column("currency", Kind.TEXT, "its ISO 4217 code", pattern=_CODE, form=_FORM),
        Column("on", Kind.DAY, "day"),
        Column("document_kind", Kind.TEXT, "what moved it", key=True),
        Column("document_no", Kind.TEXT, "number of the document", key=True),
        Column("document_line", Kind.NUMBER, "line of the document", key=True),
        Column("way", Kind.TEXT, "whether it came or left", values=WAYS),
        Column("amount", Kind.MONEY, "in that currency"),
        Column("value", Kind.MONEY, "CNY that it was booked with; empty: by `rate`", empty=True),
        Column("rate", Kind.FX_RATE, "CNY for one unit", empty=True),
        Column("rate_source", Kind.TEXT, "where the rate is from", empty=True),
    ),
    day="on",
)

REVALUATIONS = Table(
    "revaluations",
    "day on which what a place holds of a currency is valued anew, once the day is over",
    (
        Column("place", Kind.TEXT, "place", key=True),
        Column("currency", Kind.TEXT, "currency", key=True, pattern=_CODE, form=_FORM),
        Column("on", Kind.DAY, "day", key=True),
        Column("rate", Kind.FX_RATE, "CNY for one unit"),
        Column("rate_source", Kind.TEXT, "where the rate is from", empty=True),
    ),
    day="on",
)

SETTLED = Table(
    "exchange_settled",
    "amount that one flow settled of another, first in, first out",
    (
        Column("place", Kind.TEXT, "place", key=True),
        Column("currency", Kind.TEXT, "currency", key=True),
        Column("opened_on", Kind.DAY, "day it was opened"),
        Column("opened_kind", Kind.TEXT, "document that opened it", key=True),
        Column("opened_no", Kind.TEXT, "its number", key=True),
        Column("opened_line", Kind.NUMBER, "its line", key=True),
        Column("opened_rate", Kind.FX_RATE, "CNY for one unit then", empty=True),
        Column("opened_source", Kind.TEXT, "where that rate is from", empty=True),
        Column("opened_value", Kind.MONEY, "CNY that it was opened with"),
        Column("closed_on", Kind.DAY, "day it was settled"),
        Column("closed_kind", Kind.TEXT, "document that settled it", key=True),
        Column("closed_no", Kind.TEXT, "its number", key=True),
        Column("closed_line", Kind.NUMBER, "its line", key=True),
        Column("closed_rate", Kind.FX_RATE, "CNY for one unit then", empty=True),
        Column("closed_source", Kind.TEXT, "where that rate is from", empty=True),
        Column("closed_value", Kind.MONEY, "CNY that it was settled with"),
        Column("owed", Kind.FLAG, "true: the place owed it"),
        Column("amount", Kind.MONEY, "in that currency"),
        Column("realised", Kind.MONEY, "gain, below 0: loss", negative=True),
        Column("revalued_on", Kind.DAY, "day it was last revalued", empty=True),
        Column("revalued_rate", Kind.FX_RATE, "CNY for one unit then", empty=True),
        Column("revalued_source", Kind.TEXT, "where that rate is from", empty=True),
        Column("carried", Kind.MONEY, "unrealised until then, now reversed", negative=True),
    ),
)

REVALUED = Table(
    "exchange_revalued",
    "revaluation of what a place holds of a currency",
    (
        Column("place", Kind.TEXT, "place", key=True),
        Column("currency", Kind.TEXT, "currency", key=True),
        Column("on", Kind.DAY, "day", key=True),
        Column("rate", Kind.FX_RATE, "CNY for one unit"),
        Column("rate_source", Kind.TEXT, "where the rate is from", empty=True),
        Column("balance", Kind.MONEY, "what it holds; below 0: owes", negative=True),
        Column("value", Kind.MONEY, "CNY of the balance at the rate", negative=True),
        Column("unrealised", Kind.MONEY, "of that, not realised yet", negative=True),
        Column("booked", Kind.MONEY, "what this day adds to what is unrealised", negative=True),
    ),
)

BOOKED = Table(
    "exchange_movements",
    "movement of CNY that books a gain or loss of exchange",
    (
        Column("on", Kind.DAY, "day"),
        Column("booking", Kind.TEXT, "realised, reversed or revalued", key=True),
        Column("place", Kind.TEXT, "place that holds the currency", key=True),
        Column("currency", Kind.TEXT, "currency", key=True),
        Column("document_kind", Kind.TEXT, "what settled it; empty: a revaluation", empty=True),
        Column("document_no", Kind.TEXT, "its number", key=True, empty=True),
        Column("document_line", Kind.NUMBER, "its line", key=True, empty=True),
        Column("item", Kind.TEXT, "CNY"),
        Column("quantity", Kind.COUNT, "whole fen, above 0"),
        Column("from_place", Kind.TEXT, "the place that it leaves"),
        Column("to_place", Kind.TEXT, "the place that it enters"),
    ),
)
