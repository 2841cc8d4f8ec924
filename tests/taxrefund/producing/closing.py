# SPDX-License-Identifier: Apache-2.0
"""Close the season of a producing firm, of Python rows, in a test."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from entrepot.engine.frames import typed_table
from entrepot.pipelines.close import close_books
from entrepot.pipelines.season import PRODUCING, SEASON
from tests.on_engines import Outputs, Row, open_engine, told_to_nobody


def close_producing(
    engine_name: str, season: dict[str, list[Row]], as_of: date, scratch: Path
) -> Outputs:
    """Close a season that a check would let pass."""
    out = scratch / "out"
    out.mkdir()
    with open_engine(engine_name, scratch / "spill") as engine:
        tables = {
            table.name: engine.table(typed_table(table, season.get(table.name, [])))
            for table in (*SEASON, *PRODUCING)
        }
        closed = close_books(engine, tables, as_of, out, "parquet", told_to_nobody)
    return Outputs(
        {name: pq.read_table(out / each.file).to_pylist() for name, each in closed.written.items()},
        {name: each.digest for name, each in closed.written.items()},
    )
