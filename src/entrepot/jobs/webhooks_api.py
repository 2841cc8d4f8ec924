# SPDX-License-Identifier: Apache-2.0
"""Webhooks in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from entrepot.jobs import webhooks
from entrepot.jobs.events import Event
from entrepot.jobs.models import Delivery, Webhook
from entrepot.jobs.reaching import MOST_URL
from entrepot.people.access import needs
from entrepot.web.api import shown_once
from entrepot.web.fields import Absent, Body, Flag
from entrepot.web.paging import Page, Paging

router = Router(tags=["webhooks"], auth=needs("webhooks.write"))

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
#: A URL with a name, perhaps a port of up to four digits, a path and a query.
Url = Annotated[
    str,
    StringConstraints(
        strict=True,
        max_length=MOST_URL,
        pattern=rf'^https://{_LABEL}(\.{_LABEL})*(:[1-9][0-9]{{0,3}})?(/[!"$-~]*)?$',
    ),
]
Events = Annotated[
    list[Event], Field(min_length=1, max_length=len(Event), description="What to be told of.")
]


class WebhookIn(Body):
    """A webhook to be added."""

    url: Url
    events: Events


class WebhookChange(Body):
    """What is to be different; what is left out stays."""

    url: Absent[Url] = ""
    events: Absent[Events] = []
    is_active: Absent[Flag] = True


class WebhookOut(Schema):
    """An address of another program that is told of events."""

    id: UUID
    url: str
    events: list[Event]
    is_active: bool
    made_by: str
    made_at: datetime


class WebhookMade(WebhookOut):
    """A webhook with its secret, which is said here and never again."""

    secret: str


class DeliveryOut(Schema):
    """One event, told to one webhook."""

    id: UUID
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    made_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    status: int | None = Field(description="What the other side answered last.")
    answer: str = Field(description="The first kilobyte of it, or what stood in the way.")
    body: str = Field(description="What is sent, to the byte.")


@router.get("", response=Page[WebhookOut])
def list_webhooks(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List webhooks, the latest first."""
    return page.of(Webhook.objects.all(), "-id")


@router.post("", response={201: WebhookMade})
@shown_once
def add_webhook(request: HttpRequest, body: WebhookIn) -> dict[str, Any]:
    """Add a webhook; the answer is the only one that says its secret.

    Every delivery is a POST with the headers of Standard Webhooks: `webhook-id`,
    `webhook-timestamp` and `webhook-signature`. Answer with 200 to 299 within 15 seconds; anything
    else is tried again for about a day. Redirects are not followed.

    Answers 422 `jobs.webhook_unfit` when the URL is not one that may be called,
    409 `jobs.too_many_webhooks` when there are 20.
    """
    made, secret = webhooks.add(body.url, body.events)
    return {**WebhookOut.from_orm(made).model_dump(), "secret": secret}


@router.get("/{uuid:webhook}", response=WebhookOut)
def show_webhook(request: HttpRequest, webhook: UUID) -> Webhook:
    """Show a webhook."""
    return Webhook.objects.get(id=webhook)


@router.patch("/{uuid:webhook}", response=WebhookOut)
def change_webhook(request: HttpRequest, webhook: UUID, body: WebhookChange) -> Webhook:
    """Change a webhook. Switched off, it is told of nothing.

    Answers 422 `jobs.webhook_unfit` when the URL is not one that may be called.
    """
    return webhooks.change(webhook, **body.model_dump(exclude_unset=True))


@router.delete("/{uuid:webhook}", response={204: None})
def remove_webhook(request: HttpRequest, webhook: UUID) -> None:
    """Remove a webhook and its deliveries."""
    webhooks.remove(webhook)


@router.get("/{uuid:webhook}/deliveries", response=Page[DeliveryOut])
def list_deliveries(request: HttpRequest, webhook: UUID, page: Query[Paging]) -> dict[str, Any]:
    """List what a webhook was told, the latest first."""
    found = Webhook.objects.get(id=webhook)
    return page.of(Delivery.objects.filter(webhook=found), "-id")


@router.post("/{uuid:webhook}/deliveries/{uuid:delivery}/replay", response={202: DeliveryOut})
def replay_delivery(request: HttpRequest, webhook: UUID, delivery: UUID) -> Delivery:
    """Send a delivery again, with the `webhook-id` that it had.

    Answers 409 `jobs.delivery_on_its_way` when it is being tried still.
    """
    return webhooks.replay(webhook, delivery)
