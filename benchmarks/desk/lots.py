# SPDX-License-Identifier: Apache-2.0
"""Walk one lot over ten places, both ways, in a large book."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from benchmarks.desk import book
from benchmarks.measure import Line, in_turns
from entrepot.ledger.actions import post_all
from entrepot.ledger.document import Document
from entrepot.ledger.document import Line as Says
from entrepot.ledger.lots import walk
from entrepot.people.tenancy import within

HOPS, UNITS, SECONDS = 10, 50, 1.0


def measure(enterprise: UUID, movements: int) -> Iterator[Line]:
    """A lot of fifty units that goes through ten warehouses, a unit at a time."""
    item, lot = book.sku(7), "WALKED"
    places = ["supplier/A", *(book.warehouse(number) for number in range(HOPS))]
    legs = list(pairwise(places))
    with within(enterprise):
        post_all(
            [
                Document("walked", f"W-{leg}-{unit}", book.DAY, [Says(item, 1, *way, lot)])
                for leg, way in enumerate(legs)
                for unit in range(UNITS)
            ]
        )

    def both() -> None:
        with within(enterprise):
            on = walk(item, lot, places[0], "on")
            back = walk(item, lot, places[-1], "back")
        assert max(step.hops for step in on) == max(step.hops for step in back) == HOPS

    taken = in_turns({"walk": both}, 5)
    yield Line(f"a lot over {HOPS} hops, both ways", taken["walk"], 0, SECONDS)
