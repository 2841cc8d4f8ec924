# SPDX-License-Identifier: Apache-2.0
"""What the firm allows when it loads: limits, kinds of containers, classes that may meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.consolidating import terms
from entrepot.consolidating.api import Site
from entrepot.consolidating.api_plans import Named
from entrepot.consolidating.planning.cargo import Kind, Limits
from entrepot.pages import forms
from entrepot.pages.frame import form, page, show
from entrepot.pages.inbound import parts
from entrepot.pages.inbound.bulk import Bulk, answer
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import Field, Row, shape, whole
from entrepot.pages.table import Column, Table, answer_several
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.web.fields import text

_LONGEST: Final = 100_000
#: What the page calls the columns of a kind, in the order of `terms.KIND_FIELDS`.
_NAMES: Final = (
    "kind", "length_mm", "width_mm", "height_mm", "door_width_mm", "door_height_mm", "payload_g",
)  # fmt: skip


class LimitsForm(forms.DeskForm):
    support = forms.quantity(1, 100)
    along = forms.quantity(0, 50)
    across = forms.quantity(1, 50)
    high = forms.quantity(0, 100)


@page(READ)
def rules(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The limits, the kinds of containers, and the classes that may share one."""
    say, kept = words(parts.SECTION), terms.current()
    kinds = [
        {name: row[field] for name, field in zip(_NAMES, terms.KIND_FIELDS, strict=True)}
        | {"count": row["count"], "source": row["source"]}
        for row in kept.kinds
    ]
    columns = (
        Column("kind"), *(Column(name, "number") for name in (*_NAMES[1:], "count")),
        Column("source"),
    )  # fmt: skip
    pairs = (Column("one", "code"), Column("other", "code"), Column("apart_mm", "number"),
             Column("source"))  # fmt: skip
    tables = [
        Table("container_kinds", columns, kinds, more=parts.empty(say, "kinds")),
        Table("class_pairs", pairs, list(kept.pairs), more=parts.empty(say, "pairs")),
    ]
    return answer_several(
        request, access, parts.SECTION, tables, "pages/inbound/loading_rules.html",
        heading=say["titles"]["loading_rules"], about=say["abouts"]["loading_rules"],
        may_write=WRITE in access.scopes, tabs=parts.tabs("inbound_plans"),
        limits=[(say["limits"][name], value) for name, value in kept.limits.items()],
    )  # fmt: skip


@form(WRITE)
def limits(request: HttpRequest, access: Access) -> HttpResponse:
    """Set how much of a base is supported and where the centre of gravity may lie."""
    say = words(parts.SECTION)
    given = LimitsForm(request.POST or None, initial=terms.current().limits, say=say)
    if request.method == "POST" and given.is_valid():
        terms.put_limits(Limits(**given.cleaned_data))
        parts.said(request, "rules_set")
        return redirect("pages:inbound_loading_rules")
    return show(
        request, access, parts.SECTION, "pages/form.html", form=given,
        heading=say["titles"]["limits"], about=say["abouts"]["limits"],
        back=reverse("pages:inbound_loading_rules"), status=422 if given.errors else 200,
    )  # fmt: skip


KINDS: Final = (
    Field("kind", shape(Site, "code"), must=True),
    *(Field(name, whole(1, _LONGEST), must=True, blank=None) for name in _NAMES[1:-1]),
    Field("payload_g", whole(1, 10**9), must=True, blank=None),
    Field("count", whole(0, 10_000), blank=None),
    Field("source", shape(Annotated[str, text(200)], "line")),
)
PAIRS: Final = (
    Field("one", shape(Named, "code"), must=True),
    Field("other", shape(Named, "code"), must=True),
    Field("apart_mm", whole(0, _LONGEST), must=True, blank=None),
    Field("source", shape(Annotated[str, text(200)], "line")),
)


@form(WRITE)
def kinds(request: HttpRequest, access: Access) -> HttpResponse:
    """Set the kinds of containers, in place of those before."""

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> None:
        terms.put_kinds([
            (Kind(*(row[name] for name in _NAMES)), row["count"], row["source"])
            for row in rows
        ])  # fmt: skip

    start = [
        [*(row[name] for name in terms.KIND_FIELDS), row["count"], row["source"]]
        for row in terms.current().kinds
    ]
    return _set(request, access, Bulk(KINDS, take, _done, start=start), "kinds")


@form(WRITE)
def pairs(request: HttpRequest, access: Access) -> HttpResponse:
    """Set the classes that may share a container, in place of those before."""

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> None:
        terms.put_pairs([
            (row["one"], row["other"], row["apart_mm"], row["source"]) for row in rows
        ])  # fmt: skip

    start = [[row[name] for name in terms.PAIR_FIELDS] for row in terms.current().pairs]
    bulk = Bulk(PAIRS, take, _done, start=start, may_be_empty=True)
    return _set(request, access, bulk, "pairs")


def _done(taken: None) -> tuple[str, str]:
    return parts.done("rules_set"), reverse("pages:inbound_loading_rules")


def _set(request: HttpRequest, access: Access, bulk: Bulk, name: str) -> HttpResponse:
    say = words(parts.SECTION)
    return answer(
        request, access, bulk, heading=say["titles"][name], about=say["abouts"][name],
        back=reverse("pages:inbound_loading_rules"),
    )  # fmt: skip


urlpatterns = [
    path("", rules, name="inbound_loading_rules"),
    path("limits/", limits, name="inbound_loading_limits"),
    path("kinds/", kinds, name="inbound_loading_kinds"),
    path("pairs/", pairs, name="inbound_loading_pairs"),
]
