# SPDX-License-Identifier: Apache-2.0
"""Say how far a long step is, while DuckDB works on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import duckdb

from entrepot.pipelines.sample.ground import Tell

_EVERY_SECONDS = 1.0


@contextmanager
def watching(connection: duckdb.DuckDBPyConnection, tell: Tell) -> Iterator[Tell]:
    """Give what is told of each step as it begins, and pass on how much of it is done.

    A step asks DuckDB for one thing after another; what is told is the share of the present one.
    """
    connection.execute("SET enable_progress_bar_print = false; SET enable_progress_bar = true")
    done, steps = Event(), [""]

    def told(step: str, share: float = 0) -> None:
        steps.append(step)
        tell(step, share)

    def watch() -> None:
        while not done.wait(_EVERY_SECONDS):
            with suppress(duckdb.Error):  # asked between two of its tasks, it knows nothing
                share = connection.query_progress() / 100
                if 0 < share < 1:
                    tell(steps[-1], share)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield told
    finally:
        done.set()
        watcher.join()
