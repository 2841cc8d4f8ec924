# SPDX-License-Identifier: Apache-2.0
"""Purchases: what was ordered from factories, their invoices, and what came in at home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.logistics import arriving_home, lists, purchasing
from entrepot.logistics.api.shapes import MOST_UNITS, BinName, Code, Lot, Note, Number, Sku
from entrepot.logistics.models import HomeReceipt, Purchase, PurchaseLine
from entrepot.logistics.purchasing import Bought, NewPurchase, Priced
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.bulk import Bulk, TableForm, answer
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import Field, Row, day, fen, percent, shape, whole
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access

#: What every line of a table of many purchases says of its purchase.
_HEADS: Final = ("number", "supplier", "invoice_no", "issued_on", "note")
_PARTS: Final = ("lines", "receipts", "links")
_SKU = Field("sku", shape(Sku, "code"), must=True)
_QUANTITY = Field("quantity", whole(1, MOST_UNITS), must=True, blank=None)
_LINE_NO = Field("line_no", whole(0, 2**31 - 1), blank=None)
_NET = Field("net_amount", fen, blank=None)
_RATE = Field("vat_rate", percent, blank=None)
#: The lines of one purchase.
LINES: Final = (_LINE_NO, _SKU, _QUANTITY, _NET, _RATE)
#: Lines of many purchases, which say to which they belong.
MANY: Final = (
    Field("number", shape(Number, "code")),
    Field("supplier", shape(Code, "code"), must=True),
    Field("invoice_no", shape(Number, "code")),
    Field("issued_on", day, blank=None),
    Field("note", shape(Note, "line")),
    *LINES,
)
PRICES: Final = (
    Field("line_no", whole(0, 2**31 - 1), must=True, blank=None),
    _SKU,
    Field("net_amount", fen, must=True, blank=None),
    Field("vat_rate", percent, must=True, blank=None),
)
CAME: Final = (
    Field("line_no", whole(0, 2**31 - 1), must=True, blank=None),
    _SKU,
    _QUANTITY,
    Field("lot", shape(Lot, "line")),
    Field("bin", shape(BinName, "bin")),
)


class PurchaseFilters(forms.Filters):
    number = forms.text(64)
    supplier = fields.ChoiceField(choices=lambda: parts.any_partner("supplier"))
    sku = forms.text(64)
    invoice_no = forms.text(64)


class OpenFilters(forms.Filters):
    sku = forms.text(64)


class PurchaseForm(TableForm):
    supplier = fields.ChoiceField(choices=lambda: parts.partners("supplier", needs_one=True))
    number = fields.CharField(max_length=64, required=False)
    invoice_no = fields.CharField(max_length=64, required=False)
    issued_on = forms.day(required=False)
    note = fields.CharField(max_length=500, required=False)


class InvoiceForm(TableForm):
    invoice_no = fields.CharField(max_length=64)
    issued_on = forms.day()


class HomeForm(TableForm):
    number = fields.CharField(max_length=64)
    warehouse = fields.ChoiceField(choices=lambda: parts.warehouses("home"))
    on = forms.day(required=False)


def purchase_at(row: Any) -> str:
    return reverse("pages:inbound_purchase", args=[row["id"]])


@page(READ)
def purchases(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Purchases, the latest first, with what of them came."""
    say = words(parts.SECTION)
    filters = PurchaseFilters(request.GET, say=say)
    columns = (
        Column("number", "code", to=purchase_at),
        Column("supplier", "code"),
        Column("invoice_no", "code"),
        Column("issued_on", "day"),
        Column("received_part", "progress", of=lambda row: (row["received"], row["units"])),
        Column("open", "number"),
        Column("short", "number"),
        Column("linked", "number"),
        Column("created_at", "moment"),
    )
    rows = asking.with_sums(lists.purchases(**filters.given()), "purchase")
    table = Table("purchases", columns, rows, filters=filters, more=parts.empty(say, "purchases"))
    return parts.part(
        request, access, table, "pages/inbound/purchases.html",
        tabs=parts.tabs("inbound_purchases"), heading=say["titles"]["purchases"],
        about=say["abouts"]["purchases"],
    )  # fmt: skip


