# SPDX-License-Identifier: Apache-2.0
"""Files of cost invoices: send one, look at what it would add, take it over, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.catalog.headings import heading
from entrepot.catalog.reading import MOST_BYTES
from entrepot.costing import importing, lists
from entrepot.costing.api import READ, WRITE
from entrepot.costing.models import COMMITTED, PREVIEWED, CostFile
from entrepot.costing.tables import FOLDER, LINES
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.costing import parts
from entrepot.pages.costing.listing import COLUMNS
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import told

#: Mistakes and invoices of a file that are shown; all are counted.
SHOWN: Final = 200


class FileForm(forms.DeskForm):
    file = fields.FileField(widget=fields.FileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}))


_FILES = (
    Column("file", to=lambda row: reverse("pages:money_cost_file", args=[row.id])),
    Column("state", "state", states="cost_file"),
    Column("invoices", "number"),
    Column("lines", "number"),
    Column("totals", of=lambda row: _totals(row)),
    Column("uploaded_at", "moment"),
)
_PREVIEW = (
    Column("number", "code"),
    Column("payee"),
    Column("invoiced_on", "day"),
    Column("booked_on", "day", of=lambda row: row["posted_on"]),
    parts.hundredths("total"),
    Column("currency", "code"),
    Column("cost_account", of=lambda row: parts.accounts(row["accounts"])),
    Column("lines", "number"),
)


def _totals(file: CostFile) -> str:
    return ", ".join(
        f"{total // 100:,}.{total % 100:02d} {currency}" if total >= 0
        else f"-{-total // 100:,}.{-total % 100:02d} {currency}"
        for currency, total in file.totals.items()
    )  # fmt: skip


@page(READ)
def listed(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Files of cost invoices, the latest first."""
    say = parts.say()
    table = Table(
        "files", _FILES, CostFile.objects.defer("content"), by=("-uploaded_at", "-id"),
        more={"empty": say["no_files"]},
    )  # fmt: skip
    return answer(
        request, access, parts.SECTION, table, "pages/costing/files.html",
        tabs=parts.tabs(parts.TAB), heading=say["files"], about=say["files_about"],
        may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(WRITE)
def send(request: HttpRequest, access: Access) -> HttpResponse:
    """Send a file: every mistake of it is said at once, or what it would add."""
    say = parts.say()
    given = FileForm(request.POST or None, request.FILES or None, say=words(parts.SECTION))
    faults: list[dict[str, Any]] = []
    count = 0
    if request.method == "POST" and given.is_valid():
        sent = given.cleaned_data["file"]
        try:
            with transaction.atomic():
                # One byte more than is taken, so that what is too large is refused as such.
                found = importing.upload(sent.name, sent.read(MOST_BYTES + 1))
        except EntrepotError as error:
            given.refuse(error)
            faults = [_fault(each) for each in told(error, language()).faults[:SHOWN]]
            count = int(str(error.facts.get("count") or 0))
        else:
            return redirect("pages:money_cost_file", found.id)
    return show(
        request, access, parts.SECTION, "pages/costing/send.html", form=given,
        heading=say["send"], about=say["send_about"], submit=say["send"],
        back=reverse("pages:money_cost_files"), tabs=parts.tabs(parts.TAB), count=count,
        faults=faults, more=max(0, count - SHOWN), status=422 if given.errors else 200,
        columns=[(heading(each.name, language(), FOLDER), each.must, each.says)
                 for each in LINES.fields],
    )  # fmt: skip


def _fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    name = str(fault.get("field", ""))
    return {"row": fault.get("row"), "column": fault.get("column", ""),
            "title": heading(name, language(), FOLDER) if name in LINES.names else "",
            "found": fault["found"], "expected": fault["expected"]}  # fmt: skip


@page(READ)
def template(request: HttpRequest, access: Access) -> HttpResponseBase:
    """A file without rows, with the headings in the reader's language."""
    headings = [heading(name, language(), FOLDER) for name in LINES.names]
    # A spreadsheet reads it as UTF-8 by its first character; no heading has a comma or a quote.
    text = "\ufeff" + ",".join(headings) + "\r\n"
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cost-invoices.csv"'
    return response


@page(READ)
def one(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A file: what it would add, or what came of it."""
    found, say = CostFile.objects.get(id=id), parts.say()
    refused = None
    if found.state == PREVIEWED:
        rows: list[dict[str, Any]] = []
        try:
            rows = [_row(new) for new in importing.invoices_of(found)[:SHOWN]]
        except EntrepotError as error:
            refused = told(error, language())
        table = Table("invoices", _PREVIEW, rows)
    else:
        table = Table("invoices", COLUMNS, lists.invoices(source=id), more={"empty": say["gone"]})
    may_write = WRITE in access.scopes
    return answer_several(
        request, access, parts.SECTION, [table], "pages/costing/file.html", file=found,
        totals=_totals(found), heading=found.file, about=say["file_about"],
        tabs=parts.tabs(parts.TAB), refused=refused,
        may_take=may_write and found.state == PREVIEWED and refused is None,
        may_undo=may_write and found.state == COMMITTED,
        more=max(0, found.invoices - SHOWN) if found.state == PREVIEWED else 0,
    )  # fmt: skip


def _row(new: Any) -> dict[str, Any]:
    its = ", ".join(sorted({line.account for line in new.lines}))
    names = ("number", "payee", "invoiced_on", "posted_on", "total", "currency")
    return {name: getattr(new, name) for name in names} | {
        "accounts": its, "lines": len(new.lines)
    }  # fmt: skip


@action(WRITE, "/money/costs/files/")
def take(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Draft the invoices of a file."""
    importing.take_over(id)
    messages.success(request, parts.say()["did"]["taken"])
    return redirect("pages:money_cost_file", id)


@action(WRITE, "/money/costs/files/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Drop the drafts of a file."""
    importing.undo(id)
    messages.success(request, parts.say()["did"]["undone"])
    return redirect("pages:money_cost_file", id)


urlpatterns = [
    path("files/", listed, name="money_cost_files"),
    path("files/send/", send, name="money_cost_send"),
    path("files/template.csv", template, name="money_cost_template"),
    path("files/<uuid:id>/", one, name="money_cost_file"),
    path("files/<uuid:id>/take/", take, name="money_cost_file_take"),
    path("files/<uuid:id>/undo/", undo, name="money_cost_file_undo"),
]
