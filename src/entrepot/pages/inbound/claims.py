# SPDX-License-Identifier: Apache-2.0
"""Claims on carriers for what is short or damaged: raised, settled, dropped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.logistics import claiming, lists
from entrepot.logistics.models import CLAIMED, CLAIMS, OPEN, Claim, Consignment
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import Wrong, smallest
from entrepot.pages.money import decimals, in_units
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access

#: A deadline so near is shown as urgent.
_NEAR: Final = timedelta(days=7)
_MOST: Final = Decimal(10**13)


class ClaimFilters(forms.Filters):
    state = forms.states("claim", CLAIMS)
    carrier = fields.ChoiceField(choices=lambda: parts.any_partner(""))


class RaiseForm(forms.DeskForm):
    amount = fields.DecimalField(min_value=0, max_value=_MOST, max_digits=18)
    currency = fields.RegexField("^[A-Z]{3}$", max_length=3)


class SettleForm(forms.DeskForm):
    settled = fields.DecimalField(min_value=0, max_value=_MOST, max_digits=18)


class ChangeForm(forms.DeskForm):
    deadline_on = forms.day(required=False)
    note = fields.CharField(max_length=500, required=False)


class TermForm(forms.DeskForm):
    carrier = fields.ChoiceField(choices=lambda: parts.partners(needs_one=True))
    days = forms.quantity(1, 3650, required=False)


def claim_at(row: Any) -> str:
    return reverse("pages:inbound_claim", args=[row["id"]])


@page(READ)
def claims(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Claims, the latest first: what the carrier is to be told, and by when."""
    say = words(parts.SECTION)
    filters = ClaimFilters(request.GET, say=say)
    columns = (
        Column("sku", "code", to=claim_at),
        Column("kind", "state", states="claim_kind"),
        Column("quantity", "number"),
        Column("state", "state", states="claim"),
        Column("value", "money"),
        Column("claimed", "money"),
        Column("settled", "money"),
        Column("deadline_on", "day"),
        Column("carrier", "code"),
        Column("consignment_no", "code",
               to=lambda row: reverse("pages:inbound_consignment", args=[row["consignment_id"]])),
        Column("container_no", "code"),
        Column("vessel"),
    )  # fmt: skip
    rows = asking.claims(lists.claims(**filters.given()))
    table = Table("claims", columns, rows, filters=filters, more=parts.empty(say, "claims"))
    return parts.part(
        request, access, table, "pages/inbound/claims.html", tabs=parts.tabs("inbound_claims"),
        heading=say["titles"]["claims"], about=say["abouts"]["claims"],
    )  # fmt: skip


@form(READ)
def claim(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """A claim: what is lost or broken, what it is worth, and what to do next."""
    found = Claim.objects.get(id=id)
    asked = _asked(found)
    status = 200
    if request.method == "POST":
        access.need(WRITE)
        step = request.POST.get("step", "")
        if step in asked:
            given = type(asked[step])(request.POST, say=words(parts.SECTION), prefix=step)
            if given.is_valid() and (done := _do(found, step, given)):
                parts.said(request, done)
                return redirect("pages:inbound_claim", id)
            asked[step], status = given, 422
    consignment = Consignment.objects.get(id=found.consignment_id)
    deadline = found.deadline_on
    return show(
        request, access, parts.SECTION, "pages/inbound/claim.html", claim=found, status=status,
        consignment=consignment, forms=asked, may_write=WRITE in access.scopes,
        may_drop=found.state in (OPEN, CLAIMED),
        is_near=bool(deadline and found.state == OPEN and deadline <= parts.today() + _NEAR),
        lost=movements(place=f"lost/{found.carrier or 'unknown'}", item=found.sku),
        heading=words(parts.SECTION)["claim"].format(sku=found.sku),
        about=words(parts.SECTION)["abouts"]["claim"],
    )  # fmt: skip


def _asked(found: Claim) -> dict[str, forms.DeskForm]:
    """What may be said of a claim as it is; each is a form."""
    say = words(parts.SECTION)
    asked: dict[str, forms.DeskForm] = {}
    if found.state in (OPEN, CLAIMED):
        amount = found.value if found.claimed is None else found.claimed
        initial = {
            "amount": None if amount is None else in_units(amount, found.currency),
            "currency": found.currency,
        }
        asked["raise"] = RaiseForm(initial=initial, say=say, prefix="raise")
    if found.state == CLAIMED:
        asked["settle"] = SettleForm(say=say, prefix="settle")
    says = {"deadline_on": found.deadline_on, "note": found.note}
    asked["change"] = ChangeForm(initial=says, say=say, prefix="change")
    return asked


def _do(found: Claim, step: str, given: forms.DeskForm) -> str:
    """Do what a form asks; the word for what was done, or nothing where it was refused."""
    says = given.cleaned_data
    try:
        with transaction.atomic():
            if step == "raise":
                amount = smallest(says["amount"], decimals(says["currency"]))
                claiming.claim(found.id, amount, says["currency"])
            elif step == "settle":
                claiming.settle(found.id, smallest(says["settled"], decimals(found.currency)))
            else:
                claiming.change(found.id, **says)
    except Wrong as wrong:
        expected = words(parts.SECTION)["expected"][wrong.word]
        given.add_error(None, str(expected).format(*wrong.given))
        return ""
    except EntrepotError as error:
        given.refuse(error)
        return ""
    return {"raise": "raised", "settle": "settled", "change": "changed"}[step]


@action(WRITE, "/inbound/claims/")
def drop(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Give a claim up."""
    if note := parts.reason(request):
        claiming.drop(id, note)
        parts.said(request, "dropped")
    return redirect("pages:inbound_claim", id)


@form(READ)
def terms(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Within how many days carriers want to be told; nothing is assumed of others."""
    say = words(parts.SECTION)
    asked = TermForm(request.POST or None, say=say)
    if request.method == "POST":
        access.need(WRITE)
        if asked.is_valid():
            claiming.set_term(asked.cleaned_data["carrier"], asked.cleaned_data["days"])
            parts.said(request, "changed")
            return redirect("pages:inbound_claim_terms")
    columns = (Column("carrier", "code"), Column("days", "number"))
    rows = asking.listed(lists.claim_terms())
    table = Table("claim-terms", columns, rows, more=parts.empty(say, "terms"))
    return parts.part(
        request, access, table, "pages/inbound/terms.html", tabs=parts.tabs("inbound_claims"),
        form=asked, heading=say["titles"]["terms"], about=say["abouts"]["terms"],
    )  # fmt: skip


urlpatterns = [
    path("", claims, name="inbound_claims"),
    path("terms/", terms, name="inbound_claim_terms"),
    path("<uuid:id>/", claim, name="inbound_claim"),
    path("<uuid:id>/drop", drop, name="inbound_claim_drop"),
]
