# SPDX-License-Identifier: Apache-2.0
"""The accountants' cases of the refund position.

Every case is a declaration item of its own; those that close on one day lie in one season. Polars
closes so small a season fastest; DuckDB must come to the same, digest by digest.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.on_engines import Outputs, Row, close_season, open_engine

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "refunds.toml").read_text(encoding="utf-8")
)
NAMES = list(CASES["case"])
#: An amount or a rate, told apart from the words of a state and from "9810".
NUMBER = re.compile(r"^-?[0-9]+\.[0-9]+$")
LISTED = ("item", "advances", "file", "purchases", "exceptions")


class Case:
    """One case as rows of a season, all named after its number."""

    def __init__(self, name: str) -> None:
        self.given: Row = CASES["given"] | CASES["case"][name]
        self.expect: Row = self.given.pop("expect")
        number = f"{NAMES.index(name):04d}"
        self.sku = f"SKU-{number}"
        self.hs_code = f"940511{number}"
        self.declaration_no = f"31012025000000{number}"
        self.invoice_no = f"2433200000000000{number}"

    def claim_no(self, place: int) -> str:
        """The number of the claim at a place in the case's list, from 1."""
        return f"{self.sku}-C{place}"

    def season(self) -> dict[str, list[Row]]:
        g = self.given
        item = {"declaration_no": self.declaration_no, "item_no": 1}
        made: dict[str, list[Row]] = {
            "products": [{"sku": self.sku, "name": "Lamp", "hs_code": self.hs_code}],
            "declarations": [
                {
                    **item,
                    "sku": self.sku,
                    "mode": g["mode"],
                    "exported_on": g["exported_on"],
                    "quantity": g["declared"],
                    "fob_amount": Decimal(g["fob_amount"]),
                    "fob_currency": "USD",
                    "destination": "DE",
                    "warehouse": "DUI1",
                    "sold_at_export": g.get("sold_at_export"),
                    "statistics_flag": g.get("statistics_flag"),
                }
            ],
            "refund_claims": [self.claim(place) for place in range(1, len(g["claims"]) + 1)],
        }
        if g["refund_rate"]:
            made["refund_rates"] = [
                {
                    "hs_code": self.hs_code,
                    "valid_from": date(2024, 1, 1),
                    "refund_rate": Decimal(g["refund_rate"]),
                    "source": "the case",
                }
            ]
        if g["covered"]:
            made["purchases"] = [
                {
                    "invoice_no": self.invoice_no,
                    "line_no": 1,
                    "sku": self.sku,
                    "issued_on": g["exported_on"],
                    "supplier_uscc": "91110000600037341L",
                    "quantity": g["covered"],
                    "net_amount": Decimal(g["net_amount"]),
                    "vat_rate": Decimal(g["vat_rate"]),
                }
            ]
        return made | self.movements(item)

    def movements(self, item: Row) -> dict[str, list[Row]]:
        """What came in, went out and came back, where there is any."""
        g = self.given
        place = {"warehouse": "DUI1", "sku": self.sku}
        order = {"channel": "amazon-de", "order_no": self.sku}
        returned = {"line_no": 1, "order_line_no": 1, "outcome": "restocked", "warehouse": "DUI1"}
        rows = {
            "receipts": (
                g["received"],
                item | place | {"receipt_no": self.sku, "line_no": 1},
                {"received_on": g["received_on"]},
            ),
            "sales": (
                g["sold"],
                order | place | {"line_no": 1, "amount": Decimal("9.99"), "currency": "EUR"},
                {"shipped_on": g["sold_on"], "destination": "DE"},
            ),
            "returns": (
                g["came_back"],
                order | returned | {"return_no": self.sku},
                {"returned_on": g["came_back_on"]},
            ),
        }
        made = {
            name: [row | days | {"quantity": quantity}]
            for name, (quantity, row, days) in rows.items()
            if quantity
        }
        made["adjustments"] = [
            place
            | {"adjustment_no": self.sku, "line_no": at, "on": g["gone_on"]}
            | {"quantity": -g[reason], "reason": reason}
            for at, reason in enumerate(("lost", "sent_home"))
            if g[reason]
        ]
        return made

    def claim(self, place: int) -> Row:
        said = self.given["claims"][place - 1]
        return {
            "claim_no": self.claim_no(place),
            "declaration_no": self.declaration_no,
            "item_no": 1,
            "kind": said["kind"],
            "of_claim": self.claim_no(said["of"]) if "of" in said else None,
            "quantity": said["quantity"],
            "amount": Decimal(said["amount"]),
            "filed_on": said["filed_on"],
            "finished_on": said.get("finished_on"),
        }

    def found(self, closed: Outputs) -> dict[str, list[Row]]:
        """What the close says of this case, by the name under which the case expects it."""
        of_item = {"declaration_no": self.declaration_no}
        exports = closed.where("filing_exports", **of_item)
        tied = [row["association_no"] for row in exports]
        purchases = closed.rows["filing_purchases"]
        return {
            "item": closed.where("refunds", **of_item),
            "advances": closed.where("advances", **of_item),
            "file": exports,
            "purchases": [row for row in purchases if row["association_no"] in tied],
            "exceptions": [
                row for row in closed.rows["exceptions"] if self.declaration_no in row["key"]
            ],
        }

    def wanted(self, column: str, said: Any) -> Any:
        """A value as the case says it, as the close writes it."""
        if said == "":
            return None
        if column in ("settled_by", "of_claim"):
            return self.claim_no(said)
        return Decimal(said) if isinstance(said, str) and NUMBER.match(said) else said


