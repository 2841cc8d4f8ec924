# SPDX-License-Identifier: Apache-2.0
"""Buyers' data: what is kept and how long, a person found, handed out, erased."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.pages import files, forms
from entrepot.pages.actors import named
from entrepot.pages.firm import tabs
from entrepot.pages.frame import REFUSED, action, form, show
from entrepot.pages.orders import marked
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.warehouse.buyers import erasing, finding, keeping
from entrepot.warehouse.models import Order, ShopEvent

SCOPE: Final = "orders.erase"
HERE: Final = "/firm/buyers/"


class RetentionForm(forms.DeskForm):
    retention = forms.quantity(0, keeping.MOST_DAYS, required=False)


class FindForm(forms.DeskForm):
    text = forms.text(200, widget=fields.TextInput(attrs={"autocomplete": "off"}))


@form(SCOPE)
def buyers(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What is kept of buyers, how long it is, and whose was erased lately."""
    say = words("firm")
    given = RetentionForm(request.POST or None, say=say, initial={"retention": keeping.retention()})
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                keeping.set_retention(given.cleaned_data["retention"])
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["did"]["changed"])
            return redirect("pages:firm_buyers")
    actors: dict[str, str] = {}
    columns = (
        Column("order", "code", to=_order, of=lambda row: row.number),
        Column("channel"),
        Column("erased_at", "moment"),
        Column("erased_by", of=lambda row: actors[row.erased_by]),
    )
    table = Table(
        "erased", columns, Order.objects.filter(erased_at__isnull=False), by=("-erased_at", "-id"),
        more={"empty": say["none_erased"]},
        before=lambda items: actors.update(named({each.erased_by for each in items})),
    )  # fmt: skip
    response = answer(
        request, access, "firm", table, "pages/firm_buyers.html",
        tabs=tabs(access, "firm_buyers"), heading=say["tabs"]["firm_buyers"],
        about=say["buyers_about"], form=given, find=FindForm(say=say), kept=keeping.kept(),
        days=keeping.retention(), most=keeping.MOST_COUNTED,
    )  # fmt: skip
    if given.errors:
        response.status_code = REFUSED
    return response


@form(SCOPE)
def find(request: HttpRequest, access: Access) -> HttpResponse:
    """Where a person is named; what was asked for stands in no address."""
    say = words("firm")
    given = FindForm(request.POST or None, say=say)
    found, orders, said = finding.Found(), [], []
    if request.method == "POST" and given.is_valid():
        found = finding.find(given.cleaned_data["text"], *marked(request, "before", 1))
        orders = finding.summaries(found.orders)
        said = list(ShopEvent.objects.filter(id__in=found.messages).order_by("-id"))
        if not (orders or said):
            messages.warning(request, say["found_more" if found.before else "found_none"])
    return show(
        request, access, "firm", "pages/firm_buyers_found.html", heading=say["find_buyer"],
        about=say["find_about"], tabs=tabs(access, "firm_buyers"), form=given, orders=orders,
        said=said, before=found.before, kinds=("json", "csv"),
        status=REFUSED if given.errors else 200,
    )  # fmt: skip


@action(SCOPE, HERE)
def erase(request: HttpRequest, access: Access) -> HttpResponse:
    """Erase what is kept of the buyers of the marked orders, and the marked messages."""
    say = words("firm")
    count = erasing.erase(marked(request, "orders"), marked(request, "said"))
    messages.success(request, say["did"]["erased"].format(count))
    return redirect("pages:firm_buyers")


@action(SCOPE, HERE)
def hand_out(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What is held of the buyers of the marked orders and in the marked messages, as a file."""
    most = finding.MOST_FOUND
    orders, said = marked(request, "orders", most), marked(request, "said", most)
    if not (orders or said):
        messages.warning(request, words("firm")["none_marked"])
        return redirect("pages:firm_buyers_find")
    everything = finding.hand_out(orders, said)
    if request.POST.get("form") == "csv":
        headings = [words("firm")["columns"][each] for each in ("of", "field", "value")]
        return files.export("held", "csv", headings, finding.in_rows(everything))
    text = json.dumps(everything, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="held.json"'
    return response


def _order(row: Any) -> str:
    id: UUID = row.id
    return reverse("pages:orders_one", args=[id])


urlpatterns = [
    path("buyers/", buyers, name="firm_buyers"),
    path("buyers/find/", find, name="firm_buyers_find"),
    path("buyers/erase", erase, name="firm_buyers_erase"),
    path("buyers/hand-out", hand_out, name="firm_buyers_hand_out"),
]
