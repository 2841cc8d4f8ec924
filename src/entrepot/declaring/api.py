# SPDX-License-Identifier: Apache-2.0
"""The declaring for programs: what a firm says once, flows and their steps, merges, bookings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.declaring import configuring, lists, merging, opening, settling, stepping
from entrepot.declaring.models import Booking, Code, Flow, Merge, Setup, Ticket
from entrepot.declaring.standing import standing, tickets_of
from entrepot.ledger.lists import List
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import Body, Day, Lines, Unasked, code, text
from entrepot.web.paging import Page, Paging

READ, WRITE = "customs.read", "customs.write"

router = Router(tags=["declaring"])

Source = Literal["parcel", "consignment"]
Way = Literal[
    "9610_list_b", "9610_list_a", "9710_list", "9710_form", "9810_list", "9810_form",
    "1210_parcels", "1210_bulk",
]  # fmt: skip
StepName = Literal["orders", "lists", "arrival", "houses", "departure"]
Kind = Literal[
    "currency", "country", "port", "platform", "record",
    "price",
]  # fmt: skip
State = Literal["booked", "withdrawn", "merged", "disagrees", "taken_over"]
Value = Annotated[str, text(250)]
Own = Annotated[str, code(80)]
Said = Annotated[dict[Annotated[str, code(40)], Value], Field(max_length=60)]
Reason = Annotated[str, text(200, at_least=1)]


class DeclaringSaidIn(Body):
    """What is said, by the names that messages have; empty takes it back."""

    said: Said


class DeclaringSetupOut(Schema):
    """What a firm says once."""

    said: dict[str, str]
    asked: list[str] = Field(description="Every name that may be said here.")


class DeclaringCodeIn(Body):
    """What customs calls something of the firm's."""

    kind: Kind
    own: Own
    code: Value
    name: Value = ""


class DeclaringCodesIn(Body):
    """Mappings; the same again changes nothing."""

    codes: Lines[DeclaringCodeIn]


class DeclaringChangedOut(Schema):
    """How many were new or different."""

    changed: int


class DeclaringCodeOut(Schema):
    """What customs calls something of the firm's."""

    kind: Kind
    own: str
    code: str
    name: str


class DeclaringReadyFilter(Paging):
    """What may be declared."""

    source: Source = "parcel"


class DeclaringReadyOut(Schema):
    """A parcel or consignment that may be declared."""

    id: UUID
    number: str
    tracking: str
    state: str


class DeclaringFlowIn(Body):
    """Goods that go through customs together, and which way."""

    way: Way
    on: Day = Field(description="The day of export that the lists say.")
    sources: Annotated[list[UUID], Field(min_length=1, max_length=opening.MOST)] = Field(
        description="Parcels; or one consignment, for 9810."
    )
    said: Said = Field(default_factory=dict, description="Of this flow, before the setup.")


class DeclaringFlowOut(Schema):
    """A flow, and why its way was open."""

    id: UUID
    number: str
    way: str
    on: date
    said: dict[str, str]
    why_en: str
    why_zh: str
    confidence: str = Field(description="V: read in the rule; S: in a secondary text; M: recalled.")
    opened_at: datetime
    opened_by: str


class DeclaringStepOut(Schema):
    """A step of a flow: whether it is its turn, and where its documents are."""

    name: StepName
    may: bool
    closed: str = Field(description="Why it is not its turn.")
    state: str
    document: UUID | None
    done: int
    tickets: int
    is_late: bool


class DeclaringFlowShown(DeclaringFlowOut):
    """A flow with its steps in turn."""

    next: str = Field(description="The step to take; empty where customs is waited for.")
    steps: list[DeclaringStepOut]


class DeclaringStepIn(Body):
    """Which step."""

    step: StepName


class DeclaringSteppedOut(Schema):
    """What a step drafted and sent."""

    step: StepName
    documents: int
    messages: int


class DeclaringTicketOut(Schema):
    """A parcel or consignment in a flow, and where its documents stand."""

    id: UUID
    at: int
    channel: str
    order_no: str
    logistics_no: str
    list_no: str
    left_out: str
    order_state: str
    waybill_state: str
    list_state: str
    declaration_no: str
    is_late: bool


class DeclaringReasonIn(Body):
    """Why."""

    reason: Reason


