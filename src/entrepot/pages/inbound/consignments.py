# SPDX-License-Identifier: Apache-2.0
"""Consignments: what is sent from one warehouse to another, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse

from entrepot.logistics import lists
from entrepot.logistics.models import (
    ARRIVED,
    DISPATCHED,
    DRAFT,
    STATES,
    Consignment,
    ConsignmentLine,
)
from entrepot.pages import forms
from entrepot.pages.frame import page, show
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.parts import READ
from entrepot.pages.places import code_of, movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access

_PARTS: Final = ("lines", "differences", "scans", "received", "claims")
_MOST_LINES: Final = 10_000


class ConsignmentFilters(forms.Filters):
    number = forms.text(40)
    state = forms.states("consignment", STATES)
    warehouse = fields.ChoiceField(choices=lambda: parts.any_warehouse())
    sku = forms.text(64)


class ExpectedFilters(forms.Filters):
    warehouse = fields.ChoiceField(choices=lambda: parts.any_warehouse())
    sku = forms.text(64)


def consignment_at(row: Any) -> str:
    return reverse("pages:inbound_consignment", args=[row["id"]])


COLUMNS: Final = (
    Column("number", "code", to=consignment_at),
    Column("state", "state", states="consignment"),
    Column("from_place", "code", of=lambda row: code_of(row["from_place"])),
    Column("to_place", "code", of=lambda row: code_of(row["to_place"])),
    Column("expected_on", "day"),
    Column("received_part", "progress", of=lambda row: (row["received"], row["units"])),
    Column("carrier", "code"),
    Column("container_no", "code"),
)
#: What has to be done, and which consignments that are.
_TO_DO: Final = {
    "draft": ("state = 'draft'", ("-id",)),
    "dispatched": ("state = 'dispatched'", ("-id",)),
    "late": ("state IN ('dispatched', 'arrived') AND expected_on < %(today)s", ("-id",)),
    "arrived": ("state = 'arrived'", ("-id",)),
}
_BETWEEN: Final = (
    "from_place >= 'warehouse/' AND from_place < 'warehouse0'"
    " AND to_place >= 'warehouse/' AND to_place < 'warehouse0'"
)


@page(READ)
def consignments(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Consignments: by what has to be done with them, or all of them, the latest first."""
    say = words(parts.SECTION)
    filters = ConsignmentFilters(request.GET, say=say)
    to_do = request.GET.get("todo", "")
    if to_do in _TO_DO and not filters.given():
        condition, by = _TO_DO[to_do]
        rows = asking.consignments_where(condition, *by, today=parts.today())
    else:
        rows = asking.with_sums(lists.consignments(**filters.given()), "consignment")
    more = parts.empty(say, "consignments")
    table = Table("consignments", COLUMNS, rows, filters=filters, more=more)
    waits = asking.waits(parts.today())
    return parts.part(
        request, access, table, "pages/inbound/consignments.html", tabs=parts.tabs("inbound"),
        cards=_cards(waits, to_do),
    )  # fmt: skip


def _cards(waits: Mapping[str, int], here: str) -> list[dict[str, Any]]:
    """What waits, each with the list of it."""
    say, at = words(parts.SECTION)["waits"], reverse("pages:inbound")
    to = {
        **{name: f"{at}?todo={name}" for name in _TO_DO},
        "questions": reverse("pages:inbound_receiving"),
        "claims": f"{reverse('pages:inbound_claims')}?state=open",
    }
    warns = ("late", "questions")
    return [
        {
            "title": say[name],
            "count": f"{count:,}" if count < asking.MOST_COUNTED else f"{count:,}+",
            "url": to[name],
            "is_here": name == here,
            "is_warn": name in warns and count > 0,
        }
        for name in ("draft", "dispatched", "late", "arrived", "questions", "claims")
        for count in [waits[name]]
    ]


