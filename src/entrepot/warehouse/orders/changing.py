# SPDX-License-Identifier: Apache-2.0
"""Cancel orders or units of them, hold and release them, change what they say.

What was reserved and lies free again is said by its SKUs, so that whoever asked can serve those who
wait for it (`allocation.actions.allocate_waiting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.models import Order
from entrepot.warehouse.models.orders import CANCELLED
from entrepot.warehouse.orders import held_sql as sql
from entrepot.warehouse.orders.held import (
    MOST_LISTED,
    AlreadyPicked,
    Going,
    Held,
    Line,
    give_up,
    give_up_all,
    hold_still,
    need_open,
    settle,
)

_CANCEL = "Cannot cancel {order}."


@dataclass(frozen=True, slots=True)
class Cancel:
    """What is to be cancelled.

    Args:
        lines: by line number, how many units are to be cancelled in all, those before included, so
            that asking twice does it once. Where empty, everything that is not packed or shipped.
    """

    order: UUID
    lines: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """An order after a change; `units` is how many of it were cancelled by this call."""

    order: UUID
    channel: str
    number: str
    state: str
    units: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """Orders after a change, and the SKUs of which something lies free again."""

    orders: list[Changed]
    freed: list[str]


def cancel(wanted: Sequence[Cancel], because: str = "") -> Changes:
    """Cancel orders or units of their lines: all that was asked for, or nothing.

    Units that wait for goods go first, then those that are reserved; what is packed or shipped
    stays. An order of which nothing is left is cancelled, or done where something was shipped.

    Raises:
        NoSuchOrder: one is not there.
        NotOpen: one is done, and not all of what was asked for is cancelled.
        AlreadyPicked: units that were picked would have to go: they have to be put back first.
    """
    by_id = {each.order: each for each in wanted}
    with raw_cursor() as cursor:
        orders = hold_still(cursor, list(by_id), _CANCEL)
        need_open([o for o in orders if not _is_cancelled(o, by_id[o.id].lines)], _CANCEL)
        going: list[Going] = []
        refused: list[tuple[Held, str]] = []
        for order in orders:
            if order.state in ("open", "held"):
                _plan(order, by_id[order.id].lines, going, refused)
        if refused:
            _refuse(refused)
        freed = give_up(cursor, going)
        states = settle(cursor, list(by_id))
    changed = _changed(orders, going, states)
    _tell(changed, because)
    return Changes(changed, freed)


def _is_cancelled(order: Held, lines: Mapping[int, int]) -> bool:
    """Whether what is asked of an order that ended has been done already."""
    if not lines:
        return order.state == CANCELLED
    return all(n in order.lines and order.lines[n].cancelled >= units for n, units in lines.items())


def _plan(
    order: Held, lines: Mapping[int, int], going: list[Going], refused: list[tuple[Held, str]]
) -> None:
    if not lines:
        if picked := sum(line.picked for line in order.lines.values()):
            refused.append((order, f"{picked:,} units of it are picked and in no parcel."))
        going += [Going.of(order.id, line, line.free) for line in order.lines.values() if line.free]
        return
    for line_no, units in lines.items():
        line = order.lines.get(line_no)
        if line is None or units > line.quantity:
            there = "no such line" if line is None else f"{line.quantity:,} units in it"
            refused.append((order, f"Of line {line_no} there is {there}."))
        elif (more := units - line.cancelled) > line.free:
            refused.append((order, _bound(line, line_no)))
        elif more > 0:
            going.append(Going.of(order.id, line, more))


def _bound(line: Line, line_no: int) -> str:
    packed = line.allocated - sum(a.quantity for a in line.allocations if not a.is_packed)
    return (
        f"Of line {line_no} only {line.cancelled + line.free:,} can be: {line.picked:,} are picked,"
        f" {packed:,} packed, {line.shipped:,} shipped."
    )


def _refuse(refused: Sequence[tuple[Held, str]]) -> None:
    order, found = refused[0]
    more = f" and {len(refused) - 1:,} more like it" if len(refused) > 1 else ""
    raise AlreadyPicked(
        _CANCEL.format(order=f"order {order.name}{more}"),
        found,
        "Put what is picked back to its bins first, or cancel less; nothing was cancelled.",
        orders=[{"order": str(o.id), "found": text} for o, text in refused[:MOST_LISTED]],
    )


def _changed(
    orders: Sequence[Held], going: Sequence[Going], states: Mapping[UUID, str]
) -> list[Changed]:
    units: dict[UUID, int] = {}
    for each in going:
        units[each.order] = units.get(each.order, 0) + each.open + each.reserved
    return [
        Changed(o.id, o.channel, o.number, states.get(o.id, o.state), units.get(o.id, 0))
        for o in orders
    ]


def _tell(changed: Sequence[Changed], because: str) -> None:
    told = [each for each in changed if each.units]
    if not told:
        return
    record("order.cancelled", _about(told), because=because, **_facts(told))
    says = [
        {"order": str(each.order), "channel": each.channel, "number": each.number,
         "units": each.units, "state": each.state}
        for each in told
    ]  # fmt: skip
    emit(Event.ORDER_CANCELLED, *says)


def _about(orders: Sequence[Changed] | Sequence[Held]) -> str:
    more = f" and {len(orders) - 1:,} more" if len(orders) > 1 else ""
    return f"{orders[0].channel} {orders[0].number}{more}"


def _facts(orders: Sequence[Changed]) -> dict[str, Any]:
    return {
        "count": len(orders),
        "units": sum(each.units for each in orders),
        "orders": [str(each.order) for each in orders[:MOST_LISTED]],
    }


def hold(orders: Sequence[UUID], because: str, *, gives_up: bool = False) -> Changes:
    """Hold orders: they are not reserved for, gathered, picked, packed or shipped.

    Args:
        because: why, for people.
        gives_up: what is reserved for them and not picked lies free again.

    Raises:
        NoSuchOrder: one is not there.
        NotOpen: one is done or cancelled.
    """
    asked = "Cannot hold {order}."
    with raw_cursor() as cursor:
        held = hold_still(cursor, orders, asked)
        need_open(held, asked)
        freed = give_up_all(cursor, held) if gives_up else []
        given = {"enterprise": acting().enterprise, "orders": list(orders), "because": because}
        cursor.execute(sql.HOLD, given)
    changed = [Changed(each.id, each.channel, each.number, "held") for each in held]
    if held:
        record("order.held", _about(held), because=because, **_facts(changed))
    return Changes(changed, freed)


def release(orders: Sequence[UUID]) -> Changes:
    """Let orders that are held go on; those that are open already do.

    Raises:
        NoSuchOrder: one is not there.
        NotOpen: one is done or cancelled.
    """
    asked = "Cannot release {order}."
    with raw_cursor() as cursor:
        found = hold_still(cursor, orders, asked)
        need_open(found, asked)
        given = {"enterprise": acting().enterprise, "orders": list(orders)}
        cursor.execute(sql.RELEASE, given)
    changed = [Changed(each.id, each.channel, each.number, "open") for each in found]
    if any(each.state == "held" for each in found):
        record("order.released", _about(found), **_facts(changed))
    return Changes(changed, [])


def change(
    order: UUID,
    *,
    promised_on: date | None = None,
    priority: int | None = None,
    service: str | None = None,
    note: str | None = None,
) -> Changed:
    """Change what an order says, not what was ordered; what is not given stays.

    Raises:
        NoSuchOrder: there is none.
        NotOpen: it is done or cancelled.
    """
    asked = "Cannot change {order}."
    says = {"promised_on": promised_on, "priority": priority, "service": service, "note": note}
    new = {name: value for name, value in says.items() if value is not None}
    with raw_cursor() as cursor:
        (held,) = hold_still(cursor, [order], asked)
    need_open([held], asked)
    if new and Order.objects.filter(id=order).exclude(**new).update(**new):
        # A note may name a person; that it changed is enough.
        shown = {name: str(value) for name, value in new.items() if name != "note"}
        record("order.changed", held.name, order=str(order), fields=sorted(new), **shown)
    return Changed(held.id, held.channel, held.number, held.state)