class DeclaringBookingOut(Schema):
    """What became of a released list or form in the declarations."""

    id: UUID
    kind: Literal["list", "form"]
    own_no: str
    declaration_no: str
    state: State
    flag: str
    cause: str = Field(description="Why it disagrees with customs.")
    facts: dict[str, Any]
    form_no: str = Field(description="The form that a merged list went into.")
    reason: str
    at: datetime
    by: str


class DeclaringBookingFilter(Paging):
    """Which bookings."""

    state: Unasked[State] = None


class DeclaringMergeOut(Schema):
    """An application to merge the lists of a month."""

    id: UUID
    number: str
    month: str
    due_on: date
    key: dict[str, str]


class DeclaringProposedOut(Schema):
    """A form that lists wait to be merged into."""

    month: str
    due_on: date
    key: dict[str, str]
    lists: int
    items: int


@router.get("/setup", response=DeclaringSetupOut, auth=needs(READ))
def show_declaring_setup(request: HttpRequest) -> dict[str, Any]:
    """Show what the firm says once, and what may be said."""
    return _setup(Setup.objects.first())


@router.patch("/setup", response=DeclaringSetupOut, auth=needs(WRITE))
def change_declaring_setup(request: HttpRequest, body: DeclaringSaidIn) -> dict[str, Any]:
    """Say something once for all flows.

    Answers 422 `declaring.unfit_setup` with everything that no message would take.
    """
    return _setup(configuring.change_setup(body.said))


def _setup(found: Setup | None) -> dict[str, Any]:
    return {"said": found.said if found else {}, "asked": list(configuring.SETUP_NAMES)}


