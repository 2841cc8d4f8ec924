# SPDX-License-Identifier: Apache-2.0
"""What the warehouse tables of a season must keep across rows: returns and signs."""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.distinct import distinct
from entrepot.engine.faults import ROW
from entrepot.engine.relations import Rule

_ORDER = ["channel", "order_no", "order_line_no"]


def returned_beyond_sold(returns: Frame, sales: Frame) -> Frame:
    """Find the return with which more of an order line has come back than was sold.

    Args:
        returns: one row per return line: ROW, its order line, returned_on, quantity (units).
        sales: one row per order line: its key, shipped_on, quantity (units).

    Returns:
        one row per order line with too many returns: ROW of the first return too many in the
        order in which they are taken back, its order line, returned (all of them), sold.

    Source:
        our own table definition: a return reverses units of one order line.
    """
    asked = distinct(returns, *_ORDER)
    sold = (
        sales.rename({"line_no": "order_line_no", "quantity": "sold"})
        .join(asked, on=_ORDER, how="semi")
        # An order line that stands twice is reported as such; here it counts once.
        .group_by(_ORDER)
        .agg(nw.col("sold").max(), nw.col("shipped_on").min())
    )
    # A return dated on or before the day of its sale counts on the day after it.
    earliest = nw.col("shipped_on").dt.offset_by("1d").cast(nw.Date)
    return (
        returns.filter(nw.col("quantity") > 0)
        .join(sold, on=_ORDER, how="inner")
        .with_columns(effective=nw.max_horizontal(nw.col("returned_on"), earliest))
        .with_columns(
            so_far=nw.col("quantity")
            .cum_sum()
            .over(*_ORDER, order_by=["effective", "return_no", "line_no", ROW])
            .cast(nw.Int64),
            returned=nw.col("quantity").sum().over(*_ORDER).cast(nw.Int64),
        )
        .filter(
            (nw.col("so_far") > nw.col("sold"))
            & (nw.col("so_far") - nw.col("quantity") <= nw.col("sold"))
        )
        .select(ROW, *_ORDER, "returned", "sold")
    )


def adjusted_with_wrong_sign(adjustments: Frame) -> Frame:
    """Find adjustments whose sign their reason forbids: found > 0, every other reason < 0.

    Args:
        adjustments: one row per stock change: ROW, quantity (units, signed), reason.

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    is_found = nw.col("reason") == "found"
    return adjustments.filter(
        (is_found & (nw.col("quantity") < 0))
        | (nw.col("reason").is_in(["lost", "scrapped", "sent_home"]) & (nw.col("quantity") > 0))
    )


RULES = (
    Rule(
        code="return.beyond_sold",
        column="quantity",
        reads={
            "returns": ("return_no", "line_no", *_ORDER, "returned_on", "quantity"),
            "sales": ("channel", "order_no", "line_no", "shipped_on", "quantity"),
        },
        rows=returned_beyond_sold,
        found=lambda row: f"{row['returned']} units come back in all",
        expected=lambda row: (
            f"at most the {row['sold']} sold with line {row['order_line_no']} of order "
            f"{row['order_no']} ({row['channel']})"
        ),
        remedy="Correct the quantity, the order or its line, or delete the return.",
    ),
    Rule(
        code="adjustment.sign",
        column="quantity",
        reads={"adjustments": ("quantity", "reason")},
        rows=adjusted_with_wrong_sign,
        found=lambda row: f"{row['quantity']} with the reason {row['reason']}",
        expected=lambda row: "more than 0" if row["reason"] == "found" else "less than 0",
        remedy="Correct the sign or the reason: found adds stock, every other one takes it away.",
    ),
)
