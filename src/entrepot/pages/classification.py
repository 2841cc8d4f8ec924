# SPDX-License-Identifier: Apache-2.0
"""Classification: what is to be done, one product's with its findings, drafts and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.catalog.models import Product
from entrepot.customs.classifying import lists, recording
from entrepot.customs.classifying.models import ACCEPTED, OPEN, WAYS, Classification, Step
from entrepot.customs.classifying.reusing import Suggestion, suggest
from entrepot.customs.classifying.rules import Finding
from entrepot.customs.classifying.telling import next_step, reason
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, page, tabs, where_from
from entrepot.pages.table import ON_A_PAGE, Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access

SECTION: Final = "classification"
READ, WRITE = "customs.read", "customs.write"
PAGES: Final = ("classification", "classification_tariff", "classification_settings")
#: Events that ask for a reason.
_ASKS_WHY: Final = ("returned", "undone")
_MOST_WHY: Final = 200


class WorkFilters(forms.Filters):
    sku = forms.text(64)
    status = forms.states("classifying_status", lists.STATUSES)


@page(READ)
def work(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Products in use, and what is to be done about how each is declared."""
    say = words(SECTION)
    filters = WorkFilters(request.GET, say=say)
    given, may_write = filters.given(), WRITE in access.scopes
    columns = (
        Column("sku", "code", to=lambda row: reverse("pages:classification_one", args=[row["id"]])),
        Column("name", of=lambda row: (language() == "zh" and row["name_zh"]) or row["name"]),
        Column("status", "state", states="classifying_status"),
        Column("hs_code", "code", of=lambda row: row["hs_code"] or row["open_hs"]),
        Column("declared"),
        Column("valid_from", "day"),
    )
    rows = lists.products(timezone.localdate(), given.get("sku", ""), given.get("status", ""))
    table = Table(
        "classification", columns, rows, filters=filters,
        choose="products" if may_write else "", more={"empty": say["empty"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/classification/work.html", heading=say["title"],
        tabs=tabs(say, "classification", *PAGES), may_write=may_write,
        counts=lists.open_counts(),
    )  # fmt: skip


@page(READ)
def one(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """One product: how it is declared, what is found about it, what it may be, what happened."""
    say, product = words(SECTION), Product.objects.get(id=id)
    rows = list(lists.versions(product.sku).order_by("-version")[:ON_A_PAGE])
    shown = _shown(rows)
    findings: Sequence[Finding] = ()
    if shown is not None:
        findings = recording.look_again([shown])[0].findings
    return answer_several(
        request, access, SECTION,
        [_findings(findings), _suggestions(product, WRITE in access.scopes), _history(rows)],
        "pages/classification/one.html", heading=_title(product), about=say["one_about"],
        product=product, shown=shown, events=_events(shown),
        may_write=WRITE in access.scopes, tabs=tabs(say, "classification", *PAGES),
    )  # fmt: skip


def _title(product: Product) -> str:
    name = (language() == "zh" and product.name_zh) or product.name
    return f"{product.sku} {name}".strip()


def _shown(rows: Sequence[Classification]) -> Classification | None:
    """The version that a page tells: the open one, else the one that holds, else the newest."""
    today = timezone.localdate()
    is_open = [each for each in rows if each.state in OPEN]
    holds = [each for each in rows if each.state == ACCEPTED and each.valid_from <= today]
    holds.sort(key=lambda each: (each.valid_from, each.version), reverse=True)
    return next(iter([*is_open, *holds, *rows]), None)


def _events(shown: Classification | None) -> list[tuple[str, str, bool]]:
    """Steps that the version may go: event, its word, whether it asks for a reason."""
    if shown is None:
        return []
    say = words(SECTION)["events"]
    return [
        (name, say[name], name in _ASKS_WHY)
        for name, (begins, _) in WAYS.items()
        if shown.state in begins
    ]


def _findings(findings: Sequence[Finding]) -> Table:
    its = language()
    columns = (
        Column("severity", "state", states="severity"),
        Column("reason", of=lambda row: reason(row, its)),
        Column("next", of=lambda row: next_step(row, its)),
    )
    return Table("findings", columns, findings, more={"empty": words(SECTION)["no_findings"]})


def _suggestions(product: Product, may_write: bool) -> Table:
    """What it may be declared as; each opens a draft that is filled in so."""
    found = suggest(product.sku, timezone.localdate())
    at = {id(each): place for place, each in enumerate(found)}
    draft = reverse("pages:classification_draft", args=[product.id])
    columns = (
        Column(
            "kind",
            "state",
            states="suggestion",
            to=(lambda row: f"{draft}?take={at[id(row)]}") if may_write else None,
        ),
        Column("of", "code"),
        Column("hs_code", "code", of=lambda row: row.goods.hs_code),
        Column("declared", of=lambda row: row.goods.name_zh),
        Column("on", "day"),
        Column("why", of=_why),
    )
    return Table("suggestions", columns, found, more={"empty": words(SECTION)["no_suggestions"]})


def _why(row: Suggestion) -> str:
    say = words(SECTION)["whys"]
    shared = ", ".join(row.shared)
    return str(say[row.kind].format(shared=shared, percent=row.permille // 10))


def _history(rows: Sequence[Classification]) -> Table:
    """Versions, the newest first, each with who did its last step, and why."""
    last: dict[UUID, Step] = {}
    for step in Step.objects.filter(classification__in=rows).order_by("step_no"):
        last[step.classification_id] = step
    who = named({each.made_by for each in rows} | {each.by for each in last.values()})

    def of_last(row: Classification, name: str) -> Any:
        return getattr(last[row.id], name) if row.id in last else None

    columns = (
        Column("version", "number"),
        Column("state", "state", states="classification"),
        Column("valid_from", "day"),
        Column("hs_code", "code"),
        Column("declared", of=lambda row: row.name_zh),
        Column("made_by", of=lambda row: who[row.made_by]),
        Column("made_at", "moment"),
        Column("decided_by", of=lambda row: who[last[row.id].by] if row.id in last else ""),
        Column("decided_at", "moment", of=lambda row: of_last(row, "at")),
        Column("note", of=lambda row: of_last(row, "reason") or row.note),
    )
    return Table("versions", columns, rows, more={"empty": words(SECTION)["no_versions"]})


@action(WRITE, "/classification/")
def step(request: HttpRequest, access: Access, id: UUID, event: str) -> HttpResponse:
    """Let a version go a step."""
    if event not in WAYS:
        raise Http404
    say = words(SECTION)
    why = " ".join(request.POST.get("note", "").split())
    if event in _ASKS_WHY and not (1 <= len(why) <= _MOST_WHY and why.isprintable()):
        messages.error(request, say["reason_needed"])
        return redirect(where_from(request, reverse("pages:classification")))
    _go(event, [id], why)
    messages.success(request, say["done"][event])
    return redirect(where_from(request, reverse("pages:classification")))


@action(WRITE, "/classification/")
def decide(request: HttpRequest, access: Access) -> HttpResponse:
    """Propose or accept what is open of the marked products: all of it, or none with why."""
    say, event = words(SECTION), request.POST.get("what", "")
    if event not in ("proposed", "accepted"):
        raise Http404
    skus = Product.objects.filter(id__in=_marked(request)).values_list("sku", flat=True)
    begins = WAYS[event][0]
    ids = Classification.objects.filter(sku__in=list(skus), state__in=begins)
    found = list(ids.values_list("id", flat=True))
    if not found:
        messages.warning(request, say["none_marked"])
    else:
        _go(event, found, "")
        messages.success(request, say["many_done"][event].format(len(found)))
    return redirect(where_from(request, reverse("pages:classification")))


def _go(event: str, ids: Sequence[UUID], why: str) -> None:
    match event:
        case "proposed":
            recording.propose(ids)
        case "accepted":
            recording.accept(ids)
        case "returned":
            recording.send_back(ids, why)
        case "dropped":
            recording.drop(ids)
        case _:
            recording.undo(ids, why)


def _marked(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.POST.getlist("products")[:ON_A_PAGE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


urlpatterns = [
    path("", work, name="classification"),
    path("decide", decide, name="classification_decide"),
    path("products/<uuid:id>/", one, name="classification_one"),
    path("versions/<uuid:id>/<slug:event>", step, name="classification_step"),
]
