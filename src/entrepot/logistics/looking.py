# SPDX-License-Identifier: Apache-2.0
"""Look masters up by the codes that somebody sent: warehouses, partners, SKUs, places of the book.

One statement for all codes of a kind, and faults for those that are not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.book import WHERE
from entrepot.people.tenancy import acting

_WAREHOUSES: Final = """
    SELECT code, kind, time_zone FROM catalog_warehouse
    WHERE enterprise_id = %(enterprise)s AND code = ANY(%(codes)s) AND is_active
"""
#: Whether or not it is in use by now.
_ZONE: Final = """
    SELECT time_zone FROM catalog_warehouse
    WHERE enterprise_id = %(enterprise)s AND code = ANY(%(codes)s)
"""
_PARTNERS: Final = """
    SELECT code FROM catalog_partner
    WHERE enterprise_id = %(enterprise)s AND code = ANY(%(codes)s) AND is_active
        AND (%(role)s = '' OR %(role)s = ANY(roles))
"""
_SKUS: Final = """
    SELECT code FROM ledger_item
    WHERE enterprise_id = %(enterprise)s AND code = ANY(%(codes)s) AND kind = 'goods'
"""
_PLACES: Final = """
    SELECT path FROM ledger_place
    WHERE enterprise_id = %(enterprise)s AND path = ANY(%(codes)s)
"""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse in use: its code, its place in the book, its kind and its time zone."""

    code: str
    place: str
    kind: str
    zone: str

    @property
    def is_home(self) -> bool:
        """Whether it lies at home, where goods are declared for export."""
        return self.kind == "home"

    def today(self, at: datetime | None = None) -> date:
        """The day where the warehouse is, now or at a moment."""
        return today(self.zone, at)


def today(zone: str, at: datetime | None = None) -> date:
    """The day in a time zone, now or at a moment."""
    return (at or timezone.now()).astimezone(ZoneInfo(zone)).date()


def zone_at(cursor: Cursor[Any], place: str) -> str:
    """The time zone of the warehouse that a place is or belongs to, in use or not any more."""
    row = cursor.execute(_ZONE, _given([place.split("/")[1]])).fetchone()
    return row[0] if row else "UTC"


def warehouses(cursor: Cursor[Any], codes: Iterable[str]) -> dict[str, Warehouse]:
    """Those of these codes that are warehouses in use."""
    found = cursor.execute(_WAREHOUSES, _given(codes)).fetchall()
    return {
        code: Warehouse(code, f"{WHERE[kind]}/{code}", kind, time_zone)
        for code, kind, time_zone in found
    }


def partners(cursor: Cursor[Any], codes: Iterable[str], role: str = "") -> set[str]:
    """Those of these codes that are partners in use, and have the role where one is named."""
    return {code for (code,) in cursor.execute(_PARTNERS, _given(codes) | {"role": role})}


def skus(cursor: Cursor[Any], codes: Iterable[str]) -> set[str]:
    """Those of these codes that are SKUs of the book."""
    return {code for (code,) in cursor.execute(_SKUS, _given(codes))}


def places(cursor: Cursor[Any], paths: Iterable[str]) -> set[str]:
    """Those of these paths that are places of the book."""
    return {path for (path,) in cursor.execute(_PLACES, _given(paths))}


def _given(codes: Iterable[str]) -> dict[str, Any]:
    return {"enterprise": acting().enterprise, "codes": sorted(set(codes))}
