# SPDX-License-Identifier: Apache-2.0
"""Say that less lies in a bin than is to be picked there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from entrepot.ledger.document import Document, Line
from entrepot.ledger.places import MISSING, warehouse_of
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.floor import sql
from entrepot.warehouse.floor.cutting import Cuts, give_up
from entrepot.warehouse.floor.moving import lie_of
from entrepot.warehouse.floor.refusing import NothingLeft, TooMany
from entrepot.warehouse.floor.scans import once, post_new
from entrepot.warehouse.floor.serving import served
from entrepot.warehouse.models import Allocation


@dataclass(frozen=True, slots=True)
class Short:
    """What was not there.

    Args:
        missing: units that are missing now; free ones of the same SKU in the bin among them.
        given_up: units that were reserved for the order, which waits for them again or has got
            others by now.
    """

    sku: str
    place: str
    missing: int
    given_up: int


def short_pick(scan: str, allocation: UUID, found: int) -> Short:
    """Say that of the units reserved by an allocation only some lie in the bin.

    What is not there goes to @missing, with what the book has free of the SKU in the same bin: a
    shelf on which a picker misses something has nothing to spare, and the order must not be sent
    there again. The reservation is given up, the order served anew from elsewhere, and the bin is
    to be counted. The units that were found stay reserved, to be picked.

    Raises:
        NothingLeft: there is no such allocation that is still to be picked.
        TooMany: as many were found as are reserved.
        ScanDiffers: this id came with something else before.
    """
    asks = ["short", str(allocation), found]
    return once(scan, asks, Short, lambda: _short(scan, allocation, found))


def _short(scan: str, allocation: UUID, found: int) -> Short:
    asked = f"Cannot say that only {found:,} of allocation {allocation} were found."
    its = Allocation.objects.filter(id=allocation, picked_from="")
    seen = set(its.values_list("place", "sku"))
    given = {"enterprise": acting().enterprise, "allocation": allocation}
    with raw_cursor() as cursor, served((), losing=seen) as waves:
        row = cursor.execute(sql.ONE, given).fetchone()
        if row is None or (row[1], row[2]) not in seen:
            raise NothingLeft(
                asked,
                "Nothing is to be picked of it any more.",
                "Ask for the walk again.",
                allocation=str(allocation),
            )
        id, place, sku, lot, quantity, warehouse = row
        if found >= quantity:
            raise TooMany(
                asked,
                f"{quantity:,} of it are to be picked.",
                "Pick them; more than these are told by a count.",
                expected=quantity,
            )
        cuts = Cuts({id: quantity})
        gone = cuts.take(id, quantity - found)
        cuts.make(cursor)
        target = f"{warehouse}/{MISSING}"
        pile = lie_of(cursor, [(place, sku), (target, sku)])[place, sku]
        given_up = give_up(cursor, [gone], waves)
        pile.free[lot] += given_up
        missing = {lot: n for lot, n in sorted(pile.free.items()) if n}
        _, zone = place_of(cursor, warehouse_of(place).partition("/")[2])
        lines = [Line(sku, n, place, target, its_lot) for its_lot, n in missing.items()]
        post_new([Document("short", scan, today(zone), lines)])
        ask_for_count(place, f"{sku} was not found while picking")
    return Short(sku, place, sum(missing.values()), given_up)


def ask_for_count(place: str, because: str) -> None:
    """Ask for a bin to be counted; once, however often it is asked."""
    by = acting()
    with raw_cursor() as cursor:
        cursor.execute(
            sql.ASK_FOR_COUNT,
            {
                "enterprise": by.enterprise, "id": new_id(), "place": place, "because": because,
                "at": timezone.now(), "by": by.actor,
            },
        )  # fmt: skip
