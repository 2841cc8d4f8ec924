# SPDX-License-Identifier: Apache-2.0
"""Take orders in: one, or thousands with a few statements; the same order twice is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.orders.order import NewOrder
from entrepot.warehouse.orders.recipients import put_recipients

MOST_LISTED: Final = 1000

#: Orders that are not there yet, the place that stands for their channel in the book, and those of
#: their lines whose SKU is known. Gives back which orders are new, and how many lines.
_ADD: Final = """
    WITH added AS (
        INSERT INTO warehouse_order (enterprise_id, id, channel, number, state, ordered_at,
            promised_on, priority, country, postcode, currency, service, note, held_because, hash,
            created_at, created_by)
        SELECT %(enterprise)s, id, channel, number, 'open', ordered_at, promised_on, priority,
            country, postcode, currency, service, note, '', hash, %(at)s, %(by)s
        FROM unnest(%(ids)b::uuid[], %(channels)b::text[], %(numbers)b::text[],
            %(ordered)b::timestamptz[], %(promised)b::date[], %(priorities)s::int[],
            %(countries)b::text[], %(postcodes)b::text[], %(currencies)b::text[],
            %(services)b::text[], %(notes)b::text[], %(hashes)b::bytea[])
            AS o (id, channel, number, ordered_at, promised_on, priority, country, postcode,
                currency, service, note, hash)
        ORDER BY channel, number
        ON CONFLICT (enterprise_id, channel, number) DO NOTHING
        RETURNING id
    ),
    places AS (
        INSERT INTO ledger_place (enterprise_id, id, path, may_go_below, opened_at)
        SELECT %(enterprise)s, id, path, true, %(at)s
        FROM unnest(%(place_ids)b::uuid[], %(places)b::text[]) AS p (id, path)
        WHERE NOT EXISTS (SELECT FROM ledger_place AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.path = p.path)
        ON CONFLICT DO NOTHING
    ),
    lines AS (
        INSERT INTO warehouse_orderline (enterprise_id, order_id, line_no, sku, quantity, amount)
        SELECT %(enterprise)s, order_id, line_no, sku, quantity, amount
        FROM unnest(%(of)b::uuid[], %(line_nos)s::int[], %(skus)b::text[], %(quantities)s::int[],
            %(amounts)s::bigint[]) AS l (order_id, line_no, sku, quantity, amount)
        WHERE order_id IN (SELECT id FROM added)
            AND EXISTS (SELECT FROM ledger_item AS i WHERE i.enterprise_id = %(enterprise)s
                AND i.code = l.sku AND i.kind = 'goods')
        RETURNING 1
    )
    SELECT ARRAY(SELECT id FROM added), (SELECT count(*) FROM lines)
"""
_KNOWN: Final = """
    SELECT o.channel, o.number, o.id, o.hash
    FROM unnest(%(channels)b::text[], %(numbers)b::text[]) AS k (channel, number)
    CROSS JOIN LATERAL (
        SELECT * FROM warehouse_order AS w WHERE w.enterprise_id = %(enterprise)s
            AND w.channel = k.channel AND w.number = k.number LIMIT 1
    ) AS o
"""
_UNKNOWN: Final = """
    SELECT DISTINCT sku FROM unnest(%(skus)b::text[]) AS l (sku)
    WHERE NOT EXISTS (SELECT FROM ledger_item AS i WHERE i.enterprise_id = %(enterprise)s
        AND i.code = l.sku AND i.kind = 'goods')
    ORDER BY sku
