# SPDX-License-Identifier: Apache-2.0
"""What of the export VAT refund has come for what was sold: by order line, what is due beside it.

The part of the input VAT that is refunded is no cost of a margin, and so it is no income when it
comes: these figures stand beside a margin and are no part of it.

A claim is of a declared item. What was filed on an item and what the tax office has finished are
shared over the units that count as sold for the tax, by what is refundable of each, by position.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.finance.spreading import spread_over_sales

#: What a claim has brought so far: all that was filed, and what of that is finished.
_FILED: Final = ("filed", "refund_received")
#: Sold without an order line, or rounded otherwise for the tax.
_REST: Final = -1


def refunds_of_sales(engine: Engine, of_items: Frame, claims: Frame, weighed: Frame) -> Frame:
    """What was claimed and received of the refund, by order line.

    Args:
        of_items: one row per order line and item: sale, item, refundable (fen >= 0).
        claims: one row per claim: item, amount (fen, signed), finished_on (null: not finished).
        weighed: one row per item: item, refundable_on_sold (fen; null: not known).

    Returns:
        one row per order line with a claim: sale, refund_claimed (filed and not finished),
        refund_received (fen).

    Holds:
        neither is more in all than what is refundable on what is sold, nor than what was filed.
    """
    is_finished = ~nw.col("finished_on").is_null()
    zero = nw.lit(0, nw.Int64)
    of_claims = (
        claims.with_columns(
            filed="amount",
            refund_received=nw.when(is_finished).then(nw.col("amount")).otherwise(zero),
        )
        .group_by("item")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in _FILED)
    )
    known = of_items.filter(nw.col("refundable") > 0).select("sale", "item", weight="refundable")
    sums = known.group_by("item").agg(ordered=nw.col("weight").sum().cast(nw.Int64))
    on_sold = weighed.select("item", on_sold=nw.col("refundable_on_sold").fill_null(0))
    bounds = of_claims.join(sums, on="item").join(on_sold, on="item")
    whole = nw.max_horizontal("ordered", "on_sold")
    bounds = bounds.with_columns(whole=whole).with_columns(
        nw.max_horizontal(nw.min_horizontal(name, "whole"), zero).alias(name) for name in _FILED
    )
    bounds = engine.keep(bounds, "refund_bounds")
    rest = bounds.filter(nw.col("whole") > nw.col("ordered")).select(
        "item", sale=nw.lit(_REST, nw.Int64), weight=nw.col("whole") - nw.col("ordered")
    )
    columns = ["item", "sale", "weight"]
    sales = nw.concat([known.select(columns), rest.select(columns)]).with_columns(quantity=zero)
    parts = spread_over_sales(engine, bounds, sales, "refunds", ["item"], ["sale"], _FILED)
    open_part = nw.max_horizontal(nw.col("filed") - nw.col("refund_received"), zero)
    return (
        parts.filter(nw.col("sale") != _REST)
        .with_columns(refund_claimed=open_part)
        .group_by("sale")
        .agg(nw.col(n).sum().cast(nw.Int64) for n in ("refund_claimed", "refund_received"))
    )
