# SPDX-License-Identifier: Apache-2.0
"""The accountants' cases of the producing firm, each a season of its own, on DuckDB and Polars."""

from __future__ import annotations

import tempfile
import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.on_engines import Outputs, Row
from tests.taxrefund.producing.closing import close_producing

CASES = tomllib.loads(
    (Path(__file__).parents[2] / "cases" / "vat_periods.toml").read_text(encoding="utf-8")
)
NAMES = list(CASES["case"])
LISTED = {"periods": "vat_filing", "lines": "vat_lines", "advances": "advances"}
DECLARATION = "310120250000000001"


def given(name: str) -> Row:
    made: Row = CASES["given"] | CASES["case"][name]
    first = {"mode": made["mode"], "sold": made["sold"]}
    made["items"] = [
        {
            column: made[column]
            for column in ("exported_on", "declared", "fob_amount", "refund_rate", "mode")
        }
        | (first if at == 1 else {"sold": 0})
        | item
        | {"item": at, "sku": f"SKU-{at}", "hs_code": f"690111000{at}"}
        for at, item in enumerate([{}, *made["items"]], 1)
    ]
    return made


def season(name: str) -> dict[str, list[Row]]:
    """A case as the rows of a season."""
    g = given(name)
    on_item = {"declaration_no": DECLARATION, "warehouse": "DUI1"}
    made: dict[str, list[Row]] = {table: [] for table in ("receipts", "sales", "refund_rates")}
    made["products"] = [
        {"sku": item["sku"], "name": "Cup", "hs_code": item["hs_code"]} for item in g["items"]
    ]
    made["declarations"] = [
        on_item
        | {name: item[name] for name in ("sku", "mode", "exported_on")}
        | {"item_no": item["item"], "quantity": item["declared"], "destination": "DE"}
        | {"fob_amount": Decimal(item["fob_amount"]), "fob_currency": g["fob_currency"]}
        for item in g["items"]
    ]
    for item in g["items"]:
        units = {"sku": item["sku"], "warehouse": "DUI1", "line_no": 1, "quantity": item["sold"]}
        if item["sold"]:
            day = {"received_on": g["sold_on"], "shipped_on": g["sold_on"]}
            made["receipts"].append(
                on_item | units | day | {"receipt_no": "R", "item_no": item["item"]}
            )
            made["sales"].append(
                units
                | day
                | {"channel": "shop", "order_no": item["sku"], "destination": "DE"}
                | {"amount": Decimal("9.99"), "currency": "EUR"}
            )
        if item["refund_rate"]:
            made["refund_rates"].append(
                {"hs_code": item["hs_code"], "valid_from": date(2024, 1, 1), "source": "the case"}
                | {"refund_rate": Decimal(item["refund_rate"])}
            )
    made["fx_rates"] = [
        {"on": date.fromisoformat(day), "currency": "USD", "cny_per_unit": Decimal(rate)}
        for day, rate in g["fx"].items()
    ]
    made["vat_periods"] = [_decimals(row) for row in g["periods"]]
    made["vat_exports"] = [_line(row, g["vat_rate"]) for row in g["lines"]]
    made["input_invoices"] = [
        _decimals({name: value for name, value in row.items() if name != "no"})
        | {"invoice_no": row["no"]}
        for row in g["invoices"]
    ]
    return made


def _line(row: Row, vat_rate: str) -> Row:
    named = {"no": "claim_no", "item": "item_no", "of": "of_claim"}
    line = {"item_no": 1, "declaration_no": DECLARATION}
    if row["kind"] in ("ordinary", "advance"):
        line["vat_rate"] = vat_rate
    line |= {named.get(name, name): value for name, value in row.items()}
    return _decimals(line)


def _decimals(row: Row) -> Row:
    """Amounts and rates as numbers; all else as it is."""
    words = ("amount", "vat", "rate", "before", "reduction")
    return {
        name: Decimal(value) if isinstance(value, str) and name.endswith(words) else value
        for name, value in row.items()
    }


@cache
def closed(engine_name: str, name: str) -> Outputs:
    with tempfile.TemporaryDirectory() as scratch:
        return close_producing(engine_name, season(name), given(name)["as_of"], Path(scratch))


def plain(value: Any) -> Any:
    """A value that was written, as a case says it."""
    return "" if value is None else str(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("name", NAMES)
def test_case(name):
    expect = CASES["case"][name]["expect"]
    assert expect.keys() <= {*LISTED, "exceptions"}, "a word that no part of a case has"

    found = closed("polars", name)

    for part, said in expect.items():
        if part == "exceptions":
            assert sorted(row["code"] for row in found.rows["exceptions"]) == said
            continue
        rows = found.rows[LISTED[part]]
        assert len(rows) == len(said), (part, rows)
        for row, one in zip(rows, said, strict=True):
            assert {column: plain(row[column]) for column in one} == one, part
    for table in ("refunds", "filing_exports", "filing_purchases"):
        assert found.rows[table] == [], "only a trading firm claims so"


@pytest.mark.parametrize("name", NAMES[3::7])
def test_both_engines_come_to_the_same(name):
    assert closed("duckdb", name).digests == closed("polars", name).digests


def test_every_case_says_what_it_expects_and_names_only_what_can_be_given():
    for name in NAMES:
        assert CASES["case"][name].keys() <= {*CASES["given"], "expect"}, name
        assert CASES["case"][name]["expect"], name
