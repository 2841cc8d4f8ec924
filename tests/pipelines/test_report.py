# SPDX-License-Identifier: Apache-2.0
"""The figures of a report are those of the tables beside it, on every engine."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from entrepot.ledger.numbers import FATES
from entrepot.packs.read import in_force, read
from entrepot.pipelines.due import WHAT
from entrepot.pipelines.report.board import MEASURES
from entrepot.pipelines.report.calendar import URGENCIES
from tests import season_files
from tests.on_engines import Row, run
from tests.oracle.together import laid_together, several

AS_OF = date(2026, 4, 30)
ABOUT = season_files.ABOUT | {"as_of": AS_OF}
BANDS = (30, 60, 90, 180, 365)
Figures = dict[str, Any]


class Close:
    """A close's report, the rows of its tables and the rows of its season."""

    def __init__(self, season: dict[str, list[Row]], out: Path) -> None:
        self.figures: Figures = json.loads((out / "report.json").read_text(encoding="utf-8"))
        self.season = season
        self.rows = {
            name: pq.read_table(out / one["file"]).to_pylist()
            for name, one in self.figures["outputs"].items()
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("report")
    season_files.write(folder / "season", _season(), ABOUT, formats="parquet")
    return folder


def _season() -> dict[str, list[Row]]:
    return laid_together(several(AS_OF, 60, seed=5))


@pytest.fixture(scope="module")
def closed(folder) -> Close:
    run(folder / "season", folder / "out")
    return Close(_season(), folder / "out")


def money(rows: list[Row], name: str) -> Decimal:
    return sum((row[name] or Decimal(0) for row in rows), Decimal("0.00"))


def test_duckdb_and_polars_say_the_same(folder, closed):
    run(folder / "season", folder / "duckdb", engine="duckdb")
    found = Close({}, folder / "duckdb").figures

    for figures in (found, closed.figures):
        figures["close"] = {"digest": figures["close"]["digest"]}
    assert found == closed.figures


def test_the_calendar_sums_to_refunds_and_advances(closed):
    lines = closed.figures["calendar"]["lines"]
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    counted: Counter[str] = Counter()
    for line in lines:
        found[line["what"]] += Decimal(line["money"] or 0)
        counted[line["what"]] += line["lines"]

    for what in WHAT:
        kind, state = what.split(".")
        if kind == "collect":
            ours = [row for row in closed.rows["collection"] if row["state"] == state]
            known = [] if state == "unknown" else ours
            expected = money(known, "not_sold") + money(known, "open")
            assert (found[what], counted[what]) == (expected, len(ours)), what
            continue
        table = closed.rows["advances" if kind == "advance" else "refunds"]
        ours = [row for row in table if row["state"] == state]
        if kind == "advance":
            expected = money(ours, "amount")
        elif state == "claim_advance":
            ours = [row for row in ours if row["refundable"] is not None]
            expected = money(ours, "refundable") - money(ours, "refundable_on_sold")
        else:
            ours = [row for row in ours if row["difference"] is not None]
            expected = money(ours, "difference")
        assert (found[what], counted[what]) == (expected, len(ours)), what
    assert len(found) >= 5


def test_what_has_passed_stands_first_and_days_rise(closed):
    lines = closed.figures["calendar"]["lines"]

    places = [(URGENCIES.index(line["urgency"]), line["by"] or "") for line in lines]
    assert places == sorted(places)
    for line in lines:
        if line["what"] == "advance.overdue":
            assert (line["urgency"], line["by"] < str(AS_OF)) == ("late", True)


def test_the_months_of_the_calendar_sum_to_its_lines(closed):
    calendar = closed.figures["calendar"]

    for kind, column in (("item", "claims"), ("advance", "advances"), ("collect", "exchange")):
        lines = [line for line in calendar["lines"] if line["what"].startswith(f"{kind}.")]
        assert sum(Decimal(row[column]) for row in calendar["months"]) == sum(
            Decimal(line["money"] or 0) for line in lines
        )


def test_a_line_names_its_largest_documents(closed):
    (line,) = (
        line for line in closed.figures["calendar"]["lines"] if line["what"] == "item.pay_back"
    )
    rows = [row for row in closed.rows["refunds"] if row["state"] == "pay_back"]
    rows.sort(key=lambda row: (row["difference"], row["declaration_no"], row["item_no"]))

    assert [(each["declaration_no"], each["item_no"]) for each in line["examples"]] == [
        (row["declaration_no"], row["item_no"]) for row in rows[:3]
    ]
    assert Decimal(line["examples"][0]["money"]) == rows[0]["difference"]


def test_a_day_is_as_sure_as_its_weakest_text(closed):
    for line in closed.figures["calendar"]["lines"]:
        if line["what"] != "item.claim":
            continue
        marks = {
            in_force(read("cn/refund_deadlines"), row["exported_on"], rule="claim_by").text(
                "confidence"
            )
            for row in closed.rows["refunds"]
            if row["state"] == "claim" and str(row["claim_by"]) == line["by"]
        }
        assert line["sure"] == ("M" if "M" in marks else "V")
    unannounced = [
        line for line in closed.figures["calendar"]["lines"] if line["by"] == "2027-04-30"
    ]
    assert unannounced
    assert all(line["announced"] is not line["what"].startswith("advance.") for line in unannounced)


def test_what_lies_ready_is_what_the_filing_tables_hold(closed):
    for row in closed.figures["calendar"]["filing"]:
        ours = [one for one in closed.rows["filing_exports"] if one["filing"] == row["filing"]]
        assert row["lines"] == len(ours)
        assert row["units"] == sum(one["quantity"] for one in ours)
        assert Decimal(row["money"]) == money(ours, "refundable")
    assert sum(row["lines"] for row in closed.figures["calendar"]["filing"]) == len(
        closed.rows["filing_exports"]
    )


def test_units_and_refund_are_those_of_the_tables(closed):
    units: Counter[str] = Counter()
    for row in closed.rows["trace"]:
        units[row["fate"]] += row["quantity"]

    assert closed.figures["units"] == units
    assert set(units) == set(FATES)
    for name, found in closed.figures["refund"].items():
        assert Decimal(found) == money(closed.rows["refunds"], name)


def band(day: date) -> int:
    days = (AS_OF - day).days
    return next((at for at, last in enumerate(BANDS) if days <= last), len(BANDS))


def assert_aged(found: dict[str, Any], rows: list[Row], day: str) -> None:
    """Totals, and each warehouse that is named, are those of the rows, band by band."""
    assert found["warehouses"]
    named = [(row, [one for one in rows if one["warehouse"] == row["warehouse"]]) for row in
             found["warehouses"]]  # fmt: skip
    for row, ours in [*named, (found["total"], rows)]:
        units, cost = [0] * 6, [Decimal("0.00")] * 6
        for one in ours:
            units[band(one[day])] += one["quantity"]
            cost[band(one[day])] += one["net_amount"] or 0
        assert row["units_by_age"] == units
        assert [Decimal(each) for each in row["cost_by_age"]] == cost
        assert (row["units"], Decimal(row["cost"])) == (sum(units), sum(cost))
    shown = sum(row["units"] for row in found["warehouses"])
    assert shown + found["rest"]["units"] == found["total"]["units"]
    assert len({row["warehouse"] for row in rows}) == len(found["warehouses"]) + found["more"]


def test_stock_by_age_is_that_of_the_stock_table(closed):
    stock = closed.figures["stock"]

    assert_aged(stock["on_hand"], closed.rows["stock"], "received_on")
    assert stock["on_hand"]["more"] > 0, "so many warehouses that some are summed"
    unknown = sum(row["quantity"] for row in closed.rows["trace"]
                  if row["fate"] == "unsold" and row["net_amount"] is None)  # fmt: skip
    assert stock["on_hand"]["total"]["uncosted"] == unknown > 0


def test_what_is_on_its_way_is_that_of_the_trace(closed):
    going = [row for row in closed.rows["trace"] if row["fate"] == "in_transit"]

    assert_aged(closed.figures["stock"]["in_transit"], going, "day")


def test_slow_goods_are_the_dearest_old_ones(closed):
    since = AS_OF - timedelta(90)
    old: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in closed.rows["stock"]:
        if row["received_on"] < since:
            old[row["warehouse"], row["sku"]].append(row)
    stock = closed.figures["stock"]

    assert len(stock["slow"]) + stock["slow_more"] == len(old)
    costs = [Decimal(row["old_cost"] or 0) for row in stock["slow"]]
    assert costs == sorted((money(rows, "net_amount") for rows in old.values()), reverse=True)[:20]
    for row in stock["slow"]:
        ours = old[row["warehouse"], row["sku"]]
        assert row["old_units"] == sum(one["quantity"] for one in ours)
        assert row["oldest"] == str(min(one["received_on"] for one in ours))
        sold = [
            sale
            for sale in closed.season["sales"]
            if (sale["warehouse"], sale["sku"]) == (row["warehouse"], row["sku"])
            and sale["shipped_on"] <= AS_OF
        ]
        recent = [sale["quantity"] for sale in sold if sale["shipped_on"] > since]
        assert row["sold"] == sum(recent)
        last = max((sale["shipped_on"] for sale in sold), default=None)
        assert row["last_sold"] == (last and str(last))


def test_exceptions_are_those_of_the_table(closed):
    found = {row["code"]: row for row in closed.figures["exceptions"]}

    assert found.keys() == {row["code"] for row in closed.rows["exceptions"]}
    for code, row in found.items():
        ours = [one for one in closed.rows["exceptions"] if one["code"] == code]
        assert row["rows"] == len(ours)
        counted = [one["quantity"] for one in ours if one["quantity"] is not None]
        assert row["units"] == (sum(counted) if counted else None)
        valued = [one["amount"] for one in ours if one["amount"] is not None]
        assert row["money"] == (str(sum(valued)) if valued else None)
        assert 1 <= len(row["examples"]) <= 3
        keys = {one["key"] for one in ours}
        assert {each["key"] for each in row["examples"]} <= keys


def test_movement_by_month_is_that_of_the_documents(closed):
    months = closed.figures["movement"]
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in closed.season["declarations"]:
        if row["exported_on"] <= AS_OF:
            sums["exported"][str(row["exported_on"])[:7]] += row["quantity"]
    for row in closed.season["sales"]:
        if row["shipped_on"] <= AS_OF:
            sums["sold"][str(row["shipped_on"])[:7]] += row["quantity"]
    for row in closed.rows["trace"]:
        if row["fate"] == "sold" and row["order_line_no"] is None:
            sums["sold"][str(row["day"])[:7]] += row["quantity"]

    listed = {row["month"] for row in months["months"]}
    assert len(listed) == len(months["months"]) <= 24
    for name, by_month in sums.items():
        for row in months["months"]:
            assert row[name] == by_month[row["month"]]
        earlier = sum(units for month, units in by_month.items() if month not in listed)
        assert (months["earlier"] or {}).get(name, 0) == earlier


def test_modes_and_countries_are_those_of_the_documents(closed):
    declared = [row for row in closed.season["declarations"] if row["exported_on"] <= AS_OF]
    for row in closed.figures["modes"]:
        ours = [one for one in declared if one["mode"] == row["mode"]]
        assert row["declarations"] == len({one["declaration_no"] for one in ours})
        assert row["items"] == len({(one["declaration_no"], one["item_no"]) for one in ours})
        assert row["units"] == sum(one["quantity"] for one in ours)
        fob: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in ours:
            fob[one["fob_currency"]] += one["fob_amount"]
        assert {name: Decimal(text) for name, text in row["fob"].items()} == fob
    assert len(closed.figures["modes"]) == len({row["mode"] for row in declared})
    sales = [row for row in closed.season["sales"] if row["shipped_on"] <= AS_OF]
    assert sum(row["lines"] for row in closed.figures["sales"]["countries"]) == len(sales)


def test_days_from_export_to_receipt_are_counted_in_units(closed):
    exported = {
        (row["declaration_no"], row["item_no"]): row["exported_on"]
        for row in closed.season["declarations"]
    }
    days = sorted(
        (row["received_on"] - exported[row["declaration_no"], row["item_no"]]).days
        for row in closed.season["receipts"]
        if row["received_on"] <= AS_OF
        for _ in range(row["quantity"])
    )
    days = [each for each in days if each >= 0]
    found = closed.figures["lead"]["all"]

    assert found["units"] == len(days)
    assert found["median"] == days[(len(days) - 1) // 2]
    assert found["ninth"] == days[-(-9 * len(days) // 10) - 1]
    assert found["longest"] == days[-1]


def test_every_measure_is_there_and_nothing_is_invented(closed):
    measures = closed.figures["measures"]

    assert [each["number"] for each in measures] == list(range(1, 16))
    assert [row.whole("number") for row in read(MEASURES).rows] == list(range(1, 16))
    assert [each["number"] for each in measures if not each["facts"]] == [2, 3, 4, 13, 15]
    for measure in measures:
        assert measure["missing"]
