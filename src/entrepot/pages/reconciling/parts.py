# SPDX-License-Identifier: Apache-2.0
"""What the pages of money share: their scopes and tabs, and columns that several of them have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from entrepot.pages import frame
from entrepot.pages.table import Column
from entrepot.pages.wording import language, words
from entrepot.reconciling import files
from entrepot.reconciling.causes import cause_of
from entrepot.reconciling.models import CREDIT, DECLARED, FOOTED, PAYOUT, REFUND, SHIPPED

READ, WRITE = "money.read", "money.write"
SECTION: Final = "money"
_PAGES: Final = (
    "money", "money_match", "money_payouts", "money_bank", "money_matches", "money_costs",
    "money_files",
)  # fmt: skip
#: In which list the subject of an item is, by stage: its page, and what is asked by which column.
_LISTS: Final = {
    CREDIT: ("money_bank", "account", "channel"),
    SHIPPED: ("orders", "number", "number"),
    DECLARED: ("inbound_declarations", "declaration_no", "number"),
    REFUND: ("inbound_declarations", "declaration_no", "number"),
}


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of money beside each other."""
    return frame.tabs(words(SECTION), here, *_PAGES)


def marked(request: HttpRequest, name: str) -> list[UUID]:
    """What was marked in a table; what is no id is left out."""
    found = []
    for text in request.POST.getlist(name)[:1_000]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def amount(name: str = "amount", currency: str = "currency", **more: Any) -> Column:
    """An amount as a bank or a payer states it."""
    return Column(name, "money", currency=currency, iso=True, **more)


def why(row: Any) -> str:
    """Why an item is open, in the reader's language."""
    return _cause(row, "why")


def next_step(row: Any) -> str:
    """What to do next about an item that is open."""
    return _cause(row, "next")


def _cause(row: Any, part: str) -> str:
    its = row if isinstance(row, Mapping) else vars(row)
    if its["state"] != "open":
        return ""
    days = (files.today() - its["opened_on"]).days if "days" not in its else its["days"]
    cause = cause_of(its["stage"], its["found"], days)
    return (cause.why if part == "why" else cause.next)[language()]


def subject_of(row: Mapping[str, Any]) -> str:
    """The page of what an item is about; of some there is none."""
    if row["stage"] in (PAYOUT, FOOTED):
        return reverse("pages:money_payout", args=[row["subject"]])
    if row["stage"] not in _LISTS:
        return ""
    name, asked, column = _LISTS[row["stage"]]
    return f"{reverse(f'pages:{name}')}?{urlencode({asked: row[column]})}"
