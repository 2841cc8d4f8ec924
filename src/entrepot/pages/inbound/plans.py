# SPDX-License-Identifier: Apache-2.0
"""Loading plans of sites: asked for, looked at container by container, and chosen to load by."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path, reverse

from entrepot.consolidating import lists, load_plans
from entrepot.consolidating.models import LoadPlan, Piece, PlannedContainer
from entrepot.consolidating.picturing import drawn_of
from entrepot.consolidating.work import PlanIn, plan_site
from entrepot.jobs.actions import start
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, page
from entrepot.pages.inbound import loading_rules, parts
from entrepot.pages.inbound.drawing import owners_of, views
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pieces import container_at
from entrepot.pages.table import Column, Table, answer_several
from entrepot.pages.wording import words
from entrepot.people.access import Access

_SITES: Final = 100


def _sites() -> list[tuple[str, str]]:
    """Where something may be loaded."""
    found = Piece.objects.filter(state="released").values_list("site", flat=True)
    return [(site, site) for site in found.order_by("site").distinct()[:_SITES]]


class PlanFilters(forms.Filters):
    site = forms.text(40)


class AskForm(forms.DeskForm):
    site = fields.ChoiceField(choices=_sites)
    leaves_on = forms.day(required=False)
    seconds = forms.quantity(1, 600, initial=load_plans.SECONDS)


def _plan_at(row: Any) -> str:
    return reverse("pages:inbound_plan", args=[row["id"]])


@page(READ)
def plans(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Plans, the latest first, with what each placed."""
    say = words(parts.SECTION)
    filters = PlanFilters(request.GET, say=say)
    who: dict[str, str] = {}
    columns = (
        Column("plan_no", "number", of=lambda row: row["number"], to=_plan_at),
        Column("site", "code"),
        Column("is_chosen", of=lambda row: say["loaded_by"] if row["is_chosen"] else ""),
        Column("placed_part", "progress", of=lambda row: (row["placed"], row["pieces"])),
        Column("out", "number"),
        Column("planned_containers", "number", of=lambda row: row["containers"]),
        Column("leaves_on", "day"),
        Column("made_at", "moment"),
        Column("made_by", of=lambda row: who[row["made_by"]]),
    )  # fmt: skip
    table = Table(
        "loading-plans", columns, lists.plans(**filters.given()), filters=filters,
        more=parts.empty(say, "plans"),
        before=lambda rows: who.update(named([row["made_by"] for row in rows])),
    )  # fmt: skip
    may_write = WRITE in access.scopes
    return parts.part(
        request, access, table, "pages/inbound/plans.html", tabs=parts.tabs("inbound_plans"),
        heading=say["titles"]["plans"], about=say["abouts"]["plans"], may_write=may_write,
        form=AskForm(say=say) if may_write else None,
    )  # fmt: skip


@action(WRITE, "/inbound/plans/")
def ask(request: HttpRequest, access: Access) -> HttpResponse:
    """Have what lies at a site planned: a job that can be watched and cancelled."""
    say = words(parts.SECTION)
    given = AskForm(request.POST, say=say)
    if not given.is_valid():
        messages.error(request, say["plan_unfit"])
        return redirect("pages:inbound_plans")
    job = start(plan_site, PlanIn(**given.cleaned_data))
    return redirect("pages:jobs_one", job.id)


@page(READ)
def plan(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A plan: its containers with filling and weight, and what was left out with the reason."""
    found, say = LoadPlan.objects.select_related("terms").get(id=id), words(parts.SECTION)
    latest = load_plans.chosen(found.site)
    return answer_several(
        request, access, parts.SECTION, [_containers(id), _left_out(id)],
        "pages/inbound/plan.html", plan=found, heading=say["plan"].format(number=found.number),
        about=say["abouts"]["plan"], by=named([found.made_by])[found.made_by],
        is_chosen=latest is not None and latest.plan_id == id,
        may_write=WRITE in access.scopes, out=found.pieces - found.placed,
        limits=[(say["limits"][name], value) for name, value in found.terms.limits.items()],
    )  # fmt: skip


def _containers(id: UUID) -> Table:
    columns = (
        Column("container_no", "number",
               to=lambda row: reverse("pages:inbound_plan_container", args=[id, row.container_no])),
        Column("kind", "code"),
        Column("bound_for", "code", of=lambda row: row.destination),
        Column("pieces", "number"),
        Column("weight_g", "number"),
        Column("volume_cm3", "number"),
        Column("filled", "progress", of=lambda row: (row.filled_percent, 100)),
        Column("centre_x_mm", "number"),
        Column("centre_y_mm", "number"),
        Column("centre_z_mm", "number"),
    )  # fmt: skip
    rows = PlannedContainer.objects.filter(plan_id=id)
    more = parts.empty(words(parts.SECTION), "planned_containers")
    return Table("planned_containers", columns, rows, by=("container_no",), more=more)


def _left_out(id: UUID) -> Table:
    columns = (
        Column("mark", "code", to=_piece_at),
        Column("owner"),
        Column("weight_g", "number"),
        Column("reason", "state", states="left_out"),
        Column("state", "state", states="piece"),
    )
    more = parts.empty(words(parts.SECTION), "left_out")
    return Table("left_out", columns, lists.planned(id, 0), more=more)


def _piece_at(row: Any) -> str:
    return reverse("pages:inbound_piece", args=[row["piece_id"]])


@page(READ)
def container(
    request: HttpRequest, access: Access, id: UUID, container_no: int
) -> HttpResponseBase:
    """A container of a plan: its picture, the next piece, and all pieces in their order."""
    found = PlannedContainer.objects.select_related("plan").get(
        plan_id=id, container_no=container_no
    )
    say = words(parts.SECTION)
    columns = (
        Column("place_no", "number"),
        Column("mark", "code", to=_piece_at),
        Column("owner"),
        Column("state", "state", states="piece"),
        Column("loaded_in", "code", of=lambda row: row["container"] or "", to=container_at),
        Column("location", "code"),
        *(Column(name, "number") for name in _LIES),
        Column("weight_g", "number"),
        Column("dg_class", "code"),
    )
    table = Table(
        "loading-order", columns, lists.planned(id, container_no), more=parts.empty(say, "in_it")
    )
    drawn = drawn_of(found)
    return parts.part(
        request, access, table, "pages/inbound/planned.html", found=found, plan=found.plan,
        next=lists.next_of(id, container_no),
        views=[(say["views"][each.name], each) for each in views(drawn)],
        owners=list(owners_of(drawn).values()),
        heading=say["planned"].format(number=found.plan.number, container=container_no),
        about=say["abouts"]["planned"],
    )  # fmt: skip


_LIES: Final = ("x_mm", "y_mm", "z_mm", "along_mm", "across_mm", "up_mm")


@action(WRITE, "/inbound/plans/")
def choose(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Load by this plan from now on."""
    load_plans.choose(id)
    parts.said(request, "plan_chosen")
    return redirect("pages:inbound_plan", id)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", plans, name="inbound_plans"),
    path("ask", ask, name="inbound_plan_ask"),
    path("rules/", include(loading_rules.urlpatterns)),
    path("<uuid:id>/", plan, name="inbound_plan"),
    path("<uuid:id>/choose", choose, name="inbound_plan_choose"),
    path("<uuid:id>/<int:container_no>/", container, name="inbound_plan_container"),
]
