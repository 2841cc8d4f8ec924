# SPDX-License-Identifier: Apache-2.0
"""Judge the origin of products: open, judge, say why, and only then write."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from entrepot.engine.duck import Duck, quoted
from entrepot.engine.folder import replacing
from entrepot.engine.schema import Table
from entrepot.engine.write import held_schema, write_table
from entrepot.origin.judging import FIGURES, PARTIES, judge
from entrepot.origin.opening import open_folder
from entrepot.origin.reporting import Report, report_of
from entrepot.origin.tables import RESULTS
from entrepot.packs.read import read

#: The file that every folder of results holds.
REPORT = "origin.json"
_BATCH_ROWS = 1 << 16


def judge_origin(
    folder: Path, out: Path | None = None, file_format: str = "csv", memory: str = ""
) -> Report:
    """Judge every product of a folder.

    Args:
        folder: products, materials, rules and, where currencies meet, fx_rates.
        out: a folder for the tables of results; None: only report.
        memory: DuckDB's budget, such as "2GB".

    Returns:
        what `origin.json` says: inputs, packs, and each product with its statement of why.

    Raises:
        NoFolder, FaultyTables: nothing is judged.
        Misused: `out` holds something else.
    """
    with ExitStack() as stack:
        new = stack.enter_context(replacing(out, marker=REPORT))[0] if out else None
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-origin-")))
        duck = Duck(work, memory)
        stack.callback(duck.close)
        inputs = open_folder(duck, folder, work)
        judge(duck.connection)
        report: Report = {
            "version": version("entrepot"),
            "packs": {name: dict(read(name).sha256) for name in (FIGURES, PARTIES)},
            "inputs": inputs,
            **report_of(duck.connection),
        }
        if new:
            report["outputs"] = _write(duck.connection, new, file_format)
            text = json.dumps(report, indent=2, ensure_ascii=False)
            (new / REPORT).write_text(text + "\n", "utf-8")
    return report


def _write(connection: duckdb.DuckDBPyConnection, new: Path, form: str) -> dict[str, Any]:
    written = {}
    for table in RESULTS:
        one = write_table(table, _batches(connection, table), new, form)
        written[one.file] = {"rows": one.rows, "digest": one.digest}
    return written


def _batches(connection: duckdb.DuckDBPyConnection, table: Table) -> Iterator[pa.RecordBatch]:
    columns = ", ".join(quoted(name) for name in table.names)
    held = held_schema(table)
    # The views sort; their order is kept only where it is asked for.
    connection.execute("SET preserve_insertion_order = true")
    with connection.sql(f"SELECT {columns} FROM {table.name}").to_arrow_reader(
        _BATCH_ROWS
    ) as reader:
        for batch in reader:
            yield batch.cast(held)
