# SPDX-License-Identifier: Apache-2.0
"""Holds a made-up season to what a check asks of it, in the plainest way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.oracle.seasons import KEYS, SETTLING
from tests.oracle.simulation import Season


def check_valid(season: Season) -> None:
    """Assert that nothing in the season is a fault that refuses a close."""

    def values(table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        return [tuple(row[name] for name in columns) for row in season.get(table, [])]

    def within(parts: str, part_key: Sequence[str], whole: str) -> None:
        """The quantities of `parts` do not exceed that of the row of `whole` they belong to."""
        left = dict(zip(values(whole, KEYS[whole]), values(whole, ["quantity"]), strict=True))
        used: defaultdict[tuple[Any, ...], int] = defaultdict(int)
        for *key, quantity in values(parts, (*part_key, "quantity")):
            used[tuple(key)] += quantity
        assert all(quantity <= left[key][0] for key, quantity in used.items())

    for table, key in KEYS.items():
        assert len(set(values(table, key))) == len(season.get(table, [])), table
    within("invoice_links", KEYS["declarations"], "declarations")
    within("invoice_links", KEYS["purchases"], "purchases")
    within("returns", ("channel", "order_no", "order_line_no"), "sales")
    for start, end, left, arrived in values(
        "transfers", ("from_warehouse", "to_warehouse", "shipped_on", "arrived_on")
    ):
        assert start != end
        assert arrived is None or left <= arrived
    lines = values("declarations", KEYS["declarations"])
    assert set(values("receipts", KEYS["declarations"])) <= set(lines)
    claims = values("refund_claims", KEYS["refund_claims"])
    for kind, *parent in values("refund_claims", ("kind", "of_claim", "declaration_no", "item_no")):
        assert (tuple(parent) in claims) == (kind in SETTLING) == (parent[0] is not None)
