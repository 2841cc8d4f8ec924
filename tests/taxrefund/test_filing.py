# SPDX-License-Identifier: Apache-2.0
"""What is typed in when there is more than one line of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.on_engines import Outputs, close_season, open_engine

AS_OF = date(2025, 12, 31)
ITEMS = 1002


@pytest.fixture(scope="module")
def closed(tmp_path_factory) -> Outputs:
    """More items to claim than a batch has serial numbers; one invoice line covers them all."""
    declarations: list[dict[str, Any]] = [
        {
            "declaration_no": f"31012025{number:010d}",
            "item_no": 1,
            "sku": "LAMP",
            "mode": "9710",
            "exported_on": date(2025, 1, 10),
            "quantity": 1,
            "fob_amount": Decimal("2.00"),
            "fob_currency": "USD",
            "destination": "DE",
        }
        for number in range(ITEMS)
    ]
    season = {
        "products": [{"sku": "LAMP", "name": "Lamp", "hs_code": "9405110000"}],
        "purchases": [
            {
                "invoice_no": "24332000000000000001",
                "line_no": 1,
                "sku": "LAMP",
                "issued_on": date(2025, 1, 5),
                "supplier_uscc": "91110000600037341L",
                "quantity": ITEMS,
                "net_amount": Decimal("10000.00"),
                "vat_rate": Decimal("0.13"),
            }
        ],
        "declarations": declarations,
        "refund_rates": [
            {
                "hs_code": "9405110000",
                "valid_from": date(2024, 1, 1),
                "refund_rate": Decimal("0.13"),
                "source": "the test",
            }
        ],
    }
    with open_engine("polars", tmp_path_factory.mktemp("spill")) as engine:
        return close_season(engine, season, AS_OF)


def test_an_invoice_line_is_shared_out_without_a_fen_lost(closed):
    lines = closed.rows["filing_purchases"]

    assert len(lines) == len(closed.rows["filing_exports"]) == ITEMS
    assert sum(line["net_amount"] for line in lines) == Decimal("10000.00")
    assert {line["net_amount"] for line in lines} == {Decimal("9.98"), Decimal("9.99")}
    assert all(line["refundable"] == Decimal("1.30") for line in lines)


def test_numbers_are_distinct_and_tie_both_tables(closed):
    numbers = [row["association_no"] for row in closed.rows["filing_exports"]]

    assert len(set(numbers)) == ITEMS
    assert [row["association_no"] for row in closed.rows["filing_purchases"]] == numbers
    assert numbers[0] == "20251201001"


def test_numbers_keep_to_the_form_and_to_their_order(closed):
    numbers = [row["association_no"] for row in closed.rows["filing_exports"]]

    assert {len(number) for number in numbers} == {len("YYYYMM") + 2 + 3}
    assert numbers == sorted(numbers), "rows are written in key order"
