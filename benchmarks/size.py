# SPDX-License-Identifier: Apache-2.0
"""The whole close within a memory budget, of a season and of one ten times as large."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.close import close, make_season
from benchmarks.measure import Line, in_turns

MEMORY, MEMORY_GB = "1GB", 1.0
#: Ratio of ten times the sales to the sales, and gigabytes of the process beside the budget.
TEN_TIMES, BESIDE_GB = 12.0, 0.5


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Close seasons of `sales` sale lines and of ten times as many, once each: it takes long."""
    peaks: dict[str, float] = {}
    seasons = {size: make_season(folder, size) for size in (sales, 10 * sales)}

    def run(size: int, out: Path) -> None:
        peaks[f"{size:,}"] = close(seasons[size], out, "--memory", MEMORY)

    with tempfile.TemporaryDirectory(dir=folder) as made:
        seconds = in_turns(
            {
                "once": lambda: run(sales, Path(made) / "out"),
                "ten": lambda: run(10 * sales, Path(made) / "out"),
            },
            1,
        )
    above = " above" if max(peaks.values()) > MEMORY_GB + BESIDE_GB else ""
    found = " and ".join(f"{gigabytes:.1f} GB of {size}" for size, gigabytes in peaks.items())
    yield Line(
        f"close of {10 * sales:,} in {MEMORY}",
        seconds["ten"],
        seconds["once"],
        TEN_TIMES,
        f"{found} at the peak, at most {MEMORY_GB + BESIDE_GB:.1f}{above}",
    )
