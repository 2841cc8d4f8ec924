# SPDX-License-Identifier: Apache-2.0
"""The command: tables in, a plan with pictures out; every fault at once, nothing half written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner

from entrepot.consolidating.planning.commands import consolidate
from entrepot.consolidating.planning.reading import FaultyPieces, NoFile

EXAMPLES = Path(__file__).parents[3] / "examples" / "loading"


def run(pieces, *more, containers=EXAMPLES / "containers.csv"):
    arguments = ["plan", str(pieces), "--containers", str(containers), *map(str, more)]
    return CliRunner().invoke(consolidate, arguments)


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_example_is_planned_with_a_table_and_a_picture_for_each_container(tmp_path):
    done = run(EXAMPLES / "pieces.csv", "--out", tmp_path / "plan")

    assert done.exit_code == 0
    assert "48 of 48 pieces placed." in done.output
    given, placed = rows(EXAMPLES / "pieces.csv"), rows(tmp_path / "plan" / "placed.csv")
    assert sorted(each["piece"] for each in placed) == sorted(each["piece"] for each in given)
    report = json.loads((tmp_path / "plan" / "plan.json").read_text("utf-8"))
    pictures = sorted(path.name for path in (tmp_path / "plan").glob("*.pdf"))
    assert pictures == [f"container-{at['container']:03}.pdf" for at in report["containers"]]


@pytest.mark.parametrize(("language", "said"), [("en", "From above"), ("zh", "俯视图")])
def test_a_picture_names_every_piece_in_the_language_asked_for(tmp_path, language, said):
    run(EXAMPLES / "pieces.csv", "--out", tmp_path / "plan", "--language", language)

    first = [each for each in rows(tmp_path / "plan" / "placed.csv") if each["container"] == "1"]
    pages = pypdfium2.PdfDocument(tmp_path / "plan" / "container-001.pdf")
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert said in text
    assert [each["piece"] for each in first if each["piece"] not in text] == []


def test_classes_may_meet_where_the_firm_says_so(tmp_path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("one,other,apart_mm,source\n3,8,1000,our chemist\n", "utf-8")

    apart = json.loads(run(EXAMPLES / "pieces.csv", "--json").output)
    together = json.loads(run(EXAMPLES / "pieces.csv", "--json", "--pairs", pairs).output)

    assert (len(apart["containers"]), len(together["containers"])) == (2, 1)


def test_what_is_left_out_is_said_and_the_exit_code_is_1(tmp_path):
    pieces = tmp_path / "pieces.csv"
    header, first, *_ = (EXAMPLES / "pieces.csv").read_text("utf-8").splitlines()
    pieces.write_text(f"{header}\n{first.replace('800,600,500', '9000,2331,500')}\n", "utf-8")

    done = run(pieces)

    assert done.exit_code == 1
    assert "Left out: PK-001 (too large)" in done.output


def test_all_faults_are_said_at_once_and_nothing_is_written(tmp_path):
    pieces = tmp_path / "pieces.csv"
    header = (EXAMPLES / "pieces.csv").read_text("utf-8").splitlines()[0]
    pieces.write_text(f"{header}\nA,ONE,0,1,1,1,over,,,1263,,X,\n", "utf-8")

    done = run(pieces, "--out", tmp_path / "plan")

    assert isinstance(done.exception, FaultyPieces)
    columns = {each["column"] for each in done.exception.facts["faults"]}
    assert {"length_mm", "turn"} <= columns
    assert not (tmp_path / "plan").exists()


def test_a_un_number_without_its_class_is_refused(tmp_path):
    pieces = tmp_path / "pieces.csv"
    header = (EXAMPLES / "pieces.csv").read_text("utf-8").splitlines()[0]
    pieces.write_text(f"{header}\nA,ONE,1,1,1,1,flat,,,1263,,X,\n", "utf-8")

    done = run(pieces)

    assert isinstance(done.exception, FaultyPieces)
    assert [each["code"] for each in done.exception.facts["faults"]] == ["dangerous.half"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert isinstance(run(tmp_path / "none.csv").exception, NoFile)
