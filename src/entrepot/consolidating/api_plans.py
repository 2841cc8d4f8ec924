# SPDX-License-Identifier: Apache-2.0
"""Measures of pieces, loading rules, loading plans, and the documents of containers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.consolidating import bills, lists, load_plans, measuring, terms
from entrepot.consolidating.measuring import NewMeasure
from entrepot.consolidating.models import LoadPlan, PlannedContainer, Terms
from entrepot.consolidating.picturing import picture_of
from entrepot.consolidating.planning.cargo import Kind, Limits, Turn
from entrepot.consolidating.work import PlanIn, plan_site
from entrepot.jobs.actions import start
from entrepot.jobs.api import JobOut
from entrepot.ledger.lists import List
from entrepot.papers.cargo_bill import house_bill, master_bill
from entrepot.papers.words import Language as Words
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import CODE, Body, Day, Flag, Lines, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE = "inbound.read", "inbound.write"
measures = Router(tags=["loading"])
rules = Router(tags=["loading"])
plans = Router(tags=["loading"])
documents = Router(tags=["loading"])

Mark = Annotated[str, code(64)]
Owner = Annotated[str, text(100)]
Millimetres = Annotated[int, whole(1, 100_000)]
Class = Annotated[str, Field(strict=True, pattern=r"^$|^[1-9]([.][1-6])?[A-S]?$", max_length=4)]
Named = Annotated[str, Field(strict=True, pattern=r"^[1-9]([.][1-6])?[A-S]?$", max_length=4)]
UnNo = Annotated[str, Field(strict=True, pattern=r"^$|^[0-9]{4}$")]
Place = Annotated[str, Field(strict=True, max_length=40, pattern=rf"^$|{CODE}")]
Language = Literal["zh", "en", "both"]
_PDF: Final[dict[str, Any]] = {
    "responses": {
        200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
    }
}


class MeasureIn(Body):
    """What a piece measures, whose it is and how it may be loaded."""

    mark: Mark
    owner: Annotated[str, text(100, 1)]
    length_mm: Millimetres
    width_mm: Millimetres
    height_mm: Millimetres
    turn: Turn = "flat"
    bears_g: Annotated[int, whole(0, 10**9)] = Field(0, description="Grams that may lie on it.")
    floor_only: Flag = False
    un_no: UnNo = ""
    dg_class: Class = ""
    destination: Place = ""
    due_on: Day | None = None


class MeasuresIn(Body):
    """Pieces that were measured."""

    pieces: Lines[MeasureIn]


class MeasuredOut(Schema):
    """How many pieces were measured."""

    measured: int


class LimitsIn(Body):
    """What the firm allows, in percent; the least of these is the safest, support the highest."""

    support: Annotated[int, whole(1, 100)] = 100
    along: Annotated[int, whole(0, 50)] = 10
    across: Annotated[int, whole(1, 50)] = 5
    high: Annotated[int, whole(0, 100)] = 60


class KindIn(Body):
    """A kind of container: free millimetres inside and at the door, and where they were read."""

    kind: Annotated[str, code(40)]
    length: Millimetres
    width: Millimetres
    height: Millimetres
    door_width: Millimetres
    door_height: Millimetres
    payload_g: Annotated[int, whole(1, 10**9)]
    count: Annotated[int, whole(0, 10_000)] | None = Field(
        None, description="How many there are; empty: as many as needed."
    )
    source: Annotated[str, text(200)] = ""


class PairIn(Body):
    """Two classes of dangerous goods that may share a container, so far apart."""

    one: Named
    other: Named
    apart_mm: Annotated[int, whole(0, 100_000)]
    source: Annotated[str, text(200)] = ""


class KindsIn(Body):
    """All kinds of containers that there are."""

    kinds: Annotated[list[KindIn], Field(max_length=100)]


class PairsIn(Body):
    """All pairs of classes that may meet; what is not named stays apart."""

    pairs: Annotated[list[PairIn], Field(max_length=1_000)]


class TermsOut(Schema):
    """What holds when plans are made."""

    limits: dict[str, int]
    kinds: list[dict[str, Any]]
    pairs: list[dict[str, Any]]
    set_at: datetime | None
    set_by: str


class LoadPlanOut(Schema):
    """A plan: what was there, and what was placed."""

    id: UUID
    number: int
    site: str
    leaves_on: date | None
    pieces: int
    placed: int
    out: int = Field(description="Pieces that were left out.")
    containers: int
    cut_short: bool = Field(description="The time was up before all was tried.")
    is_chosen: bool = Field(description="The site is loaded by it.")
    made_at: datetime
    made_by: str


class PlannedContainerOut(Schema):
    """A container of a plan."""

    container_no: int
    kind: str
    destination: str
    pieces: int
    weight_g: int
    volume_cm3: int
    filled_percent: int
    centre_x_mm: int
    centre_y_mm: int
    centre_z_mm: int


class PlannedPieceOut(Schema):
    """A piece of a plan; of one left out `container_no` is 0, and `reason` says why."""

    container_no: int
    place_no: int
    piece_id: UUID
    mark: str
    owner: str
    x_mm: int
    y_mm: int
    z_mm: int
    along_mm: int
    across_mm: int
    up_mm: int
    weight_g: int
    dg_class: str
    reason: str
    state: str = Field(description="Where the piece is now.")
    location: str
    container: str | None = Field(description="The one it is in now.")


class NextOut(Schema):
    """The piece that is loaded next, if any is left."""

    piece: PlannedPieceOut | None


class BillIn(Body):
    """A number: of the master document where no owner is named, or of the owner's house."""

    owner: Owner = ""
    bill_no: Annotated[str, code(37)]