@page(READ)
def transfers(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Consignments between warehouses overseas, with what of them is on its way."""
    say = words(parts.SECTION)
    columns = (*COLUMNS[:6], Column("open", "number", to=_on_the_way), *COLUMNS[6:7])
    rows = asking.consignments_where(_BETWEEN, "-id")
    table = Table("transfers", columns, rows, more=parts.empty(say, "transfers"))
    return parts.part(
        request, access, table, "pages/inbound/transfers.html",
        tabs=parts.tabs("inbound_transfers"), heading=say["titles"]["transfers"],
        about=say["abouts"]["transfers"],
    )  # fmt: skip


def _on_the_way(row: Any) -> str:
    return movements(place=f"voyage/{row['number']}")


@page(READ)
def expected(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What is on its way to a warehouse, by SKU."""
    say = words(parts.SECTION)
    filters = ExpectedFilters(request.GET, say=say)
    given = filters.given()
    columns = (
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("quantity", "number", to=_on_the_way),
        Column("expected_on", "day"),
        Column("consignment", "code", of=lambda row: row["number"],
               to=lambda row: reverse("pages:inbound_consignment", args=[row["consignment"]])),
        Column("from_place", "code", of=lambda row: code_of(row["from_place"])),
    )  # fmt: skip
    rows: Any = []
    if given.get("warehouse"):
        rows = asking.listed(lists.expected_list(given["warehouse"], given.get("sku", "")))
    more = parts.empty(say, "expected" if given.get("warehouse") else "choose_warehouse")
    table = Table("expected", columns, rows, filters=filters, more={**more, "is_filtered": False})
    return parts.part(
        request, access, table, "pages/list.html", tabs=parts.tabs("inbound_expected"),
        heading=say["titles"]["expected"], about=say["abouts"]["expected"],
    )  # fmt: skip


@page(READ)
def consignment(
    request: HttpRequest, access: Access, id: UUID, part: str = "lines"
) -> HttpResponseBase:
    """A consignment: its way so far, its lines, and how what came differs from what was sent."""
    found = Consignment.objects.select_related("document").get(id=id)
    if part not in _PARTS:
        raise Http404
    sums = asking.totals("consignment", id)
    return parts.part(
        request, access, _TABLES[part](found), "pages/inbound/consignment.html",
        consignment=found, sums=sums, voyage=f"voyage/{found.number}",
        timeline=_timeline(found), from_code=code_of(found.from_place),
        to_code=code_of(found.to_place), percent=parts.percent_of(
            sums["received"], sums["units"]),
        is_on_its_way=found.state in (DISPATCHED, ARRIVED),
        about=words(parts.SECTION)["abouts"]["consignment"],
        heading=words(parts.SECTION)["consignment"].format(number=found.number),
        tabs=parts.tabs_of("pages:inbound_consignment", id, part, *_PARTS),
    )  # fmt: skip


def _timeline(found: Consignment) -> list[dict[str, Any]]:
    """Made, dispatched, expected, first scan, closed: which of it was, and when."""
    say = words(parts.SECTION)["timeline"]
    scanned = asking.first_scan(found.id) if found.state != DRAFT else None
    days = {
        "made": found.created_at, "dispatched": found.dispatched_on,
        "expected": found.expected_on, "scanned": scanned, "closed": found.closed_on,
    }  # fmt: skip
    late = found.expected_on and found.expected_on < parts.today()
    waits = found.state in (DISPATCHED, ARRIVED)
    return [
        {
            "title": say[name],
            "day": when,
            "is_moment": name in ("made", "scanned"),
            "is_done": (scanned if name == "expected" else when) is not None,
            "is_late": name == "expected" and bool(late) and waits,
        }
        for name, when in days.items()
    ]  # fmt: skip


def _lines(found: Consignment) -> Table:
    columns = (
        Column("line_no", "number"),
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("lot", "code"),
        Column("quantity", "number"),
        Column("received", "number"),
        Column("damaged", "number"),
        Column("short", "number"),
        Column("open", "number",
               to=lambda row: movements(item=row["sku"], place=f"voyage/{found.number}")),
        Column("declaration_no", "code", to=_declaration_of),
        Column("item_no", "number"),
        Column("from_place", "code"),
    )  # fmt: skip
    rows = asking.listed(lists.consignment_lines(found.id))
    return Table("lines", columns, rows, more=parts.empty(words(parts.SECTION), "no_lines"))


def _declaration_of(row: Any) -> str:
    number = row["declaration_no"]
    return f"{reverse('pages:inbound_declarations')}?declaration_no={number}" if number else ""


def _differences(found: Consignment) -> Table:
    columns = (
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("expected", "number"),
        Column("good", "number"),
        Column("damaged", "number"),
        Column("over", "number"),
        Column("not_expected", "number"),
        Column("short", "number"),
        Column("open", "number"),
    )
    rows = asking.listed(lists.discrepancies(found.id, only_different=True))
    more = parts.empty(words(parts.SECTION), "differences")
    return Table("differences", columns, rows, more=more)


def _scans(found: Consignment) -> Table:
    from_scan = lambda row: reverse("pages:inbound_scan", args=[row["id"]])  # noqa: E731
    columns = (
        Column("barcode", "code", to=from_scan, of=_barcode),
        Column("state", "state", states="arrival"),
        Column("outcome", "state", states="arrival_outcome"),
        Column("sku", "code"),
        Column("units", "number"),
        Column("over", "number"),
        Column("condition", "state", states="condition"),
        Column("lot", "code"),
        Column("created_at", "moment"),
    )
    rows = asking.listed(lists.scans(found.id))
    return Table("scans", columns, rows, more=parts.empty(words(parts.SECTION), "scans"))


def _barcode(row: Any) -> str:
    return str(row["barcode"] or words(parts.SECTION)["in_whole"])


def _received(found: Consignment) -> Table:
    columns = (
        Column("receipt_no", "code",
               to=lambda row: movements(document=row["document"])),
        Column("received_on", "day"),
        Column("sku", "code"),
        Column("lot", "code"),
        Column("quantity", "number", to=lambda row: movements(document=row["document"])),
        Column("condition", "state", states="condition"),
        Column("is_over", "yes"),
        Column("declaration_no", "code", to=_declaration_of),
        Column("item_no", "number"),
    )  # fmt: skip
    rows = asking.listed(lists.receipt_lines(consignment=found.id))
    return Table("received", columns, rows, more=parts.empty(words(parts.SECTION), "received"))


def _claims(found: Consignment) -> Table:
    columns = (
        Column("sku", "code", to=lambda row: reverse("pages:inbound_claim", args=[row["id"]])),
        Column("kind", "state", states="claim_kind"),
        Column("quantity", "number"),
        Column("state", "state", states="claim"),
        Column("value", "money"),
        Column("deadline_on", "day"),
    )
    rows = asking.listed(lists.claims(consignment=found.id))
    return Table("claims", columns, rows, more=parts.empty(words(parts.SECTION), "no_claims"))


_TABLES: Final = {
    "lines": _lines, "differences": _differences, "scans": _scans, "received": _received,
    "claims": _claims,
}  # fmt: skip


@page(READ)
def announcement(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """What the warehouse may expect, as a list to print."""
    found = Consignment.objects.get(id=id)
    lines = ConsignmentLine.objects.filter(consignment=found).order_by("line_no")[:_MOST_LINES]
    return show(
        request, access, parts.SECTION, "pages/inbound/announcement.html", consignment=found,
        sums=asking.totals("consignment", id), lines=lines,
        from_code=code_of(found.from_place), to_code=code_of(found.to_place),
        heading=words(parts.SECTION)["announcement"].format(number=found.number),
        about=words(parts.SECTION)["abouts"]["announcement"],
    )  # fmt: skip


urlpatterns = [
    path("", consignments, name="inbound"),
    path("transfers/", transfers, name="inbound_transfers"),
    path("expected/", expected, name="inbound_expected"),
    path("consignments/<uuid:id>/", consignment, name="inbound_consignment"),
    path("consignments/<uuid:id>/list/", announcement, name="inbound_consignment_list"),
    path("consignments/<uuid:id>/<slug:part>/", consignment, name="inbound_consignment"),
]
