# SPDX-License-Identifier: Apache-2.0
"""Lists of what lies where: by SKU, by place, by lot, by age; each follows an index.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters. Sums are
over the balances of the rows of a page, looked up by their keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
#: Where goods of the firm lie in a building, and where they are on their way.
_LIES: Final = "(b.place LIKE 'home/%%' OR b.place LIKE 'warehouse/%%')"
_GOES: Final = "(b.place LIKE 'voyage/%%' OR b.place LIKE 'port/%%')"
#: What orders can be served from: a warehouse overseas, but for its areas.
_OFFERED: Final = "(b.place LIKE 'warehouse/%%' AND b.place NOT LIKE '%%/@%%')"
#: A warehouse itself and all of its parts; 0 follows the slash.
_PART_OF: Final = """
    ({column} >= %(warehouse)s AND {column} < %(warehouse)s || '0'
        AND ({column} = %(warehouse)s OR {column} LIKE %(parts)s))
"""
_SUMS: Final = f"""
    SELECT coalesce(sum(lies), 0)::bigint AS on_hand,
        coalesce(sum(reserved), 0)::bigint AS reserved,
        coalesce(sum(free), 0)::bigint AS free, coalesce(sum(goes), 0)::bigint AS on_way,
        json_object_agg(warehouse, lies) FILTER (WHERE lies > 0) AS warehouses
    FROM (
        SELECT split_part(b.place, '/', 2) AS warehouse,
            coalesce(sum(b.quantity) FILTER (WHERE {_LIES}), 0)::bigint AS lies,
            sum(b.reserved)::bigint AS reserved,
            coalesce(sum(b.quantity - b.reserved) FILTER (WHERE {_OFFERED}), 0)::bigint AS free,
            coalesce(sum(b.quantity) FILTER (WHERE {_GOES}), 0)::bigint AS goes
        FROM ledger_balance AS b
        WHERE b.enterprise_id = %(enterprise)s AND b.item = i.code AND NOT b.may_go_below
            AND b.quantity > 0 AND <part>
        GROUP BY 1
    ) AS w
"""
_SKUS: Final = """
    SELECT i.code, s.*
    FROM (
        SELECT code FROM ledger_item AS i
        WHERE i.enterprise_id = %(enterprise)s AND i.kind = 'goods' AND <where> AND {after}
        ORDER BY {order} LIMIT {limit}
    ) AS i
    CROSS JOIN LATERAL (<sums>) AS s
    ORDER BY {order}
"""
_SKU_IS_THERE: Final = """
    EXISTS (SELECT FROM ledger_balance AS b
        WHERE b.enterprise_id = %(enterprise)s AND b.item = i.code AND NOT b.may_go_below
            AND b.quantity > 0 AND <part> OFFSET 0)
"""
_PLACES: Final = """
    SELECT p.path, s.*
    FROM (
        SELECT path FROM ledger_place AS p
        WHERE p.enterprise_id = %(enterprise)s AND <where> AND {after}
        ORDER BY {order} LIMIT {limit}
    ) AS p
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT b.item)::int AS skus, coalesce(sum(b.quantity), 0)::bigint AS units,
            coalesce(sum(b.reserved), 0)::bigint AS reserved, min(b.since) AS since
        FROM ledger_balance AS b
        WHERE b.enterprise_id = %(enterprise)s AND b.place = p.path AND b.quantity > 0
    ) AS s
    ORDER BY {order}
"""
_PLACE_HAS_GOODS: Final = """
    EXISTS (SELECT FROM ledger_balance AS b
        WHERE b.enterprise_id = %(enterprise)s AND b.place = p.path AND b.quantity > 0 OFFSET 0)
"""
_BALANCES: Final = f"""
    SELECT b.place, b.item, b.lot, b.quantity, b.reserved,
        CASE WHEN {_OFFERED} THEN b.quantity - b.reserved ELSE 0 END AS free, b.since
    FROM ledger_balance AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.quantity > 0 AND <where> AND {{after}}
    ORDER BY {{order}} LIMIT {{limit}}
"""
_OF_SKU: Final = f"""
    SELECT s.* FROM (SELECT %(sku)s::text AS code) AS i CROSS JOIN LATERAL ({_SUMS}) AS s
"""
#: What changed how much of a SKU lies in buildings of the firm, by day and kind of document, among
#: the movements posted last.
_CHANGES: Final = f"""
    SELECT m."on", d.kind, coalesce(sum(m.quantity) FILTER (WHERE m.comes), 0)::bigint AS came,
        coalesce(sum(m.quantity) FILTER (WHERE m.goes), 0)::bigint AS went
    FROM (
        SELECT m."on", m.document_id, m.quantity,
            {_LIES.replace("b.place", "m.to_place")}
                AND NOT {_LIES.replace("b.place", "m.from_place")} AS comes,
            {_LIES.replace("b.place", "m.from_place")}
                AND NOT {_LIES.replace("b.place", "m.to_place")} AS goes
        FROM ledger_movement AS m
        WHERE m.enterprise_id = %(enterprise)s AND m.item = %(sku)s
        ORDER BY m.document_id DESC, m.line DESC LIMIT %(most)s
    ) AS m
    CROSS JOIN LATERAL (
        SELECT d.kind FROM ledger_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.id = m.document_id OFFSET 0
    ) AS d
    WHERE m."on" >= %(first)s AND (m.comes OR m.goes)
    GROUP BY m."on", d.kind ORDER BY m."on", d.kind
