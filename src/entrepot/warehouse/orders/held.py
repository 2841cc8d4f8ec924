# SPDX-License-Identifier: Apache-2.0
"""Orders held still while they are changed: their lines and allocations, and what of it goes.

Whoever reserves, picks or ships at the same moment waits, or is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.ledger import reserving
from entrepot.people.database import planned_for
from entrepot.people.tenancy import acting
from entrepot.warehouse.orders import held_sql as sql

#: How many of what is wrong are listed.
MOST_LISTED: Final = 1000


class NoSuchOrder(Refused):
    """There is no order of this id."""

    code = "warehouse.no_such_order"


class NotOpen(Refused):
    """Orders that are done or cancelled cannot be changed."""

    code = "warehouse.order_not_open"


class AlreadyPicked(Refused):
    """Units that were picked, packed or shipped cannot be taken from their order."""

    code = "warehouse.already_picked"


@dataclass(slots=True)
class Allocation:
    """Units that are reserved for a line."""

    id: UUID
    line_no: int
    place: str
    sku: str
    lot: str
    quantity: int
    is_picked: bool
    is_packed: bool


@dataclass(slots=True)
class Line:
    """A line as it stands, and its allocations; `free` are units that nobody has picked."""

    line_no: int
    sku: str
    quantity: int
    amount: int
    cancelled: int
    allocated: int
    shipped: int
    open: int
    allocations: list[Allocation] = field(default_factory=list)

    @property
    def free(self) -> int:
        return self.open + sum(a.quantity for a in self.allocations if not a.is_picked)

    @property
    def picked(self) -> int:
        """Units that are picked and in no parcel."""
        return sum(a.quantity for a in self.allocations if a.is_picked and not a.is_packed)

    def reserved(self, units: int) -> Iterator[tuple[Allocation, int]]:
        """Allocations that nobody has picked, the latest first, up to so many units."""
        for each in reversed(self.allocations):
            if units and not each.is_picked:
                part = min(units, each.quantity)
                units -= part
                yield each, part


@dataclass(slots=True)
class Held:
    """An order, locked until the transaction ends."""

    id: UUID
    channel: str
    number: str
    state: str
    lines: dict[int, Line] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.channel} {self.number}"


@dataclass(frozen=True, slots=True)
class Going:
    """Units of a line that it loses.

    `open` of them were waiting for goods, `reserved` are given up. They count as cancelled, or,
    where `is_less`, as never ordered; so do then those `cancelled` before.
    """

    order: UUID
    line: Line
    open: int
    reserved: int
    is_less: bool = False
    #: Of the line's amount, where an order is split.
    amount: int = 0
    cancelled: int = 0

    @classmethod
    def of(
        cls, order: UUID, line: Line, units: int, *, is_less: bool = False, amount: int = 0
    ) -> Going:
        """So many units: those that wait for goods go first."""
        waiting = min(line.open, units)
        return cls(order, line, waiting, units - waiting, is_less, amount)


def hold_still(cursor: Cursor[Any], orders: Sequence[UUID], asked: str) -> list[Held]:
    """Lock orders, in the order of their ids, with what is reserved for them.

    Args:
        asked: "Cannot cancel {order}."

    Raises:
        NoSuchOrder: one is not there.
    """
    given = {"enterprise": acting().enterprise, "orders": sorted(set(orders))}
    found = {row[0]: Held(*row) for row in cursor.execute(sql.LOCK, given)}
    if missing := sorted(set(orders) - found.keys()):
        raise NoSuchOrder(
            asked.format(order=f"order {missing[0]}"),
            "There is no such order.",
            "Look the order up by its number.",
            orders=[str(each) for each in missing[:MOST_LISTED]],
        )
    allocations = cursor.execute(sql.ALLOCATIONS, given).fetchall()
    for order, *says in cursor.execute(sql.LINES, given):
        line = Line(*says)
        found[order].lines[line.line_no] = line
    for id, order, line_no, *says in allocations:
        found[order].lines[line_no].allocations.append(Allocation(id, line_no, *says))
    return list(found.values())


def need_open(orders: Sequence[Held], asked: str) -> None:
    """Refuse orders that have come to their end.

    Raises:
        NotOpen: with each of them.
    """
    if ended := [each for each in orders if each.state not in ("open", "held")]:
        raise NotOpen(
            asked.format(order=f"order {ended[0].name}"),
            f"It is {ended[0].state}.",
            "Only an order that is open or held can be changed; nothing was changed.",
            orders=[str(each.id) for each in ended[:MOST_LISTED]],
            state=ended[0].state,
        )


def give_up(cursor: Cursor[Any], going: Sequence[Going], *, keep_open: bool = False) -> list[str]:
    """Take units from lines, and give up what was reserved of them.

    Args:
        keep_open: the units stay ordered and wait for goods again.

    Returns:
        the SKUs of which something lies free again.
    """
    if not going:
        return []
    parts = [part for each in going for part in each.line.reserved(each.reserved)]
    units = [0 if keep_open else each.open + each.reserved for each in going]
    given = {
        "enterprise": acting().enterprise,
        "allocations": [allocation.id for allocation, _ in parts],
        "units": [part for _, part in parts],
        "of": [each.order for each in going],
        "line_nos": [each.line.line_no for each in going],
        "cancelled": [-g.cancelled if g.is_less else n for g, n in zip(going, units, strict=True)],
        "given": [each.reserved for each in going],
        "less": [n + g.cancelled if g.is_less else 0 for g, n in zip(going, units, strict=True)],
    }
    cursor.execute(sql.GIVE_UP, given, prepare=planned_for(len(going)))
    reserving.release([reserving.Held(a.place, a.sku, a.lot, part) for a, part in parts])
    return sorted({allocation.sku for allocation, _ in parts})


def give_up_all(cursor: Cursor[Any], orders: Sequence[Held]) -> list[str]:
    """Give up everything that is reserved for orders and not picked; it is open again.

    Returns:
        the SKUs of which something lies free again.
    """
    going = [
        Going(order.id, line, 0, line.free - line.open)
        for order in orders
        for line in order.lines.values()
        if line.free > line.open
    ]
    return give_up(cursor, going, keep_open=True)


def settle(cursor: Cursor[Any], orders: Sequence[UUID]) -> dict[UUID, str]:
    """End orders of which nothing is open or reserved any more: done where something was shipped,
    else cancelled.

    Returns:
        the new state of each that ended.
    """
    given = {"enterprise": acting().enterprise, "orders": list(orders)}
    return dict(cursor.execute(sql.SETTLE, given).fetchall())
