# SPDX-License-Identifier: Apache-2.0
"""Pieces and containers of a site, for programs and hand-helds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, AwareDatetime, Field

from entrepot.consolidating import announcing, containers, lists, recording
from entrepot.consolidating.announcing import NewPiece
from entrepot.consolidating.judging import Happened, Told
from entrepot.consolidating.models import Container, Piece
from entrepot.consolidating.recorded import record_of
from entrepot.consolidating.rules import ContainerState, Event, State
from entrepot.ledger.lists import List
from entrepot.papers.loading_record import loading_record
from entrepot.papers.words import Language as Words
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import CODE, Body, Lines, Unasked, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE = "inbound.read", "inbound.write"
pieces = Router(tags=["pieces"])
events = Router(tags=["pieces"])
boxes = Router(tags=["loading"])

OfPiece = Literal[
    "arrived", "declared", "selected", "not_selected", "inspecting", "passed", "failed",
    "released", "consolidated", "taken_out",
]  # fmt: skip
Mark = Annotated[str, code(64)]
Site = Annotated[str, code(40)]
ContainerNo = Annotated[str, code(20)]
Perhaps = Annotated[str, Field(strict=True, max_length=40, pattern=rf"^$|{CODE}")]
PerhapsNo = Annotated[str, Field(strict=True, max_length=18, pattern=rf"^$|{CODE}")]
PerhapsBox = Annotated[str, Field(strict=True, max_length=20, pattern=rf"^$|{CODE}")]
Narrow = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Language = Literal["zh", "en", "both"]
_PDF: Final[dict[str, Any]] = {
    "responses": {
        200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
    }
}


def _of_our_time(at: datetime) -> datetime:
    if at.year < 2000:
        raise ValueError("a moment of this century")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]


class PieceIn(Body):
    """A package that is ordered to a site."""

    mark: Mark = Field(description="Its mark or barcode.")
    weight_g: Annotated[int, whole(1, 10**9)]
    volume_cm3: Annotated[int, whole(1, 10**9)]
    declaration_no: PerhapsNo = Field("", description="Of its declaration or list, where known.")
    consignment: Perhaps = Field("", description="The number of its consignment, where known.")
    description: Annotated[str, text(200)] = ""


class PiecesIn(Body):
    """Packages."""

    pieces: Lines[PieceIn]


class NewPiecesOut(Schema):
    """How many were new; the others were there already."""

    new: int


class EventIn(Body):
    """What happened to a piece."""

    number: Mark = Field(description="The id of the event: sent twice, it is once.")
    mark: Mark
    event: OfPiece
    site: Perhaps = Field("", description="Asked for `arrived`; else the piece's own.")
    location: Perhaps = Field("", description="Where at the site.")
    container: PerhapsBox = Field("", description="Asked for `consolidated`.")
    declaration_no: PerhapsNo = Field(
        "", description="Asked for `declared`, where the piece has none."
    )
    reason: Annotated[str, text(200)] = Field("", description="Asked for `failed`.")
    disposition: Literal["", "hold", "return", "seize"] = Field(
        "", description="Asked for `failed`."
    )
    at: Moment | None = Field(None, description="When it was done; now, if left out.")

    def happened(self) -> Happened:
        """The event as it is recorded."""
        return Happened(**self.model_dump())


class EventsIn(Body):
    """Events in the order in which they happened."""

    events: Lines[EventIn]


class WhyOut(Schema):
    """Why an event was refused: the rule, what was found, what to do."""

    code: str
    found: str
    remedy: str


class ToldOut(Schema):
    """What became of an event: the state it led to, or why it was refused."""

    number: str
    mark: str
    state: State | Literal["refused"]
    is_new: bool = Field(description="False: it was recorded before, or refused.")
    refusal: WhyOut | None


class ToldsOut(Schema):
    """What became of each event, in their order."""

    events: list[ToldOut]


class PieceOut(Schema):
    """A piece, and where it stands."""

    id: UUID
    mark: str
    state: State
    declaration_no: str
    consignment: str
    description: str
    weight_g: int
    volume_cm3: int
    site: str
    location: str
    container: str | None = Field(description="The number of the one it is in.")
    disposition: str
    reason: str
    steps: int
    changed_at: datetime
    created_at: datetime
    created_by: str


class PieceStepOut(Schema):
    """A step of a piece."""

    step_no: int
    number: str
    event: Event
    was: State
    became: State
    site: str
    location: str
    container: str | None
    seal_no: str
    declaration_no: str
    disposition: str
    reason: str
    happened_at: datetime
    recorded_at: datetime
    recorded_by: str


class ContainerIn(Body):
    """A container at a site."""

    number: ContainerNo
    site: Site


class SealIn(Body):
    """The number of a seal."""

    seal_no: Site
    at: Moment | None = None


class AtIn(Body):
    """When it was done; now, if left out."""

    at: Moment | None = None


class ContainerOut(Schema):
    """A container, and what is in it."""

    id: UUID
    number: str
    site: str
    state: ContainerState
    seal_no: str
    pieces: int
    weight_g: int
    volume_cm3: int
    opened_at: datetime
    opened_by: str
    sealed_at: datetime | None
    departed_at: datetime | None


@pieces.post("/bulk", response=NewPiecesOut, auth=needs(WRITE))
@bulk
def announce_pieces(request: HttpRequest, body: PiecesIn) -> dict[str, int]:
    """Announce up to 10,000 pieces; the same sent again are the same.

    Answers 422 `consolidating.unfit` with every mark that stands there twice or says something
    else than before.
    """
    return {"new": announcing.announce([NewPiece(**each.model_dump()) for each in body.pieces])}


@pieces.get("", response=Page[PieceOut], auth=needs(READ))
def list_pieces(
    request: HttpRequest,
    page: Query[Paging],
    mark: Narrow = "",
    state: Unasked[State] = None,
    site: Narrow = "",
    declaration_no: Narrow = "",
    container: Unasked[UUID] = None,
) -> dict[str, Any]:
    """Pieces, the latest first; `mark` finds those that begin with it."""
    return _page_of(page, lists.pieces(mark, state or "", site, declaration_no, container))


@pieces.get("/{uuid:id}", response=PieceOut, auth=needs(READ))
def show_piece(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a piece."""
    found = Piece.objects.select_related("container").get(id=id)
    said = {name: getattr(found, name) for name in PieceOut.model_fields if name != "container"}
    return said | {"container": found.container.number if found.container else None}


