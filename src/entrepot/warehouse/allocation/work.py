# SPDX-License-Identifier: Apache-2.0
"""The job that serves orders that wait, where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from entrepot.jobs.actions import start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_waiting, servable
from entrepot.web.fields import Body, code

#: Orders that are served at a time.
_AT_ONCE: Final = 10_000


class AllocateIn(Body):
    """What has arrived: orders that wait for one of these are served; for anything, where empty."""

    skus: list[Annotated[str, code(64)]] = Field(default=[], max_length=100_000)


@work("warehouse.allocate")
def allocate(told: Told, arguments: AllocateIn) -> Result:
    """Reserve for orders that wait for goods, in the order of promise."""
    found = allocate_waiting(arguments.skus or None, _AT_ONCE)
    told.progress(len(found), len(found))
    return {
        "orders": len(found),
        "reserved": sum(each.reserved for each in found),
        "waiting": sum(each.waiting for each in found),
    }


@everywhere("serve_waiting", "*/5 * * * *")
def serve_overlooked(enterprise: UUID) -> None:
    """Every five minutes: serve orders that came while what they wait for was put away."""
    with within(enterprise):
        if skus := servable():
            allocate_waiting(skus, _AT_ONCE)


def serve_later(skus: Sequence[str]) -> None:
    """Have those served who wait for what lies free again, once this transaction is committed: it
    has touched the book, and must not go on to lock other orders.
    """
    if skus:
        start(allocate, AllocateIn(skus=list(skus)))
