# SPDX-License-Identifier: Apache-2.0
"""The job that every enterprise has: throw away what is kept for a time only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

# The task that runs jobs is declared by being imported.
from entrepot.jobs import running, sending
from entrepot.jobs.actions import QUEUE, REGULARLY, start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.jobs.models import ENDS, PENDING, Delivery, Job, Reply
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within
from entrepot.web.fields import Body, whole

__all__ = ["housekeeping", "keep_house", "running", "sending"]

#: Days that answers to requests with an Idempotency-Key are kept.
REPLY_DAYS: Final = 7
#: Rows thrown away with one statement.
_AT_ONCE: Final = 1_000


class HousekeepingIn(Body):
    """How long finished jobs and deliveries are kept."""

    keep_days: Annotated[int, whole(1, 365)] = 30


@work("housekeeping")
def housekeeping(told: Told, arguments: HousekeepingIn) -> Result:
    """Throw away old replies, finished jobs and finished deliveries."""
    before = timezone.now() - timedelta(days=arguments.keep_days)
    old = {
        "replies": _old_replies(timezone.now() - timedelta(days=REPLY_DAYS)),
        "jobs": Job.objects.filter(state__in=ENDS, finished_at__lt=before),
        "deliveries": Delivery.objects.exclude(state=PENDING).filter(made_at__lt=before),
    }
    thrown_away = dict.fromkeys(old, 0)
    for what, rows in old.items():
        while some := list(rows.values_list("id", flat=True)[:_AT_ONCE]):
            thrown_away[what] += rows.model._base_manager.filter(id__in=some).delete()[0]
            told.progress(sum(thrown_away.values()))
    return thrown_away


def _old_replies(before: datetime) -> QuerySet[Any]:
    return Reply.objects.filter(at__lt=before)


@everywhere("keep_house", "17 3 * * *")
def keep_house(enterprise: UUID) -> None:
    """Every night: ask for the housekeeping."""
    with within(enterprise):
        start(housekeeping, HousekeepingIn())


@app.periodic(cron="17 4 * * *")
@app.task(name="entrepot.tidy_queue", queue=QUEUE, queueing_lock="tidy_queue", priority=REGULARLY)
def tidy_queue(timestamp: int) -> None:
    """Every night: throw away what the queue has done with."""
    sending.forget_old_tasks()
