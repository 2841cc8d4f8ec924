# SPDX-License-Identifier: Apache-2.0
"""Files of masters: send one, look at what it would do, take it over, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.catalog import importing, undoing
from entrepot.catalog.models import Import
from entrepot.catalog.nouns import NOUNS
from entrepot.catalog.reading import MOST_BYTES
from entrepot.catalog.work import CommitIn, take_over
from entrepot.errors import EntrepotError
from entrepot.jobs import actions as jobs
from entrepot.jobs.models import ENDS, Job
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.masters import READ, WRITE, list_of, noun_of, tabs
from entrepot.pages.table import Column, Table, answer, answer_several, heading
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import Told, told, told_kept

#: A file of at most so many rows is taken over while one waits, a longer one by a job.
AT_ONCE: Final = 1_000
#: Mistakes of a file that are shown; all are counted, and the first ones are exported.
SHOWN: Final = 200
PREVIEWED, COMMITTED = "previewed", "committed"


class FileForm(forms.DeskForm):
    file = fields.FileField(
        widget=fields.FileInput(attrs={"accept": ".csv,.xlsx,.xls,.ods,.tsv,.txt"})
    )


COLUMNS: Final = (
    Column("file", to=lambda row: reverse("pages:masters_import", args=[row.id])),
    Column("about", "state", states="noun"),
    Column("state", "state", states="import"),
    Column("rows", "number", of=lambda row: row.preview["counts"]["rows"]),
    Column("new", "number", of=lambda row: row.preview["counts"]["new"]),
    Column("changed", "number", of=lambda row: row.preview["counts"]["changed"]),
    Column("uploaded_at", "moment"),
    Column("committed_at", "moment"),
)
_CHANGES: Final = (
    Column("row", "number"),
    Column("code", "code"),
    Column("what", "state", states="change"),
    Column("difference"),
)


@page(READ)
def imports(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Files of masters, the latest first."""
    say = words("masters")
    table = Table(
        "imports", COLUMNS, Import.objects.defer("content"), by=("-uploaded_at", "-id"),
        more={"empty": say["no_imports"]},
    )  # fmt: skip
    return answer(
        request, access, "masters", table, "pages/master_files.html", tabs=tabs("imports"),
        heading=say["imports"], about=say["imports_about"], language=language(),
        kinds=[(noun, say["nouns"][noun.plural]) for noun in NOUNS.values()],
        may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(WRITE)
def send(request: HttpRequest, access: Access, noun: str) -> HttpResponse:
    """Send a file: every mistake of it is said at once, or what it would do."""
    kind, say = noun_of(noun), words("masters")
    given = FileForm(request.POST or None, request.FILES or None, say=say)
    refused: Told | None = None
    count = 0
    if request.method == "POST" and given.is_valid():
        sent = given.cleaned_data["file"]
        try:
            with transaction.atomic():
                # One byte more than is taken, so that what is too large is refused as such.
                found = importing.upload(kind, sent.name, sent.read(MOST_BYTES + 1))
        except EntrepotError as error:
            given.refuse(error)
            refused = told(error, language())
            count = int(str(error.facts.get("count") or 0))
        else:
            return redirect("pages:masters_import", found.id)
    faults = refused.faults if refused else ()
    return show(
        request, access, "masters", "pages/master_send.html", form=given, noun=kind,
        heading=say["import_of"][kind.plural], about=say["send_about"], submit=say["send"],
        back=list_of(kind), tabs=tabs(kind.plural), language=language(), count=count,
        faults=[_fault(each) for each in faults[:SHOWN]],
        more=max(0, count - SHOWN), status=422 if given.errors else 200,
    )  # fmt: skip


def _fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    """A mistake as it is shown: its field under the heading of the page."""
    name = str(fault.get("field", ""))
    title = heading(Column(name), words("masters")) if name else ""
    return {"row": fault.get("row"), "column": fault.get("column", ""), "title": title,
            "found": fault["found"], "expected": fault["expected"]}  # fmt: skip


@page(READ)
def file(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A file: what it would do, how far it is, and what came of it."""
    found, say = Import.objects.defer("content").get(id=id), words("masters")
    job = _job(id)
    if request.headers.get("HX-Target") == "progress":
        response = show(request, access, "masters", "pages/progress.html", job=job, source=id)
        if job is None or job.state in ENDS:
            response["HX-Refresh"] = "true"
        return response
    counts = found.preview["counts"]
    changes = Table("changes", _CHANGES, [_change(each) for each in found.preview["changes"]])
    may_write = WRITE in access.scopes
    is_busy = job is not None and job.state not in ENDS
    actors = (found.uploaded_by, found.committed_by, found.undone_by)
    return answer_several(
        request, access, "masters", [changes], "pages/master_file.html", file=found,
        heading=found.file, about=say["file_about"], tabs=tabs("imports"), job=job, source=id,
        counts=[(say["counts"][name], counts[name]) for name in say["counts"]], is_busy=is_busy,
        by=named(each for each in actors if each),
        more=max(0, counts["new"] + counts["changed"] - len(found.preview["changes"])),
        problem=told_kept(job.problem, language()) if job and job.problem else None,
        may_take=may_write and found.state == PREVIEWED and not is_busy,
        may_undo=may_write and found.state == COMMITTED,
        may_cancel="jobs.write" in access.scopes and is_busy,
    )  # fmt: skip


def _job(source: UUID) -> Job | None:
    its = Job.objects.filter(kind=importing.KIND, arguments__source=str(source))
    return its.order_by("-id").first()


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    """A change of the preview: what each field was and is, in a line."""
    say = words("masters")
    parts = []
    for name, value in change["fields"].items():
        title, now = heading(Column(name), say), _written(value["is"])
        was = _written(value["was"])
        is_new = change["what"] == "new"
        parts.append(f"{title}: {now}" if is_new else f"{title}: {was or '–'} → {now or '–'}")
    return {"row": change["row"], "code": "/".join(map(str, change["key"])),
            "what": change["what"], "difference": "; ".join(parts)}  # fmt: skip


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(words("common")["yes" if value else "no"])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)


@action(WRITE, "/masters/imports/")
def take(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a file over: a short one now, a long one by a job that says how far it is."""
    found = importing.locked(id, PREVIEWED, "take over")
    if found.preview["counts"]["rows"] <= AT_ONCE:
        importing.commit(id)
        messages.success(request, words("masters")["did"]["taken"])
    elif (job := _job(id)) is None or job.state in ENDS:
        jobs.start(take_over, CommitIn(source=id))
    return redirect("pages:masters_import", id)


@action(WRITE, "/masters/imports/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a file back: what it added is gone, what it changed is as it was."""
    undoing.undo(id)
    messages.success(request, words("masters")["did"]["undone"])
    return redirect("pages:masters_import", id)


@action("jobs.write", "/masters/imports/")
def cancel(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Cancel the job that takes a file over: nothing of it is taken over."""
    if job := _job(id):
        jobs.cancel(job.id)
    return redirect("pages:masters_import", id)


urlpatterns = [
    path("", imports, name="masters_imports"),
    path("<slug:noun>/send/", send, name="masters_send"),
    path("<uuid:id>/", file, name="masters_import"),
    path("<uuid:id>/take", take, name="masters_import_take"),
    path("<uuid:id>/undo", undo, name="masters_import_undo"),
    path("<uuid:id>/cancel", cancel, name="masters_import_cancel"),
]
