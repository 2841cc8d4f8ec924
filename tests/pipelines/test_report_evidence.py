# SPDX-License-Identifier: Apache-2.0
"""Papers to be on file: which claims have theirs, which are within their term, which are late."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests import season_files
from tests.on_engines import run
from tests.season_files import DECLARATION

AS_OF = date(2026, 4, 30)
ITEM = {"declaration_no": DECLARATION, "item_no": 1, "of_claim": None, "finished_on": None}


def claim(number: str, filed_on: date, documents_on: date | None, amount: str) -> dict[str, Any]:
    return ITEM | {
        "claim_no": number,
        "kind": "ordinary",
        "quantity": 1,
        "amount": Decimal(amount),
        "filed_on": filed_on,
        "documents_on": documents_on,
    }


CLAIMS = [
    claim("IN-TIME", date(2026, 3, 1), date(2026, 3, 16), "1.00"),
    claim("LATE", date(2026, 3, 1), date(2026, 3, 17), "2.00"),
    claim("MISSING", date(2026, 4, 14), None, "4.00"),
    claim("LAST-DAY", date(2026, 4, 15), None, "8.00"),
    claim("OTHER", date(2026, 4, 15), None, "16.00"),
    # Filed after the close: on that day nothing is known of it.
    claim("AFTERWARDS", date(2026, 4, 20), date(2026, 5, 2), "32.00"),
]


def figures(
    folder: Path,
    engine: str = "polars",
    about: dict[str, Any] | None = None,
    **tables: list[dict[str, Any]],
) -> dict[str, Any]:
    """The figures of the report of a small season with these tables changed."""
    season = season_files.valid() | tables
    if about:
        del season["transfers"]  # which an older season does not know
    season_files.write(folder / "season", season, about or season_files.ABOUT)
    run(folder / "season", folder / "out", engine=engine)
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_bytes())
    return found


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_claim_has_its_documents_in_time_late_or_not_yet(tmp_path, engine):
    found = figures(tmp_path, engine, refund_claims=CLAIMS)["documents"]

    assert found["recorded"] is True
    assert found["sums"] == {
        "on_file": {"claims": 1, "money": "1.00"},
        "on_file_late": {"claims": 1, "money": "2.00"},
        "missing": {"claims": 1, "money": "4.00"},
        "waiting": {"claims": 3, "money": "56.00"},
    }
    assert [
        (row["state"], row["due_on"], row["claims"], row["money"]) for row in found["days"]
    ] == [
        ("missing", "2026-04-29", 1, "4.00"),
        ("waiting", "2026-04-30", 2, "24.00"),
        ("waiting", "2026-05-05", 1, "32.00"),
    ]
    assert found["days"][1]["examples"] == [
        {"key": "OTHER", "money": "16.00"},
        {"key": "LAST-DAY", "money": "8.00"},
    ]


def test_a_season_that_records_nothing_is_said_to_record_nothing(tmp_path):
    about = {name: value for name, value in season_files.ABOUT.items() if name != "schema"}
    claims = [{k: v for k, v in row.items() if k != "documents_on"} for row in CLAIMS]

    found = figures(tmp_path, about=about, refund_claims=claims)["documents"]

    assert found["recorded"] is False
    assert found["sums"] == {
        "past": {"claims": 3, "money": "7.00"},
        "waiting": {"claims": 3, "money": "56.00"},
    }
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "This season does not record whether the documents of a claim are on file." in page
    assert "of 3 earlier claims (7.00 CNY) the day has passed" in page


def test_settlements_need_no_documents_of_their_own(tmp_path):
    claims = season_files.valid()["refund_claims"]
    assert {row["kind"] for row in claims} == {"advance", "reversal"}

    found = figures(tmp_path, refund_claims=claims)["documents"]

    assert sum(one["claims"] for one in found["sums"].values()) == 1


def sale(order: str, shipped_on: date, quantity: int, amount: str) -> dict[str, Any]:
    return season_files.valid()["sales"][0] | {
        "order_no": order,
        "shipped_on": shipped_on,
        "quantity": quantity,
        "amount": Decimal(amount),
    }


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_sales_within_their_term_are_listed_by_the_day_their_proof_is_due(tmp_path, engine):
    sales = [
        sale("A-1", date(2026, 4, 14), 3, "10.00"),
        sale("A-2", date(2026, 4, 15), 5, "20.00"),
        sale("A-3", date(2026, 4, 15), 2, "40.00"),
        sale("A-4", date(2026, 4, 30), 1, "80.00"),
    ]

    found = figures(tmp_path, engine, sales=sales, returns=[])["proofs"]

    assert found["is_ruled"] is True
    assert found["earlier_units"] == 3
    assert [
        (row["due_on"], row["lines"], row["units"], row["amounts"]) for row in found["days"]
    ] == [("2026-04-30", 2, 7, {"EUR": "60.00"}), ("2026-05-15", 1, 1, {"EUR": "80.00"})]
    assert [each["key"] for each in found["days"][0]["examples"]] == [
        "amazon-de/A-2/0",
        "amazon-de/A-3/0",
    ]


def test_goods_sold_at_export_need_no_proof_of_a_later_sale(tmp_path):
    declarations = [row | {"sold_at_export": True} for row in season_files.valid()["declarations"]]
    sales = [sale("A-1", date(2026, 4, 20), 3, "10.00")]

    found = figures(tmp_path, declarations=declarations, sales=sales, returns=[])["proofs"]

    assert (found["days"], found["earlier_units"]) == ([], 0)


def test_where_no_rule_is_in_force_none_is_told(tmp_path):
    about = season_files.ABOUT | {"as_of": date(2025, 1, 20)}

    found = figures(tmp_path, about=about)["proofs"]

    assert found["is_ruled"] is False
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "No rule about the proof of a sale is in force on 2025-01-20." in page
