# SPDX-License-Identifier: Apache-2.0
"""Split an order: some of its units become an order of their own, with what is reserved of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Order, OrderLine
from entrepot.warehouse.orders.creating import Taken
from entrepot.warehouse.orders.held import (
    AlreadyPicked,
    Going,
    Held,
    Line,
    hold_still,
    need_open,
)
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.orders.recipients import put_recipients, recipient_of

#: A number is at most this long.
MOST_NUMBER: Final = 80

_ADD: Final = """
    INSERT INTO warehouse_order (enterprise_id, id, channel, number, state, ordered_at, promised_on,
        priority, country, postcode, currency, service, note, held_because, split_from_id, hash,
        created_at, created_by)
    SELECT enterprise_id, %(id)s, channel, %(number)s, state, ordered_at, promised_on, priority,
        country, postcode, currency, service, note, held_because, id, %(hash)s, %(at)s, %(by)s
    FROM warehouse_order WHERE enterprise_id = %(enterprise)s AND id = %(order)s
"""
#: Lines that move, those that stay with less, and those of which nothing stays.
_MOVE: Final = """
    WITH moved AS MATERIALIZED (
        SELECT * FROM unnest(%(line_nos)s::int[], %(units)s::int[], %(given)s::int[],
            %(amounts)s::bigint[]) AS m (line_no, units, given, amount)
    ),
    gone AS (
        DELETE FROM warehouse_orderline AS l USING moved AS m
        WHERE l.enterprise_id = %(enterprise)s AND l.order_id = %(order)s AND l.line_no = m.line_no
            AND l.quantity = m.units
    )
    UPDATE warehouse_orderline AS l
    SET quantity = l.quantity - m.units, allocated = l.allocated - m.given,
        amount = l.amount - m.amount
    FROM moved AS m
    WHERE l.enterprise_id = %(enterprise)s AND l.order_id = %(order)s AND l.line_no = m.line_no
        AND l.quantity > m.units
"""
_ADD_LINES: Final = """
    INSERT INTO warehouse_orderline (enterprise_id, order_id, line_no, sku, quantity, amount,
        allocated)
    SELECT %(enterprise)s, %(id)s, * FROM unnest(%(line_nos)s::int[], %(skus)s::text[],
        %(units)s::int[], %(amounts)s::bigint[], %(given)s::int[])
"""
#: Allocations go along; of one that is shared, a part does.
_ALLOCATIONS: Final = """
    WITH moved AS MATERIALIZED (
        SELECT * FROM unnest(%(allocations)s::uuid[], %(parts)s::int[], %(new)s::uuid[])
            AS m (id, part, new)
    ),
    whole AS (
        UPDATE warehouse_allocation AS a SET order_id = %(id)s FROM moved AS m
        WHERE a.enterprise_id = %(enterprise)s AND a.id = m.id AND a.quantity = m.part
    ),
    less AS (
        UPDATE warehouse_allocation AS a SET quantity = a.quantity - m.part FROM moved AS m
        WHERE a.enterprise_id = %(enterprise)s AND a.id = m.id AND a.quantity > m.part
        RETURNING m.new, a.line_no, a.warehouse, a.place, a.sku, a.lot, m.part, a.picked_from,
            a.wave_id
    )
    INSERT INTO warehouse_allocation (enterprise_id, id, order_id, line_no, warehouse, place, sku,
        lot, quantity, picked_from, wave_id)
    SELECT %(enterprise)s, new, %(id)s, line_no, warehouse, place, sku, lot, part, picked_from,
        wave_id
    FROM less
