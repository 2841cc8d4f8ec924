# SPDX-License-Identifier: Apache-2.0
"""Say on a terminal what is being done and for how long; say nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def telling(stages: int) -> Iterator[Callable[[str], None]]:
    """Give a function that is told each stage as it begins.

    Args:
        stages: how many there will be, for the bar.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=stages)
        begun = False

        def tell(stage: str) -> None:
            nonlocal begun
            progress.update(task, description=stage, advance=1 if begun else 0)
            begun = True

        yield tell
