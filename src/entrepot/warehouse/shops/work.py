# SPDX-License-Identifier: Apache-2.0
"""The job that tries events of shops again, once there may be what they waited for."""

from __future__ import annotations

from uuid import UUID

from entrepot.jobs.actions import start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within
from entrepot.warehouse.models import ShopEvent
from entrepot.warehouse.models.shops import WAITING
from entrepot.warehouse.shops.taking import retry_waiting
from entrepot.web.fields import Body


class RetryIn(Body):
    """Nothing has to be said."""


@work("shops.retry")
def retry_events(told: Told, arguments: RetryIn) -> Result:
    """Try events again that wait, because there may be by now what they waited for."""
    tried, taken = retry_waiting()
    told.progress(tried, tried)
    return {"tried": tried, "taken": taken}


@everywhere("retry_events", "*/10 * * * *")
def retry_later(enterprise: UUID) -> None:
    """Every ten minutes: ask for it where there is something to try again."""
    with within(enterprise):
        if ShopEvent.objects.filter(state=WAITING).exists():
            start(retry_events, RetryIn())
