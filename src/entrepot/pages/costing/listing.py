# SPDX-License-Identifier: Apache-2.0
"""The list of cost invoices, each of them with what it is spread over, and its buttons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.costing import booking, drafting, lists
from entrepot.costing.api import READ, WRITE
from entrepot.costing.models import Invoice
from entrepot.costing.previewing import LineSpread, spread_of
from entrepot.costing.rules import DRAFT
from entrepot.costing.saying import lines_of
from entrepot.costing.tables import shares_as_text
from entrepot.errors import EntrepotError
from entrepot.pages.actors import named
from entrepot.pages.costing import parts
from entrepot.pages.costing.forms import OF_NO, BookForm, CostFilters, ReverseForm
from entrepot.pages.frame import action, form, page
from entrepot.pages.inbound.parts import today
from entrepot.pages.reconciling.parts import marked
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import in_words, state_in_words

COLUMNS = (
    Column("number", "code", to=lambda row: parts.cost_at(row["id"])),
    Column("payee"),
    Column("state", "state", states="cost"),
    Column("invoiced_on", "day"),
    Column("booked_on", "day", of=lambda row: row["posted_on"]),
    parts.hundredths("total"),
    Column("currency", "code"),
    Column("cost_account", of=lambda row: parts.accounts(row["accounts"])),
    Column("lines", "number"),
    Column("note"),
)
_PAYEES = (
    Column("payee", to=lambda row: f"{reverse('pages:money_costs')}?payee={row['payee']}"),
    Column("currency", "code"),
    Column("drafts", "number"),
    Column("booked", "number"),
    parts.hundredths("total"),
    Column("last_on", "day"),
)


@page(READ)
def listed(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Cost invoices, the latest first."""
    filters = CostFilters(request.GET, say=words(parts.SECTION))
    given = filters.given()
    given["account"] = given.pop("cost_account", "")
    may_write, say = WRITE in access.scopes, parts.say()
    drafts = given.get("state") == DRAFT
    table = Table(
        "costs", COLUMNS, lists.invoices(**given), filters=filters, more={"empty": say["empty"]},
        choose="costs" if may_write and drafts else "",
    )  # fmt: skip
    return answer(
        request, access, parts.SECTION, table, "pages/costing/costs.html",
        tabs=parts.tabs(parts.TAB), heading=say["title"], about=say["about"], may_write=may_write,
    )  # fmt: skip


