# SPDX-License-Identifier: Apache-2.0
"""Jobs: how far each is, what stood in the way of those that failed; cancelled, run again."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.text import capfirst

from entrepot.catalog.importing import KIND as CATALOG_IMPORT
from entrepot.jobs import actions
from entrepot.jobs.kinds import KINDS
from entrepot.jobs.models import CANCELLED, ENDS, FAILED, STATES, Job
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, page, show
from entrepot.pages.leads import lead
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import state_in_words, told_kept

READ, WRITE = "jobs.read", "jobs.write"
#: Faults of a problem that are shown.
_MOST: Final = 100


class JobFilters(forms.Filters):
    state = forms.states("job", STATES)
    kind = fields.ChoiceField(
        choices=lambda: [
            ("", words("common")["any"]),
            *(
                (kind, capfirst(state_in_words("job_kind", kind, language())))
                for kind in sorted(KINDS)
            ),
        ]
    )


def part_of(job: Job | None) -> tuple[int, int] | None:
    """How far a job is, once it knows how far it has to go."""
    return (min(job.done, job.of), job.of) if job is not None and job.of else None


def problem_of(job: Job | None) -> str:
    """What stood in a job's way, in a line of the reader's language."""
    return told_kept(job.problem, language()).found if job and job.problem else ""


@page(READ)
def jobs(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Jobs, the latest first; asked about again by itself while one of them is not at its end."""
    filters = JobFilters(request.GET, say=words("jobs"))
    actors: dict[str, str] = {}
    columns = (
        Column(
            "kind", to=lambda job: reverse("pages:jobs_one", args=[job.id]),
            of=lambda job: capfirst(state_in_words("job_kind", job.kind, language())),
        ),
        Column("state", "state", states="job"),
        Column("progress", "progress", of=part_of),
        Column("problem", of=problem_of),
        Column("asked_by", of=lambda job: actors[job.asked_by]),
        Column("asked_at", "moment"),
        Column("finished_at", "moment"),
    )  # fmt: skip
    is_busy = False

    def look_up(items: Any) -> None:
        nonlocal is_busy
        is_busy = any(job.state not in ENDS for job in items)
        actors.update(named({job.asked_by for job in items}))

    rows = Job.objects.filter(**filters.given())
    table = Table("jobs", columns, rows, by=("-id",), filters=filters, before=look_up)
    response = answer(request, access, "jobs", table, "pages/jobs.html", busy=lambda: is_busy)
    if request.headers.get("HX-Trigger") == "poll" and not is_busy:
        response["HX-Refresh"] = "true"
    return response


@page(READ)
def job(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """A job: how far it is, what came of it, or what stood in its way and what to do."""
    found = Job.objects.get(id=id)
    if request.headers.get("HX-Target") == "progress":
        response = show(request, access, "jobs", "pages/progress.html", job=found, source=id)
        if found.state in ENDS:
            response["HX-Refresh"] = "true"
        return response
    may_write = WRITE in access.scopes
    problem = told_kept(found.problem, language()) if found.problem else None
    return show(
        request, access, "jobs", "pages/job.html", job=found, source=id, problem=problem,
        heading=capfirst(state_in_words("job_kind", found.kind, language())),
        about=words("jobs")["one"],
        by=named([found.asked_by])[found.asked_by], is_busy=found.state not in ENDS,
        faults=[_fault(each) for each in problem.faults[:_MOST]] if problem else (),
        result=[
            (words("jobs")["results"].get(name, name), value)
            for name, value in (found.result or {}).items() if isinstance(value, int)
        ],
        about_url=_about(found), is_stopping=found.cancel_asked_at is not None,
        may_cancel=may_write and found.state not in ENDS and found.cancel_asked_at is None,
        may_retry=may_write and found.state in (FAILED, CANCELLED),
    )  # fmt: skip


def _fault(fault: Any) -> str:
    """One of several faults, as a line."""
    where = [str(fault[name]) for name in ("row", "place", "field", "code") if fault.get(name)]
    said = [
        str(fault[name]) for name in ("found", "expected", "remedy", "reason") if fault.get(name)
    ]
    return f"{' '.join(where)}: {' '.join(said)}".removeprefix(": ")


def _about(job: Job) -> str:
    """The page of what a job is about."""
    source = job.arguments.get("source")
    if job.kind == CATALOG_IMPORT and source:
        return lead("masters_import", source)
    if job.kind.startswith("orders.") and source:
        return lead("orders_file", source)
    if job.kind == "consolidating.plan" and job.result:
        return lead("inbound_plan", job.result.get("plan"))
    if job.kind == "closing.close":
        return lead("closes_one", job.arguments.get("close"))
    return ""


@action(WRITE, "/jobs/")
def cancel(request: HttpRequest, access: Access, job: UUID) -> HttpResponse:
    """Cancel a job: nothing of it is left."""
    done = actions.cancel(job)
    say = words("jobs")["did"]
    messages.success(request, say["cancelled" if done.state == CANCELLED else "stopping"])
    return redirect("pages:jobs_one", job)


@action(WRITE, "/jobs/")
def retry(request: HttpRequest, access: Access, job: UUID) -> HttpResponse:
    """Run a job again that failed or was cancelled."""
    actions.retry(job)
    messages.success(request, words("jobs")["did"]["again"])
    return redirect("pages:jobs_one", job)


urlpatterns = [
    path("", jobs, name="jobs"),
    path("<uuid:id>/", job, name="jobs_one"),
    path("<uuid:job>/cancel", cancel, name="jobs_cancel"),
    path("<uuid:job>/retry", retry, name="jobs_retry"),
]
