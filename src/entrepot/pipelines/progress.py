# SPDX-License-Identifier: Apache-2.0
"""Say on a terminal what is being done and for how long; say nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Tell(Protocol):
    """Is told each stage as it begins, and as often as one likes what share of it is done."""

    def __call__(self, step: str, share: float = 0) -> None: ...


@contextmanager
def telling(stages: int) -> Iterator[Tell]:
    """Give a function that is told each stage as it begins, and how far it is.

    Args:
        stages: how many there will be, for the bar.
    """
    if not sys.stderr.isatty():
        yield lambda step, share=0: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=stages)
        done, present = -1, ""

        def tell(step: str, share: float = 0) -> None:
            nonlocal done, present
            if share == 0 or step != present:
                done, present = done + 1, step
            part = f", {share:.0%}" if share else ""
            progress.update(task, description=f"{step}{part}", completed=done + share)

        yield tell
