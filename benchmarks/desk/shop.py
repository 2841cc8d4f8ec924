# SPDX-License-Identifier: Apache-2.0
"""A firm at work on a long book: masters, a million orders, what was sent and what waits.

Rows are made in the database, as in `book`: a page does not care who wrote what it shows.
"""

from __future__ import annotations

import os
from uuid import UUID

from benchmarks.desk import book

ORDERS = int(os.environ.get("BENCH_ORDERS", 1_000_000))
#: Of ten orders: seven have left, two are reserved, one waits for goods.
_ID = "('01900000-0000-7000-{kind}-' || lpad(to_hex(n), 12, '0'))::uuid"
ORDER, PARCEL, LEFT = (_ID.format(kind=kind) for kind in ("9001", "9002", "9003"))
_SKU = "'SKU-' || lpad(((n * 7919 + line * 104729) %% %(skus)s)::text, 6, '0')"
_WAREHOUSE = "'warehouse/W' || lpad((n %% %(warehouses)s)::text, 2, '0')"

_ORDERS = (
    f"""
    INSERT INTO warehouse_order (enterprise_id, id, channel, number, state, ordered_at, promised_on,
        priority, country, postcode, currency, service, note, held_because, hash, created_at,
        created_by)
    SELECT %(enterprise)s, {ORDER}, 'shop-' || n %% 3, 'N-' || lpad(n::text, 9, '0'),
        CASE WHEN n %% 10 < 7 THEN 'done' WHEN n %% 1000 = 9 THEN 'held' ELSE 'open' END,
        %(day)s + (n %% 300) * interval '1 day', %(day)s + (n %% 300)::int, 0,
        (ARRAY['DE','US','GB','JP','FR'])[1 + n %% 5], '', 'EUR', '', '', '',
        sha256(n::text::bytea), %(day)s + (n %% 300) * interval '1 day', 'system'
    FROM generate_series(0, %(orders)s - 1) AS n
    """,
    f"""
    INSERT INTO warehouse_orderline (enterprise_id, order_id, line_no, sku, quantity, amount,
        cancelled, allocated, shipped)
    SELECT %(enterprise)s, {ORDER}, line + 1, {_SKU}, 2, 4000, 0,
        CASE WHEN n %% 10 IN (7, 8) THEN 2 ELSE 0 END, CASE WHEN n %% 10 < 7 THEN 2 ELSE 0 END
    FROM generate_series(0::bigint, %(orders)s - 1) AS n, generate_series(0::bigint, 1) AS line
    """,
    f"""
    INSERT INTO ledger_document (enterprise_id, id, kind, number, "on", lines, note, hash,
        posted_at, posted_by)
    SELECT %(enterprise)s, {LEFT}, 'shipment', 'P' || lpad(n::text, 9, '0'),
        %(day)s + (n %% 300)::int, 2, '', sha256(n::text::bytea), %(day)s, 'system'
    FROM generate_series(0, %(orders)s - 1) AS n WHERE n %% 10 < 7
    """,
    f"""
    INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot, quantity,
        from_place, to_place, hash)
    SELECT %(enterprise)s, {LEFT}, line + 1, %(day)s + (n %% 300)::int,
        {_SKU}, '', 2, {_WAREHOUSE}, 'customer/C', sha256(n::text::bytea)
    FROM generate_series(0::bigint, %(orders)s - 1) AS n, generate_series(0::bigint, 1) AS line
    WHERE n %% 10 < 7
    """,
    f"""
    INSERT INTO warehouse_parcel (enterprise_id, id, number, order_id, warehouse, state, weight_g,
        carton, carrier, tracking, packed_at, packed_by, shipped_at, shipped_by, shipped_on,
        document_id)
    SELECT %(enterprise)s, {PARCEL}, 'P' || lpad(n::text, 9, '0'), {ORDER}, {_WAREHOUSE}, 'shipped',
        400, '', 'DHL', 'T' || lpad(n::text, 10, '0'), %(day)s, 'system', %(day)s, 'system',
        %(day)s + (n %% 300)::int, {LEFT}
    FROM generate_series(0, %(orders)s - 1) AS n WHERE n %% 10 < 7
    """,
    f"""
    INSERT INTO warehouse_shippedline (enterprise_id, document_id, line, parcel_id, order_id,
        line_no, sku, lot, quantity)
    SELECT %(enterprise)s, {LEFT}, line + 1, {PARCEL}, {ORDER}, line + 1,
        {_SKU}, '', 2
    FROM generate_series(0::bigint, %(orders)s - 1) AS n, generate_series(0::bigint, 1) AS line
    WHERE n %% 10 < 7
    """,
    f"""
    INSERT INTO warehouse_allocation (enterprise_id, id, order_id, line_no, warehouse, place, sku,
        lot, quantity)
    SELECT %(enterprise)s,
        ('01900000-0000-7000-9004-' || lpad(to_hex(n * 2 + line), 12, '0'))::uuid,
        {ORDER}, line + 1, {_WAREHOUSE}, {_WAREHOUSE}, {_SKU}, '', 2
    FROM generate_series(0::bigint, %(orders)s - 1) AS n, generate_series(0::bigint, 1) AS line
    WHERE n %% 10 IN (7, 8)
    """,
)


def open_shop(enterprise: UUID, orders: int = ORDERS) -> None:
    """Masters, orders and plots on a book of `book.make_book`, as far as they are missing."""
    from entrepot.pages.counting import count
    from entrepot.people.tenancy import within
    from entrepot.warehouse.models import Order

    with within(enterprise):
        is_there = Order.objects.exists()
    if not is_there:
        _make(enterprise, orders)
    with within(enterprise):
        count()


def _make(enterprise: UUID, orders: int) -> None:
    from entrepot.catalog import actions as masters
    from entrepot.catalog.nouns import PRODUCT, WAREHOUSE
    from entrepot.people.tenancy import within

    with within(enterprise):
        countries = ("DE", "US", "GB", "JP", "FR")
        masters.put(WAREHOUSE, [
            {"code": f"W{n:02}", "name": f"Warehouse {n}", "kind": "overseas",
             "time_zone": "Europe/Berlin", "country": countries[n % 5]}
            for n in range(book.WAREHOUSES)
        ])  # fmt: skip
    for first in range(0, book.SKUS, 10_000):
        with within(enterprise):
            masters.put(PRODUCT, [
                {"sku": book.sku(n), "name": f"Lamp no. {n}", "name_zh": f"台灯 {n} 号",
                 "weight_g": 200}
                for n in range(first, first + 10_000)
            ])  # fmt: skip
    given = {
        "enterprise": enterprise, "day": book.DAY, "orders": orders, "skus": book.SKUS,
        "warehouses": book.WAREHOUSES,
    }  # fmt: skip
    with book.owner() as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in _ORDERS:
            connection.execute(statement, given)
    with book.owner() as connection:
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")
