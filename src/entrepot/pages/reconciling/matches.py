# SPDX-License-Identifier: Apache-2.0
"""The page to settle what is left: payouts without a credit beside credits without a payout.

What was matched, by whom and why, and the way to undo it.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.ledger.lists import List
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, page
from entrepot.pages.reconciling import parts
from entrepot.pages.reconciling.parts import READ, SECTION, WRITE, amount
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.reconciling import files, matching
from entrepot.reconciling.causes import cause_of
from entrepot.reconciling.models import CREDIT, DIFFERENCES, OPEN, PAYOUT, Item, Match, Matched
from entrepot.web.telling import state_in_words

_PROPOSALS: Final = """
    SELECT * FROM (
        SELECT proposal AS id, min(found) AS found, min(opened_on) AS opened_on,
            string_agg(number, ', ' ORDER BY number) FILTER (WHERE stage = 'payout') AS payouts,
            string_agg(number, ', ' ORDER BY number) FILTER (WHERE stage = 'bank') AS credits,
            sum(amount) FILTER (WHERE stage = 'payout')::bigint AS owed,
            min(currency) FILTER (WHERE stage = 'payout') AS owed_currency,
            sum(amount) FILTER (WHERE stage = 'bank')::bigint AS came,
            min(currency) FILTER (WHERE stage = 'bank') AS came_currency
        FROM reconciling_item
        WHERE enterprise_id = %(enterprise)s AND proposal IS NOT NULL
        GROUP BY proposal
    ) AS p WHERE {after} ORDER BY {order} LIMIT {limit}
"""


class MatchForm(forms.DeskForm):
    reason = forms.text(500, required=False)
    difference_as = fields.ChoiceField(
        required=False,
        choices=lambda: (
            [("", words(SECTION)["no_difference"])]
            + [(each, state_in_words("money_difference", each, language())) for each in DIFFERENCES]
        ),
    )


def _found(row: dict[str, Any]) -> str:
    return cause_of(PAYOUT, row["found"], 0).why[language()]


def _next(row: dict[str, Any]) -> str:
    return cause_of(PAYOUT, row["found"], 0).next[language()]


_OF_PROPOSALS = (
    Column("payouts", "code"),
    amount("owed", "owed_currency"),
    Column("credits"),
    amount("came", "came_currency"),
    Column("opened_on", "day"),
    Column("why", of=_found),
    Column("next", of=_next),
)


def _of_items(stage: str) -> tuple[Column, ...]:
    to = (
        (lambda row: reverse("pages:money_payout", args=[row.subject])) if stage == PAYOUT else None
    )
    return (
        Column("number", "code" if stage == PAYOUT else "text", to=to,
               of=lambda row: row.number or "–"),
        Column("of_channel", of=lambda row: row.channel),
        Column("opened_on", "day"),
        amount(),
        Column("why", of=parts.why),
    )  # fmt: skip


@page(READ)
def left(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Proposals; payouts that no credit belongs to; credits that no payout belongs to."""
    say, may_write = words(SECTION), WRITE in access.scopes
    today = files.today()

    def age(rows: Any) -> None:
        for row in rows:
            row.days = (today - row.opened_on).days

    tables = [
        Table("proposals", _OF_PROPOSALS, List(_PROPOSALS, {}, ("id",)), limit=20,
              choose="proposals" if may_write else "", more={"empty": say["no_proposals"]}),
        *(
            Table(
                name, _of_items(stage), Item.objects.filter(stage=stage, state=OPEN, match=None),
                by=("opened_on", "id"), limit=20, choose="items" if may_write else "",
                more={"empty": say["none_left"]}, before=age,
            )
            for name, stage in (("payouts", PAYOUT), ("credits", CREDIT))
        ),
    ]  # fmt: skip
    return answer_several(
        request, access, SECTION, tables, "pages/reconciling/left.html",
        tabs=parts.tabs("money_match"), heading=say["left"], about=say["left_about"],
        may_write=may_write, form=MatchForm(say=say),
    )  # fmt: skip


