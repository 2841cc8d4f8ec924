# SPDX-License-Identifier: Apache-2.0
"""What was earned with every order line: money of orders, of many sales, and of goods, in CNY.

An amount of several order lines is spread over them by what they were sold for, by position
(`engine.amounts`), in the order of the lines; where they were sold for nothing, by their units. So
the parts of an amount sum to it.

`sales` has one row per order line: sale (its number, in the order of channel, order and line),
channel, order_no, sku, warehouse, shipped_on, quantity, weight (hundredths it was sold for, >= 0).
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from entrepot.engine.amounts import at_rate, with_shares
from entrepot.engine.base import Frame

#: What a scope may name.
SCOPE = ("channel", "order_no", "warehouse", "sku")
#: What is summed of units.
_SUMS = ("kept", "uncovered", "goods", "landed", "vat", "refundable", "unknown")


def cells(sales: Frame, by: Sequence[str]) -> Frame:
    """What was sold of each combination of `by` in a day: `by`, shipped_on, weight, quantity."""
    return sales.group_by(*by, "shipped_on").agg(
        nw.col(name).sum().cast(nw.Int64) for name in ("weight", "quantity")
    )


def goods_of_items(trace: Frame, loads: Frame, declared: Frame, bought: Frame) -> Frame:
    """What the units that stayed sold came to, by order line and declared item.

    Args:
        trace: one row per run of units that were sold: sale, dline, second (units of the declared
            line before it), pline, quantity, net_amount (fen; null: no invoice), is_kept (with the
            buyer, and not scrapped when it came back).
        loads: one row per declared line: dline, landed (fen of costs; null: not known), whole.
        declared: one row per declared line: dline, item, by_sale (tax follows the sale),
            refund_rate (ten-thousandths; null: none is in force, and nothing is refunded),
            is_exempt.
        bought: one row per invoice line: pline, vat_rate.

    Returns:
        one row per order line and item: sale, item (null: not declared), kept, uncovered (units),
        goods, landed, vat (fen, below 0), refundable (fen), unknown (above 0: landed is not known).
    """
    net = nw.col("net_amount").fill_null(0)
    vat_rate = nw.col("vat_rate").fill_null(0)
    refund = nw.when(nw.col("is_exempt")).then(0).otherwise(nw.col("refund_rate").fill_null(0))
    back = nw.min_horizontal(refund.cast(nw.Int64), vat_rate)
    is_sold = nw.col("is_kept") | ~nw.col("by_sale").fill_null(value=True)
    rows = (
        trace.join(bought.select("pline", "vat_rate"), on="pline", how="left")
        .join(
            declared.select("dline", "item", "by_sale", "refund_rate", "is_exempt"),
            on="dline",
            how="left",
        )
        .join(loads.select("dline", "whole", "is_known", "landed"), on="dline", how="left")
        .with_columns(landed=nw.col("landed").fill_null(0), whole=nw.col("whole").fill_null(1))
    )
    rows = with_shares(rows, ["landed"], "second", "quantity", "whole").select(
        "sale",
        "item",
        kept="quantity",
        uncovered=nw.when(nw.col("net_amount").is_null())
        .then(nw.col("quantity"))
        .otherwise(nw.lit(0, nw.Int64)),
        goods=0 - net,
        landed=0 - nw.col("landed"),
        vat=0 - at_rate(net, vat_rate - back),
        refundable=nw.when(is_sold).then(at_rate(net, back)).otherwise(nw.lit(0, nw.Int64)),
        unknown=(~nw.col("is_known").fill_null(value=True)).cast(nw.Int64),
    )
    return rows.group_by("sale", "item").agg(nw.col(n).sum().cast(nw.Int64) for n in _SUMS)


def goods_of_sales(of_items: Frame) -> Frame:
    """The same by order line; landed is null where it is not known."""
    sums = of_items.group_by("sale").agg(nw.col(n).sum().cast(nw.Int64) for n in _SUMS)
    landed = nw.when(nw.col("unknown") == 0).then(nw.col("landed"))
    return sums.with_columns(landed=landed).drop("unknown")
