# SPDX-License-Identifier: Apache-2.0
"""A unit's way: from the factory's invoice to the refund, on one page that can be printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms as fields
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.pages import forms, tour_ways
from entrepot.pages.frame import page, show
from entrepot.pages.leads import lead
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.warehouse.api import lists
from entrepot.warehouse.models.orders import STATES


class TourFilters(forms.Filters):
    number = forms.text()
    channel = forms.text(40)
    sku = forms.text()
    state = forms.states("order", STATES)


class Named(forms.DeskForm):
    """A declaration item or an invoice line, by its number."""

    number = forms.text(64)
    line = fields.IntegerField(min_value=0, max_value=999_999)


def _order(row: Any) -> str:
    return reverse("pages:tour_order", args=[row["id"]])


COLUMNS = (
    Column("number", "code", to=_order),
    Column("channel"),
    Column("state", "state", states="order"),
    Column("country"),
    Column("ordered_at", "moment"),
)


@page("book.read")
def tour(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Pick an order; or name a declaration item or an invoice line."""
    say = words("tour")
    filters = TourFilters(request.GET, say=say)
    table = Table("tour", COLUMNS, lists.orders(**filters.given()), filters=filters)
    return answer(
        request, access, "tour", table, "pages/tour.html",
        item=Named(say=say, auto_id="item_%s"), invoice=Named(say=say, auto_id="invoice_%s"),
    )  # fmt: skip


@page("book.read")
def order(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """The way of an order's units."""
    say = words("tour")
    found = tour_ways.of_order(id, say)
    if found is None:
        raise Http404
    its, way = found
    way.facts = [
        (say["fields"]["channel"], its["channel"]),
        (say["fields"]["goes_to"], its["country"]),
        (say["fields"]["units"], f"{sum(each['quantity'] for each in its['lines']):,}"),
    ]
    return show(
        request, access, "tour", "pages/tour_way.html", tour=way, order=its,
        heading=say["of_order"].format(its["number"]), own=lead("orders_one", id),
    )  # fmt: skip


@page("book.read")
def declaration(request: HttpRequest, access: Access) -> HttpResponse:
    """The way of a declaration item's units."""
    return _named(request, access, tour_ways.of_item, "of_item", request.GET.get("item"))


@page("book.read")
def invoice(request: HttpRequest, access: Access) -> HttpResponse:
    """The way of an invoice line's units."""
    return _named(request, access, tour_ways.of_invoice, "of_invoice", None)


def _named(
    request: HttpRequest, access: Access, way_of: Any, title: str, item: str | None
) -> HttpResponse:
    say = words("tour")
    given = request.GET.copy()
    if item is not None:
        given["line"] = item
    form = Named(given, say=say)
    if not form.is_valid():
        return _lost(request, access, given.get("number", ""))
    number, line = form.cleaned_data["number"], form.cleaned_data["line"]
    way = way_of(number, line, say)
    if way is None:
        return _lost(request, access, f"{number} / {line}")
    return show(
        request, access, "tour", "pages/tour_way.html", tour=way,
        heading=say[title].format(f"{number} / {line}"),
    )  # fmt: skip


def _lost(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Say that nothing has the name, and how to look for it."""
    if not name:
        return redirect("pages:tour")
    return show(request, access, "tour", "pages/tour_lost.html", status=404, name=name[:200])


urlpatterns = [
    path("", tour, name="tour"),
    path("order/<uuid:id>/", order, name="tour_order"),
    path("declaration/", declaration, name="tour_declaration"),
    path("invoice/", invoice, name="tour_invoice"),
]
