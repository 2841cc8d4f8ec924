# SPDX-License-Identifier: Apache-2.0
"""What lay where on each day of a season, and what was missing when it left.

Goods had to be at home before they left it, and a warehouse sold, sent or lost units without a
season saying how they came there. The live book lets nothing leave that is not there: so what is
missing is found first, on the day on which it leaves. A close of the season itself counts such
units as unmet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter

from entrepot.closing.loading.arriving import Journeys
from entrepot.closing.loading.reading import Row, Season


@dataclass(frozen=True, slots=True)
class Missing:
    """Units of a SKU that were not there when they left; `row` of `table` is what took them."""

    on: date
    warehouse: str
    sku: str
    quantity: int
    table: str = ""
    row: Row | None = None


def counted_on(row: Row, shipped_on: date) -> date:
    """The day on which a return counts: after its sale, whatever the season says.

    Source: as a close does (pipelines/documents.py)
    """
    returned_on: date = row["returned_on"]
    return max(returned_on, shipped_on + timedelta(days=1))


def without_stock(
    season: Season, moved: Journeys, sold: Mapping[tuple[str, str, int], Row]
) -> list[Missing]:
    """Units that left warehouses overseas which did not have them, in the order of days.

    On one day everything comes first; then transfers go, then sales, then what was lost.
    """
    events = [*_came(season, moved, sold), *_went(season)]
    there: dict[tuple[str, str], int] = defaultdict(int)
    missing = []
    for on, _, _, warehouse, sku, change, table, row in sorted(events, key=itemgetter(0, 1, 2)):
        lies = there[warehouse, sku] + change
        if lies < 0:
            missing.append(Missing(on, warehouse, sku, -lies, table, row))
        there[warehouse, sku] = max(lies, 0)
    return missing


_Event = tuple[date, int, tuple[str | int, ...], str, str, int, str, Row | None]


def _came(
    season: Season, moved: Journeys, sold: Mapping[tuple[str, str, int], Row]
) -> Iterator[_Event]:
    for shipment in moved.shipments:
        for arrival in shipment.arrivals:
            for line, units in arrival.lines:
                yield arrival.on, 0, (), shipment.target, line.sku, units, "", None
    for surplus in moved.surplus:
        for line in surplus.lines:
            yield surplus.on, 0, (), surplus.warehouse, line.sku, line.quantity, "", None
    for row in season.rows["returns"]:
        if row["outcome"] == "restocked":
            sale = sold[row["channel"], row["order_no"], row["order_line_no"]]
            on = counted_on(row, sale["shipped_on"])
            yield on, 0, (), row["warehouse"], sale["sku"], row["quantity"], "", None
    for row in season.rows["adjustments"]:
        if row["quantity"] > 0:
            yield row["on"], 0, (), row["warehouse"], row["sku"], row["quantity"], "", None


def _went(season: Season) -> Iterator[_Event]:
    key: tuple[str | int, ...]
    for row in season.rows["transfers"]:
        key = row["transfer_no"], row["line_no"]
        yield (
            row["shipped_on"], 1, key, row["from_warehouse"], row["sku"], -row["quantity"],
            "transfers", row,
        )  # fmt: skip
    for row in season.rows["sales"]:
        key = row["channel"], row["order_no"], row["line_no"]
        yield (
            row["shipped_on"], 2, key, row["warehouse"], row["sku"], -row["quantity"], "sales", row
        )  # fmt: skip
    for row in season.rows["adjustments"]:
        if row["quantity"] < 0:
            key = row["adjustment_no"], row["line_no"]
            yield (
                row["on"], 3, key, row["warehouse"], row["sku"], row["quantity"], "adjustments", row
            )  # fmt: skip


def at_home(purchases: Iterable[Row], moved: Journeys) -> tuple[dict[str, date], list[Missing]]:
    """When the goods of each invoice came in at home, and what left home without any.

    As a rule they come on the day of their invoice, and before it where they left sooner.

    Returns:
        the day by invoice number; units that no invoice brought, in the order of days.
    """
    needs = _needs(moved)
    came: dict[str, date] = {}
    bought: dict[str, int] = defaultdict(int)
    order = itemgetter("issued_on", "invoice_no", "line_no", "sku")
    for row in sorted(purchases, key=order):
        needed = _reached(needs.get(row["sku"], ()), bought[row["sku"]])
        bought[row["sku"]] += row["quantity"]
        days = [row["issued_on"], came.get(row["invoice_no"]), needed]
        came[row["invoice_no"]] = min(day for day in days if day is not None)
    missing = []
    for sku, its in needs.items():
        so_far = 0
        for on, quantity in its:
            before, so_far = max(so_far, bought[sku]), so_far + quantity
            if so_far > before:
                missing.append(Missing(on, "", sku, so_far - before))
    return came, sorted(missing, key=lambda each: (each.on, each.sku))


def _needs(moved: Journeys) -> dict[str, list[tuple[date, int]]]:
    """By SKU, how much left home on which day, in the order of days."""
    needs: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for shipment in moved.shipments:
        if not shipment.source:
            for line in shipment.lines:
                needs[line.sku][shipment.left_on] += line.quantity
    for export in moved.exports:
        for sku, quantity in export.lines:
            needs[sku][export.on] += quantity
    return {sku: sorted(days.items()) for sku, days in needs.items()}


def _reached(needs: Sequence[tuple[date, int]], units: int) -> date | None:
    """The first day by which more than so many units had left."""
    so_far = 0
    for on, quantity in needs:
        so_far += quantity
        if so_far > units:
            return on
    return None
