# SPDX-License-Identifier: Apache-2.0
"""Gains of exchange in the close: what foreign money was worth when it came and when it left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.exchange.booking import book_gains
from entrepot.finance import exchanging
from entrepot.finance.spreading import with_rates
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.pipelines.bank import Bank
from entrepot.pipelines.costs import Costs
from entrepot.pipelines.money import Money

#: What to do about each code.
REMEDIES: Final = {
    "exchange_without_rate": "Enter rates of these days, or of one of the seven days before.",
    "revaluation_without_rate": "Enter a rate of that day, or of one of the seven days before.",
}
_LINE: Final = ["place", "currency"]
#: Part of a day's booking in the book of money.
_PARTS: Final = {"realised": 0, "reversed": 1, "revalued": 2}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What foreign money gained, in fen.

    flows: as in `finance.exchanging`, of places where every flow has a value. settled: one row per
    amount that one flow settled of another. revalued: one row per place and end of a month.
    booked: one row per place, currency, day and kind of booking, with gain (fen; below 0: a loss).
    moved: the same with the columns of MONEY_BOOK. left_out: places of which an amount has no rate.
    exceptions: what has no rate.
    """

    flows: Frame
    settled: Frame
    revalued: Frame
    booked: Frame
    moved: Frame
    left_out: Frame
    exceptions: Frame


