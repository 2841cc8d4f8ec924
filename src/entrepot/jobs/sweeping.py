# SPDX-License-Identifier: Apache-2.0
"""What the worker does regularly for every enterprise: a sweep, in turns.

A turn goes through some enterprises, and asks for the next turn before it begins. So jobs that
somebody waits for come in between, and a worker that is killed loses its turn only, which is done
again. While a turn waits the clock begins no other sweep of its kind, and of one kind one turn runs
at a time, however many workers there are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entrepot.jobs.actions import QUEUE, REGULARLY
from entrepot.people.models import Enterprise

#: What is done for one enterprise.
Look = Callable[[UUID], None]
#: Enterprises that a turn goes through.
PER_TURN: Final = 100

_log = logging.getLogger("entrepot.jobs")


class SweepFailed(Exception):
    """What a sweep does failed for some enterprises; the log has each of them."""


def everywhere(name: str, cron: str, priority: int = REGULARLY) -> Callable[[Look], Look]:
    """Have a function called for every enterprise, again and again.

    What fails for one enterprise is logged, and the others are gone through.

    Args:
        name: of the task, for the queue and the log.
        cron: when a sweep begins; one that is not through by then goes on instead.
        priority: of its turns in the queue; after what somebody asked for, if none is given.
    """

    def declare(look: Look) -> Look:
        @app.periodic(cron=cron)
        @app.task(
            name=f"entrepot.{name}", queue=QUEUE, queueing_lock=name, lock=name, priority=priority
        )
        def turn(timestamp: int, after: str = "") -> None:
            enterprises = Enterprise.objects.filter(id__gt=after) if after else Enterprise.objects
            its = list(enterprises.order_by("id").values_list("id", flat=True)[:PER_TURN])
            if len(its) == PER_TURN:
                with suppress(AlreadyEnqueued):  # the clock was first: all begins anew
                    turn.configure().defer(timestamp=timestamp, after=str(its[-1]))
            _go_through(name, look, its)

        return look

    return declare


def _go_through(name: str, look: Look, enterprises: list[UUID]) -> None:
    failed = 0
    for enterprise in enterprises:
        try:
            look(enterprise)
        except Exception:  # whatever it is, it is not the next enterprise's
            failed += 1
            _log.exception("broke", extra={"enterprise": str(enterprise), "kind": name})
    if failed:
        raise SweepFailed(f"{name}: for {failed} of {len(enterprises)} enterprises.")
