# SPDX-License-Identifier: Apache-2.0
"""Order lines with what they were sold for in CNY: what money is spread over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.finance.spreading import with_cny


def value_sales(engine: Engine, tables: Mapping[str, Frame], as_of: date) -> Frame:
    """Number the order lines up to the day as `Documents.sold` does, and value them.

    Returns:
        the season's rows with sale (their number), sold (fen; null: no rate), weight (hundredths,
        >= 0), every (1).
    """
    rows = tables["sales"].filter(nw.col("shipped_on") <= nw.lit(as_of))
    numbered = engine.keep_in_order(
        rows, "valued_sales", ["channel", "order_no", "line_no"], "sale"
    )
    dated = with_cny(numbered.with_columns(posted_on=nw.col("shipped_on")), tables["fx_rates"])
    valued = dated.with_columns(
        sold=nw.col("cny"), weight=nw.col("amount").abs(), every=nw.lit(1, nw.Int8)
    ).drop("cny", "posted_on")
    return engine.keep(valued, "sales_in_cny")
