# SPDX-License-Identifier: Apache-2.0
"""Read a season to be loaded: checked as a close does, every row with its place in its file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from entrepot.closing.kept import KEPT
from entrepot.engine.base import Engine
from entrepot.engine.check import check_table
from entrepot.engine.duck import Duck
from entrepot.engine.faults import ROW, Fault, total
from entrepot.engine.opened import Source
from entrepot.engine.schema import Table
from entrepot.engine.source import find, open_source
from entrepot.engine.write import file_writer, held_schema
from entrepot.errors import Refused
from entrepot.pipelines.about import About
from entrepot.pipelines.opening import OpenSeason, open_season
from entrepot.pipelines.season import SCHEMA_VERSION, is_newer, tables_of

#: What DuckDB may take beside the desk; the rest goes to disk.
MEMORY: Final = "1GB"
#: Rows that a season to be loaded may have of one table: they are held in memory, and posted in
#: one transaction.
MOST_ROWS: Final = 500_000

Row = Mapping[str, Any]


class Unloadable(Refused):
    """A season that no live book could hold; every fault is in `faults`, with file and row."""

    code = "loading.unloadable"


@dataclass(frozen=True, slots=True)
class Season:
    """A season in memory.

    `rows`: by table, one mapping a row: its columns (amounts in fen, rates in ten-thousandths) and
    `ROW`. `kept`: the tables that the desk has no documents for, as CSV. `sha256`: of all files.
    """

    folder: Path
    about: About
    version: int
    sha256: str
    rows: Mapping[str, Sequence[Row]]
    sources: Mapping[str, Source]
    kept: Mapping[str, bytes] = field(default_factory=dict)

    def fault(
        self, table: str, row: Row, column: str, code: str, found: str, expected: str, remedy: str
    ) -> Fault:
        """A fault of a row, named as a spreadsheet shows it."""
        source = self.sources[table]
        return Fault(
            table, source.file, source.row(row[ROW]), column, code, found, expected, remedy
        )


def read_season(folder: Path) -> Season:
    """Read the season in a folder.

    Raises:
        Unloadable: it has faults, is newer than this program, or larger than is loaded; every
            fault is listed.
    """
    with tempfile.TemporaryDirectory(prefix="entrepot-load-") as work:
        opened = _checked(folder, Path(work) / "check")
        assert opened.about is not None
        if large := [one for one in opened.inputs if one.rows > MOST_ROWS]:
            raise Unloadable(
                f"Cannot load {folder}.",
                f"{large[0].file} has {large[0].rows:,} rows; {MOST_ROWS:,} of a table are loaded.",
                "Close it as it is with entrepot close, and load a part of it.",
            )
        engine = _engine(Path(work) / "rows")
        try:
            return _read(engine, folder, Path(work), opened, opened.about)
        finally:
            engine.close()


def refuse_faults(folder: Path, faults: Sequence[Fault]) -> None:
    """Refuse a season that has faults.

    Raises:
        Unloadable: there are any.
    """
    if not faults:
        return
    listed = "\n".join(fault.text for fault in faults[:50])
    rest = total(faults) - min(len(faults), 50)
    raise Unloadable(
        f"Cannot load {folder}.",
        listed + (f"\nand {rest:,} more" if rest > 0 else ""),
        f"Mend the {total(faults):,} faults and load it again; nothing was loaded.",
        faults=[asdict(fault) for fault in faults[:1000]],
    )


def _engine(folder: Path) -> Engine:
    folder.mkdir()
    return Duck(folder, MEMORY)


def _checked(folder: Path, work: Path) -> OpenSeason:
    engine = _engine(work)
    try:
        opened = open_season(engine, folder, work)
    finally:
        engine.close()
    if is_newer(opened.version):
        raise Unloadable(
            f"Cannot load {folder}.",
            f"Its tables are of version {opened.version}; this program knows them up to version"
            f" {SCHEMA_VERSION}.",
            "Update Entrepot, or ask for the season in an earlier version.",
        )
    refuse_faults(folder, opened.faults)
    return opened


def _read(engine: Engine, folder: Path, work: Path, opened: OpenSeason, about: About) -> Season:
    version = opened.version or SCHEMA_VERSION
    tables = tables_of(about.kind)
    paths, _ = find(folder, tables, opened.version)
    rows: dict[str, Sequence[Row]] = {}
    sources, kept = {}, {}
    for table in tables:
        if table.name not in paths:
            rows[table.name] = []
            continue
        source = open_source(table, paths[table.name], work)
        its = version if table.since <= version else None
        checked = check_table(engine, source, version=its)
        sources[table.name] = source
        if table.name in KEPT:
            kept[table.name] = _as_csv(engine, table, checked.typed, work)
        else:
            rows[table.name] = engine.rows(checked.numbered, [ROW])
    return Season(folder, about, version, _digest(opened, about), rows, sources, kept)


def _as_csv(engine: Engine, table: Table, typed: Any, work: Path) -> bytes:
    path = work / f"kept-{table.name}.csv"
    writer = file_writer(table, path, "csv")
    try:
        schema = held_schema(table)
        for batch in engine.stream(typed, table.key or table.names):
            writer.write(batch.cast(schema))
    finally:
        writer.close()
    return path.read_bytes()


def _digest(opened: OpenSeason, about: About) -> str:
    digest = hashlib.sha256(repr(about).encode())
    for one in opened.inputs:
        digest.update(f"\n{one.table} {one.sha256}".encode())
    return digest.hexdigest()
