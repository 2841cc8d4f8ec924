# SPDX-License-Identifier: Apache-2.0
"""Gains and losses of exchange, each booked once, on the quantity line of money.

Within a place and a currency the first unit that came and the first that left are one pair, and so
on: first in, first out. Whichever of the two was first opened the unit; the other settles it. A
place that owes (what left comes before what came) follows the same rule.

- Settled: what left less what came, each at its own rate, is **realised**, all of it, on that day.
- Revalued: what is open is worth its balance at the day's rate; the difference to what it was
  opened with is **unrealised**.
- Settled after a revaluation: what was unrealised of these units is **reversed** the same day.

So on every day realised + unrealised is what the open balance is carried at less what it cost, and
no gain is in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from entrepot.engine.amounts import at_fx_rate, with_wide_shares
from entrepot.engine.base import Engine, Frame
from entrepot.ledger.line import cut, lay

#: What a booking is, in the order of its code.
BOOKINGS = ("realised", "reversed", "revalued")
REALISED, REVERSED, REVALUED = range(3)

_SIDES = ("came", "left")


@dataclass(frozen=True, slots=True)
class Gains:
    """What came of it, as frames.

    `settled`: one row per piece that was settled: line, came and left (the flows), quantity,
    opened_on, closed_on, owes, came_value, left_value, realised, revalued_on (null: never before),
    carried (unrealised of it until then).
    `revalued`: one row per revaluation: line, on, balance (hundredths, below 0: owed), value (fen
    at the rate), unrealised (what is now carried), booked (what the day adds to it).
    `bookings`: one row per gain (> 0) or loss: on, line, flow (null where the day is a
    revaluation), booking (its code), amount (fen, not 0).
    """

    settled: Frame
    revalued: Frame
    bookings: Frame


def gains(engine: Engine, flows: Frame, revaluations: Frame) -> Gains:
    """Work out what is realised, unrealised and reversed.

    Args:
        engine: runs it.
        flows: one row per amount that came or left: flow (its number, in the order of a day), line
            (place and currency), on, came (True: it came), quantity (hundredths), value (fen).
        revaluations: one row per line and day: line, on, rate (millionths). They count once all of
            the day has happened.

    Holds:
        per line, realised + reversed + revalued up to a revaluation = value of the balance less
        what came plus what left, each at its own value; 0 = all of them where the balance is 0 and
        nothing was gained.
    """
    pieces = engine.keep(_pieces(engine, flows), "exchange_pieces")
    pairs = pieces.filter(~nw.col("came").is_null(), ~nw.col("left").is_null())
    held = engine.keep(_held(flows, pairs, revaluations), "exchange_held")
    settled = engine.keep(_settled(pairs, held), "exchange_settled")
    revalued = engine.keep(_revalued(held, settled), "exchange_revalued")
    return Gains(settled, revalued, _bookings(settled, revalued))


def _pieces(engine: Engine, flows: Frame) -> Frame:
    """One row per piece with the flow of either side, its day and its share of the value."""
    laid = [
        engine.keep(lay(flows.filter(side), ["line"], ["on", "flow"]), f"exchange_{name}")
        for name, side in zip(_SIDES, (nw.col("came"), ~nw.col("came")), strict=True)
    ]
    came, left = laid
    on_line = ("line", "start", "quantity")
    pieces = cut(came.select(*on_line, left="flow"), left.select(*on_line, right="flow"), ["line"])
    pieces = engine.keep(
        pieces.select("line", "start", "quantity", came="left", left="right"), "exchange_cut"
    )
    for name, rows in zip(_SIDES, laid, strict=True):
        facts = rows.select(
            nw.col("flow").alias(name),
            nw.col("on").alias(f"{name}_on"),
            nw.col("start").alias("flow_start"),
            nw.col("quantity").alias(f"{name}_units"),
            nw.col("value").alias(f"{name}_all"),
        )
        pieces = pieces.join(facts, on=name, how="left").with_columns(
            (nw.col("start") - nw.col("flow_start")).alias(f"{name}_first"),
            (nw.col("start") - nw.col("flow_start") + nw.col("quantity")).alias(f"{name}_end"),
        )
        pieces = pieces.drop("flow_start")
    bounds = [(name, bound) for name in _SIDES for bound in ("first", "end")]
    pieces = with_wide_shares(
        engine.keep(pieces, "exchange_shared"),
        {
            f"{name}_to_{bound}": (f"{name}_all", f"{name}_{bound}", f"{name}_units")
            for name, bound in bounds
        },
    ).with_columns(
        *(
            (nw.col(f"{name}_to_end") - nw.col(f"{name}_to_first")).alias(f"{name}_value")
            for name in _SIDES
        ),
        owes=(nw.col("left_on") < nw.col("came_on"))
        | ((nw.col("left_on") == nw.col("came_on")) & (nw.col("left") < nw.col("came"))),
    )
    left_first = nw.when(nw.col("owes"))
    return pieces.select(
        "line",
        "start",
        "quantity",
        *_SIDES,
        "came_value",
        "left_value",
        "owes",
        opened_on=left_first.then(nw.col("left_on")).otherwise(nw.col("came_on")),
        closed_on=left_first.then(nw.col("came_on")).otherwise(nw.col("left_on")),
        realised=nw.col("left_value") - nw.col("came_value"),
    )


def _held(flows: Frame, pairs: Frame, revaluations: Frame) -> Frame:
    """One row per line and day on which anything is: what it holds then, and was last revalued."""
    none, no_rate = nw.lit(0, nw.Int64), nw.lit(None, nw.Int64)
    is_in = nw.col("came")
    amounts = flows.select(
        "line",
        "on",
        came=nw.when(is_in).then(nw.col("quantity")).otherwise(none),
        left=nw.when(is_in).then(none).otherwise(nw.col("quantity")),
        came_value=nw.when(is_in).then(nw.col("value")).otherwise(none),
        left_value=nw.when(is_in).then(none).otherwise(nw.col("value")),
        realised=none,
        rate=no_rate,
    )
    names = ["line", "on", "came", "left", "came_value", "left_value", "realised", "rate"]
    zeros = dict.fromkeys(("came", "left", "came_value", "left_value"), none)
    closed = pairs.select("line", "realised", on="closed_on", **zeros, rate=no_rate)
    valued = revaluations.select("line", "on", "rate", **zeros, realised=none)
    days = nw.concat([each.select(names) for each in (amounts, closed, valued)])
    totals = days.group_by("line", "on").agg(
        *(nw.col(name).sum().cast(nw.Int64).alias(name) for name in names[2:7]),
        rate=nw.col("rate").max(),
    )
    running = totals.with_columns(
        *(
            nw.col(name).cum_sum().over("line", order_by="on").cast(nw.Int64).alias(name)
            for name in names[2:7]
        ),
        valued_on=nw.when(~nw.col("rate").is_null()).then(nw.col("on")),
    )
    last = nw.col("valued_on").fill_null(strategy="forward").over("line", order_by="on")
    return running.with_columns(last=last).with_columns(
        before=nw.col("last").shift(1).over("line", order_by="on"),
        settled=nw.min_horizontal("came", "left"),
    )


def _settled(pairs: Frame, held: Frame) -> Frame:
    """The pieces that were settled, with what was unrealised of each until then."""
    before = held.select("line", "before", closed_on="on")
    valued = held.filter(~nw.col("rate").is_null()).select("line", "rate", "settled", before="on")
    open_then = nw.col("opened_on") <= nw.col("before")
    start = nw.col("start") - nw.col("settled")
    rows = (
        pairs.join(before, on=["line", "closed_on"], how="left")
        .with_columns(before=nw.when(open_then).then(nw.col("before")))
        .join(valued, on=["line", "before"], how="left")
        .with_columns(first=start, end=start + nw.col("quantity"))
    )
    rate = nw.col("rate")
    worth = at_fx_rate(nw.col("end"), rate) - at_fx_rate(nw.col("first"), rate)
    carried = (
        nw.when(nw.col("owes"))
        .then(nw.col("left_value") - nw.col("worth"))
        .otherwise(nw.col("worth") - nw.col("came_value"))
    )
    return (
        rows.with_columns(worth=worth)
        .with_columns(carried=carried.fill_null(0))
        .select(
            "line",
            *_SIDES,
            "quantity",
            "opened_on",
            "closed_on",
            "owes",
            "came_value",
            "left_value",
            "realised",
            "carried",
            revalued_on="before",
        )
    )


def _revalued(held: Frame, settled: Frame) -> Frame:
    """What each revaluation adds to what is unrealised."""
    gone = settled.group_by("line", "closed_on").agg(carried=nw.col("carried").sum())
    rows = (
        held.join(gone.rename({"closed_on": "on"}), on=["line", "on"], how="left")
        .with_columns(carried=nw.col("carried").fill_null(0))
        .with_columns(
            gone=nw.col("carried").cum_sum().over("line", order_by="on").cast(nw.Int64),
            balance=nw.col("came") - nw.col("left"),
        )
        .filter(~nw.col("rate").is_null())
    )
    cost = nw.col("came_value") - nw.col("left_value") + nw.col("realised")
    return (
        rows.with_columns(value=at_fx_rate(nw.col("balance"), nw.col("rate")))
        .with_columns(unrealised=nw.col("value") - cost)
        .with_columns(ever=nw.col("unrealised") + nw.col("gone"))
        .with_columns(ever_before=nw.col("ever").shift(1).over("line", order_by="on"))
        .select(
            "line",
            "on",
            "balance",
            "value",
            "unrealised",
            booked=nw.col("ever") - nw.col("ever_before").fill_null(0),
        )
    )


def _bookings(settled: Frame, revalued: Frame) -> Frame:
    """Every gain and loss as one row: what a flow settles is one, however many pieces it has."""
    closing = nw.when(nw.col("owes")).then(nw.col("came")).otherwise(nw.col("left"))
    by_flow = (
        settled.with_columns(flow=closing)
        .group_by("line", "closed_on", "flow")
        .agg(
            realised=nw.col("realised").sum().cast(nw.Int64),
            carried=nw.col("carried").sum().cast(nw.Int64),
        )
    )
    columns = ["on", "line", "flow", "booking", "amount"]
    kinds = (
        (by_flow.rename({"closed_on": "on"}), REALISED, nw.col("realised")),
        (by_flow.rename({"closed_on": "on"}), REVERSED, 0 - nw.col("carried")),
        (revalued.with_columns(flow=nw.lit(None, nw.Int64)), REVALUED, nw.col("booked")),
    )
    return nw.concat(
        [
            frame.with_columns(booking=nw.lit(code, nw.Int8), amount=amount).select(columns)
            for frame, code, amount in kinds
        ]
    ).filter(nw.col("amount") != 0)
