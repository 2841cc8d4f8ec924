# SPDX-License-Identifier: Apache-2.0
"""The seals of a season form a chain: what was touched is found, what was cut short is nowhere."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.engine.folder import adding
from entrepot.errors import EntrepotError
from entrepot.pipelines.runs import Options, run_close
from entrepot.pipelines.sealing.chain import NewerSeal, Tampered, read_chain, signed
from entrepot.pipelines.sealing.guard import SealsLost, Wish
from entrepot.pipelines.sealing.keeping import SealedMeanwhile
from tests import season_files
from tests.on_engines import files_in, run
from tests.pipelines.sealing_kit import amend, copy_of, seal

DAYS = (date(2025, 3, 15), date(2025, 3, 31), date(2025, 4, 30))


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A season that was sealed for three days, and what was closed last."""
    folder = tmp_path_factory.mktemp("kept")
    season = season_files.write(folder / "season")
    for day in DAYS:
        seal(season, folder / "out", day)
    return folder


@pytest.fixture
def copied(kept, tmp_path) -> Path:
    """A copy of it that may be spoiled."""
    return copy_of(kept, tmp_path / "kept")


def about(folder: Path, number: int) -> dict[str, Any]:
    path = folder / "season" / "sealed" / f"{number:04d}" / "seal.json"
    return json.loads(path.read_text(encoding="utf-8"))


def write_about(folder: Path, number: int, said: dict[str, Any]) -> None:
    path = folder / "season" / "sealed" / f"{number:04d}" / "seal.json"
    path.write_text(json.dumps(said), encoding="utf-8")


def test_every_seal_holds_the_hash_of_the_one_before(kept):
    seals = [about(kept, number) for number in (1, 2, 3)]

    assert seals[0]["before"] == ""
    assert [each["before"] for each in seals[1:]] == [each["sha256"] for each in seals[:2]]


# --- Touched ---


def changed_byte(folder: Path) -> None:
    path = folder / "season" / "sealed" / "0002" / "2025-03-31" / "trace.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def forged(folder: Path) -> None:
    """Change what a seal says, and give it the right hash again."""
    said = about(folder, 2)
    del said["sha256"]
    write_about(folder, 2, signed(said | {"by": "somebody else"}))


def exchanged(folder: Path) -> None:
    sealed = folder / "season" / "sealed"
    (sealed / "0001").rename(sealed / "x")
    (sealed / "0002").rename(sealed / "0001")
    (sealed / "x").rename(sealed / "0002")


TOUCHED: dict[str, tuple[Callable[[Path], Any], list[str]]] = {
    "a byte of a table": (
        changed_byte,
        ["sealed/0002/2025-03-31/trace.parquet: it was changed after it was sealed."],
    ),
    "a table gone": (
        lambda f: (f / "season/sealed/0001/2025-03-15/stock.parquet").unlink(),
        ["sealed/0001/2025-03-15/stock.parquet: it is gone."],
    ),
    "the rows behind it": (
        lambda f: (f / "season/sealed/0003/2025-04-30/inputs/sales.parquet").write_bytes(b""),
        ["sealed/0003/2025-04-30/inputs/sales.parquet: it was changed after it was sealed."],
    ),
    "a word of a seal": (
        lambda f: write_about(f, 3, about(f, 3) | {"by": "somebody else"}),
        ["sealed/0003/seal.json: it does not say what it said when it was sealed."],
    ),
    "a word of a seal, with a new hash": (
        forged,
        ["sealed/0003/seal.json: it follows another seal than the one that lies before it."],
    ),
    "no JSON": (
        lambda f: (f / "season/sealed/0003/seal.json").write_text("{", encoding="utf-8"),
        ["sealed/0003/seal.json: it cannot be read."],
    ),
    "not an object": (
        lambda f: (f / "season/sealed/0003/seal.json").write_text("[]", encoding="utf-8"),
        ["sealed/0003/seal.json: it does not say what it said when it was sealed."],
    ),
    "seal.json gone": (
        lambda f: (f / "season/sealed/0003/seal.json").unlink(),
        ["sealed/0003/seal.json: there is no such file."],
    ),
    "a seal gone from the middle": (
        lambda f: shutil.rmtree(f / "season/sealed/0002"),
        ["sealed/0002/seal.json: the seal is gone, and later ones are there."],
    ),
    "the first seal gone": (
        lambda f: shutil.rmtree(f / "season/sealed/0001"),
        ["sealed/0001/seal.json: the seal is gone, and later ones are there."],
    ),
    "two seals exchanged": (
        exchanged,
        [
            "sealed/0001/seal.json: it is seal 0002, in a wrong place.",
            "sealed/0002/seal.json: it is seal 0001, in a wrong place.",
        ],
    ),
}


