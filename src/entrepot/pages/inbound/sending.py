# SPDX-License-Identifier: Apache-2.0
"""What is done with consignments: written, changed, dispatched, closed, and each taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.ledger import lists as book
from entrepot.ledger.models import Document, Movement
from entrepot.logistics import closing, consigning, dispatching
from entrepot.logistics.api.shapes import (
    MOST_UNITS,
    BinName,
    ConsignmentNo,
    DeclarationNo,
    Lot,
    Sku,
)
from entrepot.logistics.closing import SHORTAGE, FoundAgain
from entrepot.logistics.consigning import NewConsignment, Says, Sent
from entrepot.logistics.dispatching import numbered
from entrepot.logistics.models import (
    Claim,
    Consignment,
    ConsignmentLine,
    Declaration,
    DeclarationLine,
)
from entrepot.pages import forms
from entrepot.pages.frame import action, form, show
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.bulk import Bulk, TableForm, answer
from entrepot.pages.inbound.parts import WRITE
from entrepot.pages.inbound.pasting import Field, Row, Wrong, shape, whole
from entrepot.pages.table import Column, Table, shown_table
from entrepot.pages.wording import words
from entrepot.people.access import Access

_MOST_LINES: Final = 10_000
#: Lines that a consignment is begun with from what lies in a warehouse.
_MOST_STOCK: Final = 500
#: What of a closing a page shows.
_MOST_SHOWN: Final = 500
_SAYS: Final = tuple(each.name for each in fields_of(Says))
_NAMES: Final = ("sku", "quantity", "lot", "from_bin", "declaration_no", "item_no")
LINES: Final = (
    Field("line_no", whole(0, 2**31 - 1), blank=None),
    Field("sku", shape(Sku, "code"), must=True),
    Field("quantity", whole(1, MOST_UNITS), must=True, blank=None),
    Field("lot", shape(Lot, "line")),
    Field("from_bin", shape(BinName, "bin")),
    Field("declaration_no", shape(DeclarationNo, "declaration_no")),
    Field("item_no", whole(0, 2**31 - 1), blank=None),
)
FOUND: Final = (
    Field("line_no", whole(0, 2**31 - 1), must=True, blank=None),
    Field("quantity", whole(0, MOST_UNITS), must=True, blank=None),
)
_number = shape(ConsignmentNo, "consignment_no")


class SaysForm(forms.DeskForm):
    """What is known of a consignment besides its lines: all of it may be said later."""

    carrier = fields.ChoiceField(choices=parts.partners, required=False)
    vessel = fields.CharField(max_length=80, required=False)
    container_no = fields.CharField(max_length=20, required=False)
    tracking = fields.CharField(max_length=80, required=False)
    incoterm = fields.CharField(max_length=40, required=False)
    expected_on = forms.day(required=False)
    note = fields.CharField(max_length=500, required=False)


class ConsignmentForm(SaysForm, TableForm):
    """A consignment with its lines."""

    number = fields.CharField(max_length=40)
    from_warehouse = fields.ChoiceField(choices=parts.warehouses)
    to_warehouse = fields.ChoiceField(choices=parts.warehouses)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.order_fields(["number", "from_warehouse", "to_warehouse", *_SAYS, "text", "file"])

    def clean_number(self) -> str:
        """The number, which names a place of the book."""
        try:
            return str(_number(self.cleaned_data["number"]))
        except Wrong as wrong:
            expected = words(parts.SECTION)["expected"][wrong.word]
            raise fields.ValidationError(str(expected)) from wrong


class DayForm(forms.DeskForm):
    """The day on which it happened; without one, today at the warehouse."""

    on = forms.day(required=False)


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponse:
    """Write a consignment: from nothing, from a declaration, or from what lies in a warehouse."""
    say = words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> Any:
        says = Says(**{name: given[name] for name in _SAYS})
        route = {name: given[name] for name in ("number", "from_warehouse", "to_warehouse")}
        return consigning.create(NewConsignment(lines=_sent(rows), says=says, **route))

    start, begun = _begun(request) if request.method != "POST" else ([], {})
    homes, abroad = parts.warehouses("home"), parts.warehouses("overseas")
    initial = {
        "from_warehouse": homes[0][0] if homes else "",
        "to_warehouse": abroad[0][0] if abroad else "",
        **begun,
    }
    return answer(
        request, access,
        Bulk(LINES, take, lambda taken: (
            parts.done("written", number=taken.number),
            reverse("pages:inbound_consignment", args=[taken.id])),
            start, ConsignmentForm, initial),
        heading=say["titles"]["new_consignment"], about=say["abouts"]["new_consignment"],
        back=reverse("pages:inbound"), stocks=[*homes, *abroad],
    )  # fmt: skip


def _begun(request: HttpRequest) -> tuple[list[tuple[object, ...]], dict[str, Any]]:
    """The lines a new consignment begins with, as the address asks."""
    if number := request.GET.get("declaration", ""):
        found = Declaration.objects.filter(declaration_no=number).first()
        lines = DeclarationLine.objects.filter(declaration=found).order_by("item_no", "sku")
        unsent = [line for line in lines[:_MOST_LINES] if line.quantity > line.sent]
        to = next((line.warehouse for line in unsent if line.warehouse), "")
        return [
            (at, line.sku, line.quantity - line.sent, "", "", number, line.item_no)
            for at, line in parts.each(unsent)
        ], {"to_warehouse": to}
    source = request.GET.get("stock", "")
    place = next((f"{root}/{source}" for root, kind in (("home", "home"), ("warehouse", "overseas"))
                  if source in dict(parts.warehouses(kind))), "")  # fmt: skip
    if not place:
        return [], {}
    balances = asking.listed(book.balances(place, request.GET.get("sku", "")[:64]))
    rows = Table("stock", (), balances, limit=_MOST_STOCK).page("")["items"]
    free = [(row, row["quantity"] - row["reserved"]) for row in rows if _is_free(row, place)]
    return [
        (at, row["item"], units, row["lot"], row["place"][len(place) + 1 :], "", None)
        for at, (row, units) in parts.each(free)
    ], {"from_warehouse": source}


def _is_free(row: Mapping[str, Any], place: str) -> bool:
    """Whether units lie in the warehouse itself or in a bin of it, unreserved."""
    inside = row["place"] == place or row["place"].startswith(f"{place}/")
    return inside and "/@" not in row["place"] and row["quantity"] > row["reserved"]


def _sent(rows: Sequence[Row]) -> list[Sent]:
    """Lines as they are written; without numbers, they are counted from 1."""
    return [
        Sent(
            at if row["line_no"] is None else row["line_no"],
            **{name: row[name] for name in _NAMES},
        )
        for at, row in parts.each(rows)
    ]


@form(WRITE)
def lines(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Change the lines of a draft: it has those of the table, and no others."""
    found, say = Consignment.objects.get(id=id), words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> None:
        consigning.put_lines(id, _sent(rows), replaces_all=True)

    its = ConsignmentLine.objects.filter(consignment=found).order_by("line_no")
    start = [
        (line.line_no, line.sku, line.quantity, line.lot,
         line.from_place[len(found.from_place) + 1 :], line.declaration_no, line.item_no)
        for line in its[:_MOST_LINES]
    ]  # fmt: skip
    at = reverse("pages:inbound_consignment", args=[id])
    return answer(
        request, access, Bulk(LINES, take, lambda _: (parts.done("lines_written"), at), start),
        heading=say["titles"]["lines"].format(number=found.number), about=say["abouts"]["lines"],
        back=at,
    )  # fmt: skip


