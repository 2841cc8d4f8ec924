# SPDX-License-Identifier: Apache-2.0
"""Orders from the first row to the parcel that left, beside the raw floor: the same rows through
psycopg, with as many commits.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from benchmarks.desk import book
from benchmarks.measure import Line, in_turns
from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PRODUCT, WAREHOUSE
from entrepot.ledger.actions import post_all
from entrepot.ledger.document import Document
from entrepot.ledger.document import Line as Moved
from entrepot.ledger.opening import open_places
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders, pick_wave
from entrepot.warehouse.outbound.shipping import ship
from entrepot.warehouse.outbound.waves import gather

SKUS, BINS, LINES, ALONE, WAVES, WAVE = 5_000, 1_000, 5, 100, 10, 50
#: Least lines a second one order at a time and in waves, and least share of the raw floor.
ALONE_RATE, WAVE_RATE, SHARE = 600, 10_000, 0.3
HOUSE = "warehouse/DUI1"
AT, DAY = datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)


def measure() -> Iterator[Line]:
    """Orders one at a time, and in waves of fifty."""
    numbers = itertools.count(int(time.time()) % 10**8 * 10)
    enterprise = open_warehouse()

    def fresh(count: int) -> list[NewOrder]:
        return [_order(next(numbers)) for _ in range(count)]

    with book.owner() as connection:

        def one_by_one() -> None:
            for order in fresh(ALONE):
                serve(enterprise, [order])

        def raw_one_by_one() -> None:
            for order in fresh(ALONE):
                raw(connection, enterprise, [order])

        def in_waves() -> None:
            for _ in range(WAVES):
                serve(enterprise, fresh(WAVE), is_wave=True)

        def raw_in_waves() -> None:
            for _ in range(WAVES):
                raw(connection, enterprise, fresh(WAVE))

        # What a desk has after its first minute: statistics of tables that are not empty.
        in_waves()
        raw_in_waves()
        connection.execute("ANALYZE")
        connection.commit()
        for name, work, lines, rate in (
            ("orders of 5 lines, one at a time", (one_by_one, raw_one_by_one), ALONE, ALONE_RATE),
            ("the same in waves of 50", (in_waves, raw_in_waves), WAVES * WAVE, WAVE_RATE),
        ):
            taken = in_turns(dict(zip(("ours", "raw"), work, strict=True)), 3)
            ours, floor = (LINES * lines / taken[each] for each in ("ours", "raw"))
            note = f"{ours:,.0f} lines a second, raw {floor:,.0f}"
            yield Line(name, taken["ours"], taken["raw"], 1 / SHARE, note)
            yield Line("  seconds for them", taken["ours"], 0, LINES * lines / rate)


def open_warehouse() -> UUID:
    """A warehouse of a thousand bins, with so much of everything that nothing runs out."""
    enterprise: UUID = Enterprise.objects.create().id
    with within(enterprise):
        masters.add(WAREHOUSE, {
            "code": "DUI1", "name": "Duisburg", "kind": "overseas", "country": "DE",
            "time_zone": "Europe/Berlin",
        })  # fmt: skip
        masters.put(
            BIN,
            [{"warehouse": "DUI1", "code": f"A-{n:04}", "pick_sequence": n} for n in range(BINS)],
        )
        masters.put(
            PRODUCT,
            [{"sku": book.sku(n), "name": book.sku(n), "weight_g": 100} for n in range(SKUS)],
        )
        open_places(["supplier/A", "customer/shop"])
        lines = [
            Moved(book.sku(n), 100_000, "supplier/A", f"{HOUSE}/A-{(n * side) % BINS:04}")
            for n in range(SKUS)
            for side in (1, 7)
        ]
        post_all([Document("opening", "O-1", DAY, lines)])
    return enterprise


def serve(enterprise: UUID, orders: Sequence[NewOrder], *, is_wave: bool = False) -> None:
    """Take orders in, allocate, pick, pack and ship them: five commits, and one for a wave."""
    with within(enterprise):
        ids = [each.id for each in create(orders)]
    with within(enterprise):
        allocate_orders(ids)
    if is_wave:
        with within(enterprise):
            wave = gather("DUI1", len(ids), ids).id
        with within(enterprise):
            pick_wave(wave)
    else:
        with within(enterprise):
            pick_orders(ids)
    with within(enterprise):
        parcels = [each.id for each in pack([NewParcel(id) for id in ids])]
    with within(enterprise):
        left = ship(parcels)
    assert len(left) == len(orders)


def _order(number: int) -> NewOrder:
    lines = [
        Ordered(line, book.sku((number * 7919 + line * 104_729) % SKUS), 1 + line % 3, 1000)
        for line in range(LINES)
    ]
    return NewOrder("shop", f"N-{number}", AT, DAY, "DE", lines, currency="EUR")


_ORDER = """
    INSERT INTO warehouse_order (enterprise_id, id, channel, number, state, ordered_at, promised_on,
        priority, country, postcode, currency, service, note, held_because, hash, created_at,
        created_by)
    SELECT %(e)s, unnest(%(ids)s::uuid[]), 'shop', unnest(%(numbers)s::text[]), 'open', %(at)s,
        %(day)s, 0, 'DE', '', 'EUR', '', '', '', %(hash)s, %(at)s, 'raw'
