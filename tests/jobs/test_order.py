# SPDX-License-Identifier: Apache-2.0
"""In which order a worker does what waits: what was asked for, then what is looked at regularly."""

from __future__ import annotations

import psycopg
from procrastinate.contrib.django import app

from entrepot.jobs.models import DONE
from entrepot.site.configuration import configuration
from tests.jobs.working import start, until, until_state, working

#: Those of some entries of the queue that were begun, in that order.
BEGUN = """
    SELECT job_id FROM procrastinate_events WHERE type = 'started' AND job_id = ANY(%s)
    GROUP BY job_id ORDER BY min(id)
"""


def test_what_somebody_asked_for_does_not_wait_for_what_is_looked_at_regularly(enterprise):
    regular = [
        task.configure(queueing_lock=f"test:{enterprise}:{task.name}").defer(timestamp=0)
        for task in (app.tasks[f"entrepot.{each}"] for each in ("serve_waiting", "retry_events"))
    ]
    job = start(enterprise, marks=1)

    with working():
        task = until_state(enterprise, job, DONE).task
        begun = until(lambda: all_begun([task, *regular]))

    assert begun == [task, *regular]


def all_begun(entries):
    """The entries in the order in which they were begun, once all of them were."""
    with psycopg.connect(configuration().owner) as past_walls:
        begun = [id for (id,) in past_walls.execute(BEGUN, [entries])]
    return begun if len(begun) == len(entries) else None
