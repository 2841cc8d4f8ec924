# SPDX-License-Identifier: Apache-2.0
"""Which consignments a season's receipts and transfers stand for, and what else left home.

A season says what was declared and what was received, and nothing of the ships between: each
receipt is taken to have come with a consignment of its own, and what was never received is on its
way with one consignment for each declaration and warehouse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from entrepot.closing.loading.reading import Row, Season
from entrepot.logistics.consigning import Sent

#: Who has goods that were sold at export, where the declaration names no channel.
EXPORT: Final = "export"
Item = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Lines of a consignment that came on one day: the document's number, and line and units."""

    number: str
    on: date
    lines: Sequence[tuple[Sent, int]]


@dataclass(frozen=True, slots=True)
class Shipment:
    """A consignment: `source` is empty where it left from home; `arrivals` may be fewer."""

    number: str
    source: str
    target: str
    left_on: date
    lines: Sequence[Sent]
    arrivals: Sequence[Arrival] = ()

    @property
    def closed_on(self) -> date | None:
        """The day on which all of it had come; none where some is on its way."""
        came = sum(units for each in self.arrivals for _, units in each.lines)
        sent = sum(line.quantity for line in self.lines)
        return max(each.on for each in self.arrivals) if came == sent else None


@dataclass(frozen=True, slots=True)
class Surplus:
    """Units that came beyond what was declared, at a warehouse, of a receipt line."""

    number: str
    on: date
    warehouse: str
    lines: Sequence[Sent]


@dataclass(frozen=True, slots=True)
class Exported:
    """Goods that left home for a buyer abroad, and for no warehouse of ours."""

    number: str
    on: date
    channel: str
    lines: Sequence[tuple[str, int]]


@dataclass(slots=True)
class Journeys:
    """All that moved between home and the warehouses overseas."""

    shipments: list[Shipment] = field(default_factory=list)
    surplus: list[Surplus] = field(default_factory=list)
    exports: list[Exported] = field(default_factory=list)


def journeys(season: Season) -> Journeys:
    """Tell consignments from what was declared, received and transferred."""
    found = Journeys()
    left = {_item(row): row["quantity"] for row in season.rows["declarations"]}
    exported = {_item(row): row["exported_on"] for row in season.rows["declarations"]}
    for row in season.rows["receipts"]:
        left[_item(row)] -= row["quantity"]
    received = _received(season.rows["receipts"], season.rows["declarations"])
    for (number, on, warehouse), lines in received.items():
        found.shipments += _arrived(number, on, warehouse, lines, exported)
        if over := [_sent(at, row, more) for at, (row, _, more) in enumerate(lines, 1) if more]:
            found.surplus.append(Surplus(f"{number}/over", on, warehouse, over))
    _never_received(season.rows["declarations"], left, found)
    found.shipments += _transfers(season.rows["transfers"])
    return found


def numbered(number: str, times: int) -> str:
    """The number of a document's first part, its second, and so on."""
    return number if times == 1 else f"{number}/{times}"


def _item(row: Row) -> Item:
    return row["declaration_no"], row["item_no"], row["sku"]


def _when_received(row: Row) -> tuple[date, str, int]:
    return row["received_on"], row["receipt_no"], row["line_no"]


def _received(
    receipts: Sequence[Row], declarations: Sequence[Row]
) -> dict[tuple[str, date, str], list[tuple[Row, int, int]]]:
    """By receipt, day and warehouse: each line, its units that were declared, and those beyond.

    Receipts take the units of a declaration in the order of their days, as a close does.
    """
    left = {_item(row): row["quantity"] for row in declarations}
    found: dict[tuple[str, date, str], list[tuple[Row, int, int]]] = {}
    times: dict[str, int] = defaultdict(int)
    names: dict[tuple[str, date, str], tuple[str, date, str]] = {}
    for row in sorted(receipts, key=_when_received):
        key = row["receipt_no"], row["received_on"], row["warehouse"]
        if key not in names:
            times[key[0]] += 1
            names[key] = numbered(key[0], times[key[0]]), key[1], key[2]
        declared = max(min(row["quantity"], left[_item(row)]), 0)
        left[_item(row)] -= declared
        found.setdefault(names[key], []).append((row, declared, row["quantity"] - declared))
    return found


def _arrived(
    number: str,
    on: date,
    warehouse: str,
    lines: Iterable[tuple[Row, int, int]],
    exported: Mapping[Item, date],
) -> Iterator[Shipment]:
    sent = [
        (_sent(at, row, declared), exported[_item(row)])
        for at, (row, declared, _) in enumerate(lines, 1)
        if declared
    ]
    if sent:
        # It left when the last of it was exported; what was received before that left that day.
        left_on = min(on, max(day for _, day in sent))
        its = [line for line, _ in sent]
        came = Arrival(number, on, [(line, line.quantity) for line in its])
        yield Shipment(f"via-{number}", "", warehouse, left_on, its, [came])


def _sent(at: int, row: Row, quantity: int) -> Sent:
    return Sent(
        at, row["sku"], quantity, declaration_no=row["declaration_no"], item_no=row["item_no"]
    )


def _never_received(declarations: Iterable[Row], left: Mapping[Item, int], found: Journeys) -> None:
    """What is on its way still, and what went to buyers abroad."""
    under_way: dict[tuple[str, date, str], list[Sent]] = {}
    sold: dict[tuple[str, date, str], list[tuple[str, int]]] = {}
    for row in declarations:
        rest = left[_item(row)]
        if rest <= 0:
            continue
        if row["warehouse"]:
            its = under_way.setdefault(
                (row["declaration_no"], row["exported_on"], row["warehouse"]), []
            )
            its.append(_sent(len(its) + 1, row, rest))
        else:
            to = row["declaration_no"], row["exported_on"], row["channel"] or EXPORT
            sold.setdefault(to, []).append((row["sku"], rest))
    times: dict[str, int] = defaultdict(int)
    for (number, on, warehouse), lines in under_way.items():
        times[number] += 1
        found.shipments.append(Shipment(numbered(number, times[number]), "", warehouse, on, lines))
    times.clear()
    for (number, on, channel), goods in sold.items():
        times[number] += 1
        found.exports.append(Exported(numbered(number, times[number]), on, channel, goods))


def _transfers(rows: Iterable[Row]) -> Iterator[Shipment]:
    """A consignment for each transfer; those of a number that left on another day are another."""
    groups: dict[tuple[str, date, str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["transfer_no"], row["line_no"])):
        key = row["transfer_no"], row["shipped_on"], row["from_warehouse"], row["to_warehouse"]
        groups.setdefault(key, []).append(row)
    times: dict[str, int] = defaultdict(int)
    for (transfer, left_on, source, target), its in groups.items():
        times[transfer] += 1
        number = numbered(transfer, times[transfer])
        lines = [Sent(at, row["sku"], row["quantity"]) for at, row in enumerate(its, 1)]
        by_day: dict[date, list[tuple[Sent, int]]] = {}
        for row, line in zip(its, lines, strict=True):
            if row["arrived_on"]:
                by_day.setdefault(row["arrived_on"], []).append((line, line.quantity))
        arrivals = [
            Arrival(numbered(f"{number}/in", at), day, came)
            for at, (day, came) in enumerate(sorted(by_day.items()), 1)
        ]
        yield Shipment(number, source, target, left_on, lines, arrivals)
