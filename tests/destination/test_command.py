# SPDX-License-Identifier: Apache-2.0
"""The command: tables that add up, refusals that say everything at once, and its two languages."""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.destination.actions import TooLarge
from entrepot.destination.firm import BadFirm
from entrepot.destination.opening import FaultyTables
from entrepot.destination.periods import period_of
from entrepot.errors import Misused
from entrepot.packs.read import read
from entrepot.pipelines.runs import FaultySeason

EXAMPLE = Path(__file__).parents[2] / "examples" / "vat"
KEY = ("scheme", "registration", "destination", "dispatch", "kind", "sold_in", "rate", "currency")


@pytest.fixture
def given(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "vat")
    return tmp_path / "vat"


def run(given, *more, period=("--quarter", "2026-Q3")):
    arguments = ["vat", "filing", str(given / "season"), str(given / "firm.toml"), *period, *more]
    return CliRunner().invoke(entrepot, arguments)


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_is_the_sum_of_the_lines_and_the_lines_are_the_season(given, tmp_path):
    done = run(given, "--json", "--out", str(tmp_path / "out"))

    assert done.exit_code == 1, "two lines are open"
    report = json.loads((tmp_path / "out" / "vat.json").read_text(encoding="utf-8"))
    assert report == json.loads(done.output)
    lines = rows(tmp_path / "out" / "destination_lines.csv")
    sums = defaultdict(lambda: [Decimal(0)] * 5)
    for each in lines:
        if each["scheme"] != "open":
            assert Decimal(each["gross"]) == Decimal(each["net"]) + Decimal(each["vat"])
        parts = [each[name] or "0" for name in ("gross", "net", "vat", "filed_net", "filed_vat")]
        key = tuple(each[name] for name in KEY)
        sums[key] = [a + Decimal(b) for a, b in zip(sums[key], parts, strict=True)]
    table = {
        tuple(each[name] for name in KEY): [
            Decimal(each[name] or "0") for name in ("gross", "net", "vat", "filed_net", "filed_vat")
        ]
        for each in rows(tmp_path / "out" / "destination_filing.csv")
    }
    assert table == sums
    sold = [each for each in rows(given / "season" / "sales.csv") if each["shipped_on"] > "2026-07"]
    assert sorted((e["order_no"], e["line_no"], e["amount"]) for e in sold) == sorted(
        (e["order_no"], e["line_no"], e["amount"]) for e in lines if e["kind"] == "sale"
    )
    assert {e["code"] for e in report["exceptions"] if e["is_open"]} == {
        "destination_unknown", "no_registration",
    }  # fmt: skip


def test_a_month_and_days_may_be_asked_for_and_nothing_open_ends_with_0(given):
    done = run(given, period=("--month", "2026-07"))
    assert done.exit_code == 1
    assert "open no_filing_rate, lines: 1. PLN -> EUR 2026-07-31" in done.output

    done = run(given, "--language", "zh", period=("--from", "2026-06-01", "--to", "2026-06-30"))

    assert done.exit_code == 0
    assert "FR 自 DE 20% EUR" in done.output


@pytest.mark.parametrize(
    ("first", "last", "kind", "name"),
    [
        ("2026-01-01", "2026-03-31", "quarter", "2026-Q1"),
        ("2024-02-01", "2024-02-29", "month", "2024-02"),
        ("2026-12-01", "2026-12-31", "month", "2026-12"),
        ("2026-01-01", "2026-03-30", "days", "2026-01-01 to 2026-03-30"),
        ("2026-02-01", "2026-04-30", "days", "2026-02-01 to 2026-04-30"),
    ],
)
def test_days_that_are_a_month_or_a_quarter_are_that(first, last, kind, name):
    period = period_of("", "", date.fromisoformat(first), date.fromisoformat(last))

    assert (period.kind, period.name) == (kind, name)
    assert (str(period.first), str(period.last)) == (first, last)


