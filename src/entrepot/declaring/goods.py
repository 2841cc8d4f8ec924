# SPDX-License-Identifier: Apache-2.0
"""What the desk knows of goods that leave: parcels of orders, consignments that go overseas.

One statement for all of them, however many. Amounts are whole numbers of the smallest unit of a
currency, weights are grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.declaring.models import CONSIGNMENT, PARCEL
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: What is in parcels, packed or shipped, by line of its order; what of a line was shipped in a
#: parcel costs its part of the line, rounded down.
_PARCELS: Final = """
    WITH holds AS (
        SELECT a.parcel_id, a.order_id, a.line_no, a.sku, sum(a.quantity)::bigint AS quantity
        FROM warehouse_allocation AS a
        WHERE a.enterprise_id = %(enterprise)s AND a.parcel_id = ANY(%(ids)s)
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT s.parcel_id, s.order_id, s.line_no, s.sku, sum(s.quantity)::bigint
        FROM warehouse_shippedline AS s
        WHERE s.enterprise_id = %(enterprise)s AND s.parcel_id = ANY(%(ids)s)
        GROUP BY 1, 2, 3, 4
    )
    SELECT p.id, p.number, o.channel, o.number, o.country, o.currency, p.tracking, p.weight_g,
        split_part(p.warehouse, '/', 2),
        (SELECT count(*) FROM warehouse_parcel AS other
            WHERE other.enterprise_id = %(enterprise)s AND other.order_id = p.order_id),
        h.line_no, h.sku, h.quantity, l.amount * h.quantity / l.quantity,
        c.name, c.name_zh, c.gtin, c.weight_g
    FROM warehouse_parcel AS p
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = p.order_id
    JOIN holds AS h ON h.parcel_id = p.id
    JOIN warehouse_orderline AS l ON l.enterprise_id = %(enterprise)s
        AND l.order_id = h.order_id AND l.line_no = h.line_no
    LEFT JOIN catalog_product AS c ON c.enterprise_id = %(enterprise)s AND c.sku = h.sku
    WHERE p.enterprise_id = %(enterprise)s AND p.id = ANY(%(ids)s)
    ORDER BY o.channel, o.number, p.id, h.line_no, h.sku
"""
#: Goods of consignments that go from home overseas, by SKU; what they cost is asked for.
_CONSIGNMENTS: Final = """
    SELECT c.id, c.number, '', c.number, w.country, '', c.tracking, NULL::bigint, w.code, 1,
        min(l.line_no), l.sku, sum(l.quantity)::bigint, NULL::bigint,
        p.name, p.name_zh, p.gtin, p.weight_g
    FROM logistics_consignment AS c
    JOIN logistics_consignmentline AS l ON l.enterprise_id = %(enterprise)s
        AND l.consignment_id = c.id AND l.declaration_no IS NULL
    JOIN catalog_warehouse AS w ON w.enterprise_id = %(enterprise)s
        AND 'warehouse/' || w.code = c.to_place AND w.kind <> 'home'
    LEFT JOIN catalog_product AS p ON p.enterprise_id = %(enterprise)s AND p.sku = l.sku
    WHERE c.enterprise_id = %(enterprise)s AND c.id = ANY(%(ids)s) AND c.state <> 'cancelled'
        AND c.from_place LIKE 'home/%%'
    GROUP BY c.id, c.number, w.country, c.tracking, w.code, l.sku, p.name, p.name_zh, p.gtin,
        p.weight_g
    ORDER BY c.number, c.id, min(l.line_no), l.sku
"""
_OF: Final = {PARCEL: _PARCELS, CONSIGNMENT: _CONSIGNMENTS}

#: Parcels that left a warehouse at home, or are to, and are in no flow yet.
READY_PARCELS: Final = """
    SELECT * FROM (
        SELECT p.id, p.number, o.channel, o.number AS order_no, o.country, p.tracking, p.state,
            p.weight_g, split_part(p.warehouse, '/', 2) AS warehouse, p.packed_at
        FROM warehouse_parcel AS p
        JOIN warehouse_order AS o ON o.enterprise_id = p.enterprise_id AND o.id = p.order_id
        WHERE p.enterprise_id = %(enterprise)s AND p.warehouse LIKE 'home/%%' AND NOT EXISTS (
            SELECT FROM declaring_ticket AS t WHERE t.enterprise_id = p.enterprise_id
                AND t.source_id = p.id AND t.left_out = '')
    ) AS r WHERE {after} ORDER BY {order} LIMIT {limit}
"""
#: Consignments from home overseas with goods that are under no declaration, and in no flow yet.
READY_CONSIGNMENTS: Final = """
    SELECT * FROM (
        SELECT c.id, c.number, split_part(c.from_place, '/', 2) AS from_warehouse,
            split_part(c.to_place, '/', 2) AS to_warehouse, c.tracking, c.state, c.expected_on
        FROM logistics_consignment AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.state <> 'cancelled'
            AND c.from_place LIKE 'home/%%' AND c.to_place LIKE 'warehouse/%%'
            AND EXISTS (SELECT FROM logistics_consignmentline AS l
                WHERE l.enterprise_id = c.enterprise_id AND l.consignment_id = c.id
                    AND l.declaration_no IS NULL)
            AND NOT EXISTS (SELECT FROM declaring_ticket AS t
                WHERE t.enterprise_id = c.enterprise_id AND t.source_id = c.id
                    AND t.left_out = '')
    ) AS r WHERE {after} ORDER BY {order} LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of a SKU; `amount` is what all of them cost, None where nobody said."""

    line_no: int
    sku: str
    quantity: int
    amount: int | None
    name: str
    name_zh: str
    gtin: str
    weight_g: int | None


@dataclass(frozen=True, slots=True)
class Goods:
    """What one list is about: a parcel of an order, or a consignment.

    `number` is that of the parcel or consignment, `order_no` of the order. `weight_g` is gross.
    `warehouse` is where a parcel left, and where a consignment goes. `parcels` are those of the
    whole order.
    """

    id: UUID
    number: str
    channel: str
    order_no: str
    country: str
    currency: str
    tracking: str
    weight_g: int | None
    warehouse: str
    parcels: int
    lines: Sequence[Line] = field(default_factory=tuple)


def read(source: str, ids: Sequence[UUID]) -> list[Goods]:
    """Goods of these parcels or consignments, in the order of channel and number."""
    with raw_cursor() as cursor:
        return _read(cursor, source, ids)


def _read(cursor: Cursor[Any], source: str, ids: Sequence[UUID]) -> list[Goods]:
    given = {"enterprise": acting().enterprise, "ids": list(ids)}
    rows = cursor.execute(_OF[source], given).fetchall()
    return [_goods(list(its)) for _, its in groupby(rows, itemgetter(0))]


def _goods(rows: Sequence[Any]) -> Goods:
    """One parcel or consignment, of the rows of its lines."""
    lines = []
    for row in rows:
        line_no, sku, quantity, amount, name, name_zh, gtin, weight_g = row[10:]
        lines.append(
            Line(
                line_no, sku, quantity, amount, name or "", name_zh or "", gtin or "", weight_g,
            )
        )  # fmt: skip
    id, number, channel, order_no, country, currency, tracking, weight, warehouse, parcels = rows[
        0
    ][:10]
    return Goods(
        id, number, channel, order_no, country, currency, tracking, weight, warehouse, parcels,
        tuple(lines),
    )  # fmt: skip
