# SPDX-License-Identifier: Apache-2.0
"""Lists of orders, waves and parcels: each follows an index, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from entrepot.ledger.lists import List
from entrepot.people.tenancy import acting

#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
_ORDER: Final = """o.id, o.channel, o.number, o.state, o.ordered_at, o.promised_on, o.priority,
    o.country, o.currency, o.service, o.held_because, o.split_from_id AS split_from, o.created_at,
    o.created_by"""
#: Orders by what their lines say: the index has them in the order of their ids.
_BY_LINES: Final = """
    SELECT {columns}
    FROM (
        SELECT DISTINCT l.id FROM (SELECT order_id AS id FROM warehouse_orderline
            WHERE enterprise_id = %(enterprise)s AND {lines}) AS l
        WHERE {{after}} ORDER BY {{order}}
    ) AS l
    CROSS JOIN LATERAL (
        SELECT * FROM warehouse_order AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.id = l.id LIMIT 1
    ) AS o
    WHERE {where} ORDER BY {{order}} LIMIT {{limit}}
"""
_BY_ORDERS: Final = """
    SELECT {columns} FROM warehouse_order AS o
    WHERE o.enterprise_id = %(enterprise)s AND {where} AND {{after}}
    ORDER BY {{order}} LIMIT {{limit}}
"""

SHOW: Final = f"""
    SELECT {_ORDER}, o.postcode, o.note, o.erased_at, o.erased_by,
        (SELECT coalesce(json_agg(json_build_object('line_no', l.line_no, 'sku', l.sku,
                'quantity', l.quantity, 'amount', l.amount, 'cancelled', l.cancelled,
                'allocated', l.allocated, 'shipped', l.shipped, 'open', l.open)
                ORDER BY l.line_no), '[]')
            FROM warehouse_orderline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.order_id = o.id) AS lines,
        (SELECT coalesce(json_agg(json_build_object('id', a.id, 'line_no', a.line_no, 'sku', a.sku,
                'lot', a.lot, 'quantity', a.quantity, 'warehouse', a.warehouse, 'place', a.place,
                'picked_from', a.picked_from, 'wave', a.wave_id, 'parcel', a.parcel_id)
                ORDER BY a.line_no, a.id), '[]')
            FROM warehouse_allocation AS a
            WHERE a.enterprise_id = %(enterprise)s AND a.order_id = o.id) AS allocations,
        (SELECT coalesce(json_agg(json_build_object('id', p.id, 'number', p.number,
                'warehouse', p.warehouse, 'state', p.state, 'carrier', p.carrier,
                'tracking', p.tracking, 'shipped_on', p.shipped_on) ORDER BY p.id), '[]')
            FROM warehouse_parcel AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.order_id = o.id) AS parcels,
        CASE WHEN %(personal)s THEN (SELECT r.content FROM warehouse_recipient AS r
            WHERE r.enterprise_id = %(enterprise)s AND r.order_id = o.id) END AS sealed
    FROM warehouse_order AS o WHERE o.enterprise_id = %(enterprise)s AND o.id = %(order)s
"""

#: A wave, and its walk along the bins.
WAVE: Final = """
    SELECT v.id, v.number, v.warehouse, v.is_open, v.note, v.created_at, v.created_by,
        (SELECT coalesce(json_agg(w ORDER BY w.sequence, w.place, w.sku, w.lot), '[]')
            FROM (
                SELECT coalesce(min((
                        SELECT b.pick_sequence FROM catalog_bin AS b
                        WHERE b.enterprise_id = %(enterprise)s AND b.warehouse_id = (
                                SELECT id FROM catalog_warehouse AS h
                                WHERE h.enterprise_id = %(enterprise)s
                                    AND h.code = split_part(a.warehouse, '/', 2))
                            AND b.code = split_part(
                                coalesce(nullif(a.picked_from, ''), a.place), '/', 3))), 0)
                        AS sequence,
                    coalesce(nullif(a.picked_from, ''), a.place) AS place, a.sku, a.lot,
                    sum(a.quantity)::int AS quantity, count(DISTINCT a.order_id)::int AS orders,
                    coalesce(sum(a.quantity) FILTER (WHERE a.picked_from <> ''), 0)::int AS picked
                FROM warehouse_allocation AS a
                WHERE a.enterprise_id = %(enterprise)s AND a.wave_id = v.id
                GROUP BY coalesce(nullif(a.picked_from, ''), a.place), a.sku, a.lot
            ) AS w) AS walk
    FROM warehouse_wave AS v WHERE v.enterprise_id = %(enterprise)s AND v.id = %(wave)s
