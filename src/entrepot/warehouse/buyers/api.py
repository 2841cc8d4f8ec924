# SPDX-License-Identifier: Apache-2.0
"""What is kept of buyers, for programs: find a person, hand it out, erase it, say how long."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from entrepot.people.access import needs
from entrepot.warehouse.buyers import erasing, finding, keeping
from entrepot.warehouse.models import Order
from entrepot.web.fields import Body, text, whole
from entrepot.web.paging import Page, Paging

SCOPE = "orders.erase"
Ids = Annotated[list[UUID], Field(max_length=1000)]
Messages = Annotated[
    list[UUID], Field(max_length=1000, description="Of shops, that became no order.")
]

router = Router(tags=["buyers"])


class BuyerIn(Body):
    """Whom to look for."""

    who: Annotated[str, text(200, at_least=1)] = Field(
        description="An e-mail address, telephone number, name or order number, whole."
    )
    before: UUID | None = Field(None, description="Search on before this order.")


class BuyerFound(Schema):
    """Where a person is named."""

    orders: list[UUID]
    messages: list[UUID] = Field(description="Of shops, that became no order.")
    before: UUID | None = Field(description="Not all was read: search on before this order.")


class BuyersIn(Body):
    """Of which orders the buyers are erased, and which messages are forgotten."""

    orders: Ids = Field(default_factory=list)
    messages: Messages = Field(default_factory=list)


class BuyersErased(Schema):
    """How many orders and messages were erased by this call."""

    erased: int


class HandOutIn(Body):
    """Of which orders and messages everything is handed out."""

    orders: Annotated[list[UUID], Field(max_length=finding.MOST_FOUND)] = Field(
        default_factory=list
    )
    messages: Annotated[list[UUID], Field(max_length=finding.MOST_FOUND)] = Field(
        default_factory=list, description="Of shops, that became no order."
    )


class HeldOut(Schema):
    """Everything that is held of the buyers of some orders."""

    orders: list[dict[str, Any]]
    messages: list[dict[str, Any]]


class RetentionIn(Body):
    """How long buyers are kept."""

    days: Annotated[int, whole(0, keeping.MOST_DAYS)] | None = Field(
        description="After the order is done or cancelled; null: until they are erased."
    )


class BuyersKept(Schema):
    """What is kept of buyers; counts go up to 10,000."""

    days: int | None = Field(description="After the end of an order; null: until erased.")
    since: datetime | None = Field(description="The oldest order with its buyer.")
    buyers: int
    messages_since: datetime | None
    messages: int = Field(description="Of shops, with what they said.")
    files: int = Field(description="Of orders, that nobody took over yet.")
    due: int = Field(description="Orders whose buyers the next run erases.")


class ErasedOut(Schema):
    """An order whose buyer was erased."""

    id: UUID
    channel: str
    number: str
    erased_at: datetime
    erased_by: str


@router.get("", response=BuyersKept, auth=needs(SCOPE))
def show_buyers_kept(request: HttpRequest) -> dict[str, Any]:
    """Show what is kept of buyers, since when, and how long it will be."""
    found = keeping.kept()
    return {name: getattr(found, name) for name in found.__slots__}


@router.put("/retention", response=BuyersKept, auth=needs(SCOPE))
def set_retention(request: HttpRequest, body: RetentionIn) -> dict[str, Any]:
    """Set how many days after the end of an order its buyer is kept. The law says how many."""
    keeping.set_retention(body.days)
    return show_buyers_kept(request)


@router.post("/find", response=BuyerFound, auth=needs(SCOPE))
def find_buyer(request: HttpRequest, body: BuyerIn) -> finding.Found:
    """Find the orders and messages in which a person is named."""
    return finding.find(body.who, body.before)


@router.post("/hand-out", response=HeldOut, auth=needs(SCOPE))
def hand_out(request: HttpRequest, body: HandOutIn) -> dict[str, Any]:
    """Hand out everything that is held of the buyers of some orders.

    Answers 422 `warehouse.no_such_buyer` where one of the orders is not there.
    """
    request.is_shown_once = True  # type: ignore[attr-defined]
    return finding.hand_out(body.orders, body.messages)


@router.post("/erase", response=BuyersErased, auth=needs(SCOPE))
def erase_buyers(request: HttpRequest, body: BuyersIn) -> dict[str, int]:
    """Erase what is kept of the buyers of orders that are done or cancelled: all, or nothing.

    Answers 422 `warehouse.no_such_buyer`, or 409 `warehouse.buyer_awaits` where one of the orders
    is still to be shipped. Nothing brings it back.
    """
    return {"erased": erasing.erase(body.orders, body.messages)}


@router.get("/erased", response=Page[ErasedOut], auth=needs(SCOPE))
def list_erased(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List orders whose buyers were erased, the latest first."""
    return page.of(Order.objects.filter(erased_at__isnull=False), "-erased_at", "-id")
