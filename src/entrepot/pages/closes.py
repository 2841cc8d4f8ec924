# SPDX-License-Identifier: Apache-2.0
"""Closes: the book closed for a day, its report, and the tables that are sent for it.

Of each close: the stock of the desk beside the stock of the close.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.closing import actions, kept
from entrepot.closing.api import answer_file
from entrepot.closing.models import Close, ClosedFile, KeptTable
from entrepot.errors import EntrepotError
from entrepot.finance.tables_bank import SHOWN_STEPS
from entrepot.finance.tables_margin import OF_GOODS, OF_ORDERS, OF_RECEIPTS, OF_REFUNDS
from entrepot.jobs import actions as jobs
from entrepot.jobs.models import CANCELLED, ENDS, FAILED, Job
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import REFUSED, action, form, page, show, tabs
from entrepot.pages.jobs import part_of, problem_of
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.people.models import Profile
from entrepot.pipelines.report.language import words_of
from entrepot.pipelines.words import WORDS
from entrepot.web.reading import MOST_BULK_BYTES
from entrepot.web.telling import told_kept

READ, WRITE = "closes.read", "closes.write"
_PAGES: Final = ("closes", "closes_tables")
#: The report has its styles and pictures in it, and no script; it is shown as it was written.
REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
)
REPORT: Final = "report.html"


class AskForm(forms.DeskForm):
    as_of = forms.day(initial=timezone.localdate)


class TableForm(forms.DeskForm):
    table = fields.ChoiceField(
        choices=lambda: [(name, words("closes")["tables"][name]) for name in _asked()]
    )
    file = fields.FileField(widget=fields.FileInput(attrs={"accept": ".csv,text/csv"}))


def _asked() -> tuple[str, ...]:
    """The tables that the season of this enterprise takes."""
    return kept.asked_of(Profile.objects.values_list("kind", flat=True).first() or "trading")


def _state(job: Job | None, close: Close) -> str:
    """The state of a close is that of its job; one whose job was thrown away has ended."""
    if close.closed_at:
        return "done"
    return job.state if job else FAILED


@page(READ)
def closes(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Closes, the latest first, with what their jobs say."""
    say = words("closes")
    known: dict[UUID | None, Job] = {}
    actors: dict[str, str] = {}
    is_busy = False

    def look_up(items: Any) -> None:
        nonlocal is_busy
        known.update((job.id, job) for job in Job.objects.filter(id__in=[c.job for c in items]))
        actors.update(named({close.asked_by for close in items}))
        is_busy = any(_state(known.get(each.job), each) not in ENDS for each in items)

    columns = (
        Column("as_of", "day", to=lambda close: reverse("pages:closes_one", args=[close.id])),
        Column("state", "state", of=lambda row: _state(known.get(row.job), row), states="job"),
        Column(
            "progress", "progress",
            of=lambda row: None if row.closed_at else part_of(known.get(row.job)),
        ),
        Column("stock", of=lambda row: _same(row) or problem_of(known.get(row.job))),
        Column("exceptions", "number", of=_exceptions),
        Column("report", to=_report, of=lambda row: say["open"] if row.closed_at else ""),
        Column("asked_by", of=lambda row: actors[row.asked_by]),
        Column("asked_at", "moment"),
    )  # fmt: skip
    table = Table(
        "closes", columns, Close.objects.all(), by=("-asked_at", "-id"), limit=20, before=look_up
    )
    may_write = WRITE in access.scopes
    response = answer(
        request, access, "closes", table, "pages/closes.html", tabs=tabs(say, "closes", *_PAGES),
        may_write=may_write, busy=lambda: is_busy, form=AskForm(say=say) if may_write else None,
    )  # fmt: skip
    if request.headers.get("HX-Trigger") == "poll" and not is_busy:
        response["HX-Refresh"] = "true"
    return response


def _same(close: Close) -> str:
    """In how many stocks desk and close have the same."""
    return words("closes")["same"].format(close.stock["stocks"]) if close.stock else ""


def _exceptions(close: Close) -> int | None:
    return sum((close.summary.get("exceptions") or {}).values()) if close.summary else None


def _report(close: Close) -> str:
    return reverse("pages:closes_report", args=[close.id]) if close.closed_at else ""


@action(WRITE, "/closes/")
def ask(request: HttpRequest, access: Access) -> HttpResponse:
    """Ask for a close for a day."""
    given = AskForm(request.POST, say=words("closes"))
    if not given.is_valid():
        messages.error(request, words("closes")["no_day"])
        return redirect("pages:closes")
    made = actions.ask(given.cleaned_data["as_of"], language())
    return redirect("pages:closes_one", made.id)


