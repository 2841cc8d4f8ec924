# SPDX-License-Identifier: Apache-2.0
"""A season with one lot of lamps, a settlement of them and what the bank says of it, for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.finance.costs_kit import SALE, on, season
from tests.on_engines import Row

CHANNEL = SALE["channel"]
ITS = {"channel": CHANNEL, "settlement_no": "S1"}


def line(number: int, account: str, amount: str, order: str | None = "A-1", **rest: Any) -> Row:
    """An amount of the settlement, in EUR on 15 April unless said otherwise."""
    return {
        **ITS,
        "line_no": number,
        "posted_on": on("15"),
        "account": account,
        "currency": "EUR",
        "amount": Decimal(amount),
        "order_no": order,
        "sku": None,
        "label": None,
        **rest,
    }


def payout(amount: str, **rest: Any) -> Row:
    """The payout of the settlement on 20 April."""
    return {
        **ITS, "paid_on": on("20"), "currency": "EUR", "amount": Decimal(amount),
        "reference": None, **rest,
    }  # fmt: skip


def entry(number: str, amount: str, **rest: Any) -> Row:
    """A receipt of the settlement in EUR on 22 April."""
    return {
        "account": "EU1",
        "entry_no": number,
        "line_no": 0,
        "booked_on": on("22"),
        "kind": "payout",
        "currency": "EUR",
        "amount": Decimal(amount),
        **ITS,
        "payee": None,
        "of_currency": None,
        "of_amount": None,
        "reference": None,
        **rest,
    }


def with_bank(lines: list[Row], payouts: list[Row], *entries: Row) -> dict[str, list[Row]]:
    """The lot of `costs_kit` without costs, with a EUR at CNY 7.50, 7.60, 7.80 and a USD at 7.20.

    It was declared for EUR 2,000.00 on 2 April; 35 lamps stayed with buyers, 2 were scrapped.
    """
    rates = [("01", "7.5"), ("12", "7.6"), ("21", "7.8")]
    made = season()
    made["costs"] = []
    made["fx_rates"] = [
        {"on": on(day), "currency": currency, "cny_per_unit": Decimal(rate)}
        for day, rate in rates
        for currency, rate in (("EUR", rate), ("USD", "7.2"))
    ]
    return made | {"settlements": lines, "payouts": payouts, "bank": list(entries)}
