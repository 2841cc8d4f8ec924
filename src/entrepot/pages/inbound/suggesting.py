# SPDX-License-Identifier: Apache-2.0
"""Which invoice lines may belong to declaration items: a suggestion, by SKU and quantity.

A line with exactly as many units free comes first; else the oldest lines, one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a declaration item of which no invoice is known yet."""

    item_no: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Units of an invoice line that may have left with an item."""

    item_no: int
    sku: str
    invoice_no: str
    line_no: int
    quantity: int


#: Units of an item for which no invoice line is left.
Lacks = Wanted


def suggested(
    wanted: Sequence[Wanted], free: Iterable[Mapping[str, Any]]
) -> tuple[list[Suggestion], list[Lacks]]:
    """Suggestions for what is wanted, and what is left without one.

    Args:
        wanted: items, in the order in which they choose.
        free: invoice lines (sku, invoice_no, line_no, free), the oldest of each SKU first.
    """
    lines: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in free:
        lines[row["sku"]].append((row["invoice_no"], row["line_no"], row["free"]))
    found, lacks = [], []
    for each in wanted:
        its, left = lines[each.sku], each.quantity
        exact = [line for line in its if line[2] == left]
        its[:] = exact + [line for line in its if line[2] != left]
        while left and its:
            invoice_no, line_no, units = its.pop(0)
            part = min(left, units)
            found.append(Suggestion(each.item_no, each.sku, invoice_no, line_no, part))
            left -= part
            if units > part:
                its.insert(0, (invoice_no, line_no, units - part))
        if left:
            lacks.append(Lacks(each.item_no, each.sku, left))
    return found, lacks