@page(READ)
def open_lines(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Lines of purchases that are still to come."""
    say = words(parts.SECTION)
    filters = OpenFilters(request.GET, say=say)
    columns = (
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("purchase_no", "code",
               to=lambda row: reverse("pages:inbound_purchase", args=[row["purchase_id"]])),
        Column("supplier", "code"),
        Column("line_no", "number"),
        Column("quantity", "number"),
        Column("received", "number"),
        Column("open", "number"),
        Column("created_at", "moment"),
    )  # fmt: skip
    rows = asking.lines_with_purchase(lists.open_purchase_lines(**filters.given()))
    table = Table("open-lines", columns, rows, filters=filters, more=parts.empty(say, "open_lines"))
    return parts.part(
        request, access, table, "pages/list.html", tabs=parts.tabs("inbound_purchases"),
        heading=say["titles"]["open_lines"], about=say["abouts"]["open_lines"],
    )  # fmt: skip


@page(READ)
def purchase(
    request: HttpRequest, access: Access, id: UUID, part: str = "lines"
) -> HttpResponseBase:
    """A purchase: what was bought, what came, and what it was exported with."""
    found = Purchase.objects.get(id=id)
    if part not in _PARTS:
        raise Http404
    sums = asking.totals("purchase", id)
    return parts.part(
        request, access, _TABLES[part](found), "pages/inbound/purchase.html", purchase=found,
        sums=sums, about=words(parts.SECTION)["abouts"]["purchase"],
        heading=words(parts.SECTION)["purchase"].format(number=found.number),
        tabs=parts.tabs_of("pages:inbound_purchase", id, part, *_PARTS),
    )  # fmt: skip


def _lines(found: Purchase) -> Table:
    columns = (
        Column("line_no", "number"),
        Column("sku", "code", to=lambda row: movements(item=row["sku"])),
        Column("quantity", "number"),
        Column("received", "number",
               to=lambda row: movements(item=row["sku"], place=f"supplier/{found.supplier}")),
        Column("short", "number"),
        Column("open", "number"),
        Column("linked", "number"),
        Column("net_amount", "money"),
        Column("vat_rate", of=lambda row: _percent(row["vat_rate"])),
    )  # fmt: skip
    return Table("purchase-lines", columns, asking.in_yuan(lists.purchase_lines(found.id)))


def _receipts(found: Purchase) -> Table:
    columns = (
        Column("number", "code",
               to=lambda row: reverse("pages:inbound_home_receipt", args=[row["id"]])),
        Column("warehouse", "code"),
        Column("received_on", "day"),
        Column("created_at", "moment"),
        Column("undone_at", "moment"),
    )  # fmt: skip
    rows = asking.listed(lists.home_receipts(found.id))
    more = parts.empty(words(parts.SECTION), "home_receipts")
    return Table("home-receipts", columns, rows, more=more)


def _links(found: Purchase) -> Table:
    columns = (
        Column("line_no", "number"),
        Column("sku", "code"),
        Column("declaration_no", "code",
               to=lambda row: declarations_like(row["declaration_no"])),
        Column("item_no", "number"),
        Column("quantity", "number"),
    )  # fmt: skip
    rows = asking.listed(lists.invoice_links(purchase=found.id))
    more = parts.empty(words(parts.SECTION), "links")
    return Table("invoice-links", columns, rows, more=more)


_TABLES: Final = {"lines": _lines, "receipts": _receipts, "links": _links}


def declarations_like(number: str) -> str:
    """The list of declarations that begin with a number."""
    return f"{reverse('pages:inbound_declarations')}?declaration_no={number}"


def _percent(rate: int | None) -> str:
    return "" if rate is None else f"{rate / 100:g} %"


@form(WRITE)
def new_purchase(request: HttpRequest, access: Access) -> HttpResponse:
    """Take in one purchase: whom from, which invoice, and its lines as a table."""
    say = words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> Any:
        return purchasing.add([NewPurchase(lines=_bought(rows), **given)])[0]

    return answer(
        request, access,
        Bulk(LINES, take, lambda taken: (
            parts.done("bought", number=taken.number),
            reverse("pages:inbound_purchase", args=[taken.id])), form=PurchaseForm),
        heading=say["titles"]["new_purchase"], about=say["abouts"]["new_purchase"],
        back=reverse("pages:inbound_purchases"),
    )  # fmt: skip


@form(WRITE)
def import_purchases(request: HttpRequest, access: Access) -> HttpResponse:
    """Take in many purchases from one table."""
    say = words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> Any:
        return purchasing.add(_grouped(rows))

    return answer(
        request, access,
        Bulk(MANY, take, lambda taken: (
            parts.done("bought_many", count=sum(each.is_new for each in taken)),
            reverse("pages:inbound_purchases")), groups=_groups),
        heading=say["titles"]["import_purchases"], about=say["abouts"]["import_purchases"],
        back=reverse("pages:inbound_purchases"),
    )  # fmt: skip


def _bought(rows: Sequence[Row]) -> list[Bought]:
    """Lines as they are taken in; without numbers, they are counted from 1."""
    return [
        Bought(number if row["line_no"] is None else row["line_no"], row["sku"], row["quantity"],
               row["net_amount"], row["vat_rate"])
        for number, row in parts.each(rows)
    ]  # fmt: skip


def _grouped(rows: Sequence[Row]) -> list[NewPurchase]:
    """The purchases that rows are lines of."""
    return [
        NewPurchase(lines=_bought(its), **{name: its[0][name] for name in _HEADS})
        for its in _groups(rows)
    ]


def _groups(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Rows by purchase, in the order of the first of each.

    Rows of one number that say otherwise of their purchase are one of its own: taking it in
    refuses the number, which is there twice.
    """
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in _HEADS), []).append(row)
    return list(groups.values())


