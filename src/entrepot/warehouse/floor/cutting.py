# SPDX-License-Identifier: Apache-2.0
"""Cut allocations: a part of one goes its own way, and is an allocation of its own from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor

from entrepot.ledger.reserving import Held, release
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.floor import sql


class Cuts:
    """Parts of allocations that are locked; `left` is what of each has not gone yet."""

    def __init__(self, quantities: Mapping[UUID, int]) -> None:
        self.left = dict(quantities)
        self._parts: list[tuple[UUID, int, UUID]] = []

    def take(self, allocation: UUID, quantity: int) -> UUID:
        """Cut a part off; the last part keeps the allocation's id."""
        assert 0 < quantity <= self.left[allocation]
        self.left[allocation] -= quantity
        if not self.left[allocation]:
            return allocation
        part = new_id()
        self._parts.append((allocation, quantity, part))
        return part

    def make(self, cursor: Cursor[Any]) -> None:
        """Make the parts in the database."""
        if self._parts:
            allocations, quantities, new = (list(each) for each in zip(*self._parts, strict=True))
            given = {
                "enterprise": acting().enterprise, "allocations": allocations,
                "quantities": quantities, "new": new,
            }  # fmt: skip
            cursor.execute(sql.CUT, given)


def give_up(cursor: Cursor[Any], allocations: Sequence[UUID], waves: set[UUID | None]) -> int:
    """Give up allocations that nobody has picked: their units lie free, their lines are open again.

    Args:
        waves: what `serving.served` gave, which holds their orders still and serves them.

    Returns:
        how many units.
    """
    if not allocations:
        return 0
    given = {"enterprise": acting().enterprise, "allocations": list(allocations)}
    rows = cursor.execute(sql.GIVE_UP, given).fetchall()
    release([Held(*row[:4]) for row in rows])
    waves.update(row[4] for row in rows)
    return sum(row[3] for row in rows)
