# SPDX-License-Identifier: Apache-2.0
"""Where the units of declaration lines came in, as the book says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entrepot.pipelines.walk.closed import IN_ORDER, ClosedSeason, Row
from entrepot.pipelines.walk.find import Numbered, marks

#: A declaration line: declaration, item, SKU.
Line = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Some declaration items: what they declare and what was received of it.

    `declared`: units of each SKU of each item. `certain`: the SKUs of a declaration that one item
    alone has; the book says which declaration a receipt is of, but not which item, so that of no
    other SKU is it known. `received`: the receipts of a declaration and SKU, in the order in which
    they took its units; one row per receipt line: receipt_no, line_no, received_on, warehouse, sku,
    quantity.
    """

    declared: dict[Numbered, dict[str, int]]
    certain: frozenset[tuple[str, str]]
    received: dict[tuple[str, str], list[Row]]


def arrivals_of(closed: ClosedSeason, items: Iterable[Numbered]) -> Arrivals:
    """Ask the book about declaration items."""
    declared: dict[Numbered, dict[str, int]] = {item: {} for item in items}
    items_with: dict[tuple[str, str], int] = defaultdict(int)
    for (number, item, sku), units in _declared(closed, sorted({n for n, _ in declared})).items():
        items_with[number, sku] += 1
        if (number, item) in declared:
            declared[number, item][sku] = units
    skus = {sku for each in declared.values() for sku in each}
    certain = frozenset(line for line, count in items_with.items() if count == 1)
    received = _received(closed, sorted({n for n, _ in declared}), sorted(skus))
    return Arrivals(declared, certain, received)


def _declared(closed: ClosedSeason, numbers: Sequence[str]) -> dict[Line, int]:
    rows = closed.rows(
        "SELECT document_no, document_line, item, quantity FROM book "
        f"WHERE document_kind = 'declaration' AND document_no IN ({marks(numbers)}) "
        f"AND to_place = 'voyage/' || document_no {IN_ORDER}",
        numbers,
    )
    return {
        (row["document_no"], row["document_line"], row["item"]): row["quantity"] for row in rows
    }


def _received(
    closed: ClosedSeason, numbers: Sequence[str], skus: Sequence[str]
) -> dict[tuple[str, str], list[Row]]:
    places = [f"voyage/{number}" for number in numbers]
    rows = closed.rows(
        'SELECT document_no AS receipt_no, document_line AS line_no, "on" AS received_on, '
        "to_place AS warehouse, item AS sku, quantity, from_place FROM book "
        f"WHERE document_kind = 'receipt' AND from_place IN ({marks(places)}) "
        f"AND item IN ({marks(skus)}) ORDER BY received_on, receipt_no, line_no",
        [*places, *skus],
    )
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        row["warehouse"] = row["warehouse"].removeprefix("warehouse/")
        number = row.pop("from_place").removeprefix("voyage/")
        found[number, row["sku"]].append(row)
    return found
