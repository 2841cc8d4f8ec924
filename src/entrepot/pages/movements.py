# SPDX-License-Identifier: Apache-2.0
"""Movements: what went from where to where, with which document; and one document."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.catalog.models import Bin
from entrepot.catalog.words import wanted
from entrepot.errors import EntrepotError
from entrepot.ledger import finding
from entrepot.ledger.actions import reverse as take_back
from entrepot.ledger.models import Document, Seal, SealedDocument
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import REFUSED, form, page
from entrepot.pages.leads import lead
from entrepot.pages.places import movements as narrowed
from entrepot.pages.sources import MADE_BY_SLICES, source_of
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import state_in_words, states

READ, POST = "book.read", "book.post"
LONGEST_NUMBER: Final = 80
_MOST_BINS: Final = 20


class _Kind(fields.ChoiceField):
    """A kind of document: one of the desk's own, or one that a program named."""

    def valid_value(self, value: Any) -> bool:
        return re.fullmatch(r"[a-z][a-z_]{0,39}", str(value)) is not None


def _kinds() -> list[tuple[str, str]]:
    said = ((code, state_in_words("document", code, language())) for code in states()["document"])
    return [("", words("common")["any"]), *said]


class MovementFilters(forms.Filters):
    q = forms.text(100)
    item = forms.text(64)
    place = forms.text(200)
    lot = forms.text(64)
    kind = _Kind(choices=_kinds)
    number = forms.text(80)
    first = forms.day()
    last = forms.day()
    document = fields.UUIDField(widget=fields.HiddenInput)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        kind = self.fields["kind"]
        asked = self.given().get("kind", "")
        if asked and asked not in states()["document"]:
            kind.choices = [*_kinds(), (asked, asked)]  # type: ignore[attr-defined]


class ReverseForm(forms.DeskForm):
    note = forms.text(500)


def _document(row: Any) -> str:
    return reverse("pages:movements_document", args=[row["document_id"]])


COLUMNS: Final = (
    Column("number", "code", to=_document),
    Column("kind", "state", states="document"),
    Column("on", "day"),
    Column("item", "code", to=lambda row: lead("stock_one", row["item"])),
    Column("lot", "code", to=lambda row: row["lot"] and lead(
        "stock_lot", sku=row["item"], lot=row["lot"])),
    Column("quantity", "number"),
    Column("from_place", "code", to=lambda row: narrowed(place=row["from_place"])),
    Column("to_place", "code", to=lambda row: narrowed(place=row["to_place"])),
)  # fmt: skip


@page(READ)
def movements(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Movements, the latest posted first; of one document, in the order of its lines."""
    filters = MovementFilters(request.GET, say=words("movements"))
    given = filters.given()
    if text := given.pop("q", "").strip():
        given["said"] = said(text)
    table = Table("movements", COLUMNS, finding.movements(**given), filters=filters)
    return answer(request, access, "movements", table, "pages/list.html")


def said(text: str) -> finding.Said:
    """What a text may mean: words of notes, a kind of document in the reader's language, a bin."""
    kinds = [
        code
        for code in states()["document"]
        if text.casefold() in (code, state_in_words("document", code, language()).casefold())
    ]
    bins = Bin.objects.filter(code=text).values_list("warehouse__kind", "warehouse__code")
    places = [
        f"{'home' if kind == 'home' else 'warehouse'}/{code}/{text}"
        for kind, code in bins[:_MOST_BINS]
    ]
    return finding.Said(text, wanted(text), kinds, places)


@form(READ)
def document(request: HttpRequest, access: Access, id: UUID) -> HttpResponse | HttpResponseBase:
    """A document: who posted it, what it moved, how it is sealed; taken back with a reason."""
    say, found = words("movements"), Document.objects.get(id=id)
    may_reverse = (
        POST in access.scopes and found.reverses_id is None and found.kind not in MADE_BY_SLICES
    )
    given = ReverseForm(request.POST or None, say=say)
    if request.method == "POST":
        access.need(POST)
        if may_reverse and given.is_valid():
            try:
                with transaction.atomic():
                    posted = take_back(
                        found.id, _number(found), timezone.localdate(), given.cleaned_data["note"]
                    )
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["reversed"].format(posted.number))
                return redirect("pages:movements_document", posted.id)
    table = Table("movements", COLUMNS[3:], finding.movements(document=found.id))
    back = Document.objects.filter(reverses_id=found.id).first()
    return answer(
        request, access, "movements", table, "pages/movements_document.html",
        heading=f"{state_in_words('document', found.kind, language())} {found.number}",
        about=say["about_document"], document=found, hash=bytes(found.hash).hex(),
        by=named([found.posted_by])[found.posted_by], seal=_seal(found.id), reversed_by=back,
        reverses=Document.objects.filter(id=found.reverses_id).first() if found.reverses_id else "",
        sources=[(say["sources"][each.name], each) for each in source_of(found)],
        form=given if may_reverse and back is None else None,
        is_elsewhere=found.kind in MADE_BY_SLICES, behind=narrowed(document=found.id),
        status=REFUSED if given.errors else 200,
    )  # fmt: skip


def _number(document: Document) -> str:
    """The number of its reversal: the same each time, so that it is taken back once."""
    number = f"{document.kind} {document.number}"
    return number if len(number) <= LONGEST_NUMBER else str(document.id)


def _seal(document: UUID) -> dict[str, Any] | None:
    """Where it stands in the chain of seals; nothing where no seal covers it yet."""
    at = SealedDocument.objects.filter(document_id=document).first()
    if at is None:
        return None
    seal = Seal.objects.get(number=at.seal)
    return {
        "number": seal.number, "position": at.position + 1, "documents": seal.documents,
        "sealed_at": seal.sealed_at, "leaf": bytes(at.leaf).hex(), "root": bytes(seal.root).hex(),
        "chain": bytes(seal.chain).hex(),
    }  # fmt: skip


urlpatterns = [
    path("", movements, name="movements"),
    path("<uuid:id>/", document, name="movements_document"),
]
