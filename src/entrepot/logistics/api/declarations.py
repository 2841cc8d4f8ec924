# SPDX-License-Identifier: Apache-2.0
"""Export declarations for programs, and which invoice lines left with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from entrepot.logistics import declaring, linking, lists
from entrepot.logistics.api.shapes import (
    READ,
    WRITE,
    Amount,
    DeclarationNo,
    LineNo,
    Narrow,
    NewLinesOut,
    Number,
    Perhaps,
    Sku,
    Units,
    page_of,
)
from entrepot.logistics.declaring import Declared
from entrepot.logistics.linking import Linked
from entrepot.logistics.models import Declaration
from entrepot.people.access import needs
from entrepot.web.fields import Body, Day, Flag, Lines, Unasked, text
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

router = Router(tags=["declarations"])
lines = Router(tags=["declarations"])
links = Router(tags=["declarations"])
Mode = Literal["9610", "9710", "9810", "1210", "0110"]


class DeclarationLineFields(Body):
    """What a declaration says of an item and SKU."""

    item_no: LineNo
    sku: Sku
    mode: Mode = Field(description="Customs supervision mode.")
    exported_on: Day
    quantity: Units
    fob_amount: Amount = Field(description="In the smallest unit of the currency.")
    fob_currency: Annotated[str, Field(strict=True, pattern="^[A-Z]{3}$")]
    destination: Annotated[str, Field(strict=True, pattern="^[A-Z]{2}$")]
    warehouse: Perhaps = Field("", description="The overseas warehouse they go to, if any.")
    sold_at_export: Flag | None = None
    statistics_flag: Literal["", "A", "B"] = Field("", description="Of 9610 only.")
    channel: Perhaps = ""
    order_no: Annotated[str, text(80)] = ""


class DeclarationLineIn(DeclarationLineFields):
    """A declaration item and SKU."""

    declaration_no: DeclarationNo


class DeclarationsIn(Body):
    """Lines to take in together."""

    lines: Lines[DeclarationLineIn]


class ReplaceIn(Body):
    """All lines that a declaration is to have."""

    lines: Lines[DeclarationLineFields]


class DeclarationOut(Schema):
    """An export declaration."""

    id: UUID
    declaration_no: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class DeclarationLineOut(Schema):
    """A declaration item and SKU, with what of it is sent, received and linked."""

    declaration_no: str
    item_no: int
    sku: str
    mode: Mode
    exported_on: date
    quantity: int
    fob_amount: int
    fob_currency: str
    destination: str
    warehouse: str
    sold_at_export: bool | None
    statistics_flag: str
    channel: str
    order_no: str
    sent: int = Field(description="Units on consignments that are not cancelled.")
    received: int = Field(description="Units received overseas.")
    linked: int = Field(description="Units whose invoice is linked.")


class LinkIn(Body):
    """Units of an invoice line that left with a declaration item."""

    declaration_no: DeclarationNo
    item_no: LineNo
    invoice_no: Number
    line_no: LineNo
    sku: Sku
    quantity: Units


class LinksIn(Body):
    """Links to take in together."""

    lines: Lines[LinkIn]


class LinkOut(Schema):
    """Units of an invoice line that left with a declaration item."""

    declaration_no: str
    item_no: int
    invoice_no: str
    line_no: int
    sku: str
    quantity: int


class UnlinkedOut(Schema):
    """How many links were taken away."""

    links: int


@router.get("", response=Page[DeclarationOut], auth=needs(READ))
def list_declarations(
    request: HttpRequest, page: Query[Paging], declaration_no: Narrow = ""
) -> dict[str, Any]:
    """Declarations by their number; `declaration_no` finds those that begin with it."""
    return page_of(page, lists.declarations(declaration_no))


@router.post("/bulk", response=NewLinesOut, auth=needs(WRITE))
@bulk
def put_declarations(request: HttpRequest, body: DeclarationsIn) -> dict[str, int]:
    """Take up to 10,000 declaration lines in: all of them, or none. The same again changes nothing.

    Answers 422 `logistics.unfit` with every fault of every line, or 409 `logistics.says_otherwise`
    with every line that is there and says something else: see `replace_declaration`.
    """
    return {"new": declaring.put([Declared(**each.model_dump()) for each in body.lines])}


@router.get("/{uuid:id}", response=DeclarationOut, auth=needs(READ))
def show_declaration(request: HttpRequest, id: UUID) -> Declaration:
    """Show a declaration."""
    return Declaration.objects.get(id=id)


@router.get("/{uuid:id}/lines", response=Page[DeclarationLineOut], auth=needs(READ))
def list_lines_of_declaration(
    request: HttpRequest, id: UUID, page: Query[Paging]
) -> dict[str, Any]:
    """The lines of a declaration."""
    Declaration.objects.only("id").get(id=id)
    return page_of(page, lists.declaration_lines(id))


@router.post("/{uuid:id}/replace", response=DeclarationOut, auth=needs(WRITE))
@bulk
def replace_declaration(request: HttpRequest, id: UUID, body: ReplaceIn) -> Declaration:
    """Correct a declaration: from now on it has these lines and no others.

    Answers 409 `logistics.declaration_received` once something of it was received, or 422
    `logistics.unfit` where less would be declared than is sent or linked.
    """
    number = Declaration.objects.get(id=id).declaration_no
    declaring.replace(
        id, [Declared(declaration_no=number, **each.model_dump()) for each in body.lines]
    )
    return Declaration.objects.get(id=id)


@router.post("/{uuid:id}/unlink", response=UnlinkedOut, auth=needs(WRITE))
def unlink_declaration(request: HttpRequest, id: UUID) -> dict[str, int]:
    """Take all links of a declaration to invoices away."""
    return {"links": linking.unlink(id)}


@lines.get("", response=Page[DeclarationLineOut], auth=needs(READ))
def list_declaration_lines(
    request: HttpRequest,
    page: Query[Paging],
    sku: Narrow = "",
    warehouse: Narrow = "",
    mode: Unasked[Mode] = None,
) -> dict[str, Any]:
    """Lines of all declarations."""
    return page_of(page, lists.declaration_lines(None, sku, warehouse, mode or ""))


@links.get("", response=Page[LinkOut], auth=needs(READ))
def list_invoice_links(
    request: HttpRequest,
    page: Query[Paging],
    declaration_no: Narrow = "",
    purchase: Unasked[UUID] = None,
) -> dict[str, Any]:
    """Which invoice lines left with which declaration items."""
    return page_of(page, lists.invoice_links(declaration_no, purchase))


@links.post("/bulk", response=NewLinesOut, auth=needs(WRITE))
@bulk
def put_invoice_links(request: HttpRequest, body: LinksIn) -> dict[str, int]:
    """Link up to 10,000 invoice lines: all of them, or none. The same again changes nothing.

    Answers 422 `logistics.unfit` with every link that names what is not there, or more of it.
    """
    return {"new": linking.link([Linked(**each.model_dump()) for each in body.lines])}
