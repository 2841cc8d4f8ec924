# SPDX-License-Identifier: Apache-2.0
"""Containers at a site: what is in each, the record that customs asks for, sealed and let go."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms as fields
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.consolidating import bills, lists
from entrepot.consolidating import containers as acts
from entrepot.consolidating.models import Container
from entrepot.consolidating.rules import CONTAINER_STATES
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.inbound import parts
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pieces import COLUMNS as PIECE_COLUMNS
from entrepot.pages.inbound.pieces import piece_at
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.web.fields import CODE

_PARTS: Final = ("in_it", "record", "bills")
#: What a container in a state may go through next.
_NEXT: Final = {"sealed": "load", "loaded": "gate_out", "gate_out": "depart"}


class ContainerFilters(forms.Filters):
    number = forms.text(20)
    state = forms.states("container", CONTAINER_STATES)
    site = forms.text(40)


class ContainerForm(forms.DeskForm):
    container_no = fields.RegexField(r"^[^\s\x00-\x1f\x7f]+$", max_length=20)
    site = fields.RegexField(r"^[^\s\x00-\x1f\x7f]+$", max_length=40)


class SealForm(forms.DeskForm):
    seal_no = fields.RegexField(r"^[^\s\x00-\x1f\x7f]+$", max_length=40)


@page(READ)
def containers(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Containers, the latest first, with what is in them."""
    say = words(parts.SECTION)
    filters = ContainerFilters(request.GET, say=say)
    columns = (
        Column("container_no", "code", of=lambda row: row["number"],
               to=lambda row: reverse("pages:inbound_container", args=[row["id"]])),
        Column("state", "state", states="container"),
        Column("site", "code"),
        Column("seal_no", "code"),
        Column("pieces", "number"),
        Column("weight_g", "number"),
        Column("volume_cm3", "number"),
        Column("sealed_at", "moment"),
        Column("departed_at", "moment"),
    )  # fmt: skip
    found = lists.containers(**filters.given())
    more = parts.empty(say, "containers")
    table = Table("containers", columns, found, filters=filters, more=more)
    return parts.part(
        request, access, table, "pages/inbound/containers.html",
        tabs=parts.tabs("inbound_containers"), heading=say["titles"]["containers"],
        about=say["abouts"]["containers"],
    )  # fmt: skip


@page(READ)
def container(
    request: HttpRequest, access: Access, id: UUID, part: str = _PARTS[0]
) -> HttpResponseBase:
    """A container: what is in it, or its record, step by step."""
    if part not in _PARTS:
        raise Http404
    found, say = Container.objects.get(id=id), words(parts.SECTION)
    return parts.part(
        request, access, _TABLES[part](id),
        "pages/inbound/container.html", container=found, next=_NEXT.get(found.state, ""),
        heading=say["container"].format(number=found.number), about=say["abouts"]["container"],
        tabs=parts.tabs_of("pages:inbound_container", id, part, *_PARTS),
    )  # fmt: skip


def _in_it(id: UUID) -> Table:
    columns = [each for each in PIECE_COLUMNS if each.name != "container_no"]
    more = parts.empty(words(parts.SECTION), "in_it")
    return Table("in-container", columns, lists.pieces(container=id), more=more)


def _record(id: UUID) -> Table:
    columns = (
        Column("mark", "code", to=piece_at),
        Column("declaration_no", "code"),
        Column("weight_g", "number"),
        Column("volume_cm3", "number"),
        Column("inspection", "state", states="piece_event"),
        *(Column(f"{event}_at", "moment") for event in lists.RECORDED),
    )
    more = parts.empty(words(parts.SECTION), "in_it")
    return Table("loading-record", columns, lists.record(id), more=more)


