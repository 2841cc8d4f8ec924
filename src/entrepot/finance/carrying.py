# SPDX-License-Identifier: Apache-2.0
"""Goods carry their costs along: from the day a cost is booked it goes where its units go.

A cost is booked on its own day, however late it came, and never before: what its units had done
until then is booked on that day in one sum for each place, what they do afterwards on the day they
do it. So no entry of an earlier day is ever touched, and where the money lies is always where the
units are. A cost below 0, a credit note or what undoes a mistake, goes the same ways backwards.

`loads` has one row per cost and declared line: cline, dline, amount (hundredths, signed), cny,
posted_on, whole (units of the line). `steps` has one row per step of neighbouring units of a line:
dline, position (units before them), quantity, on, from_no, to_no (`tables_costs.PLACES`).
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from entrepot.engine.amounts import with_shares
from entrepot.engine.base import Engine, Frame
from entrepot.finance.spreading import CNY
from entrepot.finance.tables_costs import (
    AHEAD,
    GOODS,
    HOME,
    LOST,
    PAYABLE,
    SCRAPPED,
    SOLD,
    STOCK,
    TRANSIT,
)

#: Of which places each column of LANDED is the sum.
_LIES: Final = {
    "transit": (TRANSIT,),
    "stock": (STOCK,),
    "sold": (SOLD,),
    "gone": (SCRAPPED, LOST, HOME),
}


def carried(engine: Engine, loads: Frame, steps: Frame) -> Frame:
    """What each step takes along of each cost, and the day on which it is booked.

    Returns:
        one row per cost, line, day and pair of places: cline, dline, on, from_no, to_no, amount
        (hundredths, signed, not 0).
    """
    its = loads.select("cline", "dline", "amount", "posted_on", "whole")
    rows = with_shares(steps.join(its, on="dline"), ["amount"], "position", "quantity", "whole")
    parts = (
        rows.with_columns(on=nw.max_horizontal("on", "posted_on"))
        .group_by("cline", "dline", "on", "from_no", "to_no")
        .agg(amount=nw.col("amount").sum().cast(nw.Int64))
        .filter(nw.col("amount") != 0)
    )
    return engine.keep(parts, "costs_carried")


def entries(costs: Frame, begun: Frame, along: Frame) -> Frame:
    """The movements of costs: one in a day for each pair of places.

    Args:
        costs: one row per cost: cline, posted_on.
        begun: one row per cost and place that it is booked to first: cline, to_no, amount.
        along: what `carried` gives.

    Returns:
        one row per movement: cline, on, from_no, to_no, amount (> 0).
    """
    dated = along.join(costs.select("cline", "posted_on"), on="cline")
    is_late = nw.col("on") == nw.col("posted_on")
    late = dated.filter(is_late)
    # Of what is booked on the day of the cost only where it ends up counts: one sum for each place.
    ends = nw.concat(
        [
            begun.select("cline", "to_no", "amount"),
            late.select("cline", "to_no", "amount"),
            late.select("cline", to_no="from_no", amount=0 - nw.col("amount")),
        ]
    )
    first = (
        ends.group_by("cline", "to_no")
        .agg(amount=nw.col("amount").sum().cast(nw.Int64))
        .join(costs.select("cline", on="posted_on"), on="cline")
        .with_columns(from_no=nw.lit(PAYABLE, nw.Int64))
    )
    later = (
        dated.filter(~is_late)
        .group_by("cline", "on", "from_no", "to_no")
        .agg(amount=nw.col("amount").sum().cast(nw.Int64))
    )
    columns = ["cline", "on", "from_no", "to_no", "amount"]
    both = nw.concat([rows.select(columns) for rows in (first, later)])
    is_in = nw.col("amount") > 0
    return both.filter(nw.col("amount") != 0).select(
        "cline",
        "on",
        from_no=nw.when(is_in).then(nw.col("from_no")).otherwise(nw.col("to_no")),
        to_no=nw.when(is_in).then(nw.col("to_no")).otherwise(nw.col("from_no")),
        amount=nw.col("amount").abs(),
    )


def landed(costs: Frame, loads: Frame, along: Frame, goods: Frame) -> Frame:
    """What the goods of each declared line have come to cost, and where that lies.

    Args:
        costs: one row per cost: cline, account, currency.
        goods: one row per declared line and place: dline, place, amount (of invoices, fen).

    Returns:
        one row per line, account and currency: dline, account, currency, amount, transit, stock,
        sold, gone, cny (null: no rate for one of the costs).
    """
    key = ["dline", "account", "currency"]
    about = costs.select("cline", "account", "currency")
    lies = nw.concat(
        [
            loads.select("cline", "dline", "amount", place=nw.lit(AHEAD, nw.Int64)),
            along.select("cline", "dline", "amount", place="to_no"),
            along.select("cline", "dline", amount=0 - nw.col("amount"), place="from_no"),
        ]
    ).join(about, on="cline")
    bought = goods.with_columns(account=nw.lit(GOODS), currency=nw.lit(CNY))
    columns = [*key, "place", "amount"]
    every = nw.concat([lies.select(columns), bought.select(columns)])
    amount, place = nw.col("amount"), nw.col("place")
    sums = every.select(
        *key,
        "amount",
        **{
            name: nw.when(place.is_in(places)).then(amount).otherwise(nw.lit(0, nw.Int64))
            for name, places in _LIES.items()
        },
    )
    totals = sums.group_by(*key).agg(
        nw.col(name).sum().cast(nw.Int64) for name in ("amount", *_LIES)
    )
    told = (
        loads.join(about, on="cline")
        .group_by(*key)
        .agg(told=nw.col("cny").sum().cast(nw.Int64), n=nw.len(), known=nw.col("cny").count())
        .select(*key, "told", is_told=nw.col("n") == nw.col("known"))
    )
    return (
        totals.join(told, on=key, how="left")
        .with_columns(
            cny=nw.when(nw.col("account") == GOODS)
            .then(amount)
            .otherwise(nw.when(nw.col("is_told")).then(nw.col("told")))
        )
        .drop("told", "is_told")
    )