class HouseOut(Schema):
    """What an owner has in a container."""

    owner: str
    bill_no: str
    pieces: int
    weight_g: int
    volume_cm3: int
    marks: list[str]


class BillsOut(Schema):
    """The master document of a container with its houses."""

    container: str
    site: str
    seal_no: str
    bill_no: str
    pieces: int
    weight_g: int
    volume_cm3: int
    houses: list[HouseOut]
    relation: dict[str, Any] = Field(
        description="What is known of CEB607 for it, and which elements have still to be given."
    )


@measures.post("", response=MeasuredOut, auth=needs(WRITE))
@bulk
def measure_pieces(request: HttpRequest, body: MeasuresIn) -> dict[str, int]:
    """Say what up to 10,000 pieces measure, all or none; told anew, it is put right.

    Answers 422 `consolidating.unfit` with every mark that belongs to no piece.
    """
    given = [NewMeasure(**each.model_dump()) for each in body.pieces]
    return {"measured": measuring.measure(given)}


@rules.get("", response=TermsOut, auth=needs(READ))
def show_loading_rules(request: HttpRequest) -> Terms:
    """What the firm allows when it loads."""
    return terms.current()


@rules.put("/limits", response=TermsOut, auth=needs(WRITE))
def put_loading_limits(request: HttpRequest, body: LimitsIn) -> Terms:
    """Set how much of a base is supported and where the centre of gravity may lie."""
    return terms.put_limits(Limits(**body.model_dump()))


@rules.put("/kinds", response=TermsOut, auth=needs(WRITE))
def put_container_kinds(request: HttpRequest, body: KindsIn) -> Terms:
    """Set the kinds of containers that there are, in place of those before.

    Answers 422 `consolidating.unfit` where one is named twice.
    """
    return terms.put_kinds([kind_given(each) for each in body.kinds])


@rules.put("/pairs", response=TermsOut, auth=needs(WRITE))
def put_class_pairs(request: HttpRequest, body: PairsIn) -> Terms:
    """Set which classes of dangerous goods may share a container, in place of those before."""
    return terms.put_pairs([(e.one, e.other, e.apart_mm, e.source) for e in body.pairs])


def kind_given(said: KindIn) -> tuple[Kind, int | None, str]:
    """A kind as the terms take it."""
    given = said.model_dump()
    count, source = given.pop("count"), given.pop("source")
    return Kind(**given), count, source


@plans.post("", response={202: JobOut}, auth=needs(WRITE))
def plan_loading(request: HttpRequest, body: PlanIn) -> Any:
    """Plan what lies at a site: a job, whose result names the plan."""
    return Status(202, start(plan_site, body))


@plans.get("", response=Page[LoadPlanOut], auth=needs(READ))
def list_plans(
    request: HttpRequest,
    page: Query[Paging],
    site: Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = "",
) -> dict[str, Any]:
    """Plans, the latest first."""
    return _page_of(page, lists.plans(site))


