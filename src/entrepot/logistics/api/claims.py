# SPDX-License-Identifier: Apache-2.0
"""Claims on carriers for programs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.logistics import claiming, lists
from entrepot.logistics.api.shapes import (
    READ,
    WRITE,
    Amount,
    Because,
    Code,
    Narrow,
    Note,
    page_of,
)
from entrepot.logistics.models import Claim
from entrepot.people.access import needs
from entrepot.web.fields import Absent, Body, Day, Unasked, whole
from entrepot.web.paging import Page, Paging

router = Router(tags=["claims"])
terms = Router(tags=["claims"])
ClaimState = Literal["open", "claimed", "settled", "dropped"]


class ClaimChange(Body):
    """What is to be different; what is left out stays."""

    deadline_on: Day | None = None
    note: Absent[Note] = ""


class RaiseIn(Body):
    """What is claimed."""

    amount: Amount = Field(description="In the smallest unit of the currency.")
    currency: Annotated[str, Field(strict=True, pattern="^([A-Z]{3})?$")] = Field(
        "", description="That of the declared value, if left out."
    )


class SettleIn(Body):
    """What the carrier paid, in the currency in which it was claimed."""

    amount: Amount


class ClaimOut(Schema):
    """What a carrier owes for units of a consignment line."""

    id: UUID
    consignment: UUID = Field(validation_alias="consignment_id")
    line_no: int
    kind: Literal["short", "damaged"]
    sku: str
    quantity: int
    carrier: str
    value: int | None = Field(description="Their part of the declared value, where there is one.")
    currency: str
    state: ClaimState
    claimed: int | None
    settled: int | None
    opened_on: date
    deadline_on: date | None
    note: str


class TermIn(Body):
    """Within how many days a carrier wants to be told; null: not known."""

    carrier: Code
    days: Annotated[int, whole(1, 3650)] | None


class TermOut(Schema):
    """Within how many days a carrier wants to be told."""

    carrier: str
    days: int


@router.get("", response=Page[ClaimOut], auth=needs(READ))
def list_claims(
    request: HttpRequest,
    page: Query[Paging],
    state: Unasked[ClaimState] = None,
    carrier: Narrow = "",
    consignment: Unasked[UUID] = None,
) -> dict[str, Any]:
    """Claims, the latest first."""
    return page_of(page, lists.claims(state, carrier, consignment))


@router.get("/{uuid:id}", response=ClaimOut, auth=needs(READ))
def show_claim(request: HttpRequest, id: UUID) -> Claim:
    """Show a claim."""
    return Claim.objects.get(id=id)


@router.patch("/{uuid:id}", response=ClaimOut, auth=needs(WRITE))
def change_claim(request: HttpRequest, id: UUID, body: ClaimChange) -> Claim:
    """Change the deadline or the note of a claim."""
    return claiming.change(id, **body.model_dump(exclude_unset=True))


@router.post("/{uuid:id}/claim", response=ClaimOut, auth=needs(WRITE))
def raise_claim(request: HttpRequest, id: UUID, body: RaiseIn) -> Claim:
    """Say that a claim was raised with the carrier. Answers 409 `logistics.wrong_state`."""
    return claiming.claim(id, body.amount, body.currency)


@router.post("/{uuid:id}/settle", response=ClaimOut, auth=needs(WRITE))
def settle_claim(request: HttpRequest, id: UUID, body: SettleIn) -> Claim:
    """Say what the carrier paid. Answers 409 `logistics.wrong_state` where it was not raised."""
    return claiming.settle(id, body.amount)


@router.post("/{uuid:id}/drop", response=ClaimOut, auth=needs(WRITE))
def drop_claim(request: HttpRequest, id: UUID, body: Because) -> Claim:
    """Give a claim up. Answers 409 `logistics.wrong_state` where it is settled or dropped."""
    return claiming.drop(id, body.note)


@terms.get("", response=Page[TermOut], auth=needs(READ))
def list_claim_terms(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """Carriers, and within how many days they want to be told; nothing is assumed of others."""
    return page_of(page, lists.claim_terms())


@terms.post("", response={204: None}, auth=needs(WRITE))
def set_claim_term(request: HttpRequest, body: TermIn) -> Status[None]:
    """Say within how many days a carrier wants to be told, of claims from now on."""
    claiming.set_term(body.carrier, body.days)
    return Status(204, None)
