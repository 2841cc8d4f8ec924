# SPDX-License-Identifier: Apache-2.0
"""Pieces of loose cargo at a site: by state, one with its steps, announced and told of in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse

from entrepot.consolidating import lists
from entrepot.consolidating.announcing import NewPiece, announce
from entrepot.consolidating.api import ContainerNo, Mark, Site
from entrepot.consolidating.api_plans import Class, UnNo
from entrepot.consolidating.judging import Happened
from entrepot.consolidating.measuring import NewMeasure, measure
from entrepot.consolidating.models import Piece
from entrepot.consolidating.planning.cargo import TURNS
from entrepot.consolidating.recording import record_all
from entrepot.consolidating.rules import DISPOSITIONS, STATES, STEPS
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import form, page
from entrepot.pages.inbound import parts
from entrepot.pages.inbound.bulk import Bulk, answer
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import Field, Row, Wrong, day, one_of, shape, whole, yes_or_no
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.fields import text
from entrepot.web.telling import LANGUAGES, state_in_words

_HEAVIEST: Final = 10**9
_LONGEST: Final = 100_000


class PieceFilters(forms.Filters):
    mark = forms.text(64)
    state = forms.states("piece", STATES)
    site = forms.text(40)
    declaration_no = forms.text(18)


def piece_at(row: Any) -> str:
    return reverse("pages:inbound_piece", args=[row["id"]])


def container_at(row: Any) -> str:
    id = row["container_id"]
    return reverse("pages:inbound_container", args=[id]) if id else ""


COLUMNS: Final = (
    Column("mark", "code", to=piece_at),
    Column("state", "state", states="piece"),
    Column("declaration_no", "code"),
    Column("weight_g", "number"),
    Column("volume_cm3", "number"),
    Column("site", "code"),
    Column("location", "code"),
    Column("container_no", "code", of=lambda row: row["container"] or "", to=container_at),
    Column("consignment", "code"),
    Column("changed_at", "moment"),
)


@page(READ)
def pieces(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Pieces, the latest first, with how many are in each state."""
    say = words(parts.SECTION)
    filters = PieceFilters(request.GET, say=say)
    found = lists.pieces(**filters.given())
    table = Table("pieces", COLUMNS, found, filters=filters, more=parts.empty(say, "pieces"))
    counts, here = lists.counts(), filters.given().get("state", "")
    cards = [
        {
            "title": state_in_words("piece", state, language()),
            "count": f"{counts.get(state, 0):,}",
            "url": f"?state={state}",
            "is_here": state == here,
            "is_warn": state == "failed" and counts.get(state, 0) > 0,
        }
        for state in STATES[:-1]
    ]
    return parts.part(
        request, access, table, "pages/inbound/pieces.html", tabs=parts.tabs("inbound_pieces"),
        cards=cards, heading=say["titles"]["pieces"], about=say["abouts"]["pieces"],
    )  # fmt: skip


