# SPDX-License-Identifier: Apache-2.0
"""The job that counts what plots are drawn from."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone
from procrastinate.contrib.django import app

from entrepot.jobs.kinds import Result, Told, work
from entrepot.pages.counting import count
from entrepot.people.models import Enterprise, Profile
from entrepot.people.tenancy import within
from entrepot.web.fields import Body


class CountFiguresIn(Body):
    """Nothing is to be said: it counts what was posted since the last time."""


@work("pages.count")
def count_now(told: Told, arguments: CountFiguresIn) -> Result:
    """Bring the sums up to date that the plots are drawn from."""
    with timezone.override(ZoneInfo(Profile.objects.get().time_zone)):
        return {"days": count(told).days}


@app.periodic(cron="*/5 * * * *")
@app.task(name="entrepot.count_figures", queue="jobs", queueing_lock="count_figures")
def count_everywhere(timestamp: int) -> None:
    """Every five minutes: count the days on which something was posted."""
    for enterprise in Enterprise.objects.values_list("id", flat=True).iterator():
        with within(enterprise):
            profile = Profile.objects.first()
            if profile is None:
                continue
            with timezone.override(ZoneInfo(profile.time_zone)):
                count()
