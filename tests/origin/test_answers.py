# SPDX-License-Identifier: Apache-2.0
"""`entrepot origin judge`: its examples, its mistakes, and what it writes."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.origin.actions import judge_origin
from entrepot.origin.opening import FaultyTables, NoFolder
from entrepot.origin.reporting import _words, told
from tests.origin.kit import write

EXAMPLES = Path(__file__).parents[2] / "examples" / "origin"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "given")
    return tmp_path / "given"


def run(*arguments):
    return CliRunner().invoke(entrepot, ["origin", "judge", *map(str, arguments)])


def test_the_example_is_judged_and_every_table_written(tmp_path):
    result = run(EXAMPLES, "--out", tmp_path / "out", "--json")

    report = json.loads(result.stdout)
    assert result.exit_code == 1, "one does not qualify and one is open"
    assert report["counts"] == {"qualifies": 4, "does_not": 1, "open": 1}
    assert json.loads((tmp_path / "out" / "origin.json").read_text("utf-8")) == report
    for name, one in report["outputs"].items():
        with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == one["rows"]
    assert {each["product"] for each in report["certificate"]} == {
        "KETTLE", "SCARF", "TEA", "TRAY"
    }  # fmt: skip
    scarf = next(each for each in report["products"] if each["product"] == "SCARF")
    assert (scarf["criterion"], scarf["de_minimis"]) == ("CC", True)
    assert scarf["lines"][0]["share"] == "3/20"


def test_the_same_folder_gives_the_same_files_twice(tmp_path):
    judge_origin(EXAMPLES, tmp_path / "one")
    judge_origin(EXAMPLES, tmp_path / "two")

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_everything_qualifying_exits_with_0(folder):
    kept = (folder / "products.csv").read_text("utf-8").splitlines()
    lines = [line for line in kept if not line.startswith(("LAMP", "TOY"))]
    (folder / "products.csv").write_text("\n".join(lines) + "\n", "utf-8")
    kept = (folder / "materials.csv").read_text("utf-8").splitlines()
    lines = [line for line in kept if not line.startswith(("LAMP", "TOY"))]
    (folder / "materials.csv").write_text("\n".join(lines) + "\n", "utf-8")

    assert run(folder).exit_code == 0


def test_every_fault_is_told_at_once_with_file_row_and_column(folder):
    def spoil(name, *changes):
        text = (folder / name).read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / name).write_text(text, "utf-8")

    spoil("products.csv", ("85167910", "8516.79"), ("900.00", "0.00"))
    spoil("materials.csv", ("SCARF,2", "SCRAF,2"), ("180.00", "180.005"), (",TW,", ",Taiwan,"))
    spoil("rules.csv", (",CTH,", ",CTX,"), ("2022-01-01,,", "2022-01-01,2021-01-01,"))
    spoil("fx_rates.csv", ("7.200000", "0"))

    with pytest.raises(FaultyTables) as refused:
        judge_origin(folder)

    places = {(each["file"], each["row"], each["column"]) for each in refused.value.facts["faults"]}
    assert places == {
        ("products.csv", 2, "hs_code"),
        ("products.csv", 3, "fob"),
        ("materials.csv", 10, "product"),
        ("materials.csv", 2, "value"),
        ("materials.csv", 5, "origin"),
        ("rules.csv", 2, "rule"),
        ("rules.csv", 2, "valid_to"),
        ("fx_rates.csv", 2, "cny_per_unit"),
    }


def test_a_folder_that_is_not_there_is_misused(tmp_path):
    with pytest.raises(NoFolder):
        judge_origin(tmp_path / "nowhere")


def test_a_folder_of_others_is_not_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")

    result = run(EXAMPLES, "--out", tmp_path / "out")

    assert result.exit_code != 0
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_both_languages_have_the_same_words_and_tell_every_verdict():
    words = _words()
    assert words["en"].keys() == words["zh"].keys()
    report = judge_origin(EXAMPLES)

    chinese = "\n".join(told(report, "zh"))

    assert "电热水壶" in chinese
    assert "微小含量" in chinese
    assert "暂不能判定" in chinese


def test_what_a_terminal_would_obey_is_not_printed(folder):
    with (folder / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["name"] = "\x1b[2Jkettle"
    write(folder, "products", rows)

    assert "\x1b" not in "\n".join(told(judge_origin(folder), "en"))


def test_the_longest_number_with_a_rule_in_force_counts(folder):
    with (folder / "rules.csv").open("a", encoding="utf-8") as file:
        file.write("940521,CTSH,2022-01-01,2026-03-02,,ended on the day\n")
        file.write("9405,CTSH,2026-03-02,,,began on the day\n")

    lamp = next(each for each in judge_origin(folder)["products"] if each["product"] == "LAMP")

    assert lamp["rule_of"] == "9405"
    assert (lamp["verdict"], lamp["criterion"]) == ("qualifies", "CTSH")
