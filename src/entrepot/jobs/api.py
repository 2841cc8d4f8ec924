# SPDX-License-Identifier: Apache-2.0
"""Jobs in the API: see them, cancel them, run them again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from entrepot.jobs import actions
from entrepot.jobs.models import Job
from entrepot.jobs.work import HousekeepingIn, housekeeping
from entrepot.people.access import needs
from entrepot.web.fields import Unasked
from entrepot.web.paging import Page, Paging

router = Router(tags=["jobs"])

State = Literal["queued", "running", "done", "failed", "cancelled"]


class JobProblem(Schema):
    """Why a job failed, as a problem says it."""

    code: str
    asked: str
    found: str
    remedy: str
    facts: dict[str, Any]


class JobOut(Schema):
    """Something that is done outside of a request."""

    id: UUID
    kind: str
    state: State
    done: int
    of: int | None
    attempts: int
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    problem: JobProblem | None
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobFilter(Paging):
    """Which jobs."""

    state: Unasked[State] = None


@router.get("", response=Page[JobOut], auth=needs("jobs.read"))
def list_jobs(request: HttpRequest, page: Query[JobFilter]) -> dict[str, Any]:
    """List jobs, the latest first."""
    jobs = Job.objects.all()
    if page.state:
        jobs = jobs.filter(state=page.state)
    return page.of(jobs, "-id")


@router.get("/{uuid:job}", response=JobOut, auth=needs("jobs.read"))
def show_job(request: HttpRequest, job: UUID) -> Job:
    """Show how far a job is, and what came of it."""
    return Job.objects.get(id=job)


@router.post("/{uuid:job}/cancel", response=JobOut, auth=needs("jobs.write"))
def cancel_job(request: HttpRequest, job: UUID) -> Job:
    """Cancel a job: at once where it waits; where it runs, it stops soon and leaves nothing behind.

    Answers 409 `jobs.ended` when it has ended.
    """
    return actions.cancel(job)


@router.post("/{uuid:job}/retry", response=JobOut, auth=needs("jobs.write"))
def retry_job(request: HttpRequest, job: UUID) -> Job:
    """Run a job again that failed or was cancelled, with the same arguments.

    Answers 409 `jobs.not_failed` when it waits, runs or is done.
    """
    return actions.retry(job)


@router.post("/housekeeping", response={202: JobOut}, auth=needs("jobs.write"))
def start_housekeeping(request: HttpRequest, body: HousekeepingIn) -> Job:
    """Throw away finished jobs and deliveries that are older than so many days, as every night."""
    return actions.start(housekeeping, body)
