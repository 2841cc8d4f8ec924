# SPDX-License-Identifier: Apache-2.0
"""Movements: what went from where to where, with which document."""

from __future__ import annotations

from django import forms as fields
from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from entrepot.ledger import lists
from entrepot.pages import forms
from entrepot.pages.frame import page
from entrepot.pages.places import movements as narrowed
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import words
from entrepot.people.access import Access


class MovementFilters(forms.Filters):
    item = forms.text(64)
    place = forms.text(200)
    lot = forms.text(80)
    document = fields.UUIDField(widget=fields.HiddenInput)


COLUMNS = (
    Column("number", "code", to=lambda row: narrowed(document=row["document_id"])),
    Column("kind", "state", states="document"),
    Column("on", "day"),
    Column("item", "code", to=lambda row: narrowed(item=row["item"])),
    Column("lot", "code"),
    Column("quantity", "number"),
    Column("from_place", "code", to=lambda row: narrowed(place=row["from_place"])),
    Column("to_place", "code", to=lambda row: narrowed(place=row["to_place"])),
)


@page("book.read")
def movements(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Movements, the latest posted first; of one document, in the order of its lines."""
    filters = MovementFilters(request.GET, say=words("movements"))
    table = Table("movements", COLUMNS, lists.movements(**filters.given()), filters=filters)
    return answer(request, access, "movements", table, "pages/list.html")


urlpatterns = [path("", movements, name="movements")]