"""
_LINES = """
    INSERT INTO warehouse_orderline (enterprise_id, order_id, line_no, sku, quantity, amount)
    SELECT %(e)s, * FROM unnest(%(of)s::uuid[], %(line_nos)s::int[], %(skus)s::text[],
        %(quantities)s::int[], %(amounts)s::bigint[])
"""
_RESERVE = """
    UPDATE ledger_balance AS b SET reserved = b.reserved + n.n
    FROM (SELECT place, sku, sum(n) AS n
        FROM unnest(%(bins)s::text[], %(skus)s::text[], %(quantities)s::int[]) AS n (place, sku, n)
        GROUP BY place, sku) AS n
    WHERE b.enterprise_id = %(e)s AND b.item = ANY(%(skus)s) AND b.place = n.place
        AND b.item = n.sku AND b.lot = ''
"""
_ALLOCATE = """
    INSERT INTO warehouse_allocation (enterprise_id, id, order_id, line_no, warehouse, place, sku,
        lot, quantity)
    SELECT %(e)s, id, of, line_no, 'warehouse/DUI1', bin, sku, '', n
    FROM unnest(%(allocations)s::uuid[], %(of)s::uuid[], %(line_nos)s::int[], %(bins)s::text[],
        %(skus)s::text[], %(quantities)s::int[]) AS a (id, of, line_no, bin, sku, n)
"""
_COUNT = """
    UPDATE warehouse_orderline SET allocated = quantity
    WHERE enterprise_id = %(e)s AND order_id = ANY(%(ids)s)
"""
_PICK = """
    UPDATE warehouse_allocation SET picked_from = place, place = 'warehouse/DUI1/@packing'
    WHERE enterprise_id = %(e)s AND order_id = ANY(%(ids)s)
"""
_DOCUMENTS = """
    INSERT INTO ledger_document (enterprise_id, id, kind, number, "on", lines, note, hash,
        posted_at, posted_by)
    SELECT %(e)s, unnest(%(documents)s::uuid[]), %(kind)s, unnest(%(numbers)s::text[]), %(day)s, 5,
        '', %(hash)s, %(at)s, 'raw'
"""
_UNSEALED = """
    INSERT INTO ledger_unsealed (enterprise_id, document_id)
    SELECT %(e)s, unnest(%(documents)s::uuid[])
"""
_MOVE = """
    INSERT INTO ledger_balance AS b (enterprise_id, place, item, lot, quantity, change, times,
        reserved, since, may_go_below)
    SELECT %(e)s, place, sku, '', sum(n), sum(n), 1, 0, %(day)s, place LIKE 'customer/%%'
    FROM unnest(%(to)s::text[], %(skus)s::text[], %(quantities)s::int[]) AS n (place, sku, n)
    GROUP BY place, sku ORDER BY place, sku
    ON CONFLICT (enterprise_id, place, item, lot)
        DO UPDATE SET quantity = b.quantity + EXCLUDED.quantity
"""
_LESS = """
    UPDATE ledger_balance AS b
    SET quantity = b.quantity - n.n, reserved = greatest(b.reserved - n.n, 0)
    FROM (SELECT place, sku, sum(n) AS n
        FROM unnest(%(from)s::text[], %(skus)s::text[], %(quantities)s::int[]) AS n (place, sku, n)
        GROUP BY place, sku) AS n
    WHERE b.enterprise_id = %(e)s AND b.item = ANY(%(skus)s) AND b.place = n.place
        AND b.item = n.sku AND b.lot = ''
"""
_MOVEMENTS = """
    INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot, quantity,
        from_place, to_place, hash)
    SELECT %(e)s, d, l, %(day)s, sku, '', n, f, t, %(hash)s
    FROM unnest(%(lines_of)s::uuid[], %(line_nos)s::int[], %(skus)s::text[], %(quantities)s::int[],
        %(from)s::text[], %(to)s::text[]) AS m (d, l, sku, n, f, t)
