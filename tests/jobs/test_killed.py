# SPDX-License-Identifier: Apache-2.0
"""Workers that are killed, held or asked to stop in the middle of a job."""

from __future__ import annotations

import signal
from uuid import UUID

from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from entrepot.jobs import actions
from entrepot.jobs.models import CANCELLED, DONE, ENDS, FAILED, QUEUED, RUNNING, Job
from entrepot.people.tenancy import within
from entrepot.site.configuration import configuration
from tests.jobs.working import marks, start, state, until, until_running, until_state, working


def test_a_job_that_waits_is_cancelled_at_once_and_never_begun(enterprise):
    id = start(enterprise)

    with within(enterprise):
        assert actions.cancel(id).state == CANCELLED

    with working():
        until_state(enterprise, start(enterprise), DONE)
    assert state(enterprise, id).state == CANCELLED
    assert marks(enterprise) == 3


def test_a_worker_killed_in_the_middle_leaves_nothing_and_its_job_is_run_again(enterprise, file):
    id = start(enterprise, file=str(file))
    with working() as first:
        until_running(enterprise, id)
        first.kill()
        first.wait()
    assert (state(enterprise, id).state, marks(enterprise)) == (RUNNING, 0)
    file.unlink()

    with working():
        job = until_state(enterprise, id, *ENDS)

    assert (job.state, job.attempts) == (DONE, 2)
    assert marks(enterprise) == 3


def test_another_worker_takes_over_from_one_that_was_killed(enterprise, file):
    id = start(enterprise, file=str(file))
    with working() as first:
        until_running(enterprise, id)
        with working():
            first.kill()
            first.wait()
            file.unlink()
            job = until_state(enterprise, id, *ENDS)

    assert (job.state, job.attempts, marks(enterprise)) == (DONE, 2, 3)


def test_a_job_that_kills_every_worker_is_given_up(enterprise, file):
    id = start(enterprise, file=str(file))
    with within(enterprise):
        Job.objects.filter(id=id).update(attempts=5)

    with working():
        job = until_state(enterprise, id, *ENDS)

    assert (job.state, job.problem["code"]) == (FAILED, "jobs.keeps_ending")


def test_a_worker_believed_dead_that_lives_does_not_do_it_twice(enterprise, file):
    id = start(enterprise, file=str(file))
    with working() as first:
        until_running(enterprise, id)
        first.send_signal(signal.SIGSTOP)
        with working():
            until(lambda: taken_over(enterprise, id))
            first.send_signal(signal.SIGCONT)
            file.unlink()
            job = until_state(enterprise, id, *ENDS)
            assert (job.state, marks(enterprise)) == (DONE, 3)
            until_state(enterprise, start(enterprise), DONE)

    assert marks(enterprise) == 6


def taken_over(enterprise: UUID, id: UUID) -> bool:
    """Whether the second worker has tried, found the job locked, and put it off."""
    task = state(enterprise, id).task
    return ProcrastinateJob.objects.filter(id=task, attempts__gte=2).exists()


def test_a_worker_asked_to_stop_lets_its_job_come_to_an_end(enterprise, file):
    id = start(enterprise, file=str(file))
    with working() as process:
        until_running(enterprise, id)
        process.send_signal(signal.SIGTERM)
        file.unlink()

        assert process.wait(20) == 0

    assert state(enterprise, id).state == DONE
    assert marks(enterprise) == 3


def test_a_job_that_does_not_end_in_time_is_undone_and_put_back(enterprise, file):
    id = start(enterprise, file=str(file))
    with working() as process:
        until_running(enterprise, id)
        process.send_signal(signal.SIGTERM)

        assert process.wait(20) == 0

    job = state(enterprise, id)
    assert (job.state, job.attempts, marks(enterprise)) == (QUEUED, 0, 0)
    file.unlink()
    with working():
        assert until_state(enterprise, id, *ENDS).state == DONE
    assert marks(enterprise) == 3


def test_a_worker_outlives_the_database(enterprise, file):
    """Last, since it starts the tests' database anew."""
    id = start(enterprise, file=str(file))
    with working() as process:
        until_running(enterprise, id)
        connections.close_all()
        database = configuration().embedded
        database.stop()
        database.start()
        file.unlink()

        job = until_state(enterprise, id, *ENDS)

        assert process.poll() is None
    assert (job.state, marks(enterprise)) == (DONE, 3)
