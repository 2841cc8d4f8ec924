# SPDX-License-Identifier: Apache-2.0
"""The page of closes: a button that closes the live book, and the report that opens in the desk."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from entrepot.closing import actions
from entrepot.closing.api import answer_file
from entrepot.closing.models import Close, ClosedFile
from entrepot.closing.wording import language, words
from entrepot.errors import EntrepotError
from entrepot.jobs.models import ENDS, Job
from entrepot.jobs.pages import REFRESH, needs
from entrepot.people.access import Access
from entrepot.web.paging import Paging

_ON_A_PAGE: Final = 20
#: The report has its styles and pictures in it, and no script; it is shown as it was written.
REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
)


@require_GET
@never_cache
@needs("closes.read", back="people_home")
def closes(request: HttpRequest, access: Access) -> HttpResponse:
    """List closes, the latest first, with what their jobs say."""
    try:
        page = Paging(limit=_ON_A_PAGE, cursor=request.GET.get("cursor", "")).of(
            Close.objects.all(), "-asked_at", "-id"
        )
    except (EntrepotError, ValueError) as error:
        raise Http404 from error
    jobs = {job.id: job for job in Job.objects.filter(id__in=[c.job for c in page["items"]])}
    say = words()
    rows = [
        {
            "close": close,
            "job": jobs.get(close.job),
            "stock": say["same"].format(count=close.stock["stocks"]) if close.stock else "",
        }
        for close in page["items"]
    ]
    is_busy = any(row["job"] is not None and row["job"].state not in ENDS for row in rows)
    shown: dict[str, Any] = {
        "page": page,
        "rows": rows,
        "say": say,
        "today": timezone.now().date(),
        "refresh": REFRESH if is_busy else None,
        "may_write": "closes.write" in access.scopes,
        "tables": ("run.json", "report.xlsx"),
    }
    return render(request, "closing/closes.html", shown)


@require_POST
@needs("closes.write", back="closes")
def ask(request: HttpRequest, access: Access) -> HttpResponse:
    """Ask for a close and show the list."""
    try:
        as_of = date.fromisoformat(request.POST.get("as_of", ""))
    except ValueError:
        messages.error(request, words()["no_day"])
        return redirect("closes")
    actions.ask(as_of, language())
    return redirect("closes")


@require_GET
@needs("closes.read", back="people_home")
def report(request: HttpRequest, access: Access, close: UUID) -> HttpResponse:
    """The report of a close, as it was written."""
    response = HttpResponse(_content(close, "report.html"), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = REPORT_POLICY
    return response


@require_GET
@needs("closes.read", back="people_home")
def fetch(request: HttpRequest, access: Access, close: UUID, name: str) -> HttpResponse:
    """A file that a close wrote."""
    return answer_file(_content(close, name), name)


def _content(close: UUID, name: str) -> bytes:
    try:
        return bytes(actions.file_of(close, name).content)
    except ClosedFile.DoesNotExist as error:
        raise Http404 from error
