# SPDX-License-Identifier: Apache-2.0
"""Close bins that were counted, approve or reject their differences, end counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.counts import sql
from entrepot.warehouse.counts.booking import book
from entrepot.warehouse.counts.limits import limit
from entrepot.warehouse.counts.refusing import CountEnded, NothingToApprove, OwnCount
from entrepot.warehouse.counts.rules import Difference, is_within
from entrepot.warehouse.floor.moving import part_of
from entrepot.warehouse.models import Count
from entrepot.warehouse.models.counts import (
    CANCELLED,
    COUNTING,
    DIFFERS,
    LEFT_OUT,
    OPEN,
    POSTED,
    RIGHT,
    TO_COUNT,
)


@dataclass(slots=True)
class Closed:
    """What became of bins, by their codes."""

    right: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Bin:
    id: UUID
    place: str
    counted_by: Sequence[str]


def close(count: UUID, bins: Sequence[str] | None = None) -> Closed:
    """Close bins that are being counted; all of them where none is named.

    A bin in which something moved since its first entry is to be counted again. Differences within
    the limit are booked; a bin with one beyond it waits for approval. A count of which every bin
    is settled is done.

    Raises:
        Count.DoesNotExist: there is no such count.
        CountEnded: it is done or was cancelled.
    """
    with raw_cursor() as cursor:
        found = _hold(count)
        its = _bins(cursor, found, [COUNTING], bins)
        moved = _moved(cursor, its)
        of = _differences(cursor, [each for each in its if each.id not in moved])
        allowed = limit()
        right = [each for each in its if each.id in of and not of[each.id]]
        small = [
            each for each in its
            if of.get(each.id) and all(is_within(d, allowed) for d in of[each.id])
        ]  # fmt: skip
        large = [each for each in its if of.get(each.id) and each not in small]
        again = book(cursor, found, [d for each in small for d in of[each.id]]) if small else set()
        posted = [each for each in small if each.place not in again]
        back = [each for each in its if each.id in moved or each.place in again]
        _settle(cursor, right, RIGHT)
        _settle(cursor, posted, POSTED)
        _settle(cursor, large, DIFFERS)
        _settle(cursor, back, TO_COUNT, again="moved")
        _end(cursor, found)
    return Closed(*(_codes(found, each) for each in (right, posted, large, back)))


def approve(count: UUID, bins: Sequence[str] | None = None) -> Closed:
    """Approve the differences of bins that wait for it, and book them as one document.

    Raises:
        Count.DoesNotExist: there is no such count.
        CountEnded: it is done or was cancelled.
        NothingToApprove: no bin of these waits for approval.
        OwnCount: whoever approves counted one of them.
    """
    with raw_cursor() as cursor:
        found = _hold(count)
        its = _waiting(cursor, found, bins, "approve")
        if own := [each for each in its if acting().actor in each.counted_by]:
            raise OwnCount(
                f"Cannot approve the count {found.number}.",
                f"Whoever asks counted {own[0].place}.",
                "Have somebody else approve it.",
                bins=_codes(found, own)[:1000],
            )
        of = _differences(cursor, its)
        again = book(cursor, found, [d for each in its for d in of[each.id]])
        posted = [each for each in its if each.place not in again]
        back = [each for each in its if each.place in again]
        _settle(cursor, posted, POSTED, approved_by=acting().actor)
        _settle(cursor, back, TO_COUNT, again="moved")
        _end(cursor, found)
        _tell("count.approved", found, posted)
    return Closed(posted=_codes(found, posted), moved=_codes(found, back))


def reject(count: UUID, bins: Sequence[str] | None = None) -> Closed:
    """Have bins counted again that wait for approval.

    Raises:
        Count.DoesNotExist: there is no such count.
        CountEnded: it is done or was cancelled.
        NothingToApprove: no bin of these waits for approval.
    """
    with raw_cursor() as cursor:
        found = _hold(count)
        its = _waiting(cursor, found, bins, "reject")
        _settle(cursor, its, TO_COUNT, again="rejected")
        _tell("count.rejected", found, its)
    return Closed()


def cancel(count: UUID) -> Count:
    """End a count: bins that are not settled are left out, and what was counted there is forgotten.

    Raises:
        Count.DoesNotExist: there is no such count.
        CountEnded: it is done or was cancelled.
    """
    with raw_cursor() as cursor:
        found = _hold(count)
        its = _bins(cursor, found, [TO_COUNT, COUNTING, DIFFERS], None)
        _settle(cursor, its, LEFT_OUT)
        has_settled = found.bins.filter(state__in=[RIGHT, POSTED]).exists()
        _tell("count.cancelled", found, its)
    if not has_settled:
        found.state = CANCELLED
        found.closed_at = timezone.now()
        found.save(update_fields=["state", "closed_at"])
    else:
        with raw_cursor() as cursor:
            _end(cursor, found)
    return found


def _hold(count: UUID) -> Count:
    found = Count.objects.select_for_update().get(id=count)
    if found.state != OPEN:
        raise CountEnded(
            f"Cannot go on with the count {found.number}.",
            f"It is {found.state}.",
            "Open another one.",
        )
    return found


def _bins(
    cursor: Cursor[Any], count: Count, states: Sequence[str], bins: Sequence[str] | None
) -> list[_Bin]:
    given = {
        "enterprise": acting().enterprise, "count": count.id, "states": list(states),
        "places": None if bins is None else [part_of(count.warehouse, bin) for bin in bins],
    }  # fmt: skip
    rows = cursor.execute(sql.HOLD, given).fetchall()
    return [_Bin(id, place, counted_by) for id, place, _, counted_by, _ in rows]


def _waiting(
    cursor: Cursor[Any], count: Count, bins: Sequence[str] | None, what: str
) -> list[_Bin]:
    its = _bins(cursor, count, [DIFFERS], bins)
    if not its:
        raise NothingToApprove(
            f"Cannot {what} differences of {count.number}.",
            "None of these bins waits for approval.",
            "Close the bins that were counted first.",
        )
    return its


def _moved(cursor: Cursor[Any], bins: Sequence[_Bin]) -> set[UUID]:
    if not bins:
        return set()
    given = {"enterprise": acting().enterprise, "bins": [each.id for each in bins]}
    return {id for (id,) in cursor.execute(sql.MOVED, given).fetchall()}


def _differences(cursor: Cursor[Any], bins: Sequence[_Bin]) -> dict[UUID, list[Difference]]:
    """What differs, bin by bin; an empty list where nothing does."""
    found: dict[UUID, list[Difference]] = {each.id: [] for each in bins}
    given = {"enterprise": acting().enterprise, "bins": list(found)}
    for bin, *row in cursor.execute(sql.LINES, given).fetchall():
        difference = Difference(*row)
        if difference.units:
            found[bin].append(difference)
    return found


def _settle(
    cursor: Cursor[Any],
    bins: Sequence[_Bin],
    state: str,
    *,
    again: str = "",
    approved_by: str = "",
) -> None:
    if bins:
        given = {
            "enterprise": acting().enterprise, "bins": [each.id for each in bins],
            "state": state, "again": again, "approved_by": approved_by, "at": timezone.now(),
        }  # fmt: skip
        cursor.execute(sql.SETTLE, given)


def _end(cursor: Cursor[Any], count: Count) -> None:
    given = {"enterprise": acting().enterprise, "count": count.id, "at": timezone.now()}
    cursor.execute(sql.DONE, given)


def _tell(action: str, count: Count, bins: Collection[_Bin]) -> None:
    record(action, count.number, bins=_codes(count, list(bins))[:1000], of=len(bins))


def _codes(count: Count, bins: Sequence[_Bin]) -> list[str]:
    return [each.place.removeprefix(count.warehouse).lstrip("/") for each in bins]
