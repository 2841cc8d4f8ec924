# SPDX-License-Identifier: Apache-2.0
"""Import an export: read, judge, match, write, foot, and only then put the folder in its place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from entrepot.engine.duck import Duck
from entrepot.errors import Misused
from entrepot.warehouse.importing import outputs, steps
from entrepot.warehouse.importing.faults import faults
from entrepot.warehouse.importing.footing import foot
from entrepot.warehouse.importing.mapping import Mapping, read_mapping
from entrepot.warehouse.importing.match import match
from entrepot.warehouse.importing.mistakes import Mistake, NotOurs, refuse
from entrepot.warehouse.importing.read import read_export

MADE_BY = "entrepot import orders"
REPORT = "import.json"


def import_orders(
    export: Path, mapping_file: Path, out: Path, *, memory: str = ""
) -> dict[str, Any]:
    """Turn a channel's export into `sales` and `returns` in the folder `out`.

    Args:
        export: CSV (also gzip), Parquet or a spreadsheet.
        mapping_file: TOML that says how the export is to be read.
        out: a folder that does not exist, is empty, or holds what an import wrote and nobody
            changed since; it is replaced as a whole, or left as it is.
        memory: DuckDB's budget, such as "2GB".

    Returns:
        what `import.json` says: inputs with their sha256, counts, control totals, outputs.

    Holds:
        each line of the export is one sale line, the source of one or more return lines, or one
        exception; per currency, the money of the lines is sales - returns + reported.

    Raises:
        Misused: there is no such file.
        BadMapping, UnreadableExport: with every mistake at once.
        NotOurs: `out` holds something else; nothing is read or written.
    """
    mapping = read_mapping(mapping_file)
    out = out.resolve()
    _check_ours(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise Misused(
            f"Cannot write {out}.", f"{error.strerror}.", "Choose another folder with --out."
        ) from error
    try:
        work, made = temporary / "work", temporary / "made"
        work.mkdir()
        made.mkdir()
        duck = Duck(work, memory)
        try:
            report = _make(duck.connection, export, mapping, work, made)
        finally:
            duck.close()
        (made / REPORT).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        _replace(made, out, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return report


def _make(
    connection: duckdb.DuckDBPyConnection, export: Path, mapping: Mapping, work: Path, made: Path
) -> dict[str, Any]:
    digest, typed_cells = read_export(connection, export, mapping, work)
    reasons = faults(mapping)
    steps.parse(connection, mapping, typed_cells)
    steps.judge(connection, reasons)
    taken, unmatched = match(*steps.candidates(connection, mapping), may_split=mapping.may_split)
    steps.keep_matches(connection, taken, unmatched)
    outputs.write(connection, mapping, reasons, export.name, made)
    return {
        "made_by": MADE_BY,
        "version": version("entrepot"),
        "input": {"file": export.name, "sha256": digest, "bytes": export.stat().st_size},
        "mapping": {"file": mapping.file, "sha256": mapping.sha256},
        **foot(connection, mapping, made),
        "outputs": {path.name: {"sha256": _digest(path)} for path in sorted(made.iterdir())},
    }


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _check_ours(out: Path) -> None:
    """Refuse to replace a folder with anything in it that no import wrote."""
    before = _before(out)
    if before.is_dir() and not out.exists():
        before.rename(out)  # an import was killed between taking the old away and putting the new
    if not out.exists():
        return
    asked = f"Cannot write into {out}."
    remedy = "Choose another folder with --out, or move away what is there."
    if not out.is_dir():
        raise NotOurs(asked, "It is a file.", remedy)
    files = sorted(out.iterdir())
    if not files:
        return
    try:
        report = json.loads((out / REPORT).read_text("utf-8"))
        written = report["outputs"] if report["made_by"] == MADE_BY else {}
    except (OSError, ValueError, KeyError, TypeError):
        written = {}
    mistakes = []
    for path in files:
        if path.name == REPORT and written:
            continue
        if path.name not in written or not path.is_file():
            mistakes.append(Mistake(path.name, "No import wrote it.", "Move it away."))
        elif _digest(path) != written[path.name]["sha256"]:
            mistakes.append(Mistake(path.name, "It was changed since.", "Move it away."))
    if mistakes:
        raise refuse(NotOurs, asked, mistakes, remedy)


def _before(out: Path) -> Path:
    return out.parent / f".{out.name}.before"


def _replace(made: Path, out: Path, temporary: Path) -> None:
    """Put the finished folder in its place; what was there goes once the new one stands."""
    _flush(made)
    if out.exists():
        before = _before(out)
        shutil.rmtree(before, ignore_errors=True)
        out.rename(before)
        made.rename(out)
        shutil.rmtree(before, ignore_errors=True)
    else:
        made.rename(out)


def _flush(folder: Path) -> None:
    """Have the files on disk before their folder gets its name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
