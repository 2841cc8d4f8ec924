# SPDX-License-Identifier: Apache-2.0
"""Orders: the list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse

from entrepot.pages import forms
from entrepot.pages.frame import page
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.warehouse.api import lists
from entrepot.warehouse.models.orders import STATES


class OrderFilters(forms.Filters):
    number = forms.text()
    channel = forms.text(40)
    sku = forms.text()
    state = forms.states("order", STATES)
    is_waiting = forms.flag()


def _order(row: Any) -> str:
    return reverse("pages:orders_one", args=[row["id"]])


COLUMNS = (
    Column("number", "code", to=_order),
    Column("channel"),
    Column("state", "state", states="order"),
    Column("country"),
    Column("promised_on", "day"),
    Column("ordered_at", "moment"),
)


@page("orders.read")
def orders(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Orders, the latest first, or by what they are narrowed by."""
    filters = OrderFilters(request.GET, say=words("orders"))
    table = Table("orders", COLUMNS, lists.orders(**filters.given()), filters=filters)
    return answer(request, access, "orders", table, "pages/orders.html")


@page("orders.read")
def order(request: HttpRequest, access: Access, id: Any) -> HttpResponseBase:
    """An order."""
    raise NotImplementedError


urlpatterns = [
    path("", orders, name="orders"),
    path("<uuid:id>/", order, name="orders_one"),
]
