# SPDX-License-Identifier: Apache-2.0
"""Shops that tell of their orders by themselves: connect one, and try again what it told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.jobs.actions import start
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page, show, where_from
from entrepot.pages.orders import READ, WRITE, known_tabs, marked
from entrepot.pages.table import ON_A_PAGE, Column, Table, answer
from entrepot.pages.wording import Words, language, words
from entrepot.people.access import Access
from entrepot.warehouse.api.shapes import CHANNEL
from entrepot.warehouse.models import Shop, ShopEvent
from entrepot.warehouse.models.shops import EVENT_STATES, REFUSED, TAKEN, WAITING
from entrepot.warehouse.shops.connecting import add_shop, address_of, change_shop
from entrepot.warehouse.shops.taking import retry
from entrepot.warehouse.shops.work import RetryIn, retry_events
from entrepot.web.telling import state_in_words, told_kept

#: Of what waits, how many are counted; more are said to be more.
_MOST_COUNTED: Final = 1000
_COUNTRY = RegexValidator("^[A-Z]{2}$")


class Pairs(fields.CharField):
    """What is called what, a line each: `EXPRESS = dhl-express`."""

    widget = fields.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def __init__(self, most: int, name: str, meaning: str) -> None:
        super().__init__(max_length=20_000, required=False)
        self.most = most
        self.name_fits, self.meaning_fits = RegexValidator(name), RegexValidator(meaning)

    def prepare_value(self, value: Any) -> Any:
        """As it is edited."""
        if isinstance(value, dict):
            return "\n".join(f"{name} = {meaning}" for name, meaning in value.items())
        return value

    def clean(self, value: Any) -> Any:
        """By name.

        Raises:
            ValidationError: a line is no pair, or does not fit; or there are too many.
        """
        found: dict[str, str] = {}
        for line in (super().clean(value) or "").splitlines():
            if line.strip():
                name, _, meaning = (part.strip() for part in line.partition("="))
                self.name_fits(name)
                self.meaning_fits(meaning)
                found[name] = meaning
        if len(found) > self.most:
            raise ValidationError(_say()["too_many_pairs"].format(most=self.most))
        return found


def _secret(*, required: bool) -> fields.CharField:
    return fields.CharField(
        min_length=8, max_length=200, required=required, validators=[RegexValidator("^[!-~]+$")],
        widget=fields.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class ShopForm(forms.DeskForm):
    """A shop as it is changed: what it signs with stays where nothing is typed."""

    name = forms.text(100)
    secret = _secret(required=False)
    promise_days = forms.quantity(0, 365)
    country = forms.text(2, required=False, validators=[_COUNTRY])
    services = Pairs(100, r"^.{1,60}$", r"^.{1,60}$")
    digits = Pairs(200, "^[A-Z]{3}$", "^[0-4]$")
    is_active = forms.flag()

    def given(self) -> dict[str, Any]:
        """What is to be kept of a shop."""
        said = dict(self.cleaned_data)
        said["digits"] = {name: int(digits) for name, digits in said["digits"].items()}
        return {name: value for name, value in said.items() if name != "secret" or value}


class NewShopForm(ShopForm):
    """A shop to connect; its channel never changes."""

    channel = forms.text(40, validators=[RegexValidator(CHANNEL)])
    secret = _secret(required=True)
    is_active = None  # type: ignore[assignment] # how Django leaves a field out
    field_order = ("name", "channel", "secret")


class EventFilters(forms.Filters):
    shop = fields.ChoiceField(choices=lambda: [("", words("common")["any"]), *_shops()])
    state = forms.states("shop_event", EVENT_STATES)


def _shops() -> list[tuple[str, str]]:
    return [(str(id), name) for id, name in Shop.objects.order_by("name").values_list("id", "name")]


def _say() -> Words:
    return Words(words("orders")["shop"])


SHOPS: Final = (
    Column("name", to=lambda row: reverse("pages:orders_shop", args=[row.id])),
    Column("channel"),
    Column("is_active", "yes"),
    Column("promise_days", "number"),
    Column("made_at", "moment"),
)


@page(READ)
def shops(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The shops that are connected, and whether something of them waits."""
    table = Table(
        "shops", SHOPS, Shop.objects.defer("secret"), by=("id",), more={"empty": _say()["none"]}
    )
    return answer(
        request, access, "orders", table, "pages/shops.html", tabs=known_tabs("orders_shops"),
        may_write=WRITE in access.scopes, heading=words("orders")["tabs"]["orders_shops"],
        about=_say()["about"],
        waits=ShopEvent.objects.filter(state=WAITING)[:_MOST_COUNTED].count(),
    )  # fmt: skip