@action(WRITE, "/money/match/")
def match(request: HttpRequest, access: Access) -> HttpResponse:
    """Match what is marked on both sides, or settle one side alone with a reason."""
    say, ids = words(SECTION), parts.marked(request, "items")
    if not ids:
        messages.warning(request, say["none_marked"])
        return redirect("pages:money_match")
    given = MatchForm(request.POST, say=say)
    if not given.is_valid():
        messages.error(request, say["none_marked"])
        return redirect("pages:money_match")
    matching.match_items(ids, given.cleaned_data["reason"], given.cleaned_data["difference_as"])
    messages.success(request, say["matched"])
    return redirect("pages:money_match")


@action(WRITE, "/money/match/")
def accept(request: HttpRequest, access: Access) -> HttpResponse:
    """Accept the proposals that are marked: all of them, or none."""
    say, ids = words(SECTION), parts.marked(request, "proposals")
    if not ids:
        messages.warning(request, say["none_marked"])
        return redirect("pages:money_match")
    for each in ids:
        matching.accept(each)
    messages.success(request, say["accepted"].format(len(ids)))
    return redirect("pages:money_match")


@page(READ)
def matches(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Matches and undoings, the latest first."""
    actors: dict[str, str] = {}
    columns = (
        Column("at", "moment", to=lambda row: reverse("pages:money_matched", args=[row.id])),
        Column("way", of=lambda row: state_in_words("money_way", row.way, language())),
        amount("owed", "owed_currency"),
        amount("came", "came_currency"),
        Column("difference_as", of=lambda row: state_in_words(
            "money_difference", row.difference_as, language())),
        Column("reason"),
        Column("created_by", of=lambda row: actors[row.by]),
    )  # fmt: skip
    table = Table(
        "matches", columns, Match.objects.all(), by=("-at", "-id"),
        before=lambda rows: actors.update(named({each.by for each in rows})),
        more={"empty": words(SECTION)["no_matches"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/list.html", tabs=parts.tabs("money_matches"),
        heading=words(SECTION)["tabs"]["money_matches"], about=words(SECTION)["matches_about"],
    )  # fmt: skip


@page(READ)
def matched(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A match: its items, by whom and why, and the way to undo it."""
    say, found = words(SECTION), Match.objects.select_related("undoes").get(id=id)
    undone = Match.objects.filter(undoes=found).first()
    items = Item.objects.filter(
        id__in=parts_of(found.undoes_id or found.id)
    ).order_by("stage", "opened_on", "id")  # fmt: skip
    columns = (
        Column("number", "code"),
        Column("stage", of=lambda row: state_in_words("money_stage", row.stage, language())),
        Column("of_channel", of=lambda row: row.channel),
        Column("opened_on", "day"),
        amount(),
        Column("state", "state", states="money_item"),
    )
    table = Table("items", columns, list(items))
    return answer(
        request, access, SECTION, table, "pages/reconciling/matched.html", match=found,
        undone=undone, tabs=parts.tabs("money_matches"), heading=say["match_of"],
        about=say["matched_about"], by=named([found.by])[found.by],
        way=state_in_words("money_way", found.way, language()),
        may_undo=WRITE in access.scopes and undone is None and found.undoes_id is None,
    )  # fmt: skip


def parts_of(match: UUID) -> list[UUID]:
    """The items that a match is about."""
    return list(Matched.objects.filter(match_id=match).values_list("item_id", flat=True))


@action(WRITE, "/money/matches/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take a match back, with the reason why."""
    matching.undo(id, request.POST.get("reason", "")[:500])
    messages.success(request, words(SECTION)["undone"])
    return redirect("pages:money_matched", id)


urlpatterns = [
    path("match/", left, name="money_match"),
    path("match/do", match, name="money_match_do"),
    path("match/accept", accept, name="money_match_accept"),
    path("matches/", matches, name="money_matches"),
    path("matches/<uuid:id>/", matched, name="money_matched"),
    path("matches/<uuid:id>/undo", undo, name="money_matched_undo"),
]