def test_rates_of_exchange_may_be_those_of_a_file(given):
    text = (given / "firm.toml").read_text(encoding="utf-8")
    (given / "firm.toml").write_text(
        text.replace("[exchange]", '[exchange]\nfile = "rates.csv"'), encoding="utf-8"
    )
    (given / "rates.csv").write_text(
        "on,base,currency,units\n2026-09-30,EUR,PLN,4\n", encoding="utf-8"
    )

    filing = json.loads(run(given, "--json").output)["filing"]

    (polish,) = (row for row in filing if row["destination"] == "PL")
    assert (polish["vat"], polish["filed_vat"], polish["filed_net"]) == ("23.00", "5.75", "25.00")

    sales = given / "season" / "sales.csv"
    sales.write_text(sales.read_text("utf-8").replace("123.00,PLN", "2" + "0" * 12 + ",PLN"))
    (given / "rates.csv").write_text(
        "on,base,currency,units\n2026-09-30,PLN,EUR,1000000\n", encoding="utf-8"
    )
    assert isinstance(run(given).exception, TooLarge)


@pytest.mark.parametrize(
    "period",
    [
        (),
        ("--month", "2026-13"),
        ("--quarter", "2026-Q5"),
        ("--month", "2026-01", "--quarter", "2026-Q1"),
        ("--from", "2026-01-01"),
        ("--from", "2026-02-01", "--to", "2026-01-01"),
    ],
)
def test_a_period_that_is_none_is_refused(given, period):
    assert isinstance(run(given, period=period).exception, Misused)


def test_all_mistakes_of_the_firm_s_file_are_said_at_once(given):
    (given / "firm.toml").write_text(
        """
        estalished = "CN"
        below_threshold = true
        own_rates = "../rates.csv"
        outside = ["usa"]
        [exchange]
        on = "today"
        [warehouses]
        DUI1 = "Germany"
        [channels.webshop]
        prices = "with_vat"
        collects = "marketplace"
        [[registrations]]
        scheme = "uk"
        state = "DE"
        number = "1"
        currency = "GBP"
        [[registrations]]
        scheme = "ioss"
        state = "IE"
        number = "1"
        currency = "EUR"
        [[registrations]]
        scheme = "ioss"
        state = "NL"
        number = "2"
        currency = "EUR"
        """,
        encoding="utf-8",
    )

    error = run(given).exception

    assert isinstance(error, BadFirm)
    assert {each["column"] for each in error.facts["mistakes"]} == {
        '"estalished"', "established", "below_threshold", "consignment_value", "outside",
        "own_rates", "[exchange] on", "[exchange] source", "[warehouses] DUI1",
        "[channels.webshop] because", "[[registrations]] 1, state", "[[registrations]] 3",
    }  # fmt: skip
    assert 'Is "established" meant?' in error.found


@pytest.mark.parametrize("said", ["no TOML", "established = 5\nwarehouses = 1\nchannels = [1]"])
def test_a_file_of_another_form_is_refused_and_not_broken_by(given, said):
    (given / "firm.toml").write_text(said, encoding="utf-8")

    assert isinstance(run(given).exception, BadFirm)


def test_faults_of_the_firm_s_tables_and_of_the_season_are_named(given, tmp_path):
    (given / "own_rates.csv").write_text(
        "sku,destination,valid_from,valid_to,rate,source\nBOOK,FR,2026-01-02,2026-01-01,7,x\n",
        encoding="utf-8",
    )
    error = run(given, "--out", str(tmp_path / "out")).exception
    assert isinstance(error, FaultyTables)
    assert [each["column"] for each in error.facts["faults"]] == ["rate", "valid_to"]

    sales = given / "season" / "sales.csv"
    sales.write_text(sales.read_text("utf-8").replace(",61.00,", ",61.001,"), "utf-8")
    error = run(given, "--out", str(tmp_path / "out")).exception
    assert isinstance(error, FaultySeason)
    assert error.asked == f"Cannot make out the VAT returns of {given / 'season'}."
    assert not (tmp_path / "out").exists()


def test_every_rate_says_how_sure_it_is_and_whether_its_first_day_is_known():
    rates = read("eu/vat_rates").rows

    assert len(rates) == 27
    for row in rates:
        assert row["confidence"] == "S"
        is_known = row["start_known"] == "true"
        assert is_known == (row["valid_from"].year > 2000)
        assert is_known or "not known" in row["checked"]
