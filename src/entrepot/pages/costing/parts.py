# SPDX-License-Identifier: Apache-2.0
"""What the pages of cost invoices share: their tabs, columns and addresses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from entrepot.pages.reconciling.parts import READ, SECTION, WRITE, tabs
from entrepot.pages.table import Column
from entrepot.pages.wording import Words, language, words
from entrepot.web.telling import state_in_words

__all__ = ["READ", "SECTION", "WRITE", "hundredths", "say", "tabs"]
TAB: Final = "money_costs"


def say() -> Words:
    """The words of these pages."""
    return words(SECTION)["costs"]  # type: ignore[no-any-return]


def hundredths(name: str = "amount", of: Callable[[Any], int] | None = None) -> Column:
    """An amount that is kept in hundredths, whatever decimals its currency has."""

    def value(row: Any) -> Decimal:
        return Decimal(row[name] if of is None else of(row)).scaleb(-2)

    return Column(name, "number", of=value)


def cost_at(id: Any) -> str:
    """The page of an invoice."""
    return reverse("pages:money_cost", args=[id])


def accounts(codes: str) -> str:
    """What an invoice is for, in words."""
    return "、".join(_account(each) for each in codes.split(", ")) if language() == "zh" else (
        ", ".join(_account(each) for each in codes.split(", "))
    )  # fmt: skip


def _account(code: str) -> str:
    return state_in_words("cost_account", code, language())