@form(WRITE)
def change(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Change what is known of a consignment."""
    found, say = Consignment.objects.get(id=id), words(parts.SECTION)
    asked = SaysForm(
        request.POST or None, initial={name: getattr(found, name) for name in _SAYS}, say=say
    )
    if request.method == "POST" and asked.is_valid():
        try:
            with transaction.atomic():
                consigning.change(id, **asked.cleaned_data)
            parts.said(request, "changed")
            return redirect("pages:inbound_consignment", id)
        except EntrepotError as error:
            asked.refuse(error)
    return show(
        request, access, parts.SECTION, "pages/form.html", form=asked,
        heading=say["titles"]["change"].format(number=found.number),
        about=say["abouts"]["change"], back=reverse("pages:inbound_consignment", args=[id]),
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


@action(WRITE, "/inbound/")
def dispatch(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Send a draft on its way."""
    asked = DayForm(request.POST, say=words(parts.SECTION))
    dispatching.dispatch(id, asked.cleaned_data["on"] if asked.is_valid() else None)
    parts.said(request, "dispatched")
    return redirect("pages:inbound_consignment", id)


@action(WRITE, "/inbound/")
def undo_dispatch(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Bring a consignment back of which nothing was received."""
    if note := parts.reason(request):
        dispatching.undo_dispatch(id, note)
        parts.said(request, "dispatch_undone")
    return redirect("pages:inbound_consignment", id)


@action(WRITE, "/inbound/")
def cancel(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Give a draft up."""
    consigning.cancel(id)
    parts.said(request, "cancelled")
    return redirect("pages:inbound_consignment", id)


@form(WRITE)
def close(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Close a consignment, having seen exactly what is booked and claimed for it."""
    found, say = Consignment.objects.get(id=id), words(parts.SECTION)
    asked = DayForm(request.POST or None, say=say)
    will: dict[str, Any] = {}
    day = asked.cleaned_data["on"] if request.method == "POST" and asked.is_valid() else None
    try:
        with transaction.atomic():
            closed = closing.close(id, day)
            if request.method == "POST" and asked.is_valid():
                parts.said(request, "closed", number=found.number)
                return redirect("pages:inbound_consignment", id, "differences")
            will = _booked(request, closed)
            # It was done to show what it does.
            transaction.set_rollback(True)
    except EntrepotError as error:
        asked.is_bound = True
        asked.full_clean()
        asked.refuse(error)
        status = 409 if request.method == "POST" else 200
        return _closing(request, access, found, asked, status=status)
    return _closing(request, access, found, asked, **will)


def _closing(
    request: HttpRequest, access: Access, found: Consignment, asked: DayForm, **context: Any
) -> HttpResponse:
    say = words(parts.SECTION)
    return show(
        request, access, parts.SECTION, "pages/inbound/close.html", consignment=found, form=asked,
        heading=say["titles"]["close"].format(number=found.number), about=say["abouts"]["close"],
        back=reverse("pages:inbound_consignment", args=[found.id]), **context,
    )  # fmt: skip


def _booked(request: HttpRequest, closed: Consignment) -> dict[str, Any]:
    """What closing writes: movements of one document, and claims on the carrier."""
    number = numbered(closed.number, closed.closings)
    document = Document.objects.filter(kind=SHORTAGE, number=number).first()
    moved = [
        {"sku": row.item, "lot": row.lot, "quantity": row.quantity,
         "from_place": row.from_place, "to_place": row.to_place}
        for row in Movement.objects.filter(document_id=document.id).order_by("line")[:_MOST_SHOWN]
    ] if document else []  # fmt: skip
    claims = Claim.objects.filter(consignment=closed).order_by("line_no", "kind")
    movement_columns = (
        Column("sku", "code"), Column("lot", "code"), Column("quantity", "number"),
        Column("from_place", "code"), Column("to_place", "code"),
    )  # fmt: skip
    claim_columns = (
        Column("line_no", "number"), Column("sku", "code"),
        Column("kind", "state", states="claim_kind"), Column("quantity", "number"),
        Column("value", "money"), Column("carrier", "code"), Column("deadline_on", "day"),
    )  # fmt: skip
    plain: dict[str, Any] = {"exports": {}}
    differences = [
        row for row in asking.differences(closed.id) if row["over"] or row["not_expected"]
    ]
    over_columns = (
        Column("sku", "code"), Column("expected", "number"), Column("good", "number"),
        Column("damaged", "number"), Column("over", "number"),
    )  # fmt: skip

    def told(name: str, columns: Any, rows: Any) -> dict[str, Any] | None:
        table = Table(name, columns, rows, more=plain)
        return shown_table(request, table, parts.SECTION) if rows else None

    return {
        "document_no": number,
        "moves": told("movements", movement_columns, moved),
        "claims": told("claims", claim_columns, list(claims[:_MOST_SHOWN])),
        "overs": told("over", over_columns, differences[:_MOST_SHOWN]),
    }


@form(WRITE)
def reopen(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Open a closed consignment again, with what arrived after all."""
    found, say = Consignment.objects.get(id=id), words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> None:
        arrived = [FoundAgain(row["line_no"], row["quantity"]) for row in rows if row["quantity"]]
        closing.reopen(id, arrived)

    short = ConsignmentLine.objects.filter(consignment=found, short__gt=0).order_by("line_no")
    at = reverse("pages:inbound_consignment", args=[id])
    return answer(
        request, access,
        Bulk(FOUND, take, lambda _: (parts.done("reopened"), at),
             [(line.line_no, line.short) for line in short[:_MOST_LINES]],
             may_be_empty=True, submit=say["reopen"]),
        heading=say["titles"]["reopen"].format(number=found.number), about=say["abouts"]["reopen"],
        back=at,
    )  # fmt: skip


urlpatterns = [
    path("new/", new, name="inbound_consignment_new"),
    path("<uuid:id>/lines/change/", lines, name="inbound_consignment_lines"),
    path("<uuid:id>/change/", change, name="inbound_consignment_change"),
    path("<uuid:id>/dispatch", dispatch, name="inbound_consignment_dispatch"),
    path("<uuid:id>/undo-dispatch", undo_dispatch, name="inbound_consignment_undo"),
    path("<uuid:id>/cancel", cancel, name="inbound_consignment_cancel"),
    path("<uuid:id>/close/", close, name="inbound_consignment_close"),
    path("<uuid:id>/reopen/", reopen, name="inbound_consignment_reopen"),
]
