# SPDX-License-Identifier: Apache-2.0
"""Spark by its command: what it is refused, how it starts, and that it can be interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from entrepot.engine.named import engine_named
from entrepot.errors import Misused
from tests import season_files
from tests.on_engines import files_in, run
from tests.on_spark import SPARK, need_spark
from tests.pipelines.test_commands_close import COMMAND, entrepot

pytestmark = SPARK


@pytest.fixture
def season(tmp_path: Path) -> Path:
    return season_files.write(tmp_path / "season")


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("command", ["check", "close"])
def test_a_master_is_refused_by_other_engines(command, engine, season, tmp_path):
    out = ["--out", tmp_path / "out"] if command == "close" else []

    done = entrepot(command, season, *out, "--engine", engine, "--master", "local[2]")

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"Cannot use --master local[2] with --engine {engine}.",
        "Only Spark runs on a cluster.",
        "Leave --master out, or use --engine spark.",
    ]
    assert not (tmp_path / "out").exists()


def test_spark_keeps_to_no_memory_budget(tmp_path):
    with pytest.raises(Misused, match="--memory 2GB with --engine spark"):
        engine_named("spark", tmp_path, memory="2GB")


def test_without_pyspark_it_says_what_to_install(season):
    without = "import sys; sys.modules['pyspark'] = None; from entrepot.cli import main; main()"
    arguments = ["check", str(season), "--engine", "spark"]

    done = subprocess.run(
        [sys.executable, "-c", without, *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[:2] == [
        "Cannot run on Spark.",
        "The package pyspark is not installed.",
    ]
    assert "pip install 'entrepot[spark]', and Java 17 or later" in done.stderr


def test_without_java_it_says_what_to_install(season, tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no-java"))

    done = entrepot("check", season, "--engine", "spark")

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Cannot start Spark."
    assert "Install Java 17 or later and set JAVA_HOME" in done.stderr


def test_an_unknown_master_is_refused(season):
    need_spark()

    done = entrepot("check", season, "--engine", "spark", "--master", "sparc://here:7077")

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Cannot start Spark on sparc://here:7077."
    assert "Correct --master" in done.stderr


def test_ctrl_c_ends_it_and_leaves_the_last_close(season, tmp_path):
    """Interrupted in the middle: its jobs, its Java and its folder are gone."""
    need_spark()
    out = tmp_path / "out"
    run(season, out, "duckdb")
    before = files_in(out)
    arguments = ["close", season, "--out", out, "--engine", "spark", "--master", "local[1]"]
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SPARK_DRIVER_MEMORY": "1g"},
    ) as running:
        wait_for(lambda: len(list(tmp_path.glob(".out.*/scratch/kept-*"))) >= 3)
        java = children(running.pid)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]

    assert running.returncode == 1
    assert said.strip() == "Aborted!"
    assert files_in(out) == before
    assert list(tmp_path.glob(".out.*")) == []
    assert java
    wait_for(lambda: not any(Path(f"/proc/{process}").exists() for process in java))


def wait_for(condition, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.1)


def children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in listed.read_text().split()]
