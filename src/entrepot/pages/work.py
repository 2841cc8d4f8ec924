# SPDX-License-Identifier: Apache-2.0
"""The job that counts what plots are drawn from."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entrepot.jobs.actions import REGULARLY
from entrepot.jobs.kinds import Result, Told, work
from entrepot.pages.counting import count, is_behind
from entrepot.people.models import Enterprise, Profile
from entrepot.people.tenancy import within
from entrepot.web.fields import Body

#: Seconds that one turn takes, and the enterprise in which it ends.
AT_ONCE: Final = 1.0


class CountFiguresIn(Body):
    """Nothing is to be said: it counts what was posted since the last time."""


@work("pages.count")
def count_now(told: Told, arguments: CountFiguresIn) -> Result:
    """Bring the sums up to date that the plots are drawn from."""
    with timezone.override(ZoneInfo(Profile.objects.get().time_zone)):
        return {"days": count(told).days}


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="entrepot.count_figures",
    queue="jobs",
    queueing_lock="count_figures",
    priority=REGULARLY,
)
def count_everywhere(timestamp: int, after: str = "") -> None:
    """Every five minutes: count the days on which something was posted.

    It takes turns: where there are thousands of enterprises, jobs that somebody waits for come
    between one second of it and the next, which goes on with the enterprises `after` the last.
    """
    end = monotonic() + AT_ONCE
    enterprises = Enterprise.objects.filter(id__gt=after) if after else Enterprise.objects.all()
    for enterprise in enterprises.order_by("id").values_list("id", flat=True).iterator():
        with within(enterprise):
            if is_behind():
                with timezone.override(ZoneInfo(Profile.objects.get().time_zone)):
                    count()
        if monotonic() > end:
            with suppress(AlreadyEnqueued):  # the next five minutes are over: it begins anew
                count_everywhere.configure().defer(timestamp=timestamp, after=str(enterprise))
            return
