# SPDX-License-Identifier: Apache-2.0
"""What was read of reports becomes tables of a season, once however often it is laid there."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

import pytest
from click.testing import CliRunner

from entrepot.errors import Misused
from entrepot.pipelines.commands_check import check
from entrepot.pipelines.commands_close import close
from entrepot.settlement.actions import Asked, read_settlements
from entrepot.settlement.commands import settlement
from entrepot.settlement.seasons import NOT_PAID_OUT, NotLaid, lay_into_season
from tests import season_files
from tests.settlement.kit import EXAMPLES, v2


@pytest.fixture
def season(tmp_path):
    return season_files.write(tmp_path / "it's a season")


def reading(folder, path, form, file_format="parquet"):
    read_settlements(path, Asked(form, out=folder, file_format=file_format))
    return folder


def rows(season, table):
    with (season / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_report(tmp_path, text, **asked):
    path = tmp_path / "report.txt"
    path.write_text(text, encoding="utf-8")
    read_settlements(path, Asked("amazon-v2", out=tmp_path / "read", **asked))
    return tmp_path / "read"


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_lines_and_payouts_of_a_reading_are_rows_of_a_season(tmp_path, season, file_format):
    read = reading(tmp_path / "r", EXAMPLES / "amazon-us.txt", "amazon-v2", file_format)

    laid = lay_into_season(read, season, "amazon-us", "America/Los_Angeles")

    lines, [payout] = rows(season, "settlements"), rows(season, "payouts")
    assert (laid.settlements, laid.payouts) == (len(lines), 1) == (20, 1)
    assert [int(row["line_no"]) for row in lines] == list(range(1, 21))
    assert sum(Decimal(row["amount"]) for row in lines) == Decimal(payout["amount"])
    assert payout["paid_on"] == "2026-03-27"
    assert CliRunner().invoke(check, [str(season)]).exit_code == 0


def test_the_zone_decides_on_which_day_an_amount_was_posted(tmp_path, season):
    read = reading(tmp_path / "r", EXAMPLES / "amazon-us.txt", "amazon-v2")

    days = set()
    for zone in ("UTC", "Pacific/Kiritimati"):
        lay_into_season(read, season, "amazon-us", zone)
        days.add(rows(season, "settlements")[0]["posted_on"])

    assert days == {"2026-03-12", "2026-03-13"}


def test_a_settlement_that_is_there_is_replaced_and_others_stay(tmp_path, season):
    us = reading(tmp_path / "us", EXAMPLES / "amazon-us.txt", "amazon-v2")
    de = reading(tmp_path / "de", EXAMPLES / "amazon-de.txt", "amazon-v2")
    lay_into_season(us, season, "amazon-us")
    before = (season / "settlements.csv").read_bytes()
    lay_into_season(de, season, "amazon-de")
    both = (season / "settlements.csv").read_bytes()

    lay_into_season(us, season, "amazon-us")

    assert len(before) < len(both)
    assert (season / "settlements.csv").read_bytes() == both
    assert not list(season.glob(".*"))


def test_what_was_not_paid_out_yet_gives_way_to_the_next_reading(tmp_path, season):
    shop = reading(tmp_path / "shop", EXAMPLES / "shopify", "shopify")
    lay_into_season(shop, season, "shop")
    waiting = [row for row in rows(season, "settlements") if row["settlement_no"] == NOT_PAID_OUT]

    lay_into_season(shop, season, "shop")

    assert len(waiting) == 2
    assert waiting == [
        row for row in rows(season, "settlements") if row["settlement_no"] == NOT_PAID_OUT
    ]
    assert {row["account"] for row in rows(season, "settlements")} & {
        "payout",
        "no_amount",
    } == set()


def test_amounts_of_three_decimals_are_refused_and_nothing_changes(tmp_path, season):
    read = of_report(tmp_path, v2("1.005", "1.005", currency="KWD"), decimal="point")

    with pytest.raises(NotLaid) as refused:
        lay_into_season(read, season, "amazon-kw")

    assert "S1, line 1: 1.0050 KWD" in refused.value.found
    assert not list(season.glob("*settlements*"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda s: (s / "season.toml").write_text("schema = 3\n"), "is of version 3"),
        (lambda s: (s / "season.toml").unlink(), "no season.toml"),
        (lambda s: (s / "payouts.parquet").touch(), "payouts.parquet is there already"),
    ],
)
def test_a_season_that_cannot_take_it_is_told(tmp_path, season, change, found):
    read = reading(tmp_path / "r", EXAMPLES / "amazon-us.txt", "amazon-v2")
    change(season)

    with pytest.raises(Misused) as refused:
        lay_into_season(read, season, "amazon-us")

    assert found in refused.value.found


@pytest.mark.parametrize(
    ("channel", "zone", "found"), [("", "UTC", "No channel"), ("a", "Mars/Base", "Mars/Base")]
)
def test_what_makes_no_sense_is_misuse(tmp_path, season, channel, zone, found):
    read = reading(tmp_path / "r", EXAMPLES / "amazon-us.txt", "amazon-v2")

    with pytest.raises(Misused) as refused:
        lay_into_season(read, season, channel, zone)

    assert found in refused.value.found
    with pytest.raises(Misused):
        lay_into_season(season, season, "a")


def test_the_command_counts_and_the_close_shows_the_money(tmp_path, season):
    read = reading(tmp_path / "r", EXAMPLES / "amazon-us.txt", "amazon-v2")
    run = CliRunner().invoke

    laid = run(settlement, ["season", str(read), str(season), "--channel", "us", "--json"])
    closed = run(close, [str(season), "--out", str(tmp_path / "out"), "--engine", "polars"])

    assert json.loads(laid.output) == {
        "settlements": 20, "payouts": 1, "all_settlements": 20, "all_payouts": 1,
    }  # fmt: skip
    assert "USD paid out                                     19.85" in closed.output
    told = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert told["summary"]["money"] == {
        "USD": {"lines": 20, "settled": "19.85", "paid_out": "19.85", "open": "0.00"}
    }
    assert told["control_totals"]["settlements"] == {"rows": 20, "money": {"USD": "19.85"}}