@page(READ)
def piece(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A piece, and what happened to it: who, when and where."""
    found, say = Piece.objects.select_related("container").get(id=id), words(parts.SECTION)
    who: dict[str, str] = {}
    columns = (
        Column("step_no", "number"),
        Column("event", "state", states="piece_event"),
        Column("happened_at", "moment"),
        Column("site", "code"),
        Column("location", "code"),
        Column("container_no", "code", of=lambda row: row["container"] or "", to=container_at),
        Column("seal_no", "code"),
        Column("disposition", "state", states="disposition"),
        Column("reason"),
        Column("created_by", of=lambda row: who[row["recorded_by"]]),
        Column("recorded_at", "moment"),
    )
    table = Table(
        "steps", columns, lists.steps(id), more=parts.empty(say, "steps"),
        before=lambda rows: who.update(named([row["recorded_by"] for row in rows])),
    )  # fmt: skip
    return parts.part(
        request, access, table, "pages/inbound/piece.html", piece=found,
        heading=say["piece"].format(mark=found.mark), about=say["abouts"]["piece"],
    )  # fmt: skip


PIECES: Final = (
    Field("mark", shape(Mark, "code"), must=True),
    Field("weight_g", whole(1, _HEAVIEST), must=True, blank=None),
    Field("volume_cm3", whole(1, _HEAVIEST), must=True, blank=None),
    Field("declaration_no", shape(Annotated[str, text(18)], "line")),
    Field("consignment", shape(Annotated[str, text(40)], "line")),
    Field("description", shape(Annotated[str, text(200)], "line")),
)


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponse:
    """Announce pieces."""

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
        return announce([NewPiece(**row.values) for row in rows])

    return _bulk(request, access, Bulk(PIECES, take, _done("announced")), "announce")


MEASURES: Final = (
    Field("mark", shape(Mark, "code"), must=True),
    Field("owner", shape(Annotated[str, text(100, 1)], "line"), must=True),
    Field("length_mm", whole(1, _LONGEST), must=True, blank=None),
    Field("width_mm", whole(1, _LONGEST), must=True, blank=None),
    Field("height_mm", whole(1, _LONGEST), must=True, blank=None),
    Field("turn", one_of(*TURNS), blank="flat"),
    Field("bears_g", whole(0, _HEAVIEST), blank=0),
    Field("floor_only", yes_or_no, blank=False),
    Field("un_no", shape(UnNo, "code")),
    Field("dg_class", shape(Class, "code")),
    Field("bound_for", shape(Site, "code")),
    Field("due_on", day, blank=None),
)


@form(WRITE)
def measures(request: HttpRequest, access: Access) -> HttpResponse:
    """Say what pieces measure, whose they are and how they may be loaded."""

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
        said = [dict(row.values) for row in rows]
        return measure([NewMeasure(destination=each.pop("bound_for"), **each) for each in said])

    return _bulk(request, access, Bulk(MEASURES, take, _done("measured")), "measures")


def _word_of(kind: str, codes: Sequence[str]) -> Callable[[str], str]:
    """One of these codes, by itself or by its word in either language."""
    known = {code: code for code in codes}
    for each in LANGUAGES:
        known |= {state_in_words(kind, code, each).casefold(): code for code in codes}

    def take(said: str) -> str:
        if (found := known.get(said.casefold())) is None:
            raise Wrong("one_of", ", ".join(codes))
        return found

    return take


EVENTS: Final = (
    Field("number", shape(Mark, "code"), must=True),
    Field("mark", shape(Mark, "code"), must=True),
    Field("event", _word_of("piece_event", list(STEPS)), must=True),
    Field("site", shape(Site, "code")),
    Field("location", shape(Site, "code")),
    Field("container_no", shape(ContainerNo, "code")),
    Field("declaration_no", shape(Annotated[str, text(18)], "line")),
    Field("reason", shape(Annotated[str, text(200)], "line")),
    Field("disposition", _word_of("disposition", list(DISPOSITIONS))),
)


@form(WRITE)
def events(request: HttpRequest, access: Access) -> HttpResponse:
    """Tell what happened to pieces: all rows, or none with every reason."""

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
        said = [dict(row.values) for row in rows]
        return record_all([Happened(container=each.pop("container_no"), **each) for each in said])

    return _bulk(request, access, Bulk(EVENTS, take, _done("recorded")), "events")


def _done(word: str) -> Callable[[Any], tuple[str, str]]:
    return lambda taken: (parts.done(word, count=taken), reverse("pages:inbound_pieces"))


def _bulk(request: HttpRequest, access: Access, bulk: Bulk, name: str) -> HttpResponse:
    say = words(parts.SECTION)
    return answer(
        request, access, bulk, heading=say["titles"][name], about=say["abouts"][name],
        back=reverse("pages:inbound_pieces"),
    )  # fmt: skip


urlpatterns = [
    path("", pieces, name="inbound_pieces"),
    path("new/", new, name="inbound_pieces_new"),
    path("measures/", measures, name="inbound_pieces_measures"),
    path("events/", events, name="inbound_pieces_events"),
    path("<uuid:id>/", piece, name="inbound_piece"),
]
