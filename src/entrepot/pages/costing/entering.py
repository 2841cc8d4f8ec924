# SPDX-License-Identifier: Apache-2.0
"""Enter a cost invoice, and change a draft."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.catalog.models import Partner
from entrepot.costing import booking, drafting
from entrepot.costing.api import WRITE
from entrepot.costing.models import Invoice
from entrepot.costing.rules import DRAFT
from entrepot.costing.saying import lines_of, said
from entrepot.errors import EntrepotError
from entrepot.pages.costing import parts
from entrepot.pages.costing.forms import CostForm, begun, initial
from entrepot.pages.frame import form, show
from entrepot.pages.inbound.parts import today
from entrepot.pages.wording import words
from entrepot.people.access import Access

#: Payees that are offered while one types.
_OFFERED = 200


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponseBase:
    """A new invoice; it may begin with goods, or with one that was undone."""
    start = begun(today(), request.GET.get("consignment", ""), request.GET.get("declaration", ""))
    if again := request.GET.get("again"):
        try:
            start = initial(booking.again(UUID(again)))
        except ValueError as error:
            raise Invoice.DoesNotExist from error
    return _form(request, access, start, None)


@form(WRITE)
def change(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """Another invoice in the place of a draft."""
    found = Invoice.objects.get(id=id)
    if found.state != DRAFT:
        return redirect("pages:money_cost", id)
    return _form(request, access, initial(said(found, lines_of([found])[id])), found)


def _form(
    request: HttpRequest, access: Access, start: dict[str, object], found: Invoice | None
) -> HttpResponseBase:
    given = CostForm(request.POST or None, initial=start, say=words(parts.SECTION))
    say, grows = parts.say(), "more" in request.POST
    if grows:
        given = CostForm(initial=_typed(request, given), say=words(parts.SECTION))
    elif request.method == "POST" and given.is_valid() and (kept := _kept(request, given, found)):
        messages.success(request, say["did"]["kept"])
        return redirect("pages:money_cost", kept.id)
    heading = say["change"].format(number=found.number) if found else say["new"]
    return show(
        request, access, parts.SECTION, "pages/costing/enter.html", form=given, heading=heading,
        about=say["new_about"], submit=say["to_preview"], tabs=parts.tabs(parts.TAB),
        back=parts.cost_at(found.id) if found else reverse("pages:money_costs"),
        payees=_payees(), version=found.version if found else "",
        status=422 if given.errors else 200,
    )  # fmt: skip


def _typed(request: HttpRequest, given: CostForm) -> dict[str, object]:
    """What was typed so far, in a form with more lines."""
    return {name: request.POST.get(name, "") for name in given.fields} | {"lines": given.many}


def _kept(request: HttpRequest, given: CostForm, found: Invoice | None) -> Invoice | None:
    """Keep it; nothing where it was refused, which the form then says."""
    version = request.POST.get("version", "")
    try:
        with transaction.atomic():
            if found is None:
                return drafting.draft(given.new())
            seen = int(version) if version.isdecimal() else found.version
            return drafting.change(found.id, seen, given.new())
    except EntrepotError as error:
        given.refuse(error)
        return None


def _payees() -> list[str]:
    """Who was owed before, and partners by name."""
    before = Invoice.objects.order_by("payee").values_list("payee", flat=True).distinct()
    names = Partner.objects.filter(is_active=True).order_by("name").values_list("name", flat=True)
    return list(dict.fromkeys([*before[:_OFFERED], *names[:_OFFERED]]))


urlpatterns = [
    path("new/", new, name="money_cost_new"),
    path("<uuid:id>/change/", change, name="money_cost_change"),
]
