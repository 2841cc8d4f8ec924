# SPDX-License-Identifier: Apache-2.0
"""Files of money: send a report or a statement, see what was read of it, or every mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.jobs.actions import start
from entrepot.jobs.models import ENDS, Job
from entrepot.pages import forms
from entrepot.pages.frame import form, page, show
from entrepot.pages.reconciling import parts
from entrepot.pages.reconciling.parts import READ, SECTION, WRITE
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.reconciling import files
from entrepot.reconciling.api import READ_AT_ONCE
from entrepot.reconciling.mappings import MOST_TEXT, put_mapping
from entrepot.reconciling.models import BANK, SETTLEMENT, MoneyFile, MoneyMapping
from entrepot.reconciling.work import MoneyIn, read_money
from entrepot.web.telling import state_in_words, told, told_kept

_COUNTS: Final = (
    "lines", "stored", "known", "payouts", "statements", "known_statements", "credits", "aside",
    "findings",
)  # fmt: skip


def _formats() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for kind, its in files.FORMATS.items():
        say = words(SECTION)["formats"]
        yield (
            state_in_words("money_kind", kind, language()),
            [(f"{kind} {each}", say[each]) for each in its],
        )


def _mappings() -> list[tuple[str, str]]:
    known = MoneyMapping.objects.order_by("kind", "name").values_list("kind", "name")[:500]
    return [
        ("", words("common")["none"]),
        *((name, f"{name} ({state_in_words('money_kind', kind, language())})")
          for kind, name in known),
    ]  # fmt: skip


class SendForm(forms.DeskForm):
    file = fields.FileField(
        widget=fields.FileInput(
            attrs={"accept": ".txt,.tsv,.csv,.json,.gz,.xml,.sta,.mt940,.940,.swi"}
        )
    )
    what = fields.ChoiceField(choices=_formats)
    channel = forms.text(40, required=False)
    mapping = fields.ChoiceField(choices=_mappings, required=False)
    new_mapping = fields.FileField(
        required=False, widget=fields.FileInput(attrs={"accept": ".toml"})
    )


COLUMNS = (
    Column("file", to=lambda row: reverse("pages:money_file", args=[row.id])),
    Column("kind", of=lambda row: state_in_words("money_kind", row.kind, language())),
    Column("format", of=lambda row: words(SECTION)["formats"][row.format]),
    Column("channel"),
    Column("state", "state", states="money_file"),
    Column("lines", "number", of=lambda row: row.report.get("counts", {}).get("lines")),
    Column("findings", "number", of=lambda row: sum(row.report.get("findings", {}).values())
           if row.report else None),
    Column("uploaded_at", "moment"),
)  # fmt: skip


@page(READ)
def listed(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Files of money, the latest first."""
    say = words(SECTION)
    table = Table(
        "files", COLUMNS, MoneyFile.objects.all(), by=("-uploaded_at", "-id"),
        more={"empty": say["no_files"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/reconciling/files.html",
        tabs=parts.tabs("money_files"), heading=say["tabs"]["money_files"],
        about=say["files_about"], may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(WRITE)
def send(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Send a file; a long one is read by a job, of another every mistake is said at once."""
    say = words(SECTION)
    given = SendForm(request.POST or None, request.FILES or None, say=say)
    faults: tuple[Any, ...] = ()
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                found = _sent(given.cleaned_data)
        except EntrepotError as error:
            given.refuse(error)
            faults = told(error, language()).faults
        else:
            return redirect("pages:money_file", found.id)
    return show(
        request, access, SECTION, "pages/order_file_send.html", form=given, heading=say["send"],
        about=say["send_about"], submit=say["send"], back=reverse("pages:money_files"),
        faults=faults, status=422 if given.errors else 200,
    )  # fmt: skip


def _sent(given: dict[str, Any]) -> MoneyFile:
    """Keep what was sent, and read it at once where it is short."""
    kind, _, format = given["what"].partition(" ")
    mapping = given["mapping"]
    if sent := given["new_mapping"]:
        name = str(sent.name).removesuffix(".toml")[:60] or "mapping"
        content = sent.read(MOST_TEXT).decode("utf-8", "replace")
        mapping = put_mapping(kind, name, content).name
    sent_file = given["file"]
    channel = given["channel"] if kind == SETTLEMENT else ""
    found = files.upload(
        kind, format, sent_file.name, sent_file, channel, mapping if format == "table" else ""
    ).source
    if found.state == "sent":
        if found.bytes > READ_AT_ONCE:
            start(read_money, MoneyIn(source=found.id))
        else:
            files.read(found.id)
    return found


@page(READ)
def one(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A file: what was read of it and what does not fit, or how far its job is."""
    say, found = words(SECTION), MoneyFile.objects.get(id=id)
    job = Job.objects.filter(arguments__source=str(id)).order_by("-id").first()
    if request.headers.get("HX-Target") == "progress":
        response = show(request, access, SECTION, "pages/progress.html", job=job, source=id)
        if job is None or job.state in ENDS:
            response["HX-Refresh"] = "true"
        return response
    counts = found.report.get("counts", {})
    table = Table(
        "findings",
        (
            Column("code", "code"),
            Column("place", of=_place),
            Column("stated", of=lambda row: f"{row['amount'] or ''} {row['currency'] or ''}"),
            Column("found"),
            Column("remedy"),
        ),
        found.report.get("listed", []),
        more={"empty": say["all_fits"]},
    )
    problem = told_kept(job.problem, language()) if job and job.problem else None
    return answer(
        request, access, SECTION, table, "pages/reconciling/file.html", file=found,
        heading=found.file, about=say["file_about"], tabs=parts.tabs("money_files"),
        counts={say["counts"][name]: counts[name] for name in _COUNTS if name in counts},
        matched=found.report.get("matched", 0), proposed=found.report.get("proposed", 0),
        job=job, source=id, is_busy=job is not None and job.state not in ENDS, problem=problem,
        faults=problem.faults if problem else (), is_bank=found.kind == BANK,
    )  # fmt: skip


def _place(row: dict[str, Any]) -> str:
    """Where a finding stands: in a settlement, or in a row of a statement."""
    if "settlement" in row:
        return " ".join(filter(None, (row["settlement"], row["place"])))
    return f"{row['file']}:{row['row']}"


urlpatterns = [
    path("files/", listed, name="money_files"),
    path("files/send/", send, name="money_send"),
    path("files/<uuid:id>/", one, name="money_file"),
]