@form(WRITE)
def name_invoice(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Name the invoice of a purchase, with the amounts it lacks."""
    found, say = Purchase.objects.get(id=id), words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> Any:
        prices = [
            Priced(row["line_no"], row["sku"], row["net_amount"], row["vat_rate"]) for row in rows
        ]
        purchasing.name_invoice(id, given["invoice_no"], given["issued_on"], prices)

    lines = PurchaseLine.objects.filter(purchase_id=id).order_by("line_no", "sku")
    start = [
        (line.line_no, line.sku, *_priced(line.net_amount, line.vat_rate))
        for line in lines[: parts.MOST_CHOICES * 20]
    ]
    at = reverse("pages:inbound_purchase", args=[id])
    return answer(
        request, access,
        Bulk(PRICES, take, lambda _: (parts.done("invoiced"), at), start, InvoiceForm),
        heading=say["titles"]["name_invoice"].format(number=found.number),
        about=say["abouts"]["name_invoice"], back=at,
    )  # fmt: skip


def _priced(net: int | None, rate: int | None) -> tuple[str, str]:
    return (
        "" if net is None else f"{net / 100:.2f}",
        "" if rate is None else f"{rate / 100:g}%",
    )


@form(WRITE)
def receive_home(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take goods of a purchase into a home warehouse: everything that is open, or other lines."""
    found, say = Purchase.objects.get(id=id), words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> Any:
        names = ("line_no", "sku", "quantity", "lot", "bin")
        came = [arriving_home.Came(**{name: row[name] for name in names}) for row in rows]
        return arriving_home.receive(id, given["number"], given["warehouse"], came, given["on"])

    still = PurchaseLine.objects.filter(purchase_id=id, open__gt=0).order_by("line_no", "sku")
    count = HomeReceipt.objects.filter(purchase_id=id).count()
    return answer(
        request, access,
        Bulk(
            CAME, take, lambda taken: (
                _came_home(taken[1]), reverse("pages:inbound_home_receipt", args=[taken[0].id])),
            [(line.line_no, line.sku, line.open, "", "") for line in still], HomeForm,
            {"number": f"{found.number[:60]}-{count + 1}"}, preview=_came,
            submit=say["take_in"],
        ),
        heading=say["titles"]["receive_home"].format(number=found.number),
        about=say["abouts"]["receive_home"], back=reverse("pages:inbound_purchase", args=[id]),
    )  # fmt: skip


def _came_home(taken: Sequence[arriving_home.TakenIn]) -> str:
    units, over = (sum(getattr(each, name) for each in taken) for name in ("quantity", "over"))
    return parts.done(
        "came_home_over" if over else "came_home", units=f"{units:,}", over=f"{over:,}"
    )


def _came(taken: tuple[HomeReceipt, Sequence[arriving_home.TakenIn]]) -> Mapping[str, Any]:
    over = sum(each.over for each in taken[1])
    say = words(parts.SECTION)
    return {"warns": [say["over_bought"].format(over=f"{over:,}")]} if over else {}


@page(READ)
def home_receipt(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A receipt at home, line by line; it can be taken back."""
    found = HomeReceipt.objects.get(id=id)
    columns = (
        Column("line_no", "number"),
        Column("sku", "code", to=lambda row: movements(item=row.sku)),
        Column("lot", "code"),
        Column("place", "code"),
        Column("quantity", "number",
               to=lambda row: movements(item=row.sku, document=found.document_id)),
        Column("over", "number"),
    )  # fmt: skip
    rows = list(found.lines.order_by("line"))
    table = Table("home-receipt", columns, rows)
    return parts.part(
        request, access, table, "pages/inbound/home_receipt.html", receipt=found,
        purchase=Purchase.objects.only("id", "number").get(id=found.purchase_id),
        about=words(parts.SECTION)["abouts"]["home_receipt"],
        heading=words(parts.SECTION)["home_receipt"].format(number=found.number),
    )  # fmt: skip


@action(WRITE, "/inbound/purchases/")
def undo_receipt(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a receipt at home back."""
    if note := parts.reason(request):
        arriving_home.undo(id, note)
        parts.said(request, "taken_back")
    return redirect("pages:inbound_home_receipt", id)


@action(WRITE, "/inbound/purchases/")
def close(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Say that what is open will not come."""
    purchasing.close(id)
    parts.said(request, "purchase_closed")
    return redirect("pages:inbound_purchase", id)


@action(WRITE, "/inbound/purchases/")
def reopen(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Say that what was short is still to come."""
    purchasing.reopen(id)
    parts.said(request, "purchase_reopened")
    return redirect("pages:inbound_purchase", id)


urlpatterns = [
    path("", purchases, name="inbound_purchases"),
    path("open/", open_lines, name="inbound_open_lines"),
    path("new/", new_purchase, name="inbound_purchase_new"),
    path("import/", import_purchases, name="inbound_purchase_import"),
    path("receipts/<uuid:id>/", home_receipt, name="inbound_home_receipt"),
    path("receipts/<uuid:id>/undo", undo_receipt, name="inbound_home_undo"),
    path("<uuid:id>/", purchase, name="inbound_purchase"),
    path("<uuid:id>/invoice/", name_invoice, name="inbound_purchase_invoice"),
    path("<uuid:id>/receive/", receive_home, name="inbound_purchase_receive"),
    path("<uuid:id>/close", close, name="inbound_purchase_close"),
    path("<uuid:id>/reopen", reopen, name="inbound_purchase_reopen"),
    path("<uuid:id>/<slug:part>/", purchase, name="inbound_purchase"),
]
