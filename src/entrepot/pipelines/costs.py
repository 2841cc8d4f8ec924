# SPDX-License-Identifier: Apache-2.0
"""Costs in the close: spread over goods, carried along with them, and what the goods come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.finance import carrying, spreading
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.finance.tables_costs import (
    AHEAD,
    GIVEN_BACK,
    HOME,
    LOST,
    PAYABLE,
    PLACES,
    SCRAPPED,
    SOLD,
    STOCK,
    TAX,
    TRANSIT,
    UNSPREAD,
)
from entrepot.ledger import numbers
from entrepot.ledger.numbers import (
    FATES,
    IN_TRANSIT,
    SEGMENT,
    TRANSFERS,
    UNSOLD,
    is_kind,
)
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.tracing import Traced

#: The place of units of each fate, in the order of FATES.
_PLACE_OF_FATE = (SOLD, STOCK, SCRAPPED, LOST, HOME, TRANSIT)
assert len(_PLACE_OF_FATE) == len(FATES)
_KEY = ["payee", "cost_no", "line_no"]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a season's costs come to, in hundredths of their currencies.

    costs: the season's rows up to `as_of`, numbered (cline), with cny. of_sales: those of them that
        were paid for sales, not goods.
    moved: one row per movement, with the columns of MONEY_BOOK.
    landed: one row per declared line, account and currency.
    exceptions: what did not fit.
    """

    costs: Frame
    of_sales: Frame
    moved: Frame
    landed: Frame
    exceptions: Frame


def work_out_costs(
    engine: Engine, tables: Mapping[str, Frame], documents: Documents, traced: Traced
) -> Costs | None:
    """Book every cost where its goods are; None where the season has none."""
    rows = tables["costs"].filter(nw.col("posted_on") <= nw.lit(documents.as_of))
    if engine.is_empty(rows):
        return None
    numbered = engine.keep_in_order(rows, "costs_numbered", _KEY, "cline")
    costs = engine.keep(spreading.with_cny(numbered, tables["fx_rates"]), "costs_valued")
    of_goods = costs.filter(nw.col("account") != GIVEN_BACK)
    weighed = spreading.weights(
        of_goods, tables["cost_shares"], tables["declarations"], tables["products"]
    )
    spread = spreading.spread(engine, of_goods, engine.keep(weighed, "costs_weights"))
    loads = engine.keep(_loads(spread, costs, documents), "costs_loads")
    along = carrying.carried(engine, loads, _steps(engine, documents, traced, loads))
    begun = _begun(costs, spread, tables["cost_shares"])
    moved = engine.keep(_moved(engine, costs, carrying.entries(costs, begun, along)), "costs_moved")
    landed = carrying.landed(costs, loads, along, _goods(traced))
    of_sales = begun.filter(nw.col("to_no") == SOLD).select("cline")
    return Costs(
        costs,
        engine.keep(costs.join(of_sales, on="cline", how="semi"), "costs_of_sales"),
        moved,
        engine.keep(_named(landed, documents), "landed"),
        engine.keep(_misfits(costs, begun), "cost_exceptions"),
    )


def _loads(spread: Frame, costs: Frame, documents: Documents) -> Frame:
    """The parts of declared lines that are exported by `as_of`, with the units that carry them."""
    lines = documents.declared.select(*spreading.LINE, "dline", whole="quantity")
    return (
        spread.join(lines, on=spreading.LINE)
        .join(costs.select("cline", "posted_on"), on="cline")
        .select("cline", "dline", "amount", "cny", "posted_on", "whole")
    )


def _steps(engine: Engine, documents: Documents, traced: Traced, loads: Frame) -> Frame:
    """Every step that units of the lines with costs have taken so far, from place to place."""
    d = documents
    asked = loads.group_by("dline").agg(_n=nw.len()).select("dline")
    declared = d.declared.join(asked, on="dline", how="semi")
    columns = ["dline", "position", "quantity", "on", "from_no", "to_no"]
    parts = [_exported(declared), _received(d, traced), *_ended(d, traced)]
    parts += _come_back(d, traced)
    exported = declared.select("dline", "exported_on")
    every = nw.concat([part.select(columns) for part in parts])
    # Nothing counts before the export, whatever day a receipt was dated.
    steps = every.join(exported, on="dline").with_columns(on=nw.max_horizontal("on", "exported_on"))
    return engine.keep(steps.select(columns), "costs_steps")


