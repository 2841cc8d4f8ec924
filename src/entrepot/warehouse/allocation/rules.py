# SPDX-License-Identifier: Apache-2.0
"""Which warehouse serves which order: decided here, over orders and stock as they were read.

The rules are data: routes say which warehouses may serve a destination and what speaks for them, a
policy says what is compared first. Source: our own policy, docs/decisions/0022.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

#: What can be compared, the least first: `age` is the day from which on the stock has lain there.
CRITERIA: Final = ("rank", "cost", "distance", "age")
DEFAULT: Final = CRITERIA


@dataclass(frozen=True, slots=True)
class Policy:
    """How warehouses are compared: `criteria` in their order; without `may_split`, all or nothing
    of an order comes from one warehouse, and what it lacks waits.
    """

    criteria: Sequence[str] = DEFAULT
    whole_first: bool = True
    may_split: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """That a warehouse (a place: warehouse/DUI1) may serve a destination."""

    country: str
    postcode: str
    warehouse: str
    rank: int = 0
    cost: int = 0
    distance_km: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is still open of a line of an order."""

    order: UUID
    line_no: int
    sku: str
    quantity: int


@dataclass(slots=True)
class Shelf:
    """What lies free of a SKU and lot in one place; less with each unit that is given away."""

    warehouse: str
    place: str
    lot: str
    free: int
    since: date


@dataclass(frozen=True, slots=True)
class Take:
    """So many units of a line from a shelf."""

    wanted: Wanted
    shelf: Shelf
    quantity: int


#: Of a SKU: how many are wanted, what lies free by warehouse, and on which shelves.
Found = tuple[int, Mapping[str, int], Mapping[str, Sequence[Shelf]]]


@dataclass(slots=True)
class Stock:
    """Shelves by SKU and warehouse, those first that have held it the longest."""

    shelves: dict[str, dict[str, list[Shelf]]] = field(default_factory=dict)
    free: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, sku: str, shelf: Shelf) -> None:
        """Add a shelf; they have to come in the order in which they are to be emptied."""
        self.shelves.setdefault(sku, {}).setdefault(shelf.warehouse, []).append(shelf)
        free = self.free.setdefault(sku, {})
        free[shelf.warehouse] = free.get(shelf.warehouse, 0) + shelf.free

    def take(self, wanted: Wanted, quantity: int, warehouse: str) -> Iterator[Take]:
        """Take as many as asked and there are, from one warehouse."""
        shelves = self.shelves.get(wanted.sku, {}).get(warehouse, [])
        while quantity and shelves:
            shelf = shelves[0]
            part = min(quantity, shelf.free)
            if part:
                shelf.free -= part
                self.free[wanted.sku][warehouse] -= part
                quantity -= part
                yield Take(wanted, shelf, part)
            if not shelf.free:
                # Emptied shelves are not looked at again, however many orders follow.
                shelves.pop(0)


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes, found by destination."""

    by_country: Mapping[str, Sequence[Route]]
    #: Overseas warehouses and their countries, for orders that no route fits.
    warehouses: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, routes: Iterable[Route], warehouses: Sequence[tuple[str, str]]) -> Routes:
        """Sort routes by country."""
        by_country: dict[str, list[Route]] = defaultdict(list)
        for route in routes:
            by_country[route.country].append(route)
        return cls(by_country, warehouses)

    def to(self, country: str, postcode: str) -> Sequence[Route]:
        """The routes that fit: of those of the country the longest postcode, else those of all."""
        for of_country in (self.by_country.get(country, ()), self.by_country.get("", ())):
            fit = [each for each in of_country if postcode.startswith(each.postcode)]
            if fit:
                longest = max(len(each.postcode) for each in fit)
                return [each for each in fit if len(each.postcode) == longest]
        return [
            Route(country, "", place, rank=0 if its == country else 1)
            for place, its in self.warehouses
        ]


def allocate(
    orders: Iterable[tuple[str, str, Sequence[Wanted]]],
    stock: Stock,
    routes: Routes,
    policy: Policy,
) -> list[Take]:
    """Give stock to orders, in the order in which they come.

    Args:
        orders: of each the country and postcode it goes to, and what is open of its lines.
        stock: what lies free; it is used up.
        routes: which warehouses may serve whom.
        policy: how they are compared.

    Source: our own policy, docs/decisions/0022
    """
    known: dict[tuple[str, str], Sequence[Route]] = {}
    takes: list[Take] = []
    for country, postcode, lines in orders:
        fit = known.get((country, postcode))
        if fit is None:
            fit = known[country, postcode] = routes.to(country, postcode)
        takes.extend(_serve(lines, stock, fit, policy))
    return takes


def _serve(
    lines: Sequence[Wanted], stock: Stock, routes: Sequence[Route], policy: Policy
) -> Iterator[Take]:
    needs: dict[str, int] = {}
    for line in lines:
        needs[line.sku] = needs.get(line.sku, 0) + line.quantity
    # Of each SKU what lies free by warehouse, and on which shelves: looked up once for all routes.
    found = [
        (quantity, stock.free[sku], stock.shelves[sku])
        for sku, quantity in needs.items()
        if sku in stock.free
    ]
    able = [route for route in routes if any(free.get(route.warehouse) for _, free, _ in found)]
    if len(able) > 1:
        is_known = len(found) == len(needs)
        able.sort(key=lambda route: _weigh(route, found, policy, is_known=is_known))
    if not able:
        return
    if not policy.may_split:
        able = able[:1]
    open_ = {line.line_no: line.quantity for line in lines}
    for route in able:
        is_left = False
        for line in lines:
            if rest := open_[line.line_no]:
                for take in stock.take(line, rest, route.warehouse):
                    rest -= take.quantity
                    yield take
                open_[line.line_no] = rest
                is_left = is_left or rest > 0
        if not is_left:
            return


def _weigh(
    route: Route, found: Sequence[Found], policy: Policy, *, is_known: bool
) -> tuple[bool, tuple[int, ...], str]:
    """What warehouses are compared by, the least first; the place decides where all are equal.

    `is_known`: there is some of every SKU somewhere.
    """
    place = route.warehouse
    lacks = policy.whole_first and not (
        is_known and all(free.get(place, 0) >= quantity for quantity, free, _ in found)
    )
    weighed = []
    for criterion in policy.criteria:
        if criterion == "rank":
            weighed.append(route.rank)
        elif criterion == "cost":
            weighed.append(route.cost)
        elif criterion == "distance":
            weighed.append(route.distance_km)
        else:
            # Emptied shelves are gone, so the first has held its goods the longest.
            days = [shelves[place][0].since for _, free, shelves in found if free.get(place)]
            weighed.append(min(days, default=date.max).toordinal())
    return lacks, tuple(weighed), place
