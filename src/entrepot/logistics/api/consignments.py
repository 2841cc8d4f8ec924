# SPDX-License-Identifier: Apache-2.0
"""Consignments for programs: written, dispatched, received, closed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from entrepot.logistics import closing, consigning, dispatching, lists
from entrepot.logistics.api.shapes import (
    READ,
    WRITE,
    Because,
    BinName,
    Code,
    ConsignmentNo,
    DeclarationNo,
    LineNo,
    Lot,
    Narrow,
    Note,
    NumberedOut,
    Perhaps,
    Sku,
    Units,
    page_of,
)
from entrepot.logistics.consigning import NewConsignment, Says, Sent
from entrepot.logistics.models import Consignment
from entrepot.logistics.refusals import Taken
from entrepot.people.access import needs
from entrepot.web.fields import MOST_LINES, Absent, Body, Day, Flag, Unasked, text
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

router = Router(tags=["consignments"])
State = Literal["draft", "dispatched", "arrived", "closed", "cancelled"]
Short = Annotated[str, text(80)]


class SentIn(Body):
    """A line of a consignment."""

    line_no: LineNo
    sku: Sku
    quantity: Units
    lot: Lot = ""
    from_bin: BinName = Field("", description="Where it lies; empty: the warehouse itself.")
    declaration_no: DeclarationNo | Literal[""] = Field(
        "", description="The declaration that it leaves home under, with its item."
    )
    item_no: LineNo | None = None


class ConsignmentIn(Body):
    """Goods that are to be sent."""

    number: ConsignmentNo
    from_warehouse: Code
    to_warehouse: Code
    carrier: Perhaps = Field("", description="The code of a partner.")
    vessel: Short = Field("", description="Vessel and voyage, or flight.")
    container_no: Annotated[str, text(20)] = ""
    tracking: Short = ""
    incoterm: Annotated[str, text(40)] = ""
    expected_on: Day | None = None
    note: Note = ""
    lines: list[SentIn] = Field(default_factory=list, max_length=MOST_LINES)

    def consignment(self) -> NewConsignment:
        """The consignment as it is written."""
        given = self.model_dump(exclude={"lines"})
        route = {name: given.pop(name) for name in ("number", "from_warehouse", "to_warehouse")}
        return NewConsignment(lines=sent(self.lines), says=Says(**given), **route)


class ConsignmentLinesIn(Body):
    """Lines of a draft."""

    lines: list[SentIn] = Field(min_length=1, max_length=MOST_LINES)
    replaces_all: Flag = Field(
        False, description="Whether the draft is to have these lines and no others."
    )


class ConsignmentChange(Body):
    """What is to be different; what is left out stays."""

    carrier: Absent[Perhaps] = ""
    vessel: Absent[Short] = ""
    container_no: Absent[Annotated[str, text(20)]] = ""
    tracking: Absent[Short] = ""
    incoterm: Absent[Annotated[str, text(40)]] = ""
    expected_on: Day | None = None
    note: Absent[Note] = ""


class DayIn(Body):
    """The day on which something happened."""

    on: Day | None = Field(None, description="Today at the warehouse, if left out.")


class FoundAgainIn(Body):
    """Units of a line that arrived after all."""

    line_no: LineNo
    quantity: Units


class ReopenIn(Body):
    """What arrived after closing; nothing, where it is only to be opened again."""

    arrived: list[FoundAgainIn] = Field(default_factory=list, max_length=MOST_LINES)


class ConsignmentOut(Schema):
    """A consignment; on the way its goods lie in `voyage/<number>`."""

    id: UUID
    number: str
    state: State
    from_place: str
    to_place: str
    carrier: str
    vessel: str
    container_no: str
    tracking: str
    incoterm: str
    expected_on: date | None
    note: str
    dispatched_on: date | None
    closed_on: date | None
    document: UUID | None = Field(validation_alias="document_id", description="With which it left.")
    created_at: datetime
    created_by: str


class ConsignmentLineOut(Schema):
    """A line of a consignment, and what became of it."""

    line_no: int
    sku: str
    lot: str
    quantity: int
    from_place: str
    declaration_no: str | None
    item_no: int | None
    received: int
    damaged: int = Field(description="Of those received.")
    short: int = Field(description="Lost, said at closing.")
    covered: int = Field(description="Missing, but as many came unannounced.")
    open: int


class DiscrepancyOut(Schema):
    """What was announced of a SKU, and what came."""

    sku: str
    expected: int
    good: int
    damaged: int
    over: int = Field(description="More than announced.")
    short: int = Field(description="Lost, said at closing.")
    open: int = Field(description="On its way still.")
    not_expected: int = Field(description="All of it, where none was announced.")


def sent(lines: list[SentIn]) -> list[Sent]:
    """Lines as they are written."""
    return [Sent(**each.model_dump()) for each in lines]


@router.get("", response=Page[ConsignmentOut], auth=needs(READ))
def list_consignments(
    request: HttpRequest,
    page: Query[Paging],
    number: Narrow = "",
    state: Unasked[State] = None,
    warehouse: Narrow = "",
    sku: Narrow = "",
) -> dict[str, Any]:
    """Consignments, the latest first; `warehouse` is where they go, `number` how they begin."""
    return page_of(page, lists.consignments(number, state, warehouse, sku))


@router.post("", response=NumberedOut, auth=needs(WRITE))
@bulk
def write_consignment(request: HttpRequest, body: ConsignmentIn) -> Taken:
    """Write a consignment with up to 10,000 lines; it is a draft. The same sent again is one.

    Answers 422 `logistics.unfit` with every fault of every line, more than was declared included,
    or 409 `logistics.says_otherwise`.
    """
    return consigning.create(body.consignment())


@router.get("/{uuid:id}", response=ConsignmentOut, auth=needs(READ))
def show_consignment(request: HttpRequest, id: UUID) -> Consignment:
    """Show a consignment."""
    return Consignment.objects.get(id=id)


@router.patch("/{uuid:id}", response=ConsignmentOut, auth=needs(WRITE))
def change_consignment(request: HttpRequest, id: UUID, body: ConsignmentChange) -> Consignment:
    """Change what is known of a consignment, until it is closed."""
    return consigning.change(id, **body.model_dump(exclude_unset=True))


@router.get("/{uuid:id}/lines", response=Page[ConsignmentLineOut], auth=needs(READ))
def list_consignment_lines(
    request: HttpRequest, id: UUID, page: Query[Paging], only_open: bool = False
) -> dict[str, Any]:
    """The lines of a consignment, with what of them came."""
    Consignment.objects.only("id").get(id=id)
    return page_of(page, lists.consignment_lines(id, only_open=only_open))


@router.post("/{uuid:id}/lines", response=ConsignmentOut, auth=needs(WRITE))
@bulk
def put_consignment_lines(request: HttpRequest, id: UUID, body: ConsignmentLinesIn) -> Consignment:
    """Write up to 10,000 lines of a draft; those of the same number are replaced."""
    consigning.put_lines(id, sent(body.lines), replaces_all=body.replaces_all)
    return Consignment.objects.get(id=id)


@router.post("/{uuid:id}/dispatch", response=ConsignmentOut, auth=needs(WRITE))
def dispatch_consignment(request: HttpRequest, id: UUID, body: DayIn) -> Consignment:
    """Send a draft on its way: everything on its lines leaves where it lies.

    Answers 409 `ledger.below_zero` with everything of which less lies there, unreserved.
    """
    return dispatching.dispatch(id, body.on)


@router.post("/{uuid:id}/undo-dispatch", response=ConsignmentOut, auth=needs(WRITE))
def undo_dispatch(request: HttpRequest, id: UUID, body: Because) -> Consignment:
    """Bring a consignment back of which nothing was received: it is a draft again."""
    return dispatching.undo_dispatch(id, body.note)


@router.post("/{uuid:id}/cancel", response=ConsignmentOut, auth=needs(WRITE))
def cancel_consignment(request: HttpRequest, id: UUID) -> Consignment:
    """Give a draft up."""
    return consigning.cancel(id)


@router.post("/{uuid:id}/close", response=ConsignmentOut, auth=needs(WRITE))
def close_consignment(request: HttpRequest, id: UUID, body: DayIn) -> Consignment:
    """Close a consignment: what is still on its way is lost, and claimed from its carrier.

    Answers 409 `logistics.wrong_state`, also while a barcode of it is unknown still.
    """
    return closing.close(id, body.on)


@router.post("/{uuid:id}/reopen", response=ConsignmentOut, auth=needs(WRITE))
@bulk
def reopen_consignment(request: HttpRequest, id: UUID, body: ReopenIn) -> Consignment:
    """Open a closed consignment again, with what arrived after all; its claims fall by as much.

    Answers 422 `logistics.unfit` with every line of which fewer are short.
    """
    return closing.reopen(id, [closing.FoundAgain(**each.model_dump()) for each in body.arrived])


@router.get("/{uuid:id}/discrepancies", response=Page[DiscrepancyOut], auth=needs(READ))
def list_discrepancies(
    request: HttpRequest, id: UUID, page: Query[Paging], only_different: bool = True
) -> dict[str, Any]:
    """By SKU: announced, received good and damaged, over, short, not expected."""
    Consignment.objects.only("id").get(id=id)
    return page_of(page, lists.discrepancies(id, only_different=only_different))