@pieces.get("/{uuid:id}/steps", response=Page[PieceStepOut], auth=needs(READ))
def list_steps(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """What happened to a piece: who, when and where."""
    Piece.objects.only("id").get(id=id)
    return _page_of(page, lists.steps(id))


@events.post("", response=NewPiecesOut, auth=needs(WRITE))
@bulk
def record_events(request: HttpRequest, body: EventsIn) -> dict[str, int]:
    """Record up to 10,000 events, all of them or none; what was recorded before stays as it was.

    Answers 422 `consolidating.unfit` with every event that cannot happen, and why.
    """
    return {"new": recording.record_all([each.happened() for each in body.events])}


@events.post("/scans", response=ToldsOut, auth=needs(WRITE))
@bulk
def record_scans(request: HttpRequest, body: EventsIn) -> dict[str, Any]:
    """Record events as hand-helds send them: each by itself, once, however often it is sent.

    What is refused says why and holds up no other: `consolidating.not_released` for a piece that
    may not be loaded, `consolidating.wrong_state`, `consolidating.not_there`,
    `consolidating.lacking`, `consolidating.says_otherwise`.
    """
    return {"events": [_told(each) for each in
                       recording.record([one.happened() for one in body.events])]}  # fmt: skip


@boxes.post("", response=ContainerOut, auth=needs(WRITE))
def open_loading(request: HttpRequest, body: ContainerIn) -> dict[str, Any]:
    """Open a container at a site; one that is open there already is that one.

    Answers 409 `consolidating.says_otherwise` where it stands at another site, or
    `consolidating.wrong_state` where it is sealed already.
    """
    return _box(containers.open_container(body.number, body.site))


@boxes.get("", response=Page[ContainerOut], auth=needs(READ))
def list_loading(
    request: HttpRequest,
    page: Query[Paging],
    number: Narrow = "",
    state: Unasked[ContainerState] = None,
    site: Narrow = "",
) -> dict[str, Any]:
    """Containers, the latest first, with what is in them."""
    return _page_of(page, lists.containers(number, state or "", site))


@boxes.get("/{uuid:id}", response=ContainerOut, auth=needs(READ))
def show_loading(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a container."""
    return _box(Container.objects.get(id=id))


@boxes.post("/{uuid:id}/seal", response=ContainerOut, auth=needs(WRITE))
def seal_container(request: HttpRequest, id: UUID, body: SealIn) -> dict[str, Any]:
    """Close a container with a seal.

    Answers 409 `consolidating.lacking` where nothing is in it, or `consolidating.says_otherwise`
    where it bears another seal.
    """
    return _box(containers.seal(id, body.seal_no, body.at))


@boxes.post("/{uuid:id}/load", response=ContainerOut, auth=needs(WRITE))
def load_container(request: HttpRequest, id: UUID, body: AtIn) -> dict[str, Any]:
    """Put a sealed container on what takes it away, or answer 409 `consolidating.wrong_state`."""
    return _box(containers.load(id, body.at))


@boxes.post("/{uuid:id}/gate-out", response=ContainerOut, auth=needs(WRITE))
def let_container_out(request: HttpRequest, id: UUID, body: AtIn) -> dict[str, Any]:
    """Let a loaded container out of the gate, or answer 409 `consolidating.wrong_state`."""
    return _box(containers.gate_out(id, body.at))


@boxes.post("/{uuid:id}/depart", response=ContainerOut, auth=needs(WRITE))
def depart_container(request: HttpRequest, id: UUID, body: AtIn) -> dict[str, Any]:
    """Say that a container has departed, or answer 409 `consolidating.wrong_state`."""
    return _box(containers.depart(id, body.at))


@boxes.get("/{uuid:id}/record", response={200: None}, auth=needs(READ), openapi_extra=_PDF)
def print_record(request: HttpRequest, id: UUID, language: Language = "both") -> HttpResponse:
    """The record of a container: every piece in it, with when each of its steps was.

    Answers 422 `papers.unfit` where nothing is in it.
    """
    words: Words = "zh+en" if language == "both" else language
    found = record_of(id)
    response = HttpResponse(loading_record(found, words), content_type="application/pdf")
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in found.container
    )
    response["Content-Disposition"] = f'inline; filename="record-{safe}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


ROUTERS: Final = (("/pieces", pieces), ("/piece-events", events), ("/loading-containers", boxes))


def _page_of(page: Paging, found: List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        return page.of_sql(cursor, found.statement, given, *found.by)


def _box(found: Container) -> dict[str, Any]:
    """A container as it is, with the sums of what is in it."""
    sums = found.pieces.aggregate(
        pieces=Count("id"), weight_g=Sum("weight_g"), volume_cm3=Sum("volume_cm3")
    )
    names = ("id", "number", "site", "state", "seal_no", "opened_at", "opened_by", "sealed_at",
             "departed_at")  # fmt: skip
    return {name: getattr(found, name) for name in names} | {
        name: value or 0 for name, value in sums.items()
    }


def _told(found: Told) -> dict[str, Any]:
    why = found.refusal
    refusal = why and {"code": why.code, "found": why.found, "remedy": why.remedy}
    return {
        "number": found.number, "mark": found.mark, "state": "refused" if why else found.state,
        "is_new": found.is_new, "refusal": refusal,
    }  # fmt: skip
