# SPDX-License-Identifier: Apache-2.0
"""Jobs run by a real worker: seen while they run, refused, stopped, run again."""

from __future__ import annotations

import pytest
from django.db import transaction

from entrepot.jobs import actions
from entrepot.jobs.models import CANCELLED, DONE, ENDS, FAILED, QUEUED, RUNNING, Job
from entrepot.people.tenancy import within
from tests.jobs.kinds import Marks, leave_marks
from tests.jobs.working import marks, start, until_running, until_state, working


@pytest.fixture(scope="module")
def worker(desk):
    """One worker for the tests that do not stop theirs."""
    with working(concurrency=2) as process:
        yield process


def test_a_job_is_done_by_whoever_asked_and_says_what_came_of_it(enterprise, worker):
    job = until_state(enterprise, start(enterprise), *ENDS)

    assert (job.state, job.problem) == (DONE, None)
    assert job.result == {"marks": 3, "by": "user:tester"}
    assert (job.done, job.of, job.attempts) == (4, 4, 1)
    assert job.asked_at <= job.started_at <= job.finished_at
    assert marks(enterprise) == 3


def test_a_job_is_not_begun_where_its_transaction_was_rolled_back(enterprise, worker):
    with within(enterprise):
        job = actions.start(leave_marks, Marks())
        transaction.set_rollback(True)
    until_state(enterprise, start(enterprise), DONE)

    with within(enterprise):
        assert not Job.objects.filter(id=job.id).exists()
    assert marks(enterprise) == 3


def test_how_far_it_is_is_seen_while_nothing_of_what_it_does_is(enterprise, worker, file):
    id = start(enterprise, marks=5, file=str(file))

    job = until_running(enterprise, id)

    assert (job.done, job.of, marks(enterprise)) == (1, 6, 0)
    file.unlink()
    assert until_state(enterprise, id, *ENDS).state == DONE
    assert marks(enterprise) == 5


def test_a_refusal_fails_the_job_with_its_sentences_and_leaves_nothing(enterprise, worker):
    job = until_state(enterprise, start(enterprise, wrong="refused"), *ENDS)

    assert (job.state, job.result) == (FAILED, None)
    assert job.problem == {
        "code": "test.not_enough",
        "asked": "Cannot take 7.",
        "found": "On hand: 6.",
        "remedy": "Take 6.",
        "facts": {"on_hand": 6, "on": "2026-01-02"},
    }
    assert marks(enterprise) == 0


def test_a_mistake_of_the_program_fails_the_job_and_shows_nothing_from_inside(enterprise, worker):
    job = until_state(enterprise, start(enterprise, wrong="broken"), *ENDS)

    assert (job.state, job.problem["code"]) == (FAILED, "jobs.broken")
    assert "secret" not in str(job.problem)
    assert len(job.problem["facts"]["reference"]) == 12
    assert marks(enterprise) == 0


def test_a_job_that_runs_is_cancelled_and_leaves_nothing(enterprise, worker, file):
    id = start(enterprise, file=str(file))
    until_running(enterprise, id)

    with within(enterprise):
        assert actions.cancel(id).state == RUNNING

    assert until_state(enterprise, id, *ENDS).state == CANCELLED
    assert marks(enterprise) == 0


def test_a_job_that_failed_is_run_again(enterprise, worker, file):
    id = start(enterprise, file=str(file))
    until_running(enterprise, id)
    with within(enterprise):
        actions.cancel(id)
    until_state(enterprise, id, CANCELLED)
    file.unlink()

    with within(enterprise):
        again = actions.retry(id)

    assert (again.state, again.finished_at, again.cancel_asked_at) == (QUEUED, None, None)
    assert until_state(enterprise, id, *ENDS).state == DONE
    assert marks(enterprise) == 3
