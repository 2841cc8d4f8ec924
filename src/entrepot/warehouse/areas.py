# SPDX-License-Identifier: Apache-2.0
"""Warehouses as the warehouse's actions need them: their place, their time zone, their day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused

_FIND: Final = """
    SELECT CASE kind WHEN 'home' THEN 'home/' ELSE 'warehouse/' END || code, time_zone
    FROM catalog_warehouse WHERE code = %s AND is_active
"""

#: The time zone of the warehouse that a row names, for the end of a FROM.
WITH_ZONE: Final = """
    LEFT JOIN catalog_warehouse AS z
        ON z.enterprise_id = %(enterprise)s AND z.code = split_part({place}, '/', 2)
"""


class NoSuchWarehouse(Refused):
    """A code that no warehouse in use has."""

    code = "warehouse.no_such_warehouse"


def place_of(cursor: Cursor[Any], code: str) -> tuple[str, str]:
    """The place of a warehouse, and its time zone.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    row: tuple[str, str] | None = cursor.execute(_FIND, [code]).fetchone()
    if row is None:
        raise NoSuchWarehouse(
            f"Cannot work in warehouse {code}.",
            "There is no warehouse of this code in use.",
            "Look the code up among the warehouses.",
        )
    return row


def today(time_zone: str | None, at: datetime | None = None) -> date:
    """The day where the warehouse is; a place that is no warehouse of the masters lives by UTC."""
    return (at or timezone.now()).astimezone(ZoneInfo(time_zone or "UTC")).date()
