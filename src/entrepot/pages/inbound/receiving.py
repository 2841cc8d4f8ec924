# SPDX-License-Identifier: Apache-2.0
"""Receiving: what was scanned, questions that unknown barcodes leave, and taking receipts back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.logistics import lists, receipts
from entrepot.logistics.models import (
    CLOSED,
    RECEIVED,
    SCANS,
    UNKNOWN,
    Consignment,
    ConsignmentLine,
    Scan,
)
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.places import code_of, movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access

#: SKUs that are offered for a barcode that is not known.
_MOST_OFFERED: Final = 200


class ScanFilters(forms.Filters):
    number = forms.text(64)
    state = forms.states("arrival", SCANS)


class ReceiptFilters(forms.Filters):
    receipt_no = forms.text(64)
    sku = forms.text(64)
    warehouse = fields.ChoiceField(
        choices=lambda: parts.any_warehouse("overseas")
    )  # fmt: skip
    declaration_no = forms.text(18)


class ResolveForm(forms.DeskForm):
    sku = fields.CharField(
        max_length=64, widget=fields.TextInput(attrs={"list": "skus", "autocomplete": "off"})
    )


class WholeForm(forms.DeskForm):
    number = fields.CharField(max_length=64)


def scan_at(row: Any) -> str:
    return reverse("pages:inbound_scan", args=[row["id"]])


def consignment_of(row: Any) -> str:
    id = row.get("consignment_id") or row.get("consignment")
    return reverse("pages:inbound_consignment", args=[id]) if id else ""


def _sub(here: str) -> list[dict[str, Any]]:
    say = words(parts.SECTION)["receiving_tabs"]
    names = ("inbound_receiving", "inbound_scans", "inbound_receipts")
    return [
        {"title": say[name], "url": reverse(f"pages:{name}"), "is_here": name == here}
        for name in names
    ]


@page(READ)
def questions(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Barcodes that were not recognised, the oldest first, each to be settled."""
    say = words(parts.SECTION)
    columns = (
        Column("barcode", "code", to=scan_at),
        Column("quantity", "number"),
        Column("consignment_no", "code", to=consignment_of),
        Column("warehouse", "code", of=lambda row: code_of(row["place"])),
        Column("condition", "state", states="condition"),
        Column("lot", "code"),
        Column("created_at", "moment"),
    )
    rows = asking.with_consignment(lists.questions(), "consignment_id")
    table = Table("questions", columns, rows, more=parts.empty(say, "questions"))
    return parts.part(
        request, access, table, "pages/inbound/receiving.html",
        tabs=parts.tabs("inbound_receiving"), below=_sub("inbound_receiving"),
        heading=say["titles"]["questions"], about=say["abouts"]["questions"],
    )  # fmt: skip


