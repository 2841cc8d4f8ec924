# SPDX-License-Identifier: Apache-2.0
"""Outbound: waves of orders that are picked together, and the parcels that leave."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from psycopg.rows import dict_row

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show, tabs
from entrepot.pages.places import bin_of, code_of, movements, warehouses
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.api import lists, papers_sql
from entrepot.warehouse.models import Allocation, Order, Parcel, Wave
from entrepot.warehouse.models.outbound import PACKED, SHIPPED
from entrepot.warehouse.outbound import waves as gathering
from entrepot.warehouse.outbound.changing import set_tracking
from entrepot.warehouse.outbound.packing import NewParcel, pack, unpack
from entrepot.warehouse.outbound.picking import pick_wave
from entrepot.warehouse.outbound.shipping import ship

READ, WRITE = "orders.read", "floor.write"
#: Orders of one wave, at most.
MOST_ORDERS = 1000
_PAGES = ("outbound", "outbound_parcels")


class WaveFilters(forms.Filters):
    warehouse = fields.ChoiceField(choices=warehouses)
    is_open = forms.flag()


class ParcelFilters(forms.Filters):
    number = forms.text()
    tracking = forms.text()
    state = forms.states("parcel", (PACKED, SHIPPED))
    warehouse = fields.ChoiceField(choices=warehouses)


class WaveForm(forms.DeskForm):
    warehouse = fields.ChoiceField(choices=lambda: list(warehouses(needs_one=True)))
    most = forms.quantity(most=MOST_ORDERS, initial=50)
    waiting_too = forms.flag()
    note = forms.text(200, required=False)


class TrackingForm(forms.DeskForm):
    carrier = forms.text(40, required=False)
    tracking = forms.text(80, required=False)


def _wave(row: Any) -> str:
    return reverse("pages:outbound_wave", args=[row["id"]])


def _name(row: Any) -> str:
    """What a product is called in the reader's language."""
    return str((language() == "zh" and row["name_zh"]) or row["name"])


def _parcel(row: Any) -> str:
    return reverse("pages:outbound_parcel", args=[row["id"]])


