# SPDX-License-Identifier: Apache-2.0
"""Returns for programs and hand-helds: announce, receive, grade, decide, restock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.people.access import needs
from entrepot.warehouse.floor.shapes import (
    READ,
    WRITE,
    Barcode,
    BinCode,
    Narrow,
    ScanId,
    Units,
    WarehouseCode,
)
from entrepot.warehouse.models import Return, ReturnedLine
from entrepot.warehouse.returns import deciding, receiving
from entrepot.warehouse.returns.grades import Condition, grades, set_grades
from entrepot.warehouse.returns.receiving import Came, Sender
from entrepot.web.fields import Absent, Body, Lines, Unasked, code, text
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

router = Router(tags=["returns"])

Number = Annotated[str, code(80)]
GradeCode = Annotated[str, code(20)]
Outcome = Literal["restock", "scrap", "send_home"]
Note = Annotated[str, text(500)]
#: Where units are restocked: the suggested bin where it is left out.
Target = Annotated[
    BinCode | None, Field(description="The bin to restock in; the suggested one, if left out.")
]


class SenderIn(Body):
    """By what a return is known: an order, a tracking number, a parcel, or nothing."""

    channel: Absent[Annotated[str, text(40)]] = Field("", description="Of the order.")
    order: Absent[Annotated[str, text(80)]] = Field("", description="Its number on the channel.")
    tracking: Absent[Annotated[str, text(80)]] = ""
    parcel: Absent[Annotated[str, text(20)]] = Field("", description="Its number: an SSCC.")

    def sender(self, rma: str = "") -> Sender:
        """The sender.

        Raises:
            Faulty: it is named in more than one way, or only half.
        """
        named = [n for n in ("order", "tracking", "parcel") if getattr(self, n)]
        named += ["rma"] if rma else []
        faults: list[dict[str, Any]] = []
        if len(named) > 1:
            faults.append({"at": [named[1]], "found": "a second number", "expected": "one of them"})
        if bool(self.channel) != bool(self.order):
            faults.append({"at": ["order"], "found": "half", "expected": "channel and order"})
        refuse_faults("Cannot take this return.", faults)
        return Sender(self.channel, self.order, self.tracking, self.parcel, rma)


class ExpectedIn(Body):
    """Units that are expected back."""

    barcode: Barcode
    quantity: Units = 1


class AnnounceIn(SenderIn):
    """A return that is to come."""

    rma: Number
    lines: Annotated[list[ExpectedIn], Field(min_length=1, max_length=1000)]
    note: Absent[Note] = ""


class CameIn(Body):
    """Units that came back."""

    barcode: Barcode
    quantity: Units = 1
    grade: Absent[GradeCode] = ""
    outcome: Absent[Literal["", "restock", "scrap", "send_home"]] = Field(
        "", description="What the grade leads to, if left out."
    )
    target: Absent[Target] = None


class ReceiveIn(SenderIn):
    """What came back; without any number, a return without order."""

    scan: ScanId
    warehouse: WarehouseCode
    rma: Absent[Annotated[str, text(80)]] = ""
    lines: Lines[CameIn]
    note: Absent[Note] = ""


class WentOut(Schema):
    """Units that came back, and where they are now."""

    id: UUID
    sku: str
    quantity: int
    grade: str
    outcome: str
    place: str


class ReceivedOut(Schema):
    """A return that was received."""

    id: UUID
    number: str
    without_order: bool
    lines: list[WentOut]


class DecidedOut(Schema):
    """What was decided."""

    lines: list[WentOut]


class ReturnOut(Schema):
    """Goods that came back together, or are to."""

    id: UUID
    number: str
    rma: str
    order: UUID | None = Field(validation_alias="order_id")
    warehouse: str
    note: str
    created_at: datetime
    created_by: str
    received_at: datetime | None


class ExpectedOut(Schema):
    """Units that were announced, and how many of them came."""

    sku: str
    quantity: int
    received: int


class WholeReturnOut(ReturnOut):
    """A return with what was announced."""

    expected: list[ExpectedOut]

    @staticmethod
    def resolve_expected(back: Return) -> Any:
        return back.expected.order_by("sku")


class ReturnedLineOut(Schema):
    """Units that came back, of one grade and with one outcome."""

    id: UUID
    back: UUID = Field(validation_alias="back_id")
    shipped_document: UUID | None
    shipped_line: int | None
    channel: str
    warehouse: str
    sku: str
    lot: str
    quantity: int
    returned_on: date
    grade: str
    outcome: str
    decided_on: date | None
    place: str
    received: UUID = Field(validation_alias="received_id")
    decided: UUID | None = Field(validation_alias="decided_id")
    received_by: str
    decided_by: str


class DecideIn(Body):
    """What becomes of a returned line, or of a part of it."""

    scan: ScanId
    grade: Absent[Annotated[str, text(20)]] = ""
    outcome: Absent[Literal["", "restock", "scrap", "send_home"]] = ""
    quantity: Absent[Units | None] = Field(None, description="All of it, if left out.")
    target: Absent[Target] = None


class UndoIn(Body):
    """The scan that takes a returned line back."""

    scan: ScanId


class RestockLine(Body):
    """Units that go from @returns to a bin."""

    barcode: Barcode
    quantity: Units = 1
    target: Absent[Target] = None


class RestockIn(Body):
    """What is restocked of what came back."""

    scan: ScanId
    warehouse: WarehouseCode
    lines: Lines[RestockLine]


class GradeIn(Body):
    """A condition in which goods come back."""

    code: GradeCode
    name: Absent[Annotated[str, text(80)]] = ""
    outcome: Absent[Literal["", "restock", "scrap", "send_home"]] = Field(
        "", description="Empty: somebody decides each time."
    )


class GradesIn(Body):
    """All grades of the enterprise, in their order; none for the defaults."""

    grades: Annotated[list[GradeIn], Field(max_length=50)]


class GradeOut(Schema):
    """A condition in which goods come back, and what becomes of them."""

    code: str
    name: str
    outcome: str


class GradesOut(Schema):
    """The grades of the enterprise, in their order."""

    grades: list[GradeOut]


@router.post("", response={201: WholeReturnOut}, auth=needs(WRITE))
def announce_return(request: HttpRequest, body: AnnounceIn) -> Status[Return]:
    """Announce a return under a number (an RMA), with what is expected.

    Answers 409 `warehouse.announced_already` or `warehouse.no_such_shipment`.
    """
    lines = [(each.barcode, each.quantity) for each in body.lines]
    return Status(201, receiving.announce(body.rma, body.sender(), lines, body.note))


@router.post("/receive", response=ReceivedOut, auth=needs(WRITE))
@bulk
def receive_return(request: HttpRequest, body: ReceiveIn) -> receiving.Received:
    """Receive what came back, grade it, and do with it what the grade or the outcome says.

    Answers 409 `warehouse.more_than_shipped` with every SKU, `warehouse.no_such_shipment`, 422
    `warehouse.unknown_barcode`, `warehouse.unknown_grade`, `warehouse.no_shelf`.
    """
    came = [Came(**each.model_dump()) for each in body.lines]
    return receiving.receive(body.scan, body.warehouse, body.sender(body.rma), came, body.note)


@router.get("", response=Page[ReturnOut], auth=needs(READ))
def list_returns(request: HttpRequest, page: Query[Paging], rma: Narrow = "") -> dict[str, Any]:
    """Returns, the latest first."""
    rows = Return.objects.filter(rma=rma) if rma else Return.objects.all()
    return page.of(rows, "-id")


@router.get("/grades", response=GradesOut, auth=needs(READ))
def list_grades(request: HttpRequest) -> dict[str, Any]:
    """The grades of the enterprise, and what they lead to."""
    return {"grades": grades()}


@router.put("/grades", response=GradesOut, auth=needs("masters.write"))
def set_return_grades(request: HttpRequest, body: GradesIn) -> dict[str, Any]:
    """Set the grades of the enterprise; what was graded stays as it is."""
    refuse_faults(
        "Cannot set these grades.",
        [
            {"at": ["grades", at, "code"], "found": each.code, "expected": "a code of its own"}
            for at, each in enumerate(body.grades)
            if each.code in {other.code for other in body.grades[:at]}
        ],
    )
    return {"grades": set_grades([Condition(**each.model_dump()) for each in body.grades])}


@router.get("/lines", response=Page[ReturnedLineOut], auth=needs(READ))
def list_returned_lines(
    request: HttpRequest,
    page: Query[Paging],
    back: Unasked[UUID] = None,
    is_decided: Unasked[bool] = None,
) -> dict[str, Any]:
    """What came back, the latest first; of one return, or what waits for a decision."""
    rows = ReturnedLine.objects.all()
    if back is not None:
        rows = rows.filter(back_id=back)
    if is_decided is not None:
        rows = rows.exclude(outcome="") if is_decided else rows.filter(outcome="")
    return page.of(rows, "-id")


@router.post("/lines/{uuid:id}/decide", response=DecidedOut, auth=needs(WRITE))
def decide_returned_line(request: HttpRequest, id: UUID, body: DecideIn) -> deciding.Decision:
    """Decide what becomes of a returned line or a part of it, or grade it only.

    Answers 409 `warehouse.decided_already`.
    """
    return deciding.decide(body.scan, id, body.grade, body.outcome, body.quantity, body.target)


@router.post("/lines/{uuid:id}/undo", response=DecidedOut, auth=needs(WRITE))
def undo_returned_line(request: HttpRequest, id: UUID, body: UndoIn) -> deciding.Decision:
    """Take a returned line back of which nothing is decided: it never came.

    Answers 409 `warehouse.decided_already`.
    """
    return deciding.undo(body.scan, id)


@router.post("/put-aways", response=DecidedOut, auth=needs(WRITE))
@bulk
def put_away_returns(request: HttpRequest, body: RestockIn) -> deciding.Decision:
    """Restock by their barcode units that came back and wait for a decision, the oldest first.

    Answers 409 `warehouse.decided_already` where fewer lie there.
    """
    wanted = [(each.barcode, each.quantity, each.target) for each in body.lines]
    return deciding.put_away(body.scan, body.warehouse, wanted)


@router.get("/{uuid:id}", response=WholeReturnOut, auth=needs(READ))
def show_return(request: HttpRequest, id: UUID) -> Return:
    """Show a return; its lines are among the returned lines."""
    return Return.objects.get(id=id)