@cache
def closed_on(engine_name: str, as_of: date) -> Outputs:
    """All cases of a day, closed together."""
    season: dict[str, list[Row]] = {}
    for name in NAMES:
        case = Case(name)
        if case.given["as_of"] == as_of:
            for table, rows in case.season().items():
                season.setdefault(table, []).extend(rows)
    with tempfile.TemporaryDirectory() as spill, open_engine(engine_name, Path(spill)) as engine:
        return close_season(engine, season, as_of)


@pytest.mark.parametrize("name", NAMES)
def test_case(name):
    case = Case(name)

    found = case.found(closed_on("polars", case.given["as_of"]))

    assert set(case.expect) <= set(LISTED), "a word that no part of a case has"
    for part, said in case.expect.items():
        if part == "exceptions":
            assert [row["code"] for row in found[part]] == said
            continue
        expected = [said] if part == "item" else said
        assert len(found[part]) == len(expected), (part, found[part])
        for row, one in zip(found[part], expected, strict=True):
            assert {name: row[name] for name in one} == {
                name: case.wanted(name, value) for name, value in one.items()
            }, part


def test_every_case_says_what_it_expects_and_names_only_what_can_be_given():
    may_be_given = {*CASES["given"], "sold_at_export", "statistics_flag", "expect"}

    for name in NAMES:
        assert CASES["case"][name].keys() <= may_be_given, name
        assert CASES["case"][name]["expect"], name


DAYS = sorted({Case(name).given["as_of"] for name in NAMES})


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_both_engines_come_to_the_same(as_of):
    assert closed_on("duckdb", as_of).digests == closed_on("polars", as_of).digests


@pytest.mark.parametrize(
    "as_of",
    DAYS,
    ids=str,
)
def test_what_is_typed_in_sums_up(as_of):
    """Purchase lines sum to their export line; what is filed moves each item to what is due."""
    closed = closed_on("polars", as_of)
    exports, purchases = closed.rows["filing_exports"], closed.rows["filing_purchases"]

    numbers = [row["association_no"] for row in exports]
    assert numbers == [f"{as_of:%Y%m}01{at:03d}" for at in range(1, len(exports) + 1)]
    assert {row["association_no"] for row in purchases} == set(numbers)
    for row in exports:
        lines = [line for line in purchases if line["association_no"] == row["association_no"]]
        assert sum(line["refundable"] for line in lines) == row["refundable"]
        assert sum(line["quantity"] for line in lines) == row["quantity"]
        assert len({line["quantity"] > 0 for line in lines}) == 1
        assert (row["business_type"] == "HWC-YT") == (row["filing"] in ("advance", "reversal"))
    for item in closed.rows["refunds"]:
        filed = [
            row["refundable"]
            for row in exports
            if row["declaration_no"] == item["declaration_no"] and row["filing"] != "advance"
        ]
        # Without a rate nothing is claimed: only the advance is taken back.
        if filed and item["difference"] is not None:
            assert sum(filed) == item["difference"], item["declaration_no"]