@page(READ)
def close(request: HttpRequest, access: Access, close: UUID) -> HttpResponseBase:
    """A close: how far it is; what it came to, its files, and the stock of both by warehouse."""
    found, say = Close.objects.get(id=close), words("closes")
    job = Job.objects.filter(id=found.job).first() if found.job else None
    state = _state(job, found)
    if request.headers.get("HX-Target") == "progress":
        response = show(request, access, "closes", "pages/progress.html", job=job, source=close)
        if state in ENDS:
            response["HX-Refresh"] = "true"
        return response
    problem = told_kept(job.problem, language()) if job and job.problem else None
    facts = job.problem.get("facts") or {} if job and job.problem else {}
    tables = [_warehouses(found), _differing(facts), _files(found)]
    return answer_several(
        request, access, "closes", tables, "pages/close.html", close=found, job=job, source=close,
        heading=say["close_of"].format(found.as_of), about=say["one_about"], state=state,
        is_busy=state not in ENDS, problem=problem, same=_same(found), report=_report(found),
        by=named([found.asked_by])[found.asked_by], tabs=tabs(say, "closes", *_PAGES),
        may_cancel="jobs.write" in access.scopes and job is not None and state not in ENDS,
        may_retry="jobs.write" in access.scopes and job is not None
        and state in (FAILED, CANCELLED),
        **_summary(found.summary or {}),
    )  # fmt: skip


def _summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What a person reads first: units, refunds, what is due, what was paid, what did not fit."""
    said, of_report = WORDS[language()], words_of(language())
    known = of_report.keys("exceptions")
    return {
        "units": [(said[name], count) for name, count in summary.get("units", {}).items()],
        "refund": [(said[name], _yuan(sum_)) for name, sum_ in summary.get("refund", {}).items()],
        "due": [(each["by"] or said["now"], said[each["what"]], each["lines"], _yuan(each["money"]))
                for each in summary.get("due", ())],
        "exceptions": [(of_report("exceptions", code, "title") if code in known else code, count)
                       for code, count in summary.get("exceptions", {}).items()]
        + [(words("closes")["money_exceptions"][code], count)
           for code, count in summary.get("money_exceptions", {}).items()],
        "money": [(currency, *(_yuan(sums[name]) for name in ("settled", "paid_out", "open")))
                  for currency, sums in summary.get("money", {}).items()],
        "costs": [(currency, sums["lines"], _yuan(sums["booked"]))
                  for currency, sums in summary.get("costs", {}).items()],
        "margin": _margin(summary.get("margin"), said),
        "exchange": [(said[f"exchange.{name}"], _yuan(amount))
                     for name, amount in summary.get("exchange", {}).items()],
        "refunds": _refunds(summary.get("margin"), said),
        "tied": [(said[f"tied.{name}"], str(value) if name.endswith("_days") else _yuan(value))
                 for name, value in summary.get("tied", {}).items() if value is not None],
        "collected": _collected(summary.get("collected"), said),
    }  # fmt: skip


def _margin(margin: Mapping[str, Any] | None, said: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was earned with all order lines, part by part; what no rate is known for is left out."""
    if margin is None:
        return []
    settled = sum(Decimal(margin[name]) for name in (*OF_ORDERS, "shared"))
    told = {**margin, "settled": str(settled)}
    names = ("sold", "settled", "costs", *OF_RECEIPTS, *OF_GOODS, "margin")
    return [(said[f"margin.{name}"], _yuan(told[name])) for name in names]