@pytest.mark.parametrize("what", TOUCHED)
def test_what_was_touched_is_named_and_nothing_is_closed(copied, what):
    touch, expected = TOUCHED[what]
    touch(copied)
    was = files_in(copied)

    with pytest.raises(Tampered) as refused:
        run(copied / "season", copied / "new")

    assert refused.value.found.splitlines() == expected
    assert files_in(copied) == was
    listed = CliRunner().invoke(entrepot, ["seals", str(copied / "season")])
    assert listed.exit_code == 1
    assert listed.output.splitlines()[-len(expected) :] == expected
    broken = json.loads(
        CliRunner().invoke(entrepot, ["seals", str(copied / "season"), "--json"]).output
    )["broken"]
    assert [f"sealed/{b['number']:04d}/{b['file']}: {b['found']}" for b in broken] == expected


def test_what_lies_beside_what_is_sealed_does_no_harm(copied):
    (copied / "season" / "sealed" / "notes.txt").write_text("mine", encoding="utf-8")
    (copied / "season" / "sealed" / "0001" / ".DS_Store").write_bytes(b"")

    run(copied / "season", copied / "new")


def test_seals_of_another_firm_are_refused(copied):
    toml = copied / "season" / "season.toml"
    other = toml.read_text("utf-8").replace("91110000600037341L", "914403001922038216")
    toml.write_text(other, encoding="utf-8")

    with pytest.raises(Tampered, match="was made for 91110000600037341L"):
        run(copied / "season", copied / "new")


def test_a_seal_of_a_later_program_is_not_guessed_at(copied):
    write_about(copied, 3, {"form": 2, "periods": "elsewhere"})

    with pytest.raises(NewerSeal, match="Update Entrepot"):
        run(copied / "season", copied / "new")


# --- Gone ---


GONE: dict[str, Callable[[Path], Any]] = {
    "all seals": lambda f: shutil.rmtree(f / "season" / "sealed"),
    "the last seal": lambda f: shutil.rmtree(f / "season" / "sealed" / "0003"),
}


@pytest.mark.parametrize("what", GONE)
def test_a_folder_that_knows_of_lost_seals_is_not_replaced(copied, what):
    GONE[what](copied)
    was = files_in(copied)

    with pytest.raises(SealsLost, match="0003"):
        run(copied / "season", copied / "out")

    assert files_in(copied) == was
    run(copied / "season", copied / "another")


def test_another_season_may_be_closed_into_a_folder_that_knows_of_seals(copied):
    other = season_files.write(copied / "other", about=season_files.ABOUT | {"name": "Autumn"})

    ran = run(other, copied / "out")

    assert ran["name"] == "Autumn"


def test_seals_made_anew_are_not_the_ones_that_were_lost(copied):
    shutil.rmtree(copied / "season" / "sealed")
    for day in DAYS:
        seal(copied / "season", copied / "new", day)
    write_about(copied, 3, signed(without_hash(about(copied, 3)) | {"by": "somebody else"}))

    with pytest.raises(SealsLost):
        run(copied / "season", copied / "out")


def without_hash(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "sha256"}


# --- Two at once ---


def test_of_two_closes_that_seal_at_once_one_is_refused(tmp_path):
    season = season_files.write(tmp_path / "season")

    def meddle(stage: str) -> None:
        if stage == "Summing up":
            seal(season, tmp_path / "first", DAYS[1])

    with pytest.raises(SealedMeanwhile, match="Close again"):
        run_close(
            season,
            tmp_path / "second",
            Options(engine="polars", as_of=DAYS[2], seals=Wish(final=True)),
            meddle,
        )

    assert not (tmp_path / "second").exists()
    chain = read_chain(season / "sealed")
    assert (list(chain.current), chain.broken) == ([DAYS[1]], [])
    assert os.listdir(season / "sealed") == ["0001"]
    seal(season, tmp_path / "second", DAYS[2])
    assert list(read_chain(season / "sealed").current) == [DAYS[1], DAYS[2]]


def seal_and_say(season: Path, out: Path, day: date) -> None:
    try:
        seal(season, out, day)
    except EntrepotError:
        sys.exit(1)


