# SPDX-License-Identifier: Apache-2.0
"""Count what plots are drawn from: only days on which something was posted since the last time.

A day is counted anew in whole, so that counting twice changes nothing and no posting is missed that
was still on its way the last time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from django.utils import timezone

from entrepot.jobs.kinds import Told
from entrepot.ledger.models import Document
from entrepot.pages.models import Counted, Figure
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: So many days are counted: the longest plot, and as long again behind it.
DAYS: Final = 400
#: So much before the last count somebody may have begun to post what was committed after it.
_LATE: Final = timedelta(minutes=15)
#: Days that are counted in one statement.
_AT_ONCE: Final = 7

#: Held by whoever counts for an enterprise.
_LOCK: Final = "SELECT pg_advisory_xact_lock(1179207506, hashtext(%(enterprise)s::text))"
_TOUCHED: Final = """
    SELECT DISTINCT "on" FROM ledger_document
    WHERE enterprise_id = %(enterprise)s AND id >= %(since)s
        AND "on" >= %(first)s AND "on" <= %(last)s
"""
_ALL_DAYS: Final = """
    SELECT day::date FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS day
    WHERE (SELECT d.id FROM ledger_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d."on" = day::date LIMIT 1) IS NOT NULL
"""
_FORGET: Final = """
    DELETE FROM pages_figure
    WHERE enterprise_id = %(enterprise)s AND name = ANY(%(names)s)
        AND ("on" < %(first)s OR "on" = ANY(%(days)s))
"""

#: What crossed the border of an overseas warehouse. A reversal takes away what its document added.
_CROSSED: Final = """
    SELECT name, about, "on", sum(units)::bigint, 0 FROM (
        SELECT
            CASE WHEN source LIKE 'customer/%%' THEN 'returned'
                WHEN target LIKE 'customer/%%' THEN 'shipped' ELSE 'received' END AS name,
            split_part(CASE WHEN target LIKE 'warehouse/%%' THEN target ELSE source END, '/', 2)
                AS about,
            d."on", CASE WHEN d.is_reversal THEN -m.quantity ELSE m.quantity END AS units
        FROM (
            SELECT id, "on", reverses_id IS NOT NULL AS is_reversal FROM ledger_document
            WHERE enterprise_id = %(enterprise)s AND "on" = ANY(%(days)s)
        ) AS d
        CROSS JOIN LATERAL (
            SELECT quantity, CASE WHEN d.is_reversal THEN to_place ELSE from_place END AS source,
                CASE WHEN d.is_reversal THEN from_place ELSE to_place END AS target
            FROM ledger_movement
            WHERE enterprise_id = %(enterprise)s AND document_id = d.id OFFSET 0
        ) AS m
        WHERE target LIKE 'warehouse/%%'
                AND split_part(source, '/', 1) IN ('customer', 'voyage', 'unknown', 'supplier')
            OR source LIKE 'warehouse/%%' AND target LIKE 'customer/%%'
    ) AS crossed
    GROUP BY name, about, "on"
"""
_SENT: Final = """
    SELECT 'sent', o.country, d."on", sum(s.quantity)::bigint, count(DISTINCT s.order_id)
    FROM (
        SELECT id, "on" FROM ledger_document
        WHERE enterprise_id = %(enterprise)s AND "on" = ANY(%(days)s) AND kind = 'shipment'
    ) AS d
    CROSS JOIN LATERAL (
        SELECT order_id, quantity FROM warehouse_shippedline
        WHERE enterprise_id = %(enterprise)s AND document_id = d.id OFFSET 0
    ) AS s
    CROSS JOIN LATERAL (
        SELECT country FROM warehouse_order
        WHERE enterprise_id = %(enterprise)s AND id = s.order_id OFFSET 0
    ) AS o
    GROUP BY o.country, d."on"
