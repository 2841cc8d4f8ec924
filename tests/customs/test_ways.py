# SPDX-License-Identifier: Apache-2.0
"""Ways to declare and the monthly merge: the brokers' cases, sums that keep all, the commands."""

from __future__ import annotations

import csv
import json
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from entrepot.cli import entrepot
from entrepot.customs.ways.merging import exact, merge, plain
from entrepot.customs.ways.rules import Ticket, judge, list_limit
from entrepot.customs.ways.tables import VERDICTS
from entrepot.customs.ways.telling import LANGUAGES, reason
from entrepot.errors import Misused
from entrepot.packs.read import read
from entrepot.pipelines.one_table import FaultyTable

ROOT = Path(__file__).parents[2]
CASES = tomllib.loads((ROOT / "tests" / "cases" / "export_ways.toml").read_text(encoding="utf-8"))
WAYS = {("plain", name): case for name, case in CASES["way"].items()} | {
    ("asked", name): case for name, case in CASES["unknown"].items()
}
EXAMPLES = ROOT / "examples" / "ways"


@pytest.mark.parametrize(("base", "name"), WAYS, ids=[name for _, name in WAYS])
def test_a_ticket_is_judged_as_the_broker_says(base, name):
    case = {**CASES[base], **WAYS[base, name]}
    expected = {verdict: set(case.pop(verdict, ())) for verdict in ("open", "ask")}
    sure = case.pop("sure", {})
    ticket = Ticket(**{**case, "value": int(Decimal(case["value"]) * 100)})
    limit = list_limit(ticket.on)

    judged = judge(ticket, limit)

    found = {each: {j.way["way"] for j in judged if j.verdict == each} for each in VERDICTS}
    assert {verdict: found[verdict] for verdict in expected} == expected
    assert {way: {j.way["way"]: j.confidence for j in judged}[way] for way in sure} == sure
    for each in judged:
        assert all(reason(each, ticket, limit, language) for language in LANGUAGES)


@pytest.mark.parametrize("name", CASES["merge"])
def test_lists_are_merged_as_the_broker_says(name):
    case = CASES["merge"][name]
    rows = [
        {**CASES["list"], "list_no": f"L{at}", "item_no": 1, **row}
        for at, row in enumerate(case["rows"])
    ]

    merged = merge(rows)

    assert [
        [form.month, form.due_on, len(form.lists), len(form.items)] for form in merged.forms
    ] == case["forms"]
    sums = [
        [plain(item.quantity), plain(item.value)]
        for form in merged.forms
        for item in form.items.values()
    ]
    assert sums == case.get("sums", sums)
    assert len(merged.units_differ) == case.get("differ", 0)
    assert sum(place is None for place in merged.placed.values()) == case.get("left", 0)


AMOUNTS = st.decimals(0, 10**9, places=5).map(lambda each: f"{each:f}")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), AMOUNTS, AMOUNTS), max_size=40))
def test_no_amount_goes_missing_in_a_merge(drawn):
    rows = [
        {**CASES["list"], "list_no": str(at), "item_no": 1, "consignor": str(consignor),
         "hs_code": f"851679100{code}", "quantity": quantity, "value": value}
        for at, (consignor, code, quantity, value) in enumerate(drawn)
    ]  # fmt: skip

    merged = merge(rows)

    items = [item for form in merged.forms for item in form.items.values()]
    for column, summed in (("quantity", 2), ("value", 3)):
        total = sum(getattr(item, column) for item in items)
        assert Decimal(plain(total)) == sum(Decimal(each[summed]) for each in drawn)
    assert sum(item.list_items for item in items) == len(rows) == len(merged.placed)


@given(st.integers(-(10**20), 10**20))
def test_an_amount_is_read_back_as_it_was(amount):
    assert exact(plain(amount)) == amount