@page(READ)
def payees(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Payees, and what was booked of each."""
    say = parts.say()
    table = Table("payees", _PAYEES, lists.payees(), more={"empty": say["empty"]})
    return answer(
        request, access, parts.SECTION, table, "pages/list.html", tabs=parts.tabs(parts.TAB),
        heading=say["payees"], about=say["payees_about"],
    )  # fmt: skip


@form(READ)
def one(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """An invoice: its lines, and how much every declared line gets; booking asks for its day."""
    found, say = Invoice.objects.get(id=id), parts.say()
    book = BookForm(initial={"posted_on": found.posted_on or today()}, say=words(parts.SECTION))
    if request.method == "POST":
        access.need(WRITE)
        book = BookForm(request.POST, say=words(parts.SECTION))
        if book.is_valid() and _booked(id, book, request):
            return redirect("pages:money_cost", id)
    may_write, spreads = WRITE in access.scopes, spread_of(found)
    by = Invoice.objects.filter(reverses=found).first()
    is_draft = found.state == DRAFT
    who = named(each for each in (found.created_by, found.booked_by) if each)
    state = "draft" if is_draft else "reversal" if found.reverses_id else (
        "reversed" if by else "booked"
    )  # fmt: skip
    tables = [_lines(found), _spread(spreads)]
    return answer_several(
        request, access, parts.SECTION, tables, "pages/costing/cost.html", cost=found,
        state=state, by=by, book=book, is_draft=is_draft,
        total=f"{Decimal(found.total).scaleb(-2):,}",
        reverse=ReverseForm(initial={"posted_on": today()}, say=words(parts.SECTION)),
        faults=[_fault(each) for each in spreads if each.faults],
        entered_by=who[found.created_by], booked_by=who.get(found.booked_by, ""),
        heading=say["of"].format(number=found.number, payee=found.payee),
        about=say["draft_about" if is_draft else "booked_about"], tabs=parts.tabs(parts.TAB),
        may_write=may_write, may_reverse=may_write and state == "booked",
        status=422 if book.errors else 200,
    )  # fmt: skip


def _booked(id: UUID, given: BookForm, request: HttpRequest) -> bool:
    """Book it; whether it was done. A refusal is said above the field."""
    version = request.POST.get("version", "")
    try:
        with transaction.atomic():
            booking.book(
                id, given.cleaned_data["posted_on"], int(version) if version.isdecimal() else None
            )
    except EntrepotError as error:
        given.refuse(error)
        return False
    messages.success(request, parts.say()["did"]["booked"])
    return True


def _fault(line: LineSpread) -> dict[str, Any]:
    """Why a line cannot be spread."""
    (first, *_) = line.faults
    return {
        "line_no": line.line_no, "found": in_words(first.found, language()),
        "expected": in_words(first.expected, language()), "count": len(line.faults),
    }  # fmt: skip


def _lines(found: Invoice) -> Table:
    def paid_for(row: Any) -> str:
        name = OF_NO.get(row.paid_for)
        said = state_in_words("paid_for", row.paid_for, language())
        named_ = [getattr(row, name)] if name and getattr(row, name) else []
        named_ += [str(each) for each in (
            row.item_no, row.sku, row.order_no, row.warehouse, row.first_on, row.last_on
        ) if each not in (None, "")]  # fmt: skip
        if row.paid_for == "shares":
            named_ = [shares_as_text(row.given).replace("\n", "; ")]
        return f"{said} {', '.join(named_)}".strip()

    columns = (
        Column("line_no", "number"),
        Column("cost_account", "state", states="cost_account", of=lambda row: row.account),
        parts.hundredths("amount", of=lambda row: row.amount),
        Column("paid_for", of=paid_for),
        Column("spread", "state", states="cost_spread"),
        Column("label"),
    )
    return Table("lines", columns, lines_of([found])[found.id])


def _spread(lines: list[LineSpread]) -> Table:
    """What each declared line gets, line by line; what is spread over no goods says where it
    goes.
    """
    rows: list[dict[str, Any]] = []
    for line in lines:
        own = {"line_no": line.line_no, "cost_account": line.account}
        if line.goes != "goods":
            goes = state_in_words("cost_goes", line.goes, language())
            none = {"declaration_no": "", "item_no": None, "sku": "", "share": None}
            rows.append(own | none | {"goes": goes, "amount": line.amount})
        rows += [
            own | {"goes": state_in_words("cost_goes", "goods", language()),
                   "declaration_no": each.declaration_no, "item_no": each.item_no,
                   "sku": each.sku, "share": each.share, "amount": each.amount}
            for each in line.parts
        ]  # fmt: skip
    columns = (
        Column("line_no", "number"),
        Column("cost_account", "state", states="cost_account"),
        Column("goes"),
        Column("declaration_no", "code"),
        Column("item_no", "number"),
        Column("sku", "code"),
        Column("share", "number"),
        parts.hundredths("amount"),
    )
    return Table("spread", columns, rows)


@action(WRITE, "/money/costs/")
def drop(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Drop a draft."""
    drafting.drop(id)
    messages.success(request, parts.say()["did"]["dropped"])
    return redirect("pages:money_costs")


@action(WRITE, "/money/costs/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Undo an invoice by a second one; where it is asked for, enter it again as it should be."""
    given = ReverseForm(request.POST, say=words(parts.SECTION))
    if not given.is_valid():
        messages.error(request, parts.say()["not_so"])
        return redirect("pages:money_cost", id)
    says = given.cleaned_data
    back = booking.reverse(id, says["number"], says["posted_on"], says["note"])
    messages.success(request, parts.say()["did"]["reversed"].format(number=back.number))
    if "again" in request.POST:
        return redirect(f"{reverse('pages:money_cost_new')}?again={id}")
    return redirect("pages:money_cost", back.id)


@action(WRITE, "/money/costs/?state=draft")
def book_marked(request: HttpRequest, access: Access) -> HttpResponse:
    """Book every draft that is marked: all of them, or none."""
    ids = marked(request, "costs")
    if not ids:
        messages.warning(request, words(parts.SECTION)["none_marked"])
        return redirect(f"{reverse('pages:money_costs')}?state=draft")
    for id in sorted(ids):
        booking.book(id)
    messages.success(request, parts.say()["did"]["booked_many"].format(len(ids)))
    return redirect("pages:money_costs")


urlpatterns = [
    path("", listed, name="money_costs"),
    path("payees/", payees, name="money_payees"),
    path("book/", book_marked, name="money_costs_book"),
    path("<uuid:id>/", one, name="money_cost"),
    path("<uuid:id>/drop/", drop, name="money_cost_drop"),
    path("<uuid:id>/undo/", undo, name="money_cost_undo"),
]
