# SPDX-License-Identifier: Apache-2.0
"""`entrepot close` as a person meets it: words, exit codes, a terminal, and being interrupted."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot import cli
from entrepot.pipelines.commands_close import close
from tests import season_files
from tests.on_engines import files_in

COMMAND = [sys.executable, "-c", "from entrepot.cli import main; main()"]


def entrepot(*arguments: object, locale: str = "C") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | {"LC_ALL": locale, "PYTHONUTF8": "1"},
    )


@pytest.fixture
def season(tmp_path: Path) -> Path:
    return season_files.write(tmp_path / "season")


# --- Words ---


def test_a_close_says_what_it_comes_to_and_where_it_lies(season, tmp_path):
    done = entrepot("close", season, "--out", tmp_path / "out", "--engine", "polars")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Spring, closed for 2026-04-30" in done.stdout
    assert f"The tables lie in {tmp_path / 'out'}" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("locale", "asked", "words"),
    [
        ("zh_CN.UTF-8", [], "结果表位于"),
        ("C", ["--lang", "zh"], "结果表位于"),
        ("zh_CN.UTF-8", ["--lang", "en"], "The tables lie in"),
    ],
)
def test_a_close_speaks_the_language_of_its_reader(season, tmp_path, locale, asked, words):
    out = tmp_path / "out"
    done = entrepot("close", season, "--out", out, "--engine", "polars", *asked, locale=locale)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"{words} {out}" in done.stdout


def test_json_is_what_run_json_holds(season, tmp_path):
    result = CliRunner().invoke(
        close, [str(season), "--out", str(tmp_path / "out"), "--engine", "polars", "--json"]
    )

    assert result.exit_code == 0
    assert json.loads(result.output) == json.loads(
        (tmp_path / "out" / "run.json").read_text(encoding="utf-8")
    )


def test_options_reach_the_close(season, tmp_path):
    arguments = ["--engine", "duckdb", "--memory", "500MB", "--as-of", "2025-06-30"]
    done = entrepot(
        "close", season, "--out", tmp_path / "out", *arguments, "--write", "csv", "--json"
    )

    said = json.loads(done.stdout)
    assert (said["engine"], said["as_of"], said["format"]) == ("duckdb", "2025-06-30", "csv")
    assert (tmp_path / "out" / "trace.csv").is_file()


def test_a_refusal_is_three_parts_on_stderr_without_a_traceback(tmp_path):
    tables = season_files.valid()
    tables["fx_rates"][0]["cny_per_unit"] = "7,5234"
    season = season_files.write(tmp_path / "season", tables)

    done = entrepot("close", season, "--out", tmp_path / "out", "--engine", "polars")

    assert (done.returncode, done.stdout) == (1, "")
    asked, found, remedy = done.stderr.strip().split("\n")
    assert asked == f"Cannot close {season}."
    assert found.startswith('fx_rates.csv:2, cny_per_unit: found "7,5234"; expected a rate')
    assert f"entrepot check {season}" in remedy
    assert not (tmp_path / "out").exists()


def test_many_faults_are_counted_and_the_first_fifty_listed(tmp_path):
    tables = season_files.valid()
    rate = tables["fx_rates"][0]
    tables["fx_rates"] = [
        rate | {"on": date(2025, 1, 1) + timedelta(days=number), "cny_per_unit": 0}
        for number in range(70)
    ]
    season = season_files.write(tmp_path / "season", tables)

    done = entrepot("close", season, "--out", tmp_path / "out", "--engine", "polars")

    lines = done.stderr.strip().split("\n")
    assert sum(line.startswith("fx_rates.csv:") for line in lines) == 50
    assert "and 20 more" in lines
    assert lines[-1].startswith("Mend the 70 faults")


MISUSED: dict[str, list[str]] = {
    "memory for Polars": ["--engine", "polars", "--memory", "2GB"],
    "memory that is none": ["--memory", "lots"],
    "an engine that is not there": ["--engine", "pandas"],
    "a day that is none": ["--as-of", "2026-02-30"],
    "a form that is not written": ["--write", "ods"],
}


@pytest.mark.parametrize("what", MISUSED)
def test_what_makes_no_sense_exits_with_2_and_writes_nothing(season, tmp_path, what):
    done = entrepot("close", season, "--out", tmp_path / "out", *MISUSED[what])

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr
    assert sorted(os.listdir(tmp_path)) == ["season"]


def test_a_season_that_is_not_there_exits_with_2(tmp_path):
    assert entrepot("close", tmp_path / "no", "--out", tmp_path / "out").returncode == 2


def test_out_is_asked_for(season):
    done = entrepot("close", season)

    assert done.returncode == 2
    assert "--out" in done.stderr


# --- Help ---


def modules_after(*arguments: str) -> set[str]:
    asked = (
        "import sys\nfrom entrepot.cli import main\n"
        f"sys.argv = ['entrepot', *{list(arguments)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout, "the command said nothing"
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_no_engine(arguments):
    assert not modules_after(*arguments) & {"duckdb", "narwhals", "polars", "pyarrow", "rich"}


def test_a_command_loads_one_it_needs():
    """The test above could not fail if modules were not seen."""
    assert "narwhals" in modules_after("close", "--help")


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_is_listed_with_what_it_does(name):
    listed = CliRunner().invoke(cli.entrepot, ["--help"]).output
    own = CliRunner().invoke(cli.entrepot, [name, "--help"])

    assert own.exit_code == 0
    assert f"  {name} " in listed
    assert " ".join(cli.COMMANDS[name][1].split()[:3]) in " ".join(listed.split())


# --- Terminals and pipes ---


def on_a_terminal(*arguments: object) -> tuple[str, str]:
    """Run with stderr on a terminal; what stdout and the terminal got."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100", "LC_ALL": "C"},
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # a terminal whose other side is gone
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    out, _ = running.communicate()
    assert running.returncode == 0, seen
    return out.decode(), seen.decode()


