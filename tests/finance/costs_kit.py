# SPDX-License-Identifier: Apache-2.0
"""A season with one lot of lamps and its costs, for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.on_engines import Row

LOT = {"declaration_no": "310120250000000001", "item_no": 1, "sku": "LAMP"}
SALE = {"channel": "amazon-de", "order_no": "A-1"}


def on(text: str) -> date:
    """The day in April 2025, or that of another month: 05-02."""
    return date.fromisoformat(f"2025-{text}" if "-" in text else f"2025-04-{text}")


def cost(number: str, amount: str, posted_on: str, **rest: Any) -> Row:
    """A line of a forwarder's invoice for freight of the whole lot, unless said otherwise."""
    about = {"declaration_no": LOT["declaration_no"]} if "channel" not in rest else {}
    return {
        "payee": "Forwarder",
        "cost_no": number,
        "line_no": 1,
        "posted_on": on(posted_on),
        "account": "freight",
        "currency": "EUR",
        "amount": Decimal(amount),
        **about,
        **rest,
    }


def season(*costs: Row, shares: tuple[Row, ...] = ()) -> dict[str, list[Row]]:
    """100 lamps: 80 arrive on 10 April, 40 are sold on 12 April and 5 of them come back.

    Three of these are restocked on 14 April, two scrapped on the same day; 20 are on their way.
    """
    back = {**SALE, "order_line_no": 0, "returned_on": on("14"), "warehouse": "DUI1"}
    return {
        "products": [{"sku": "LAMP", "name": "Lamp", "hs_code": "9405210000"}],
        "purchases": [
            {
                "invoice_no": "24332000000000000001", "line_no": 1, "sku": "LAMP",
                "issued_on": on("01"), "supplier_uscc": "91110000600037341L", "quantity": 100,
                "net_amount": Decimal("1000.01"), "vat_rate": Decimal("0.13"),
            }
        ],
        "declarations": [
            {
                **LOT, "mode": "9810", "exported_on": on("02"), "quantity": 100,
                "fob_amount": Decimal("2000.00"), "fob_currency": "EUR", "destination": "DE",
                "warehouse": "DUI1",
            }
        ],
        "receipts": [
            {
                "receipt_no": "R-1", "line_no": 1, "received_on": on("10"), "warehouse": "DUI1",
                **LOT, "quantity": 80,
            }
        ],
        "sales": [
            {
                **SALE, "line_no": 0, "shipped_on": on("12"), "warehouse": "DUI1", "sku": "LAMP",
                "quantity": 40, "amount": Decimal("1999.00"), "currency": "EUR",
                "destination": "DE",
            }
        ],
        "returns": [
            {"return_no": "B-1", "line_no": 0, **back, "quantity": 3, "outcome": "restocked"},
            {"return_no": "B-2", "line_no": 0, **back, "quantity": 2, "outcome": "scrapped"},
        ],
        "fx_rates": [
            {"on": on("15"), "currency": "EUR", "cny_per_unit": Decimal("7.500001")},
        ],
        "costs": list(costs),
        "cost_shares": list(shares),
    }  # fmt: skip
