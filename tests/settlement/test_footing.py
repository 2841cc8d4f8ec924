# SPDX-License-Identifier: Apache-2.0
"""What does not foot is said, the same twice is one, and nothing is written halfway."""

from __future__ import annotations

import json

import duckdb
import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.errors import Misused
from entrepot.settlement.actions import Asked, read_settlements
from entrepot.settlement.mistakes import Contradicting, NotOurs, UnreadableReport
from tests.settlement.kit import EXAMPLES, LINE, put, read, table, tsv, v2


def codes(report):
    return report["exceptions"]["counts"]


def test_lines_and_residual_make_the_payout(tmp_path):
    out = tmp_path / "out"
    report = read(tmp_path, v2("10.00", "4.99", "5.00"), out=out)

    assert table(out, "settlements", "sum_minor, payout_minor, residual_minor, residual") == [
        (999, 1000, 1, "0.01")
    ]
    assert codes(report) == {"not_footed": 1}
    assert table(out, "exceptions", "code, settlement, minor_units, found") == [
        (
            "not_footed",
            "S1",
            1,
            "Lines come to 9.99 USD, the payout is 10.00 USD: 0.01 USD is left.",
        )
    ]


def test_a_line_in_another_currency_makes_no_part_of_the_sum_and_is_said(tmp_path):
    report = read(tmp_path, v2("1.00", "1.00", {"amount": "7.00", "currency": "CAD"}))

    assert report["settlements"][0]["residual"] == "0.00"
    assert codes(report) == {"other_currency": 1}


def test_the_same_settlement_in_two_files_is_one(tmp_path):
    put(tmp_path / "a.txt", v2("3.00", "1.00", "2.00"))
    put(tmp_path / "b.txt", v2("3.00", "2.00", "1.00"))
    put(tmp_path / "c.txt", v2("3.00", "1.00", "2.00"))
    put(tmp_path / "notes.pdf", b"%PDF")

    report = read_settlements(tmp_path, Asked("amazon-v2"))

    assert report["lines"] == 2
    assert report["settlements"][0]["residual"] == "0.00"
    assert report["given_twice"] == [
        {"kept": "a.txt", "left": "c.txt"},
        {"settlement": "S1", "kept": "a.txt", "left": "b.txt"},
    ]
    assert report["ignored"] == ["notes.pdf"]


def test_one_settlement_with_other_content_is_refused(tmp_path):
    put(tmp_path / "a.txt", v2("3.00", "1.00", "2.00"))
    put(tmp_path / "b.txt", v2("4.00", "1.00", "2.00", "1.00"))

    with pytest.raises(Contradicting) as refused:
        read_settlements(tmp_path, Asked("amazon-v2"))

    assert "b.txt:2, total: found" in refused.value.found
    assert "settlement S1 with 0 lines fewer and 1 others" in refused.value.found


def test_a_firm_s_own_labels_stand_where_there_is_no_published_one(tmp_path, monkeypatch):
    packs = tmp_path / "packs"
    packs.mkdir()
    published = EXAMPLES.parents[1] / "src" / "entrepot" / "packs" / "world"
    about = (published / "settlement_labels.toml").read_text()
    put(packs / "settlement_labels.toml", about)
    rest = "2020-01-01,,our contract,V,read in it"
    put(
        packs / "settlement_labels.csv",
        "system,group,label,account,on_refund,valid_from,valid_to,source,confidence,checked\n"
        f"amazon,other-transaction,Umweltbeitrag,adjustments,,{rest}\n"
        f"amazon,ItemPrice,Principal,loans,,{rest}\n",
    )
    monkeypatch.setenv("ENTREPOT_PACKS", str(packs))

    report = read_settlements(EXAMPLES / "amazon-de.txt", Asked("amazon-v2"))

    assert codes(report) == {"not_footed": 1}
    assert set(report["settlements"][0]["accounts"]) >= {"adjustments", "sales"}
    assert "own/settlement_labels" in report["packs"]


def test_a_reading_replaces_what_a_reading_wrote_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    read(tmp_path, v2("1.00", "1.00"), out=out)
    read(tmp_path, v2("2.00", "2.00"), out=out, file_format="csv")
    assert sorted(path.name for path in out.iterdir()) == [
        "exceptions.csv",
        "lines.csv",
        "read.json",
        "settlements.csv",
    ]
    kept = (out / "lines.csv").read_bytes()

    with pytest.raises(UnreadableReport):
        read(tmp_path, v2("2.00", "two"), out=out)
    assert (out / "lines.csv").read_bytes() == kept

    (out / "lines.csv").write_text("mine")
    with pytest.raises(NotOurs, match=r"lines\.csv: found a file that was changed"):
        read(tmp_path, v2("2.00", "2.00"), out=out)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_written_lines_are_the_same_in_every_format(tmp_path):
    for form in ("parquet", "csv"):
        asked = Asked("amazon-v2", out=tmp_path / form, file_format=form)
        read_settlements(EXAMPLES / "amazon-us.txt", asked)

    sums = [
        duckdb.sql(f"SELECT count(*), sum(minor_units) FROM '{tmp_path}/{form}/lines.{form}'")
        for form in ("parquet", "csv")
    ]
    assert [each.fetchall() for each in sums] == [[(20, 1985)], [(20, 1985)]]


def test_the_command_says_by_its_exit_code_whether_all_fits(tmp_path):
    runs = CliRunner()
    fits = runs.invoke(
        entrepot,
        ["settlement", "read", str(EXAMPLES / "amazon-us.txt"), "--format", "amazon-v2", "--json"],
    )
    report = put(tmp_path / "a.txt", v2("2.00", "1.00"))
    open_one = runs.invoke(entrepot, ["settlement", "read", str(report), "--format", "amazon-v2"])

    assert fits.exit_code == 0
    assert json.loads(fits.output)["settlements"][0]["payout"] == "19.85"
    assert open_one.exit_code == 1
    assert "residual                                          1.00" in open_one.output
    assert "not_footed S1: 1.00 USD." in open_one.output


@pytest.mark.parametrize(
    ("path", "asked", "found"),
    [
        ("missing.txt", Asked("amazon-v2"), "no such file"),
        (".", Asked("shopify"), "0 files there end in .json"),
        (".", Asked("table"), "by a mapping"),
        (".", Asked("amazon-v2", times_in="Mars/Olympus"), "No such time zone"),
        ("a.txt", Asked("amazon-v2", encoding="rot13"), "No such encoding"),
    ],
)
def test_what_makes_no_sense_is_misuse(tmp_path, path, asked, found):
    put(tmp_path / "a.txt", v2("1.00", "1.00"))

    with pytest.raises(Misused, match=found):
        read_settlements(tmp_path / path, asked)


def test_a_row_without_a_settlement_is_a_mistake(tmp_path):
    with pytest.raises(UnreadableReport, match=r"report\.txt:2, settlement-id: found nothing"):
        read(tmp_path, tsv((*LINE, "total-amount", "currency", "amount"), [{}]))