def _bills(id: UUID) -> Table:
    found, say = bills.master_of(id), words(parts.SECTION)
    at = f"/api/v1/loading-containers/{id}/bills/pdf"
    rows: list[dict[str, Any]] = [
        {"owner": each.owner, "bill_no": each.bill_no, "pieces": len(each.pieces),
         "weight_g": each.weight_g, "volume_cm3": each.volume_cm3,
         "to": f"{at}?{urlencode({'owner': each.owner})}" if each.owner else ""}
        for each in found.houses
    ]  # fmt: skip
    if rows:
        rows.insert(0, {
            "owner": say["master"], "bill_no": found.bill_no, "pieces": found.pieces,
            "weight_g": found.weight_g, "volume_cm3": found.volume_cm3, "to": at,
        })  # fmt: skip
    columns = (
        Column("owner", to=lambda row: row["to"]),
        Column("bill_no", "code"),
        Column("pieces", "number"),
        Column("weight_g", "number"),
        Column("volume_cm3", "number"),
    )
    return Table("bills", columns, rows, more=parts.empty(say, "bills"))


_TABLES: Final = {"in_it": _in_it, "record": _record, "bills": _bills}


@form(WRITE)
def name_bill(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Give the number of the master document, or of an owner's house document."""
    say, found = words(parts.SECTION), bills.master_of(id)

    class BillForm(forms.DeskForm):
        owner = fields.ChoiceField(
            required=False,
            choices=[("", say["master"]), *((e.owner, e.owner) for e in found.houses if e.owner)],
        )
        bill_no = fields.RegexField(CODE, max_length=37)

    given = BillForm(request.POST or None, say=say)
    if given.is_valid():
        bills.name(id, given.cleaned_data["bill_no"], given.cleaned_data["owner"])
        parts.said(request, "name_bill")
        return redirect("pages:inbound_container", id, "bills")
    return show(
        request, access, parts.SECTION, "pages/form.html", form=given,
        heading=say["titles"]["name_bill"], about=say["abouts"]["name_bill"],
        back=reverse("pages:inbound_container", args=[id, "bills"]),
        status=422 if given.errors else 200,
    )  # fmt: skip


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponse:
    """Open a container at a site."""
    return _asked(
        request, access, ContainerForm,
        lambda given: acts.open_container(given["container_no"], given["site"]), "open_container",
        reverse("pages:inbound_containers"),
    )  # fmt: skip


@form(WRITE)
def seal(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Close a container with a seal."""
    Container.objects.only("id").get(id=id)
    return _asked(
        request, access, SealForm, lambda given: acts.seal(id, given["seal_no"]), "seal",
        reverse("pages:inbound_container", args=[id]),
    )  # fmt: skip


def _asked(
    request: HttpRequest, access: Access, kind: Any, act: Any, name: str, back: str
) -> HttpResponse:
    """A form, and what it does; a refusal is said above its fields."""
    say = words(parts.SECTION)
    given = kind(request.POST or None, say=say)
    if given.is_valid():
        try:
            with transaction.atomic():
                done = act(given.cleaned_data)
        except EntrepotError as error:
            given.refuse(error)
        else:
            parts.said(request, name, number=done.number)
            return redirect("pages:inbound_container", done.id)
    return show(
        request, access, parts.SECTION, "pages/form.html", form=given,
        heading=say["titles"][name], about=say["abouts"][name], submit=say[name], back=back,
        status=422 if given.errors else 200,
    )  # fmt: skip


def _button(name: str, act: Any) -> Any:
    @action(WRITE, "/inbound/loading/")
    def done(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
        found = act(id)
        parts.said(request, name, number=found.number)
        return redirect("pages:inbound_container", id)

    return done


urlpatterns = [
    path("", containers, name="inbound_containers"),
    path("new/", new, name="inbound_container_new"),
    path("<uuid:id>/", container, name="inbound_container"),
    path("<uuid:id>/seal/", seal, name="inbound_container_seal"),
    path("<uuid:id>/number/", name_bill, name="inbound_container_number"),
    path("<uuid:id>/load/", _button("load", acts.load), name="inbound_container_load"),
    path("<uuid:id>/gate-out/", _button("gate_out", acts.gate_out),
         name="inbound_container_gate_out"),
    path("<uuid:id>/depart/", _button("depart", acts.depart), name="inbound_container_depart"),
    path("<uuid:id>/<slug:part>/", container, name="inbound_container"),
]  # fmt: skip
