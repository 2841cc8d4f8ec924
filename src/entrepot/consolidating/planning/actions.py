# SPDX-License-Identifier: Apache-2.0
"""Plan containers from tables: read, plan, check the plan, and only then write."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from entrepot.consolidating.planning.cargo import Limits, Loaded, Plan
from entrepot.consolidating.planning.checking import faults
from entrepot.consolidating.planning.packing import Asked
from entrepot.consolidating.planning.picturing import picture
from entrepot.consolidating.planning.planner import Watch, plan
from entrepot.consolidating.planning.reading import read
from entrepot.consolidating.planning.tables import LOADED, OUT, PLACED
from entrepot.engine.folder import replacing
from entrepot.engine.write import held_schema, write_table
from entrepot.papers.words import Language

#: The file that every folder of a plan holds.
REPORT = "plan.json"
Report = dict[str, Any]


def plan_tables(
    pieces: Path,
    containers: Path,
    pairs: Path | None = None,
    out: Path | None = None,
    *,
    limits: Limits | None = None,
    seconds: int = 10,
    leaves_on: date | None = None,
    language: Language = "en",
    file_format: str = "csv",
) -> Report:
    """Plan the pieces of a table into the containers of another.

    Args:
        out: a folder for tables and pictures; None: only report.
        seconds: after which the best plan so far is kept.

    Returns:
        what `plan.json` says.

    Raises:
        NoFile, FaultyPieces: nothing is planned.
        Misused: `out` holds something else.
    """
    limits = limits or Limits()
    with ExitStack() as stack:
        new = stack.enter_context(replacing(out, marker=REPORT))[0] if out else None
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-plan-")))
        given = read(work, pieces, containers, pairs, leaves_on)
        end = time.monotonic() + seconds
        watch = Watch(is_late=lambda: time.monotonic() > end)
        made = plan(given.pieces, Asked(given.kinds, limits, given.pairs), watch)
        wrong = faults(made, given.pieces, given.kinds, limits, given.pairs)
        if wrong:  # a mistake of the program, which nobody is asked to mend
            raise RuntimeError("; ".join(wrong[:5]))
        rows = _rows(made)
        report = {
            "version": version("entrepot"),
            "pieces": len(given.pieces),
            "placed": len(rows["placed"]),
            "cut_short": made.cut_short,
            "containers": rows["loaded"],
            "left_out": rows["left_out"],
        }
        if new:
            for table in (LOADED, PLACED, OUT):
                held = held_schema(table)
                batch = pa.RecordBatch.from_pylist(rows[table.name], schema=held)
                write_table(table, [batch], new, file_format)
            for one in made.loaded:
                (new / f"container-{one.number:03}.pdf").write_bytes(picture(one, language))
            text = json.dumps(report, indent=2, ensure_ascii=False)
            (new / REPORT).write_text(text + "\n", "utf-8")
    return report


def _rows(made: Plan) -> dict[str, list[dict[str, Any]]]:
    return {
        "loaded": [_container(one) for one in made.loaded],
        "placed": [row for one in made.loaded for row in _places(one)],
        "left_out": [
            {"piece": e.piece.piece, "owner": e.piece.owner, "reason": e.reason} for e in made.out
        ],
    }


def _container(one: Loaded) -> dict[str, Any]:
    x, y, z = one.centre()
    return {
        "container": one.number,
        "kind": one.kind.kind,
        "destination": one.destination or None,
        "pieces": len(one.placed),
        "weight_g": one.weight_g,
        "volume_cm3": -(-one.volume // 1000),
        "filled_percent": 100 * one.volume // one.kind.volume,
        "centre_x_mm": x,
        "centre_y_mm": y,
        "centre_z_mm": z,
    }


def _places(one: Loaded) -> Iterator[dict[str, Any]]:
    for place, each in enumerate(one.placed, 1):
        yield {
            "container": one.number,
            "place_no": place,
            "piece": each.piece.piece,
            "owner": each.piece.owner,
            "x_mm": each.x,
            "y_mm": each.y,
            "z_mm": each.z,
            "along_mm": each.long,
            "across_mm": each.wide,
            "up_mm": each.high,
            "weight_g": each.piece.weight_g,
            "dg_class": each.piece.dg_class or None,
        }
