# SPDX-License-Identifier: Apache-2.0
"""The job that counts what plots are drawn from."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from entrepot.jobs.kinds import Result, Told, work
from entrepot.jobs.sweeping import everywhere
from entrepot.pages.counting import count, is_behind
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.web.fields import Body


class CountFiguresIn(Body):
    """Nothing is to be said: it counts what was posted since the last time."""


@work("pages.count")
def count_now(told: Told, arguments: CountFiguresIn) -> Result:
    """Bring the sums up to date that the plots are drawn from."""
    with timezone.override(ZoneInfo(Profile.objects.get().time_zone)):
        return {"days": count(told).days}


@everywhere("count_figures", "*/5 * * * *")
def count_what_is_new(enterprise: UUID) -> None:
    """Every five minutes: count the days on which something was posted."""
    with within(enterprise):
        if is_behind():
            with timezone.override(ZoneInfo(Profile.objects.get().time_zone)):
                count()