def work_out_exchange(
    engine: Engine, rates: Frame, money: Money, costs: Costs | None, bank: Bank | None, as_of: date
) -> Exchange | None:
    """Book realised gains as money leaves, unrealised ones at the end of each month.

    Returns:
        None where no foreign money came or left.

    Source: our own policy: first in, first out, as all of the book; months as accounts are kept.
    """
    every = engine.keep(
        exchanging.flows(
            money.lines,
            money.payouts,
            costs.costs if costs else None,
            bank.entries if bank else None,
            rates,
        ),
        "exchange_every",
    )
    first = engine.rows(every.select(first=nw.col("on").min()))[0]["first"]
    if first is None:
        return None
    unknown = every.filter(nw.col("value").is_null())
    left_out = engine.keep(unknown.select(*_LINE).unique(), "exchange_left_out")
    flows = engine.keep(every.join(left_out, on=_LINE, how="anti"), "exchange_known")
    ends = engine.table(pa.table({"on": pa.array(list(month_ends(first, as_of)), pa.date32())}))
    asked = engine.keep(_asked(flows, ends, rates), "exchange_asked")
    is_rated = ~nw.col("rate").is_null()
    amount, value = nw.col("amount"), nw.col("value")
    found = book_gains(
        engine,
        flows.with_columns(
            way=nw.when(amount > 0).then(nw.lit("in")).otherwise(nw.lit("out")),
            amount=amount.abs(),
            value=value.abs(),
        ),
        asked.filter(is_rated),
    )
    is_told = (nw.col("balance") != 0) | (nw.col("booked") != 0)
    booked = engine.keep(_booked(found.movements), "exchange_booked")
    return Exchange(
        flows,
        found.settled,
        engine.keep(found.revalued.filter(is_told), "exchange_revaluations"),
        booked,
        _moved(booked),
        left_out,
        engine.keep(
            _misfits(unknown, _held(flows, asked.filter(~is_rated))), "exchange_exceptions"
        ),
    )


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last days of the months from that of `first` on, up to `last`."""
    months = first.year * 12 + first.month
    while (end := date(months // 12, months % 12 + 1, 1) - timedelta(1)) <= last:
        yield end
        months += 1


def _asked(flows: Frame, ends: Frame, rates: Frame) -> Frame:
    """The ends of months at which each place is valued, with the rates of its currency."""
    begun = flows.group_by(*_LINE).agg(first_on=nw.col("on").min())
    days = begun.join(ends, how="cross").filter(nw.col("first_on") <= nw.col("on"))
    told = with_rates(days.with_columns(posted_on="on"), rates)
    source = nw.concat_str([nw.lit("fx_rates"), nw.col("rate_on").cast(nw.String)], separator=" ")
    return told.select(*_LINE, "on", "rate", rate_source=source)


def _held(flows: Frame, days: Frame) -> Frame:
    """Those of the days on which the place holds or owes anything."""
    until = flows.select(*_LINE, "amount", came_on="on").join(days, on=_LINE)
    return (
        until.filter(nw.col("came_on") <= nw.col("on"))
        .group_by(*_LINE, "on")
        .agg(amount=nw.col("amount").sum().cast(nw.Int64))
        .filter(nw.col("amount") != 0)
    )


def _booked(movements: Frame) -> Frame:
    """What each day books of each place and kind, as one gain or loss."""
    quantity = nw.col("quantity")
    is_gain = nw.col("to_place") == nw.col("place")
    return (
        movements.with_columns(
            account=nw.when(is_gain).then(nw.col("from_place")).otherwise(nw.col("to_place")),
            gain=nw.when(is_gain).then(quantity).otherwise(0 - quantity),
        )
        .group_by(*_LINE, "on", "booking", "account")
        .agg(gain=nw.col("gain").sum().cast(nw.Int64))
        .filter(nw.col("gain") != 0)
    )


def _moved(booked: Frame) -> Frame:
    """Gains come from the account of exchange to the place, losses go."""
    kind, is_gain = nw.col("booking"), nw.col("gain") > 0
    part = nw.lit(None, nw.Int64)
    for name, number in _PARTS.items():
        part = nw.when(kind == name).then(nw.lit(number, nw.Int64)).otherwise(part)
    return booked.select(
        "on",
        document_kind=nw.lit("exchange"),
        document_no=nw.concat_str(
            [nw.col("place"), nw.col("currency"), nw.col("on").cast(nw.String)], separator="/"
        ),
        document_line=nw.lit(0, nw.Int64),
        part=part,
        item=nw.lit("CNY"),
        amount=nw.col("gain").abs(),
        from_place=nw.when(is_gain).then(nw.col("account")).otherwise(nw.col("place")),
        to_place=nw.when(is_gain).then(nw.col("place")).otherwise(nw.col("account")),
    )


def _misfits(unknown: Frame, unrated: Frame) -> Frame:
    places = unknown.group_by(*_LINE).agg(
        day=nw.col("on").min(), amount=nw.col("amount").abs().sum().cast(nw.Int64)
    )
    ends = unrated.group_by("currency").agg(day=nw.col("on").min())
    return nw.concat(
        [
            _misfit(
                places.with_columns(key="place"), "exchange_without_rate",
                "Amounts without a rate to CNY: no gain of the place is worked out.",
            ),
            _misfit(
                ends.with_columns(key="currency", amount=nw.lit(0, nw.Int64)),
                "revaluation_without_rate",
                "Ends of months, this the first, have no rate to CNY: nothing is valued then.",
            ),
        ]
    )  # fmt: skip


def _misfit(rows: Frame, code: str, found: str) -> Frame:
    return rows.select(
        "currency", "amount", "day", "key",
        code=nw.lit(code), table=nw.lit("fx_rates"), found=nw.lit(found),
        remedy=nw.lit(REMEDIES[code]),
    ).select(MONEY_EXCEPTIONS.names)  # fmt: skip


def gains_are_booked_once(exchange: Exchange) -> Frame:
    """What a place holds in CNY is what came, less what left, with all that was booked.

    That is nothing where it holds no foreign money, and its worth where nothing came or left since
    it was last valued; in between it says nothing.
    """
    held = exchange.flows.group_by(*_LINE).agg(
        balance=nw.col("amount").sum().cast(nw.Int64),
        paid=nw.col("value").sum().cast(nw.Int64),
        last_on=nw.col("on").max(),
    )
    gained = exchange.booked.group_by(*_LINE).agg(gained=nw.col("gain").sum().cast(nw.Int64))
    last = exchange.revalued.group_by(*_LINE).agg(on=nw.col("on").max())
    worth = exchange.revalued.select(*_LINE, "on", "value").join(last, on=[*_LINE, "on"])
    both = held.join(gained, on=_LINE, how="left").join(worth, on=_LINE, how="left")
    is_flat = nw.col("balance") == 0
    expected = (
        nw.when(is_flat)
        .then(nw.lit(0, nw.Int64))
        .when(nw.col("last_on") <= nw.col("on"))
        .then(nw.col("value"))
    )
    return both.with_columns(
        expected=expected, found=nw.col("paid") + nw.col("gained").fill_null(0)
    ).filter(nw.col("expected") != nw.col("found"))