def _step(rows: Frame, on: str, source: int, target: int | nw.Expr) -> Frame:
    """Rows with dline, position and quantity as a step."""
    to_no = nw.lit(target, nw.Int64) if isinstance(target, int) else target
    return rows.select(
        "dline",
        "position",
        "quantity",
        on=nw.col(on),
        from_no=nw.lit(source, nw.Int64),
        to_no=to_no,
    )


def _first_place() -> nw.Expr:
    """Where the units of a line are from their export on: on their way, or sold at export."""
    sold, transit = nw.lit(SOLD, nw.Int64), nw.lit(TRANSIT, nw.Int64)
    return nw.when(nw.col("by_sale")).then(transit).otherwise(sold)


def _exported(declared: Frame) -> Frame:
    whole = declared.with_columns(position=nw.lit(0, nw.Int64))
    return _step(whole, "exported_on", AHEAD, _first_place())


def _received(documents: Documents, traced: Traced) -> Frame:
    """Units that a receipt took in."""
    took = traced.arrivals.filter(~nw.col("receipt").is_null(), ~nw.col("dstart").is_null())
    rows = (
        took.select("dline", "receipt", "quantity", position="dstart")
        .join(documents.received.select("receipt", "day"), on="receipt")
        .join(documents.declared.select("dline", "by_sale"), on="dline")
    )
    return rows.select(
        "dline",
        "position",
        "quantity",
        on="day",
        from_no=_first_place(),
        to_no=nw.lit(STOCK, nw.Int64),
    )


def _ended(documents: Documents, traced: Traced) -> list[Frame]:
    """What the trace says: sold, gone, or under way to another warehouse."""
    runs = traced.trace.filter(~nw.col("dline").is_null()).select(
        "dline", "quantity", "fate", "sale", "day", "warehouse_no", position="second"
    )
    fate, is_sale = nw.col("fate"), ~nw.col("sale").is_null()
    ordered = runs.filter(is_sale).join(documents.sold.select("sale", sold_on="day"), on="sale")
    is_gone = (fate != numbers.SOLD) & (fate != UNSOLD) & (fate != IN_TRANSIT)
    place = _place_of_fate()
    moving = runs.filter(fate == IN_TRANSIT, ~nw.col("warehouse_no").is_null())
    return [
        _step(ordered, "sold_on", STOCK, SOLD),
        _step(ordered.filter(is_gone), "day", SOLD, place),
        _step(runs.filter(is_gone, ~is_sale), "day", STOCK, place),
        _step(moving, "day", STOCK, TRANSIT),
    ]


def _place_of_fate() -> nw.Expr:
    chain = nw.when(nw.col("fate") == 0).then(nw.lit(_PLACE_OF_FATE[0], nw.Int64))
    for code, place in enumerate(_PLACE_OF_FATE[1:], 1):
        chain = chain.when(nw.col("fate") == code).then(nw.lit(place, nw.Int64))
    return chain.otherwise(nw.lit(None, nw.Int64))


def _come_back(documents: Documents, traced: Traced) -> list[Frame]:
    """Units that were sold and restocked, or moved to another warehouse, in between."""
    d = documents
    units = (
        traced.comebacks.filter(is_kind(SEGMENT, nw.col("inflow")))
        .join(traced.arrivals.select("dline", "dstart", inflow="piece"), on="inflow")
        .select("ret", "dline", "quantity", position=nw.col("dstart") + nw.col("offset"))
    )
    back = (
        units.filter(nw.col("ret") < TRANSFERS)
        .join(d.returned.select("ret", "sale", "day"), on="ret")
        .join(d.sold.select("sale", sold_on="day"), on="sale")
    )
    steps = [_step(back, "sold_on", STOCK, SOLD), _step(back, "day", SOLD, STOCK)]
    if d.transferred is not None:
        moved = units.filter(nw.col("ret") >= TRANSFERS).join(
            d.transferred.select("ret", "day", "arrived_on"), on="ret"
        )
        steps += [_step(moved, "day", STOCK, TRANSIT), _step(moved, "arrived_on", TRANSIT, STOCK)]
    return steps


def _begun(costs: Frame, spread: Frame, shares: Frame) -> Frame:
    """Where each cost is booked to first: with goods ahead, or at once where it belongs."""
    by_hand = shares.group_by(*_KEY).agg(_n=nw.len()).select(*_KEY, is_by_hand=nw.lit(value=True))
    is_spread = (
        spread.group_by("cline").agg(_n=nw.len()).select("cline", is_spread=nw.lit(value=True))
    )
    rows = costs.join(by_hand, on=_KEY, how="left").join(is_spread, on="cline", how="left")
    names_goods = ~nw.col("declaration_no").is_null() | ~nw.col("is_by_hand").is_null()
    return rows.select(
        "cline",
        "amount",
        to_no=nw.when(nw.col("account") == GIVEN_BACK)
        .then(nw.lit(TAX, nw.Int64))
        .when(~names_goods)
        .then(nw.lit(SOLD, nw.Int64))
        .when(nw.col("is_spread").is_null())
        .then(nw.lit(UNSPREAD, nw.Int64))
        .otherwise(nw.lit(AHEAD, nw.Int64)),
    )


