# SPDX-License-Identifier: Apache-2.0
"""Put pieces back together: each on its declaration line, neighbours that agree made one row."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from entrepot.engine.amounts import share_of_parts
from entrepot.engine.base import Engine, Frame
from entrepot.ledger.numbers import (
    BACK,
    FOUND,
    KIND,
    OVER,
    SEGMENT,
    SOLD,
    UNSOLD,
    is_kind,
    sku_of,
    warehouse_of,
)
from entrepot.ledger.trace import never_received, whole_sales

#: Sorts after every declaration line.
_UNKNOWN = 2**60
_NO_DAY = date(1, 1, 1)

TRACE_COLUMNS = (
    "first",
    "second",
    "dline",
    "pline",
    "basis",
    "fate",
    "sale",
    "day",
    "warehouse_no",
    "sku_no",
    "quantity",
    "net_amount",
)
_SAME = ("pline", "basis", "fate", "sale", "lane")


def assemble(
    engine: Engine,
    pieces: Frame,
    lots: Frame,
    fates: Frame,
    arrivals: Frame,
    declared: Frame,
    bought: Frame,
    origins: Frame,
) -> Frame:
    """Make the trace, in whole numbers: one row per maximal run of adjacent units that agree.

    Args:
        pieces, lots: as `whole_sales` takes them.
        fates: as `other_fates` gives them.
        arrivals, declared, bought: see `trace.py`.
        origins: one row per inflow of unknown origin: inflow and the order it takes (`unknown_rank`).

    Returns:
        one row per run: first, second (its order), dline, pline, basis, fate, sale, day,
        warehouse_no, sku_no (both null where the sale or the declaration line tells them),
        quantity, net_amount (fen; null where no invoice covers the units).
    """
    # Amounts are divided and joined per invoice line and lot, far fewer than the pieces.
    amounts = bought.select(
        "pline",
        each=nw.col("net_amount") // nw.col("quantity"),
        whole="quantity",
        amount="net_amount",
    ).select("pline", "each", "whole", rest=nw.col("amount") - nw.col("each") * nw.col("whole"))
    whole = whole_sales(pieces, lots.join(amounts, on="pline", how="left")).with_columns(
        fate=nw.lit(SOLD, nw.Int8), day=nw.lit(None, nw.Date), lane=nw.lit(None, nw.Int64)
    )
    is_known = is_kind(SEGMENT, nw.col("inflow"))
    parts = (
        fates.filter(is_known)
        .join(
            arrivals.select("dline", "dstart", "pline", "pstart", "basis", inflow="piece"),
            on="inflow",
        )
        .select(
            "dline",
            "quantity",
            "pline",
            "basis",
            "sale",
            "fate",
            "day",
            "lane",
            dpos=nw.col("dstart") + nw.col("offset"),
            ppos=nw.col("pstart") + nw.col("offset"),
        )
    )
    not_received = never_received(arrivals, declared).with_columns(
        sale=nw.lit(None, nw.Int64), lane=nw.lit(None, nw.Int64)
    )
    columns = [
        "dline", "dpos", "quantity", "pline", "ppos", "basis", "fate", "sale", "day", "lane",
    ]  # fmt: skip
    runs = merge_runs(
        nw.concat([parts.select(columns), not_received.select(columns)]), "dline", "dpos"
    )
    valued = [*columns, "each", "rest", "whole"]
    known = nw.concat(
        [
            whole.select(valued),
            runs.join(amounts, on="pline", how="left").select(valued),
        ]
    ).with_columns(
        first="dline",
        second="dpos",
        net_amount=share_of_parts(
            nw.col("each"),
            nw.col("rest"),
            nw.col("whole"),
            nw.col("ppos"),
            nw.col("quantity"),
        ),
    )
    known = _placed(known)
    return engine.keep(
        nw.concat([known, _of_unknown_origin(engine, fates.filter(~is_known), origins)]), "trace"
    )


def _placed(rows: Frame) -> Frame:
    """Say warehouse and SKU where a row has a lane; few have, so the division costs little."""
    where = nw.col("lane")
    has_lane = ~where.is_null()
    return rows.with_columns(
        warehouse_no=nw.when(has_lane).then(warehouse_of(where)),
        sku_no=nw.when(has_lane).then(sku_of(where)),
    ).select(list(TRACE_COLUMNS))


def merge_runs(rows: Frame, by: str, position: str) -> Frame:
    """Make one row of neighbours that differ in nothing but where they lie.

    Args:
        rows: one row per piece: `by`, `position`, quantity, ppos, pline, basis, fate, sale, day, lane.
        by: the line the pieces lie on.
        position: units before the piece on its line.
    """
    along = {"order_by": [position]}
    no_day = nw.lit(_NO_DAY)

    def previous(column: nw.Expr) -> nw.Expr:
        return column.shift(1).over(by, **along)

    is_next = previous(nw.col(position) + nw.col("quantity")) == nw.col(position)
    for name in _SAME:
        value = nw.col(name).fill_null(-1)
        is_next = is_next & (value == previous(value))
    day = nw.col("day").fill_null(no_day)
    is_next = is_next & (day == previous(day))
    starts = nw.when(is_next.fill_null(value=False)).then(0).otherwise(1)
    return (
        rows.with_columns(starts=starts.cast(nw.Int64))
        .with_columns(run=nw.col("starts").cum_sum().over(by, **along).cast(nw.Int64))
        .group_by(by, "run")
        .agg(
            nw.col(position).min(),
            nw.col("ppos").min(),
            nw.col("quantity").sum().cast(nw.Int64),
            *(nw.col(name).min() for name in (*_SAME, "day")),
        )
    )


def unknown_origins(
    engine: Engine, arrivals: Frame, received: Frame, returned: Frame, adjusted: Frame
) -> Frame:
    """Order the inflows whose units no declaration explains.

    By SKU, then by where and when they came in: warehouse, day, receipts before returns before
    positive adjustments, then number and line.

    Returns:
        one row per inflow: inflow, unknown_rank.
    """
    over = (
        arrivals.filter(~nw.col("receipt").is_null(), nw.col("dstart").is_null())
        .join(received.select("receipt", "lane", "day"), on="receipt")
        .select("lane", "day", rank=nw.lit(0, nw.Int8), number="piece", kind=nw.lit(OVER, nw.Int64))
    )
    back = returned.select(
        "lane", "day", rank=nw.lit(1, nw.Int8), number="ret", kind=nw.lit(BACK, nw.Int64)
    )
    found = adjusted.filter(nw.col("quantity") > 0).select(
        "lane", "day", rank=nw.lit(2, nw.Int8), number="adj", kind=nw.lit(FOUND, nw.Int64)
    )
    rows = nw.concat([over, back, found]).with_columns(sku_no=sku_of(nw.col("lane")))
    ranked = engine.keep_in_order(
        rows, "origins", ["sku_no", "lane", "day", "rank", "number"], "unknown_rank"
    )
    return ranked.select("unknown_rank", inflow=nw.col("number") + nw.col("kind") * KIND)


def _of_unknown_origin(engine: Engine, fates: Frame, origins: Frame) -> Frame:
    rows = fates.join(origins, on="inflow").with_columns(
        pline=nw.lit(None, nw.Int64), ppos=nw.lit(0, nw.Int64), basis=nw.lit(None, nw.Int8)
    )
    runs = engine.keep_in_order(
        merge_runs(rows, "unknown_rank", "offset"),
        "unknown_runs",
        ["unknown_rank", "offset"],
        "second",
    )
    return _placed(
        runs.with_columns(
            first=nw.lit(_UNKNOWN, nw.Int64),
            dline=nw.lit(None, nw.Int64),
            net_amount=nw.lit(None, nw.Int64),
        )
    )


def trace_rows(trace: Frame, declared: Frame, bought: Frame, sold: Frame) -> Frame:
    """The trace in the columns that are written, plus `first` and `second` for its order.

    basis, warehouse, sku, fate and channel are numbers still; few texts stand behind them, and
    they are put back while writing (`engine.coded`).
    """
    is_sale_at_export = (nw.col("fate") == SOLD) & nw.col("sale").is_null()
    return (
        trace.join(
            declared.select(
                "dline",
                "declaration_no",
                "item_no",
                declared_sku="sku_no",
                declared_warehouse="warehouse_no",
                declared_channel="channel_no",
                declared_order_no="order_no",
            ),
            on="dline",
            how="left",
        )
        .join(
            bought.select("pline", "invoice_no", invoice_line_no="line_no"), on="pline", how="left"
        )
        .join(
            sold.select(
                "sale",
                "channel_no",
                "order_no",
                order_line_no="line_no",
                sold_on="day",
                sold_from="warehouse_no",
                sold_sku="sku_no",
            ),
            on="sale",
            how="left",
        )
        .select(
            "first",
            "second",
            "declaration_no",
            "item_no",
            "invoice_no",
            "invoice_line_no",
            "basis",
            warehouse=nw.coalesce("warehouse_no", "sold_from", "declared_warehouse"),
            sku=nw.coalesce("declared_sku", "sku_no", "sold_sku"),
            fate="fate",
            channel=nw.coalesce(
                "channel_no", nw.when(is_sale_at_export).then(nw.col("declared_channel"))
            ),
            order_no=nw.coalesce(
                "order_no", nw.when(is_sale_at_export).then(nw.col("declared_order_no"))
            ),
            order_line_no="order_line_no",
            day=nw.coalesce("day", "sold_on"),
            quantity="quantity",
            net_amount="net_amount",
        )
    )


def stock_rows(trace: Frame, declared: Frame, skus: Frame, warehouses: Frame) -> Frame:
    """What lies where at `as_of`: one row per warehouse, SKU, declaration item and day it came."""
    on_hand = (
        trace.filter(nw.col("fate") == UNSOLD)
        .join(declared.select("dline", "declaration_no", "item_no"), on="dline", how="left")
        .join(skus, on="sku_no")
        .join(warehouses, on="warehouse_no")
    )
    key = ["warehouse", "sku", "declaration_no", "item_no", "received_on"]
    return (
        on_hand.rename({"day": "received_on"})
        .group_by(key)
        .agg(
            quantity=nw.col("quantity").sum().cast(nw.Int64),
            amount=nw.col("net_amount").sum().cast(nw.Int64),
            valued=nw.col("net_amount").count(),
        )
        .select(*key, "quantity", net_amount=nw.when(nw.col("valued") > 0).then(nw.col("amount")))
    )
