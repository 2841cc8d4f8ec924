# SPDX-License-Identifier: Apache-2.0
"""Gather orders into waves that are picked together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import place_of
from entrepot.warehouse.models import Allocation, Wave
from entrepot.warehouse.numbering import take_numbers
from entrepot.warehouse.outbound import sql


class NothingToGather(Refused):
    """No order waits to be picked there."""

    code = "warehouse.nothing_to_gather"


class WaveBegun(Refused):
    """A wave of which something was picked cannot be dissolved."""

    code = "warehouse.wave_begun"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A new wave, and how much is in it."""

    id: UUID
    number: str
    orders: int
    units: int


def gather(
    warehouse: str,
    most: int = 50,
    orders: Sequence[UUID] | None = None,
    *,
    only_whole: bool = True,
    note: str = "",
) -> Gathered:
    """Make a wave of orders that wait to be picked in a warehouse, those promised first.

    Args:
        most: how many orders, at most.
        orders: only these.
        only_whole: leave out orders that still wait for goods.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        NothingToGather: no order fits.
    """
    by = acting()
    with raw_cursor() as cursor:
        place, _ = place_of(cursor, warehouse)
        (number,) = take_numbers(cursor, "wave", 1)
        wave = Wave.objects.create(
            number=f"W{number:06}", warehouse=place, note=note, created_by=by.actor
        )
        given: dict[str, Any] = {
            "enterprise": by.enterprise, "wave": wave.id, "warehouse": place, "most": most,
            "orders": None if orders is None else list(orders), "only_whole": only_whole,
        }  # fmt: skip
        rows = cursor.execute(sql.GATHER, given).fetchall()
        if not rows:
            raise NothingToGather(
                f"Cannot make a wave in {warehouse}.",
                "No order waits there that is reserved and in no wave"
                + (", with all of its goods." if only_whole else "."),
                "Allocate orders first, or take in those that still wait for goods.",
            )
    return Gathered(
        wave.id, wave.number, len({order for order, _ in rows}), sum(units for _, units in rows)
    )


def dissolve(wave: UUID) -> None:
    """Take a wave apart of which nothing was picked: its orders may go into another.

    Raises:
        Wave.DoesNotExist: there is no such wave.
        WaveBegun: something of it was picked.
    """
    found = Wave.objects.select_for_update().get(id=wave)
    its = Allocation.objects.filter(wave_id=wave)
    if its.exclude(picked_from="").exists() or not found.is_open:
        raise WaveBegun(
            f"Cannot dissolve wave {found.number}.",
            "Something of it was picked.",
            "Pick the rest, or put what was picked back first.",
        )
    its.update(wave_id=None)
    found.is_open = False
    found.save(update_fields=["is_open"])


def settle(cursor: Cursor[Any], waves: Iterable[UUID | None]) -> None:
    """Close those of these waves of which everything is picked; open those of which something is
    to be picked again. Call it after everything else.
    """
    its = sorted({wave for wave in waves if wave is not None})
    if its:
        given = {"enterprise": acting().enterprise, "waves": its}
        cursor.execute(sql.LOCK_WAVES, given)
        cursor.execute(sql.SETTLE_WAVES, given)