"""


def by_sku(sku: str = "", warehouse: str = "", *, is_there: bool = False) -> List:
    """SKUs by their codes: on hand, reserved, free, on the way, and on hand by warehouse.

    Args:
        sku: how codes begin.
        warehouse: the place of the only warehouse to look at.
        is_there: only those of which there is something.
    """
    given, where = _begins("i.code", sku)
    part = _part(given, "b.place", warehouse)
    if is_there:
        where = f"{where} AND {_SKU_IS_THERE}"
    statement = _SKUS.replace("<where>", where).replace("<sums>", _SUMS).replace("<part>", part)
    return List(statement, given, ("i.code",))


def by_place(warehouse: str, *, is_there: bool = False) -> List:
    """The places of a warehouse by their paths: how many SKUs and units lie in each, since when."""
    given: dict[str, Any] = {}
    where = _part(given, "p.path", warehouse)
    if is_there:
        where = f"{where} AND {_PLACE_HAS_GOODS}"
    return List(_PLACES.replace("<where>", where), given, ("p.path",))


def in_place(place: str) -> List:
    """What lies in a place, by SKU and lot."""
    return List(
        _BALANCES.replace("<where>", "b.place = %(place)s"), {"place": place}, ("b.item", "b.lot")
    )


def of_sku(sku: str) -> List:
    """Where the units of a SKU lie, by place and lot; what is outside the firm is not among it."""
    where = "b.item = %(sku)s AND NOT b.may_go_below"
    return List(_BALANCES.replace("<where>", where), {"sku": sku}, ("b.place", "b.lot"))


def by_lot(lot: str = "", sku: str = "") -> List:
    """Where the units of lots are, inside the firm and outside, by lot, SKU and place."""
    given, where = _begins("b.lot", lot)
    if sku:
        where += " AND b.item = %(sku)s"
        given["sku"] = sku
    return List(
        _BALANCES.replace("<where>", f"b.lot <> '' AND {where}"),
        given, ("b.lot", "b.item", "b.place"),
    )  # fmt: skip


def of_lot(lot: str, sku: str) -> List:
    """Where the units of a SKU and lot are, by place."""
    where = "b.lot = %(lot)s AND b.lot <> '' AND b.item = %(sku)s"
    return List(_BALANCES.replace("<where>", where), {"lot": lot, "sku": sku}, ("b.place",))


def by_age(until: date | None, sku: str = "", warehouse: str = "") -> List:
    """What lies where, the oldest first.

    Args:
        until: the last day since which it may lie there; any, without one.
    """
    given: dict[str, Any] = {}
    where = ["NOT b.may_go_below", _part(given, "b.place", warehouse)]
    for condition, name, value in (
        ("b.since <= %(until)s", "until", until), ("b.item = %(sku)s", "sku", sku),
    ):  # fmt: skip
        if value:
            where.append(condition)
            given[name] = value
    return List(
        _BALANCES.replace("<where>", " AND ".join(where)),
        given, ("b.since", "b.place", "b.item", "b.lot"),
    )  # fmt: skip


def sums_of(sku: str) -> dict[str, Any]:
    """On hand, reserved, free, on the way of a SKU, and on hand by warehouse."""
    given = {"enterprise": acting().enterprise, "sku": sku}
    names = ("on_hand", "reserved", "free", "on_way", "warehouses")
    with raw_cursor() as cursor:
        row = cursor.execute(_OF_SKU.replace("<part>", "TRUE"), given).fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


@dataclass(frozen=True, slots=True)
class Change:
    """Units of a SKU that came into the firm's buildings on a day, and that left them."""

    on: date
    kind: str
    came: int
    went: int


def changes(sku: str, first: date, most: int) -> list[Change]:
    """What changed how much there is of a SKU, from a day on, by day and kind of document.

    Args:
        most: how many movements are looked at, the latest posted.
    """
    given = {"enterprise": acting().enterprise, "sku": sku, "first": first, "most": most}
    with raw_cursor() as cursor:
        return [Change(*row) for row in cursor.execute(_CHANGES, given)]


def _begins(column: str, prefix: str) -> tuple[dict[str, Any], str]:
    if not prefix:
        return {}, "TRUE"
    given = {"prefix": prefix, "prefix_end": prefix + _LAST}
    return given, f"{column} >= %(prefix)s AND {column} < %(prefix_end)s"


def _part(given: dict[str, Any], column: str, warehouse: str) -> str:
    """That a place is a warehouse or a part of it."""
    if not warehouse:
        return "TRUE"
    given |= {"warehouse": warehouse, "parts": f"{warehouse}/%"}
    return _PART_OF.format(column=column)
