# SPDX-License-Identifier: Apache-2.0
"""Start, cancel and retry jobs, and write down how one ended."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from ninja.responses import NinjaJSONEncoder
from procrastinate.contrib.django import app

from entrepot.errors import EntrepotError, Refused
from entrepot.jobs.events import Event
from entrepot.jobs.kinds import Arguments, Result, Work
from entrepot.jobs.models import (
    CANCELLED,
    DONE,
    ENDS,
    FAILED,
    QUEUED,
    RUNNING,
    Job,
)
from entrepot.jobs.webhooks import emit
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: The task of the queue that runs every job (`jobs.running`), and where it waits.
TASK: Final = "entrepot.run_job"
QUEUE: Final = "jobs"
#: What is looked at regularly for every enterprise comes after what somebody asked for, and waits
#: for: where there are thousands of enterprises, going through them takes a while.
REGULARLY: Final = -1


class JobEnded(Refused):
    """A job that has ended cannot be cancelled."""

    code: ClassVar[str] = "jobs.ended"


class JobNotEnded(Refused):
    """Only a job that failed or was cancelled can be run again."""

    code: ClassVar[str] = "jobs.not_failed"


def start(work: Work[Arguments], arguments: Arguments) -> Job:
    """Ask for a job; it begins once this transaction is committed, and never if it is not."""
    job = new_id()
    return Job.objects.create(
        id=job,
        kind=work.kind,
        arguments=arguments.model_dump(mode="json"),
        asked_by=acting().actor,
        task=_queue(job),
    )


def cancel(job: UUID) -> Job:
    """Cancel a job: at once where it waits; where it runs, when it next says how far it is.

    Raises:
        Job.DoesNotExist: there is no such job.
        JobEnded: it is done, failed or cancelled.
    """
    found = Job.objects.select_for_update().get(id=job)
    if found.state in ENDS:
        raise JobEnded(
            f"Cannot cancel job {job}.",
            f"It is {found.state}.",
            "Nothing is to be done; what a job did is taken back where it was done.",
            state=found.state,
        )
    now = timezone.now()
    found.cancel_asked_at = found.cancel_asked_at or now
    if found.state == QUEUED:
        app.job_manager.cancel_job_by_id(found.task)
        found.state, found.finished_at = CANCELLED, now
    found.save(update_fields=["state", "finished_at", "cancel_asked_at"])
    return found


def retry(job: UUID) -> Job:
    """Run a job again that failed or was cancelled, with the same arguments.

    Raises:
        Job.DoesNotExist: there is no such job.
        JobNotEnded: it waits, runs, or is done.
    """
    found = Job.objects.select_for_update().get(id=job)
    if found.state not in (FAILED, CANCELLED):
        raise JobNotEnded(
            f"Cannot run job {job} again.",
            f"It is {found.state}.",
            "Wait for its end, or start a new one.",
            state=found.state,
        )
    found.state, found.task = QUEUED, _queue(job)
    found.done, found.of, found.attempts = 0, None, 0
    found.result = found.problem = None
    found.started_at = found.finished_at = found.cancel_asked_at = None
    found.save()
    return found


def finish(job: UUID, result: Result) -> None:
    """Write down that a job is done, in the transaction of what it did."""
    _end(job, DONE, result=dict(result))
    emit(Event.JOB_DONE, {"job": str(job)})


def fail(job: UUID, error: EntrepotError) -> None:
    """Write down that a job failed, and why."""
    problem = {
        "code": error.code,
        "asked": error.asked,
        "found": error.found,
        "remedy": error.remedy,
        # Facts may be days or ids, which the column takes as texts.
        "facts": json.loads(json.dumps(error.facts, cls=NinjaJSONEncoder)),
    }
    _end(job, FAILED, problem=problem)
    emit(Event.JOB_FAILED, {"job": str(job), "code": error.code})


def give_up(job: UUID) -> None:
    """Write down that a job stopped because it was asked to."""
    _end(job, CANCELLED)


def put_back(job: UUID) -> None:
    """Write down that a job waits again, because its worker was asked to stop."""
    running = Job.objects.filter(id=job, state=RUNNING)
    running.update(state=QUEUED, started_at=None, done=0, attempts=F("attempts") - 1)


def _end(job: UUID, state: str, **says: Any) -> None:
    running = Job.objects.filter(id=job, state=RUNNING)
    if not running.update(state=state, finished_at=timezone.now(), **says):
        raise AssertionError(f"job {job} is not running")


def _queue(job: UUID) -> int:
    """Put a job into the queue, in this transaction. Two runs of it never overlap."""
    by = acting()
    deferrer = app.configure_task(TASK, queue=QUEUE, lock=f"job:{job}")
    return deferrer.defer(enterprise=str(by.enterprise), job=str(job), actor=by.actor)
