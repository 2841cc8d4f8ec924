# SPDX-License-Identifier: Apache-2.0
"""From documents to movements of CNY: numbers them, works gains out, and names them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw

from entrepot.engine.amounts import WIDE_LIMIT, at_fx_rate
from entrepot.engine.base import Engine, Frame
from entrepot.exchange.mistakes import BadFlows
from entrepot.exchange.steps import BOOKINGS, REALISED, gains
from entrepot.exchange.tables import BOOKED, CNY, LARGEST_RATE, REVALUED, SETTLED

_DOCUMENT = ("document_kind", "document_no", "document_line")
_LINE = ["place", "currency"]
#: Fen of one flow stay below this, as those of WIDE_LIMIT hundredths at LARGEST_RATE do.
_FEN_LIMIT = 2**60


@dataclass(frozen=True, slots=True)
class Accounts:
    """The places that gains come from and losses go to."""

    realised: str = "cost/exchange/realised"
    unrealised: str = "cost/exchange/unrealised"


@dataclass(frozen=True, slots=True)
class Booked:
    """Frames of the tables SETTLED, REVALUED and BOOKED."""

    settled: Frame
    revalued: Frame
    movements: Frame


def book_gains(
    engine: Engine, flows: Frame, revaluations: Frame, accounts: Accounts | None = None
) -> Booked:
    """Gains and losses of exchange as movements, each from one place to another.

    Args:
        engine: runs it.
        flows: the table FLOWS, amounts and values of a place in all below 2**61. On one day they
            follow each other by document.
        revaluations: the table REVALUATIONS; at most one for a place, currency and day.

    Raises:
        BadFlows: an amount has neither value nor rate, is too large, or in CNY.
    """
    lines = engine.keep_in_order(
        nw.concat([flows.select(_LINE), revaluations.select(_LINE)]).unique(), "exchange_lines",
        _LINE, "line",
    )  # fmt: skip
    _refuse(engine, flows, revaluations, lines)
    numbered = engine.keep_in_order(flows, "exchange_flows", ["on", *_DOCUMENT, *_LINE], "flow")
    valued = (
        numbered.join(lines, on=_LINE)
        .with_columns(
            came=nw.col("way") == "in",
            value=nw.coalesce("value", at_fx_rate(nw.col("amount"), nw.col("rate"))),
            quantity=nw.col("amount"),
        )
        .filter(nw.col("amount") > 0)
        .select("flow", "line", "on", "came", "quantity", "value")
    )
    rates = revaluations.join(lines, on=_LINE).select("line", "on", "rate", "rate_source")
    found = gains(
        engine,
        engine.keep(valued, "exchange_valued"),
        engine.keep(rates, "exchange_rates").drop("rate_source"),
    )
    said = rates.select("line", "on", "rate", "rate_source")
    return Booked(
        _settled(found.settled, numbered, lines, said),
        found.revalued.join(said, on=["line", "on"]).join(lines, on="line").select(REVALUED.names),
        _movements(found.bookings, numbered, lines, accounts or Accounts()),
    )


def _refuse(engine: Engine, flows: Frame, revaluations: Frame, lines: Frame) -> None:
    """Refuse what could not be computed exactly, with the first of it."""
    value, rate, amount = nw.col("value"), nw.col("rate"), nw.col("amount")
    is_open = value.is_null() & rate.is_null()
    is_large = (amount >= WIDE_LIMIT) | (rate > LARGEST_RATE) | (value >= _FEN_LIMIT)
    at_nothing = (amount == 0) & (value != 0)
    again = revaluations.group_by(*_LINE, "on").agg(times=nw.len()).filter(nw.col("times") > 1)
    looked = (
        ("an amount of CNY", lines.filter(nw.col("currency") == CNY)),
        ("an amount with neither value nor rate", flows.filter(is_open)),
        ("an amount, value or rate that is too large", flows.filter(is_large)),
        ("a value without an amount", flows.filter(at_nothing)),
        ("a rate that is too large", revaluations.filter(rate > LARGEST_RATE)),
        ("two revaluations of one day", again),
    )
    for what, wrong in looked:
        rows: list[dict[str, Any]] = engine.rows(wrong.head(1))
        if rows:
            row = {name: str(value) for name, value in rows[0].items() if value is not None}
            raise BadFlows(
                "Cannot work gains of exchange out.",
                f"There is {what}: {', '.join(f'{name} {value}' for name, value in row.items())}.",
                "Correct the row.",
                row=row,
            )


def _settled(settled: Frame, flows: Frame, lines: Frame, rates: Frame) -> Frame:
    """The settled pieces with the documents, rates and sources of both sides."""
    owes = nw.col("owes")
    rows = settled.with_columns(
        opened=nw.when(owes).then(nw.col("left")).otherwise(nw.col("came")),
        closed=nw.when(owes).then(nw.col("came")).otherwise(nw.col("left")),
        opened_value=nw.when(owes).then(nw.col("left_value")).otherwise(nw.col("came_value")),
        closed_value=nw.when(owes).then(nw.col("came_value")).otherwise(nw.col("left_value")),
        owed=owes,
        amount=nw.col("quantity"),
    )
    for side in ("opened", "closed"):
        facts = flows.select(
            nw.col("flow").alias(side),
            nw.col("rate").alias(f"{side}_rate"),
            nw.col("rate_source").alias(f"{side}_source"),
            *(nw.col(name).alias(name.replace("document", side)) for name in _DOCUMENT),
        )
        rows = rows.join(facts, on=side)
    last = rates.rename({"on": "revalued_on", "rate": "revalued_rate", "rate_source": "by"})
    return (
        rows.join(last, on=["line", "revalued_on"], how="left")
        .with_columns(revalued_source=nw.col("by"))
        .join(lines, on="line")
        .select(SETTLED.names)
    )


def _movements(bookings: Frame, flows: Frame, lines: Frame, accounts: Accounts) -> Frame:
    """A gain comes from the account of gains to the place that holds the currency; a loss goes."""
    code = nw.col("booking")
    word = nw.when(code == 0).then(nw.lit(BOOKINGS[0])).when(code == 1).then(nw.lit(BOOKINGS[1]))
    account = nw.when(code == REALISED).then(nw.lit(accounts.realised))
    is_gain = nw.col("amount") > 0
    amount = nw.col("amount")
    documents = flows.select("flow", *_DOCUMENT)
    return (
        bookings.join(lines, on="line")
        .join(documents, on="flow", how="left")
        .with_columns(
            word=word.otherwise(nw.lit(BOOKINGS[2])),
            account=account.otherwise(nw.lit(accounts.unrealised)),
        )
        .with_columns(
            booking=nw.col("word"),
            item=nw.lit(CNY),
            quantity=nw.max_horizontal(amount, 0 - amount),
            from_place=nw.when(is_gain).then(nw.col("account")).otherwise(nw.col("place")),
            to_place=nw.when(is_gain).then(nw.col("place")).otherwise(nw.col("account")),
        )
        .select(BOOKED.names)
    )
