# SPDX-License-Identifier: Apache-2.0
"""The job that tries events of shops again, once there may be what they waited for."""

from __future__ import annotations

from procrastinate.contrib.django import app

from entrepot.jobs.actions import REGULARLY, start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.people.models import Enterprise
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


@app.periodic(cron="*/10 * * * *")
@app.task(
    name="entrepot.retry_events", queue="jobs", queueing_lock="retry_events", priority=REGULARLY
)
def retry_everywhere(timestamp: int) -> None:
    """Every ten minutes, for the enterprises that have something to try again."""
    for enterprise in Enterprise.objects.values_list("id", flat=True).iterator():
        with within(enterprise):
            if ShopEvent.objects.filter(state=WAITING).exists():
                start(retry_events, RetryIn())
