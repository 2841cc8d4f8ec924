# SPDX-License-Identifier: Apache-2.0
"""Quantities and amounts up to the bound, exact to the fen, and one beyond it refused.

What is expected is worked out here with whole numbers of any size.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from entrepot.engine.amounts import FEN_LIMIT, QUANTITY_LIMIT, TOTAL_LIMIT
from entrepot.pipelines.runs import FaultySeason
from tests import season_files
from tests.on_engines import Outputs, close_season, run

AS_OF = date(2025, 12, 31)
MOST_UNITS, MOST_FEN = QUANTITY_LIMIT - 1, FEN_LIMIT - 1
DECLARATION = "310120250000000001"
ITEM = {"declaration_no": DECLARATION, "item_no": 1}
HS_CODE = "9405110000"


def yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


BOUGHT = {
    "invoice_no": "24332000000000000001",
    "line_no": 1,
    "issued_on": date(2025, 1, 5),
    "supplier_uscc": "91110000600037341L",
    "net_amount": yuan(MOST_FEN),
}
DECLARED = ITEM | {
    "mode": "9810",
    "exported_on": date(2025, 1, 10),
    "fob_currency": "USD",
    "destination": "DE",
    "warehouse": "DUI1",
}
RECEIVED = ITEM | {"line_no": 1, "received_on": date(2025, 2, 10), "warehouse": "DUI1"}
SOLD = {
    "channel": "amazon-de",
    "line_no": 1,
    "shipped_on": date(2025, 3, 10),
    "warehouse": "DUI1",
    "amount": yuan(MOST_FEN),
    "currency": "EUR",
    "destination": "DE",
}


def up_to(amount: int, units: int, whole: int) -> int:
    """What the first units of a whole carry, half up."""
    return (2 * amount * units + whole) // (2 * whole)


def season(skus: int, sold: int, rate: str, *, fob: int = 100) -> dict[str, Any]:
    """One invoice line and one declaration item of so many SKUs, every row at the bound."""
    names = [f"S{number:03d}" for number in range(skus)]
    tables: dict[str, Any] = {name: [] for name in season_files.valid()}
    tables["products"] = [{"sku": sku, "name": sku, "hs_code": HS_CODE} for sku in names]
    tables["refund_rates"] = [
        {
            "hs_code": HS_CODE,
            "valid_from": date(2024, 1, 1),
            "valid_to": None,
            "refund_rate": Decimal(rate),
            "source": "at the bound",
        }
    ]
    for sku in names:
        goods = {"sku": sku, "quantity": MOST_UNITS}
        tables["purchases"].append(BOUGHT | goods | {"vat_rate": Decimal(rate)})
        tables["declarations"].append(DECLARED | goods | {"fob_amount": yuan(fob)})
        tables["receipts"].append(RECEIVED | goods | {"receipt_no": sku})
        tables["sales"].append(SOLD | goods | {"order_no": sku, "quantity": sold})
    return tables


def expected_refund(skus: int, sold: int, rate: int) -> tuple[Decimal, Decimal]:
    """What is refundable, on all and on what is sold: one invoice line, rounded once."""
    on_sold = skus * up_to(MOST_FEN, sold, MOST_UNITS)
    on_all = skus * MOST_FEN
    return yuan((on_all * rate + 5000) // 10_000), yuan((on_sold * rate + 5000) // 10_000)


def test_pieces_of_an_amount_at_the_bound_are_exact(engine):
    sold = MOST_UNITS // 3
    tables = season(1, sold, "0.13")
    tables["sales"].append(tables["sales"][0] | {"order_no": "T", "quantity": 1})
    tables["adjustments"] = [
        {
            "adjustment_no": "J",
            "line_no": 1,
            "on": date(2025, 4, 1),
            "warehouse": "DUI1",
            "sku": "S000",
            "quantity": -7,
            "reason": "lost",
        }
    ]

    closed = close_season(engine, tables, AS_OF)

    cuts = [0, sold, sold + 1, sold + 8, MOST_UNITS]
    amounts = [up_to(MOST_FEN, cut, MOST_UNITS) for cut in cuts]
    assert [(r["fate"], r["quantity"], r["net_amount"]) for r in closed.rows["trace"]] == [
        (fate, cuts[at + 1] - cuts[at], yuan(amounts[at + 1] - amounts[at]))
        for at, fate in enumerate(("sold", "sold", "lost", "unsold"))
    ]
    assert sum(row["net_amount"] for row in closed.rows["trace"]) == yuan(MOST_FEN)
    (stock,) = closed.rows["stock"]
    assert (stock["quantity"], stock["net_amount"]) == (
        MOST_UNITS - sold - 8,
        yuan(MOST_FEN - amounts[3]),
    )


@pytest.mark.parametrize(
    ("skus", "rate"), [(1, "0.1300"), (1, "1.0000"), (5, "0.1300"), (5, "1.0000"), (40, "0.1300")]
)
def test_the_refund_of_an_invoice_line_at_the_bound_is_exact(engine, skus, rate):
    sold = MOST_UNITS // 2
    closed = close_season(engine, season(skus, sold, rate), AS_OF)

    (item,) = closed.rows["refunds"]
    whole = int(Decimal(rate) * 10_000)
    assert (item["refundable"], item["refundable_on_sold"]) == expected_refund(skus, sold, whole)
    assert item["difference"] == item["refundable_on_sold"]
    assert (item["declared"], item["sold"]) == (skus * MOST_UNITS, skus * sold)
    assert_filings(closed, item, skus, sold)


def assert_filings(closed: Outputs, item: dict[str, Any], skus: int, sold: int) -> None:
    """What is sold is filed in the ordinary way, the rest in advance; the lines sum to each."""
    ordinary, advance = closed.rows["filing_exports"]
    assert ordinary["refundable"] == item["refundable_on_sold"]
    assert [row["quantity"] for row in (ordinary, advance)] == [
        skus * sold,
        skus * (MOST_UNITS - sold),
    ]
    for row in (ordinary, advance):
        lines = closed.where("filing_purchases", association_no=row["association_no"])
        assert sum(line["refundable"] for line in lines) == row["refundable"]
        assert all(0 < line["refundable"] <= line["net_amount"] for line in lines)


@pytest.mark.parametrize("skus", [1, 2, 5])
def test_the_fob_value_of_an_item_at_the_bound_is_split_exactly(engine, skus):
    sold = MOST_UNITS // 2 - 1
    units, fob = skus * MOST_UNITS, skus * (MOST_FEN - 1)

    closed = close_season(engine, season(skus, sold, "0.13", fob=MOST_FEN - 1), AS_OF)

    part = up_to(fob, skus * sold, units)
    assert [row["fob_amount"] for row in closed.rows["filing_exports"]] == [
        yuan(part),
        yuan(fob - part),
    ]


def test_a_purchase_line_of_many_skus_at_the_bound_is_exact(engine):
    """40 amounts at the bound x 13%, all still to be claimed in advance."""
    tables = season(40, MOST_UNITS, "0.13") | {"sales": []}

    closed = close_season(engine, tables, AS_OF)

    due, _ = expected_refund(40, 0, 1300)
    assert [(row["filing"], row["refundable"]) for row in closed.rows["filing_exports"]] == [
        ("advance", due)
    ]
    assert [(r["net_amount"], r["refundable"]) for r in closed.rows["filing_purchases"]] == [
        (yuan(40 * MOST_FEN), due)
    ]


BEYOND: dict[str, tuple[str, dict[str, Any], str]] = {
    "a quantity": ("sales", {"quantity": QUANTITY_LIMIT}, "sales.csv:2, quantity"),
    "units bought": ("purchases", {"quantity": QUANTITY_LIMIT}, "purchases.csv:2, quantity"),
    "an amount": ("purchases", {"net_amount": yuan(FEN_LIMIT)}, "purchases.csv:2, net_amount"),
    "a negative amount": ("sales", {"amount": yuan(-FEN_LIMIT)}, "sales.csv:2, amount"),
    "a FOB amount": ("declarations", {"fob_amount": yuan(FEN_LIMIT)}, "declarations.csv:2"),
}


@pytest.mark.parametrize("what", BEYOND)
def test_one_beyond_the_bound_is_refused(tmp_path, what):
    table, change, place = BEYOND[what]
    tables = season(1, 5, "0.13")
    tables[table][0] |= change

    with pytest.raises(FaultySeason) as refused:
        run(season_files.write(tmp_path / "season", tables), tmp_path / "out")

    assert place in refused.value.found
    assert not (tmp_path / "out").exists()


def test_what_is_at_the_bound_passes_the_check(tmp_path):
    tables = season(2, MOST_UNITS, "1")

    ran = run(season_files.write(tmp_path / "season", tables), tmp_path / "out")

    assert ran["summary"]["units"] == {"sold": 2 * MOST_UNITS}
    assert ran["summary"]["refund"]["refundable"] == str(yuan(2 * MOST_FEN))
    assert ran["control_totals"]["sales"]["money"] == {"EUR": str(yuan(2 * MOST_FEN))}


def test_a_table_whose_amounts_sum_beyond_the_bound_is_refused(tmp_path):
    tables = season(1, 5, "0.13")
    rows = TOTAL_LIMIT // MOST_FEN + 1
    tables["sales"] = [tables["sales"][0] | {"line_no": number} for number in range(rows)]

    with pytest.raises(FaultySeason) as refused:
        run(season_files.write(tmp_path / "season", tables), tmp_path / "out")

    assert "sales.csv, amount" in refused.value.found