def run(*arguments):
    return CliRunner().invoke(entrepot, ["customs", *map(str, arguments)])


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_tells_every_way_of_a_ticket_with_its_reason(tmp_path):
    done = run("way", EXAMPLES / "goods.csv", "--json", "--out", tmp_path / "out")

    assert done.exit_code == 0
    report = json.loads(done.output)
    assert report == json.loads((tmp_path / "out" / "ways.json").read_text(encoding="utf-8"))
    rows = rows_of(tmp_path / "out" / "ways.csv")
    assert len(rows) == 3 * 8
    assert all(row["reason_zh"] and row["reason_en"] and row["source"] for row in rows)
    assert {
        row["way"] for row in rows if row["ticket"] == "pallet" and row["verdict"] == "open"
    } == {"9810_form"}


def test_a_firm_may_name_a_limit_of_its_own(tmp_path, monkeypatch):
    published = ROOT / "src" / "entrepot" / "packs" / "cn" / "export_limits"
    (tmp_path / "limits.toml").write_bytes(published.with_suffix(".toml").read_bytes())
    text = published.with_suffix(".csv").read_text(encoding="utf-8").replace("5000", "10000", 1)
    (tmp_path / "limits.csv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("ENTREPOT_PACKS", str(tmp_path))

    done = run("way", EXAMPLES / "goods.csv", "--limits", "own/limits", "--language", "zh")

    assert "可用 9810，出口海外仓，清单（S）" in done.output
    assert "5,000.01 元，不超过限额 10,000.00 元" in done.output


def test_a_ticket_without_an_open_way_ends_with_1_and_one_of_two_minds_is_refused(tmp_path):
    header = "ticket,line_no,on,buyer,value\n"
    (tmp_path / "old.csv").write_text(header + "A,1,2019-01-01,firm,5.00\n", encoding="utf-8")
    assert run("way", tmp_path / "old.csv").exit_code == 1

    rows = "A,1,2026-01-01,firm,5.00\nA,2,2026-01-01,consumer,5.00\n"
    (tmp_path / "two.csv").write_text(header + rows, encoding="utf-8")
    error = run("way", tmp_path / "two.csv").exception
    assert isinstance(error, FaultyTable)
    assert [each["row"] for each in error.facts["faults"]] == [2, 3]
    assert isinstance(run("way", tmp_path / "none.csv").exception, Misused)


def test_lists_are_merged_from_a_table_and_every_item_is_placed(tmp_path):
    done = run("merge", EXAMPLES / "lists.csv", "--out", tmp_path / "out")

    assert done.exit_code == 0
    assert [row["due_on"] for row in rows_of(tmp_path / "out" / "merged_forms.csv")] == [
        "2026-04-15", "2026-05-15",
    ]  # fmt: skip
    placed = rows_of(tmp_path / "out" / "merged_lists.csv")
    assert [row["form_no"] for row in placed] == ["1", "1", "1", "", "2"]


def test_lists_are_merged_from_messages_for_a_day_that_is_said(tmp_path):
    run("sample", "--message", "603", "--count", "150", "--out", tmp_path / "lists")
    files = sorted((tmp_path / "lists").iterdir())
    for path in files:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("<ceb:statisticsFlag>A", "<ceb:statisticsFlag>B"), "utf-8")

    assert isinstance(run("merge", tmp_path / "lists").exception, Misused)
    done = run("merge", tmp_path / "lists", "--closed-on", "2026-03-03", "--json")
    report = json.loads(done.output)
    assert report["counts"]["not_merged"] == 0
    assert report["counts"]["lists"] > 0
    assert {form["due_on"] for form in report["forms"]} == {"2026-04-15"}

    twice = run("merge", *files, files[0], "--closed-on", "2026-03-03").exception
    assert isinstance(twice, FaultyTable)
    assert "is in" in twice.found


def test_every_condition_is_of_a_way_that_there_is():
    ways = {row["way"] for row in read("cn/export_ways").rows}

    assert {row["way"] for row in read("cn/export_way_conditions").rows} == ways
    assert date(2024, 12, 15) in {row["valid_from"] for row in read("cn/export_ways").rows}
