# SPDX-License-Identifier: Apache-2.0
"""The whole close against the yardstick, its memory, and what one hot SKU costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.line import run_yardstick
from benchmarks.measure import Line, in_turns

#: The command, run as a process of its own, so that its memory is its own.
COMMAND = [sys.executable, "-c", "from entrepot.cli import main; main()"]
#: Ratio to the yardstick, gigabytes at the peak, ratio of one SKU to many.
AT_MOST, MEMORY_GB, ONE_SKU = 6.0, 6.0, 1.5


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Close a season of `sales` sale lines beside the yardstick on its sales and receipts."""
    season = make_season(folder, sales)
    data = make_yardstick_data(folder, season)
    peaks: list[float] = []
    with tempfile.TemporaryDirectory(dir=folder) as made:
        seconds = in_turns(
            {
                "yardstick": lambda: run_yardstick(data, Path(made) / "yardstick.parquet"),
                "close": lambda: peaks.append(close(season, Path(made) / "closed")),
            },
            times,
        )
    above = " above" if max(peaks) > MEMORY_GB else ""
    yield Line(
        "whole close",
        seconds["close"],
        seconds["yardstick"],
        AT_MOST,
        f"{max(peaks):.1f} GB at the peak, at most {MEMORY_GB:.0f}{above}",
    )


def measure_one_sku(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Close a season whose sales are all of one SKU beside one of 20,000 SKUs."""
    one = make_season(folder, sales, "--skus", "1", "--warehouses", "1")
    many = make_season(
        folder, sales, "--skus", str(min(20_000, max(20, sales // 100))), "--warehouses", "1"
    )
    with tempfile.TemporaryDirectory(dir=folder) as made:
        seconds = in_turns(
            {
                "many": lambda: close(many, Path(made) / "many"),
                "one": lambda: close(one, Path(made) / "one"),
            },
            times,
        )
    yield Line("one SKU, beside many", seconds["one"], seconds["many"], ONE_SKU)


def make_season(folder: Path, sales: int, *options: str) -> Path:
    """The sample season of `sales` sale lines, made where it is not there yet."""
    name = "-".join(["season", str(sales), *(option.lstrip("-") for option in options)])
    season = folder / name
    if not (season / "season.toml").is_file():
        arguments = ["sample", str(season), "--sales", str(sales), *options]
        subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    return season


def make_yardstick_data(folder: Path, season: Path) -> Path:
    """A season's sales and receipts as the yardstick takes them, one SKU per warehouse and SKU."""
    data = folder / f"{season.name}-yardstick"
    data.mkdir(exist_ok=True)
    for name, number, day, at in (
        ("sales", "sale_id", "shipped_on", "ts"),
        ("lots", "lot_id", "received_on", "date"),
    ):
        source = season / f"{'sales' if name == 'sales' else 'receipts'}.parquet"
        target = data / f"{name}.parquet"
        if target.is_file():
            continue
        unfinished = target.with_suffix(".unfinished")
        duckdb.execute(f"""
            COPY (
                SELECT file_row_number AS {number}, warehouse || '/' || sku AS sku, {day} AS {at},
                    quantity::INTEGER AS qty
                FROM read_parquet('{source}', file_row_number = true)
            ) TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd)
        """)
        unfinished.rename(target)
    return data


def close(season: Path, out: Path, *options: str) -> float:
    """Close a season into `out`, with these options.

    Returns:
        the process's memory at its peak, in GB.
    """
    with subprocess.Popen(
        [*COMMAND, "close", str(season), "--out", str(out), *options], stdout=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "entrepot close")
    # Linux counts kilobytes, macOS bytes.
    return used.ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
