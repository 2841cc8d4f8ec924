# SPDX-License-Identifier: Apache-2.0
"""Compare what lies in the warehouses by the desk with what lies there by the close."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from entrepot.closing.exporting import Stock
from entrepot.errors import Refused

MOST_LISTED: Final = 1000


class StockDiffers(Refused):
    """Desk and close do not have the same stock; every warehouse and SKU is listed."""

    code = "closing.stock_differs"


def stock_of(closed: Path) -> Stock:
    """The stock that a close wrote, by warehouse and SKU."""
    found: Counter[tuple[str, str]] = Counter()
    file = pq.ParquetFile(closed / "stock.parquet")
    for batch in file.iter_batches(columns=["warehouse", "sku", "quantity"]):
        for row in batch.to_pylist():
            found[row["warehouse"], row["sku"]] += row["quantity"]
    return found


def by_warehouse(stock: Stock) -> list[dict[str, object]]:
    """How many SKUs and units lie in each warehouse."""
    skus: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for (warehouse, _), quantity in stock.items():
        skus[warehouse] += quantity != 0
        units[warehouse] += quantity
    return [{"warehouse": each, "skus": skus[each], "units": units[each]} for each in sorted(skus)]


def compare(desk: Stock, close: Stock) -> int:
    """In how many warehouses and SKUs both have the same.

    Raises:
        StockDiffers: they do not everywhere.
    """
    differing = [
        {"warehouse": key[0], "sku": key[1], "desk": desk.get(key, 0), "close": close.get(key, 0)}
        for key in sorted({*desk, *close})
        if desk.get(key, 0) != close.get(key, 0)
    ]
    if differing:
        first = differing[0]
        raise StockDiffers(
            "Cannot take the close over.",
            f"{len(differing):,} stocks differ, first {first['sku']} in {first['warehouse']}: "
            f"{first['desk']:,} by the desk, {first['close']:,} by the close.",
            "Look at the exceptions of the close: a document may be dated before what it moves"
            " had come.",
            stocks=differing[:MOST_LISTED],
        )
    return len(desk)
