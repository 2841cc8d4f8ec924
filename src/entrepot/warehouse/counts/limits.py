# SPDX-License-Identifier: Apache-2.0
"""The limit of an enterprise: what needs nobody's approval; and how exact counts were."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.counts import sql
from entrepot.warehouse.counts.rules import Limit
from entrepot.warehouse.models import CountLimit


def limit() -> Limit:
    """The limit of the enterprise; none is within where it has set none."""
    row = CountLimit.objects.values_list("units", "percent").first()
    return Limit(*row) if row else Limit()


def set_limit(wanted: Limit) -> Limit:
    """Set the limit of the enterprise."""
    CountLimit.objects.all().delete()
    CountLimit.objects.create(units=wanted.units, percent=wanted.percent)
    record("count_limit.set", "counts", units=wanted.units, percent=wanted.percent)
    return wanted


def tally(counts: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """How many bins of each count are in which state: those right of those counted are its
    accuracy.
    """
    found: dict[UUID, dict[str, int]] = {id: {} for id in counts}
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "counts": list(found)}
        for count, state, bins in cursor.execute(sql.TALLY, given).fetchall():
            found[count][state] = bins
    return found
