# SPDX-License-Identifier: Apache-2.0
"""The board: what is proven and what is open, stage by stage; the list behind each number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.jobs.actions import start
from entrepot.pages import forms
from entrepot.pages.frame import action, page, where_from
from entrepot.pages.reconciling import parts
from entrepot.pages.reconciling.parts import READ, SECTION, WRITE, amount
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.reconciling import files, lists, matching
from entrepot.reconciling.board import Line, board
from entrepot.reconciling.causes import AGES, codes_of
from entrepot.reconciling.models import ITEM_STATES, STAGES
from entrepot.reconciling.work import Nothing, look_again
from entrepot.web.telling import state_in_words


def _list(row: Line, **asked: str) -> str:
    """The address of the list behind a number."""
    where = reverse("pages:money_items", args=[row.stage])
    return f"{where}?{urlencode({'currency': row.currency} | asked)}"


def _age(age: str) -> Column:
    def of(row: Line) -> int:
        return row.ages[age].items

    name = "age_" + age.replace("-", "_").replace("+", "")
    return Column(name, "number", of=of, to=_to(age=age, has=of))


def _to(has: Callable[[Line], int], **asked: str) -> Callable[[Line], str]:
    """The list behind a number, where it is not 0."""
    return lambda row: _list(row, **asked) if has(row) else ""


def _stage(row: Line) -> str:
    return state_in_words("money_stage", row.stage, language())


_STAGES = (
    Column("stage", of=_stage, to=_list),
    Column("currency", "code"),
    Column("proven", "number", of=lambda row: row.proven.items,
           to=_to(lambda row: row.proven.items, state="proven")),
    amount("proven_amount", of=lambda row: row.proven.amount),
    Column("open", "number", of=lambda row: row.open.items, to=_to(lambda row: row.open.items)),
    amount("open_amount", of=lambda row: row.open.amount),
    *map(_age, AGES),
    Column("oldest_on", "day"),
)  # fmt: skip


def _causes(lines: list[Line]) -> list[dict[str, Any]]:
    return [
        {
            "stage": _stage(line), "currency": line.currency, "items": each.sum.items,
            "amount": each.sum.amount, "why": each.cause.why[language()],
            "next": each.cause.next[language()], "url": _list(line, found=each.found),
        }
        for line in lines
        for each in line.causes
    ]  # fmt: skip


_CAUSES = (
    Column("stage"),
    Column("why", to=lambda row: row["url"]),
    Column("next"),
    Column("items", "number"),
    amount(),
)


@page(READ)
def show_board(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The board: it reads the tallies only."""
    say, lines = words(SECTION), board(files.today())
    stages = Table("stages", _STAGES, lines, more={"empty": say["empty"]})
    causes = Table("causes", _CAUSES, _causes(lines), more={"empty": say["nothing_open"]})
    return answer_several(
        request, access, SECTION, [stages, causes], "pages/reconciling/board.html",
        tabs=parts.tabs("money"), may_write=WRITE in access.scopes,
    )  # fmt: skip


class ItemFilters(forms.Filters):
    currency = forms.text(3)
    state = forms.states("money_item", ITEM_STATES)
    age = forms.states("money_age", AGES)
    number = forms.text(200)
    found = forms.text(30)


def _columns(today: date) -> tuple[Column, ...]:
    def said(tell: Callable[[Any], str], row: dict[str, Any]) -> str:
        return tell(row | {"days": (today - row["opened_on"]).days})

    return (
        Column("number", "code", to=parts.subject_of),
        Column("of_channel", of=lambda row: row["channel"]),
        Column("opened_on", "day"),
        Column("days", "number", of=lambda row: (today - row["opened_on"]).days
               if row["state"] == "open" else None),
        amount(),
        Column("state", "state", states="money_item"),
        Column("why", of=partial(said, parts.why)),
        Column("next", of=partial(said, parts.next_step)),
        Column("match", of=lambda row: words(SECTION)["match_of"] if row["match_id"] else "",
               to=lambda row: reverse("pages:money_matched", args=[row["match_id"]])
               if row["match_id"] else ""),
    )  # fmt: skip


@page(READ)
def items(request: HttpRequest, access: Access, stage: str) -> HttpResponseBase:
    """The items behind a number, the oldest first."""
    if stage not in STAGES:
        raise Http404
    say, today = words(SECTION), files.today()
    filters = ItemFilters(request.GET, say=say)
    given = filters.given()
    asked = {
        "currency": given.get("currency", "").upper(), "state": given.get("state", "open"),
        "age": given.get("age", ""), "number": given.get("number", ""),
        "found": given["found"] if given.get("found") in codes_of(stage) else "",
    }  # fmt: skip
    may_write = WRITE in access.scopes
    table = Table(
        "items", _columns(today), lists.items(today, stage, **asked), filters=filters,
        choose="items" if may_write and asked["state"] == "open" else "",
        more={"empty": say["nothing_open"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/reconciling/items.html", tabs=parts.tabs("money"),
        heading=state_in_words("money_stage", stage, language()), about=say["items_about"],
        may_write=may_write,
    )  # fmt: skip


@action(WRITE, "/money/")
def settle(request: HttpRequest, access: Access) -> HttpResponse:
    """Settle marked items of a stage, with the reason why nothing belongs to them."""
    say, ids = words(SECTION), parts.marked(request, "items")
    back = redirect(where_from(request, reverse("pages:money")))
    if not ids:
        messages.warning(request, say["none_marked"])
        return back
    matching.match_items(ids, request.POST.get("reason", "")[:500])
    messages.success(request, say["settled"].format(len(ids)))
    return back


@action(WRITE, "/money/")
def look(request: HttpRequest, access: Access) -> HttpResponse:
    """Have a job look at what left and was declared by now."""
    start(look_again, Nothing())
    messages.success(request, words(SECTION)["looking"])
    return redirect("pages:money")


urlpatterns = [
    path("", show_board, name="money"),
    path("items/<slug:stage>/", items, name="money_items"),
    path("settle", settle, name="money_settle"),
    path("look", look, name="money_look"),
]