"""
_PARCELS = """
    INSERT INTO warehouse_parcel (enterprise_id, id, number, order_id, warehouse, state, weight_g,
        carton, carrier, tracking, packed_at, packed_by, shipped_by)
    SELECT %(e)s, unnest(%(parcels)s::uuid[]), left(unnest(%(numbers)s::text[]), 20),
        unnest(%(ids)s::uuid[]), 'warehouse/DUI1', 'packed', 500, '', '', '', %(at)s, 'raw', ''
"""
_PACK = """
    UPDATE warehouse_allocation AS a SET parcel_id = p.parcel
    FROM unnest(%(ids)s::uuid[], %(parcels)s::uuid[]) AS p (id, parcel)
    WHERE a.enterprise_id = %(e)s AND a.order_id = p.id
"""
_GONE = "DELETE FROM warehouse_allocation WHERE enterprise_id = %(e)s AND order_id = ANY(%(ids)s)"
_LEFT = """
    UPDATE warehouse_parcel AS p SET state = 'shipped', shipped_at = %(at)s, shipped_on = %(day)s,
        document_id = d.d
    FROM unnest(%(parcels)s::uuid[], %(documents)s::uuid[]) AS d (parcel, d)
    WHERE p.enterprise_id = %(e)s AND p.id = d.parcel
"""
_SHIPPED = """
    INSERT INTO warehouse_shippedline (enterprise_id, document_id, line, parcel_id, order_id,
        line_no, sku, lot, quantity)
    SELECT %(e)s, d, l, p, of, l, sku, '', n
    FROM unnest(%(lines_of)s::uuid[], %(line_nos)s::int[], %(parcels_of)s::uuid[], %(of)s::uuid[],
        %(skus)s::text[], %(quantities)s::int[]) AS s (d, l, p, of, sku, n)
"""
_DONE = """
    UPDATE warehouse_orderline SET allocated = 0, shipped = quantity
    WHERE enterprise_id = %(e)s AND order_id = ANY(%(ids)s)
"""
_CLOSE = """
    UPDATE warehouse_order SET state = 'done', ended_at = now()
    WHERE enterprise_id = %(e)s AND id = ANY(%(ids)s)
"""
_POST = (_DOCUMENTS, _UNSEALED, _LESS, _MOVE, _MOVEMENTS)


def raw(connection: Any, enterprise: UUID, orders: Sequence[NewOrder]) -> None:
    """The same rows, with as few statements as they take, and five commits."""
    ids, parcels = [new_id() for _ in orders], [new_id() for _ in orders]
    lines = [
        (at, id, line) for at, (id, each) in enumerate(zip(ids, orders, strict=True))
        for line in each.lines
    ]  # fmt: skip
    bins = [f"{HOUSE}/A-{int(line.sku[4:]) % BINS:04}" for _, _, line in lines]
    given: dict[str, Any] = {
        "e": enterprise, "ids": ids, "numbers": [each.number for each in orders], "at": AT,
        "day": DAY, "hash": bytes(32), "of": [id for _, id, _ in lines],
        "line_nos": [line.line_no for _, _, line in lines],
        "skus": [line.sku for _, _, line in lines],
        "quantities": [line.quantity for _, _, line in lines],
        "amounts": [line.amount for _, _, line in lines], "bins": bins,
        "allocations": [new_id() for _ in lines], "parcels": parcels,
        "parcels_of": [parcels[at] for at, _, _ in lines],
    }  # fmt: skip
    packing = [f"{HOUSE}/@packing"] * len(lines)

    def posting(kind: str, source: list[str], target: list[str]) -> dict[str, Any]:
        documents = [new_id() for _ in orders]
        return given | {
            "kind": kind, "documents": documents, "from": source, "to": target,
            "lines_of": [documents[at] for at, _, _ in lines],
        }  # fmt: skip

    picked = posting("raw_pick", bins, packing)
    left = posting("raw_ship", packing, ["customer/shop"] * len(lines))
    for statements, its in (
        ((_ORDER, _LINES), given),
        ((_RESERVE, _ALLOCATE, _COUNT), given),
        ((_PICK, *_POST), picked),
        ((_PARCELS, _PACK), given),
        ((_GONE, *_POST, _LEFT, _SHIPPED, _DONE, _CLOSE), left),
    ):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, its)
        connection.commit()
