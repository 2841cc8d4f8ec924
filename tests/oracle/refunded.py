# SPDX-License-Identifier: Apache-2.0
"""The export VAT refund of what was sold in a random season: due, claimed and received by order."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle.costs import cut
from tests.oracle.margin import Sold, key, refunded
from tests.oracle.refunds import fen, half_away, item_key, yuan
from tests.oracle.written import described

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season

NAMES = ("refundable", "refund_claimed", "refund_received")


def with_refunds(season: Season, margins: list[Row], sold: Sold, refunds: list[Row]) -> list[Row]:
    """The margins, each with what is refundable on its units, and what was claimed and came."""
    due: dict[Any, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
    for _, group in groupby(sold.units, key=lambda unit: (unit.line, described(unit))):
        run = list(group)
        first, declared = run[0], run[0].declaration
        if first.order_line_no is None or first.fate not in ("sold", "scrapped"):
            continue
        if first.invoice is None or declared is None:
            continue
        by_sale = declared["mode"] == "9810" and not declared.get("sold_at_export")
        if first.fate == "sold" or not by_sale:
            net = sum(unit.fen or 0 for unit in run)
            amount = half_away(Fraction(net) * Fraction(refunded(season, first)))
            order = first.channel, first.order_no, first.order_line_no
            due[order][item_key(declared)] += amount
    came: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in refunds:
        share_out(row, sold.claims, [(key(sale), due[key(sale)]) for sale in margins], came)
    return [
        {
            **sale,
            "refundable": yuan(sum(due[key(sale)].values())),
            **{name: yuan(came[key(sale)][name]) for name in NAMES[1:]},
        }
        for sale in margins
    ]


def share_out(
    row: Row,
    claims: list[Row],
    orders: list[tuple[Any, dict[tuple[str, int], int]]],
    came: dict[Any, dict[str, int]],
) -> None:
    """Give each order its part of what was claimed on an item, by what it is due."""
    item = item_key(row)
    ordered = sum(due.get(item, 0) for _, due in orders)
    on_sold = 0 if row["refundable_on_sold"] is None else fen(row["refundable_on_sold"])
    whole = max(ordered, on_sold)
    its = [claim for claim in claims if item_key(claim) == item]
    finished = [claim for claim in its if claim["finished_on"] is not None]
    filed, received = (
        max(0, min(whole, sum(fen(claim["amount"]) for claim in some))) for some in (its, finished)
    )
    before = whole - ordered
    for order, due in orders:
        if units := due.get(item, 0):
            parts = [cut(all_of, before, before + units, whole) for all_of in (filed, received)]
            came[order]["refund_received"] += parts[1]
            came[order]["refund_claimed"] += max(0, parts[0] - parts[1])
            before += units
