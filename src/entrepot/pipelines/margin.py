# SPDX-License-Identifier: Apache-2.0
"""Margin in the close: what was earned with every order line, in CNY."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.finance import margin as steps
from entrepot.finance.refunded import refunds_of_sales
from entrepot.finance.spreading import spread_over_sales
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.finance.tables_costs import GOODS
from entrepot.finance.tables_margin import (
    OF_GOODS,
    OF_MANY,
    OF_ORDERS,
    OF_RECEIPTS,
    OF_REFUNDS,
    PARTS,
)
from entrepot.ledger.numbers import SCRAPPED, SOLD
from entrepot.pipelines.collecting import Collected
from entrepot.pipelines.costs import Costs
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.money import Money
from entrepot.pipelines.refunding import Position
from entrepot.settlement import tables_season as settlement

#: Money that only moves, and is earned or spent by nobody.
_MOVED: Final = ("reserve", "transfers", "loans", "conversion")
_ORDER: Final = ["channel", "order_no"]
_EVERY: Final = "every"
_NO_SALE: Final = "There is no such sale to bear it."
#: What to do about each code.
REMEDIES: Final = {
    "no_fx_rate": "Enter a rate of that day, or of one of the seven days before.",
    "cost_without_sales": "Enter the sales, or correct what the cost names.",
}


@dataclass(frozen=True, slots=True)
class Margin:
    """What was earned: one row per order line, and what did not fit."""

    rows: Frame
    exceptions: Frame


def work_out_margin(
    engine: Engine,
    valued: Frame,
    documents: Documents,
    trace: Frame,
    position: Position | None,
    money: Money,
    costs: Costs | None,
    collected: Collected | None,
) -> Margin:
    """Lay what came and what was paid beside every order line.

    Args:
        valued: order lines in CNY (`valuing.value_sales`).
        position: that of a trading firm; a producing firm's VAT is not one of its purchases.
    """
    settled = _settled(engine, money)
    of_orders = _of_orders(engine, settled, valued)
    shared, unborne = _shared(engine, settled, valued)
    pools = _pools(engine, costs)
    parts = [of_orders, shared]
    if collected is not None:
        parts += [collected.gained, collected.home]
    misfits = [*_without_rate(valued, settled), _misfit(unborne, "cost_without_sales", _NO_SALE)]
    if pools is not None:
        of_many, met = _of_many(engine, pools, valued)
        parts.append(of_many)
        unmet = pools.join(met, on="pool", how="anti")
        misfits.append(_misfit(unmet, "cost_without_sales", _NO_SALE))
    rows = _rows(valued, parts, _goods(engine, documents, trace, position, costs))
    if position is None:
        # What comes back to a producing firm is of a period, and of no unit.
        rows = rows.with_columns(**dict.fromkeys(OF_REFUNDS, nw.lit(None, nw.Int64)))
    return Margin(engine.keep(rows, "margin"), engine.keep(nw.concat(misfits), "margin_exceptions"))


def _settled(engine: Engine, money: Money) -> Frame:
    """Amounts of settlements that are earned or spent, in CNY, with the part that each is of."""
    parts = {
        account: part
        for part, accounts in settlement.PARTS.items()
        for account in accounts
        if account not in _MOVED
    }
    known = engine.table(pa.table({"account": list(parts), "part": list(parts.values())}))
    return money.valued.join(known, on="account")


def _of_orders(engine: Engine, settled: Frame, sales: Frame) -> Frame:
    """What settlements say of orders, by order line: to the article where they name one of it."""
    lines = distinct(sales, *_ORDER, "sku").with_columns(named="sku")
    named = (
        settled.filter(~nw.col("order_no").is_null())
        .join(lines, on=[*_ORDER, "sku"], how="left")
        .select(*_ORDER, "part", "cny", sku="named")
    )
    cny, part = nw.col("cny"), nw.col("part")
    zero = nw.lit(0, nw.Int64)
    columns = {
        name: nw.when(part == said).then(cny.fill_null(0)).otherwise(zero)
        for name, said in zip(OF_ORDERS, ("price", *OF_ORDERS[1:]), strict=True)
    }
    names = [*OF_ORDERS, "priced", "unknown"]
    sums = named.select(
        *_ORDER,
        "sku",
        **columns,
        priced=nw.when(part == "price").then(nw.lit(1, nw.Int64)).otherwise(zero),
        unknown=cny.is_null().cast(nw.Int64),
    )
    totals = engine.keep(
        sums.group_by(*_ORDER, "sku").agg(nw.col(n).sum().cast(nw.Int64) for n in names),
        "margin_of_orders",
    )
    found = []
    for name, by, rows in (
        ("skus", [*_ORDER, "sku"], totals.filter(~nw.col("sku").is_null())),
        ("orders", _ORDER, totals.filter(nw.col("sku").is_null()).drop("sku")),
    ):
        spread = spread_over_sales(engine, rows, sales, f"margin_{name}", by, ["sale"], OF_ORDERS)
        # Whether a price came, and whether a rate is missing, is so of every line.
        flags = sales.join(rows.select(*by, "priced", "unknown"), on=by).select(
            "sale", "priced", "unknown"
        )
        found.append(spread.join(flags, on="sale"))
    both = nw.concat([rows.select("sale", *names) for rows in found])
    return engine.keep(
        both.group_by("sale").agg(nw.col(n).sum().cast(nw.Int64) for n in names),
        "margin_settled_sales",
    )


def _shared(engine: Engine, settled: Frame, sales: Frame) -> tuple[Frame, Frame]:
    """What a settlement has for no order, borne by the orders that it settles.

    Returns:
        the parts by order line, and what no order line bears.
    """
    its = ["channel", "settlement_no"]
    amounts = engine.keep(
        settled.filter(nw.col("order_no").is_null())
        .group_by(*its, "currency")
        .agg(
            shared=nw.col("cny").sum().cast(nw.Int64),
            amount=nw.col("amount").sum().cast(nw.Int64),
            day=nw.col("posted_on").max(),
        ),
        "margin_shared_amounts",
    )
    ordered = distinct(settled.filter(~nw.col("order_no").is_null()), *its, "order_no")
    mine = ordered.join(distinct(amounts, *its), on=its, how="semi")
    members = engine.keep(
        mine.join(sales.select(*_ORDER, "sale", "weight", "quantity"), on=_ORDER), "margin_members"
    )
    sums = amounts.group_by(*its).agg(shared=nw.col("shared").sum().cast(nw.Int64))
    parts = spread_over_sales(engine, sums, members, "margin_shared", its, ["sale"], ["shared"])
    unmet = amounts.join(distinct(members, *its), on=its, how="anti").with_columns(
        table=nw.lit("settlements"), key=nw.concat_str([nw.col(n) for n in its], separator="/")
    )
    both = parts.group_by("sale").agg(nw.col("shared").sum().cast(nw.Int64))
    return engine.keep(both, "margin_shared"), unmet


def _pools(engine: Engine, costs: Costs | None) -> Frame | None:
    """The costs that were paid for sales, numbered, as what they take off a margin."""
    if costs is None:
        return None
    rows = costs.of_sales.filter(~nw.col("cny").is_null()).select(
        *steps.SCOPE, "first_on", "last_on", "currency", "amount",
        costs=0 - nw.col("cny"), day="posted_on", table=nw.lit("costs"),
        key=nw.concat_str(
            [nw.col("payee"), nw.col("cost_no"), nw.col("line_no").cast(nw.String)], separator="/"
        ),
    )  # fmt: skip
    return engine.keep_in_order(rows, "margin_pools", ["key"], "pool")


def _of_many(engine: Engine, pools: Frame, sales: Frame) -> tuple[Frame, Frame]:
    """The parts of costs by order line, and which costs found sales at all."""
    named = {name: ~nw.col(name).is_null() for name in steps.SCOPE}
    shapes = engine.rows(
        pools.select(**named).group_by(*steps.SCOPE).agg(_n=nw.len()).select(*steps.SCOPE),
        list(steps.SCOPE),
    )
    found, met = [sales.head(0).select("sale", costs="weight")], [pools.head(0).select("pool")]
    for number, shape in enumerate(shapes):
        by = [_EVERY, *(name for name in steps.SCOPE if shape[name])]
        mine = pools.with_columns(every=nw.lit(1, nw.Int8))
        for name, is_named in shape.items():
            mine = mine.filter(nw.col(name).is_null() != is_named)
        day, first, last = (nw.col(n) for n in ("shipped_on", "first_on", "last_on"))
        within = mine.join(steps.cells(sales, by), on=by).filter(
            first.is_null() | (first <= day), last.is_null() | (last >= day)
        )
        matched = engine.keep(
            within.select("pool", *by, "shipped_on", "weight", "quantity"), f"margin_cells_{number}"
        )
        cell = [*by, "shipped_on"]
        name = f"margin_pools_{number}"
        in_cells = spread_over_sales(engine, mine, matched, name, ["pool"], cell, ["costs"])
        sums = engine.keep(
            in_cells.group_by(*cell).agg(nw.col("costs").sum().cast(nw.Int64)),
            f"{name}_sums",
        )
        found.append(
            spread_over_sales(engine, sums, sales, f"{name}_sales", cell, ["sale"], ["costs"])
        )
        met.append(distinct(matched, "pool"))
    parts = nw.concat(found).group_by("sale").agg(nw.col("costs").sum().cast(nw.Int64))
    return engine.keep(parts, "margin_of_many"), engine.keep(nw.concat(met), "margin_met")


def _loads(engine: Engine, costs: Costs | None) -> Frame:
    """What costs lay on each declared line, in CNY."""
    if costs is None:
        none = pa.array([], pa.int64())
        names = ("dline", "landed", "whole")
        return engine.table(
            pa.table({**dict.fromkeys(names, none), "is_known": pa.array([], pa.bool_())})
        )
    of_costs = costs.landed.filter(nw.col("account") != GOODS)
    sums = of_costs.group_by("dline").agg(
        landed=nw.col("cny").sum().cast(nw.Int64),
        whole=nw.col("quantity").max(),
        n=nw.len(),
        known=nw.col("cny").count(),
    )
    return sums.select("dline", "landed", "whole", is_known=nw.col("n") == nw.col("known"))


def _goods(
    engine: Engine,
    documents: Documents,
    trace: Frame,
    position: Position | None,
    costs: Costs | None,
) -> Frame:
    """What the units came to that stayed with buyers, or were scrapped when they came back."""
    stayed = trace.filter(~nw.col("sale").is_null(), nw.col("fate").is_in([SOLD, SCRAPPED]))
    if position is not None:
        rated, bought = position.rated, documents.bought
    else:
        # A producing firm's VAT is of no purchase.
        none = nw.lit(0, nw.Int64)
        rated = documents.declared.with_columns(refund_rate=none, is_exempt=nw.lit(value=True))
        bought = documents.bought.with_columns(vat_rate=none)
    stayed = stayed.with_columns(is_kept=nw.col("fate") == SOLD)
    of_items = engine.keep(
        steps.goods_of_items(stayed, _loads(engine, costs), rated, bought), "margin_items"
    )
    goods = steps.goods_of_sales(of_items)
    if position is not None:
        came = refunds_of_sales(engine, of_items, documents.claims, position.weighed)
        goods = goods.join(came, on="sale", how="left")
    return engine.keep(goods, "margin_goods")


def _rows(sales: Frame, parts: list[Frame], goods: Frame) -> Frame:
    """Every order line with all its parts, and their sum."""
    rows = sales.join(
        goods.with_columns(is_known=~nw.col("landed").is_null()), on="sale", how="left"
    )
    for part in parts:
        rows = rows.join(part, on="sale", how="left")
    here = rows.collect_schema().names()
    counts = ["kept", "uncovered", "priced", "unknown", "without_rate"]
    zeros = [*OF_ORDERS, *OF_MANY, *OF_RECEIPTS, *OF_GOODS, *OF_REFUNDS, *counts]
    rows = rows.with_columns(
        *(nw.col(name).fill_null(0) for name in zeros if name in here),
        **{name: nw.lit(0, nw.Int64) for name in zeros if name not in here},
    )
    difference = nw.col("price_difference") - nw.col("sold")
    is_known = nw.col("is_known").fill_null(value=True)
    rows = rows.with_columns(
        price_difference=nw.when(nw.col("priced") > 0)
        .then(difference)
        .otherwise(nw.lit(0, nw.Int64)),
        landed=nw.when(is_known).then(nw.col("landed")),
        exchange=nw.when(nw.col("without_rate") == 0).then(nw.col("exchange")),
    ).with_columns(
        **{name: nw.when(nw.col("unknown") == 0).then(nw.col(name)) for name in OF_ORDERS}
    )
    if "home_on" not in here:
        rows = rows.with_columns(home_on=nw.lit(None, nw.Date))
    whole = nw.col(PARTS[0])
    for name in PARTS[1:]:
        whole = whole + nw.col(name)
    return rows.with_columns(margin=whole)


def _without_rate(sales: Frame, settled: Frame) -> list[Frame]:
    """Amounts that have no rate, by table, currency and day."""
    return [
        _misfit(
            rows.filter(nw.col("known").is_null())
            .group_by("currency", "day")
            .agg(amount=nw.col("amount").sum().cast(nw.Int64))
            .with_columns(
                table=nw.lit(table),
                key=nw.concat_str(
                    [nw.col("currency"), nw.col("day").cast(nw.String)], separator="/"
                ),
            ),
            "no_fx_rate",
            "There is no rate to CNY.",
        )
        for table, rows in (
            ("sales", sales.select("currency", "amount", day="shipped_on", known="sold")),
            ("settlements", settled.select("currency", "amount", day="posted_on", known="cny")),
        )
    ]


def _misfit(rows: Frame, code: str, found: str) -> Frame:
    return rows.select(
        "currency", "amount", "day", "table", "key",
        code=nw.lit(code), found=nw.lit(found), remedy=nw.lit(REMEDIES[code]),
    ).select(MONEY_EXCEPTIONS.names)  # fmt: skip