"""


class NothingToSplit(Refused):
    """Nothing would go, or nothing would stay."""

    code = "warehouse.nothing_to_split"


def split(order: UUID, lines: Mapping[int, int], number: str = "") -> Taken:
    """Make an order of some units of another, in the state of that one.

    What is reserved of the units and not picked goes along, once those that wait are used up; the
    amount of a line goes along in proportion, down to the smallest unit.

    Args:
        lines: by line number, how many units go.
        number: of the new order, so that asking twice does it once; else the number of this one
            and -2, -3, and so on.

    Raises:
        NoSuchOrder: there is no such order.
        NotOpen: it is done or cancelled.
        AlreadyPicked: units that were picked, packed, shipped or cancelled would have to go.
        NothingToSplit: no units go, none stay, or an order has the number already.
    """
    asked = "Cannot split {order}."
    with raw_cursor() as cursor:
        (held,) = hold_still(cursor, [order], asked)
        if number and (before := Order.objects.filter(channel=held.channel, number=number).first()):
            return _as_before(held, before, lines, asked)
        need_open([held], asked)
        going = _going(held, lines, asked)
        new = Taken(new_id(), held.channel, number or _next_number(held), True)
        _write(cursor, held, new, going)
        put_recipients(cursor, [(new.id, recipient_of(cursor, held.id))])
    record(
        "order.split", held.name, order=str(order), into=new.number, new=str(new.id),
        units=sum(lines.values()),
    )  # fmt: skip
    return new


def _as_before(held: Held, before: Order, lines: Mapping[int, int], asked: str) -> Taken:
    """The order that the same split made before."""
    rows = OrderLine.objects.filter(order_id=before.id).values_list("line_no", "quantity")
    if before.split_from_id != held.id or dict(rows) != dict(lines):
        raise NothingToSplit(
            asked.format(order=f"order {held.name}"),
            f"There is an order {before.number} on this channel already.",
            "Give the new order another number; nothing was changed.",
        )
    return Taken(before.id, before.channel, before.number, False)


def _going(held: Held, lines: Mapping[int, int], asked: str) -> list[Going]:
    name = asked.format(order=f"order {held.name}")
    going = []
    for line_no, units in lines.items():
        line = held.lines.get(line_no)
        if line is None or units > line.free:
            there = 0 if line is None else line.free
            raise AlreadyPicked(
                name,
                f"Of line {line_no} {there:,} units are neither picked, shipped nor cancelled, and"
                f" {units:,} were asked for.",
                "Put what is picked back first, or split less; nothing was changed.",
            )
        if units > 0:
            amount = line.amount * units // line.quantity
            going.append(Going.of(held.id, line, units, amount=amount))
    stays = sum(line.quantity for line in held.lines.values()) - sum(lines.values())
    if not going or not stays:
        raise NothingToSplit(
            name,
            "No unit would go." if not going else "No unit would stay.",
            "Name some of its units; nothing was changed.",
        )
    return going


def _next_number(held: Held) -> str:
    begin = f"{held.number}-"
    taken = set(
        Order.objects.filter(
            channel=held.channel, number__gte=begin, number__lt=begin + "\U0010ffff"
        ).values_list("number", flat=True)
    )
    found = next(n for n in range(2, len(taken) + 3) if f"{begin}{n}" not in taken)
    if len(begin) + len(str(found)) > MOST_NUMBER:
        raise NothingToSplit(
            f"Cannot split order {held.name}.",
            "Its number is too long to be counted on.",
            "Give the new order a number; nothing was changed.",
        )
    return f"{begin}{found}"


def _write(cursor: Cursor[Any], held: Held, new: Taken, going: list[Going]) -> None:
    parts = [part for each in going for part in each.line.reserved(each.reserved)]
    given = {
        "enterprise": acting().enterprise,
        "order": held.id,
        "id": new.id,
        "number": new.number,
        "hash": _hash(held.id, new, going),
        "at": timezone.now(),
        "by": acting().actor,
        "line_nos": [each.line.line_no for each in going],
        "skus": [each.line.sku for each in going],
        "units": [each.open + each.reserved for each in going],
        "given": [each.reserved for each in going],
        "amounts": [each.amount for each in going],
        "allocations": [allocation.id for allocation, _ in parts],
        "parts": [part for _, part in parts],
        "new": [new_id() for _ in parts],
    }
    for statement in (_ADD, _ADD_LINES, _ALLOCATIONS, _MOVE):
        cursor.execute(statement, given)


def _hash(order: UUID, new: Taken, going: list[Going]) -> bytes:
    """The hash of the new order, as if it had been sent."""
    its = Order.objects.get(id=order)
    lines = [_ordered(each.line, each) for each in going]
    return NewOrder(
        its.channel, new.number, its.ordered_at, its.promised_on, its.country, lines,
        its.postcode, its.currency, its.service, its.note, its.priority,
    ).hash  # fmt: skip


def _ordered(line: Line, going: Going) -> Ordered:
    return Ordered(line.line_no, line.sku, going.open + going.reserved, going.amount)
