# SPDX-License-Identifier: Apache-2.0
"""Export declarations: what left under which item, and whose invoices it was bought with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import date
from typing import Annotated, Any, Final, get_args
from uuid import UUID

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from pydantic import StringConstraints

from entrepot.catalog.forms import Fault
from entrepot.logistics import declaring, linking, lists
from entrepot.logistics.api.declarations import Mode
from entrepot.logistics.api.shapes import MOST_UNITS, DeclarationNo, Note, Number, Perhaps, Sku
from entrepot.logistics.declaring import Declared
from entrepot.logistics.linking import Linked
from entrepot.logistics.models import Declaration, DeclarationLine
from entrepot.logistics.refusals import refuse_faults
from entrepot.packs.read import read as read_pack
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.bulk import Bulk, answer
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import (
    Field,
    Row,
    Wrong,
    amount,
    day,
    one_of,
    shape,
    smallest,
    whole,
    yes_or_no,
)
from entrepot.pages.inbound.suggesting import Lacks, Wanted, suggested
from entrepot.pages.money import decimals, in_units
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.taxrefund.deadlines import ClaimDeadlines, NoDeadline, claim_deadlines

MODES: Final = get_args(Mode)
#: Lines of a declaration that a page puts into a table to be changed.
_MOST_LINES: Final = 10_000
_PARTS: Final = ("items", "links", "received")
_CURRENCY = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
_COUNTRY = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
_ITEM_NO = Field("item_no", whole(0, 2**31 - 1), must=True, blank=None)
_SKU = Field("sku", shape(Sku, "code"), must=True)
_QUANTITY = Field("quantity", whole(1, MOST_UNITS), must=True, blank=None)
#: What one declaration says of its items.
ITEMS: Final = (
    _ITEM_NO,
    _SKU,
    Field("mode", one_of(*MODES), must=True),
    Field("exported_on", day, must=True, blank=None),
    _QUANTITY,
    Field("fob_amount", amount, must=True, blank=None),
    Field("fob_currency", shape(_CURRENCY, "currency"), must=True),
    Field("destination", shape(_COUNTRY, "country"), must=True),
    Field("warehouse", shape(Perhaps, "code")),
    Field("sold_at_export", yes_or_no, blank=None),
    Field("statistics_flag", one_of("A", "B")),
    Field("channel", shape(Perhaps, "code")),
    Field("order_no", shape(Note, "line")),
)
MANY: Final = (Field("declaration_no", shape(DeclarationNo, "declaration_no"), must=True), *ITEMS)
LINKS: Final = (
    _ITEM_NO,
    _SKU,
    Field("invoice_no", shape(Number, "code"), must=True),
    Field("line_no", whole(0, 2**31 - 1), must=True, blank=None),
    _QUANTITY,
)


class DeclarationFilters(forms.Filters):
    declaration_no = forms.text(18)


class ItemFilters(forms.Filters):
    sku = forms.text(64)
    warehouse = django_forms.ChoiceField(choices=lambda: parts.any_warehouse("overseas"))
    mode = django_forms.ChoiceField(choices=lambda: [
        ("", words("common")["any"]), *((mode, mode) for mode in MODES)])  # fmt: skip


def declaration_at(row: Any) -> str:
    return reverse("pages:inbound_declaration", args=[row["id"]])


@page(READ)
def declarations(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Declarations by their number, with what of them is on consignments and invoiced."""
    say = words(parts.SECTION)
    filters = DeclarationFilters(request.GET, say=say)
    columns = (
        Column("declaration_no", "code", to=declaration_at),
        Column("exported_on", "day"),
        Column("lines", "number"),
        Column("quantity", "number", of=lambda row: row["units"]),
        Column("sent_part", "progress", of=lambda row: (row["sent"], row["units"])),
        Column("linked_part", "progress", of=lambda row: (row["linked"], row["units"])),
        Column("changed_at", "moment"),
    )
    rows = asking.with_sums(lists.declarations(**filters.given()), "declaration")
    more = parts.empty(say, "declarations")
    table = Table("declarations", columns, rows, filters=filters, more=more)
    return parts.part(
        request, access, table, "pages/inbound/declarations.html",
        tabs=parts.tabs("inbound_declarations"), heading=say["titles"]["declarations"],
        about=say["abouts"]["declarations"],
    )  # fmt: skip


