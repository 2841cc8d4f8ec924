# SPDX-License-Identifier: Apache-2.0
"""What the warehouse tables of a season must keep across rows: returns, signs, transfers."""

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


def transferred_to_itself(transfers: Frame) -> Frame:
    """Find transfers that end in the warehouse that they left.

    Args:
        transfers: one row per transfer line: ROW, from_warehouse, to_warehouse.

    Returns:
        the faulty rows.

    Source:
        our own table definition: a transfer moves goods from one warehouse to another.
    """
    return transfers.filter(nw.col("from_warehouse") == nw.col("to_warehouse"))


def arrived_before_it_left(transfers: Frame) -> Frame:
    """Find transfers that arrive before the day on which they left; the same day is allowed.

    Args:
        transfers: one row per transfer line: ROW, shipped_on, arrived_on (null: on the way).

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    return transfers.filter(nw.col("arrived_on") < nw.col("shipped_on"))


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
    Rule(
        code="transfer.to_itself",
        column="to_warehouse",
        reads={"transfers": ("from_warehouse", "to_warehouse")},
        rows=transferred_to_itself,
        found=lambda row: f'"{row["to_warehouse"]}", the warehouse that the goods left',
        expected=lambda _: "another warehouse",
        remedy="Correct one of the two, or delete the row: within a warehouse nothing moves here.",
    ),
    Rule(
        code="transfer.arrives_before",
        column="arrived_on",
        reads={"transfers": ("shipped_on", "arrived_on")},
        rows=arrived_before_it_left,
        found=lambda row: f"{row['arrived_on']}",
        expected=lambda row: f"{row['shipped_on']}, the day the goods left, or later",
        remedy="Correct one of the two days; leave arrived_on empty while they are on the way.",
    ),
)
