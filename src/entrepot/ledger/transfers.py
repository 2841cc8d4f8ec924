# SPDX-License-Identifier: Apache-2.0
"""Goods moved from one warehouse to another: out of a lane here, into a lane there, the same units.

A transfer is laid into the steps of `trace.py` like a sale of which all comes back elsewhere: an
outflow that has its place before the sales of its day, and an inflow that has a number among the
returns (`numbers.TRANSFERS`), so that `returns.resolve` says who its units were. Its units arrive
in the order in which they left. `transferred` is, as everywhere, one row per transfer line: trf,
ret (its number among the returns), lane (that it left), to_lane, day (it left), arrived_on (null:
under way), quantity.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.numbers import (
    BACK,
    IN_TRANSIT,
    RETURN,
    TRANSFER,
    TRANSFERS,
    is_kind,
    number_in,
    numbered,
)

#: The order of what comes in on one day. AT_ONCE is a transfer that left on that day: it comes in
#: the moment it leaves, among the outflows, so that no transfer brings what it took itself.
RECEIVED, CAME_BACK, ARRIVED, WAS_FOUND, AT_ONCE = range(5)
#: The order of what goes out on one day: transfers first, so that those AT_ONCE are there for the
#: sales of that day.
LEFT, WAS_SOLD, WAS_GONE = range(3)


def arrived(transferred: Frame) -> Frame:
    """Transfers that are there, as inflows: lane, day, quantity, inflow, rank, number."""
    return transferred.filter(~nw.col("arrived_on").is_null()).select(
        lane="to_lane",
        day="arrived_on",
        quantity="quantity",
        inflow=numbered(RETURN, nw.col("ret")),
        rank=_rank(),
        number="ret",
    )


def leaving(transferred: Frame) -> Frame:
    """Transfers as outflows: lane, day, quantity, rank, number, right."""
    return transferred.select(
        "lane",
        "day",
        "quantity",
        rank=nw.lit(LEFT, nw.Int8),
        number="ret",
        right=numbered(TRANSFER, nw.col("trf")),
    )


def at_once(transferred: Frame) -> Frame:
    """Transfers that arrive on the day they leave, as inflows between outflows (`line.serve`)."""
    same_day = arrived(transferred).filter(nw.col("rank") == AT_ONCE)
    return same_day.with_columns(rank=nw.lit(LEFT, nw.Int8))


def units_moved(engine: Engine, rest: Frame, outflows: Frame) -> Frame:
    """Say which units each transfer took, in the order in which they left.

    Args:
        rest: one row per piece that may be of a transfer: quantity, right, start (on the lane),
            inflow, offset (units of the inflow before it).
        outflows: one row per outflow: right, start, quantity (served), unmet.

    Returns:
        one row per piece: ret, place (units of the transfer before it), quantity, inflow, offset.
        Units transferred without stock are the last of their transfer, of inflow BACK.
    """
    is_transfer = is_kind(TRANSFER, nw.col("right"))
    served = outflows.filter(is_transfer).with_columns(
        ret=number_in(TRANSFER, nw.col("right")) + TRANSFERS
    )
    with_stock = (
        rest.filter(is_transfer)
        .join(served.select("right", "ret", s0="start"), on="right")
        .select("ret", "quantity", "inflow", "offset", place=nw.col("start") - nw.col("s0"))
    )
    without_stock = served.filter(nw.col("unmet") > 0).select(
        "ret",
        quantity="unmet",
        inflow=numbered(BACK, nw.col("ret")),
        offset="quantity",
        place="quantity",
    )
    return engine.keep(nw.concat([with_stock, without_stock]), "units_moved")


def units_arrived(moved: Frame, transferred: Frame) -> Frame:
    """The units of `moved` whose transfer is there."""
    there = transferred.filter(~nw.col("arrived_on").is_null())
    return moved.join(there.select("ret"), on="ret")


def units_under_way(moved: Frame, transferred: Frame) -> Frame:
    """The units of `moved` whose transfer is not there yet, as fates (`trace.FATE_COLUMNS`)."""
    under_way = transferred.filter(nw.col("arrived_on").is_null())
    return moved.join(under_way.select("ret", "day", lane="to_lane"), on="ret").select(
        "inflow",
        "offset",
        "quantity",
        fate=nw.lit(IN_TRANSIT, nw.Int8),
        sale=nw.lit(None, nw.Int64),
        day="day",
        lane="lane",
    )


def origins(transferred: Frame) -> Frame:
    """Transfers as what units without stock first came in with: lane, day, rank, number, kind.

    One under way comes in on the day it left.
    """
    return transferred.select(
        lane="to_lane",
        day=nw.coalesce("arrived_on", "day"),
        rank=_rank(),
        number="ret",
        kind=nw.lit(BACK, nw.Int64),
    )


def _rank() -> nw.Expr:
    is_same_day = (nw.col("arrived_on") == nw.col("day")).fill_null(value=False)
    return nw.when(is_same_day).then(nw.lit(AT_ONCE, nw.Int8)).otherwise(nw.lit(ARRIVED, nw.Int8))
