# SPDX-License-Identifier: Apache-2.0
"""Book the differences of a count, and serve those who lose or gain by it.

What was found comes from @missing as far as anything of the SKU is missing, else from nowhere
known; what is missing is lost. Where reserved units are lost, the reservations of those promised
last are given up first, and their orders are served again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from entrepot.ledger.actions import post_all
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.ledger.places import MISSING
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.counts.rules import Difference
from entrepot.warehouse.floor.cutting import Cuts, give_up
from entrepot.warehouse.floor.moving import lie_of, reserved_in
from entrepot.warehouse.floor.rules import Pile, is_area
from entrepot.warehouse.floor.serving import served
from entrepot.warehouse.models import Count


def book(cursor: Cursor[Any], count: Count, differences: Sequence[Difference]) -> set[str]:
    """Post differences as one document.

    Returns:
        places where by now less lies than was lost: they moved since, and are to be counted again.
    """
    code = count.warehouse.partition("/")[2]
    _, zone = place_of(cursor, code)
    missing = f"{count.warehouse}/{MISSING}"
    gains = {d.sku for d in differences if d.units > 0 and not is_area(d.place)}
    losing = {(d.place, d.sku) for d in differences if d.units < 0 and not is_area(d.place)}
    with served(gains, losing) as waves:
        wanted = {(d.place, d.sku): -d.units for d in differences if d.units < 0}
        held = reserved_in(cursor, {key: n for key, n in wanted.items() if key in losing})
        piles = lie_of(cursor, [(p, d.sku) for d in differences for p in (d.place, missing)])
        for id, place, sku, lot, quantity in held:
            piles[place, sku].reserved.append((id, lot, quantity))
        again = {key[0] for key, n in wanted.items() if _there(piles[key]) < n}
        lines: list[Line] = []
        gone = []
        cuts = Cuts({row[0]: row[4] for row in held})
        for each in sorted(differences, key=lambda d: d.units):
            if each.place in again:
                continue
            if each.units < 0:
                taken, given_up = _lose(piles[each.place, each.sku], each, f"lost/{code}")
                gone += [cuts.take(id, n) for id, _, n in given_up]
                lines += taken
            else:
                lines += _find(piles[missing, each.sku], each, missing, f"unknown/{code}")
        if lines:
            cuts.make(cursor)
            give_up(cursor, gone, waves)
            open_places([f"lost/{code}", f"unknown/{code}"])
            count.documents += 1
            number = f"{count.number}-{count.documents}"
            post_all([Document("count", number, today(zone), lines, count.about)])
            count.save(update_fields=["documents"])
    return again


def _there(pile: Pile) -> int:
    return sum(pile.free.values()) + sum(quantity for _, _, quantity in pile.reserved)


def _lose(
    pile: Pile, difference: Difference, lost: str
) -> tuple[list[Line], list[tuple[Any, str, int]]]:
    """Units that are lost: free ones first, then those promised last."""
    left = -difference.units
    by_lot: dict[str, int] = {}
    for lot, part in pile.take_free(left, None):
        by_lot[lot] = by_lot.get(lot, 0) + part
        left -= part
    given_up = pile.take_reserved(left, None)
    for _, lot, part in given_up:
        by_lot[lot] = by_lot.get(lot, 0) + part
    place, sku = difference.place, difference.sku
    return [Line(sku, n, place, lost, lot) for lot, n in sorted(by_lot.items())], given_up


def _find(pile: Pile, difference: Difference, missing: str, unknown: str) -> list[Line]:
    """Units that were found: those that were missed, then those that nobody knows of."""
    left, lines = difference.units, []
    place, sku = difference.place, difference.sku
    if place != missing:
        for lot, part in pile.take_free(left, None):
            lines.append(Line(sku, part, missing, place, lot))
            left -= part
    if left:
        lines.append(Line(sku, left, unknown, place))
    return lines
