# SPDX-License-Identifier: Apache-2.0
"""The job that tries events of shops again, and throws away what was said in those that are old."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone
from procrastinate.contrib.django import app

from entrepot.jobs.actions import REGULARLY, start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.warehouse.models import ShopEvent
from entrepot.warehouse.models.shops import KEPT, REFUSED, TAKEN, WAITING
from entrepot.warehouse.shops.taking import retry_waiting
from entrepot.web.fields import Body

#: Days that what a shop said is kept, once nothing is to be done with it any more.
KEPT_DAYS: Final = 30


class RetryIn(Body):
    """Nothing has to be said."""


@work("shops.retry")
def retry_events(told: Told, arguments: RetryIn) -> Result:
    """Try events again that wait, because there may be by now what they waited for."""
    tried, taken = retry_waiting()
    old = ShopEvent.objects.filter(
        state__in=(TAKEN, KEPT, REFUSED), received_at__lt=timezone.now() - timedelta(KEPT_DAYS)
    )
    forgotten = old.exclude(body=b"").update(body=b"")
    told.progress(tried, tried)
    return {"tried": tried, "taken": taken, "forgotten": forgotten}


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
