# SPDX-License-Identifier: Apache-2.0
"""Receiving for programs and hand-helds: scans, questions, receipts, what is on its way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AfterValidator, AwareDatetime, Field

from entrepot.logistics import lists, receipts, receiving
from entrepot.logistics.api.shapes import (
    READ,
    WRITE,
    Because,
    ConsignmentNo,
    Lot,
    Narrow,
    Number,
    Perhaps,
    Sku,
    page_of,
)
from entrepot.logistics.models import Scan
from entrepot.logistics.receiving import Received, Scanned
from entrepot.people.access import needs
from entrepot.web.fields import Body, Lines, Unasked, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

router = Router(tags=["receiving"])
of_consignment = Router(tags=["receiving"])
received = Router(tags=["receiving"])
on_its_way = Router(tags=["receiving"])
ScanState = Literal["received", "unknown", "undone", "dropped"]
Outcome = Literal["", "expected", "over", "not_expected", "blind"]
Condition = Literal["good", "damaged"]


def _of_our_time(at: datetime) -> datetime:
    if at.year < 2000:
        raise ValueError("a moment of this century")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]


class ScanIn(Body):
    """What a hand-held scanned: at a consignment, or at a warehouse where nobody announced it."""

    number: Number = Field(description="The id that the hand-held gave this scan.")
    #: The separators of GS1 are control characters.
    barcode: Annotated[
        str,
        Field(
            strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1c\x1e\x1f\x7f]*$",
            description="A SKU, a GTIN, or an element string of GS1 with one.",
        ),
    ]  # fmt: skip
    consignment: ConsignmentNo | Literal[""] = Field("", description="Its number.")
    warehouse: Perhaps = Field("", description="Needed where there is no consignment.")
    quantity: Annotated[int, whole(1, 1_000_000)] = Field(
        1, description="How often the barcode stands on the goods."
    )
    condition: Condition = "good"
    lot: Lot = ""
    at: Moment | None = Field(None, description="When it was scanned; now, if left out.")

    def scan(self) -> Scanned:
        """The scan as it is received."""
        return Scanned(**self.model_dump())


class ScansIn(Body):
    """Scans in the order in which they were made."""

    scans: Lines[ScanIn]


class WhyRefusedOut(Schema):
    """Why a scan was refused: the rule, what was found, what to do."""

    code: str
    found: str
    remedy: str


class ScanResultOut(Schema):
    """What became of a scan."""

    number: str
    state: ScanState | Literal["refused"]
    outcome: Outcome
    sku: str
    quantity: int = Field(description="Stock units.")
    over: int = Field(description="Of these, more than was announced.")
    id: UUID | None
    document: UUID | None
    is_new: bool = Field(description="False: it was received before.")
    refusal: WhyRefusedOut | None


class ScanResultsOut(Schema):
    """What became of each scan, in their order."""

    scans: list[ScanResultOut]


class WholeIn(Body):
    """The number of a receipt."""

    number: Number


class ResolveIn(Body):
    """What an unknown barcode was."""

    sku: Sku


class ScanOut(Schema):
    """A scan as it is kept."""

    id: UUID
    number: str
    consignment: UUID | None = Field(validation_alias="consignment_id")
    place: str
    barcode: str
    quantity: int
    condition: Condition
    lot: str
    scanned_at: datetime | None
    state: ScanState
    sku: str
    units: int
    outcome: Outcome
    over: int
    received_on: date
    note: str
    document: UUID | None = Field(validation_alias="document_id")
    created_at: datetime
    created_by: str


class ReceiptLineOut(Schema):
    """Units received, by the declaration item that they left under, if any."""

    receipt_no: str
    line_no: int
    received_on: date
    warehouse: str
    declaration_no: str | None
    item_no: int | None
    sku: str
    lot: str
    quantity: int
    condition: Condition
    is_over: bool
    consignment: UUID | None
    consignment_line: int | None
    document: UUID


class OnItsWayOut(Schema):
    """Units of a SKU that are on their way."""

    sku: str
    quantity: int
    expected_on: date | None
    consignment: UUID
    number: str
    from_place: str


@router.post("", response=ScanResultOut, auth=needs(WRITE))
def receive_scan(request: HttpRequest, body: ScanIn) -> dict[str, Any]:
    """Receive one scan; the same id sent again is answered as it was.

    `over` and `not_expected` are received as well: the hand-held may sound. An unknown barcode is
    kept, `unknown`, until somebody says what it is. Answers 409 `logistics.no_such_gate`,
    `logistics.wrong_state` where the consignment is not on its way, `logistics.says_otherwise`
    where a scan of this id was another.
    """
    refuse_faults("Cannot receive the scan.", _gateless([body]))
    return _told(receiving.receive(body.scan()))


@router.post("/bulk", response=ScanResultsOut, auth=needs(WRITE))
@bulk
def receive_scans(request: HttpRequest, body: ScansIn) -> dict[str, Any]:
    """Receive up to 10,000 scans, in any order and however often they were sent: each once.

    Each has its own result; what is refused says why, holds up no other, and may be sent again.
    """
    refuse_faults("Cannot receive the scans.", _gateless(body.scans))
    found = receiving.receive_scans([each.scan() for each in body.scans])
    return {"scans": [_told(each) for each in found]}


@router.get("", response=Page[ScanOut], auth=needs(READ))
def list_scans(
    request: HttpRequest,
    page: Query[Paging],
    consignment: Unasked[UUID] = None,
    number: Narrow = "",
    state: Unasked[ScanState] = None,
) -> dict[str, Any]:
    """Scans, the latest first; `number` finds those that begin with it."""
    return page_of(page, lists.scans(consignment, number, state))


@router.get("/questions", response=Page[ScanOut], auth=needs(READ))
def list_questions(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """Scans of which nobody has said yet what they are, the oldest first."""
    return page_of(page, lists.questions())


@router.get("/{uuid:id}", response=ScanOut, auth=needs(READ))
def show_scan(request: HttpRequest, id: UUID) -> Scan:
    """Show a scan."""
    return Scan.objects.get(id=id)


@router.post("/{uuid:id}/resolve", response=ScanOut, auth=needs(WRITE))
def resolve_scan(request: HttpRequest, id: UUID, body: ResolveIn) -> Scan:
    """Say what SKU an unknown barcode was, and receive it."""
    return receipts.resolve(id, body.sku)


@router.post("/{uuid:id}/drop", response=ScanOut, auth=needs(WRITE))
def drop_scan(request: HttpRequest, id: UUID, body: Because) -> Scan:
    """Say that an unknown barcode was of no goods of ours."""
    return receipts.drop(id, body.note)


@router.post("/{uuid:id}/undo", response=ScanOut, auth=needs(WRITE))
def undo_scan(request: HttpRequest, id: UUID, body: Because) -> Scan:
    """Take a receipt back, as long as its goods lie at the gate.

    Answers 409 `logistics.put_away` once they have left it, or `logistics.wrong_state`.
    """
    return receipts.undo(id, body.note)


@of_consignment.post("/{uuid:id}/receive-all", response=ScanOut, auth=needs(WRITE))
def receive_consignment(request: HttpRequest, id: UUID, body: WholeIn) -> Scan:
    """Take in everything that is open of a consignment, in good condition, as one receipt.

    The same receipt sent again is one. Answers 409 `logistics.wrong_state` or
    `logistics.says_otherwise`, 422 `logistics.unfit` where nothing is open.
    """
    return receipts.receive_whole(id, body.number)


@received.get("", response=Page[ReceiptLineOut], auth=needs(READ))
def list_receipt_lines(
    request: HttpRequest,
    page: Query[Paging],
    receipt_no: Narrow = "",
    sku: Narrow = "",
    warehouse: Narrow = "",
    declaration_no: Narrow = "",
    consignment: Unasked[UUID] = None,
) -> dict[str, Any]:
    """What was received, by receipt; `receipt_no` finds those that begin with it."""
    found = lists.receipt_lines(receipt_no, sku, warehouse, declaration_no, consignment)
    return page_of(page, found)


@on_its_way.get("", response=Page[OnItsWayOut], auth=needs(READ))
def list_expected(
    request: HttpRequest,
    page: Query[Paging],
    warehouse: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")],
    sku: Narrow = "",
) -> dict[str, Any]:
    """What is on its way to a warehouse, by SKU and consignment, and when it is to come."""
    return page_of(page, lists.expected_list(warehouse, sku))


def _gateless(scans: list[ScanIn]) -> list[dict[str, Any]]:
    """Scans that say neither to which consignment nor in which warehouse."""
    is_one = len(scans) == 1
    return [
        {"at": ["warehouse"] if is_one else ["scans", index, "warehouse"], "found": "nothing",
         "expected": "a warehouse, or a consignment"}
        for index, each in enumerate(scans)
        if not (each.consignment or each.warehouse)
    ]  # fmt: skip


def _told(found: Received) -> dict[str, Any]:
    refusal = found.refusal and {
        "code": found.refusal.code, "found": found.refusal.found, "remedy": found.refusal.remedy,
    }  # fmt: skip
    names = ("number", "state", "outcome", "sku", "quantity", "over", "id", "document", "is_new")
    return {name: getattr(found, name) for name in names} | {"refusal": refusal}