@page(READ)
def waves(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Waves, the latest first."""
    say = words("outbound")
    filters = WaveFilters(request.GET, say=say)
    given = filters.given()
    place = f"warehouse/{given['warehouse']}" if "warehouse" in given else ""
    columns = (
        Column("number", "code", to=_wave),
        Column("warehouse", "code", of=lambda row: code_of(row["warehouse"])),
        Column(
            "state", "state", states="wave", of=lambda row: "open" if row["is_open"] else "done"
        ),
        Column("note"),
        Column("created_at", "moment"),
    )
    table = Table("waves", columns, lists.waves(given.get("is_open"), place), filters=filters)
    return answer(
        request, access, "outbound", table, "pages/outbound.html",
        tabs=tabs(say, "outbound", *_PAGES), may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(WRITE)
def gather(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Make a wave of the orders that wait in a warehouse."""
    say = words("outbound")
    given = WaveForm(request.POST or None, say=say)
    if given.is_valid():
        asked = given.cleaned_data
        try:
            with transaction.atomic():
                made = gathering.gather(
                    asked["warehouse"], asked["most"], only_whole=not asked["waiting_too"],
                    note=asked["note"],
                )  # fmt: skip
        except EntrepotError as error:
            given.refuse(error)
        else:
            said = say["gathered"].format(number=made.number, orders=made.orders, units=made.units)
            messages.success(request, said)
            return redirect("pages:outbound_wave", made.id)
    return show(
        request, access, "outbound", "pages/form.html", form=given, heading=say["gather"],
        about=say["gather_about"], submit=say["gather"], back=reverse("pages:outbound"),
        status=409 if given.errors else 200,
    )  # fmt: skip


@page(READ)
def wave(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A wave: its walk along the bins, its orders, and what can be done next."""
    given = {"enterprise": acting().enterprise, "wave": id}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        found: Any = cursor.execute(lists.WAVE, given).fetchone()
        if found is None:
            raise Wave.DoesNotExist
        orders = cursor.execute(lists.ORDERS_OF_WAVE, given).fetchall()
    walk = Table(
        "walk",
        (
            Column("bin", "code", of=lambda row: bin_of(row["place"]),
                   to=lambda row: movements(place=row["place"])),
            Column("sku", "code", to=lambda row: movements(item=row["sku"])),
            Column("lot", "code"),
            Column("quantity", "number"),
            Column("picked", "number"),
            Column("orders", "number"),
        ),
        found["walk"],
        more={"empty": words("outbound")["has_left"]},
    )  # fmt: skip
    listed = Table(
        "orders",
        (
            Column("number", "code", to=lambda row: reverse("pages:orders_one", args=[row["id"]])),
            Column("channel"),
            Column("state", "state", states="order"),
            Column("country"),
            Column("promised_on", "day"),
            Column("units", "number"),
            Column("picked", "number"),
            Column("packed", "number"),
        ),
        orders,
        more={"empty": words("outbound")["has_left"]},
    )
    total = {name: sum(each[name] for each in orders) for name in ("units", "picked", "packed")}
    return answer_several(
        request, access, "outbound", [walk, listed], "pages/wave.html", wave=found, total=total,
        heading=say_number("wave", found["number"]), by=named([found["created_by"]]),
        may_write=WRITE in access.scopes,
        may_print="orders.personal" in access.scopes,
    )  # fmt: skip


@action(WRITE, "/outbound/")
def pick_all(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Pick everything of a wave that is not picked yet, without scanning."""
    Wave.objects.get(id=id)
    moved = pick_wave(id)
    units = sum(each.quantity for each in moved)
    messages.success(request, words("outbound")["picked_all"].format(units=units))
    return redirect("pages:outbound_wave", id)


@action(WRITE, "/outbound/")
def pack_all(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Pack a parcel for every order of a wave of which something is picked."""
    waiting = (
        Allocation.objects.filter(wave_id=id, parcel_id=None)
        .exclude(picked_from="")
        .values_list("order_id", flat=True)
    )
    packed = pack([NewParcel(order) for order in sorted(set(waiting))])
    messages.success(request, words("outbound")["packed_all"].format(count=len(packed)))
    return redirect("pages:outbound_wave", id)


@action(WRITE, "/outbound/")
def ship_all(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Hand over every packed parcel of a wave."""
    packed = Allocation.objects.filter(wave_id=id).values_list("parcel_id", flat=True)
    left = ship(sorted({parcel for parcel in packed if parcel is not None}))
    messages.success(request, words("outbound")["shipped_all"].format(count=len(left)))
    return redirect("pages:outbound_wave", id)


@action(WRITE, "/outbound/")
def dissolve(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a wave apart of which nothing was picked."""
    gathering.dissolve(id)
    messages.success(request, words("outbound")["dissolved"])
    return redirect("pages:outbound")


@page(READ)
def parcels(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Parcels: the latest first, or by number or tracking number."""
    say = words("outbound")
    filters = ParcelFilters(request.GET, say=say)
    given = filters.given()
    if "warehouse" in given:
        given["warehouse"] = f"warehouse/{given['warehouse']}"
    columns = (
        Column("number", "code", to=_parcel),
        Column("state", "state", states="parcel"),
        Column("order", "code", of=lambda row: say["open_order"],
               to=lambda row: reverse("pages:orders_one", args=[row["order"]])),
        Column("warehouse", "code", of=lambda row: code_of(row["warehouse"])),
        Column("carrier"),
        Column("tracking", "code"),
        Column("weight_g", "number"),
        Column("packed_at", "moment"),
        Column("shipped_on", "day"),
    )  # fmt: skip
    table = Table("parcels", columns, lists.parcels(**given), filters=filters)
    return answer(
        request, access, "outbound", table, "pages/list.html",
        tabs=tabs(say, "outbound_parcels", *_PAGES),
    )  # fmt: skip


@page(READ)
def parcel(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A parcel: what is in it, its papers, who carries it."""
    found = Parcel.objects.select_related(None).get(id=id)
    order = Order.objects.only("id", "channel", "number").get(id=found.order_id)
    given = {"enterprise": acting().enterprise, "parcel": id}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        contents = cursor.execute(papers_sql.CONTENTS.encode(), given).fetchall()
    columns = (
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("name", of=_name),
        Column("lot", "code"),
        Column("quantity", "number"),
    )
    say = words("outbound")
    return answer(
        request, access, "outbound", Table("contents", columns, contents), "pages/parcel.html",
        parcel=found, order=order, heading=say_number("parcel", found.number),
        by=named([found.packed_by, found.shipped_by]), is_packed=found.state == PACKED,
        tracking=TrackingForm(
            initial={"carrier": found.carrier, "tracking": found.tracking}, say=say
        ),
        may_write=WRITE in access.scopes, may_print="orders.personal" in access.scopes,
    )  # fmt: skip


@action(WRITE, "/outbound/parcels/")
def track(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Say who carries a parcel, and under which number."""
    given = TrackingForm(request.POST, say=words("outbound"))
    if given.is_valid():
        set_tracking(id, **given.cleaned_data)
        messages.success(request, words("outbound")["tracked"])
    else:
        messages.error(request, words("outbound")["not_tracked"])
    return redirect("pages:outbound_parcel", id)


@action(WRITE, "/outbound/parcels/")
def hand_over(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Hand a parcel over."""
    Parcel.objects.only("id").get(id=id)
    ship([id])
    messages.success(request, words("outbound")["shipped_all"].format(count=1))
    return redirect("pages:outbound_parcel", id)


@action(WRITE, "/outbound/parcels/")
def take_apart(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a parcel apart that has not left."""
    order = Parcel.objects.only("order_id").get(id=id).order_id
    unpack(id)
    messages.success(request, words("outbound")["unpacked"])
    return redirect("pages:orders_one", order)


def say_number(noun: str, number: str) -> str:
    """A heading such as "Wave W000012"."""
    return str(words("outbound")[noun].format(number=number))


urlpatterns = [
    path("", waves, name="outbound"),
    path("new/", gather, name="outbound_gather"),
    path("waves/<uuid:id>/", wave, name="outbound_wave"),
    path("waves/<uuid:id>/pick", pick_all, name="outbound_pick"),
    path("waves/<uuid:id>/pack", pack_all, name="outbound_pack"),
    path("waves/<uuid:id>/ship", ship_all, name="outbound_ship_wave"),
    path("waves/<uuid:id>/dissolve", dissolve, name="outbound_dissolve"),
    path("parcels/", parcels, name="outbound_parcels"),
    path("parcels/<uuid:id>/", parcel, name="outbound_parcel"),
    path("parcels/<uuid:id>/tracking", track, name="outbound_track"),
    path("parcels/<uuid:id>/ship", hand_over, name="outbound_ship"),
    path("parcels/<uuid:id>/unpack", take_apart, name="outbound_unpack"),
]
