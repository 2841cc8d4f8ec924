# SPDX-License-Identifier: Apache-2.0
"""Serve orders that wait, with whatever makes goods available or takes them away.

    with served(["SKU-1"]):
        post(...)  # brings SKU-1 onto a shelf

    with served((), losing={("warehouse/DUI1/A-01", "SKU-1")}) as waves:
        give_up(cursor, allocations, waves)

Orders are locked before what lies in the book is touched, as allocation does it: two who do so at
once wait for each other, and never in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from entrepot.jobs.actions import start
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.allocation.work import AllocateIn, allocate
from entrepot.warehouse.floor import sql
from entrepot.warehouse.outbound.waves import settle

#: Up to so many orders are served at once, more of them by a job.
MOST_AT_ONCE: Final = 200


@contextmanager
def served(
    skus: Collection[str], losing: Collection[tuple[str, str]] = frozenset()
) -> Iterator[set[UUID | None]]:
    """Do something, and then reserve for the orders that wait for it.

    Args:
        skus: what becomes available.
        losing: places and SKUs where reservations may be given up; their orders are served again.

    Gives:
        where to add waves of which something is given up: whether they are open is seen at the end.
    """
    waves: set[UUID | None] = set()
    if not skus and not losing:
        yield waves
        return
    wanted = sorted({*skus, *(sku for _, sku in losing)})
    given: dict[str, Any] = {
        "enterprise": acting().enterprise,
        "skus": wanted,
        "most": MOST_AT_ONCE + 1,
        "places": [place for place, _ in losing],
        "items": [sku for _, sku in losing],
    }
    with raw_cursor() as cursor:
        rows = cursor.execute(sql.HOLD_ORDERS, given).fetchall()
    yield waves
    if sum(is_waiting for _, is_waiting in rows) > MOST_AT_ONCE:
        # Those whose reservation was given up wait as well: whoever was promised first comes first.
        start(allocate, AllocateIn(skus=wanted))
    elif rows:
        allocate_orders([order for order, _ in rows])
    with raw_cursor() as cursor:
        settle(cursor, waves)
