# SPDX-License-Identifier: Apache-2.0
"""Whose money a receipt is, and what came home of what was declared.

A settlement that comes to more than 0 belongs to those of its orders that do, by what each came to
(split by position). Laid one after another, in the order of order, line and declared line, they
are one side of a line of money; the receipts, in the order in which they came, are the other. One
cut says which part of which receipt is whose.

`sline` is the number of a settlement and currency, `sale` of an order line, `dline` of a declared
line; -1 where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from entrepot.engine.amounts import with_shares
from entrepot.engine.base import Engine, Frame
from entrepot.finance.spreading import stepped, with_parts
from entrepot.finance.tables_bank import NETTED_KINDS, STEPS
from entrepot.ledger.line import cut, lay

NONE = -1
ORDER = ["channel", "order_no"]
#: What a settlement's rows carry: kinds in CNY, its amount, its amount in CNY.
CARRIED = (*NETTED_KINDS, "due", "settled")
_ZERO = nw.lit(0, nw.Int64)
#: Positions along a receipt are taken in steps so large that it has at most this many.
_STEPS = 2**29


def kinds_of(lines: Frame, by: Sequence[str]) -> Frame:
    """The amounts of lines by kind, in CNY: a row per combination of `by`.

    Args:
        lines: one row per amount: `by`, kind, cny (fen; null counts as 0), amount (hundredths).

    Returns:
        `by`, a column per kind, amount (hundredths of its currency), settled (all kinds, in CNY).
    """
    cny = nw.col("cny").fill_null(0)
    columns = {
        kind: nw.when(nw.col("kind") == kind).then(cny).otherwise(_ZERO) for kind in NETTED_KINDS
    }
    names = [*NETTED_KINDS, "amount", "settled"]
    return (
        lines.select(*by, "amount", settled=cny, **columns)
        .group_by(*by)
        .agg(nw.col(name).sum().cast(nw.Int64) for name in names)
    )


def shared_out(engine: Engine, of_orders: Frame, of_none: Frame, totals: Frame) -> Frame:
    """What each order gets of its settlement, and bears of what the settlement has for no order.

    Args:
        of_orders: `kinds_of` by sline, channel, order_no.
        of_none: `kinds_of` by sline, of lines without an order.
        totals: `kinds_of` by sline, of all lines.

    Returns:
        one row per sline and order that came to more than 0, of settlements that did: CARRIED, the
        kinds being parts of `of_none`.

    Holds:
        per settlement the parts sum to what they are of.
    """
    due = totals.filter(nw.col("amount") > 0).select("sline", "settled", due="amount")
    weighed = (
        of_orders.filter(nw.col("amount") > 0)
        .join(due.select("sline"), on="sline", how="semi")
        .select("sline", *ORDER, weight="amount")
    )
    laid = stepped(engine, weighed, "collect_orders", ["sline"], ORDER)
    zeros = {kind: nw.col(kind).fill_null(0) for kind in NETTED_KINDS}
    all_of_it = due.join(of_none.select("sline", *NETTED_KINDS), on="sline", how="left")
    shared = with_parts(laid.join(all_of_it.with_columns(**zeros), on="sline"), CARRIED)
    return engine.keep(shared.select("sline", *ORDER, *CARRIED), "collect_shared")


def by_declared(engine: Engine, of_sales: Frame, units: Frame, name: str) -> Frame:
    """Split what order lines carry over the declared lines of their units.

    Args:
        of_sales: one row per sline and sale: CARRIED.
        units: one row per sale and declared line: sale, dline, quantity; every sale has one.
        name: what is kept meanwhile is called by it.

    Returns:
        one row per sline, sale and dline: CARRIED.
    """
    weighed = of_sales.select("sline", "sale").join(
        units.select("sale", "dline", weight="quantity"), on="sale"
    )
    laid = stepped(engine, weighed, name, ["sline", "sale"], ["dline"])
    parts = with_parts(laid.join(of_sales, on=["sline", "sale"]), CARRIED)
    return engine.keep(parts.select("sline", "sale", "dline", *CARRIED), f"{name}_parts")


def allocate(engine: Engine, claims: Frame, receipts: Frame) -> Frame:
    """Cut receipts along those whose money they are.

    Args:
        claims: one row per part: claim (its number, in order), sline, due (> 0, hundredths).
        receipts: one row per receipt: receipt (its number, in order), sline, amount (> 0), cny.

    Returns:
        one row per piece: sline, receipt, claim (null: more came), start, amount, cny (fen; null:
        no rate). Claims that nothing came of are in none.

    Holds:
        per receipt the pieces sum to its amount, in its currency and in CNY.
    """
    left = lay(claims.select("sline", left="claim", quantity="due"), ["sline"], ["left"])
    right = lay(receipts.select("sline", right="receipt", quantity="amount"), ["sline"], ["right"])
    laid = engine.keep(right, "collect_receipts")
    pieces = cut(engine.keep(left, "collect_claims"), laid, ["sline"])
    of_receipts = laid.select(receipt="right", first="start").join(
        receipts.select("receipt", "cny", whole="amount"), on="receipt"
    )
    came = pieces.filter(~nw.col("right").is_null()).select(
        "sline", "start", receipt="right", claim="left", amount="quantity"
    )
    at, step = nw.col("start") - nw.col("first"), nw.col("step")
    rows = came.join(of_receipts, on="receipt").with_columns(at=at, step=_step_of("whole"))
    # The same step before and after, so that the pieces of a receipt still meet.
    rows = rows.with_columns(
        begins=nw.col("at") // step,
        ends=(nw.col("at") + nw.col("amount")) // step,
        steps=nw.col("whole") // step,
    ).with_columns(units=nw.col("ends") - nw.col("begins"))
    shared = with_shares(rows, ["cny"], "begins", "units", "steps")
    columns = ["sline", "receipt", "claim", "start", "amount", "cny"]
    return engine.keep(shared.select(columns), "collect_pieces")


def came_of(claims: Frame, pieces: Frame) -> Frame:
    """What came of each claim: claim, got (hundredths), received (fen)."""
    return (
        pieces.filter(~nw.col("claim").is_null())
        .group_by("claim")
        .agg(
            got=nw.col("amount").sum().cast(nw.Int64),
            received=nw.col("cny").sum().cast(nw.Int64),
        )
    )


def steps_of(parts: Frame) -> Frame:
    """What lies between what was settled and what came, per part.

    Args:
        parts: one row per part: CARRIED, got, received (null: nothing came).

    Returns:
        the rows with pooled, exchange, outstanding and received (fen), and is_come (1: something
        came).

    Holds:
        kinds + pooled + exchange + outstanding = received.
    """
    kinds = sum((nw.col(kind) for kind in NETTED_KINDS[1:]), start=nw.col(NETTED_KINDS[0]))
    one = nw.lit(1, nw.Int64)
    # Nothing comes of what nothing is due of: one step, of which none came.
    due = nw.when(nw.col("due") > 0).then(nw.col("due")).otherwise(one)
    rows = parts.with_columns(
        whole=due,
        is_come=(~nw.col("got").is_null()).cast(nw.Int64),
        got=nw.col("got").fill_null(0),
        received=nw.col("received").fill_null(0),
        begins=_ZERO,
        came=nw.col("settled"),
    ).with_columns(step=_step_of("whole"))
    rows = rows.with_columns(
        units=nw.col("got") // nw.col("step"), steps=nw.col("whole") // nw.col("step")
    )
    came = with_shares(rows, ["came"], "begins", "units", "steps")
    return came.with_columns(
        pooled=nw.col("settled") - kinds,
        exchange=nw.col("received") - nw.col("came"),
        outstanding=nw.col("came") - nw.col("settled"),
    ).drop("came", "due", "got", "settled", "whole", "step", "begins", "units", "steps")


def gained(parts: Frame) -> Frame:
    """What exchange brought each order line.

    Args:
        parts: what `steps_of` gives: one row per sline, sale and dline, with unknown (1: a rate of
            its settlement is missing) and is_come (1: something came of it).

    Returns:
        one row per order line: sale, exchange (fen), without_rate (above 0: exchange is not known).
    """
    return (
        parts.with_columns(without_rate=nw.col("unknown") * nw.col("is_come"))
        .group_by("sale")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("exchange", "without_rate"))
    )


def gained_of(parts: Frame, of_sales: Frame, settlements: Frame) -> Frame:
    """The same by channel and currency, of the order lines of which it is known.

    Args:
        of_sales: what `gained` gives. settlements: channel and currency of each sline.
    """
    unknown = of_sales.filter(nw.col("without_rate") > 0).select("sale")
    known = parts.select("sline", "sale", "exchange").join(unknown, on="sale", how="anti")
    return (
        known.group_by("sline")
        .agg(nw.col("exchange").sum().cast(nw.Int64))
        .join(settlements, on="sline")
        .group_by("channel", "currency")
        .agg(of_orders=nw.col("exchange").sum().cast(nw.Int64))
    )


def _step_of(whole: str) -> nw.Expr:
    """How long a step along a whole is, so that it has at most `_STEPS`."""
    return nw.col(whole) // _STEPS + 1


def declared_values(trace: Frame, declared: Frame) -> Frame:
    """What became of the declared value of each line, in CNY.

    Args:
        trace: one row per run of units: dline, second (units of the line before it), quantity,
            step (which of STEPS its value is; null: they are with buyers).
        declared: one row per declared line: dline, fob (fen; null: no rate), whole (units).

    Returns:
        one row per declared line: dline; not_sold, written_off, sent_home (fen, below 0);
        with_buyers (fen, above 0), sold (units).
    """
    its = declared.select("dline", "whole", value="fob")
    rows = with_shares(trace.join(its, on="dline"), ["value"], "second", "quantity", "whole")
    rows = rows.with_columns(value=nw.col("value").fill_null(0))
    step, with_buyers = nw.col("step"), nw.col("step").is_null()
    gone = {
        name: nw.when(step == name).then(0 - nw.col("value")).otherwise(_ZERO)
        for name in STEPS[1:4]
    }
    return (
        rows.select(
            "dline",
            **gone,
            with_buyers=nw.when(with_buyers).then(nw.col("value")).otherwise(_ZERO),
            sold=nw.when(with_buyers).then(nw.col("quantity")).otherwise(_ZERO),
        )
        .group_by("dline")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in (*STEPS[1:4], "with_buyers", "sold"))
    )
