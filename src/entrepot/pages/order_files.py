# SPDX-License-Identifier: Apache-2.0
"""Files of orders: send one, look at what it would do, take it over, take it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.jobs import actions as jobs
from entrepot.jobs.actions import start
from entrepot.jobs.models import ENDS, Job
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.orders import READ, WRITE, known_tabs
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.warehouse.api.files import READ_AT_ONCE
from entrepot.warehouse.intake import actions
from entrepot.warehouse.intake.work import FileIn, read_file, take_over, undo_now
from entrepot.warehouse.models import OrderFile, OrderMapping
from entrepot.warehouse.models.intake import COMMITTED, PREVIEWED, SENT
from entrepot.web.telling import told, told_kept

#: How a mistake of a file begins: `orders.csv:2, quantity: ...`.
_PLACE: Final = re.compile(r"^.{1,250}?:\d+[,，] ?([^:：]{1,80})[:：] ?(.+)$", re.DOTALL)


def _mappings() -> list[tuple[str, str]]:
    names = OrderMapping.objects.order_by("name").values_list("name", flat=True)[:500]
    return [("", words("orders")["own_columns"]), *((name, name) for name in names)]


class FileForm(forms.DeskForm):
    file = fields.FileField(
        widget=fields.FileInput(attrs={"accept": ".csv,.gz,.xlsx,.xls,.ods,.tsv,.txt"})
    )
    mapping = fields.ChoiceField(choices=_mappings, required=False)
    promise_days = forms.quantity(0, 365, initial=0)


COLUMNS = (
    Column("file", to=lambda row: reverse("pages:orders_file", args=[row.id])),
    Column("state", "state", states="order_file"),
    Column("mapping"),
    Column("orders", "number"),
    Column("allocated", "number"),
    Column("uploaded_at", "moment"),
    Column("committed_at", "moment"),
)


@page(READ)
def files(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Files of orders, the latest first."""
    table = Table(
        "files", COLUMNS, OrderFile.objects.all(), by=("-uploaded_at", "-id"),
        more={"empty": words("orders")["no_files"]},
    )  # fmt: skip
    return answer(
        request, access, "orders", table, "pages/order_files.html",
        tabs=known_tabs("orders_files"), may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(WRITE)
def send(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Send a file; a long one is read by a job, of another every mistake is said at once."""
    say = words("orders")
    given = FileForm(request.POST or None, request.FILES or None, say=say)
    faults: tuple[Any, ...] = ()
    if request.method == "POST" and given.is_valid():
        sent = given.cleaned_data
        try:
            with transaction.atomic():
                found = actions.upload(
                    sent["file"].name, sent["file"], sent["mapping"], sent["promise_days"]
                )
                if found.bytes > READ_AT_ONCE:
                    start(read_file, FileIn(source=found.id))
                else:
                    actions.preview(found.id)
        except EntrepotError as error:
            given.refuse(error)
            faults = tuple(map(_placed, told(error, language()).faults))
        else:
            return redirect("pages:orders_file", found.id)
    return show(
        request, access, "orders", "pages/order_file_send.html", form=given, heading=say["send"],
        about=say["send_about"], submit=say["send"], back=reverse("pages:orders_files"),
        faults=faults, status=422 if given.errors else 200,
    )  # fmt: skip


def _placed(fault: Mapping[str, Any]) -> dict[str, Any]:
    """A mistake with its column beside it, where what was found begins by naming file and row."""
    found = _PLACE.match(str(fault.get("found", "")))
    at = {"column": found[1].strip('"“”'), "found": found[2]} if found else {"column": ""}
    return {**fault, **at}


@page(READ)
def file(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A file: what it would do, how far it is, and what came of it."""
    found = OrderFile.objects.get(id=id)
    job = Job.objects.filter(arguments__source=str(id)).order_by("-id").first()
    if request.headers.get("HX-Target") == "progress":
        response = show(request, access, "orders", "pages/progress.html", job=job, source=id)
        if job is None or job.state in ENDS:
            response["HX-Refresh"] = "true"
        return response
    sample = Table(
        "sample",
        (
            Column("channel"), Column("number", "code"), Column("country"),
            Column("promised_on"), Column("lines", "number"),
        ),
        [_shown(each) for each in found.preview.get("sample", [])],
    )  # fmt: skip
    known = words("orders")["counts"]
    counts = {known[name]: value for name, value in found.preview.items() if isinstance(value, int)}
    may_write = WRITE in access.scopes
    is_busy = job is not None and job.state not in ENDS
    problem = told_kept(job.problem, language()) if job and job.problem else None
    return answer_several(
        request, access, "orders", [sample], "pages/order_file.html", file=found,
        heading=found.file, about=words("orders")["file_about"], tabs=known_tabs("orders_files"),
        counts=counts, left_out=found.preview.get("left_out", {}), job=job, source=id,
        is_busy=is_busy, may_cancel=is_busy and "jobs.write" in access.scopes,
        problem=problem, faults=tuple(map(_placed, problem.faults)) if problem else (),
        may_take=may_write and found.state == PREVIEWED and not is_busy,
        may_undo=may_write and found.state == COMMITTED and not is_busy,
        is_unread=found.state == SENT,
    )  # fmt: skip


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """An order of the preview; a number of lines stands for them."""
    lines = row.get("lines")
    return {
        "channel": row.get("channel", ""), "number": row.get("number", row.get("order_no", "")),
        "country": row.get("country", ""), "promised_on": row.get("promised_on", ""),
        "lines": len(lines) if isinstance(lines, list) else lines,
    }  # fmt: skip


@action(WRITE, "/orders/files/")
def take(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a file over, by a job that says how far it is."""
    actions.locked(id, (PREVIEWED,), "take over")
    start(take_over, FileIn(source=id))
    return redirect("pages:orders_file", id)


@action(WRITE, "/orders/files/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a file back: its orders are gone."""
    undo_now(id)
    messages.success(request, words("orders")["did"]["undo"])
    return redirect("pages:orders_file", id)


@action("jobs.write", "/orders/files/")
def cancel(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Cancel the job of a file: nothing of it is taken over."""
    job = Job.objects.filter(arguments__source=str(id)).order_by("-id").first()
    if job is not None:
        jobs.cancel(job.id)
    return redirect("pages:orders_file", id)


urlpatterns = [
    path("", files, name="orders_files"),
    path("send/", send, name="orders_send"),
    path("<uuid:id>/", file, name="orders_file"),
    path("<uuid:id>/take", take, name="orders_file_take"),
    path("<uuid:id>/undo", undo, name="orders_file_undo"),
    path("<uuid:id>/cancel", cancel, name="orders_file_cancel"),
]