"""
#: What lies in warehouses, by the day since when; what is older than all buckets is of one day.
_STOCK: Final = """
    SELECT 'stock', split_part(b.place, '/', 1) || '/' || split_part(b.place, '/', 2),
        greatest(b.since, %(first)s), sum(b.quantity)::bigint, 0
    FROM ledger_balance AS b
    JOIN ledger_item AS i ON i.enterprise_id = b.enterprise_id AND i.code = b.item
        AND i.kind = 'goods'
    WHERE b.enterprise_id = %(enterprise)s AND b.quantity > 0
        AND (b.place >= 'home/' AND b.place < 'home0'
            OR b.place >= 'warehouse/' AND b.place < 'warehouse0')
    GROUP BY 2, 3
"""
_KEEP: Final = """
    INSERT INTO pages_figure (enterprise_id, id, name, about, "on", units, times)
    SELECT %(enterprise)s, f.* FROM unnest(%(ids)s::uuid[], %(name)s::text[], %(about)s::text[],
        %(on)s::date[], %(units)s::bigint[], %(times)s::bigint[]) AS f
"""
_Row = tuple[str, str, date, int, int]


@dataclass(frozen=True, slots=True)
class Done:
    """What was counted: days, and when."""

    days: int
    at: datetime


def count(told: Told | None = None) -> Done:
    """Bring the sums of the acting enterprise up to date, where something was posted.

    Args:
        told: is told how many of the days are done.
    """
    at, today = timezone.now(), timezone.localdate()
    first = today - timedelta(days=DAYS)
    # Where a warehouse lies farther east it may be tomorrow already.
    last = today + timedelta(days=1)
    given: dict[str, Any] = {"enterprise": acting().enterprise, "first": first, "last": last}
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, given)
        before = Counted.objects.first()
        given["since"] = _first_id(before.at - _LATE) if before else None
        which = _TOUCHED if before else _ALL_DAYS
        days = sorted(day for (day,) in cursor.execute(which, given))
        for at_ in range(0, len(days), _AT_ONCE):
            _count_days(cursor, given, days[at_ : at_ + _AT_ONCE])
            if told:
                told.progress(at_, len(days))
        if days or before is None:
            # All of it anew: farther east, goods may lie there since tomorrow.
            _put(cursor, given | {"days": [], "first": date.max}, ["stock"],
                 cursor.execute(_STOCK, given).fetchall())  # fmt: skip
    if before is None:
        Counted.objects.create(at=at)
    else:
        Counted.objects.update(at=at)
    return Done(len(days), at)


def is_behind() -> bool:
    """Whether something was posted that may not be counted yet."""
    last = Document.objects.order_by("-id").values_list("id", flat=True).first()
    if last is None:
        return False
    before = Counted.objects.first()
    return before is None or last >= _first_id(before.at - _LATE)


def _count_days(cursor: psycopg.Cursor[Any], given: dict[str, Any], days: Sequence[date]) -> None:
    given = given | {"days": list(days)}
    rows = cursor.execute(_CROSSED, given, prepare=False).fetchall()
    rows += cursor.execute(_SENT, given, prepare=False).fetchall()
    _put(cursor, given, ["received", "shipped", "returned", "sent"], rows)


def _put(
    cursor: psycopg.Cursor[Any], given: dict[str, Any], names: list[str], rows: Sequence[_Row]
) -> None:
    """Sums in the place of those of the same days."""
    cursor.execute(_FORGET, given | {"names": names})
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    named = dict(zip(("name", "about", "on", "units", "times"), columns, strict=True))
    cursor.execute(_KEEP, given | named | {"ids": [new_id() for _ in rows]}, prepare=False)


def _first_id(moment: datetime) -> UUID:
    """The first id that a document posted then can have: ids begin with their moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


# --- What was counted, to be drawn ---------------------------------------------------------------


def counted_at() -> datetime | None:
    """When it was counted; None where it never was."""
    return Counted.objects.values_list("at", flat=True).first()


def figures(*names: str, first: date | None = None, about: str = "") -> list[Figure]:
    """The sums of some names, from a day on, by day; of one warehouse or country, or of all."""
    found = Figure.objects.filter(name__in=names)
    if about:
        found = found.filter(about=about)
    if first is not None:
        found = found.filter(on__gte=first)
    return list(found.order_by("on", "about"))
