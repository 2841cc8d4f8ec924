# SPDX-License-Identifier: Apache-2.0
"""Programs of the enterprise: their tokens, and the webhooks that tell them what happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.errors import EntrepotError
from entrepot.jobs import webhooks as hooks
from entrepot.jobs.events import Event
from entrepot.jobs.models import DELIVERY_STATES, Delivery, Webhook
from entrepot.jobs.reaching import MOST_URL
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.firm import READ, WRITE, at_fields, tabs
from entrepot.pages.frame import REFUSED, action, form, page, show
from entrepot.pages.orders import marked
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people import tokens as keys
from entrepot.people.access import Access
from entrepot.people.roles import SCOPES
from entrepot.web.telling import state_in_words

WEBHOOKS = "webhooks.write"


class TokenForm(forms.DeskForm):
    name = forms.text(100)
    days = forms.quantity(1, keys.LONGEST.days, initial=90)
    scopes = fields.MultipleChoiceField(widget=fields.CheckboxSelectMultiple)

    def __init__(self, access: Access, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        said = words("firm")["scopes"]
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, f"{said[scope]} ({scope})") for scope in SCOPES if scope in access.scopes
        ]


class WebhookForm(forms.DeskForm):
    url = forms.text(MOST_URL, widget=fields.URLInput(attrs={"placeholder": "https://"}))
    events = fields.MultipleChoiceField(
        choices=lambda: [(each.value, _event(each)) for each in Event],
        widget=fields.CheckboxSelectMultiple,
    )


class WebhookChange(WebhookForm):
    is_active = forms.flag()


class DeliveryFilters(forms.Filters):
    state = forms.states("delivery", DELIVERY_STATES)


def _event(code: str) -> str:
    return state_in_words("event", str(code), language())


@page(READ)
def tokens(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Tokens that work, the latest first."""
    say, may_write = words("firm"), WRITE in access.scopes
    actors: dict[str, str] = {}

    def by(row: Any) -> str:
        return f"user:{row.made_by_id}" if row.made_by_id else "system"

    columns = (
        Column("name"),
        Column("scopes", of=lambda row: ", ".join(row.scopes)),
        Column("made_by", of=lambda row: actors[by(row)]),
        Column("made_at", "moment"),
        Column("expires_at", "moment"),
        Column("used_on", "day"),
    )
    table = Table(
        "tokens", columns, keys.working(), by=("-id",), more={"empty": say["no_tokens"]},
        choose="tokens" if may_write else "",
        before=lambda items: actors.update(named({by(each) for each in items})),
    )  # fmt: skip
    return answer(
        request, access, "firm", table, "pages/firm_tokens.html",
        tabs=tabs(access, "firm_tokens"), heading=say["tabs"]["firm_tokens"],
        about=say["tokens_about"], may_write=may_write,
    )  # fmt: skip


