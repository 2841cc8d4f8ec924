# SPDX-License-Identifier: Apache-2.0
"""The rules of allocation: which warehouse may serve which destination, and how they compare."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms as fields
from django.contrib import messages
from django.core.validators import RegexValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.orders import READ, WRITE, known_tabs, marked
from entrepot.pages.places import warehouses
from entrepot.pages.table import ON_A_PAGE, Column, Table, answer
from entrepot.pages.wording import Words, words
from entrepot.people.access import Access
from entrepot.warehouse.allocation import ruling
from entrepot.warehouse.allocation.rules import CRITERIA
from entrepot.warehouse.models import Route


def _say() -> Words:
    return Words(words("orders")["rules"])


def _criteria() -> list[tuple[str, str]]:
    names = _say()["criteria"]
    return [("", words("common")["none"]), *((each, names[each]) for each in CRITERIA)]


class PolicyForm(forms.DeskForm):
    """What is compared first, second and so on."""

    whole_first = forms.flag()
    may_split = forms.flag()

    def more(self) -> dict[str, fields.Field]:
        """As many criteria as there are."""
        return {
            f"criterion_{at}": fields.ChoiceField(choices=_criteria, required=False)
            for at in range(1, len(CRITERIA) + 1)
        }

    def criteria(self) -> list[str]:
        """In their order, each once."""
        asked = (self.cleaned_data[f"criterion_{at}"] for at in range(1, len(CRITERIA) + 1))
        return list(dict.fromkeys(each for each in asked if each))


class RouteForm(forms.DeskForm):
    """That a warehouse may serve a destination."""

    warehouse = fields.ChoiceField(choices=lambda: list(warehouses(needs_one=True)))
    country = forms.text(2, required=False, validators=[RegexValidator("^[A-Z]{2}$")])
    postcode = forms.text(20, required=False)
    rank = forms.quantity(0, 10**6, initial=0)
    cost = fields.DecimalField(min_value=0, max_digits=12, decimal_places=2, initial=0)
    distance_km = forms.quantity(0, 10**6, initial=0)

    def given(self) -> dict[str, Any]:
        """A route as the rules have it: its cost is in the smallest unit."""
        return self.cleaned_data | {"cost": int(self.cleaned_data["cost"].scaleb(2))}


ROUTES: Final = (
    Column("warehouse", "code"),
    Column("country", "code"),
    Column("postcode", "code"),
    Column("rank", "number"),
    Column("cost", "number", of=lambda row: Decimal(row.cost).scaleb(-2)),
    Column("distance_km", "number"),
)


@page(READ)
def rules(request: HttpRequest, access: Access) -> HttpResponseBase:
    """How warehouses are compared, and the routes."""
    say, may_write = _say(), WRITE in access.scopes
    policy = ruling.policy()
    table = Table(
        "routes", ROUTES, Route.objects.all(), by=("country", "postcode", "warehouse"),
        choose="routes" if may_write else "", more={"empty": say["no_routes"]},
    )  # fmt: skip
    return answer(
        request, access, "orders", table, "pages/rules.html", tabs=known_tabs("orders_rules"),
        heading=words("orders")["tabs"]["orders_rules"], about=say["about"], may_write=may_write,
        policy=policy, compared=[say["criteria"][each] for each in policy.criteria],
    )  # fmt: skip


@form(WRITE)
def policy(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Set how warehouses are compared."""
    say, now = _say(), ruling.policy()
    known: dict[str, Any] = {"whole_first": now.whole_first, "may_split": now.may_split}
    known |= {f"criterion_{at}": each for at, each in enumerate(now.criteria, 1)}
    given = PolicyForm(request.POST or None, initial=known, say=say)
    if request.method == "POST" and given.is_valid():
        asked = given.cleaned_data
        ruling.put_policy(
            given.criteria(), whole_first=asked["whole_first"], may_split=asked["may_split"]
        )
        messages.success(request, say["policy_set"])
        return redirect("pages:orders_rules")
    return show(
        request, access, "orders", "pages/form.html", form=given, heading=say["policy"],
        about=say["policy_about"], back=reverse("pages:orders_rules"),
        status=422 if given.errors else 200,
    )  # fmt: skip


@form(WRITE)
def add(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Add a route."""
    say = _say()
    given = RouteForm(request.POST or None, say=say)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                ruling.add_route(given.given())
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["added"])
            return redirect("pages:orders_rules")
    return show(
        request, access, "orders", "pages/form.html", form=given, heading=say["add"],
        about=say["add_about"], submit=say["add"], back=reverse("pages:orders_rules"),
        status=422 if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/orders/rules/")
def remove(request: HttpRequest, access: Access) -> HttpResponse:
    """Remove the routes that are marked."""
    say = _say()
    if ids := marked(request, "routes", ON_A_PAGE):
        messages.success(request, say["removed"].format(count=ruling.remove_routes(ids)))
    else:
        messages.warning(request, say["none_marked"])
    return redirect("pages:orders_rules")


urlpatterns = [
    path("", rules, name="orders_rules"),
    path("policy/", policy, name="orders_rules_policy"),
    path("routes/add/", add, name="orders_rules_add"),
    path("routes/remove", remove, name="orders_rules_remove"),
]
