# SPDX-License-Identifier: Apache-2.0
"""Measure work side by side: in turns, several times, and print medians as ratios."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the result.

    `seconds`: median of the work. `beside`: median of what it is compared with, 0 where it is
    compared with nothing. `at_most`: the bound of the ratio, or of the seconds where there is
    nothing to compare with. `note`: more that was measured.
    """

    name: str
    seconds: float
    beside: float
    at_most: float
    note: str = ""

    @property
    def measured(self) -> float:
        """What the bound is about."""
        return self.seconds / self.beside if self.beside else self.seconds


def in_turns(work: Mapping[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Do each piece of work in turn, `times` times over; the median seconds of each.

    In turns, so that whatever else the machine does meets all of them alike.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(times):
        for name, do in work.items():
            begun = time.perf_counter()
            do()
            seconds[name].append(time.perf_counter() - begun)
    return {name: median(each) for name, each in seconds.items()}


def machine() -> str:
    """Cores, memory and versions, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("duckdb", "narwhals", "polars", "pyarrow")
    )
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {libraries}"
    )


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def head() -> str:
    """The heads of the columns that `row` fills."""
    return f"{'work':<36}{'seconds':>9}{'beside':>9}{'ratio':>8}{'at most':>9}"


def row(line: Line) -> str:
    """A line of the result as a row of the table."""
    if line.beside:
        compared = f"{line.beside:>9.2f}{line.measured:>8.2f}{line.at_most:>9.2f}"
    else:
        compared = f"{'':>9}{'':>8}{line.at_most:>7.1f} s"
    above = "" if line.measured <= line.at_most else "  above"
    note = f"  {line.note}" if line.note else ""
    return f"{line.name:<36}{line.seconds:>9.2f}{compared}{above}{note}"
