# SPDX-License-Identifier: Apache-2.0
"""What is asked of seasons that are closed together, and what they say of money, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle.margin import Sold

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season


@dataclass(frozen=True)
class Asked:
    """Whether there are costs, whether margins and receipts are to be worked out; of what."""

    has_costs: bool
    has_margin: bool
    has_banks: bool
    sold: list[Sold] = field(default_factory=list)


def asked_of(parts: list[Season], as_of: date) -> Asked:
    """What is asked of seasons that are closed together."""

    def some(table: str) -> bool:
        return any(row["posted_on"] <= as_of for part in parts for row in part.get(table, []))

    return Asked(some("costs"), some("costs") or some("settlements"), has_banks=True)


#: What is said of money, and the key that its rows are in order of.
OF_MONEY = {
    "money_book": ("document_kind", "document_no", "document_line", "part", "item"),
    "settled": ("channel", "settlement_no", "currency"),
    "proceeds": ("channel", "order_no", "currency"),
    "netting": ("channel", "settlement_no", "currency", "kind", "basis"),
    "allocated": ("account", "entry_no", "entry_line", "part"),
    "collected": ("declaration_no", "item_no", "sku"),
    "collection": ("declaration_no", "fob_currency"),
    "receipts_year": ("year",),
    "exchange_settled": (
        "place",
        "currency",
        "opened_kind",
        "opened_no",
        "opened_line",
        "closed_kind",
        "closed_no",
        "closed_line",
    ),
    "exchange_revalued": ("place", "currency", "on"),
    "exchange_borne": ("holder", "name", "currency"),
    "landed": ("declaration_no", "item_no", "sku", "account", "currency"),
    "margin": ("channel", "order_no", "line_no"),
    "cash_tied": ("invoice_no", "line_no", "sku"),
    "money_exceptions": ("code", "table", "key", "currency"),
}


def in_order(*parts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """What several say of money, together and in the order of the tables' keys."""

    def key_of(row: Row, columns: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(row[column] for column in columns)

    return {
        name: sorted(
            (row for part in parts for row in part.get(name, [])),
            key=lambda row, columns=columns: key_of(row, columns),
        )
        for name, columns in OF_MONEY.items()
    }
