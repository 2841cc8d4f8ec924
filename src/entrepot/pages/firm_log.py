# SPDX-License-Identifier: Apache-2.0
"""What is on record: who did what, and the seals of the book."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone

from entrepot.ledger.models import Document, Seal, SealedDocument, Unsealed
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.firm import tabs
from entrepot.pages.frame import page
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.people.models import AuditEntry, Membership
from entrepot.people.tokens import working
from entrepot.web.telling import state_in_words

#: Documents that no seal covers yet are counted up to this many; people to choose from.
_MOST_UNSEALED: Final = 10_000
_MOST_PEOPLE: Final = 500
_MOST_SAID: Final = 300
_MOST_FACT: Final = 48


class _Open(fields.ChoiceField):
    """One of these, or another of the same form: an actor who left, an action of a program."""

    def valid_value(self, value: Any) -> bool:
        return re.fullmatch(r"[a-z][a-z_.]{0,30}(:[0-9a-f-]{36})?", str(value)) is not None


def _actors() -> list[tuple[str, str]]:
    people = Membership.objects.select_related("user").order_by("id")[:_MOST_PEOPLE]
    programs = working().order_by("-id").values_list("id", "name")
    return [
        ("", words("common")["any"]),
        *((f"user:{each.user.pk}", each.user.name or each.user.email) for each in people),
        *((f"token:{id}", name) for id, name in programs),
        ("system", words("common")["actors"]["system"]),
    ]


class AuditFilters(forms.Filters):
    actor = _Open(choices=_actors)
    action = _Open(
        choices=lambda: [("", words("common")["any"]), *sorted(words("firm")["actions"].items(),
                                                               key=lambda each: each[1])]
    )  # fmt: skip
    first = forms.day()
    last = forms.day()


def _facts(facts: Mapping[str, Any]) -> str:
    """What a program would want to know, in a line."""
    said = "; ".join(f"{name}: {_fact(value)}" for name, value in facts.items())
    return said if len(said) <= _MOST_SAID else f"{said[:_MOST_SAID]}…"


def _fact(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"was", "is"}:
            return f"{_fact(value['was'])} → {_fact(value['is'])}"
        return ", ".join(f"{name} {_fact(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_fact, value))
    said = str(value)
    return said if len(said) <= _MOST_FACT else f"{said[:_MOST_FACT]}…"


@page("audit.read")
def audit(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Who did what, the latest first."""
    say = words("firm")
    filters = AuditFilters(request.GET, say=say)
    given = filters.given()
    zone = timezone.get_current_timezone()
    rows = AuditEntry.objects.filter(
        **{name: given[name] for name in ("actor", "action") if name in given}
    )
    if "first" in given:
        rows = rows.filter(at__gte=datetime.combine(given["first"], time.min, zone))
    if "last" in given:
        rows = rows.filter(at__lte=datetime.combine(given["last"], time.max, zone))
    actors: dict[str, str] = {}
    columns = (
        Column("at", "moment"),
        Column("actor", of=lambda row: actors[row.actor]),
        Column("action", of=lambda row: say["actions"].get(row.action, row.action)),
        Column("about"),
        Column("address", "code"),
        Column("facts", of=lambda row: _facts(row.facts)),
    )
    table = Table(
        "audit", columns, rows, by=("-at", "-id"), filters=filters,
        more={"empty": say["no_audit"]},
        before=lambda items: actors.update(named({each.actor for each in items})),
    )  # fmt: skip
    return answer(
        request, access, "firm", table, "pages/list.html", tabs=tabs(access, "firm_audit"),
        heading=say["tabs"]["firm_audit"], about=say["audit_about"],
    )  # fmt: skip


@page("book.read")
def seals(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The chain of seals, the latest first."""
    say = words("firm")
    columns = (
        Column("seal", "number", to=_seal, of=lambda row: row.number),
        Column("documents", "number"),
        Column("sealed_at", "moment"),
        Column("chain", "code", of=lambda row: bytes(row.chain).hex()),
    )
    table = Table(
        "seals", columns, Seal.objects.all(), by=("-number",), limit=20,
        more={"empty": say["no_seals"]},
    )  # fmt: skip
    latest = Seal.objects.order_by("-number").first()
    return answer(
        request, access, "firm", table, "pages/firm_seals.html", tabs=tabs(access, "firm_seals"),
        heading=say["tabs"]["firm_seals"], about=say["seals_about"], latest=latest,
        chain=bytes(latest.chain).hex() if latest else "",
        unsealed=Unsealed.objects.all()[:_MOST_UNSEALED].count(),
    )  # fmt: skip


def _seal(row: Seal) -> str:
    return reverse("pages:firm_seal", args=[row.number])


@page("book.read")
def seal(request: HttpRequest, access: Access, seal: int) -> HttpResponseBase:
    """A seal, and the documents under it in the order in which they were sealed."""
    say, found = words("firm"), Seal.objects.get(number=seal)
    before = Seal.objects.filter(number=seal - 1).first()
    known: dict[UUID, Document] = {}
    columns = (
        Column("position", "number", of=lambda row: row.position + 1),
        Column(
            "document", of=lambda row: known[row.document_id].number,
            to=lambda row: reverse("pages:movements_document", args=[row.document_id]),
        ),
        Column(
            "kind",
            of=lambda row: state_in_words("document", known[row.document_id].kind, language()),
        ),
        Column("leaf", "code", of=lambda row: bytes(row.leaf).hex()),
    )  # fmt: skip
    table = Table(
        "sealed", columns, SealedDocument.objects.filter(seal=seal), by=("position",),
        before=lambda items: known.update(
            (each.id, each)
            for each in Document.objects.filter(id__in=[row.document_id for row in items])
        ),
    )  # fmt: skip
    return answer(
        request, access, "firm", table, "pages/firm_seal.html", tabs=tabs(access, "firm_seals"),
        heading=say["seal_no"].format(found.number), about=say["seal_about"], seal=found,
        root=bytes(found.root).hex(), chain=bytes(found.chain).hex(),
        chained_to=bytes(before.chain).hex() if before else "",
        previous=_seal(before) if before else "",
    )  # fmt: skip


urlpatterns = [
    path("audit/", audit, name="firm_audit"),
    path("seals/", seals, name="firm_seals"),
    path("seals/<int:seal>/", seal, name="firm_seal"),
]