@plans.get("/{uuid:id}", response=LoadPlanOut, auth=needs(READ))
def show_plan(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a plan."""
    LoadPlan.objects.only("id").get(id=id)
    found: dict[str, Any] = _page_of(Paging(limit=1, cursor=""), lists.plans(id=id))["items"][0]
    return found


@plans.get("/{uuid:id}/containers", response=list[PlannedContainerOut], auth=needs(READ))
def list_planned_containers(request: HttpRequest, id: UUID) -> Any:
    """The containers of a plan."""
    LoadPlan.objects.only("id").get(id=id)
    return PlannedContainer.objects.filter(plan_id=id).order_by("container_no")


@plans.get("/{uuid:id}/pieces", response=Page[PlannedPieceOut], auth=needs(READ))
def list_planned_pieces(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """What a plan says of each piece, in the order of loading; first what was left out."""
    LoadPlan.objects.only("id").get(id=id)
    return _page_of(page, lists.all_planned(id))


@plans.get("/{uuid:id}/next", response=NextOut, auth=needs(READ))
def show_next_piece(
    request: HttpRequest, id: UUID, container_no: Annotated[int, Field(ge=1, le=10_000)] = 1
) -> dict[str, Any]:
    """The piece that is loaded next into a container of a plan."""
    LoadPlan.objects.only("id").get(id=id)
    return {"piece": lists.next_of(id, container_no)}


@plans.post("/{uuid:id}/choose", response=LoadPlanOut, auth=needs(WRITE))
def choose_plan(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Load by this plan from now on; an older one is chosen again in the same way."""
    load_plans.choose(id)
    found: dict[str, Any] = _page_of(Paging(limit=1, cursor=""), lists.plans(id=id))["items"][0]
    return found


@plans.get("/{uuid:id}/picture", response={200: None}, auth=needs(READ), openapi_extra=_PDF)
def print_plan(
    request: HttpRequest,
    id: UUID,
    container_no: Annotated[int, Field(ge=1, le=10_000)] = 1,
    language: Language = "both",
) -> HttpResponse:
    """The picture of a container of a plan to load by, or 404 where it has none of this number."""
    found = PlannedContainer.objects.select_related("plan").get(
        plan_id=id, container_no=container_no
    )
    name = f"plan-{found.plan.number}-{container_no}"
    return _pdf(picture_of(found, _words(language)), name)


@documents.get("/{uuid:id}/bills", response=BillsOut, auth=needs(READ))
def show_bills(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """The master document of a container, the houses in it, and what is known of CEB607."""
    found = bills.master_of(id)
    names = ("container", "site", "seal_no", "bill_no", "pieces", "weight_g", "volume_cm3")
    return {name: getattr(found, name) for name in names} | {
        "houses": [
            {
                "owner": each.owner, "bill_no": each.bill_no, "pieces": len(each.pieces),
                "weight_g": each.weight_g, "volume_cm3": each.volume_cm3,
                "marks": [piece.mark for piece in each.pieces],
            }
            for each in found.houses
        ],
        "relation": bills.relation(found),
    }  # fmt: skip


@documents.post("/{uuid:id}/bills", response=BillsOut, auth=needs(WRITE))
def name_bill(request: HttpRequest, id: UUID, body: BillIn) -> dict[str, Any]:
    """Give the number of a container's master document, or of an owner's house.

    Answers 409 `consolidating.lacking` where this owner has nothing in it.
    """
    bills.name(id, body.bill_no, body.owner)
    return show_bills(request, id)


@documents.get("/{uuid:id}/bills/pdf", response={200: None}, auth=needs(READ), openapi_extra=_PDF)
def print_bill(
    request: HttpRequest, id: UUID, owner: Owner = "", language: Language = "both"
) -> HttpResponse:
    """The master document of a container, or the house document of an owner where one is named.

    Answers 422 `papers.unfit` where nothing is in it.
    """
    found = bills.master_of(id)
    if owner:
        return _pdf(house_bill(found, owner, _words(language)), f"house-{found.container}")
    return _pdf(master_bill(found, _words(language)), f"master-{found.container}")


ROUTERS: Final = (
    ("/piece-measures", measures), ("/loading-rules", rules), ("/loading-plans", plans),
    ("/loading-containers", documents),
)  # fmt: skip


def _words(language: Language) -> Words:
    return "zh+en" if language == "both" else language


def _pdf(paper: bytes, name: str) -> HttpResponse:
    response = HttpResponse(paper, content_type="application/pdf")
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    response["Content-Disposition"] = f'inline; filename="{safe}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _page_of(page: Paging, found: List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        return page.of_sql(cursor, found.statement, given, *found.by)