@form(WRITE)
def connect(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Connect a shop."""
    say = _say()
    given = NewShopForm(request.POST or None, say=say)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                made = add_shop(**given.given())
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["connected"].format(name=made.name))
            return redirect("pages:orders_shop", made.id)
    return show(
        request, access, "orders", "pages/form.html", form=given, heading=say["connect"],
        about=say["connect_about"], submit=say["connect"], back=reverse("pages:orders_shops"),
        status=422 if given.errors else 200,
    )  # fmt: skip


@form(READ)
def shop(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A shop: where it is to send its webhooks, and what is said of it."""
    say, found = _say(), Shop.objects.get(id=id)
    given = ShopForm(request.POST or None, initial=_known(found), say=say)
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            change_shop(id, **given.given())
            messages.success(request, say["changed"])
            return redirect("pages:orders_shop", id)
    return show(
        request, access, "orders", "pages/shop.html", form=given, shop=found, heading=found.name,
        about=say["one_about"], tabs=known_tabs("orders_shops"), may_write=WRITE in access.scopes,
        address=request.build_absolute_uri(f"/hooks/shopify/{address_of(found)}"),
        told_by=("orders/create", "orders/updated", "orders/cancelled"),
        status=422 if given.errors else 200,
    )  # fmt: skip


def _known(found: Shop) -> dict[str, Any]:
    shown = ("name", "promise_days", "country", "services", "digits", "is_active")
    return {name: getattr(found, name) for name in shown}


def _outcome(row: ShopEvent) -> str:
    """What came of it, or why it waits or was refused, in the reader's language."""
    if not row.problem:
        return state_in_words("shop_outcome", row.outcome, language())
    told = told_kept(row.problem, language())
    return f"{told.found} {told.remedy}".strip()


@page(READ)
def events(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What shops told, the latest first, and what came of it."""
    say = _say()
    filters = EventFilters(request.GET, say=say)
    may_write = WRITE in access.scopes
    names = dict(_shops())
    columns = (
        Column("topic", "code"),
        Column("external", "code"),
        Column("state", "state", states="shop_event"),
        Column("outcome", of=_outcome),
        Column("shop", of=lambda row: names.get(str(row.shop_id), "")),
        Column("attempts", "number"),
        Column("received_at", "moment"),
    )
    rows: QuerySet[ShopEvent] = ShopEvent.objects.defer("body").filter(**filters.given())
    table = Table(
        "events", columns, rows, by=("-id",), filters=filters,
        choose="events" if may_write else "", more={"empty": say["no_events"]},
    )  # fmt: skip
    return answer(
        request, access, "orders", table, "pages/shop_events.html",
        tabs=known_tabs("orders_shops"), heading=say["events"], about=say["events_about"],
        may_write=may_write,
    )  # fmt: skip


@action(WRITE, "/orders/shops/events/")
def again(request: HttpRequest, access: Access) -> HttpResponse:
    """Try events again: those that are marked now, or all that wait by a job."""
    say = _say()
    if request.POST.get("what") == "all":
        start(retry_events, RetryIn())
        messages.success(request, say["retrying"])
    elif ids := marked(request, "events", ON_A_PAGE):
        _retry(request, ids)
    else:
        messages.warning(request, say["none_marked"])
    return redirect(where_from(request, reverse("pages:orders_shop_events")))


def _retry(request: HttpRequest, ids: Sequence[UUID]) -> None:
    """Each by itself, as each came; those that were taken in meanwhile are left as they are."""
    waits = ShopEvent.objects.filter(id__in=ids, state__in=(WAITING, REFUSED))
    tried = [retry(id).state for id in waits.order_by("id").values_list("id", flat=True)]
    said = _say()["retried"].format(count=len(tried), taken=tried.count(TAKEN))
    is_all = bool(tried) and tried.count(TAKEN) == len(tried)
    (messages.success if is_all else messages.warning)(request, said)


urlpatterns = [
    path("", shops, name="orders_shops"),
    path("connect/", connect, name="orders_shops_connect"),
    path("events/", events, name="orders_shop_events"),
    path("events/again", again, name="orders_shop_again"),
    path("<uuid:id>/", shop, name="orders_shop"),
]
