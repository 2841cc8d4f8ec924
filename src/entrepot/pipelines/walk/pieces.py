# SPDX-License-Identifier: Apache-2.0
"""Pieces of the trace, each with the receipts that its units came in with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from entrepot.pipelines.walk.arrivals import Arrivals
from entrepot.pipelines.walk.closed import AT, IN_ORDER, PART, ClosedSeason, Row
from entrepot.pipelines.walk.facts import without
from entrepot.pipelines.walk.find import Numbered, both, marks


def items_of(rows: Iterable[Row]) -> list[Numbered]:
    """The declaration items of rows of the trace, each once, in their order."""
    keys = ((row["declaration_no"], row["item_no"]) for row in rows)
    return list(dict.fromkeys(key for key in keys if key[0] is not None))


def invoice_lines_of(rows: Iterable[Row]) -> list[Numbered]:
    """The invoice lines of rows of the trace, each once, in their order."""
    keys = ((row["invoice_no"], row["invoice_line_no"]) for row in rows)
    return list(dict.fromkeys(key for key in keys if key[0] is not None))


def received(closed: ClosedSeason, rows: Sequence[Row], arrivals: Arrivals) -> list[Row]:
    """Rows of the trace as JSON holds them, with what was received of each.

    The units of a declaration line lie in the order of the trace, and its receipts took them in
    that order. Where another item of the declaration has the same SKU, the book does not say which
    of them a receipt was for: then every receipt that it can be is named, and none is certain.
    """
    starts = _starts(closed, rows)
    found = []
    for row in rows:
        line = row["declaration_no"], row["sku"]
        if _never_came(row):
            came: Row = {"certain": True, "receipts": []}
        elif line in arrivals.certain:
            start = starts[row[PART], row[AT]]
            taken = _overlapping(arrivals.received.get(line, []), start, row["quantity"])
            came = {"certain": True, "receipts": taken}
        else:
            can_be = [r for r in arrivals.received.get(line, []) if r["received_on"] <= row["day"]]
            came = {"certain": False, "receipts": [without(one, {"sku"}) for one in can_be]}
        found.append(without(row, {PART, AT}) | {"received": came})
    return found


def _never_came(row: Row) -> bool:
    """Whether no warehouse received a piece: under way, sold at export, or of unknown origin."""
    is_export = row["fate"] == "sold" and row["order_line_no"] is None
    return row["declaration_no"] is None or row["fate"] == "in_transit" or is_export


def _starts(closed: ClosedSeason, rows: Sequence[Row]) -> dict[tuple[str, int], int]:
    """How many units of its declaration line lie before each of `rows`, by where the row lies."""
    numbers, lines = both(items_of(rows))
    found = closed.rows(
        f"SELECT {PART}, {AT}, units - quantity AS start FROM ("
        f"SELECT {PART}, {AT}, quantity, sum(quantity) OVER ("
        f"PARTITION BY declaration_no, item_no, sku {IN_ORDER} ROWS UNBOUNDED PRECEDING) AS units "
        f"FROM trace WHERE declaration_no IN ({marks(numbers)}) AND item_no IN ({marks(lines)})) "
        f"WHERE {AT} IN (SELECT unnest(?::BIGINT[]))",
        [*numbers, *lines, [row[AT] for row in rows]],
    )
    return {(row[PART], row[AT]): int(row["start"]) for row in found}


def _overlapping(receipts: Sequence[Row], start: int, units: int) -> list[Row]:
    """What receipts, laid one after another, took of the units from `start` on."""
    found = []
    taken = 0
    for receipt in receipts:
        first, last = max(start, taken), min(start + units, taken + receipt["quantity"])
        taken += receipt["quantity"]
        if first < last:
            found.append(without(receipt, {"sku"}) | {"quantity": last - first})
    return found
