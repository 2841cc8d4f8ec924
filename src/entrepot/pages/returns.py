# SPDX-License-Identifier: Apache-2.0
"""Returns: what is to come back, what came, in which condition, and what becomes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show, tabs, where_from
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Order, Return, ReturnedLine
from entrepot.warehouse.returns import deciding, receiving
from entrepot.warehouse.returns.grades import grades
from entrepot.warehouse.returns.receiving import Sender
from entrepot.web.telling import state_in_words

READ, WRITE = "floor.read", "floor.write"
OUTCOMES = ("restock", "scrap", "send_home")
_PAGES = ("returns", "returns_waiting")
#: Lines of the form that announces a return.
_LINES = 5


class ReturnFilters(forms.Filters):
    rma = forms.text()


class AnnounceForm(forms.DeskForm):
    """A return that is to come: by its order, with what is expected."""

    rma = forms.text(80)
    channel = forms.text(40, required=False)
    order = forms.text(80, required=False)
    note = forms.text(500, required=False)

    def more(self) -> dict[str, fields.Field]:
        """What is expected."""
        found: dict[str, fields.Field] = {}
        for at in range(1, _LINES + 1):
            found[f"sku_{at}"] = forms.text(100, required=False)
            found[f"quantity_{at}"] = forms.quantity(required=False)
        return found

    def lines(self) -> list[tuple[str, int]]:
        """Barcode or SKU, and units."""
        given = self.cleaned_data
        return [
            (given[f"sku_{at}"], given[f"quantity_{at}"] or 1)
            for at in range(1, _LINES + 1)
            if given[f"sku_{at}"]
        ]

    def clean(self) -> dict[str, Any]:
        """Something is expected."""
        given: dict[str, Any] = super().clean() or {}
        if not any(given.get(f"sku_{at}") for at in range(1, _LINES + 1)):
            self.add_error("sku_1", words("returns")["nothing_expected"])
        return given


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
        Column("warehouse", "code"),
        Column("note"),
        Column("created_at", "moment"),
        Column("received_at", "moment"),
    )  # fmt: skip
    rows = Return.objects.filter(**filters.given())
    table = Table("returns", columns, rows, by=("-id",), filters=filters)
    return answer(
        request, access, "returns", table, "pages/returns.html",
        tabs=tabs(say, "returns", *_PAGES), may_write=WRITE in access.scopes,
    )  # fmt: skip


def _line_columns(say: Any) -> tuple[Column, ...]:
    return (
        Column("sku", "code", to=lambda row: movements(item=row.sku)),
        Column("quantity", "number", to=lambda row: movements(document=row.received_id)),
        Column("grade", of=lambda row: _grade_names().get(row.grade, row.grade)),
        Column("outcome", "state", states="outcome"),
        Column("place", "code", to=lambda row: movements(place=row.place)),
        Column("lot", "code"),
        Column("returned_on", "day"),
        Column("decided_on", "day"),
    )


def _grade_names() -> dict[str, str]:
    """What grades are called: ours in the reader's language, the firm's own as it named them."""
    return {
        each.code: each.name or state_in_words("grade", each.code, language())
        for each in grades()
    }  # fmt: skip


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
        undecided=[each for each in lines if not each.outcome and may_write],
        outcomes=[(each, state_in_words("outcome", each, language())) for each in OUTCOMES],
        grades=sorted(_grade_names().items()),
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


@action(WRITE, "/returns/")
def decide(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Decide what becomes of a returned line."""
    line = ReturnedLine.objects.only("id", "back_id").get(id=id)
    outcome = request.POST.get("outcome", "")
    grade = request.POST.get("grade", "")[:20]
    say = words("returns")
    if request.POST.get("what") == "undo":
        deciding.undo(_scan(request), id)
        messages.success(request, say["undone"])
    elif outcome in OUTCOMES or grade:
        deciding.decide(_scan(request), id, grade, outcome if outcome in OUTCOMES else "", None)
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
    path("<uuid:id>/", one, name="returns_one"),
    path("lines/<uuid:id>/decide", decide, name="returns_decide"),
]