@page(READ)
def items(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Items of all declarations."""
    say = words(parts.SECTION)
    filters = ItemFilters(request.GET, say=say)
    columns = (
        Column("declaration_no", "code",
               to=lambda row: f"{reverse('pages:inbound_declarations')}"
                              f"?declaration_no={row['declaration_no']}"),
        *_ITEM_COLUMNS,
    )  # fmt: skip
    rows = asking.listed(lists.declaration_lines(**filters.given()))
    more = parts.empty(say, "declarations")
    table = Table("declaration-items", columns, rows, filters=filters, more=more)
    return parts.part(
        request, access, table, "pages/list.html", tabs=parts.tabs("inbound_declarations"),
        heading=say["titles"]["items"], about=say["abouts"]["items"],
    )  # fmt: skip


@page(READ)
def declaration(
    request: HttpRequest, access: Access, id: UUID, part: str = "items"
) -> HttpResponseBase:
    """A declaration: its items, what of them was sent, received and invoiced."""
    found = Declaration.objects.get(id=id)
    if part not in _PARTS:
        raise Http404
    sums = asking.totals("declaration", id)
    return parts.part(
        request, access, _TABLES[part](found), "pages/inbound/declaration.html", declaration=found,
        sums=sums, unlinked=sums["units"] - sums["linked"], unsent=sums["units"] - sums["sent"],
        deadlines=_deadlines(sums["exported_on"]),
        about=words(parts.SECTION)["abouts"]["declaration"],
        heading=words(parts.SECTION)["declaration"].format(number=found.declaration_no),
        tabs=parts.tabs_of("pages:inbound_declaration", id, part, *_PARTS),
    )  # fmt: skip


_ITEM_COLUMNS: Final = (
    Column("item_no", "number"),
    Column("sku", "code", to=lambda row: movements(item=row["sku"])),
    Column("quantity", "number"),
    Column("sent", "number"),
    Column("received", "number"),
    Column("linked", "number"),
    Column("fob_amount", "money", currency="fob_currency"),
    Column("mode", "code"),
    Column("destination", "code"),
    Column("warehouse", "code"),
    Column("exported_on", "day"),
)


def _items(found: Declaration) -> Table:
    rows = asking.listed(lists.declaration_lines(found.id))
    return Table("items", _ITEM_COLUMNS, rows)


def _links(found: Declaration) -> Table:
    columns = (
        Column("item_no", "number"),
        Column("sku", "code"),
        Column("invoice_no", "code",
               to=lambda row: reverse("pages:inbound_purchase", args=[row["purchase_id"]])),
        Column("line_no", "number"),
        Column("quantity", "number"),
    )  # fmt: skip
    rows = asking.listed(lists.invoice_links(found.declaration_no))
    return Table("links", columns, rows, more=parts.empty(words(parts.SECTION), "links"))


def _received(found: Declaration) -> Table:
    columns = (
        Column("receipt_no", "code", to=lambda row: movements(document=row["document"])),
        Column("received_on", "day"),
        Column("warehouse", "code"),
        Column("item_no", "number"),
        Column("sku", "code"),
        Column("lot", "code"),
        Column("quantity", "number", to=lambda row: movements(document=row["document"])),
        Column("condition", "state", states="condition"),
    )
    rows = asking.listed(lists.receipt_lines(declaration_no=found.declaration_no))
    return Table("received", columns, rows, more=parts.empty(words(parts.SECTION), "received"))


_TABLES: Final = {"items": _items, "links": _links, "received": _received}


def _deadlines(exported_on: date | None) -> ClaimDeadlines | None:
    """Until when goods exported so early are claimed; None where no rule says so."""
    try:
        deadlines = read_pack("cn/refund_deadlines")
        return None if exported_on is None else claim_deadlines(exported_on, deadlines)
    except NoDeadline:
        return None


@form(WRITE)
def put(request: HttpRequest, access: Access) -> HttpResponse:
    """Take in lines of declarations; the same line again changes nothing."""
    say = words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
        return declaring.put(_declared(rows))

    return answer(
        request, access,
        Bulk(MANY, take, lambda new: (
            parts.done("declared", count=f"{new:,}"), reverse("pages:inbound_declarations"))),
        heading=say["titles"]["declare"], about=say["abouts"]["declare"],
        back=reverse("pages:inbound_declarations"),
    )  # fmt: skip


@form(WRITE)
def correct(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Correct a declaration: it has the lines of the table, and no others."""
    found, say = Declaration.objects.get(id=id), words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> None:
        declaring.replace(id, _declared(rows, found.declaration_no))

    lines = DeclarationLine.objects.filter(declaration=found).order_by("item_no", "sku")
    at = reverse("pages:inbound_declaration", args=[id])
    return answer(
        request, access,
        Bulk(ITEMS, take, lambda _: (parts.done("corrected"), at), _start(lines)),
        heading=say["titles"]["correct"].format(number=found.declaration_no),
        about=say["abouts"]["correct"], back=at,
    )  # fmt: skip


def _start(lines: Any) -> list[list[object]]:
    """Lines as they are written into the table, to be changed there."""
    rows = list(lines[:_MOST_LINES])
    return [
        [f"{in_units(line.fob_amount, line.fob_currency):f}" if field.name == "fob_amount"
         else _written(getattr(line, field.name)) for field in ITEMS]
        for line in rows
    ]  # fmt: skip


def _written(value: Any) -> object:
    if isinstance(value, bool):
        return words("common")["yes" if value else "no"]
    return value


def _declared(rows: Sequence[Row], number: str = "") -> list[Declared]:
    """Lines as they are taken in.

    Raises:
        Unfit: an amount has more decimals than its currency.
    """
    names = [each.name for each in fields(Declared) if each.name not in ("declaration_no",)]
    lines, faults = [], []
    for at, row in parts.each(rows):
        values = {name: row[name] for name in names}
        try:
            values["fob_amount"] = smallest(row["fob_amount"], decimals(row["fob_currency"]))
        except Wrong as wrong:
            expected = words(parts.SECTION)["expected"][wrong.word].format(*wrong.given)
            faults.append(Fault("fob_amount", f"{row['fob_amount']}", expected, at))
            continue
        lines.append(Declared(declaration_no=number or row["declaration_no"], **values))
    refuse_faults(f"Cannot take {len(rows):,} declaration lines.", faults)
    return lines


@form(WRITE)
def link(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Link invoice lines to the items of a declaration; those that fit by quantity are there."""
    found, say = Declaration.objects.get(id=id), words(parts.SECTION)
    at = reverse("pages:inbound_declaration", args=[id, "links"])

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
        names = ("item_no", "invoice_no", "line_no", "sku", "quantity")
        return linking.link([
            Linked(found.declaration_no, **{name: row[name] for name in names}) for row in rows
        ])  # fmt: skip

    start, lacks = ([], []) if request.method == "POST" else _suggestions(found)
    return answer(
        request, access,
        Bulk(LINKS, take, lambda new: (parts.done("linked", count=f"{new:,}"), at),
             [astuple(each) for each in start]),
        heading=say["titles"]["link"].format(number=found.declaration_no),
        about=say["abouts"]["link"], back=at, warns=_told(lacks),
    )  # fmt: skip


def _suggestions(found: Declaration) -> tuple[list[Any], list[Lacks]]:
    lines = DeclarationLine.objects.filter(declaration=found).order_by("item_no", "sku")
    wanted = [
        Wanted(line.item_no, line.sku, line.quantity - line.linked)
        for line in lines[:_MOST_LINES]
        if line.quantity > line.linked
    ]
    return suggested(wanted, asking.unlinked(sorted({each.sku for each in wanted})))


def _told(lacks: Iterable[Lacks]) -> list[str]:
    """Items for which no invoice is left, in words; the first of many."""
    say, told = words(parts.SECTION), list(lacks)
    lines = [
        say["no_invoice_left"].format(
            item=each.item_no, sku=each.sku, units=f"{each.quantity:,}"
        )
        for each in told[:10]
    ]  # fmt: skip
    more = len(told) - len(lines)
    return [*lines, say["and_more"].format(more)] if more else lines


@action(WRITE, "/inbound/declarations/")
def unlink(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take all links of a declaration away."""
    parts.said(request, "unlinked", count=f"{linking.unlink(id):,}")
    return redirect("pages:inbound_declaration", id, "links")


urlpatterns = [
    path("", declarations, name="inbound_declarations"),
    path("items/", items, name="inbound_declaration_items"),
    path("new/", put, name="inbound_declaration_new"),
    path("<uuid:id>/", declaration, name="inbound_declaration"),
    path("<uuid:id>/correct/", correct, name="inbound_declaration_correct"),
    path("<uuid:id>/link/", link, name="inbound_declaration_link"),
    path("<uuid:id>/unlink", unlink, name="inbound_declaration_unlink"),
    path("<uuid:id>/<slug:part>/", declaration, name="inbound_declaration"),
]
