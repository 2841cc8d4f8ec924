# SPDX-License-Identifier: Apache-2.0
"""Bring an order to what a later version of it says: lines added, more, fewer, cancelled.

For shops that send whole orders again when something changed. The order is in the end what it would
be if only the latest version had come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.models.orders import CANCELLED
from entrepot.warehouse.orders.changing import Changed, Changes
from entrepot.warehouse.orders.creating import UnknownSku
from entrepot.warehouse.orders.held import (
    AlreadyPicked,
    Going,
    Held,
    Line,
    give_up,
    hold_still,
    settle,
)
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.orders.recipients import put_recipients

#: What may be about a buyer who was erased stays erased.
_SAY: Final = """
    UPDATE warehouse_order SET ordered_at = %(ordered)s, promised_on = %(promised)s,
        country = %(country)s, currency = %(currency)s, service = %(service)s, hash = %(hash)s,
        postcode = CASE WHEN erased_at IS NULL THEN %(postcode)s ELSE '' END,
        note = CASE WHEN erased_at IS NULL THEN %(note)s ELSE '' END
    WHERE enterprise_id = %(enterprise)s AND id = %(order)s
"""
_PUT_LINES: Final = """
    INSERT INTO warehouse_orderline AS l (enterprise_id, order_id, line_no, sku, quantity, amount)
    SELECT %(enterprise)s, %(order)s, line_no, sku, quantity, amount
    FROM unnest(%(line_nos)s::int[], %(skus)s::text[], %(quantities)s::int[], %(amounts)s::bigint[])
        AS n (line_no, sku, quantity, amount)
    WHERE EXISTS (SELECT FROM ledger_item AS i WHERE i.enterprise_id = %(enterprise)s
        AND i.code = n.sku AND i.kind = 'goods')
    ON CONFLICT (enterprise_id, order_id, line_no) DO UPDATE
        SET quantity = EXCLUDED.quantity, amount = EXCLUDED.amount
    RETURNING sku
"""
#: Something was added to an order that had come to its end.
_REOPEN: Final = """
    UPDATE warehouse_order AS o SET state = 'open', ended_at = NULL
    WHERE o.enterprise_id = %(enterprise)s AND o.id = %(order)s AND o.state = 'done'
        AND EXISTS (SELECT FROM warehouse_orderline AS l WHERE l.enterprise_id = %(enterprise)s
            AND l.order_id = o.id AND l.open > 0)
"""
_ASKED: Final = "Cannot change {order}."


def restate(order: UUID, new: NewOrder, cancelled: Mapping[int, int]) -> Changes:
    """Bring an order to what `new` says; one that was cancelled stays so, with all of its lines.

    Args:
        cancelled: by line number, how many units of it are cancelled by now. Lines that `new` does
            not have are cancelled.

    Raises:
        NoSuchOrder: there is no such order.
        UnknownSku: of a line that is new.
        AlreadyPicked: units that were picked, packed or shipped would have to go.
    """
    with raw_cursor() as cursor:
        (held,) = hold_still(cursor, [order], _ASKED)
        wanted = {line.line_no: line for line in new.lines}
        freed = give_up(cursor, _fewer(held, wanted, cancelled))
        _put_lines(cursor, held, new.lines)
        held = hold_still(cursor, [order], _ASKED)[0]
        gone = {n: line.quantity for n, line in held.lines.items() if n not in wanted}
        if held.state == CANCELLED:
            gone = {n: line.quantity for n, line in held.lines.items()}
        going = _cancelled(held, {**cancelled, **gone})
        freed += give_up(cursor, going)
        _say(cursor, held, new)
        states = settle(cursor, [order])
    state = states.get(order, held.state)
    units = sum(each.open + each.reserved for each in going)
    return Changes([Changed(order, held.channel, held.number, state, units)], sorted(set(freed)))


def _fewer(held: Held, wanted: Mapping[int, Ordered], cancelled: Mapping[int, int]) -> list[Going]:
    """Units of lines of which fewer are ordered now: first those that were cancelled here."""
    going = []
    for line_no, line in held.lines.items():
        new = wanted.get(line_no)
        if new is not None and new.sku != line.sku:
            raise AlreadyPicked(
                _ASKED.format(order=f"order {held.name}"),
                f"Line {line_no} is of {line.sku} here, and of {new.sku} in what was sent.",
                "Cancel the line, and have the other goods ordered in a line of their own.",
            )
        if new is not None and (fewer := line.quantity - new.quantity) > 0:
            still = 0 if held.state == CANCELLED else cancelled.get(line_no, 0)
            before = min(fewer, max(line.cancelled - still, 0))
            _need_free(held, line, fewer - before)
            waiting = min(line.open, fewer - before)
            going.append(
                Going(
                    held.id, line, waiting, fewer - before - waiting,
                    is_less=True, cancelled=before,
                )
            )  # fmt: skip
    return going


def _cancelled(held: Held, cancelled: Mapping[int, int]) -> list[Going]:
    going = []
    for line_no, units in cancelled.items():
        line = held.lines.get(line_no)
        if line is not None and (more := units - line.cancelled) > 0:
            _need_free(held, line, more)
            going.append(Going.of(held.id, line, more))
    return going


def _need_free(held: Held, line: Line, units: int) -> None:
    if units > line.free:
        raise AlreadyPicked(
            _ASKED.format(order=f"order {held.name}"),
            f"{units:,} units of line {line.line_no} are to go, and {line.free:,} of them are"
            " neither picked nor shipped.",
            "Put what is picked back first; what has left has to come back as a return.",
        )


def _put_lines(cursor: Cursor[Any], held: Held, lines: Sequence[Ordered]) -> None:
    given = {
        "enterprise": acting().enterprise,
        "order": held.id,
        "line_nos": [line.line_no for line in lines],
        "skus": [line.sku for line in lines],
        "quantities": [line.quantity for line in lines],
        "amounts": [line.amount for line in lines],
    }
    put = {sku for (sku,) in cursor.execute(_PUT_LINES, given)}
    if unknown := sorted({line.sku for line in lines} - put):
        raise UnknownSku(
            _ASKED.format(order=f"order {held.name}"),
            f"There is no product {unknown[0]}.",
            "Add the product, and try again.",
            skus=unknown,
        )


def _say(cursor: Cursor[Any], held: Held, new: NewOrder) -> None:
    given = {
        "enterprise": acting().enterprise,
        "order": held.id,
        "ordered": new.ordered_at,
        "promised": new.promised_on,
        "country": new.country,
        "postcode": new.postcode,
        "currency": new.currency,
        "service": new.service,
        "note": new.note,
        "hash": new.hash,
    }
    cursor.execute(_SAY, given)
    cursor.execute(_REOPEN, given)
    put_recipients(cursor, [(held.id, new.recipient)])