def test_progress_is_told_on_a_terminal_and_not_in_what_is_piped(season, tmp_path):
    arguments = ["close", season, "--out", tmp_path / "out", "--engine", "polars"]

    piped, seen = on_a_terminal(*arguments)

    assert "Tracing units" in seen or "Writing" in seen or "Proving" in seen
    assert "Spring, closed for" in piped
    assert "Tracing" not in piped
    assert "\x1b" not in piped
    assert entrepot(*arguments).stderr == ""


# --- Interrupted at any moment ---


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A season whose close takes long enough to be interrupted."""
    folder = tmp_path_factory.mktemp("large") / "season"
    made = entrepot("sample", folder, "--sales", 4000, "--seed", 3)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def earlier(large, tmp_path_factory) -> Path:
    """A complete close of an earlier day, as an interrupted one finds it."""
    out = tmp_path_factory.mktemp("earlier") / "out"
    done = entrepot("close", large, "--out", out, "--engine", "polars", "--as-of", "2024-12-31")
    assert done.returncode == 0, done.stderr
    return out


def work_folder(beside: Path) -> Path | None:
    return next(iter(beside.glob(".out.*")), None)


def has(name: str) -> Callable[[Path], bool]:
    """Whether the folder that is being filled has this file, or the first run has none."""

    def there(beside: Path) -> bool:
        folder = work_folder(beside)
        return folder is not None and (not name or any((folder / "new").glob(f"{name}.*")))

    return there


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "at once": lambda _: True,
    "as work begins": has(""),
    "as the trace is written": has("trace"),
    "as the book is written": has("book"),
    "as exceptions are written": has("exceptions"),
    "as run.json is written": has("run"),
}


def interrupted(
    season: Path, out: Path, moment: Callable[[Path], bool], how: signal.Signals
) -> int:
    """Start a close and stop it at a moment; the code it ended with."""
    arguments = ["close", str(season), "--out", str(out), "--engine", "polars"]
    running = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while running.poll() is None and not moment(out.parent):
        time.sleep(0.001)
    with contextlib.suppress(ProcessLookupError):
        running.send_signal(how)
    running.communicate()
    return running.returncode


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "ctrl-c"])
def test_a_close_that_is_stopped_leaves_the_last_complete_one(
    large, earlier, tmp_path, moment, how
):
    out = tmp_path / "out"
    shutil.copytree(earlier, out)
    was = files_in(out)

    ended = interrupted(large, out, MOMENTS[moment], how)

    if moment != "as run.json is written":
        # Only the very last moment may come too late to stop it.
        assert ended != 0
        assert files_in(out) == was
    left = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert files_in(out) == was or (
        left["as_of"] != "2024-12-31" and set(files_in(out)) == set(was)
    )
    if how is signal.SIGINT:
        assert work_folder(tmp_path) is None, "Ctrl-C clears up after itself"


@pytest.mark.parametrize("moment", ["as work begins", "as exceptions are written"])
def test_a_first_close_that_is_stopped_leaves_no_folder(large, tmp_path, moment):
    ended = interrupted(large, tmp_path / "out", MOMENTS[moment], signal.SIGKILL)

    assert ended == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert work_folder(tmp_path) is not None


def test_the_next_run_clears_away_what_a_killed_one_left(large, season, tmp_path):
    interrupted(large, tmp_path / "out", MOMENTS["as the book is written"], signal.SIGKILL)
    left = work_folder(tmp_path)
    assert left is not None

    done = entrepot("close", season, "--out", tmp_path / "out", "--engine", "polars")

    assert done.returncode == 0
    assert not left.exists()
    assert sorted(os.listdir(tmp_path)) == ["out", "season"]


def test_duckdb_too_leaves_the_last_complete_close(large, earlier, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(earlier, out)
    was = files_in(out)
    arguments = ["close", str(large), "--out", str(out)]
    running = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while running.poll() is None and not MOMENTS["as the trace is written"](tmp_path):
        time.sleep(0.001)
    running.send_signal(signal.SIGINT)
    running.communicate()

    assert running.returncode != 0
    assert files_in(out) == was
    assert work_folder(tmp_path) is None