@router.get("/codes", response=Page[DeclaringCodeOut], auth=needs(READ))
def list_declaring_codes(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List what customs calls what, by kind and own code."""
    return page.of(Code.objects.all(), "kind", "own", "id")


@router.put("/codes", response=DeclaringChangedOut, auth=needs(WRITE))
def put_declaring_codes(request: HttpRequest, body: DeclaringCodesIn) -> dict[str, int]:
    """Say what customs calls what; the same again changes nothing.

    Answers 422 `declaring.unfit_setup` with every row that no message would take.
    """
    rows = [(each.kind, each.own, each.code, each.name) for each in body.codes]
    return {"changed": configuring.put_codes(rows)}


@router.get("/ready", response=Page[DeclaringReadyOut], auth=needs(READ))
def list_ready_to_declare(
    request: HttpRequest, page: Query[DeclaringReadyFilter]
) -> dict[str, Any]:
    """List parcels, or consignments, that leave home and are in no flow; the newest first."""
    return _page(page, lists.ready(page.source))


def _page(page: Paging, rows: List) -> dict[str, Any]:
    given = {"enterprise": acting().enterprise, **rows.given}
    with raw_cursor() as cursor:
        return page.of_sql(cursor, rows.statement, given, *rows.by)


@router.post("/flows", response={201: DeclaringFlowOut}, auth=needs(WRITE))
def open_declaring_flow(request: HttpRequest, body: DeclaringFlowIn) -> Status[Flow]:
    """Open a flow of goods through customs, where its way is open to all of them.

    Answers 409 `declaring.no_way` with the reason for each order, `declaring.not_ready` with
    everything that is missing, and `declaring.nothing` where goods are not there or in a flow
    already; 422 `declaring.unfit_setup` where something that is said fits no message.
    """
    return Status(201, opening.open_flow(body.way, body.sources, body.on, body.said))


@router.get("/flows", response=Page[DeclaringFlowOut], auth=needs(READ))
def list_declaring_flows(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List flows, the latest first."""
    return page.of(Flow.objects.all(), "-id")


@router.get("/flows/{uuid:id}", response=DeclaringFlowShown, auth=needs(READ))
def show_declaring_flow(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a flow: its steps in turn, which one is next, and what is waited for."""
    found = Flow.objects.get(id=id)
    its = standing(found)
    shown = {name: getattr(found, name) for name in DeclaringFlowOut.model_fields}
    return shown | {"next": its.next, "steps": its.steps}


@router.patch("/flows/{uuid:id}", response=DeclaringFlowOut, auth=needs(WRITE))
def say_of_declaring_flow(request: HttpRequest, id: UUID, body: DeclaringSaidIn) -> Flow:
    """Say more of a flow, such as its voyage; empty takes back what was said.

    Answers 422 `declaring.unfit_setup` with everything that no message would take.
    """
    return opening.say(id, body.said)


@router.get("/flows/{uuid:id}/tickets", response=Page[DeclaringTicketOut], auth=needs(READ))
def list_declaring_tickets(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """List the parcels or consignments of a flow with where their documents stand."""
    Flow.objects.only("id").get(id=id)
    return _page(page, tickets_of(id))


@router.post("/flows/{uuid:id}/steps", response=DeclaringSteppedOut, auth=needs(WRITE))
def take_declaring_step(request: HttpRequest, id: UUID, body: DeclaringStepIn) -> stepping.Stepped:
    """Take a step: its documents are drafted from the goods, signed, and sent by the worker.

    Answers 409 `declaring.out_of_turn` where it is not its turn, `declaring.not_ready` with
    everything that is missing, `customs.document_under_way` where customs has such a document, and
    `customs.no_setup` or `customs.no_signer` where it is not set who sends or signs.
    """
    return stepping.take_step(id, body.step)


@router.post(
    "/flows/{uuid:id}/tickets/{uuid:ticket}/leave-out", response={204: None}, auth=needs(WRITE)
)
def leave_declaring_ticket_out(
    request: HttpRequest, id: UUID, ticket: UUID, body: DeclaringReasonIn
) -> Status[None]:
    """Leave a parcel or consignment out of its flow; it may go in another."""
    opening.leave_out(Ticket.objects.only("id").get(id=ticket, flow_id=id).id, body.reason)
    return Status(204, None)


@router.get("/bookings", response=Page[DeclaringBookingOut], auth=needs(READ))
def list_declaring_bookings(
    request: HttpRequest, page: Query[DeclaringBookingFilter]
) -> dict[str, Any]:
    """List what became of released lists and forms, the latest first; those that disagree too."""
    rows = Booking.objects.all()
    return page.of(rows.filter(state=page.state) if page.state else rows, "-id")


@router.post("/bookings/{uuid:id}/look-again", response=DeclaringBookingOut, auth=needs(WRITE))
def look_at_declaring_booking(request: HttpRequest, id: UUID) -> Booking:
    """Try once more to bring a declaration to what customs says.

    Answers 409 `declaring.not_open` where it does not disagree.
    """
    return settling.look_again(id)


@router.post("/bookings/{uuid:id}/take-over", response=DeclaringBookingOut, auth=needs(WRITE))
def take_declaring_booking_over(request: HttpRequest, id: UUID, body: DeclaringReasonIn) -> Booking:
    """Leave a declaration as it is, until customs says something else.

    Answers 409 `declaring.not_open` where it does not disagree.
    """
    return settling.take_over(id, body.reason)


@router.post("/bookings/{uuid:id}/cancel", response={204: None}, auth=needs(WRITE))
def cancel_declared_list(request: HttpRequest, id: UUID, body: DeclaringReasonIn) -> Status[None]:
    """Ask customs to cancel a released list (605); once it did, the declaration is withdrawn.

    Answers 409 `declaring.not_open` where it is no released list, and as a step does where it
    cannot be sent.
    """
    settling.cancel(id, body.reason)
    return Status(204, None)


@router.get("/merges/proposed", response=list[DeclaringProposedOut], auth=needs(READ))
def list_proposed_merges(request: HttpRequest) -> list[merging.Proposed]:
    """List the forms that closed lists of flag B wait to be merged into, each with its last day."""
    return merging.proposed()


@router.get("/merges", response=Page[DeclaringMergeOut], auth=needs(READ))
def list_declaring_merges(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List applications to merge, the latest first."""
    return page.of(Merge.objects.all(), "-id")


@router.post("/merges", response={201: list[DeclaringMergeOut]}, auth=needs(WRITE))
def merge_closed_lists(request: HttpRequest) -> Status[list[Merge]]:
    """Apply for the merge of every list of flag B that was closed before this month.

    Answers 409 `declaring.nothing` where there is none, and as a step does where it cannot be sent.
    """
    return Status(201, merging.merge_open())


@router.post("/merges/{uuid:id}/again", response=DeclaringMergeOut, auth=needs(WRITE))
def merge_lists_again(request: HttpRequest, id: UUID) -> Merge:
    """Apply once more for a merge that customs refused, with the lists that are still booked.

    Answers 409 `customs.document_under_way` where customs has it, `declaring.nothing` where none
    of its lists is booked any more.
    """
    return merging.merge_again(id)
