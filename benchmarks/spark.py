# SPDX-License-Identifier: Apache-2.0
"""The whole close on Spark on this machine, beside DuckDB on the same season, and how it grows."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.close import COMMAND, make_season
from benchmarks.measure import Line, in_turns, say

#: Ratio to DuckDB, and of the time of a row to that of a season a tenth as large.
BESIDE_DUCKDB, BESIDE_A_TENTH = 10.0, 1.0


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Close seasons of a tenth of `sales`, three tenths, and all."""
    if reason := why_not():
        say(f"close on Spark: not measured, for {reason}")
        return
    a_row: dict[int, float] = {}
    for share in (0.1, 0.3, 1.0):
        size = int(sales * share)
        season = make_season(folder, size)
        with tempfile.TemporaryDirectory(dir=folder) as made:
            out = Path(made) / "out"
            work = {engine: partial(close, season, out, engine) for engine in ("duckdb", "spark")}
            seconds = in_turns(work, times)
        a_row[size] = seconds["spark"] / size
        at_most = BESIDE_DUCKDB if share == 1 else float("inf")
        yield Line(f"Spark, {size:,} sales", seconds["spark"], seconds["duckdb"], at_most)
    first, *_, last = a_row
    yield Line(
        f"Spark, a million rows of {last:,}",
        a_row[last] * 10**6,
        a_row[first] * 10**6,
        BESIDE_A_TENTH,
        f"beside a million of {first:,}",
    )


def why_not() -> str:
    """Why Spark cannot be measured here; empty where it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    return "" if shutil.which("java") else "there is no Java"


def close(season: Path, out: Path, engine: str) -> None:
    """Close a season in a process of its own."""
    arguments = ["close", str(season), "--out", str(out), "--engine", engine]
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
