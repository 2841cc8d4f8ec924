# SPDX-License-Identifier: Apache-2.0
"""Flows of goods through customs: what may go, where each stands, and its steps in turn."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.declaring import lists
from entrepot.declaring.asked import FLAGS, OF_VOYAGE
from entrepot.declaring.configuring import CNY_RATE, known
from entrepot.declaring.flows import CLOSED_BY, OF_TICKETS, STEPS, WAYS
from entrepot.declaring.models import CONSIGNMENT, PARCEL, Flow, Ticket
from entrepot.declaring.opening import MOST, leave_out, open_flow, say, way_of
from entrepot.declaring.sheets import ITEM, booking, items
from entrepot.declaring.standing import Standing, Step, standing, tickets_of
from entrepot.declaring.stepping import take_step
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.declaring.parts import (
    READ,
    SECTION,
    WRITE,
    SaidForm,
    label,
    marked,
    missing,
    outcome,
    saying,
    several,
    tabs,
)
from entrepot.pages.frame import form, page, show
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.papers.booking_order import booking_sheet
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_OPENING: Final = (*FLAGS, "statisticsFlag", CNY_RATE, "packNo", "grossWeight")
#: What each step of a whole flow asks for besides the setup.
_VOYAGE: Final = tuple(name for name in OF_VOYAGE if name not in ("packNo", "grossWeight"))
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def flow_at(row: Any) -> str:
    return reverse("pages:declaring_flow", args=[row.id])


@page(READ)
def flows(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Flows, the latest first: how far each is, what was refused, what is late."""
    say_, found = words(SECTION), {}

    def look(rows: Any) -> None:
        found.update({each.flow.id: each.counts for each in lists.counted(rows)})

    def count(name: str) -> Column:
        return Column(name, "number", of=lambda row: found[row.id][name])

    columns = (
        Column("number", "code", to=flow_at),
        Column("way", of=lambda row: words(SECTION)["ways"][row.way]),
        Column("on", "day"),
        *(count(name) for name in ("tickets", "told", "listed", "released", "refused", "late")),
        Column("departure", of=lambda row: outcome(found[row.id].get("departure", ""))),
        Column("opened_at", "moment"),
    )
    table = Table(
        "flows", columns, Flow.objects.all(), by=("-id",), limit=lists.FLOWS_A_PAGE, before=look,
        more={"empty": say_["nothing"]["flows"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/list.html", tabs=tabs("declaring"),
        heading=say_["title"],
    )  # fmt: skip


class ReadyFilters(forms.Filters):
    source = fields.ChoiceField(
        choices=lambda: [(each, words(SECTION)["sources"][each]) for each in (PARCEL, CONSIGNMENT)]
    )


@page(READ)
def ready(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Parcels, or consignments, that leave home and are in no flow yet."""
    say_ = words(SECTION)
    filters = ReadyFilters(request.GET, say=say_)
    source = filters.given().get("source", PARCEL)
    may_write = WRITE in access.scopes
    columns: tuple[Column, ...] = (
        Column("number", "code"),
        Column("channel"), Column("order_no", "code"), Column("country", "code"),
        Column("tracking", "code"), Column("state", "state", states="parcel"),
        Column("warehouse", "code"), Column("packed_at", "moment"),
    )  # fmt: skip
    if source == CONSIGNMENT:
        columns = (
            Column("number", "code"), Column("from_warehouse", "code"),
            Column("to_warehouse", "code"), Column("tracking", "code"),
            Column("state", "state", states="consignment"), Column("expected_on", "day"),
        )  # fmt: skip
    table = Table(
        "ready", columns, lists.ready(source), filters=filters,
        choose="sources" if may_write else "", more={"empty": say_["nothing"]["ready"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/declaring/ready.html", tabs=tabs("declaring_ready"),
        heading=say_["ready"], about=say_["ready_about"], may_write=may_write, source=source,
    )  # fmt: skip


class OpenForm(SaidForm):
    """Which way, on which day, and what is true of all of the goods."""

    way = fields.ChoiceField()
    on = forms.day()

    def __init__(self, source: str, *given: Any, **named: Any) -> None:
        super().__init__(_OPENING, *given, **named)
        names = words(SECTION)["ways"]
        its = [(name, names[name]) for name, way in WAYS.items() if way.source == source]
        self.fields["way"] = fields.ChoiceField(choices=its, label=self.fields["way"].label)


@form(WRITE)
def open_(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Open a flow of what was marked, or of all that is ready."""
    say_ = saying()
    source = CONSIGNMENT if request.POST.get("source") == CONSIGNMENT else PARCEL
    sources = _sources(request, source)
    if not sources:
        messages.warning(request, say_["none_marked"])
        return redirect("pages:declaring_ready")
    is_sent = "way" in request.POST
    usual = {"on": timezone.localdate(), **known().said}
    given = OpenForm(source, request.POST if is_sent else None, say=say_, initial=usual)
    lacking: list[dict[str, str]] = []
    if is_sent and given.is_valid():
        values = given.cleaned_data
        try:
            with transaction.atomic():
                flow = open_flow(values["way"], sources, values["on"], given.said())
        except EntrepotError as error:
            lacking = missing(error.facts) or _reasons(error.facts)
            given.refuse(error)
        else:
            messages.success(request, say_["opened"].format(number=flow.number))
            return redirect(flow_at(flow))
    return show(
        request, access, SECTION, "pages/declaring/open.html", form=given, missing=lacking,
        sources=sources, source=source, heading=say_["open"].format(count=f"{len(sources):,}"),
        about=say_["open_about"], submit=say_["open_it"], back=reverse("pages:declaring_ready"),
        status=422 if given.errors else 200,
    )  # fmt: skip


def _sources(request: HttpRequest, source: str) -> list[UUID]:
    if request.POST.get("what") != "all":
        return marked(request, "sources")
    rows = lists.ready(source)
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise}
        statement = rows.statement.format(after="true", order="id", limit=str(MOST))
        return [row[0] for row in cursor.execute(statement, given).fetchall()]


def _reasons(facts: Any) -> list[dict[str, str]]:
    """Why the way is closed, for each order."""
    return [
        {"order_no": each["order_no"], "line": "", "text": each[language()]}
        for each in facts.get("reasons", [])[:200]
    ]


@page(READ)
def flow(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A flow: why its way was open, its steps in turn, its tickets and what they declare."""
    found, say_ = Flow.objects.get(id=id), saying()
    its = standing(found)
    way = way_of(found.way)
    return answer_several(
        request, access, SECTION, [_tickets(found, access), _items(found, way.form in CLOSED_BY)],
        "pages/declaring/flow.html", flow=found, tabs=tabs("declaring"),
        heading=f"{found.number} · {say_['ways'][found.way]}", about=say_["flow_about"],
        why=found.why_zh if language() == "zh" else found.why_en, steps=_shown(found, its),
        said=[(label(name), value) for name, value in found.said.items()],
        has_booking=way.order_type == "W", may_write=WRITE in access.scopes,
    )  # fmt: skip


def _shown(found: Flow, its: Standing) -> list[dict[str, Any]]:
    """The steps for the template: what each is, where it stands, whether it may be taken."""
    say_ = words(SECTION)
    return [
        {
            "name": step.name,
            "title": say_["steps"][step.name],
            "state": _state(step),
            "why": say_["closed"].get(step.closed, "") if step.closed else "",
            "may": step.may,
            "is_next": step.name == its.next,
            "is_late": step.is_late,
            "url": reverse("pages:declaring_step", args=[found.id, step.name]),
            "document": step.document and reverse("pages:customs_document", args=[step.document]),
        }
        for step in its.steps
    ]


def _state(step: Step) -> str:
    if step.name in OF_TICKETS:
        return str(words(SECTION)["done_of"].format(done=step.done, of=step.tickets))
    return outcome(step.state)


def _document(name: str) -> Any:
    def to(row: Any) -> str:
        id = row[f"{name}_document"]
        return reverse("pages:customs_document", args=[id]) if id else ""

    return to


def _tickets(found: Flow, access: Access) -> Table:
    say_ = words(SECTION)

    def alert(row: Any) -> str:
        if row["left_out"]:
            return f"{say_['left_out']}: {row['left_out']}"
        if row["is_contradicted"]:
            return str(say_["contradicted"])
        return str(say_["late"]) if row["is_late"] else ""

    def state(name: str) -> Column:
        return Column(f"{name}_state", of=lambda row: outcome(row[f"{name}_state"]),
                      to=_document(name))  # fmt: skip

    columns = [
        Column("order_no", "code"), Column("logistics_no", "code"), Column("list_no", "code"),
        state("order"), state("waybill"), state("list"), Column("declaration_no", "code"),
        Column("alert", of=alert),
    ]  # fmt: skip
    if WRITE in access.scopes:
        columns.append(
            Column("leave_out", of=lambda row: "" if row["left_out"] else say_["leave_out"],
                   to=lambda row: "" if row["left_out"]
                   else reverse("pages:declaring_leave_out", args=[row["id"]]))
        )  # fmt: skip
    return several("tickets", columns, tickets_of(found.id))


def _items(found: Flow, is_form: bool) -> Table:
    columns = (Column("order_no", "code"), Column("item_no", "number"), *map(Column, ITEM))
    return several("items", columns, list(items(found)) if is_form else [])


@form(WRITE)
def step(request: HttpRequest, access: Access, id: UUID, step: str) -> HttpResponseBase:
    """Take a step: say what it still needs, and have its documents drafted and sent."""
    found, say_ = Flow.objects.get(id=id), saying()
    if step not in STEPS:
        raise Http404
    names = () if step in OF_TICKETS else _VOYAGE
    sent = request.POST if request.method == "POST" else None
    given = SaidForm(names, sent, say=say_, initial=known(found.said).said)
    lacking: list[dict[str, str]] = []
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                if names:
                    say(id, given.said())
                done = take_step(id, step)
        except EntrepotError as error:
            lacking = missing(error.facts)
            given.refuse(error)
        else:
            messages.success(request, say_["stepped"].format(documents=done.documents))
            return redirect(flow_at(found))
    return show(
        request, access, SECTION, "pages/declaring/step.html", form=given, missing=lacking,
        heading=f"{found.number} · {say_['steps'][step]}", about=say_["step_abouts"][step],
        submit=say_["take"], back=flow_at(found), status=422 if given.errors else 200,
    )  # fmt: skip


class ReasonForm(forms.DeskForm):
    """Why."""

    reason = forms.text(200)


@form(WRITE)
def leave(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """Leave a ticket out of its flow."""
    found, say_ = Ticket.objects.select_related("flow").get(id=id), words(SECTION)
    given = ReasonForm(request.POST or None, say=say_)
    if request.method == "POST" and given.is_valid():
        leave_out(id, given.cleaned_data["reason"])
        messages.success(request, say_["is_left_out"].format(number=found.order_no))
        return redirect(flow_at(found.flow))
    return show(
        request, access, SECTION, "pages/form.html", form=given, submit=say_["leave_out"],
        heading=say_["leave_out_of"].format(number=found.order_no), about=say_["leave_out_about"],
        back=flow_at(found.flow), status=422 if given.errors else 200,
    )  # fmt: skip


@page(READ)
def sheet(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """The booking order of a flow of 9810, as a workbook of the template's columns."""
    content = booking_sheet(booking(id), "zh")
    response = HttpResponse(content, content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="booking-order-{id}.xlsx"'
    return response


urlpatterns = [
    path("", flows, name="declaring"),
    path("ready/", ready, name="declaring_ready"),
    path("open/", open_, name="declaring_open"),
    path("flows/<uuid:id>/", flow, name="declaring_flow"),
    path("flows/<uuid:id>/steps/<slug:step>/", step, name="declaring_step"),
    path("flows/<uuid:id>/booking-order.xlsx", sheet, name="declaring_sheet"),
    path("tickets/<uuid:id>/leave-out/", leave, name="declaring_leave_out"),
]
