# SPDX-License-Identifier: Apache-2.0
"""How much cash each lot ties up, and for how long."""

from __future__ import annotations

from typing import Final

from entrepot.engine.schema import Column, Kind, Table

CASH_TIED: Final = Table(
    "cash_tied",
    "VAT invoice line and SKU: cash that its goods tie up, and for how long",
    (
        Column("invoice_no", Kind.TEXT, "VAT special invoice", key=True),
        Column("line_no", Kind.NUMBER, "line of the invoice", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("paid_on", Kind.DAY, "day of the invoice, which counts as the day it was paid"),
        Column("quantity", Kind.COUNT, "stock units bought"),
        Column("amount", Kind.MONEY, "CNY without VAT"),
        Column("home", Kind.COUNT, "units with buyers whose money has all come"),
        Column("home_amount", Kind.MONEY, "CNY of these"),
        Column(
            "home_days",
            Kind.MONEY,
            "CNY of these, times the days from paid_on to the day the last of it came; below 0: it "
            "came before",
            negative=True,
        ),
        Column("open_amount", Kind.MONEY, "CNY of all others, wherever they are: still tied"),
        Column("open_days", Kind.MONEY, "CNY of these, times the days up to the close"),
        Column(
            "days",
            Kind.NUMBER,
            "days that a CNY of the lot was tied up so far, on average, rounded down; empty: it "
            "cost nothing",
            empty=True,
        ),
    ),
)
