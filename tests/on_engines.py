# SPDX-License-Identifier: Apache-2.0
"""Close a season of Python rows in a test, and compare what comes out row by row."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from entrepot.engine.base import Engine
from entrepot.engine.duck import Duck
from entrepot.engine.frames import typed_table
from entrepot.engine.polar import Polar
from entrepot.packs.read import read
from entrepot.pipelines.close import close_books
from entrepot.pipelines.runs import Options, run_close
from entrepot.pipelines.season import SEASON

Row = dict[str, Any]
Rows = Sequence[Row]

ENGINES = ("duckdb", "polars")
#: Whether this is the long run.
IS_CI = os.environ.get("CI") == "true"


def told_to_nobody(stage: str) -> None:
    """Take what a close tells of its stages, and drop it."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a close wrote: rows and digest of each table."""

    rows: dict[str, list[Row]]
    digests: dict[str, str]

    def where(self, table: str, **wanted: Any) -> list[Row]:
        """The rows of a table that have these values."""
        return [
            row
            for row in self.rows[table]
            if all(row[name] == value for name, value in wanted.items())
        ]


@contextmanager
def open_engine(name: str, spill: Path) -> Iterator[Engine]:
    """An engine, closed afterwards."""
    spill.mkdir(parents=True, exist_ok=True)
    engine: Engine = Duck(spill) if name == "duckdb" else Polar()
    try:
        yield engine
    finally:
        engine.close()


def close_season(engine: Engine, season: dict[str, list[Row]], as_of: date) -> Outputs:
    """Close a season that a check would let pass."""
    tables = {t.name: engine.table(typed_table(t, season.get(t.name, []))) for t in SEASON}
    with tempfile.TemporaryDirectory() as folder:
        closed = close_books(engine, tables, as_of, Path(folder), "parquet", told_to_nobody)
        return Outputs(
            {
                name: pq.read_table(Path(folder) / written.file).to_pylist()
                for name, written in closed.written.items()
            },
            {name: written.digest for name, written in closed.written.items()},
        )


def filing_days() -> dict[int, date]:
    """Per year the last day of the VAT filing period of its April, from the pack."""
    return {
        row.whole("year"): row.day("ends_on")
        for row in read("cn/tax_calendar").rows
        if row.whole("month") == 4
    }


def assert_same_rows(found: Rows, expected: Rows, table: str, at_most: int = 4) -> None:
    """Both sides have the same rows in the same order; if not, fail and show some that differ."""
    left, right = list(map(repr, found)), list(map(repr, expected))
    if left == right:
        return
    only_left, only_right = set(left) - set(right), set(right) - set(left)
    lines = [f"{table}: {len(left)} rows found, {len(right)} expected"]
    lines += ["found only    " + text for text in left if text in only_left][:at_most]
    lines += ["expected only " + text for text in right if text in only_right][:at_most]
    if len(lines) == 1:
        places = [
            at for at, pair in enumerate(zip(left, right, strict=False)) if len(set(pair)) > 1
        ]
        lines.append(f"out of order or repeated at {places[:at_most]}")
        lines += [f"  {left[at]}" for at in places[:at_most]]
    pytest.fail("\n".join(lines))


def run(season: Path, out: Path, engine: str = "polars", **options: Any) -> dict[str, Any]:
    """What `entrepot close` does and what run.json says; Polars, for it starts fastest."""
    return run_close(season, out, Options(engine=engine, **options), told_to_nobody)


def files_in(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a folder, by name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
