# SPDX-License-Identifier: Apache-2.0
"""`entrepot report`, and the report that every close leaves, as a person meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot.pipelines.report.render import FIGURES, PAGE, WORKBOOK
from tests import season_files
from tests.on_engines import files_in, run

COMMAND = [sys.executable, "-c", "from entrepot.cli import main; main()"]


def entrepot(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "1"},
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    run(season_files.write(tmp_path / "season"), tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("form", ["parquet", "csv", "xlsx"])
def test_every_close_leaves_a_report(tmp_path, form):
    season = season_files.write(tmp_path / "season")

    run(season, tmp_path / "out", file_format=form)

    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert f"stock.{form}" in page
    assert {PAGE, WORKBOOK, FIGURES} <= files_in(tmp_path / "out").keys()


def test_a_close_says_where_its_report_is(tmp_path):
    season = season_files.write(tmp_path / "season")

    done = entrepot("close", season, "--out", tmp_path / "out", "--lang", "zh")

    assert done.stdout.splitlines()[-1] == f"关账报告：{tmp_path / 'out' / PAGE}"
    assert '<html lang="zh-CN">' in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")


def test_a_report_is_rendered_in_another_language_without_the_season(tmp_path, out):
    before = files_in(out)
    for path in (tmp_path / "season").iterdir():
        path.unlink()

    done = entrepot("report", out, "--lang", "zh")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"关账报告：{out / PAGE}", f"报告各表：{out / WORKBOOK}"]
    after = files_in(out)
    changed = {name for name in after if after[name] != before.get(name)}
    assert (changed, after.keys()) == ({PAGE, WORKBOOK}, before.keys())
    assert "退税日历" in (out / PAGE).read_text(encoding="utf-8")

    entrepot("report", out, "--lang", "en")

    assert files_in(out) == before


def test_json_prints_the_figures(out):
    done = entrepot("report", out, "--json")

    assert json.loads(done.stdout) == json.loads((out / FIGURES).read_bytes())


@pytest.mark.parametrize(
    ("case", "text", "exit_code", "says"),
    [
        ("no figures", None, 2, f"It holds no {FIGURES}."),
        ("no JSON", "{", 1, f"{FIGURES} cannot be read"),
        ("no report", '{"name": 1}', 1, f"{FIGURES} cannot be read"),
        ("a later version", '{"report_version": 99}', 1, "is of version 99"),
    ],
)
def test_what_cannot_be_rendered_is_refused(out, case, text, exit_code, says):
    (out / FIGURES).unlink()
    if text is not None:
        (out / FIGURES).write_text(text, encoding="utf-8")
    before = files_in(out)

    done = entrepot("report", out)

    assert done.returncode == exit_code
    assert done.stderr.startswith(f"Cannot render the report of {out}.")
    assert says in done.stderr
    assert files_in(out) == before