def test_processes_that_seal_at_the_same_time_leave_a_whole_chain(tmp_path):
    season = season_files.write(tmp_path / "season")
    fork = multiprocessing.get_context("spawn")
    running = [
        fork.Process(target=seal_and_say, args=(season, tmp_path / day.isoformat(), day))
        for day in DAYS
    ]
    for each in running:
        each.start()
    for each in running:
        each.join()

    chain = read_chain(season / "sealed")
    done = {day for day, each in zip(DAYS, running, strict=True) if each.exitcode == 0}
    assert done
    assert (set(chain.current), chain.broken) == (done, [])
    assert {day for day in DAYS if (tmp_path / day.isoformat()).exists()} == done


# --- A folder is added whole ---


def test_a_folder_that_is_there_is_not_replaced(tmp_path):
    def both() -> None:
        with adding(tmp_path / "it") as one, adding(tmp_path / "it") as two:
            (one / "a").write_text("1", encoding="utf-8")
            (two / "a").write_text("2", encoding="utf-8")

    with pytest.raises(FileExistsError):
        both()

    assert (tmp_path / "it" / "a").read_text("utf-8") == "2"
    assert os.listdir(tmp_path) == ["it"]


def test_what_goes_wrong_adds_nothing(tmp_path):
    def half() -> None:
        with adding(tmp_path / "it") as new:
            (new / "a").write_text("1", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()

    assert os.listdir(tmp_path) == []


# --- Killed ---


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A season with one seal and a change under it; its close seals a second day and amends."""
    folder = tmp_path_factory.mktemp("large")
    season = folder / "season"
    CliRunner().invoke(
        entrepot,
        ["sample", str(season), "--sales", "3000", "--seed", "5", "--format", "csv"],
        catch_exceptions=False,
    )
    seal(season, folder / "out", date(2026, 6, 30))
    spoil(season)
    return folder


def spoil(season: Path) -> None:
    """Take one unit more in an early receipt."""
    path = season / "receipts.csv"
    head, first, *rest = path.read_text("utf-8").splitlines(keepends=True)
    at = head.strip().split(",").index("quantity")
    cells = first.rstrip("\n").split(",")
    cells[at] = str(int(cells[at]) + 1)
    path.write_text(head + ",".join(cells) + "\n" + "".join(rest), encoding="utf-8")


MOMENTS = {
    "as the seal is begun": "",
    "as the amendment is there": "2026-06-30/amendment.parquet",
    "as the rows are there": "2026-06-30/inputs/products.parquet",
    "as the second day is there": "2026-07-31/trace.parquet",
    "as seal.json is there": "seal.json",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_leaves_the_chain_as_it_was_or_longer_by_a_whole_seal(large, tmp_path, moment):
    shutil.copytree(large, tmp_path / "it")
    season, out = tmp_path / "it" / "season", tmp_path / "it" / "out"
    was, out_was = files_in(season / "sealed"), files_in(out)
    arguments = ["close", season, "--out", out, "--as-of", "2026-07-31", "--final", "--amend", "x"]
    arguments += ["--engine", "polars"]
    running = subprocess.Popen(
        [sys.executable, "-c", "from entrepot.cli import main; main()", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while running.poll() is None and not begun(season, MOMENTS[moment]):
        time.sleep(0.0005)
    running.send_signal(signal.SIGKILL)
    running.communicate()

    chain = read_chain(season / "sealed")
    assert chain.broken == []
    sealed = {
        name: held for name, held in files_in(season / "sealed").items() if not name.startswith(".")
    }
    if len(chain.seals) == 1:
        assert sealed == was
        assert files_in(out) == out_was
    else:
        assert list(chain.current) == [date(2026, 6, 30), date(2026, 7, 31)]
        assert {name for name in sealed if name.startswith("0001/")} == set(was)
    if moment == "as the seal is begun":
        assert len(chain.seals) == 1
        # The next one clears up what the killed one left, and comes to the end.
        amend(season, out, as_of=date(2026, 7, 31))
        assert sorted(os.listdir(season / "sealed")) == ["0001", "0002"]


def begun(season: Path, file: str) -> bool:
    """Whether the second seal is under way, or done, as far as this file."""
    sealed = season / "sealed"
    return (sealed / "0002").exists() or any(
        (work / "new" / file).exists() for work in sealed.glob(".0002.*")
    )
