# SPDX-License-Identifier: Apache-2.0
"""What is decided on the floor: which units move, which bin is suggested, whether a scan is right.

Everything is decided over what was read and locked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from entrepot.ledger.places import AREAS


def is_area(place: str) -> bool:
    """Whether a place is a part of a warehouse that is no bin: what lies there is not offered.

    Source: our own policy, docs/decisions/0022
    """
    return place.rpartition("/")[2] in AREAS


@dataclass(slots=True)
class Pile:
    """What lies of a SKU in a place: free units by lot, the oldest first, and reserved ones.

    free      lot -> units
    reserved  (allocation, lot, units); those that are moved first, first
    """

    free: dict[str, int] = field(default_factory=dict)
    reserved: list[tuple[UUID, str, int]] = field(default_factory=list)

    def take_free(self, quantity: int, lot: str | None) -> list[tuple[str, int]]:
        """Take free units, as many as there are of those wanted."""
        taken = []
        for its_lot in [*self.free] if lot is None else [lot]:
            if part := min(quantity, self.free.get(its_lot, 0)):
                self.free[its_lot] -= part
                quantity -= part
                taken.append((its_lot, part))
        return taken

    def take_reserved(self, quantity: int, lot: str | None) -> list[tuple[UUID, str, int]]:
        """Take reserved units, as many as there are of those wanted."""
        taken, left = [], []
        for allocation, its_lot, there in self.reserved:
            part = min(quantity, there) if lot in (None, its_lot) else 0
            quantity -= part
            if part:
                taken.append((allocation, its_lot, part))
            if there > part:
                left.append((allocation, its_lot, there - part))
        self.reserved = left
        return taken


@dataclass(slots=True)
class Room:
    """A bin with room for so many units; for any number where it has no capacity."""

    code: str
    room: int | None

    def fits(self, quantity: int) -> bool:
        return self.room is None or self.room >= quantity


def suggest(
    wanted: Iterable[tuple[str, int]],
    holding: Mapping[str, Sequence[Room]],
    empty: Sequence[Room],
) -> list[str]:
    """The bin for each SKU and quantity: one that holds the SKU and has room, else an empty one,
    else the warehouse itself, which is the empty text. An empty bin is suggested once.

    Source: our own policy, docs/guide/floor.md
    """
    found, unused = [], list(empty)
    for sku, quantity in wanted:
        best = next((each for each in holding.get(sku, ()) if each.fits(quantity)), None)
        if best is None:
            best = next((each for each in unused if each.fits(quantity)), None)
            if best is not None:
                unused.remove(best)
        if best is None:
            found.append("")
            continue
        if best.room is not None:
            best.room -= quantity
        found.append(best.code)
    return found
