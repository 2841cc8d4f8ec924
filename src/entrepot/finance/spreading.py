# SPDX-License-Identifier: Apache-2.0
"""Spread costs over the declared lines that they paid for: by quantity, value, weight, volume.

Every amount is split by position (`engine.amounts.share`), so that the parts sum to the whole, and
the same goods take the same part whenever one looks.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from entrepot.engine.amounts import at_fx_rate, with_shares
from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct

LINE = ["declaration_no", "item_no", "sku"]
#: Weights are taken in steps so large that those of a cost are at most this in all.
_WEIGHTS = 2**29
#: No weight is more than this before, so that no sum of them overflows.
_WEIGHT = 2**40
#: Days that a rate may be older than the day it is used for; the European Central Bank's longest
#: silence is five.
RATE_AGE = 7
CNY = "CNY"


def weights(costs: Frame, shares: Frame, declarations: Frame, products: Frame) -> Frame:
    """Say how much each declared line weighs in each cost that names goods.

    Args:
        costs: one row per cost: cline (its number), key, spread, declaration_no, item_no, sku.
        shares: one row per share given by hand: payee, cost_no, line_no, line, share.
        declarations: one row per declared line: its key, quantity, fob_amount, fob_currency.
        products: one row per SKU: sku, weight_g, volume_cm3.

    Returns:
        one row per cost and line: cline, declaration_no, item_no, sku, weight (null: not known).
    """
    by_hand = shares.join(
        costs.select("cline", "payee", "cost_no", "line_no"), on=["payee", "cost_no", "line_no"]
    ).select("cline", *LINE, weight="share")
    scopes = costs.filter(~nw.col("declaration_no").is_null()).select(
        "cline", "declaration_no", "spread", of_item="item_no", of_sku="sku"
    )
    item, sku = nw.col("of_item"), nw.col("of_sku")
    within = (item.is_null() | (item == nw.col("item_no"))) & (
        sku.is_null() | (sku == nw.col("sku"))
    )
    goods = declarations.select(*LINE, "quantity", "fob_amount", "fob_currency").join(
        products.select("sku", "weight_g", "volume_cm3"), on="sku", how="left"
    )
    lines = scopes.join(goods, on="declaration_no").filter(within)
    moneys = lines.group_by("cline").agg(
        one=nw.col("fob_currency").min(), other=nw.col("fob_currency").max()
    )
    is_comparable = nw.col("one") == nw.col("other")
    spread, units = nw.col("spread").fill_null("quantity"), nw.col("quantity")
    weight = (
        nw.when(spread == "quantity")
        .then(units)
        .when((spread == "value") & is_comparable)
        .then(nw.col("fob_amount"))
        .when(spread == "weight")
        .then(units * nw.col("weight_g"))
        .when(spread == "volume")
        .then(units * nw.col("volume_cm3"))
    )
    by_scope = lines.join(moneys, on="cline").select("cline", *LINE, weight=weight)
    return nw.concat([by_hand.select("cline", *LINE, "weight"), by_scope])


def spread(engine: Engine, costs: Frame, weighed: Frame) -> Frame:
    """Split each cost over its lines by their weights, in the order of the lines.

    Args:
        costs: one row per cost: cline, amount (hundredths, signed), cny (fen; null: no rate).
        weighed: what `weights` gives.

    Returns:
        one row per cost and line: cline, declaration_no, item_no, sku, amount, cny. A cost of which
        one weight is not known, or all are 0, has no row.

    Holds:
        amount and cny of a cost sum to its own.
    """
    told = weighed.group_by("cline").agg(lines=nw.len(), told=nw.col("weight").count())
    known = weighed.join(told.filter(nw.col("lines") == nw.col("told")), on="cline", how="semi")
    laid = stepped(engine, known, "costs", ["cline"], LINE)
    amounts = ["amount", "cny"]
    split = with_parts(laid.join(costs.select("cline", *amounts), on="cline"), amounts)
    return engine.keep(split.select("cline", *LINE, *amounts), "costs_spread")


def stepped(
    engine: Engine, weighed: Frame, name: str, by: Sequence[str], order: Sequence[str]
) -> Frame:
    """Lay weights one after another, in steps so large that amounts can be split by them.

    Args:
        weighed: one row per combination of `by` and `order`: weight (>= 0, below 2**61).
        name: what is kept meanwhile is called by it.

    Returns:
        the same rows with weight in steps, start (the weights before it), whole (all of them);
        without the rows whose weights are all 0.
    """
    weight = nw.col("weight")
    most = weighed.group_by(*by).agg(most=weight.max()).filter(nw.col("most") > 0)
    first = engine.keep(
        weighed.join(most, on=list(by))
        .with_columns(weight=weight // (nw.col("most") // _WEIGHT + 1))
        .drop("most"),
        f"{name}_weighed",
    )
    totals = first.group_by(*by).agg(total=weight.sum().cast(nw.Int64))
    laid = engine.keep(
        first.join(totals, on=list(by))
        .with_columns(weight=weight // (nw.col("total") // _WEIGHTS + 1))
        .drop("total"),
        f"{name}_stepped",
    )
    whole = laid.group_by(*by).agg(whole=weight.sum().cast(nw.Int64))
    end = weight.cum_sum().over(*by, order_by=list(order)).cast(nw.Int64)
    return laid.with_columns(start=end - weight).join(whole, on=list(by))


def with_parts(laid: Frame, names: Sequence[str]) -> Frame:
    """Put in the place of each of these amounts the part that a row of `stepped` bears."""
    return with_shares(laid, names, "start", "weight", "whole")


def spread_over_sales(
    engine: Engine,
    amounts: Frame,
    sales: Frame,
    name: str,
    by: Sequence[str],
    order: Sequence[str],
    names: Sequence[str],
    also: Sequence[str] = (),
) -> Frame:
    """Spread amounts over the sales that agree with them in `by`: by what they were sold for, by
    position; where they were sold for nothing, by their units.

    Args:
        amounts: one row per combination of `by`: fen, signed, in the columns `names`.
        sales: one row per combination of `by` and `order`: weight, quantity.
        name: what is kept meanwhile is called by it.
        also: those of `by` that are given back.

    Returns:
        one row per sale that has a part: `also`, `order` and `names`.
    """
    key = list(by)
    mine = sales.join(amounts.select(*key), on=key, how="semi")
    totals = mine.group_by(*key).agg(all_of_it=nw.col("weight").sum().cast(nw.Int64))
    weight = nw.when(nw.col("all_of_it") > 0).then(nw.col("weight")).otherwise(nw.col("quantity"))
    weighed = mine.join(totals, on=key).select(*key, *order, weight=weight)
    laid = stepped(engine, weighed, name, key, order)
    split = with_parts(laid.join(amounts.select(*key, *names), on=key), names)
    return split.select(*also, *order, *names)


def with_cny(costs: Frame, rates: Frame) -> Frame:
    """Add cny: the amount at the rate of its day, or the last of the `RATE_AGE` days before.

    Args:
        costs: one row per amount: currency, posted_on, amount (hundredths) and more.
        rates: one row per currency and day: currency, on, cny_per_unit (millionths).
    """
    return valued(with_rates(costs, rates)).drop("rate", "rate_on")


def valued(rows: Frame) -> Frame:
    """Add cny to what `with_rates` gives."""
    amount = nw.col("amount")
    at_rate = at_fx_rate(amount, nw.col("rate"))
    return rows.with_columns(cny=nw.when(nw.col("currency") == CNY).then(amount).otherwise(at_rate))


def with_rates(rows: Frame, rates: Frame) -> Frame:
    """Add rate (null: none is young enough, or the currency is CNY) and rate_on, its day.

    Args:
        rows: one row per amount: currency, posted_on and more.
        rates: as in `with_cny`.
    """
    key, along = ["currency", "on"], {"order_by": ["on", "is_asked"]}
    none, no_day = nw.lit(None, nw.Int64), nw.lit(None, nw.Date)
    asked = distinct(rows, "currency", "posted_on").rename({"posted_on": "on"})
    days = nw.concat(
        [
            rates.select(*key, rate="cny_per_unit", told_on="on", is_asked=nw.lit(0, nw.Int8)),
            asked.select(*key, rate=none, told_on=no_day, is_asked=nw.lit(1, nw.Int8)),
        ]
    )
    last = (
        nw.col(n).fill_null(strategy="forward").over("currency", **along)
        for n in ("rate", "told_on")
    )
    found = days.with_columns(*last).filter(nw.col("is_asked") == 1)
    oldest = nw.col("on").dt.offset_by(f"-{RATE_AGE}d").cast(nw.Date)
    is_young = nw.col("told_on") >= oldest
    told = found.select(
        "currency",
        posted_on="on",
        rate=nw.when(is_young).then(nw.col("rate")),
        rate_on=nw.when(is_young).then(nw.col("told_on")),
    )
    return rows.join(told, on=["currency", "posted_on"], how="left")
