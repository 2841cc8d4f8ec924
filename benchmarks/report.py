# SPDX-License-Identifier: Apache-2.0
"""What the report of a close costs: seconds of its stage within the close, bytes of its page."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.close import make_season
from benchmarks.measure import Line
from entrepot.pipelines.report.render import PAGE
from entrepot.pipelines.runs import Options, run_close

#: Seconds, and bytes of the page.
AT_MOST, PAGE_BYTES = 10.0, 3_000_000
_STAGE = "Writing the report"


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Close a season of `sales` sale lines and time the stage in which its report is made."""
    season = make_season(folder, sales)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        out = Path(made) / "closed"
        seconds = [_seconds_of_report(season, out) for _ in range(times)]
        size = (out / PAGE).stat().st_size
    above = " above" if size > PAGE_BYTES else ""
    note = f"page of {size:,} bytes, at most {PAGE_BYTES:,}{above}"
    yield Line("report of a close", median(seconds), 0, AT_MOST, note)


def _seconds_of_report(season: Path, out: Path) -> float:
    """Close a season; the seconds from the stage of the report to the one after it."""
    begun: list[tuple[str, float]] = []
    run_close(season, out, Options(), lambda stage: begun.append((stage, time.perf_counter())))
    at = [stage for stage, _ in begun].index(_STAGE)
    return begun[at + 1][1] - begun[at][1]
