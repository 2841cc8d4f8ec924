# SPDX-License-Identifier: Apache-2.0
"""Pieces of the trace, each with the receipts and transfers that its units came in with."""

from __future__ import annotations

from collections import defaultdict
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
    Nor does it say which units a transfer took: those that it can be are named.
    """
    starts = _starts(closed, rows)
    transfers = _transfers(closed, sorted({row["sku"] for row in rows}))
    found = []
    for row in rows:
        line = row["declaration_no"], row["sku"]
        if _never_came(row, transfers[row["sku"]]):
            came: Row = {"certain": True, "receipts": []}
        elif line in arrivals.certain:
            start = starts[row[PART], row[AT]]
            taken = _overlapping(arrivals.received.get(line, []), start, row["quantity"])
            came = {"certain": True, "receipts": taken}
        else:
            can_be = [r for r in arrivals.received.get(line, []) if r["received_on"] <= row["day"]]
            came = {"certain": False, "receipts": [without(one, {"sku"}) for one in can_be]}
        moved = _moved(row, came, transfers[row["sku"]])
        came["transfers"] = [without(each, {"sku", "warehouse"}) for each in moved]
        found.append(without(row, {PART, AT}) | {"received": came})
    return found


def _never_came(row: Row, transfers: Sequence[Row]) -> bool:
    """Whether no warehouse received a piece: under way, sold at export, or of unknown origin."""
    is_export = row["fate"] == "sold" and row["order_line_no"] is None
    is_under_way = row["fate"] == "in_transit" and not _under_way(row, transfers)
    return row["declaration_no"] is None or is_under_way or is_export


def _transfers(closed: ClosedSeason, skus: Sequence[str]) -> dict[str, list[Row]]:
    """The transfers of each article: number, line, days (arrived_on null: under way), units."""
    rows = closed.rows(
        "SELECT document_no AS transfer_no, document_line AS line_no, item AS sku, "
        "min(\"on\") FILTER (starts_with(to_place, 'voyage/')) AS shipped_on, "
        "min(\"on\") FILTER (starts_with(from_place, 'voyage/')) AS arrived_on, "
        "min(to_place) FILTER (starts_with(from_place, 'voyage/')) AS warehouse, "
        "sum(quantity) FILTER (starts_with(to_place, 'voyage/'))::BIGINT AS quantity "
        f"FROM book WHERE document_kind = 'transfer' AND item IN ({marks(skus)}) "
        "GROUP BY document_no, document_line, item ORDER BY shipped_on, transfer_no, line_no",
        skus,
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["sku"]].append(row)
    return found


def _under_way(row: Row, transfers: Sequence[Row]) -> list[Row]:
    """The transfers that a piece can be under way with."""
    return [t for t in transfers if t["arrived_on"] is None and t["shipped_on"] == row["day"]]


def _moved(row: Row, came: Row, transfers: Sequence[Row]) -> list[Row]:
    """The transfers that a piece can have come to its last warehouse with, or be under way with."""
    if row["fate"] == "in_transit":
        is_of_a_declaration = row["declaration_no"] is not None and not came["receipts"]
        return [] if is_of_a_declaration else _under_way(row, transfers)
    here = [t for t in transfers if t["warehouse"] == f"warehouse/{row['warehouse']}"]
    if row["fate"] == "unsold":
        return [t for t in here if t["arrived_on"] == row["day"]]
    was_elsewhere = any(one["warehouse"] != row["warehouse"] for one in came["receipts"])
    return [t for t in here if was_elsewhere and t["arrived_on"] <= row["day"]]


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
