# SPDX-License-Identifier: Apache-2.0
"""The report says what of money does not fit, and the VAT periods, in both languages."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.pipelines import bank, collecting, coming_in, costs, exchanging, margin, money
from entrepot.pipelines.commands_report import report
from entrepot.pipelines.report.language import LANGUAGES, words_of
from entrepot.pipelines.report.money_sheets import money_sheets
from entrepot.pipelines.report.page import render_page
from tests.on_engines import run

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> Path:
    """The season of receipts, one of a settlement that is not there, one that nobody explained."""
    season = tmp_path_factory.mktemp("season") / "netting"
    shutil.copytree(EXAMPLES / "netting", season)
    with (season / "bank.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["settlement_no"] = "S-9"
    rows[-1] |= {"kind": "other", "channel": "", "settlement_no": ""}
    with (season / "bank.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    out = season.parent / "out"
    run(season, out, file_format="csv")
    return out


def figures_of(out: Path) -> dict:
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def test_every_code_and_currency_stands_in_the_report_with_its_rows_and_money(odd):
    with (odd / "money_exceptions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    told = figures_of(odd)["money_exceptions"]

    assert {row["code"] for row in rows} >= {"bank_unclassified", "bank_without_settlement"}
    assert {(row["code"], row["currency"]) for row in rows} == {
        (each["code"], each["currency"]) for each in told
    }
    for each in told:
        ours = [
            row
            for row in rows
            if (row["code"], row["currency"]) == (each["code"], each["currency"])
        ]
        assert each["rows"] == len(ours)
        assert Decimal(each["money"]) == sum(Decimal(row["amount"]) for row in ours)
        assert {one["key"] for one in each["examples"]} <= {row["key"] for row in ours}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_what_of_money_does_not_fit(odd, language):
    figures, words = figures_of(odd), words_of(language)

    page = render_page(figures, language)

    assert words("sheets", "money_exceptions") in page
    for each in figures["money_exceptions"]:
        assert words("money_exceptions", each["code"], "title") in page
        assert words("money_exceptions", each["code"], "do") in page


def test_every_code_of_money_has_words():
    parts = (bank, collecting, coming_in, costs, exchanging, margin, money)
    codes = {code for part in parts for code in part.REMEDIES}

    for language in LANGUAGES:
        assert set(words_of(language).keys("money_exceptions")) == codes


def test_the_periods_of_a_producing_firm_stand_in_the_report(tmp_path):
    out = tmp_path / "out"
    ran = run(EXAMPLES / "producing", out)

    figures = figures_of(out)

    assert figures["periods"] == ran["summary"]["periods"]
    [sheet] = [each for each in money_sheets(figures, words_of("en")) if each.id == "periods"]
    assert [row["period"] for row in sheet.rows] == [row["period"] for row in figures["periods"]]
    assert sheet.rows[0]["refund"] == Decimal(figures["periods"][0]["refund"])
    assert words_of("en")("sheets", "periods") in (out / "report.html").read_text(encoding="utf-8")


def test_a_report_of_before_has_neither_and_is_rendered_all_the_same(odd):
    figures = figures_of(odd)
    del figures["money_exceptions"], figures["periods"]
    (odd / "report.json").write_text(json.dumps(figures), encoding="utf-8")

    ran = CliRunner().invoke(report, [str(odd), "--lang", "zh"])

    assert ran.exit_code == 0
    page = (odd / "report.html").read_text(encoding="utf-8")
    assert words_of("zh")("sheets", "money_exceptions") not in page