def _moved(engine: Engine, costs: Frame, entries: Frame) -> Frame:
    """Movements with the columns of MONEY_BOOK."""
    names = engine.table(pa.table({"no": pa.array(range(len(PLACES))), "name": list(PLACES)}))
    about = costs.select(
        "cline", "payee", "account", item="currency", document_line="line_no",
        document_no=nw.concat_str([nw.col("payee"), nw.col("cost_no")], separator="/"),
    )  # fmt: skip
    rows = entries.join(about, on="cline")
    for end in ("from", "to"):
        rows = rows.join(
            names.select(nw.col("no").alias(f"{end}_no"), nw.col("name").alias(end)), on=f"{end}_no"
        )
        whose = nw.when(nw.col(f"{end}_no") == PAYABLE).then(nw.col("payee"))
        rows = rows.with_columns(
            nw.concat_str([nw.col(end), whose.otherwise(nw.col("account"))], separator="/").alias(
                f"{end}_place"
            )
        )
    along = {"order_by": ["on", "from_no", "to_no"]}
    one = nw.lit(1, nw.Int64)
    counted = rows.with_columns(one=one).with_columns(
        part=nw.col("one").cum_sum().over("cline", **along).cast(nw.Int64) - 1
    )
    return counted.with_columns(document_kind=nw.lit("cost"))


def _goods(traced: Traced) -> Frame:
    """What invoices carry of each declared line, by the place of its units."""
    rows = traced.trace.filter(~nw.col("dline").is_null(), ~nw.col("net_amount").is_null())
    return (
        rows.group_by("dline", "fate")
        .agg(amount=nw.col("net_amount").sum().cast(nw.Int64))
        .select("dline", "amount", place=_place_of_fate())
    )


def _named(landed: Frame, documents: Documents) -> Frame:
    lines = documents.declared.select(*spreading.LINE, "dline", "quantity")
    return landed.join(lines, on="dline")


#: What to do about each code.
REMEDIES = {
    "cost_not_spread": "Enter weight or volume of the articles, spread it by quantity, or give"
    " shares by hand.",
    "no_fx_rate": "Enter a rate of that day, or of one of the seven days before.",
}


def _misfits(costs: Frame, begun: Frame) -> Frame:
    key = nw.concat_str(
        [nw.col("payee"), nw.col("cost_no"), nw.col("line_no").cast(nw.String)], separator="/"
    )
    unspread = costs.join(
        begun.filter(nw.col("to_no") == UNSPREAD).select("cline"), on="cline", how="semi"
    )
    return nw.concat(
        [
            rows.select(
                "currency", "amount", day="posted_on", code=nw.lit(code), table=nw.lit("costs"),
                key=key, found=nw.lit(found), remedy=nw.lit(REMEDIES[code]),
            ).select(MONEY_EXCEPTIONS.names)
            for code, rows, found in (
                ("cost_not_spread", unspread, "Nothing says how much each of the goods bears."),
                ("no_fx_rate", costs.filter(nw.col("cny").is_null()), "There is no rate to CNY."),
            )
        ]
    )  # fmt: skip


def every_cost_is_booked(found: Costs) -> Frame:
    """Per currency, what the costs come to is what payees are owed of them."""
    is_from, is_to = (nw.col(f"{end}_no") == PAYABLE for end in ("from", "to"))
    booked = (
        found.moved.filter(is_from | is_to)
        .with_columns(
            amount=nw.when(is_from).then(nw.col("amount")).otherwise(0 - nw.col("amount"))
        )
        .group_by("cline")
        .agg(booked=nw.col("amount").sum().cast(nw.Int64))
    )
    both = found.costs.select("cline", "amount").join(booked, on="cline", how="left")
    return both.filter(nw.col("amount") != nw.col("booked").fill_null(0))


def costs_lie_somewhere(found: Costs) -> Frame:
    """Of every declared line, what its goods have come to cost lies where its units are."""
    parts = nw.col("transit") + nw.col("stock") + nw.col("sold") + nw.col("gone")
    return found.landed.filter(nw.col("amount") != parts)
