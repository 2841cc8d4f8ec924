# SPDX-License-Identifier: Apache-2.0
"""Follow every unit: invoice to declaration, declaration to receipt, receipt to its fate.

Each step is a cut of the quantity line (`line.py`); two cuts that share a lot compose into one.
Frames hold whole numbers only; `pipelines/documents.py` says which documents they stand for.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.ledger.line import cut, lay, serve
from entrepot.ledger.numbers import (
    ADJUSTMENT,
    ASSUMED,
    FATES,
    FOUND,
    IN_TRANSIT,
    LINKED,
    OVER,
    RETURN,
    RETURNED_SALE,
    SALE,
    SEGMENT,
    SOLD,
    UNSOLD,
    code,
    is_kind,
    lane,
    number_in,
    numbered,
)
from entrepot.ledger.returns import resolve, split_returned, through_returns
from entrepot.ledger.transfers import (
    CAME_BACK,
    RECEIVED,
    WAS_FOUND,
    WAS_GONE,
    WAS_SOLD,
    arrived,
    at_once,
    leaving,
    units_arrived,
    units_moved,
    units_under_way,
)

#: The columns of a piece whose fate is known, before it is put on its declaration line.
FATE_COLUMNS = ("inflow", "offset", "quantity", "fate", "sale", "day", "lane")


def cover(engine: Engine, declared: Frame, bought: Frame, links: Frame) -> Frame:
    """Say which invoice line covers which units of each declaration line.

    Declared links first, in declaration order and then invoice order; the rest first in, first
    out per SKU. On both lines linked units lie first, then first-in-first-out units, then the rest.

    Args:
        declared: one row per declaration line: dline, sku_no, exported_on, quantity.
        bought: one row per invoice line and SKU: pline, sku_no, issued_on, quantity.
        links: one row per declared link: dline, pline, quantity.

    Returns:
        one row per piece: cover (its number), dline, start (units of the declaration line before
        it), quantity, pline, pstart (units of the invoice line before it), basis (code); pline,
        pstart and basis are null where no invoice covers the units.
    """
    so_far = nw.col("quantity").cum_sum()
    linked = (
        links.join(declared.select("dline", "exported_on"), on="dline")
        .join(bought.select("pline", "issued_on"), on="pline")
        .with_columns(
            end=so_far.over("dline", order_by=["issued_on", "pline"]).cast(nw.Int64),
            pend=so_far.over("pline", order_by=["exported_on", "dline"]).cast(nw.Int64),
        )
        .select(
            "dline",
            "quantity",
            "pline",
            start=nw.col("end") - nw.col("quantity"),
            pstart=nw.col("pend") - nw.col("quantity"),
            basis=nw.lit(LINKED, nw.Int8),
        )
    )
    linked = engine.keep(linked, "linked")
    invoices = engine.keep(_left_over(bought, linked, "pline", "issued_on"), "invoices_laid")
    exports = engine.keep(_left_over(declared, linked, "dline", "exported_on"), "exports_laid")
    assumed = (
        cut(
            invoices.select("sku_no", "start", "quantity", left="pline"),
            exports.select("sku_no", "start", "quantity", right="dline"),
            ["sku_no"],
        )
        .join(invoices.select(left="pline", p0="start", p_linked="linked"), on="left", how="left")
        .join(exports.select(right="dline", d0="start", d_linked="linked"), on="right")
        .select(
            "quantity",
            dline="right",
            start=nw.col("start") - nw.col("d0") + nw.col("d_linked"),
            pline="left",
            pstart=nw.col("start") - nw.col("p0") + nw.col("p_linked"),
            basis=nw.when(~nw.col("left").is_null()).then(nw.lit(ASSUMED, nw.Int8)),
        )
    )
    columns = ["dline", "start", "quantity", "pline", "pstart", "basis"]
    both = nw.concat([linked.select(columns), assumed.select(columns)])
    covers = engine.keep_in_order(both, "covers", ["dline", "start"], "cover")
    engine.forget("linked", "invoices_laid", "exports_laid")
    return covers


def _left_over(rows: Frame, linked: Frame, key: str, day: str) -> Frame:
    """What declared links leave of each row, laid along its SKU; `linked` units lie before it."""
    taken = linked.group_by(key).agg(linked=nw.col("quantity").sum().cast(nw.Int64))
    left = (
        rows.select(key, "sku_no", day, "quantity")
        .join(taken, on=key, how="left")
        .with_columns(linked=nw.col("linked").fill_null(0))
        .with_columns(quantity=nw.col("quantity") - nw.col("linked"))
        .filter(nw.col("quantity") > 0)
    )
    return lay(left, ["sku_no"], [day, key])


def arrive(engine: Engine, covers: Frame, received: Frame) -> Frame:
    """Say which units of its declaration line each receipt took in.

    Receipts take the units of a line in order (received_on, receipt_no, line_no): the two cuts,
    invoice to declaration and declaration to receipt, compose into one.

    Returns:
        one row per piece: piece (its number, in the order of receipt and unit), receipt, dline,
        dstart (units of the declaration line before it), quantity, pline, pstart, basis. receipt
        is null where no receipt took the units; dstart where a receipt took more than declared.
    """
    laid = engine.keep(lay(received, ["dline"], ["day", "receipt"]), "received_laid")
    pieces = (
        cut(
            covers.select("dline", "start", "quantity", left="cover"),
            laid.select("dline", "start", "quantity", right="receipt"),
            ["dline"],
        )
        .join(
            covers.select("pline", "pstart", "basis", left="cover", c0="start"),
            on="left",
            how="left",
        )
        .select(
            "dline",
            "quantity",
            "pline",
            "basis",
            # Only where the line was received: a null sorts last and is no inflow.
            receipt="right",
            at="start",
            dstart=nw.when(~nw.col("left").is_null()).then(nw.col("start")),
            pstart=nw.col("pstart") + nw.col("start") - nw.col("c0"),
        )
    )
    arrivals = engine.keep_in_order(pieces, "arrivals", ["receipt", "dline", "at"], "piece")
    engine.forget("received_laid")
    return arrivals


def come_in(
    engine: Engine,
    arrivals: Frame,
    received: Frame,
    returned: Frame,
    adjusted: Frame,
    transferred: Frame | None = None,
) -> Frame:
    """Lay everything that came into stock along its lane (warehouse and SKU).

    On one day receipts come first, then restocked returns, transfers, positive adjustments and
    transfers that left on that day, each in the order of their keys.

    Returns:
        one row per inflow: inflow (kind and number), lane, day, start, quantity.
    """
    receipts = (
        arrivals.filter(~nw.col("receipt").is_null())
        .join(received.select("receipt", "lane", "day"), on="receipt")
        .select(
            "lane",
            "day",
            "quantity",
            inflow=nw.when(nw.col("dstart").is_null())
            .then(numbered(OVER, nw.col("piece")))
            .otherwise(numbered(SEGMENT, nw.col("piece"))),
            rank=nw.lit(RECEIVED, nw.Int8),
            number="piece",
        )
    )
    restocked = returned.filter(nw.col("outcome") == "restocked").select(
        "lane",
        "day",
        "quantity",
        inflow=numbered(RETURN, nw.col("ret")),
        rank=nw.lit(CAME_BACK, nw.Int8),
        number="ret",
    )
    found = adjusted.filter(nw.col("quantity") > 0).select(
        "lane",
        "day",
        "quantity",
        inflow=numbered(FOUND, nw.col("adj")),
        rank=nw.lit(WAS_FOUND, nw.Int8),
        number="adj",
    )
    parts = [receipts, restocked, found]
    if transferred is not None:
        parts.append(arrived(transferred))
    laid = lay(nw.concat(parts), ["lane"], ["day", "rank", "number"])
    return engine.keep(laid.select("inflow", "lane", "day", "start", "quantity"), "inflows")


def go_out(
    engine: Engine,
    inflows: Frame,
    sold: Frame,
    returned: Frame,
    adjusted: Frame,
    transferred: Frame | None = None,
) -> Frame:
    """Lay everything that left stock along its lane, in time: no unit leaves before it came.

    On one day transfers go first, then sales, then negative adjustments, each in the order of their
    keys.

    Returns:
        one row per outflow: right (kind and number), lane, start, quantity (served), unmet.
    """
    came_back = distinct(returned, "sale").with_columns(came_back=nw.lit(value=True))
    sales = sold.join(came_back, on="sale", how="left").select(
        "day",
        "quantity",
        lane=lane(nw.col("warehouse_no"), nw.col("sku_no")),
        rank=nw.lit(WAS_SOLD, nw.Int8),
        number="sale",
        right=nw.when(nw.col("came_back"))
        .then(numbered(RETURNED_SALE, nw.col("sale")))
        .otherwise(numbered(SALE, nw.col("sale"))),
    )
    gone = adjusted.filter(nw.col("quantity") < 0).select(
        "lane",
        "day",
        quantity=0 - nw.col("quantity"),
        rank=nw.lit(WAS_GONE, nw.Int8),
        number="adj",
        right=numbered(ADJUSTMENT, nw.col("adj")),
    )
    columns = ["lane", "day", "quantity", "rank", "number", "right"]
    both = [sales.select(columns), gone.select(columns)]
    if transferred is None:
        return serve(engine, inflows, nw.concat(both), "lane")
    between = at_once(transferred)
    before = inflows.join(between.select("inflow"), on="inflow", how="anti")
    return serve(
        engine, before, nw.concat([*both, leaving(transferred).select(columns)]), "lane", between
    )


def match(engine: Engine, inflows: Frame, outflows: Frame) -> Frame:
    """Cut inflows against outflows.

    Returns:
        one row per piece: lane, start (on the lane), quantity, left (the inflow), right (the
        outflow, null where the units are on hand), is_whole (all that the outflow took).
    """
    pieces = cut(
        inflows.select("lane", "start", "quantity", left="inflow"),
        outflows.filter(nw.col("quantity") > 0).select("lane", "start", "quantity", "right"),
        ["lane"],
    )
    return engine.keep(pieces, "pieces")


def whole_sales(pieces: Frame, lots: Frame) -> Frame:
    """The pieces that need no more work, nearly all: a whole sale, kept, from one known lot.

    Returns:
        one row per piece: dline, dpos, quantity, pline, ppos, basis, sale, and the amount of the
        invoice line, divided (each, rest, whole), that comes with the lot.
    """
    return (
        pieces.filter(
            nw.col("is_whole"),
            is_kind(SALE, nw.col("right")),
            is_kind(SEGMENT, nw.col("left")),
        )
        .join(lots, on="left")
        .select(
            "dline",
            "quantity",
            "pline",
            "basis",
            "each",
            "rest",
            "whole",
            dpos=nw.col("dstart") + nw.col("start") - nw.col("lot_start"),
            ppos=nw.col("pstart") + nw.col("start") - nw.col("lot_start"),
            sale=number_in(SALE, nw.col("right")),
        )
    )


def lots_of(arrivals: Frame, inflows: Frame) -> Frame:
    """Received units of a declaration line, as inflows: left, lot_start and their origin."""
    return (
        inflows.filter(is_kind(SEGMENT, nw.col("inflow")))
        .join(
            arrivals.select("dline", "dstart", "pline", "pstart", "basis", inflow="piece"),
            on="inflow",
        )
        .select("dline", "dstart", "pline", "pstart", "basis", left="inflow", lot_start="start")
    )


def other_fates(
    engine: Engine,
    pieces: Frame,
    inflows: Frame,
    outflows: Frame,
    returned: Frame,
    adjusted: Frame,
    transferred: Frame | None = None,
) -> tuple[Frame, Frame]:
    """Everything but `whole_sales`: on hand, adjusted, sold in parts, sold and come back, moved.

    Returns:
        one row per piece: inflow (never a return or transfer), offset (units of the inflow before
        it), quantity, fate (code), sale (null where no order is concerned), day and lane of the
        fate (null for `sold`, where the sale tells them); and who the units of each restocked
        return and transfer are (`returns.resolve`).
    """
    rest = (
        pieces.filter(
            ~nw.col("is_whole")
            | nw.col("right").is_null()
            | ~is_kind(SALE, nw.col("right"))
            | ~is_kind(SEGMENT, nw.col("left"))
        )
        .join(inflows.select(left="inflow", i0="start", came_on="day"), on="left")
        .select(
            "lane",
            "quantity",
            "right",
            "came_on",
            "start",
            inflow="left",
            offset=nw.col("start") - nw.col("i0"),
        )
    )
    rest = engine.keep(rest, "rest")
    back = _returned_units(engine, rest, outflows, returned)
    parts = [_plain_fates(rest, adjusted), _returned_fates(back, returned)]
    restocked = back.join(returned.filter(nw.col("outcome") == "restocked").select("ret"), on="ret")
    if transferred is not None:
        moved = units_moved(engine, rest, outflows)
        parts.append(units_under_way(moved, transferred))
        columns = moved.collect_schema().names()
        there = units_arrived(moved, transferred).select(columns)
        restocked = nw.concat([restocked.select(columns), there])
    fates = engine.keep(nw.concat(parts), "fates")
    known = resolve(engine, restocked)
    is_return = is_kind(RETURN, nw.col("inflow"))
    named = through_returns(engine, fates.filter(is_return), known)
    final = engine.keep(
        nw.concat([fates.filter(~is_return), named.select(list(FATE_COLUMNS))]), "other_fates"
    )
    engine.forget("rest", "fates", "fates_through_returns", "returned_units")
    if transferred is not None:
        engine.forget("units_moved")
    return final, known


def _plain_fates(rest: Frame, adjusted: Frame) -> Frame:
    """On hand, gone by adjustment, and sold with nothing come back."""
    none = nw.lit(None, nw.Int64)
    unsold = rest.filter(nw.col("right").is_null()).select(
        "inflow",
        "offset",
        "quantity",
        fate=nw.lit(UNSOLD, nw.Int8),
        sale=none,
        day="came_on",
        lane="lane",
    )
    sold = rest.filter(is_kind(SALE, nw.col("right"))).select(
        "inflow",
        "offset",
        "quantity",
        fate=nw.lit(SOLD, nw.Int8),
        sale=number_in(SALE, nw.col("right")),
        day=nw.lit(None, nw.Date),
        lane=none,
    )
    gone = (
        rest.filter(is_kind(ADJUSTMENT, nw.col("right")))
        .with_columns(adj=number_in(ADJUSTMENT, nw.col("right")))
        .join(adjusted.select("adj", "day", fate=code(FATES, nw.col("reason"))), on="adj")
        .select("inflow", "offset", "quantity", "fate", sale=none, day="day", lane="lane")
    )
    return nw.concat([unsold, sold, gone])


def _returned_units(engine: Engine, rest: Frame, outflows: Frame, returned: Frame) -> Frame:
    is_returned = is_kind(RETURNED_SALE, nw.col("right"))
    served = outflows.filter(is_returned).select(
        "quantity", "unmet", "right", "start", sale=number_in(RETURNED_SALE, nw.col("right"))
    )
    pieces = (
        rest.filter(is_returned)
        .join(served.select("right", "sale", s0="start"), on="right")
        .select("sale", "quantity", "inflow", "offset", sold_from=nw.col("start") - nw.col("s0"))
    )
    return split_returned(engine, pieces, served, returned)


def _returned_fates(back: Frame, returned: Frame) -> Frame:
    """Units of returned sales that stayed sold, were scrapped, or were sent home."""
    stayed = back.filter(nw.col("ret").is_null()).select(
        "inflow",
        "offset",
        "quantity",
        fate=nw.lit(SOLD, nw.Int8),
        sale="sale",
        day=nw.lit(None, nw.Date),
        lane=nw.lit(None, nw.Int64),
    )
    ended = back.join(
        returned.filter(nw.col("outcome") != "restocked").select(
            "ret", "day", "lane", fate=code(FATES, nw.col("outcome"))
        ),
        on="ret",
    ).select(*FATE_COLUMNS)
    return nw.concat([stayed, ended])


def never_received(arrivals: Frame, declared: Frame) -> Frame:
    """Units that no receipt took: on their way, or sold at export.

    Returns:
        one row per piece: dline, dpos, quantity, pline, ppos, basis, fate, day.
    """
    return (
        arrivals.filter(nw.col("receipt").is_null())
        .join(declared.select("dline", "by_sale", "exported_on"), on="dline")
        .select(
            "dline",
            "quantity",
            "pline",
            "basis",
            dpos="dstart",
            ppos="pstart",
            fate=nw.when(nw.col("by_sale"))
            .then(nw.lit(IN_TRANSIT, nw.Int8))
            .otherwise(nw.lit(SOLD, nw.Int8)),
            day="exported_on",
        )
    )
