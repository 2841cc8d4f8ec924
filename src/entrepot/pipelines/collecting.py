# SPDX-License-Identifier: Apache-2.0
"""Collection in the close: what was netted, whose money each receipt is, what came home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.finance import collecting, netting, tying
from entrepot.finance.collecting import CARRIED, NONE, ORDER
from entrepot.finance.spreading import spread_over_sales, with_cny
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.finance.tables_bank import ALLOCATED, COLLECTED, KIND_OF, NETTED_KINDS, STEPS
from entrepot.ledger.numbers import (
    LOST,
    SCRAPPED,
    SEGMENT,
    SENT_HOME,
    SOLD,
    TRANSFERS,
    is_kind,
)
from entrepot.pipelines.bank import Bank
from entrepot.pipelines.dated import rules_of
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.money import Money
from entrepot.pipelines.tracing import Traced

NETTING_PACK: Final = "cn/netting"
_GROUP: Final = ["channel", "settlement_no", "currency"]
_ZERO: Final = nw.lit(0, nw.Int64)


@dataclass(frozen=True, slots=True)
class Collected:
    """Whose money the receipts are, and what came home of every declared line.

    allocated: one row per piece of a receipt. rows: one row per declared line sold from abroad.
    gained: what exchange brought each order line: sale, exchange (fen), without_rate (above 0: it
    is not known). of_channels: the same where it is known, by channel and currency. home: the order
    lines whose money has all come: sale, home_on.
    exceptions: what did not fit.
    """

    allocated: Frame
    rows: Frame
    gained: Frame
    of_channels: Frame
    home: Frame
    exceptions: Frame


def work_out_netting(engine: Engine, money: Money) -> Frame:
    """Both gross sides of every settlement, kept."""
    rules = rules_of(engine, NETTING_PACK, "kind", "basis")
    rows = netting.netted(netting.with_kinds(money.valued, _kinds(engine)), rules)
    return engine.keep(rows, "netting")


def _kinds(engine: Engine) -> Frame:
    return engine.table(pa.table({"account": list(KIND_OF), "kind": list(KIND_OF.values())}))


def work_out_collected(
    engine: Engine,
    rates: Frame,
    documents: Documents,
    traced: Traced,
    sales: Frame,
    money: Money,
    bank: Bank,
) -> Collected:
    """Allocate every receipt, and walk every declared line from its value to what came home.

    Args:
        rates: the season's exchange rates.
        sales: order lines in CNY (`valuing.value_sales`).
    """
    lines = netting.with_kinds(money.valued, _kinds(engine))
    receipts = bank.receipts.filter(nw.col("amount") > 0)
    groups = engine.keep_in_order(
        distinct(nw.concat([rows.select(*_GROUP) for rows in (lines, receipts)]), *_GROUP),
        "settlement_groups",
        _GROUP,
        "sline",
    )
    lines = engine.keep(lines.join(groups, on=_GROUP), "collect_lines")
    receipts = receipts.join(groups, on=_GROUP)
    units = _units(engine, documents, traced)
    of_sales, strangers, members = _of_sales(engine, lines, sales)
    parts = collecting.by_declared(engine, of_sales, units, "collect_settled")
    claims = _claims(engine, parts, strangers, sales)
    pieces = collecting.allocate(engine, claims, receipts)
    settled = engine.keep(
        _with_steps(parts, claims, pieces, _without_rate(lines, receipts)), "collect_steps"
    )
    gained = engine.keep(collecting.gained(settled), "collect_gained")
    open_sales = sales.join(distinct(members, "sale"), on="sale", how="anti")
    unsettled = _unsettled(engine, open_sales, units)
    rows = _by_line(rates, documents, traced, [settled, unsettled])
    of_channels = collecting.gained_of(settled, gained, groups)
    allocated = engine.keep(_allocated(pieces, claims, receipts, sales, documents), "allocated")
    misfits = engine.keep(_misfits(allocated), "collect_exceptions")
    return Collected(
        allocated,
        engine.keep(rows, "collected"),
        gained,
        engine.keep(of_channels, "collect_of_channels"),
        engine.keep(tying.come_home(claims, pieces, receipts), "collect_home"),
        misfits,
    )


def _units(engine: Engine, documents: Documents, traced: Traced) -> Frame:
    """Units of every order line by declared line, those that came back included.

    Those that no declaration has, and those that there was no stock for, are of `NONE`.
    """
    kept = traced.trace.filter(~nw.col("sale").is_null(), ~nw.col("dline").is_null())
    back = (
        traced.comebacks.filter(nw.col("ret") < TRANSFERS, is_kind(SEGMENT, nw.col("inflow")))
        .join(documents.returned.select("ret", "sale"), on="ret")
        .join(traced.arrivals.select("dline", inflow="piece"), on="inflow")
        .filter(~nw.col("dline").is_null())
    )
    columns = ["sale", "dline", "quantity"]
    units = nw.col("quantity").sum().cast(nw.Int64)
    known = engine.keep(
        nw.concat([rows.select(columns) for rows in (kept, back)])
        .group_by("sale", "dline")
        .agg(quantity=units),
        "collect_known_units",
    )
    told = known.group_by("sale").agg(told=units)
    rest = (
        documents.sold.select("sale", "quantity")
        .join(told, on="sale", how="left")
        .with_columns(quantity=nw.col("quantity") - nw.col("told").fill_null(0))
        .filter(nw.col("quantity") > 0)
        .with_columns(dline=nw.lit(NONE, nw.Int64))
    )
    return engine.keep(nw.concat([known.select(columns), rest.select(columns)]), "collect_units")


def _of_sales(engine: Engine, lines: Frame, sales: Frame) -> tuple[Frame, Frame, Frame]:
    """What settlements bring of each order line, and of orders that no sale has.

    Returns:
        one row per sline and sale: CARRIED; one row per sline and order without a sale: due; one
        row per sline and order line that it names.
    """
    ordered = lines.filter(~nw.col("order_no").is_null())
    by_order = ["sline", *ORDER]
    of_orders = engine.keep(collecting.kinds_of(ordered, by_order), "collect_of_orders")
    of_none = collecting.kinds_of(lines.filter(nw.col("order_no").is_null()), ["sline"])
    totals = engine.keep(collecting.kinds_of(lines, ["sline"]), "collect_totals")
    shared = collecting.shared_out(engine, of_orders, of_none, totals)
    its = sales.select(*ORDER, "sale", "sku", "weight", "quantity")
    members = engine.keep(of_orders.select(*by_order).join(its, on=ORDER), "collect_members")
    strangers = shared.join(distinct(members, *by_order), on=by_order, how="anti")
    # An amount that names an article of the order is of that article's lines.
    articles = distinct(members, *by_order, "sku").with_columns(named="sku")
    own = ordered.join(articles, on=[*by_order, "sku"], how="left").drop("sku")
    by_article = [*by_order, "sku"]
    told = engine.keep(
        collecting.kinds_of(own.rename({"named": "sku"}), by_article), "collect_articles"
    ).with_columns(due=_ZERO, settled=_ZERO)
    is_named = ~nw.col("sku").is_null()
    whole = (
        nw.concat([rows.select(*by_order, *CARRIED) for rows in (told.filter(~is_named), shared)])
        .group_by(*by_order)
        .agg(nw.col(name).sum().cast(nw.Int64) for name in CARRIED)
    )
    parts = []
    for name, rows, by in (
        ("collect_whole", whole, by_order),
        ("collect_named", told.filter(is_named), by_article),
    ):
        amounts = engine.keep(rows.select(*by, *CARRIED), f"{name}_amounts")
        parts.append(
            spread_over_sales(engine, amounts, members, name, by, ["sale"], CARRIED, ["sline"])
        )
    sums = (
        nw.concat(parts)
        .group_by("sline", "sale")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in CARRIED)
    )
    return engine.keep(sums, "collect_of_sales"), strangers, members


def _claims(engine: Engine, parts: Frame, strangers: Frame, sales: Frame) -> Frame:
    """Whose money a settlement is: one row per part that is due, numbered in order."""
    columns = ["sline", "order_no", "sale", "dline", "due"]
    none = nw.lit(NONE, nw.Int64)
    known = parts.join(sales.select("sale", "order_no"), on="sale").select(columns)
    unknown = strangers.with_columns(sale=none, dline=none).select(columns)
    rows = nw.concat([known, unknown]).filter(nw.col("due") > 0)
    return engine.keep_in_order(rows, "collect_claimed", columns[:-1], "claim")


def _with_steps(parts: Frame, claims: Frame, pieces: Frame, without_rate: Frame) -> Frame:
    """The parts with what came of each, and whether a rate of their settlement is missing."""
    key = ["sline", "sale", "dline"]
    unknown = without_rate.with_columns(unknown=nw.lit(1, nw.Int64))
    rows = (
        parts.join(claims.select(*key, "claim"), on=key, how="left")
        .join(collecting.came_of(claims, pieces), on="claim", how="left")
        .join(unknown, on="sline", how="left")
        .with_columns(unknown=nw.col("unknown").fill_null(0))
    )
    return collecting.steps_of(rows)


def _without_rate(lines: Frame, receipts: Frame) -> Frame:
    """Settlements of which an amount or a receipt has no rate."""
    rows = [each.filter(nw.col("cny").is_null()).select("sline") for each in (lines, receipts)]
    return distinct(nw.concat(rows), "sline")


def _unsettled(engine: Engine, sales: Frame, units: Frame) -> Frame:
    """Order lines that no settlement names: all that they were sold for is outstanding."""
    zeros = dict.fromkeys(CARRIED[1:], _ZERO)
    # A line without a rate is 0 here, and marks what it is part of as unknown.
    amounts = sales.select(
        "sale",
        sline=nw.lit(NONE, nw.Int64),
        gross=nw.col("sold").fill_null(0),
        **zeros,
    )
    parts = collecting.by_declared(
        engine, engine.keep(amounts, "collect_open"), units, "collect_unsettled"
    )
    unknown = sales.select("sale", unknown=nw.col("sold").is_null().cast(nw.Int64))
    return (
        parts.join(unknown, on="sale")
        .with_columns(pooled=_ZERO, exchange=_ZERO, outstanding=0 - nw.col("gross"), received=_ZERO)
        .drop("due", "settled")
    )


def _by_line(rates: Frame, documents: Documents, traced: Traced, parts: list[Frame]) -> Frame:
    """One row per declared line that is sold from abroad, or that orders have units of."""
    names = [*NETTED_KINDS, "pooled", "exchange", "outstanding", "received", "unknown"]
    sums = (
        nw.concat([rows.select("dline", *names) for rows in parts])
        .filter(nw.col("dline") != NONE)
        .group_by("dline")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in names)
    )
    valued = with_cny(
        documents.declared.with_columns(
            posted_on="exported_on", currency="fob_currency", amount="fob_amount", whole="quantity"
        ),
        rates,
    ).with_columns(fob="cny")
    runs = traced.trace.filter(~nw.col("dline").is_null()).select(
        "dline", "second", "quantity", step=fate_step()
    )
    rows = (
        valued.join(collecting.declared_values(runs, valued), on="dline", how="left")
        .join(sums, on="dline", how="left")
        .filter(nw.col("by_sale") | ~nw.col("received").is_null())
    )
    rows = rows.with_columns(nw.col(name).fill_null(0) for name in names)
    told = rows.with_columns(price=nw.col("gross") - nw.col("with_buyers"))
    is_known = (nw.col("unknown") == 0) & ~nw.col("fob").is_null()
    return told.with_columns(
        nw.when(is_known).then(nw.col(name)).alias(name) for name in (*STEPS, "received")
    ).select(COLLECTED.names)


def fate_step() -> nw.Expr:
    """Where the declared value of units goes that no order has with its buyer."""
    is_ordered = (nw.col("fate") == SOLD) & ~nw.col("sale").is_null()
    chain = nw.when(is_ordered).then(nw.lit(None, nw.String))
    for fate, step in ((SCRAPPED, "written_off"), (LOST, "written_off"), (SENT_HOME, "sent_home")):
        chain = chain.when(nw.col("fate") == fate).then(nw.lit(step))
    return chain.otherwise(nw.lit("not_sold"))


def _allocated(
    pieces: Frame, claims: Frame, receipts: Frame, sales: Frame, documents: Documents
) -> Frame:
    """Every piece of a receipt with its order and declared line, in their own names."""
    its = receipts.select(
        "receipt", "account", "entry_no", "booked_on", "channel", "settlement_no", "currency",
        entry_line="line_no",
    )  # fmt: skip
    lines = documents.declared.select("dline", "declaration_no", "item_no", declared="sku")
    sold = sales.select("sale", "line_no", "sku")
    one = nw.lit(1, nw.Int64)
    part = nw.col("one").cum_sum().over("receipt", order_by="start").cast(nw.Int64) - 1
    return (
        pieces.with_columns(one=one)
        .with_columns(part=part)
        .join(its, on="receipt")
        .join(claims.select("claim", "order_no", "sale", "dline"), on="claim", how="left")
        .join(sold, on="sale", how="left")
        .join(lines, on="dline", how="left")
        .with_columns(
            sku=nw.when(nw.col("declared").is_null())
            .then(nw.col("sku"))
            .otherwise(nw.col("declared"))
        )
        .select(ALLOCATED.names)
    )


#: What to do about each code.
REMEDIES: Final = {
    "proceeds_not_declared": "Find the declaration of the units, or enter the sale of the order.",
    "received_beyond_orders": "Read the report of the settlement, or correct what the entry names.",
}


def _misfits(allocated: Frame) -> Frame:
    of_no_order = nw.col("order_no").is_null()
    undeclared = nw.col("declaration_no").is_null() & ~of_no_order
    key = nw.concat_str(
        [nw.col("account"), nw.col("entry_no"), nw.col("entry_line").cast(nw.String)],
        separator="/",
    )
    found = []
    for code, which, told in (
        ("proceeds_not_declared", undeclared, "No declaration has the units that it is for."),
        ("received_beyond_orders", of_no_order, "No order accounts for it."),
    ):
        sums = (
            allocated.filter(which)
            .group_by("account", "entry_no", "entry_line", "currency", "booked_on")
            .agg(amount=nw.col("amount").sum().cast(nw.Int64))
        )
        found.append(
            sums.select(
                "currency", "amount", day="booked_on", key=key, table=nw.lit("bank"),
                code=nw.lit(code), found=nw.lit(told), remedy=nw.lit(REMEDIES[code]),
            ).select(MONEY_EXCEPTIONS.names)
        )  # fmt: skip
    return nw.concat(found)


def receipts_are_allocated(found: Collected, bank: Bank) -> Frame:
    """Every receipt is allocated once: in its currency, and in CNY."""
    key = ["account", "entry_no", "entry_line"]
    sums = found.allocated.group_by(*key).agg(
        found=nw.col("amount").sum().cast(nw.Int64), in_cny=nw.col("cny").sum().cast(nw.Int64)
    )
    came = bank.receipts.filter(nw.col("amount") > 0).rename({"line_no": "entry_line"})
    both = came.select(*key, "amount", "cny").join(sums, on=key, how="left")
    return both.filter(
        (nw.col("amount") != nw.col("found").fill_null(0))
        | (nw.col("cny").fill_null(0) != nw.col("in_cny").fill_null(0))
    )


def receipts_are_collected(found: Collected) -> Frame:
    """What receipts are allocated to a declared line is what came home of it."""
    key = ["declaration_no", "item_no", "sku"]
    sums = (
        found.allocated.filter(~nw.col("declaration_no").is_null())
        .group_by(*key)
        .agg(found=nw.col("cny").sum().cast(nw.Int64))
    )
    rows = found.rows.select(*key, "received", is_there=nw.lit(value=True))
    both = sums.join(rows, on=key, how="left")
    other = (nw.col("found") != nw.col("received")).fill_null(value=False)
    return both.filter(nw.col("is_there").is_null() | other)


def steps_sum_to_receipts(found: Collected) -> Frame:
    """From the declared value of a line every step leads to what came home of it."""
    whole = nw.col(STEPS[0])
    for name in STEPS[1:]:
        whole = whole + nw.col(name)
    return found.rows.filter(whole != nw.col("received"))
