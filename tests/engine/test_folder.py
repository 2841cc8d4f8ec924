# SPDX-License-Identifier: Apache-2.0
"""A folder is replaced whole or not at all, and what others wrote is never touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot.engine import folder
from entrepot.engine.folder import replacing
from entrepot.errors import Misused

MARK = "run.json"


def fill(out: Path, text: str) -> None:
    with replacing(out, marker=MARK) as (new, _):
        (new / MARK).write_text(text, encoding="utf-8")
        (new / f"{text}.csv").write_text(text, encoding="utf-8")


def fill_half(out: Path, error: type[BaseException]) -> None:
    with replacing(out, marker=MARK) as (new, scratch):
        (new / MARK).write_text("half", encoding="utf-8")
        (scratch / "spill").write_text("half", encoding="utf-8")
        raise error


def contents(path: Path) -> dict[str, str]:
    return {each.name: each.read_text(encoding="utf-8") for each in path.iterdir()}


@pytest.mark.parametrize("system", ["swaps in one step", "cannot"])
def test_a_new_folder_takes_the_place_of_the_old_one(tmp_path, monkeypatch, system):
    if system == "cannot":
        monkeypatch.setattr(folder.sys, "platform", "another")
    out = tmp_path / "deep" / "out"

    fill(out, "one")
    assert contents(out) == {MARK: "one", "one.csv": "one"}
    fill(out, "two")

    assert contents(out) == {MARK: "two", "two.csv": "two"}
    assert os.listdir(out.parent) == ["out"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()

    fill(tmp_path / "out", "one")

    assert contents(tmp_path / "out") == {MARK: "one", "one.csv": "one"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_the_old_folder_and_nothing_else(tmp_path, error):
    out = tmp_path / "out"
    fill(out, "one")

    with pytest.raises(error):
        fill_half(out, error)

    assert contents(out) == {MARK: "one", "one.csv": "one"}
    assert os.listdir(tmp_path) == ["out"]


def test_what_goes_wrong_the_first_time_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), replacing(tmp_path / "out", marker=MARK):
        raise RuntimeError

    assert os.listdir(tmp_path) == []


def test_a_folder_that_others_wrote_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_text("dear", encoding="utf-8")

    with pytest.raises(Misused, match=r"no run\.json"):
        fill(tmp_path, "one")

    assert contents(tmp_path) == {"photo.jpg": "dear"}


def test_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("dear", encoding="utf-8")

    with pytest.raises(Misused, match="It is a file"):
        fill(tmp_path / "out", "one")

    assert contents(tmp_path) == {"out": "dear"}


def test_a_dead_run_is_cleared_away_and_a_living_one_is_not(tmp_path):
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    dead = tmp_path / f".out.{finished.pid}.abc"
    alive = tmp_path / f".out.{os.getpid()}.def"
    other = tmp_path / ".other.1.ghi"
    not_ours = tmp_path / ".out.bak"
    for each in (dead, alive, other, not_ours):
        each.mkdir()
        (each / "file").write_text("x", encoding="utf-8")

    fill(tmp_path / "out", "one")

    assert sorted(os.listdir(tmp_path)) == sorted([alive.name, not_ours.name, other.name, "out"])


def test_a_run_beside_another_one_does_not_take_its_folder(tmp_path):
    out = tmp_path / "out"
    with replacing(out, marker=MARK) as (first, _):
        (first / MARK).write_text("first", encoding="utf-8")
        fill(out, "second")
        assert first.is_dir()

    assert contents(out) == {MARK: "first"}