@page(READ)
def scans(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Scans at the gates, the latest first."""
    say = words(parts.SECTION)
    filters = ScanFilters(request.GET, say=say)
    columns = (
        Column("barcode", "code", to=scan_at,
               of=lambda row: row["barcode"] or say["in_whole"]),
        Column("state", "state", states="arrival"),
        Column("outcome", "state", states="arrival_outcome"),
        Column("sku", "code"),
        Column("units", "number"),
        Column("over", "number"),
        Column("condition", "state", states="condition"),
        Column("consignment_no", "code", to=consignment_of),
        Column("warehouse", "code", of=lambda row: code_of(row["place"])),
        Column("created_at", "moment"),
    )  # fmt: skip
    rows = asking.with_consignment(lists.scans(**filters.given()), "consignment_id")
    table = Table("scans", columns, rows, filters=filters, more=parts.empty(say, "scans"))
    return parts.part(
        request, access, table, "pages/inbound/receiving.html",
        tabs=parts.tabs("inbound_receiving"), below=_sub("inbound_scans"),
        heading=say["titles"]["scans"], about=say["abouts"]["scans"],
    )  # fmt: skip


@page(READ)
def receipt_lines(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What was received, by receipt."""
    say = words(parts.SECTION)
    filters = ReceiptFilters(request.GET, say=say)
    columns = (
        Column("receipt_no", "code", to=lambda row: movements(document=row["document"])),
        Column("received_on", "day"),
        Column("warehouse", "code"),
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("lot", "code"),
        Column("quantity", "number", to=lambda row: movements(document=row["document"])),
        Column("condition", "state", states="condition"),
        Column("is_over", "yes"),
        Column("consignment_no", "code", to=consignment_of),
        Column("declaration_no", "code"),
        Column("item_no", "number"),
    )
    rows = asking.with_consignment(lists.receipt_lines(**filters.given()), "consignment")
    more = parts.empty(say, "received")
    table = Table("receipt-lines", columns, rows, filters=filters, more=more)
    return parts.part(
        request, access, table, "pages/inbound/receiving.html",
        tabs=parts.tabs("inbound_receiving"), below=_sub("inbound_receipts"),
        heading=say["titles"]["receipts"], about=say["abouts"]["receipts"],
    )  # fmt: skip


@form(READ)
def scan(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """A scan; of one that is an open question, say which SKU it was."""
    found, say = Scan.objects.get(id=id), words(parts.SECTION)
    asked = ResolveForm(request.POST or None, say=say)
    if request.method == "POST" and asked.is_valid():
        access.need(WRITE)
        try:
            with transaction.atomic():
                done = receipts.resolve(id, asked.cleaned_data["sku"])
            parts.said(request, "resolved", units=f"{done.units:,}", sku=done.sku)
            return redirect("pages:inbound_receiving")
        except EntrepotError as error:
            asked.refuse(error)
    consignment = found.consignment_id and Consignment.objects.get(id=found.consignment_id)
    return show(
        request, access, parts.SECTION, "pages/inbound/scan.html", scan=found, form=asked,
        consignment=consignment or None, skus=_offered(found), by=named([found.created_by]),
        warehouse=code_of(found.place), may_write=WRITE in access.scopes,
        is_question=found.state == UNKNOWN,
        may_undo=found.state == RECEIVED and not (consignment and consignment.state == CLOSED),
        heading=say["scan"].format(barcode=found.barcode or say["in_whole"]),
        about=say["abouts"]["scan"], status=422 if request.method == "POST" else 200,
    )  # fmt: skip


def _offered(found: Scan) -> list[str]:
    """SKUs that it may have been: those of its consignment, what is open of them first."""
    if found.state != UNKNOWN or not found.consignment_id:
        return []
    lines = ConsignmentLine.objects.filter(consignment_id=found.consignment_id)
    skus = lines.order_by("-open", "line_no").values_list("sku", flat=True)
    return list(dict.fromkeys(skus[:_MOST_OFFERED]))


@action(WRITE, "/inbound/receiving/")
def drop(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Say that an unknown barcode was of no goods of ours."""
    if note := parts.reason(request):
        receipts.drop(id, note)
        parts.said(request, "dropped")
        return redirect("pages:inbound_receiving")
    return redirect("pages:inbound_scan", id)


@action(WRITE, "/inbound/receiving/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a receipt back, as long as its goods lie at the gate."""
    if note := parts.reason(request):
        receipts.undo(id, note)
        parts.said(request, "taken_back")
    return redirect("pages:inbound_scan", id)


@form(WRITE)
def receive_whole(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take in everything that is open of a consignment, in good condition."""
    found, say = Consignment.objects.get(id=id), words(parts.SECTION)
    asked = WholeForm(request.POST or None, initial={"number": f"{found.number}-ALL"}, say=say)
    if request.method == "POST" and asked.is_valid():
        try:
            with transaction.atomic():
                receipts.receive_whole(id, asked.cleaned_data["number"])
            parts.said(request, "received_whole")
            return redirect("pages:inbound_consignment", id)
        except EntrepotError as error:
            asked.refuse(error)
    sums = asking.totals("consignment", id)
    return show(
        request, access, parts.SECTION, "pages/form.html", form=asked, submit=say["take_in"],
        heading=say["titles"]["receive_whole"].format(number=found.number),
        about=say["abouts"]["receive_whole"].format(units=f"{sums['open']:,}"),
        back=reverse("pages:inbound_consignment", args=[id]),
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


urlpatterns = [
    path("", questions, name="inbound_receiving"),
    path("scans/", scans, name="inbound_scans"),
    path("receipts/", receipt_lines, name="inbound_receipts"),
    path("scans/<uuid:id>/", scan, name="inbound_scan"),
    path("scans/<uuid:id>/drop", drop, name="inbound_scan_drop"),
    path("scans/<uuid:id>/undo", undo, name="inbound_scan_undo"),
    path("consignments/<uuid:id>/", receive_whole, name="inbound_consignment_receive"),
]