"""


class OrderDiffers(Refused):
    """An order of this channel and number is there, and says something else."""

    code = "warehouse.order_differs"


class UnknownSku(Refused):
    """Orders of SKUs that are no products; every one is listed."""

    code = "warehouse.unknown_sku"


class Unfit(Refused):
    """Orders that no warehouse could serve: no lines, or two of one number."""

    code = "warehouse.unfit_order"


@dataclass(frozen=True, slots=True)
class Taken:
    """An order that was taken in; `is_new` is false where it was there, word for word."""

    id: UUID
    channel: str
    number: str
    is_new: bool


def create(orders: Sequence[NewOrder]) -> list[Taken]:
    """Take orders in: all of them, or none.

    Returns:
        one for each order, in their order.

    Raises:
        Unfit: an order without lines, or with two lines of one number.
        UnknownSku: with every SKU that is no product.
        OrderDiffers: one of this channel and number is there and says something else.
    """
    _check(orders)
    enterprise = acting().enterprise
    ids, digests = [new_id() for _ in orders], [order.hash for order in orders]
    with raw_cursor() as cursor:
        given = _given(enterprise, ids, orders, digests)
        row = cursor.execute(_ADD, given, prepare=planned_for(len(orders))).fetchone()
        assert row is not None
        added, lines = set(row[0]), row[1]
        new = [(id, order) for id, order in zip(ids, orders, strict=True) if id in added]
        if lines < sum(len(order.lines) for _, order in new):
            _refuse_unknown(cursor, given)
        put_recipients(cursor, [(id, order.recipient) for id, order in new])
        if len(new) == len(orders):
            taken = [Taken(id, each.channel, each.number, True) for id, each in new]
        else:
            taken = _with_known(cursor, given, orders, digests, added)
    _tell(taken)
    return taken


def _tell(taken: Sequence[Taken]) -> None:
    says = [
        {"order": str(each.id), "channel": each.channel, "number": each.number}
        for each in taken
        if each.is_new
    ]
    if says:
        emit(Event.ORDER_TAKEN, *says)


def known_orders(
    cursor: Cursor[Any], keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[UUID, bytes]]:
    """Those orders of these channels and numbers that are there: id and hash."""
    given = {
        "enterprise": acting().enterprise,
        "channels": [channel for channel, _ in keys],
        "numbers": [number for _, number in keys],
    }
    rows = cursor.execute(_KNOWN, given)
    return {(channel, number): (id, bytes(found)) for channel, number, id, found in rows}


def unknown_skus(cursor: Cursor[Any], skus: Sequence[str]) -> list[str]:
    """Those SKUs that are no products."""
    given = {"enterprise": acting().enterprise, "skus": list(skus)}
    return [sku for (sku,) in cursor.execute(_UNKNOWN, given)]


def _check(orders: Sequence[NewOrder]) -> None:
    unfit = [
        {"order": order.name, "found": "no lines" if not order.lines else "two lines of one number"}
        for order in orders
        if len({line.line_no for line in order.lines}) < max(len(order.lines), 1)
    ]
    if unfit:
        raise Unfit(
            f"Cannot take order {unfit[0]['order']}.",
            f"It has {unfit[0]['found']}.",
            "Correct it and send it again; no order was taken.",
            faults=unfit[:MOST_LISTED],
        )


def _given(
    enterprise: UUID, ids: Sequence[UUID], orders: Sequence[NewOrder], digests: Sequence[bytes]
) -> dict[str, Any]:
    lines = [(id, line) for id, order in zip(ids, orders, strict=True) for line in order.lines]
    places = sorted({f"customer/{order.channel}" for order in orders})
    return {
        "enterprise": enterprise,
        "ids": ids,
        "channels": [each.channel for each in orders],
        "numbers": [each.number for each in orders],
        "ordered": [each.ordered_at for each in orders],
        "promised": [each.promised_on for each in orders],
        "priorities": [each.priority for each in orders],
        "countries": [each.country for each in orders],
        "postcodes": [each.postcode for each in orders],
        "currencies": [each.currency for each in orders],
        "services": [each.service for each in orders],
        "notes": [each.note for each in orders],
        "hashes": digests,
        "at": timezone.now(),
        "by": acting().actor,
        "place_ids": [new_id() for _ in places],
        "places": places,
        "of": [id for id, _ in lines],
        "line_nos": [line.line_no for _, line in lines],
        "skus": [line.sku for _, line in lines],
        "quantities": [line.quantity for _, line in lines],
        "amounts": [line.amount for _, line in lines],
    }


def _refuse_unknown(cursor: Cursor[Any], given: dict[str, Any]) -> None:
    unknown = unknown_skus(cursor, given["skus"])
    first = next(
        order
        for id, order in zip(given["ids"], given["numbers"], strict=True)
        if any(of == id and sku == unknown[0]
               for of, sku in zip(given["of"], given["skus"], strict=True))
    )  # fmt: skip
    more = f" and {len(unknown) - 1:,} more SKUs" if len(unknown) > 1 else ""
    raise UnknownSku(
        f"Cannot take order {first}.",
        f"There is no product {unknown[0]}{more}.",
        "Add the products, or correct the SKUs, and send it again; no order was taken.",
        skus=unknown[:MOST_LISTED],
    )


def _with_known(
    cursor: Cursor[Any],
    given: dict[str, Any],
    orders: Sequence[NewOrder],
    digests: Sequence[bytes],
    added: set[UUID],
) -> list[Taken]:
    """What was taken, where some were there already or twice among the orders."""
    known = known_orders(cursor, [(each.channel, each.number) for each in orders])
    taken, other = [], []
    for order, digest, id in zip(orders, digests, given["ids"], strict=True):
        its_id, found = known[order.channel, order.number]
        if found != digest:
            other.append({"channel": order.channel, "number": order.number, "order": str(its_id)})
        taken.append(Taken(its_id, order.channel, order.number, id in added))
    if other:
        raise OrderDiffers(
            f"Cannot take order {other[0]['channel']} {other[0]['number']}"
            + (f" and {len(other) - 1:,} more." if len(other) > 1 else "."),
            "An order of this channel and number is there and says something else.",
            "Cancel that one, or give this one a number of its own; no order was taken.",
            orders=other[:MOST_LISTED],
        )
    return taken
