# SPDX-License-Identifier: Apache-2.0
"""What `entrepot trace` takes on a closed season, Python's start included, in its three ways."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.close import COMMAND, close, make_season
from benchmarks.measure import Line, in_turns

#: Seconds of one walk.
AT_MOST = 1.0
#: What is walked, by name: of each sort what has most pieces in the middle of the trace.
ASKED = {
    "order": "CASE WHEN order_line_no IS NOT NULL THEN channel || '/' || order_no END",
    "declaration": "declaration_no || '/' || item_no",
    "invoice": "invoice_no || '/' || invoice_line_no",
}
_AROUND = 50_000


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Walk a closed season of `sales` sale lines from an order, a declaration and an invoice."""
    closed = make_closed(folder, sales)
    asked = {by: chosen(closed, name) for by, name in ASKED.items()}
    seconds = in_turns(
        {by: partial(_walk, closed, by, text) for by, (text, _) in asked.items()}, times
    )
    for by, (_, pieces) in asked.items():
        yield Line(f"trace --{by}", seconds[by], 0, AT_MOST, f"{pieces:,} pieces")


def make_closed(folder: Path, sales: int) -> Path:
    """The sample season of `sales` sale lines, closed where it is not closed yet."""
    season = make_season(folder, sales)
    closed = folder / f"{season.name}-closed"
    if not (closed / "run.json").is_file():
        close(season, closed)
    return closed


def chosen(closed: Path, name: str) -> tuple[str, int]:
    """The busiest order, item or invoice line in the middle of the trace, and its pieces there."""
    row = duckdb.execute(
        f"""
        SELECT {name} AS name, count(*) AS pieces
        FROM read_parquet($trace, file_row_number = true)
        WHERE abs(file_row_number - (SELECT count(*) // 2 FROM read_parquet($trace))) <= {_AROUND}
            AND {name} IS NOT NULL
        GROUP BY name ORDER BY pieces DESC, name LIMIT 1
        """,
        {"trace": str(closed / "trace.parquet")},
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _walk(closed: Path, by: str, text: str) -> None:
    """Walk once, in a process of its own."""
    command = [*COMMAND, "trace", str(closed), f"--{by}", text, "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
