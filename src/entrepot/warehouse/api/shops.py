# SPDX-License-Identifier: Apache-2.0
"""Shops and what they told, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.jobs.actions import start
from entrepot.jobs.api import JobOut, JobProblem
from entrepot.jobs.models import Job
from entrepot.people.access import needs
from entrepot.warehouse.api.shapes import Channel, Truth, given
from entrepot.warehouse.models import Shop, ShopEvent
from entrepot.warehouse.shops.connecting import add_shop, address_of
from entrepot.warehouse.shops.connecting import change_shop as change
from entrepot.warehouse.shops.taking import retry
from entrepot.warehouse.shops.work import RetryIn, retry_events
from entrepot.web.fields import Absent, Body, Unasked, text, whole
from entrepot.web.paging import Page, Paging

READ, WRITE = "orders.read", "orders.write"

shops, events = Router(tags=["shops"]), Router(tags=["shops"])

Name = Annotated[str, text(100, at_least=1)]
Secret = Annotated[str, Field(strict=True, min_length=8, max_length=200, pattern="^[!-~]+$")]
Days = Annotated[int, whole(0, 365)]
Country = Annotated[str, Field(strict=True, pattern="^([A-Z]{2})?$")]
Way = Annotated[str, text(60, at_least=1)]
Currency = Annotated[str, Field(strict=True, pattern="^[A-Z]{3}$")]
Services = Annotated[dict[Way, Way], Field(max_length=100)]
Digits = Annotated[dict[Currency, Annotated[int, whole(0, 4)]], Field(max_length=200)]


class ShopIn(Body):
    """A Shopify shop to connect."""

    name: Name
    channel: Channel = Field(description="Of its orders; it never changes.")
    secret: Secret = Field(description="What the shop signs its webhooks with; it is never shown.")
    promise_days: Days = Field(description="From the order to the day by which it is to leave.")
    country: Country = Field("", description="Of orders without an address.")
    services: Services = Field({}, description="Ours for the shop's ways of shipping, by code.")
    digits: Digits = Field({}, description="Decimals of currencies that the book does not have.")


class ShopChange(Body):
    """What is to be different; what is left out stays."""

    name: Absent[Name] = ""
    secret: Absent[Secret] = ""
    promise_days: Absent[Days] = 0
    country: Absent[Country] = ""
    services: Absent[Services] = Field({})
    digits: Absent[Digits] = Field({})
    is_active: Absent[Truth] = True


class ShopOut(Schema):
    """A shop that is connected."""

    id: UUID
    name: str
    channel: str
    address: str = Field(description="Where it is to send its webhooks: a path of this server.")
    is_active: bool
    promise_days: int
    country: str
    services: dict[str, str]
    digits: dict[str, int]
    made_at: datetime
    made_by: str


class EventFilter(Paging):
    """Which events."""

    state: Unasked[Literal["taken", "waiting", "refused", "kept"]] = None


class EventOut(Schema):
    """Something that a shop told; what it said is kept encrypted and not shown."""

    id: UUID
    shop: UUID = Field(validation_alias="shop_id")
    topic: str
    external: str = Field(description="The shop's id of the order.")
    webhook_id: str
    state: str
    outcome: str
    problem: JobProblem | None = Field(description="Why it waits, or was refused.")
    attempts: int
    received_at: datetime
    tried_at: datetime


@shops.get("", response=Page[ShopOut], auth=needs(READ))
def list_shops(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List shops."""
    found = page.of(Shop.objects.all(), "id")
    return {**found, "items": [_out(shop) for shop in found["items"]]}


@shops.post("", response={201: ShopOut}, auth=needs(WRITE))
def connect_shop(request: HttpRequest, body: ShopIn) -> Status[dict[str, Any]]:
    """Connect a Shopify shop: have it send orders/create, orders/updated and orders/cancelled to
    the address.
    """
    return Status(201, _out(add_shop(**body.model_dump())))


@shops.get("/{uuid:id}", response=ShopOut, auth=needs(READ))
def show_shop(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a shop."""
    return _out(Shop.objects.get(id=id))


@shops.patch("/{uuid:id}", response=ShopOut, auth=needs(WRITE))
def change_shop(request: HttpRequest, id: UUID, body: ShopChange) -> dict[str, Any]:
    """Change a shop, or stop taking its webhooks in."""
    return _out(change(id, **given(body)))


@events.get("", response=Page[EventOut], auth=needs(READ))
def list_shop_events(request: HttpRequest, page: Query[EventFilter]) -> dict[str, Any]:
    """List what shops told, the latest first; those that wait are open questions."""
    rows = ShopEvent.objects.defer("body")
    return page.of(rows.filter(state=page.state) if page.state else rows, "-id")


@events.get("/{uuid:id}", response=EventOut, auth=needs(READ))
def show_shop_event(request: HttpRequest, id: UUID) -> ShopEvent:
    """Show an event of a shop."""
    return ShopEvent.objects.defer("body").get(id=id)


@events.post("/{uuid:id}/retry", response=EventOut, auth=needs(WRITE))
def retry_shop_event(request: HttpRequest, id: UUID) -> ShopEvent:
    """Try an event again that waits or was refused.

    Answers 409 `warehouse.event_not_waiting` when it was taken in.
    """
    return retry(id)


@events.post("/retry", response={202: JobOut}, auth=needs(WRITE))
def retry_shop_events(request: HttpRequest) -> Status[Job]:
    """Try all events again that wait, outside of this request."""
    return Status(202, start(retry_events, RetryIn()))


def _out(shop: Shop) -> dict[str, Any]:
    known = {name: getattr(shop, name, None) for name in ShopOut.model_fields}
    return known | {"address": f"/hooks/shopify/{address_of(shop)}"}
