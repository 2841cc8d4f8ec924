# SPDX-License-Identifier: Apache-2.0
"""The page of jobs: how far each is, retry, cancel."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from entrepot.errors import EntrepotError
from entrepot.jobs import actions
from entrepot.jobs.models import CANCELLED, FAILED, QUEUED, RUNNING, Job
from entrepot.jobs.words import words
from entrepot.people.access import Access
from entrepot.people.middleware import find_caller
from entrepot.people.tenancy import within
from entrepot.web.paging import Paging

#: Seconds until the page asks again, while something runs.
REFRESH: Final = 3
_ON_A_PAGE: Final = 50

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Access, Given], HttpResponse]


def needs(scope: str, back: str) -> Callable[[View[Given]], Callable[..., HttpResponse]]:
    """A page for whoever is signed in, in the enterprise they chose, and has a scope.

    `back` is the page that says what was refused.
    """

    def around(view: View[Given]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, *given: Given.args, **named: Given.kwargs) -> HttpResponse:
            access = find_caller(request)
            if access is None or access.user is None:
                return redirect("people_home")
            try:
                access.need(scope)
                with within(access.enterprise, access.actor):
                    return view(request, access, *given, **named)
            except EntrepotError as error:
                messages.error(request, str(error))
                return redirect(back)

        return login_required(page)

    return around


@require_GET
@never_cache
@needs("jobs.read", back="people_home")
def jobs(request: HttpRequest, access: Access) -> HttpResponse:
    """List jobs, the latest first; asks again by itself while one of them is not at its end."""
    try:
        page = Paging(limit=_ON_A_PAGE, cursor=request.GET.get("cursor", "")).of(
            Job.objects.all(), "-id"
        )
    except (EntrepotError, ValueError) as error:
        raise Http404 from error
    is_busy = any(job.state in (QUEUED, RUNNING) for job in page["items"])
    shown: dict[str, Any] = {
        "page": page,
        "say": words(),
        "refresh": REFRESH if is_busy else None,
        "may_write": "jobs.write" in access.scopes,
        "waits": (QUEUED, RUNNING),
        "may_retry": (FAILED, CANCELLED),
    }
    return render(request, "jobs/jobs.html", shown)


@require_POST
@needs("jobs.write", back="jobs")
def cancel(request: HttpRequest, access: Access, job: UUID) -> HttpResponse:
    """Cancel a job and show the list."""
    return _then_list(actions.cancel, job)


@require_POST
@needs("jobs.write", back="jobs")
def retry(request: HttpRequest, access: Access, job: UUID) -> HttpResponse:
    """Run a job again and show the list."""
    return _then_list(actions.retry, job)


def _then_list(action: Callable[[UUID], Job], job: UUID) -> HttpResponse:
    try:
        action(job)
    except Job.DoesNotExist as error:
        raise Http404 from error
    return redirect("jobs")
