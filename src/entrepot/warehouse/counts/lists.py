# SPDX-License-Identifier: Apache-2.0
"""The lists of a count: its bins, and what was counted in them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.counts.limits import tally
from entrepot.warehouse.models import Count, CountedBin
from entrepot.web.paging import Paging

#: What the book has is not shown of a blind count before the bin is closed.
LINES: Final = """
    SELECT l.id, b.place, b.state, l.sku, l.counted,
        CASE WHEN c.is_blind AND b.state IN ('to_count', 'counting') THEN NULL
            ELSE l.expected END AS expected
    FROM warehouse_count AS c
    JOIN warehouse_countedbin AS b ON b.enterprise_id = %(enterprise)s AND b.count_id = c.id
    JOIN warehouse_countline AS l ON l.enterprise_id = %(enterprise)s AND l.bin_id = b.id
    WHERE c.enterprise_id = %(enterprise)s AND c.id = %(count)s AND {after}
        AND (NOT c.is_blind OR b.state NOT IN ('to_count', 'counting') OR l.counted > 0)
    ORDER BY {order} LIMIT {limit}
"""


def told(count: Count) -> dict[str, Any]:
    """A count, and how many of its bins are in which state."""
    return _told(count, tally([count.id])[count.id])


def one(count: UUID) -> dict[str, Any]:
    """A count by its id.

    Raises:
        Count.DoesNotExist: there is none.
    """
    return told(Count.objects.get(id=count))


def counts(page: Paging, state: str) -> dict[str, Any]:
    """Counts, the latest first."""
    rows = Count.objects.filter(state=state) if state else Count.objects.all()
    found = page.of(rows, "-id")
    bins = tally(each.id for each in found["items"])
    return {**found, "items": [_told(each, bins[each.id]) for each in found["items"]]}


def bins(count: UUID, page: Paging) -> dict[str, Any]:
    """The bins of a count, by place.

    Raises:
        Count.DoesNotExist: there is no such count.
    """
    found = Count.objects.get(id=count)
    return page.of(CountedBin.objects.filter(count=found), "place")


def lines(count: UUID, page: Paging) -> dict[str, Any]:
    """What was counted, by place and SKU.

    Raises:
        Count.DoesNotExist: there is no such count.
    """
    found = Count.objects.get(id=count)
    given = {"enterprise": acting().enterprise, "count": found.id}
    with raw_cursor() as cursor:
        return page.of_sql(cursor, LINES, given, "b.place", "l.sku")


def _told(count: Count, bins: dict[str, int]) -> dict[str, Any]:
    right = bins.get("right", 0)
    counted = right + bins.get("differs", 0) + bins.get("posted", 0)
    return {
        "id": count.id, "number": count.number, "warehouse": count.warehouse,
        "about": count.about, "is_blind": count.is_blind, "state": count.state,
        "created_at": count.created_at, "created_by": count.created_by,
        "closed_at": count.closed_at, "bins": bins, "counted": counted, "right": right,
    }  # fmt: skip
