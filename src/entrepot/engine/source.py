# SPDX-License-Identifier: Apache-2.0
"""A table's file: found in its folder, told apart by its bytes, and made ready for any engine.

Parquet is read as it lies. CSV and Excel become, once, a Parquet file of texts in a work folder,
so that every engine sees the same cells.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.engine.delimited import read_csv, reader
from entrepot.engine.faults import LIMIT, Fault
from entrepot.engine.opened import Source
from entrepot.engine.schema import Table
from entrepot.engine.spreadsheet import read_xlsx

#: What a table's file may end in.
SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")
_ANY_SUFFIX = "one of " + ", ".join(SUFFIXES)


def find(folder: Path, tables: Sequence[Table]) -> tuple[dict[str, Path], list[Fault]]:
    """Find each table's file.

    Returns:
        the path by table name, and a fault for each table that has two files, or none although
        it is not optional, or one whose name is nearly right.
    """
    names = sorted(path.name for path in folder.iterdir())
    ours = {table.name + suffix for table in tables for suffix in SUFFIXES}
    strangers = [name for name in names if name not in ours and not name.startswith((".", "~$"))]
    paths: dict[str, Path] = {}
    faults: list[Fault] = []
    for table in tables:
        here = [
            table.name + suffix for suffix in SUFFIXES if (folder / (table.name + suffix)).is_file()
        ]
        if len(here) == 1:
            paths[table.name] = folder / here[0]
        elif here:
            faults.append(_twice(table, here))
        else:
            similar = _similar(table.name, strangers)
            if similar or not table.optional:
                faults.append(_missing(table, similar))
    return paths, faults


def digest(paths: dict[str, Path]) -> dict[str, Future[str]]:
    """Start to work out the sha256 of each file, in threads beside what follows."""
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sha256")
    futures = {name: pool.submit(_sha256, path) for name, path in paths.items()}
    pool.shutdown(wait=False)
    return futures


def open_source(
    table: Table,
    path: Path,
    work: Path,
    limit: int = LIMIT,
    csv_reader: duckdb.DuckDBPyConnection | None = None,
) -> Source:
    """Make one table's file ready.

    Args:
        table: what the file should hold.
        path: the file, one that `find` found.
        work: an existing folder; CSV and Excel leave a Parquet file of texts there.
        limit: how many faults of one kind are listed.
        csv_reader: what `delimited.reader` gave, where several tables are opened.
    """
    source = Source(table, path.name)
    if path.stat().st_size == 0:
        return source.refuse(
            "file.empty", "0 bytes", "a table with a header", "Export the table again."
        )
    if path.name.endswith(".parquet"):
        return _open_parquet(source, path)
    if path.name.endswith(".xlsx"):
        return read_xlsx(source, path, work, limit)
    return read_csv(source, path, work, limit, csv_reader or reader(work))


def damage(source: Source) -> Fault | None:
    """The fault of a Parquet file whose pages do not read, although its footer did."""
    assert source.data is not None
    try:
        for _ in pq.ParquetFile(source.data).iter_batches():
            pass
    except (pa.ArrowException, OSError) as error:
        return source.fault(
            "file.unreadable",
            _first_line(error),
            "a whole Parquet file",
            "The file is damaged: export or copy it again.",
        )
    return None


def _open_parquet(source: Source, path: Path) -> Source:
    source.first_row = 1
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        return source.refuse(
            "file.unreadable",
            _first_line(error),
            "a Parquet file",
            "The file is damaged or of another kind: export or copy it again.",
        )
    source.columns, source.data = list(names), path
    # Engines tell columns apart without regard to case, or not: such a file is read by none.
    if len({name.casefold() for name in names}) < len(names):
        twice = sorted({n for n in names if [m.casefold() for m in names].count(n.casefold()) > 1})
        return source.refuse(
            "column.repeated",
            ", ".join(twice),
            "each column once, capital and small letters being the same",
            "Delete or rename all but one.",
        )
    return source


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _twice(table: Table, names: list[str]) -> Fault:
    return Fault(
        table.name,
        names[0],
        None,
        "",
        "file.twice",
        " and ".join(names),
        f"one file for {table.name}",
        "Keep the one that counts and move the other out of the folder.",
    )


def _missing(table: Table, similar: list[str]) -> Fault:
    if similar:
        found = " and ".join(f'"{name}"' for name in similar)
        remedy = f"Did you mean {similar[0]}? Save it as {table.name} with {_ANY_SUFFIX}."
    else:
        found = "no such file"
        remedy = "Add it; a table without rows still needs its header."
    return Fault(
        table.name,
        table.name + SUFFIXES[0],
        None,
        "",
        "file.misnamed" if table.optional else "file.missing",
        found,
        f"{table.name} with {_ANY_SUFFIX}",
        remedy,
    )


def _similar(name: str, strangers: list[str]) -> list[str]:
    """Files whose name, ending aside, is close to a table's."""
    stems = {stranger: stranger.split(".")[0].strip().casefold() for stranger in strangers}
    close = difflib.get_close_matches(name, sorted(set(stems.values())), n=2, cutoff=0.7)
    return [stranger for stranger in strangers if stems[stranger] in close][:2]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
