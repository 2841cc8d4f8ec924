# SPDX-License-Identifier: Apache-2.0
"""Payouts with their lines, and what banks say arrived."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse

from entrepot.pages import forms
from entrepot.pages.frame import page
from entrepot.pages.reconciling import parts
from entrepot.pages.reconciling.parts import READ, SECTION, amount
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.reconciling import lists
from entrepot.reconciling.models import Item, Payout
from entrepot.web.telling import state_in_words


def _payout(row: Payout) -> str:
    return reverse("pages:money_payout", args=[row.id])


def _match(row: dict[str, Any]) -> str:
    return reverse("pages:money_matched", args=[row["match_id"]]) if row["match_id"] else ""


@page(READ)
def payouts(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Settlements and what they pay out, the latest first, each with what became of it."""
    states: dict[str, Item] = {}

    def look_up(rows: Any) -> None:
        subjects = [str(row.id) for row in rows]
        its = Item.objects.filter(stage="payout", subject__in=subjects)
        states.update((each.subject, each) for each in its)

    columns = (
        Column("settlement_no", "code", to=_payout),
        Column("channel"),
        Column("dated_on", "day"),
        Column("lines", "number"),
        amount("sum"),
        amount("paid_out", of=lambda row: row.amount),
        amount("residual"),
        amount("arrives", "paid_currency", of=lambda row: row.paid),
        Column("in_bank", "state", states="money_item",
               of=lambda row: its.state if (its := states.get(str(row.id))) else ""),
    )  # fmt: skip
    say = words(SECTION)
    table = Table(
        "payouts", columns, Payout.objects.all(), by=("-dated_on", "-id"), before=look_up,
        more={"empty": say["no_payouts"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/list.html", tabs=parts.tabs("money_payouts"),
        heading=say["tabs"]["money_payouts"], about=say["payouts_about"],
    )  # fmt: skip


_LINES = (
    Column("line_no", "number"),
    Column("posted_on", "day"),
    Column("kind"),
    Column("order_no", "code"),
    Column("sku", "code"),
    Column("label"),
    Column("account", "code"),
    amount(),
)


@page(READ)
def payout(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A payout: what its lines come to, what is left, where it arrived; and its lines."""
    say, found = words(SECTION), Payout.objects.get(id=id)
    item = Item.objects.filter(stage="payout", subject=str(id)).first()
    table = Table("lines", _LINES, lists.lines_of(found.channel, found.settlement_no))
    return answer(
        request, access, SECTION, table, "pages/reconciling/payout.html", payout=found, item=item,
        heading=f"{found.channel} {found.settlement_no}", about=say["payout_about"],
        tabs=parts.tabs("money_payouts"), why=parts.why(item) if item else "",
        next=parts.next_step(item) if item else "",
    )  # fmt: skip


class BankFilters(forms.Filters):
    account = forms.text(80)
    first = forms.day()
    last = forms.day()


def _state(row: dict[str, Any]) -> str:
    if row["aside"]:
        return state_in_words("money_aside", row["aside"], language())
    return state_in_words("money_item", row["state"] or "", language())


_OF_BANK = (
    Column("dated_on", "day"),
    Column("account", "code"),
    amount(),
    Column("text"),
    Column("counterparty"),
    Column("reference", "code"),
    Column("became", of=_state, to=_match),
)  # fmt: skip


@page(READ)
def bank(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Bookings of all accounts, the latest first, each with what became of it."""
    say = words(SECTION)
    filters = BankFilters(request.GET, say=say)
    table = Table(
        "bank", _OF_BANK, lists.bank_lines(**filters.given()), filters=filters,
        more={"empty": say["no_bank"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/list.html", tabs=parts.tabs("money_bank"),
        heading=say["tabs"]["money_bank"], about=say["bank_about"],
    )  # fmt: skip


urlpatterns = [
    path("payouts/", payouts, name="money_payouts"),
    path("payouts/<uuid:id>/", payout, name="money_payout"),
    path("bank/", bank, name="money_bank"),
]
