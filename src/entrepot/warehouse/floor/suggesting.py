# SPDX-License-Identifier: Apache-2.0
"""Suggest bins for what came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import place_of
from entrepot.warehouse.floor import rules, sql
from entrepot.warehouse.floor.rules import Room

#: Empty bins that are looked at, more than there are SKUs: some may be too small.
_MORE: Final = 100


def suggest(warehouse: str, wanted: Sequence[tuple[str, int]]) -> list[str]:
    """The best bin for each SKU and quantity, in their order; empty: the warehouse itself.

    A bin that holds the SKU and has room for all of it; else an empty bin, along the walk. What
    was suggested before takes up room.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    with raw_cursor() as cursor:
        place, _ = place_of(cursor, warehouse)
        given: dict[str, Any] = {
            "enterprise": acting().enterprise,
            "warehouse": place,
            "skus": sorted({sku for sku, _ in wanted}),
            "most": len(wanted) + _MORE,
        }
        holding: dict[str, list[Room]] = {}
        bins: dict[str, Room] = {}
        for sku, code, capacity, units in cursor.execute(sql.HOLDING, given).fetchall():
            room = bins.setdefault(code, Room(code, None if capacity is None else capacity - units))
            holding.setdefault(sku, []).append(room)
        empty = [Room(*row) for row in cursor.execute(sql.EMPTY, given).fetchall()]
    return rules.suggest(wanted, holding, empty)
