# SPDX-License-Identifier: Apache-2.0
"""A close and a sample within a memory budget: the same values, and no more memory than that."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pytest

from entrepot.engine import duck, local
from entrepot.engine.budget import budget_of
from entrepot.engine.duck import Duck
from entrepot.errors import Misused, Refused
from entrepot.pipelines.sample.actions import make_sample
from tests.on_engines import run

COMMAND = [sys.executable, "-c", "from entrepot.cli import main; main()"]
SALES = 400_000
#: What a close of `SALES` may take beside its budget. Without a budget it takes far more.
BUDGET_MB, BESIDE_MB = 60, 390


def digests(ran: dict[str, Any]) -> dict[str, str]:
    return {name: output["digest"] for name, output in ran["outputs"].items()}


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("memory") / "season"
    make_sample(folder, 3000, 5)
    return folder


@pytest.fixture(scope="module")
def expected(season: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return digests(run(season, tmp_path_factory.mktemp("expected") / "out", "duckdb"))


# --- The same values ---


def test_a_close_within_a_budget_gives_the_same_digests(season, expected, tmp_path):
    assert digests(run(season, tmp_path / "out", "duckdb", memory="50MB")) == expected


def test_a_close_gives_the_same_digests_where_every_table_is_large(
    season, expected, tmp_path, monkeypatch
):
    monkeypatch.setattr(duck, "ROW_BYTES", 10**9)
    monkeypatch.setattr(local, "_MOST_PATHS", 0)

    assert digests(run(season, tmp_path / "out", "duckdb", memory="50MB")) == expected


def test_a_close_of_csv_within_a_budget_gives_the_same_digests(season, expected, tmp_path):
    make_sample(tmp_path / "csv", 3000, 5, form="csv")

    assert digests(run(tmp_path / "csv", tmp_path / "out", "duckdb", memory="50MB")) == expected


def test_a_sample_within_a_budget_gives_the_same_bytes(tmp_path):
    for memory in ("50MB", "2GB"):
        make_sample(tmp_path / memory, 150_000, 2, memory=memory)

    written = sorted(path.name for path in (tmp_path / "2GB").iterdir())
    for name in written:
        tight, ample = ((tmp_path / memory / name).read_bytes() for memory in ("50MB", "2GB"))
        assert tight == ample, name


# --- No more memory ---


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux counts it")
def test_a_close_keeps_the_whole_process_within_its_budget(tmp_path):
    make_sample(tmp_path / "season", SALES, 1)
    arguments = ["close", str(tmp_path / "season"), "--out", str(tmp_path / "out")]

    peak = peak_mb([*COMMAND, *arguments, "--memory", f"{BUDGET_MB}MB"])

    assert peak < BUDGET_MB + BESIDE_MB


def peak_mb(command: list[str]) -> float:
    """Run a command in a process of its own, and say the most memory that it had.

    Linux counts the memory that a process is forked from as its own, and this one may have
    run a thousand tests: so a small process starts the command and counts.
    """
    counting = """
        import resource, subprocess, sys
        subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """
    counted = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(counting), *command],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(counted.stdout) / 1024


def test_what_is_too_much_for_several_threads_is_done_by_one(tmp_path, monkeypatch):
    asked: list[int] = []
    execute = duckdb.DuckDBPyConnection.execute

    class Tight:
        """A connection whose tables only one thread has the memory to make."""

        def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
            self.connection = connection

        def execute(self, statement: str) -> Any:
            if statement.startswith("CREATE"):
                ((threads,),) = execute(
                    self.connection, "SELECT current_setting('threads')"
                ).fetchall()
                asked.append(threads)
                if threads > 1:
                    raise duckdb.OutOfMemoryException("too many threads")
            return self.connection.execute(statement)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

    engine = Duck(tmp_path, "100MB")
    engine.connection.execute("SET threads = 3")
    engine.connection = Tight(engine.connection)  # type: ignore[assignment]

    frame = nw.from_native(engine.connection.sql("SELECT 7 AS a"))
    assert engine.rows(engine.keep(frame, "kept")) == [{"a": 7}]
    assert asked == [3, 1]
    ((threads,),) = engine.connection.execute("SELECT current_setting('threads')").fetchall()
    assert threads == 3
    engine.close()


# --- Budgets that are none, disks that are full, hands that stop it ---


@pytest.mark.parametrize(
    ("memory", "size"),
    [("2GB", 2 * 10**9), ("1.5 gb", 1_500_000_000), ("2GiB", 2**31), ("50MB", 50_000_000)],
)
def test_a_budget_is_a_number_and_a_unit(memory, size):
    assert budget_of(memory) == size


@pytest.mark.parametrize("memory", ["2", "much", "-1GB", "80%", "1e9B", "GB"])
def test_what_is_no_size_is_refused(memory):
    with pytest.raises(Misused, match=r"It is not a size\.\nGive a number with its unit"):
        budget_of(memory)


def test_a_budget_that_is_too_small_is_refused():
    with pytest.raises(Misused, match="less than the 50 MB that DuckDB needs"):
        budget_of("49MB")


def test_a_sample_that_the_disk_cannot_hold_is_refused_before_it_begins(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 10**9))

    with pytest.raises(Refused) as refusal:
        make_sample(tmp_path / "new" / "season", 100_000_000, 1)

    assert str(refusal.value).splitlines()[1:] == [
        "It takes about 6.0 GB beside that folder while it is made, 0.8 GB in the end; "
        "1.0 GB are free.",
        "Free some space, choose a folder on another disk, or ask for fewer sales.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_sample_that_is_interrupted_leaves_nothing_behind(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "sample", str(tmp_path / "season"), "--sales", "20000000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob(".season.*/work/*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list(tmp_path.iterdir())
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert (process.returncode, said.strip()) == (1, "Aborted!")
    assert list(tmp_path.iterdir()) == []
