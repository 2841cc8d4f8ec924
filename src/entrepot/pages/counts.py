# SPDX-License-Identifier: Apache-2.0
"""Counts: which bins, how far, what differed, and who approved it."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.ledger.lists import List
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show, tabs
from entrepot.pages.places import bin_of, code_of, movements, warehouses
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import Words, words
from entrepot.people.access import Access
from entrepot.people.tenancy import acting
from entrepot.warehouse.counts import closing, lists
from entrepot.warehouse.counts.limits import limit, set_limit, tally
from entrepot.warehouse.counts.opening import Which, open_count
from entrepot.warehouse.counts.rules import Limit
from entrepot.warehouse.models import Count, CountAsked, CountedBin
from entrepot.warehouse.models.counts import CANCELLED, COUNTING, DIFFERS, DONE, OPEN

READ, WRITE, APPROVE = "floor.read", "floor.write", "floor.approve"
_PAGES = ("counts", "counts_asked", "counts_limit")
_WAYS = ("bins", "zone", "abc", "not_counted", "asked")


class CountFilters(forms.Filters):
    state = forms.states("count", (OPEN, DONE, CANCELLED))


class CountForm(forms.DeskForm):
    warehouse = fields.ChoiceField(choices=lambda: list(warehouses(needs_one=True)))
    way = fields.ChoiceField(choices=lambda: [(way, words("counts")["ways"][way]) for way in _WAYS])
    bins = forms.text(4000, required=False)
    zone = forms.text(40, required=False)
    abc = fields.ChoiceField(choices=[("A", "A"), ("B", "B"), ("C", "C")], required=False)
    days = forms.quantity(most=3650, initial=90, required=False)
    is_shown = forms.flag()

    def which(self) -> Which:
        """The bins that are meant, in the one way that was chosen."""
        given, days = self.cleaned_data, self.cleaned_data["days"] or 90
        match given["way"]:
            case "bins":
                return Which(bins=given["bins"].replace(",", " ").split())
            case "zone":
                return Which(zone=given["zone"])
            case "abc":
                return Which(abc=given["abc"] or "A", days=days)
            case "not_counted":
                return Which(not_counted=True, days=days)
        return Which(asked=True)

    def clean(self) -> dict[str, Any]:
        """Bins and zones are named where they are asked for."""
        given: dict[str, Any] = super().clean() or {}
        if (way := given.get("way")) in ("bins", "zone") and not given.get(way):
            self.add_error(way, words("counts")["name_it"])
        return given


class LimitForm(forms.DeskForm):
    units = forms.quantity(0)
    percent = forms.quantity(0, 100)


#: How the book says what a count is of: `Which.about`.
_ABOUT: Final = {
    "zone": re.compile(r"zone (.+)"),
    "abc": re.compile(r"class (.+) of (.+) days"),
    "not_counted": re.compile(r"not counted for (.+) days"),
    "asked": re.compile(r"asked for"),
    "bins": re.compile(r"(.+) bins"),
}


def meant(about: str, say: Words) -> str:
    """What a count is of, in the reader's language."""
    for way, said in _ABOUT.items():
        if found := said.fullmatch(about):
            return str(say["about_of"][way]).format(*found.groups())
    return about


@page(READ)
def counts(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Counts, the latest first, with how far they are."""
    say = words("counts")
    filters = CountFilters(request.GET, say=say)
    rows = Count.objects.filter(**filters.given())
    known: dict[UUID, dict[str, int]] = {}

    def bins(row: Count, *states: str) -> int:
        return sum(known[row.id].get(state, 0) for state in states)

    columns = (
        Column("number", "code", to=lambda row: reverse("pages:counts_one", args=[row.id])),
        Column("warehouse", "code", of=lambda row: code_of(row.warehouse)),
        Column("about", of=lambda row: meant(row.about, say)),
        Column("state", "state", states="count"),
        Column("to_count", "number", of=lambda row: bins(row, "to_count", "counting")),
        Column("right", "number", of=lambda row: bins(row, "right")),
        Column("differs", "number", of=lambda row: bins(row, DIFFERS)),
        Column("posted", "number", of=lambda row: bins(row, "posted")),
        Column("created_at", "moment"),
    )
    table = Table(
        "counts", columns, rows, by=("-id",), filters=filters,
        before=lambda items: known.update(tally(each.id for each in items)),
    )  # fmt: skip
    return answer(
        request, access, "counts", table, "pages/counts.html",
        tabs=tabs(say, "counts", *_PAGES), may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Open a count of bins."""
    say = words("counts")
    given = CountForm(request.POST or None, initial=request.GET.dict(), say=say)
    if given.is_valid():
        try:
            with transaction.atomic():
                made = open_count(
                    given.cleaned_data["warehouse"], given.which(),
                    is_blind=not given.cleaned_data["is_shown"],
                )  # fmt: skip
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["opened"].format(number=made.number))
            return redirect("pages:counts_one", made.id)
    return show(
        request, access, "counts", "pages/form.html", form=given, heading=say["new"],
        about=say["new_about"], submit=say["new"], back=reverse("pages:counts"),
        status=409 if given.errors else 200,
    )  # fmt: skip


