# SPDX-License-Identifier: Apache-2.0
"""Open counts: of bins, a zone, a class of SKUs, what was not counted or was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Cursor

from entrepot.ledger.places import DAMAGED, MISSING, RECEIVING
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.areas import place_of
from entrepot.warehouse.counts import sql
from entrepot.warehouse.counts.refusing import NoSuchBin, NothingToCount
from entrepot.warehouse.floor.moving import part_of
from entrepot.warehouse.floor.shorts import ask_for_count
from entrepot.warehouse.models import Count
from entrepot.warehouse.numbering import take_numbers

#: Areas that are counted like bins; allocations and returned lines keep count of the others.
AREAS: Final = (RECEIVING, DAMAGED, MISSING)
#: Bins of one count.
MOST_BINS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Which:
    """Which bins: one of these.

    Args:
        bins: their codes; areas (@receiving, @damaged, @missing) and the empty text, which is the
            warehouse itself, among them.
        zone: the code of a zone.
        abc: A, B or C, by the units that left in `days`; A makes up the first `shares[0]` of a
            hundred, B the next `shares[1]`.
        not_counted: bins that were not counted in `days`.
        asked: bins that somebody asked to be counted, such as after a short pick.
    """

    bins: Sequence[str] = ()
    zone: str = ""
    abc: str = ""
    not_counted: bool = False
    asked: bool = False
    days: int = 90
    shares: tuple[int, int] = (80, 15)

    @property
    def about(self) -> str:
        """What is counted, in words."""
        if self.zone:
            return f"zone {self.zone}"
        if self.abc:
            return f"class {self.abc} of {self.days} days"
        if self.not_counted:
            return f"not counted for {self.days} days"
        return "asked for" if self.asked else f"{len(self.bins):,} bins"


def open_count(warehouse: str, which: Which, *, is_blind: bool = True) -> Count:
    """Open a count.

    Args:
        is_blind: nobody is shown what is expected before a bin is closed.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        NoSuchBin: with every bin that the warehouse does not have.
        NothingToCount: no bin fits that is not being counted.
    """
    by = acting()
    with raw_cursor() as cursor:
        place, _ = place_of(cursor, warehouse)
        places = _places(cursor, place, which)
        (number,) = take_numbers(cursor, "count", 1)
        count = Count.objects.create(
            number=f"C{number:06}", warehouse=place, about=which.about, is_blind=is_blind,
            created_by=by.actor,
        )  # fmt: skip
        given = {
            "enterprise": by.enterprise, "count": count.id, "places": places,
            "ids": [new_id() for _ in places],
        }  # fmt: skip
        if not cursor.execute(sql.ADD_BINS, given).fetchall():
            raise NothingToCount(
                f"Cannot open a count in {warehouse}.",
                f"No bin fits ({which.about}), or those that do are being counted.",
                "Name other bins, or end the count that they are in.",
            )
    return count


def ask(warehouse: str, bin: str, because: str) -> None:
    """Ask for a bin to be counted; once, however often it is asked.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        NoSuchBin: the warehouse does not have the bin.
    """
    with raw_cursor() as cursor:
        place, _ = place_of(cursor, warehouse)
        (found,) = _places(cursor, place, Which(bins=[bin]))
    ask_for_count(found, because)


def _places(cursor: Cursor[Any], place: str, which: Which) -> list[str]:
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "warehouse": place, "zone": which.zone,
        "days": which.days, "class": which.abc, "a": which.shares[0], "b": which.shares[1],
        "bins": list(which.bins),
        "others": [part_of(place, bin) for bin in which.bins if bin in ("", *AREAS)],
    }  # fmt: skip
    if which.zone:
        statement = sql.OF_ZONE
    elif which.abc:
        statement = sql.OF_CLASS
    elif which.not_counted:
        statement = sql.NOT_COUNTED
    else:
        statement = sql.ASKED if which.asked else sql.NAMED
    found = sorted({row[0] for row in cursor.execute(statement, given).fetchall()})
    missing = sorted({part_of(place, bin) for bin in which.bins} - set(found))
    if which.bins and missing:
        raise NoSuchBin(
            f"Cannot count {missing[0]}"
            + (f" and {len(missing) - 1:,} more." if len(missing) > 1 else "."),
            "There is no such bin in use, or it is an area that is not counted.",
            f"Name bins; of the areas, {', '.join(AREAS)} are counted.",
            bins=missing[:1000],
        )
    return found[:MOST_BINS]
