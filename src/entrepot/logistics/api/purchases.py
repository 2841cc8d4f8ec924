# SPDX-License-Identifier: Apache-2.0
"""Purchases for programs: what was bought, its invoices, and what came in at home."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from entrepot.logistics import arriving_home, lists, purchasing
from entrepot.logistics.api.shapes import (
    READ,
    WRITE,
    Amount,
    Because,
    BinName,
    Code,
    LineNo,
    Lot,
    Narrow,
    Note,
    Number,
    NumberedOut,
    Sku,
    Units,
    page_of,
)
from entrepot.logistics.models import HomeReceipt, Purchase
from entrepot.logistics.purchasing import Bought, NewPurchase, Priced
from entrepot.logistics.refusals import Taken
from entrepot.people.access import needs
from entrepot.web.fields import MOST_LINES, Body, Day, Unasked, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

router = Router(tags=["purchases"])
home = Router(tags=["purchases"])
Rate = Annotated[int, whole(0, 10_000)]


class BoughtIn(Body):
    """A line of a purchase; the amounts are needed where there is an invoice."""

    line_no: LineNo
    sku: Sku
    quantity: Units
    net_amount: Amount | None = Field(None, description="Fen, without VAT.")
    vat_rate: Rate | None = Field(None, description="Ten-thousandths: 1300 is 13 %.")


class PurchaseIn(Body):
    """Goods bought from a factory, with or without an invoice."""

    supplier: Code
    lines: list[BoughtIn] = Field(min_length=1, max_length=MOST_LINES)
    number: Number | Literal[""] = Field("", description="That of the invoice, if left out.")
    invoice_no: Number | Literal[""] = ""
    issued_on: Day | None = None
    note: Note = ""

    def purchase(self) -> NewPurchase:
        """The purchase as it is taken in."""
        says = self.model_dump(exclude={"lines"})
        return NewPurchase(lines=[Bought(**each.model_dump()) for each in self.lines], **says)


class PurchasesIn(Body):
    """Purchases to take in together."""

    purchases: list[PurchaseIn] = Field(min_length=1, max_length=MOST_LINES)


class PurchasesOut(Schema):
    """What was taken in of each, in their order."""

    purchases: list[NumberedOut]


class PricedIn(Body):
    """What the invoice says of a line."""

    line_no: LineNo
    sku: Sku
    net_amount: Amount
    vat_rate: Rate


class InvoiceIn(Body):
    """The invoice of a purchase that came without one."""

    invoice_no: Number
    issued_on: Day
    lines: list[PricedIn] = Field(default_factory=list, max_length=MOST_LINES)


class PurchaseOut(Schema):
    """A purchase."""

    id: UUID
    number: str
    supplier: str
    invoice_no: str
    issued_on: date | None
    note: str
    created_at: datetime
    created_by: str


class PurchaseLineOut(Schema):
    """A line of a purchase, with what of it came, will not come, and is still to come."""

    purchase: UUID
    line_no: int
    sku: str
    quantity: int
    net_amount: int | None
    vat_rate: int | None
    received: int
    short: int
    open: int
    linked: int = Field(description="Units that are linked to declaration items.")


class HomeLineIn(Body):
    """Units of a line that came."""

    line_no: LineNo
    sku: Sku
    quantity: Units
    lot: Lot = ""
    bin: BinName = Field("", description="A bin, or @receiving; empty: the warehouse itself.")


class HomeReceiptIn(Body):
    """Goods of a purchase that came in at home."""

    number: Number
    warehouse: Code
    lines: list[HomeLineIn] = Field(min_length=1, max_length=MOST_LINES)
    on: Day | None = Field(None, description="Today at the warehouse, if left out.")


class TakenInOut(Schema):
    """What came of a line."""

    line_no: int
    sku: str
    quantity: int
    over: int = Field(description="More than was bought.")
    open: int = Field(description="Still to come.")


class HomeReceiptOut(Schema):
    """A receipt at home."""

    id: UUID
    number: str
    purchase: UUID = Field(validation_alias="purchase_id")
    warehouse: str
    received_on: date
    document: UUID = Field(validation_alias="document_id")
    undone_at: datetime | None
    created_at: datetime
    created_by: str


class HomeReceiptMade(HomeReceiptOut):
    """A receipt at home, and what came of each line."""

    lines: list[TakenInOut]


@router.get("", response=Page[PurchaseOut], auth=needs(READ))
def list_purchases(
    request: HttpRequest,
    page: Query[Paging],
    number: Narrow = "",
    supplier: Narrow = "",
    sku: Narrow = "",
    invoice_no: Narrow = "",
) -> dict[str, Any]:
    """Purchases, the latest first; `number` finds those that begin with it."""
    return page_of(page, lists.purchases(number, supplier, sku, invoice_no))


@router.post("", response=NumberedOut, auth=needs(WRITE))
@bulk
def add_purchase(request: HttpRequest, body: PurchaseIn) -> Taken:
    """Take a purchase in; the same sent again is one.

    Answers 422 `logistics.unfit` with every fault, 409 `logistics.says_otherwise` where one of its
    number says something else, or `logistics.invoice_taken`.
    """
    return purchasing.add([body.purchase()])[0]


@router.post("/bulk", response=PurchasesOut, auth=needs(WRITE))
@bulk
def add_purchases(request: HttpRequest, body: PurchasesIn) -> dict[str, list[Taken]]:
    """Take purchases in, with at most 10,000 lines in all: all of them, or none."""
    lines = sum(len(each.lines) for each in body.purchases)
    too_many = {"at": ["purchases"], "found": f"{lines:,} lines", "expected": f"{MOST_LINES:,}"}
    refuse_faults("Cannot take these purchases.", [too_many] if lines > MOST_LINES else [])
    return {"purchases": purchasing.add([each.purchase() for each in body.purchases])}


@router.get("/open-lines", response=Page[PurchaseLineOut], auth=needs(READ))
def list_open_purchase_lines(
    request: HttpRequest, page: Query[Paging], sku: Narrow = ""
) -> dict[str, Any]:
    """Lines of purchases of which something is still to come."""
    return page_of(page, lists.open_purchase_lines(sku))


@router.get("/{uuid:id}", response=PurchaseOut, auth=needs(READ))
def show_purchase(request: HttpRequest, id: UUID) -> Purchase:
    """Show a purchase."""
    return Purchase.objects.get(id=id)


@router.get("/{uuid:id}/lines", response=Page[PurchaseLineOut], auth=needs(READ))
def list_purchase_lines(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """The lines of a purchase."""
    Purchase.objects.only("id").get(id=id)
    return page_of(page, lists.purchase_lines(id))


@router.post("/{uuid:id}/invoice", response=PurchaseOut, auth=needs(WRITE))
@bulk
def name_invoice(request: HttpRequest, id: UUID, body: InvoiceIn) -> Purchase:
    """Name the invoice of a purchase, once; with the amounts that it lacks.

    Answers 409 `logistics.already_invoiced` or `logistics.invoice_taken`.
    """
    lines = [Priced(**each.model_dump()) for each in body.lines]
    purchasing.name_invoice(id, body.invoice_no, body.issued_on, lines)
    return Purchase.objects.get(id=id)


@router.post("/{uuid:id}/close", response=PurchaseOut, auth=needs(WRITE))
def close_purchase(request: HttpRequest, id: UUID) -> Purchase:
    """Say that what is open of a purchase will not come: it is short."""
    purchasing.close(id)
    return Purchase.objects.get(id=id)


@router.post("/{uuid:id}/reopen", response=PurchaseOut, auth=needs(WRITE))
def reopen_purchase(request: HttpRequest, id: UUID) -> Purchase:
    """Say that what was said to be short is still to come."""
    purchasing.reopen(id)
    return Purchase.objects.get(id=id)


@router.post("/{uuid:id}/receipts", response=HomeReceiptMade, auth=needs(WRITE))
@bulk
def receive_at_home(request: HttpRequest, id: UUID, body: HomeReceiptIn) -> dict[str, Any]:
    """Take goods of a purchase into a home warehouse: from the supplier's place to the bins named.

    The same receipt sent again is one. Answers 422 `logistics.unfit` with every line, bin or
    warehouse that is not there.
    """
    lines = [arriving_home.Came(**each.model_dump()) for each in body.lines]
    receipt, taken = arriving_home.receive(id, body.number, body.warehouse, lines, body.on)
    return _shown(receipt) | {"lines": [asdict(each) for each in taken]}


@home.get("", response=Page[HomeReceiptOut], auth=needs(READ))
def list_home_receipts(
    request: HttpRequest, page: Query[Paging], purchase: Unasked[UUID] = None
) -> dict[str, Any]:
    """Receipts at home, the latest first."""
    return page_of(page, lists.home_receipts(purchase))


@home.post("/{uuid:id}/undo", response=HomeReceiptOut, auth=needs(WRITE))
def undo_home_receipt(request: HttpRequest, id: UUID, body: Because) -> HomeReceipt:
    """Take a receipt at home back, as long as its goods lie where they were taken in.

    Answers 409 `ledger.below_zero` with what has left, or `logistics.wrong_state`.
    """
    return arriving_home.undo(id, body.note)


def _shown(receipt: HomeReceipt) -> dict[str, Any]:
    names = ("id", "number", "purchase_id", "warehouse", "received_on", "document_id", "undone_at",
             "created_at", "created_by")  # fmt: skip
    return {name: getattr(receipt, name) for name in names}