@page(READ)
def count(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A count: its bins, and what was counted in them."""
    found, say = lists.one(id), words("counts")
    bins = Table(
        "bins",
        (
            Column(
                "bin",
                "code",
                of=lambda row: bin_of(row.place),
                to=lambda row: movements(place=row.place),
            ),
            Column("state", "state", states="counted_bin"),
            Column("again", "state", states="count_again"),
            Column("attempt", "number"),
            Column("closed_at", "moment"),
        ),
        CountedBin.objects.filter(count_id=id),
        by=("place",),
    )
    lines = Table(
        "lines",
        (
            Column(
                "bin",
                "code",
                of=lambda row: bin_of(row["place"]),
                to=lambda row: movements(place=row["place"], item=row["sku"]),
            ),
            Column("sku", "code", to=lambda row: movements(item=row["sku"])),
            Column("expected", "number"),
            Column("counted", "number"),
            Column("difference", "number", of=_difference),
            Column("state", "state", states="counted_bin"),
        ),
        List(lists.LINES, {"enterprise": acting().enterprise, "count": id}, ("b.place", "l.sku")),
    )
    table = bins if request.GET.get("of") == "bins" else lines
    return answer(
        request, access, "counts", table, "pages/counted.html", count=found,
        meant=meant(found["about"], say),
        tabs=[
            {"title": say["counted"], "url": "?", "is_here": table.name == "lines"},
            {"title": say["bins"], "url": "?of=bins", "is_here": table.name == "bins"},
        ],
        heading=say["count"].format(number=found["number"]), by=named([found["created_by"]]),
        waits=found["bins"].get(DIFFERS, 0), is_counting=COUNTING in found["bins"],
        is_open=found["state"] == OPEN, may_write=WRITE in access.scopes,
        may_approve=APPROVE in access.scopes,
    )  # fmt: skip


def _difference(row: Any) -> int | None:
    return None if row["expected"] is None else row["counted"] - row["expected"]


@action(WRITE, "/counts/")
def close(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Close the bins that are being counted."""
    return _said(request, id, "closed", closing.close(id))


@action(APPROVE, "/counts/")
def approve(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Approve what differs, and book it."""
    return _said(request, id, "approved", closing.approve(id))


@action(APPROVE, "/counts/")
def reject(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Have bins that differ counted again."""
    return _said(request, id, "rejected", closing.reject(id))


@action(WRITE, "/counts/")
def cancel(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """End a count; what is not settled is left out."""
    return _said(request, id, "cancelled", closing.cancel(id))


def _said(request: HttpRequest, count: UUID, what: str, done: object) -> HttpResponse:
    messages.success(request, words("counts")["done"][what])
    return redirect("pages:counts_one", count)


@page(READ)
def asked(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Bins that somebody did not find as the book has them, and that no count has taken up."""
    say = words("counts")
    columns = (
        Column("place", "code", to=lambda row: movements(place=row.place)),
        Column("because"),
        Column("asked_at", "moment"),
    )
    table = Table(
        "asked", columns, CountAsked.objects.filter(count=None), by=("-id",),
        more={"empty": say["none_asked"]},
    )  # fmt: skip
    return answer(
        request, access, "counts", table, "pages/counts.html",
        tabs=tabs(say, "counts_asked", *_PAGES), may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(READ)
def limits(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Which differences need nobody's approval."""
    say, now = words("counts"), limit()
    may = APPROVE in access.scopes
    given = LimitForm(
        request.POST or None, initial={"units": now.units, "percent": now.percent}, say=say
    )
    if request.method == "POST":
        access.need(APPROVE)
        if given.is_valid():
            set_limit(Limit(given.cleaned_data["units"], given.cleaned_data["percent"]))
            messages.success(request, say["done"]["limit"])
            return redirect("pages:counts_limit")
    if not may:
        for field in given.fields.values():
            field.disabled = True
    return show(
        request, access, "counts", "pages/form.html", form=given, about=say["limit_about"],
        heading=say["limit"], tabs=tabs(say, "counts_limit", *_PAGES),
        status=422 if given.errors else 200,
    )  # fmt: skip


urlpatterns = [
    path("", counts, name="counts"),
    path("new/", new, name="counts_new"),
    path("asked/", asked, name="counts_asked"),
    path("limit/", limits, name="counts_limit"),
    path("<uuid:id>/", count, name="counts_one"),
    path("<uuid:id>/close", close, name="counts_close"),
    path("<uuid:id>/approve", approve, name="counts_approve"),
    path("<uuid:id>/reject", reject, name="counts_reject"),
    path("<uuid:id>/cancel", cancel, name="counts_cancel"),
]
