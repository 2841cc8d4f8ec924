# SPDX-License-Identifier: Apache-2.0
"""What is kept for a time only is thrown away, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from entrepot.jobs import actions, work
from entrepot.jobs.models import DONE, FAILED, PENDING, QUEUED, RUNNING, Delivery, Job, Webhook
from entrepot.jobs.work import HousekeepingIn, housekeeping
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.site.configuration import configuration
from tests.jobs.kinds import Marks, leave_marks

OLD, NEW = timedelta(days=31), timedelta(days=29)


class Heard:
    """What was said of how far it is."""

    def __init__(self) -> None:
        self.said: list[int] = []

    def progress(self, done: int, of: int | None = None) -> None:
        self.said.append(done)


@pytest.mark.parametrize(
    ("state", "age", "is_kept"),
    [
        (DONE, OLD, False),
        (FAILED, OLD, False),
        (DONE, NEW, True),
        (RUNNING, OLD, True),
        (QUEUED, OLD, True),
    ],
)
def test_jobs_that_ended_long_ago_are_thrown_away(enterprise, state, age, is_kept):
    with within(enterprise):
        job = actions.start(leave_marks, Marks())
        Job.objects.filter(id=job.id).update(state=state, finished_at=timezone.now() - age)

        done = housekeeping.does(Heard(), HousekeepingIn())

        assert Job.objects.exists() is is_kept
        assert done == {"replies": 0, "jobs": 1 - is_kept, "deliveries": 0}


@pytest.mark.parametrize(
    ("state", "age", "is_kept"), [(FAILED, OLD, False), (FAILED, NEW, True), (PENDING, OLD, True)]
)
def test_deliveries_that_ended_long_ago_are_thrown_away(enterprise, state, age, is_kept):
    with within(enterprise):
        webhook = Webhook.objects.create(url="", events=[], secret=b"", made_by="")
        made_at = timezone.now() - age
        Delivery.objects.create(webhook=webhook, state=state, made_at=made_at)

        housekeeping.does(Heard(), HousekeepingIn())

        assert Delivery.objects.exists() is is_kept
        assert Webhook.objects.exists()


def test_much_is_thrown_away_in_parts_and_each_part_is_told(enterprise, monkeypatch):
    monkeypatch.setattr(work, "_AT_ONCE", 2)
    heard = Heard()
    with within(enterprise):
        for _ in range(5):
            actions.start(leave_marks, Marks())
        Job.objects.update(state=DONE, finished_at=timezone.now() - OLD)

        assert housekeeping.does(heard, HousekeepingIn())["jobs"] == 5

    assert heard.said == [2, 4, 5]


def test_nothing_of_another_enterprise_is_thrown_away(enterprise):
    other = Enterprise.objects.create().id
    with within(other):
        job = actions.start(leave_marks, Marks())
        Job.objects.filter(id=job.id).update(state=DONE, finished_at=timezone.now() - OLD)

    with within(enterprise):
        housekeeping.does(Heard(), HousekeepingIn())

    with within(other):
        assert Job.objects.exists()


def test_every_night_it_is_asked_for(enterprise):
    work.keep_house(enterprise)

    with within(enterprise):
        assert [job.kind for job in Job.objects.all()] == ["housekeeping"]
    assert ProcrastinateJob.objects.filter(args__enterprise=str(enterprise)).count() == 1
    assert "entrepot.keep_house" in app.tasks


def test_what_the_queue_has_done_with_long_ago_is_thrown_away(enterprise):
    with within(enterprise):
        old, new = (actions.start(leave_marks, Marks()).task for _ in range(2))
    with psycopg.connect(configuration().owner) as past_walls:
        past_walls.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = ANY(%s)", [[old, new]]
        )
        past_walls.execute(
            "UPDATE procrastinate_events SET at = now() - interval '40 days' WHERE job_id = %s",
            [old],
        )

    work.tidy_queue(timestamp=0)

    left = ProcrastinateJob.objects.filter(id__in=[old, new])
    assert list(left.values_list("id", flat=True)) == [new]
