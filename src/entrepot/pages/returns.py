# SPDX-License-Identifier: Apache-2.0
"""Returns: what is to come back, what came, in which condition, and what becomes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show, tabs, where_from
from entrepot.pages.places import code_of, movements
from entrepot.pages.return_forms import (
    AnnounceForm,
    GradesForm,
    ReceiveForm,
    ReturnFilters,
    grade_names,
    grades,
    outcomes,
)
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Order, Return, ReturnedLine
from entrepot.warehouse.models.returns import OUTCOMES
from entrepot.warehouse.returns import deciding, receiving
from entrepot.warehouse.returns.grades import grades as conditions
from entrepot.warehouse.returns.grades import set_grades as set_conditions
from entrepot.warehouse.returns.receiving import Sender

READ, WRITE = "floor.read", "floor.write"
_PAGES = ("returns", "returns_waiting", "returns_grades")


@page(READ)
def returns(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Returns, the latest first."""
    say = words("returns")
    filters = ReturnFilters(request.GET, say=say)
    columns = (
        Column("number", "code", to=lambda row: reverse("pages:returns_one", args=[row.id])),
        Column("rma", "code"),
        Column("state", "state", states="came",
               of=lambda row: "received" if row.received_at else "waiting"),
        Column("warehouse", "code", of=lambda row: code_of(row.warehouse)),
        Column("note"),
        Column("created_at", "moment"),
        Column("received_at", "moment"),
    )  # fmt: skip
    given = filters.given()
    if "warehouse" in given:
        given["warehouse"] = f"warehouse/{given['warehouse']}"
    if given.pop("is_waiting", False):
        given["received_at"] = None
    rows = Return.objects.filter(**given)
    table = Table("returns", columns, rows, by=("-id",), filters=filters)
    return answer(
        request, access, "returns", table, "pages/returns.html",
        tabs=tabs(say, "returns", *_PAGES), may_write=WRITE in access.scopes,
    )  # fmt: skip


def _line_columns(say: Any) -> tuple[Column, ...]:
    return (
        Column("sku", "code", to=lambda row: movements(item=row.sku)),
        Column("quantity", "number", to=lambda row: movements(document=row.received_id)),
        Column("grade", of=lambda row: grade_names().get(row.grade, row.grade)),
        Column("outcome", "state", states="outcome"),
        Column("place", "code", to=lambda row: movements(place=row.place)),
        Column("lot", "code"),
        Column("returned_on", "day"),
        Column("decided_on", "day"),
    )


