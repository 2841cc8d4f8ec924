# SPDX-License-Identifier: Apache-2.0
"""Scan units out and home, scanner in hand; and the clocks of all that is abroad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.customs.returns import lists, scanning
from entrepot.customs.returns.api import WRITE as CASES
from entrepot.customs.returns.models import Case, Scan
from entrepot.customs.returns.scanning import ScanHome, ScanOut
from entrepot.customs.returns.states import HOME, PROVEN, SHARED
from entrepot.errors import EntrepotError
from entrepot.pages.frame import action, form, page, where_from
from entrepot.pages.inbound import home_forms, parts
from entrepot.pages.inbound.bulk import Bulk
from entrepot.pages.inbound.bulk import answer as answer_bulk
from entrepot.pages.inbound.home import SCANS
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import Row
from entrepot.pages.table import Column, Table, with_query
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.people.walled import new_id


@form(WRITE)
def home(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """Scan what came home: each number is proven, assumed or refused at once."""
    found, say = Case.objects.get(id=id), words(parts.SECTION)
    asked, told = home_forms.ScanForm(request.POST or None, say=say), None
    if asked.is_valid():
        told = _scan(id, asked)
        kept = {name: asked.cleaned_data[name] for name in ("unit_kind", "sku")}
        if told is not None:
            asked = home_forms.ScanForm(initial={"quantity": 1, **kept}, say=say)
    asked.initial.setdefault("number", str(new_id()))
    known: Counter[str] = Counter()
    for proof in scanning.proofs_of(id):
        known[proof.proof] += proof.quantity
    more = parts.empty(say, "units")
    table = Table("return-scans", SCANS, lists.scans(case=id), more=more, limit=20)
    return parts.part(
        request, access, table, "pages/inbound/return_scan.html", case=found, form=asked,
        told=told, known=dict(known), last=_last_of(id), status=422 if asked.errors else 200,
        heading=say["scan_home"].format(number=found.number), about=say["abouts"]["scan_home"],
    )  # fmt: skip


def _last_of(case: UUID) -> Scan | None:
    """The last scan of a case that counts: it is the one that is taken back most often."""
    undone = Scan.objects.filter(case_id=case, way=HOME).exclude(undoes="").values("undoes")
    held = Scan.objects.filter(case_id=case, outcome__in=(PROVEN, SHARED))
    return held.exclude(number__in=undone).order_by("-id").first()


def _scan(case: UUID, asked: home_forms.ScanForm) -> Scan | None:
    """What was found of a number; None where the form says what is wrong with it."""
    says = asked.cleaned_data
    scan = ScanHome(
        says["number"], says["identity"], says["unit_kind"], says["sku"], says["quantity"]
    )
    try:
        with transaction.atomic():
            return scanning.scan_home(case, [scan])[0]
    except EntrepotError as error:
        asked.refuse(error)
        return None


@page(READ)
def units(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Every number that was scanned, the latest first."""
    say = words(parts.SECTION)
    filters = home_forms.UnitFilters(request.GET, say=say)
    columns = (
        *SCANS[:6],
        Column("return_no", "code", of=lambda row: row["case_no"] or "", to=_case_at),
        *SCANS[6:],
    )
    found = lists.scans(**filters.given())
    more = parts.empty(say, "units")
    table = Table("unit-scans", columns, found, filters=filters, more=more)
    return parts.part(
        request, access, table, "pages/inbound/units.html", tabs=parts.tabs("inbound_units"),
        heading=say["titles"]["units"], about=say["abouts"]["units"],
    )  # fmt: skip


def _case_at(row: Any) -> str:
    return reverse("pages:inbound_return", args=[row["case_id"]]) if row["case_id"] else ""


@form(WRITE)
def out(request: HttpRequest, access: Access) -> HttpResponse:
    """Take numbers of units in that leave: scanned one under the other, pasted, or as a file."""
    say = words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
        said = [dict(row.values) for row in rows]
        return scanning.scan_out([
            ScanOut(number=each.pop("scan_no"), kind=each.pop("unit_kind"), **each)
            for each in said
        ])  # fmt: skip

    bulk = Bulk(
        home_forms.OUT, take,
        lambda new: (parts.done("units_out", count=new), reverse("pages:inbound_units")),
    )  # fmt: skip
    return answer_bulk(
        request, access, bulk, heading=say["titles"]["units_out"],
        about=say["abouts"]["units_out"], back=reverse("pages:inbound_units"),
    )  # fmt: skip


@action(WRITE, "/inbound/units/")
def undo(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Take a scan back by another."""
    number = request.POST.get("number", "")
    scanning.undo_scan(number, str(new_id()))
    parts.said(request, "unit_undone", number=number)
    return redirect(where_from(request, reverse("pages:inbound_units")))


@page(READ)
def clocks(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Declaration lines of which units are abroad, with both clocks and what is left of them."""
    say = words(parts.SECTION)
    filters = home_forms.ClockFilters(request.GET, say=say)
    found = lists.clocks(parts.today(), **filters.given())
    columns = (
        Column("declaration_no", "code", to=_draft_of if CASES in access.scopes else None),
        Column("item_no", "number"),
        Column("sku", "code"),
        Column("mode", "code"),
        Column("exported_on", "day"),
        Column("quantity", "number"),
        Column("in_cases", "number"),
        Column("home_units", "number", of=lambda row: row["home"]),
        Column("customs", "state", states="return_verdict"),
        Column("customs_until", "day"),
        Column("customs_days", "number"),
        Column("relief", "state", states="return_verdict"),
        Column("relief_until", "day"),
        Column("relief_days", "number"),
        Column("refunded", "money"),
        Column("why", of=lambda row: row[f"why_{language()}"]),
    )
    more = parts.empty(say, "clocks")
    table = Table("return-clocks", columns, found, filters=filters, more=more)
    cards = [
        {"title": say["due_within"].format(days=days), "url": with_query(request, within=days),
         "is_here": request.GET.get("within") == str(days)}
        for days in (30, 60, 90)
    ]  # fmt: skip
    return parts.part(
        request, access, table, "pages/inbound/clocks.html", tabs=parts.tabs("inbound_clocks"),
        cards=cards, heading=say["titles"]["clocks"], about=say["abouts"]["clocks"],
    )  # fmt: skip


def _draft_of(row: Any) -> str:
    """A draft that begins with what of the line is in no return yet."""
    place = f"warehouse/{row['warehouse']}" if row["warehouse"] else ""
    given = {
        "declaration_no": row["declaration_no"], "item_no": row["item_no"], "sku": row["sku"],
        "quantity": max(row["quantity"] - row["in_cases"], 1), "from_place": place,
    }  # fmt: skip
    return f"{reverse('pages:inbound_return_new')}?{urlencode(given)}"


urlpatterns = [
    path("clocks/", clocks, name="inbound_clocks"),
    path("units/", units, name="inbound_units"),
    path("units/out/", out, name="inbound_units_out"),
    path("units/undo/", undo, name="inbound_units_undo"),
    path("returns/<uuid:id>/scan/", home, name="inbound_return_scan"),
]
