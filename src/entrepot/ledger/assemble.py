# SPDX-License-Identifier: Apache-2.0
"""Put pieces back together: each on its declaration line, neighbours that agree made one row."""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.amounts import share_of_parts
from entrepot.engine.base import Engine, Frame
from entrepot.engine.days import day_number
from entrepot.ledger import transfers
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
from entrepot.ledger.transfers import CAME_BACK, RECEIVED, WAS_FOUND

#: Sorts after every declaration line.
_UNKNOWN = 2**60

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
        origins: one row per inflow of unknown origin: inflow, unknown_rank (its order).

    Returns:
        one row per run: first, second (its order), dline, pline, basis, fate, sale, day,
        warehouse_no, sku_no (both null where the sale or the declaration line tells them),
        quantity, net_amount (fen; null where no invoice covers the units).
    """
    # Amounts are divided and joined per invoice line and lot, far fewer than the pieces.
    amounts = bought.select(
        "pline",
        "net_amount",
        each=nw.col("net_amount") // nw.col("quantity"),
        whole="quantity",
    ).select("pline", "each", "whole", rest=nw.col("net_amount") - nw.col("each") * nw.col("whole"))
    valued_lots = engine.keep(lots.join(amounts, on="pline", how="left"), "valued_lots")
    whole = engine.keep(
        _valued(whole_sales(pieces, valued_lots)).select(
            "dline", "dpos", "pline", "basis", "sale", "quantity", "net_amount"
        ),
        "trace_whole",
    )
    engine.forget("pieces", "valued_lots")
    runs = _valued(_parts(engine, fates, arrivals, declared).join(amounts, on="pline", how="left"))
    is_known = is_kind(SEGMENT, nw.col("inflow"))
    rest = engine.keep(
        nw.concat(
            [
                _placed(runs.with_columns(first="dline", second="dpos")),
                _of_unknown_origin(engine, fates.filter(~is_known), origins),
            ]
        ),
        "trace_rest",
    )
    # What is the same for every whole sale is not kept ten million times, but added when read.
    none = nw.lit(None, nw.Int64)
    wholes = whole.with_columns(
        first="dline",
        second="dpos",
        fate=nw.lit(SOLD, nw.Int8),
        day=nw.lit(None, nw.Date),
        warehouse_no=none,
        sku_no=none,
    )
    return nw.concat([wholes.select(list(TRACE_COLUMNS)), rest])


def _valued(rows: Frame) -> Frame:
    """Add net_amount: what the invoice line carries from ppos on."""
    return rows.with_columns(
        net_amount=share_of_parts(
            nw.col("each"), nw.col("rest"), nw.col("whole"), nw.col("ppos"), nw.col("quantity")
        )
    )


def _parts(engine: Engine, fates: Frame, arrivals: Frame, declared: Frame) -> Frame:
    """Pieces of known origin that are no whole sale, put on their declaration line and merged."""
    received = (
        fates.filter(is_kind(SEGMENT, nw.col("inflow")))
        .join(
            arrivals.select("dline", "dstart", "pline", "pstart", "basis", inflow="piece"),
            on="inflow",
        )
        .with_columns(
            dpos=nw.col("dstart") + nw.col("offset"), ppos=nw.col("pstart") + nw.col("offset")
        )
    )
    not_received = never_received(arrivals, declared).with_columns(
        sale=nw.lit(None, nw.Int64), lane=nw.lit(None, nw.Int64)
    )
    columns = ["dline", "dpos", "quantity", "ppos", *_SAME, "day"]
    both = nw.concat([received.select(columns), not_received.select(columns)])
    return merge_runs(engine, both, "known_runs", "dline", "dpos")


def _placed(rows: Frame) -> Frame:
    """Say warehouse and SKU where a row has a lane; few have, so the division costs little."""
    where = nw.col("lane")
    has_lane = ~where.is_null()
    return rows.with_columns(
        warehouse_no=nw.when(has_lane).then(warehouse_of(where)),
        sku_no=nw.when(has_lane).then(sku_of(where)),
    ).select(list(TRACE_COLUMNS))


def merge_runs(engine: Engine, rows: Frame, name: str, by: str, position: str) -> Frame:
    """Make one row of neighbours that differ in nothing but where they lie.

    Args:
        engine: runs it.
        rows: one row per piece: `by`, `position`, quantity, ppos, day and the columns of `_SAME`.
        name: what the result is kept under.
        by: the line the pieces lie on.
        position: units before the piece on its line.
    """
    columns = ("end", "day_no", *(f"{column}_no" for column in _SAME))
    filled = rows.with_columns(
        # One more than the number, so that 0 can stand for none, before the first row too.
        **{f"{column}_no": nw.col(column).fill_null(-2).cast(nw.Int64) + 2 for column in _SAME},
        day_no=day_number(nw.col("day")).fill_null(0),
        end=nw.col(position) + nw.col("quantity"),
        is_first=nw.col(position) == 0,
    )
    is_next = (nw.col("end_before") == nw.col(position)) & ~nw.col("is_first")
    for column in columns[1:]:
        is_next = is_next & (nw.col(f"{column}_before") == nw.col(column))
    runs = (
        engine.running(filled, f"{name}_pieces", by, [position])
        .before(**{f"{column}_before": column for column in columns})
        .compute(starts=nw.when(is_next).then(0).otherwise(1).cast(nw.Int64))
        .totals(run="starts")
        .keep(f"{name}_numbered", [by, "run", position, "ppos", "quantity", *_SAME, "day"])
    )
    merged = engine.keep(
        runs.group_by(by, "run").agg(
            nw.col(position).min(),
            nw.col("ppos").min(),
            nw.col("quantity").sum().cast(nw.Int64),
            *(nw.col(column).min() for column in (*_SAME, "day")),
        ),
        name,
    )
    engine.forget(f"{name}_pieces", f"{name}_numbered")
    return merged


def unknown_origins(
    engine: Engine,
    arrivals: Frame,
    received: Frame,
    returned: Frame,
    adjusted: Frame,
    transferred: Frame | None = None,
) -> Frame:
    """Order the inflows whose units no declaration explains.

    By SKU, then by where and when they came in: warehouse, day, kind in the order in which they
    come in on one day, then number and line. A transfer under way comes in on the day it left.

    Returns:
        one row per inflow: inflow, unknown_rank.
    """
    over = (
        arrivals.filter(~nw.col("receipt").is_null(), nw.col("dstart").is_null())
        .join(received.select("receipt", "lane", "day"), on="receipt")
        .select(
            "lane",
            "day",
            rank=nw.lit(RECEIVED, nw.Int8),
            number="piece",
            kind=nw.lit(OVER, nw.Int64),
        )
    )
    back = returned.select(
        "lane", "day", rank=nw.lit(CAME_BACK, nw.Int8), number="ret", kind=nw.lit(BACK, nw.Int64)
    )
    found = adjusted.filter(nw.col("quantity") > 0).select(
        "lane", "day", rank=nw.lit(WAS_FOUND, nw.Int8), number="adj", kind=nw.lit(FOUND, nw.Int64)
    )
    parts = [over, back, found]
    if transferred is not None:
        parts.append(transfers.origins(transferred))
    rows = nw.concat(parts).with_columns(sku_no=sku_of(nw.col("lane")))
    ranked = engine.keep_in_order(
        rows, "origins", ["sku_no", "lane", "day", "rank", "number"], "unknown_rank"
    )
    return ranked.select("unknown_rank", inflow=nw.col("number") + nw.col("kind") * KIND)


def _of_unknown_origin(engine: Engine, fates: Frame, origins: Frame) -> Frame:
    rows = fates.join(origins, on="inflow").with_columns(
        pline=nw.lit(None, nw.Int64), ppos=nw.lit(0, nw.Int64), basis=nw.lit(None, nw.Int8)
    )
    runs = engine.keep_in_order(
        merge_runs(engine, rows, "merged_unknown", "unknown_rank", "offset"),
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


def trace_numbers(trace: Frame) -> Frame:
    """The trace as numbers to be looked up: export_line is the line that was sold at export."""
    is_sale_at_export = (nw.col("fate") == SOLD) & nw.col("sale").is_null()
    return trace.with_columns(export_line=nw.when(is_sale_at_export).then(nw.col("dline")))


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
