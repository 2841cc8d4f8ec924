# SPDX-License-Identifier: Apache-2.0
"""The quantity line: first in, first out as running sums, a union and a forward fill.

Lay all units that came in along a line, in the order they came, and all units that went out along
the same line. Cut the line at every end of a row of either side: each piece between two cuts
belongs to exactly one row of each. No loop, no row at a time; one hot SKU costs no more than many.

`docs/algorithms/quantity-line.md` tells it in prose, with a worked example.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.days import day_number
from entrepot.ledger.numbers import KIND

#: Stands on the line where a side has nothing, so that a forward fill stops there.
_NOTHING = -1


def lay(rows: Frame, by: Sequence[str], order: Sequence[str]) -> Frame:
    """Lay rows one after another along their line.

    Args:
        rows: one row per lot or outflow: `by`, `order`, quantity (units > 0).
        by: what makes a line, such as place and SKU.
        order: the order along the line, distinct within it.

    Returns:
        rows + start: the units that lie before the row on its line.
    """
    end = nw.col("quantity").cum_sum().over(*by, order_by=order).cast(nw.Int64)
    return rows.with_columns(start=end - nw.col("quantity"))


def cut(left: Frame, right: Frame, by: Sequence[str], *, gaps: bool = False) -> Frame:
    """Cut the line wherever a row of either side starts or ends.

    Args:
        left: one row per lot: `by`, start, quantity, left (its id, Int64 >= 0).
        right: one row per outflow: `by`, start, quantity, right (its id, Int64 >= 0).
        by: what makes a line.
        gaps: rows of a side may leave parts of the line free. Without it each side lies from 0
            without a gap, as `lay` puts it, which is faster.

    Returns:
        one row per piece: `by`, start, quantity (> 0), left, right, is_whole (True only where the
        piece is all of its right row); left or right is null where that side has nothing, never
        both.

    Holds:
        per left and per right row the pieces sum to its quantity and cover it in order.
    """
    rows = _on_one_line(left, right, by, gaps)
    along = {"order_by": ["start", "rank"]}
    filled = rows.with_columns(
        # Forward, never backward: a backward fill makes Spark quadratic.
        *(
            nw.col(name).fill_null(strategy="forward").over(*by, **along)
            for name in ("left", "right")
        ),
        quantity=nw.col("start").shift(-1).over(*by, **along) - nw.col("start"),
    ).filter(nw.col("quantity") > 0)
    return (
        filled.with_columns(
            *(
                nw.when(nw.col(name) != _NOTHING).then(nw.col(name)).alias(name)
                for name in ("left", "right")
            ),
            is_whole=(nw.col("quantity") == nw.col("all_of_it")).fill_null(value=False),
        )
        .filter(~(nw.col("left").is_null() & nw.col("right").is_null()))
        .select(*by, "start", "quantity", "left", "right", "is_whole")
    )


def _on_one_line(left: Frame, right: Frame, by: Sequence[str], gaps: bool) -> Frame:
    """The rows of both sides and their ends, each saying only what it knows."""
    nothing = nw.lit(None, nw.Int64)
    stop = nw.lit(_NOTHING, nw.Int64)
    columns = [*by, "start", "left", "right", "all_of_it", "rank"]
    # Where rows start at the same unit, ends come first and right rows last: what a row does not
    # say is filled in from before it, and a right row knows its own quantity.
    return nw.concat(
        [
            side.with_columns(all_of_it=nothing, **which, rank=nw.lit(rank, nw.Int8)).select(
                columns
            )
            for side, which, rank in (
                (_ends(left, by, gaps), {"left": stop, "right": nothing}, 0),
                (_ends(right, by, gaps), {"left": nothing, "right": stop}, 0),
                (left.select(*by, "start", "left"), {"right": nothing}, 1),
            )
        ]
        + [
            right.select(
                *by,
                "start",
                "right",
                left=nothing,
                all_of_it="quantity",
                rank=nw.lit(2, nw.Int8),
            ).select(columns)
        ]
    )


def serve(
    engine: Engine, inflows: Frame, outflows: Frame, line: str, between: Frame | None = None
) -> Frame:
    """Lay outflows along the line in time: a unit cannot leave before it came.

    Unmet demand up to an outflow is the running maximum of what went out less what had come in.
    Take it away from the outflows' running sum and the plain cut gives causal first in, first out.
    Unmet units are gone, not back-ordered; they are the last units of their outflow.

    Args:
        engine: runs it.
        inflows: one row per inflow: `line`, day, quantity.
        outflows: one row per outflow: `line`, day, rank, number, right (its id), quantity. On one
            day inflows come first, then outflows in order (rank, number).
        line: the column that makes a line.
        between: one row per inflow that comes after the others of its day and between its outflows
            in order (rank, number), no two at one place: `line`, day, rank, number, quantity.

    Returns:
        one row per outflow: `line`, right, start (on the line), quantity (units served, >= 0),
        unmet (units there was no stock for).
    """
    events = _events(inflows, outflows, line, between)
    none = nw.lit(0, nw.Int64)
    served = (
        engine.running(events, "events", line, ["moment"])
        .compute(
            went=nw.max_horizontal("quantity", none),
            came=nw.max_horizontal(0 - nw.col("quantity"), none),
        )
        .totals(gone="went", come="came")
        .compute(short=nw.col("gone") - nw.col("come"))
        .highest(shortest="short")
        .compute(unmet_after=nw.max_horizontal("shortest", none))
        .before(unmet_before="unmet_after")
        .keep(
            "outflows",
            [line, "right", "quantity", "gone", "unmet_after", "unmet_before"],
        )
    )
    unmet = nw.col("unmet_after") - nw.col("unmet_before")
    engine.forget("events")
    return served.filter(nw.col("right") != _NOTHING).select(
        line,
        "right",
        start=nw.col("gone") - nw.col("quantity") - nw.col("unmet_before"),
        quantity=nw.col("quantity") - unmet,
        unmet=unmet,
    )


def _events(inflows: Frame, outflows: Frame, line: str, between: Frame | None) -> Frame:
    """All that comes and goes, with its moment; what comes is counted below zero.

    One column to sort instead of two.
    """
    columns = [line, "moment", "right", "quantity"]
    nothing = nw.lit(_NOTHING, nw.Int64)
    within_day = (nw.col("rank") + 1).cast(nw.Int64) * KIND + nw.col("number")
    came = inflows.group_by(line, "day").agg(came=nw.col("quantity").sum().cast(nw.Int64))
    events = [
        came.select(
            line,
            moment=_moment(nw.lit(0, nw.Int64)),
            right=nothing,
            quantity=0 - nw.col("came"),
        ).select(columns),
        outflows.with_columns(moment=_moment(within_day)).select(columns),
    ]
    if between is not None:
        events.append(
            between.select(
                line, moment=_moment(within_day), right=nothing, quantity=0 - nw.col("quantity")
            ).select(columns)
        )
    return nw.concat(events)


def _moment(within: nw.Expr) -> nw.Expr:
    """One number for a day and the place within it: one key sorts faster than three."""
    return day_number(nw.col("day")) * (4 * KIND) + within


def _ends(side: Frame, by: Sequence[str], gaps: bool) -> Frame:
    """Where a side stops: after every row, or once a line where it lies without gaps."""
    if gaps:
        return side.select(*by, start=nw.col("start") + nw.col("quantity"))
    # Without gaps the units are the end, and the windows behind `start` need not run twice.
    return side.group_by(*by).agg(start=nw.col("quantity").sum().cast(nw.Int64))