@page(READ)
def waiting(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What came back and waits for somebody to decide what becomes of it."""
    say = words("returns")
    rows: QuerySet[ReturnedLine] = ReturnedLine.objects.filter(outcome="")
    columns = (
        Column("number", "code", of=lambda row: say["open_return"],
               to=lambda row: reverse("pages:returns_one", args=[row.back_id])),
        *_line_columns(say),
    )  # fmt: skip
    table = Table("waiting", columns, rows, by=("-id",), more={"empty": say["none_waiting"]})
    return answer(
        request, access, "returns", table, "pages/list.html",
        tabs=tabs(say, "returns_waiting", *_PAGES),
    )  # fmt: skip


@page(READ)
def one(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A return: what was announced, what came, and what can be decided."""
    found, say = Return.objects.get(id=id), words("returns")
    order = found.order_id and Order.objects.only("id", "channel", "number").get(id=found.order_id)
    expected = Table(
        "expected",
        (
            Column("sku", "code", to=lambda row: movements(item=row.sku)),
            Column("quantity", "number"),
            Column("received", "number"),
        ),
        list(found.expected.order_by("sku")[:1000]),
    )
    lines = list(found.lines.order_by("id")[:1000])
    may_write = WRITE in access.scopes
    return answer_several(
        request, access, "returns", [expected, Table("lines", _line_columns(say), lines)],
        "pages/return.html", back=found, order=order,
        heading=say["return"].format(number=found.number), by=named([found.created_by]),
        # A number for each time the page is shown: a form that is sent twice is done once.
        undecided=[(each, new_id()) for each in lines if not each.outcome and may_write],
        outcomes=outcomes(), grades=grades(), may_write=may_write,
        may_receive=may_write and bool(found.rma) and not found.received_at,
    )  # fmt: skip


@form(WRITE)
def announce(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Announce a return."""
    say = words("returns")
    given = AnnounceForm(request.POST or None, initial=request.GET.dict(), say=say)
    if request.method == "POST" and given.is_valid():
        asked = given.cleaned_data
        try:
            with transaction.atomic():
                made = receiving.announce(
                    asked["rma"], Sender(asked["channel"], asked["order"]), given.lines(),
                    asked["note"],
                )  # fmt: skip
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["announced"].format(number=made.number))
            return redirect("pages:returns_one", made.id)
    return show(
        request, access, "returns", "pages/form.html", form=given, heading=say["announce"],
        about=say["announce_about"], submit=say["announce"], back=reverse("pages:returns"),
        status=409 if given.errors else 200,
    )  # fmt: skip


@form(WRITE)
def receive(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Receive a return at a desk; on the floor the page Scan does."""
    say = words("returns")
    known = {"scan": str(new_id())} | request.GET.dict()
    given = ReceiveForm(request.POST or None, initial=known, say=say)
    if request.method == "POST" and given.is_valid():
        asked = given.cleaned_data
        try:
            with transaction.atomic():
                made = receiving.receive(
                    asked["scan"], asked["warehouse"], given.sender(), given.came(), asked["note"]
                )
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["received"].format(number=made.number))
            return redirect("pages:returns_one", UUID(made.id))
    return show(
        request, access, "returns", "pages/return_receive.html", form=given,
        heading=say["receive"], about=say["receive_about"], submit=say["receive"],
        back=reverse("pages:returns"), status=422 if given.errors else 200,
    )  # fmt: skip


@form(READ)
def set_grades(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The grades of the enterprise, and what becomes of goods of each."""
    say, names = words("returns"), grade_names()
    known: dict[str, str] = {}
    before = conditions()
    for at, each in enumerate(before, 1):
        known |= {f"code_{at}": each.code, f"name_{at}": names[each.code],
                  f"outcome_{at}": each.outcome}  # fmt: skip
    given = GradesForm(request.POST or None, initial=known, say=say)
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            set_conditions(given.conditions({names[each.code]: each.name for each in before}))
            messages.success(request, say["grades_set"])
            return redirect("pages:returns_grades")
    return show(
        request, access, "returns", "pages/return_grades.html", form=given,
        heading=say["grades"], about=say["grades_about"], may_write=WRITE in access.scopes,
        tabs=tabs(say, "returns_grades", *_PAGES), status=422 if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/returns/")
def decide(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Decide what becomes of a returned line."""
    line = ReturnedLine.objects.only("id", "back_id").get(id=id)
    said, say = request.POST, words("returns")
    outcome, grade = said.get("outcome", ""), said.get("grade", "")[:20]
    quantity, bin_ = said.get("quantity", "")[:9], said.get("bin", "")[:40].strip()
    if said.get("what") == "undo":
        deciding.undo(_scan(request), id)
        messages.success(request, say["undone"])
    elif outcome in OUTCOMES or grade:
        units = int(quantity) if quantity.isdecimal() and int(quantity) else None
        deciding.decide(
            _scan(request), id, grade, outcome if outcome in OUTCOMES else "", units, bin_ or None
        )
        messages.success(request, say["decided"])
    else:
        messages.warning(request, say["nothing_decided"])
    return redirect(where_from(request, reverse("pages:returns_one", args=[line.back_id])))


def _scan(request: HttpRequest) -> str:
    """The form's own number, so that sent twice it is done once."""
    return request.POST.get("scan", "")[:80] or str(new_id())


urlpatterns = [
    path("", returns, name="returns"),
    path("waiting/", waiting, name="returns_waiting"),
    path("announce/", announce, name="returns_announce"),
    path("receive/", receive, name="returns_receive"),
    path("grades/", set_grades, name="returns_grades"),
    path("<uuid:id>/", one, name="returns_one"),
    path("lines/<uuid:id>/decide", decide, name="returns_decide"),
]