def _refunds(margin: Mapping[str, Any] | None, said: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is refunded on what was sold; nothing where nothing is."""
    if margin is None or not Decimal(margin.get("refundable", 0)):
        return []
    return [(said[f"margin.{name}"], _yuan(margin[name])) for name in OF_REFUNDS]


def _collected(
    collected: Mapping[str, Any] | None, said: Mapping[str, str]
) -> list[tuple[str, str]]:
    """From what was declared to what came home, step by step."""
    if collected is None:
        return []
    return [
        (said[name], _yuan(str(sum(Decimal(collected[step]) for step in steps))))
        for name, steps in SHOWN_STEPS
    ]


def _job_of(close: UUID) -> UUID:
    """The job of a close; 404 where it has none."""
    job = Close.objects.get(id=close).job
    if job is None:
        raise Http404
    return job


def _yuan(text: str | None) -> str:
    """An amount as run.json has it, with its thousands apart."""
    return "" if text is None else f"{Decimal(text):,}"


def _warehouses(close: Close) -> Table:
    """Desk and close beside each other; a close is kept only where they are the same."""
    columns = (
        Column(
            "warehouse", "code", to=lambda row: movements(place=f"warehouse/{row['warehouse']}")
        ),
        Column("skus", "number"),
        Column("by_desk", "number", of=lambda row: row["units"]),
        Column("by_close", "number", of=lambda row: row["units"]),
        Column("difference", "number", of=lambda row: 0),
    )
    return Table("warehouses", columns, (close.stock or {}).get("warehouses", []))


def _differing(facts: Mapping[str, Any]) -> Table:
    """What desk and close did not have the same of."""
    columns = (
        Column("warehouse", "code"),
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("by_desk", "number", of=lambda row: row["desk"]),
        Column("by_close", "number", of=lambda row: row["close"]),
        Column("difference", "number", of=lambda row: row["close"] - row["desk"]),
    )
    stocks = facts.get("stocks")
    return Table("differing", columns, stocks if isinstance(stocks, list) else [])


def _files(close: Close) -> Table:
    columns = (
        Column("file", "code", to=partial(_file, close), of=lambda row: row.name),
        Column("bytes", "number"),
        Column("sha256", "code", of=lambda row: bytes(row.sha256).hex()),
    )
    return Table("files", columns, list(actions.files_of(close.id).order_by("name")))


def _file(close: Close, file: ClosedFile) -> str:
    return reverse("pages:closes_file", args=[close.id, file.name])


@action("jobs.write", "/closes/")
def cancel(request: HttpRequest, access: Access, close: UUID) -> HttpResponse:
    """Cancel a close: nothing of it is left."""
    jobs.cancel(_job_of(close))
    return redirect("pages:closes_one", close)


@action("jobs.write", "/closes/")
def retry(request: HttpRequest, access: Access, close: UUID) -> HttpResponse:
    """Close again for the same day, once what stood in the way is mended."""
    jobs.retry(_job_of(close))
    return redirect("pages:closes_one", close)


@page(READ)
def report(request: HttpRequest, access: Access, close: UUID) -> HttpResponse:
    """The report of a close, as it was written."""
    response = HttpResponse(_content(close, REPORT), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = REPORT_POLICY
    return response


@page(READ)
def fetch(request: HttpRequest, access: Access, close: UUID, name: str) -> HttpResponse:
    """A file that a close wrote."""
    return answer_file(_content(close, name), name)


def _content(close: UUID, name: str) -> bytes:
    try:
        return bytes(actions.file_of(close, name).content)
    except ClosedFile.DoesNotExist as error:
        raise Http404 from error


@form(READ)
def tables(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The tables that the desk has no documents for: what is kept of each, and another sent."""
    say, may_write = words("closes"), WRITE in access.scopes
    given = TableForm(request.POST or None, request.FILES or None, say=say)
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            sent = given.cleaned_data["file"]
            try:
                with transaction.atomic():
                    name = given.cleaned_data["table"]
                    kept.keep(name, _bounded(sent, name))
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["kept"])
                return redirect("pages:closes_tables")
    there = {each.name: each for each in actions.kept_tables()}
    actors = named({each.sent_by for each in there.values()})
    rows = [_kept(name, there.get(name), actors) for name in _asked()]
    columns = (
        Column("table", to=lambda row: row["url"]),
        Column("columns"),
        Column("bytes", "number"),
        Column("sent_at", "moment"),
        Column("sent_by"),
        Column("sha256"),
    )
    response = answer_several(
        request, access, "closes", [Table("tables", columns, rows)], "pages/close_tables.html",
        form=given if may_write else None, heading=say["tables_title"], about=say["tables_about"],
        tabs=tabs(say, "closes_tables", *_PAGES),
    )  # fmt: skip
    if given.errors:
        response.status_code = REFUSED
    return response


def _bounded(sent: Any, name: str) -> bytes:
    """What was sent, as far as a table is taken.

    Raises:
        UnfitTable: it is larger.
    """
    if sent.size > MOST_BULK_BYTES:
        raise kept.UnfitTable(
            f"Cannot keep this file as {name}.",
            f"It has {sent.size:,} bytes; a table may have {MOST_BULK_BYTES:,}.",
            "Leave out rows of earlier years.",
        )
    content: bytes = sent.read()
    return content


def _kept(name: str, table: KeptTable | None, actors: Mapping[str, str]) -> dict[str, Any]:
    says = {
        "table": words("closes")["tables"][name], "columns": ", ".join(kept.columns(name)),
        "url": "", "bytes": None, "sent_at": None, "sent_by": "", "sha256": "",
    }  # fmt: skip
    if table is not None:
        size: int = table.bytes  # type: ignore[attr-defined]
        says |= {
            "url": reverse("pages:closes_table", args=[name]), "bytes": size,
            "sent_at": table.sent_at, "sent_by": actors[table.sent_by],
            "sha256": bytes(table.sha256).hex(),
        }  # fmt: skip
    return says


@page(READ)
def table(request: HttpRequest, access: Access, kept_as: str) -> HttpResponse:
    """A table as it was sent."""
    found = KeptTable.objects.get(name=kept_as)
    response = HttpResponse(bytes(found.content), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("", closes, name="closes"),
    path("ask", ask, name="closes_ask"),
    path("tables/", tables, name="closes_tables"),
    path("tables/<slug:kept_as>.csv", table, name="closes_table"),
    path("<uuid:close>/", close, name="closes_one"),
    path("<uuid:close>/cancel", cancel, name="closes_cancel"),
    path("<uuid:close>/retry", retry, name="closes_retry"),
    path("<uuid:close>/report", report, name="closes_report"),
    path("<uuid:close>/<str:name>", fetch, name="closes_file"),
]
