# SPDX-License-Identifier: Apache-2.0
"""Which sale a cancellation takes back, where the export may not say so.

Source: our own policy. The latest earlier line of the same buyer and article with enough left is
the one a shop assistant would look up first; where no single line is enough, the cancellation is
taken from several, latest first; where all of them are not enough, nothing is guessed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple


class Sale(NamedTuple):
    """A line that was sold: units in `quantity`, `at` in microseconds, `buyer` may be None."""

    row: int
    at: int
    quantity: int
    channel: str
    sku: str
    buyer: str | None
    order_no: str


class Cancellation(NamedTuple):
    """A line that came back: units > 0. `names` is the order it takes back, None if unknown."""

    row: int
    at: int
    quantity: int
    channel: str
    sku: str
    buyer: str | None
    names: str | None


class Taken(NamedTuple):
    """Units of a cancellation that one sale gives back; `part` counts from 0."""

    row: int
    part: int
    sale_row: int
    quantity: int


class Unmatched(NamedTuple):
    """A cancellation without a sale, and why."""

    row: int
    why: str


Place = tuple[int, int]  # (at, row) of a sale: ties on time go by place in the file


def match(
    sales: Sequence[Sale], cancellations: Sequence[Cancellation], *, may_split: bool
) -> tuple[list[Taken], list[Unmatched]]:
    """Give every cancellation the sale lines that it takes back.

    Args:
        sales: in order of (at, row).
        cancellations: in order of (at, row), which is the order they are served in.
        may_split: whether a cancellation may be taken from several lines.

    Returns:
        what was taken, and the cancellations that no sale fits; each is in exactly one of them.

    Holds:
        no sale gives back more than it sold; a sale found by its buyer is not later than its
        cancellation (a sale of the same moment counts as earlier).
    """
    left = {sale.row: sale.quantity for sale in sales}
    by_buyer: defaultdict[tuple[str, str, str], list[Place]] = defaultdict(list)
    by_order: defaultdict[tuple[str, str, str], list[Place]] = defaultdict(list)
    for sale in sales:
        if sale.buyer is not None:
            by_buyer[sale.channel, sale.sku, sale.buyer].append((sale.at, sale.row))
        by_order[sale.channel, sale.sku, sale.order_no].append((sale.at, sale.row))

    taken: list[Taken] = []
    unmatched: list[Unmatched] = []
    for wanted in cancellations:
        if wanted.names is not None:
            # An order that is named need not be earlier: it may be cancelled before it leaves.
            places = by_order.get((wanted.channel, wanted.sku, wanted.names), [])
            until = len(places)
        elif wanted.buyer is not None:
            places = by_buyer.get((wanted.channel, wanted.sku, wanted.buyer), [])
            until = bisect_right(places, (wanted.at, 2**62))
        else:
            unmatched.append(Unmatched(wanted.row, "names neither an order nor a buyer"))
            continue
        parts, there = _find(places, until, left, wanted.quantity)
        if there < wanted.quantity or (len(parts) > 1 and not may_split):
            unmatched.append(Unmatched(wanted.row, _why(wanted, there)))
            continue
        for part, (sale_row, quantity) in enumerate(parts):
            left[sale_row] -= quantity
            taken.append(Taken(wanted.row, part, sale_row, quantity))
    return taken, unmatched


def _find(
    places: list[Place], until: int, left: dict[int, int], quantity: int
) -> tuple[list[tuple[int, int]], int]:
    """The (sale, units) that make up `quantity`, latest first, and how many units there are.

    One line that is enough goes before several later ones that are enough together.
    """
    parts: list[tuple[int, int]] = []
    there = 0
    for place in range(until - 1, -1, -1):
        row = places[place][1]
        if left[row] >= quantity:
            return [(row, quantity)], quantity
        if left[row] == 0:
            del places[place]  # given back whole: no later search need pass it again
            continue
        if there < quantity:
            parts.append((row, min(left[row], quantity - there)))
        there += left[row]
    return parts, there


def _why(wanted: Cancellation, there: int) -> str:
    # The buyer is a person, so the message leaves out who it is.
    where = f'order "{wanted.names}"' if wanted.names is not None else "earlier lines of its buyer"
    if there >= wanted.quantity:
        return f"takes back {wanted.quantity}, which only several lines of {where} have together"
    return f'takes back {wanted.quantity} of "{wanted.sku}"; left in {where}: {there}'