@form(WRITE)
def make(request: HttpRequest, access: Access) -> HttpResponse:
    """Make a token; its text is said here and never again."""
    say = words("firm")
    given = TokenForm(access, request.POST or None, say=say)
    if request.method == "POST" and given.is_valid():
        asked = given.cleaned_data
        until = timezone.now() + timedelta(days=asked["days"])
        try:
            with transaction.atomic():
                made = keys.make_token(asked["name"], asked["scopes"], until)
        except EntrepotError as error:
            at_fields(given, error)
        else:
            return show(
                request, access, "firm", "pages/once.html", heading=say["token_made"],
                about=say["once"], tabs=tabs(access, "firm_tokens"), secret=made.text,
                hint=say["token_hint"], back=reverse("pages:firm_tokens"),
            )  # fmt: skip
    return show(
        request, access, "firm", "pages/form.html", form=given, heading=say["token_make"],
        about=say["token_about"], submit=say["token_make"], back=reverse("pages:firm_tokens"),
        tabs=tabs(access, "firm_tokens"), status=REFUSED if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/firm/tokens/")
def revoke(request: HttpRequest, access: Access) -> HttpResponse:
    """End the tokens that are marked, now."""
    for id in marked(request, "tokens"):
        keys.revoke_token(id)
    messages.success(request, words("firm")["did"]["revoked"])
    return redirect("pages:firm_tokens")


@page(WEBHOOKS)
def webhooks(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Addresses of other programs that are told of events."""
    say = words("firm")
    columns = (
        Column("url", "code", to=lambda row: reverse("pages:firm_webhook", args=[row.id])),
        Column("events", of=lambda row: ", ".join(map(_event, row.events))),
        Column("is_active", "yes"),
        Column("made_at", "moment"),
    )
    table = Table(
        "webhooks", columns, Webhook.objects.defer("secret"), by=("-id",),
        more={"empty": say["no_webhooks"]},
    )  # fmt: skip
    return answer(
        request, access, "firm", table, "pages/firm_webhooks.html",
        tabs=tabs(access, "firm_webhooks"), heading=say["tabs"]["firm_webhooks"],
        about=say["webhooks_about"],
    )  # fmt: skip


@form(WEBHOOKS)
def add(request: HttpRequest, access: Access) -> HttpResponse:
    """Add a webhook; what it is signed with is said here and never again."""
    say = words("firm")
    given = WebhookForm(request.POST or None, say=say)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                made, secret = hooks.add(**_asked(given))
        except EntrepotError as error:
            given.refuse(error)
        else:
            return show(
                request, access, "firm", "pages/once.html", heading=say["webhook_added"],
                about=say["once"], tabs=tabs(access, "firm_webhooks"), secret=secret,
                hint=say["secret_hint"], back=reverse("pages:firm_webhook", args=[made.id]),
            )  # fmt: skip
    return show(
        request, access, "firm", "pages/form.html", form=given, heading=say["webhook_add"],
        about=say["webhook_about"], submit=say["webhook_add"], back=reverse("pages:firm_webhooks"),
        tabs=tabs(access, "firm_webhooks"), status=REFUSED if given.errors else 200,
    )  # fmt: skip


def _asked(given: WebhookForm) -> dict[str, Any]:
    said = given.cleaned_data
    return said | {"events": [Event(each) for each in said["events"]]}


@form(WEBHOOKS)
def webhook(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A webhook: what it is told of, and what became of each delivery."""
    say, found = words("firm"), Webhook.objects.get(id=id)
    known = {"url": found.url, "events": found.events, "is_active": found.is_active}
    given = WebhookChange(request.POST or None, say=say, initial=known)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                hooks.change(id, **_asked(given))
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["did"]["webhook"])
            return redirect("pages:firm_webhook", id)
    filters = DeliveryFilters(request.GET, say=say)
    columns = (
        Column("event", "state", states="event"),
        Column("state", "state", states="delivery"),
        Column("made_at", "moment"),
        Column("attempts", "number"),
        Column("tried_at", "moment"),
        Column("next_at", "moment"),
        Column("status", "code"),
        Column("answer", of=lambda row: row.answer[:200]),
    )
    rows = Delivery.objects.filter(webhook=found, **filters.given()).defer("body")
    table = Table(
        "deliveries", columns, rows, by=("-id",), filters=filters, choose="deliveries",
        more={"empty": say["no_deliveries"]},
    )  # fmt: skip
    response = answer(
        request, access, "firm", table, "pages/firm_webhook.html", webhook=found, form=given,
        heading=found.url, about=say["webhook_one"], tabs=tabs(access, "firm_webhooks"),
    )  # fmt: skip
    if given.errors:
        response.status_code = REFUSED
    return response


@action(WEBHOOKS, "/firm/webhooks/")
def drop(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Remove a webhook and its deliveries."""
    hooks.remove(id)
    messages.success(request, words("firm")["did"]["webhook_removed"])
    return redirect("pages:firm_webhooks")


@action(WEBHOOKS, "/firm/webhooks/")
def replay(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Send the deliveries that are marked again."""
    for delivery in marked(request, "deliveries"):
        hooks.replay(id, delivery)
    messages.success(request, words("firm")["did"]["replayed"])
    return redirect("pages:firm_webhook", id)


urlpatterns = [
    path("tokens/", tokens, name="firm_tokens"),
    path("tokens/new/", make, name="firm_token_make"),
    path("tokens/revoke", revoke, name="firm_tokens_revoke"),
    path("webhooks/", webhooks, name="firm_webhooks"),
    path("webhooks/new/", add, name="firm_webhook_add"),
    path("webhooks/<uuid:id>/", webhook, name="firm_webhook"),
    path("webhooks/<uuid:id>/remove", drop, name="firm_webhook_remove"),
    path("webhooks/<uuid:id>/replay", replay, name="firm_webhook_replay"),
]