"""

#: Orders of a wave that have something in it: how many units, picked, and in parcels.
ORDERS_OF_WAVE: Final = """
    SELECT o.id, o.channel, o.number, o.state, o.promised_on, o.country, a.units, a.picked, a.packed
    FROM (
        SELECT order_id, sum(quantity)::int AS units,
            coalesce(sum(quantity) FILTER (WHERE picked_from <> ''), 0)::int AS picked,
            coalesce(sum(quantity) FILTER (WHERE parcel_id IS NOT NULL), 0)::int AS packed
        FROM warehouse_allocation WHERE enterprise_id = %(enterprise)s AND wave_id = %(wave)s
        GROUP BY order_id
    ) AS a
    CROSS JOIN LATERAL (
        SELECT * FROM warehouse_order AS w
        WHERE w.enterprise_id = %(enterprise)s AND w.id = a.order_id LIMIT 1
    ) AS o
    ORDER BY o.promised_on, o.id
"""


def orders(
    state: str | None = None,
    channel: str = "",
    number: str = "",
    sku: str = "",
    promised_until: object = None,
    is_waiting: bool | None = None,
) -> List:
    """Orders: by number where it is asked for numbers that begin alike, by the day of promise where
    it is asked for one, else the latest first.
    """
    given: dict[str, Any] = {"enterprise": acting().enterprise}
    where = ["TRUE"]
    if promised_until is not None:
        where.append("o.promised_on <= %(until)s")
        given["until"] = promised_until
        state = state or "open"
    if state:
        where.append("o.state = %(state)s")
        given["state"] = state
    if channel:
        where.append("o.channel = %(channel)s")
        given["channel"] = channel
    if number:
        where.append("o.number >= %(number)s AND o.number < %(number_end)s")
        given |= {"number": number, "number_end": number + _LAST}
    if is_waiting is False:
        where.append(
            "NOT EXISTS (SELECT FROM warehouse_orderline AS n"
            " WHERE n.enterprise_id = %(enterprise)s AND n.order_id = o.id AND n.open > 0)"
        )
    conditions = " AND ".join(where)
    if sku or is_waiting:
        lines = " AND ".join(
            part for part in ("sku = %(sku)s" if sku else "", "open > 0" if is_waiting else "")
            if part
        )  # fmt: skip
        given |= {"sku": sku} if sku else {}
        statement = _BY_LINES.format(columns=_ORDER, lines=lines, where=conditions)
        return List(statement, given, ("-l.id",))
    by: tuple[str, ...] = ("-o.id",)
    if number or (channel and not state and promised_until is None):
        by = ("o.number", "o.id")
    elif promised_until is not None:
        by = ("o.promised_on", "o.id")
    return List(_BY_ORDERS.format(columns=_ORDER, where=conditions), given, by)


def parcels(
    state: str | None = None,
    number: str = "",
    tracking: str = "",
    warehouse: str = "",
    order: UUID | None = None,
) -> List:
    """Parcels: by number or tracking number where one is given, else the latest first."""
    columns: Mapping[str, object] = {"state": state, "warehouse": warehouse, "order_id": order}
    given: dict[str, Any] = {name: value for name, value in columns.items() if value}
    where = [f"{name} = %({name})s" for name in given]
    for name, value in (("number", number), ("tracking", tracking)):
        if value:
            where.append(f"{name} >= %({name})s AND {name} < %({name}_end)s")
            given |= {name: value, f"{name}_end": value + _LAST}
    if tracking:
        where.append("tracking <> ''")
    by = ("number", "id") if number else ("tracking", "id") if tracking else ("-id",)
    conditions = " AND ".join(["enterprise_id = %(enterprise)s", *where])
    return List(
        f"""
        SELECT id, number, order_id AS "order", warehouse, state, weight_g, carton, carrier,
            tracking, packed_at, packed_by, shipped_at, shipped_by, shipped_on,
            document_id AS document
        FROM warehouse_parcel WHERE {conditions} AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        given | {"enterprise": acting().enterprise},
        by,
    )


def waves(is_open: bool | None = None, warehouse: str = "") -> List:
    """Waves, the latest first."""
    given: dict[str, Any] = {"enterprise": acting().enterprise}
    where = ["enterprise_id = %(enterprise)s"]
    if is_open is not None:
        where.append("is_open" if is_open else "NOT is_open")
    if warehouse:
        where.append("warehouse = %(warehouse)s")
        given["warehouse"] = warehouse
    return List(
        f"""
        SELECT id, number, warehouse, is_open, note, created_at, created_by
        FROM warehouse_wave WHERE {" AND ".join(where)} AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        given,
        ("-id",),
    )
