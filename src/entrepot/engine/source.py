# SPDX-License-Identifier: Apache-2.0
"""A table's file: found in its folder, told apart by its bytes, and made ready for any engine.

Parquet is read as it lies, one file or a folder of parts. CSV and Excel become, once, a Parquet
file of texts in a work folder, so that every engine sees the same cells.
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
from entrepot.engine.parts import SUFFIX, parts_of
from entrepot.engine.schema import Table
from entrepot.engine.spreadsheet import read_xlsx

#: What a table's file may end in.
SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")
_CHUNK = 1 << 20
_ANY_SUFFIX = "one of " + ", ".join(SUFFIXES)


def find(
    folder: Path, tables: Sequence[Table], version: int | None = None
) -> tuple[dict[str, Path], list[Fault]]:
    """Find each table's file.

    Args:
        folder: where they lie.
        tables: what is looked for.
        version: the version that the tables are said to be of; None is the newest.

    Returns:
        the path by table name, and a fault for each table that has two files, or none although
        it is not optional, or one whose name is nearly right, or one that came with a later
        version.
    """
    # A folder without an ending, such as that of seals, is no table whose name is nearly right.
    names = sorted(path.name for path in folder.iterdir() if path.is_file() or path.suffix)
    ours = {table.name + suffix for table in tables for suffix in SUFFIXES}
    strangers = [name for name in names if name not in ours and not name.startswith((".", "~$"))]
    paths: dict[str, Path] = {}
    faults: list[Fault] = []
    for table in tables:
        here = [
            table.name + suffix for suffix in SUFFIXES if _is_there(folder / (table.name + suffix))
        ]
        newer = version is not None and table.since > version
        if here and newer:
            faults.append(_newer(table, here[0], version))
        if len(here) == 1:
            paths[table.name] = folder / here[0]
        elif here:
            faults.append(_twice(table, here))
        elif not newer:
            similar = _similar(table.name, strangers)
            if similar or not table.optional:
                faults.append(_missing(table, similar))
    return paths, faults


def digest(paths: dict[str, Path]) -> dict[str, Future[str]]:
    """Start to work out the sha256 of each file, in threads beside what follows.

    That of a folder is over its parts as if they were one file, in the order of their names.
    """
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
    if path.is_file() and path.stat().st_size == 0:
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
    for part in parts_of(source.data):
        try:
            for _ in pq.ParquetFile(part).iter_batches():
                pass
        except (pa.ArrowException, OSError) as error:
            return source.fault(
                "file.unreadable",
                _in_part(source, part, error),
                "a whole Parquet file",
                "The file is damaged: export or copy it again.",
            )
    return None


def _open_parquet(source: Source, path: Path) -> Source:
    source.first_row = 1
    parts = parts_of(path)
    if not parts:
        return source.refuse(
            "file.empty",
            f"a folder without a {SUFFIX} file",
            "at least one part, which may have no rows",
            "Export the table again.",
        )
    footers: list[pq.FileMetaData] = []
    for part in parts:
        try:
            footers.append(pq.read_metadata(part))
        except (pa.ArrowException, OSError) as error:
            return source.refuse(
                "file.unreadable",
                _in_part(source, part, error),
                "a Parquet file",
                "The file is damaged or of another kind: export or copy it again.",
            )
    schemas = [footer.schema.to_arrow_schema() for footer in footers]
    names = list(schemas[0].names)
    source.columns, source.data = names, path
    # Engines tell columns apart without regard to case, or not: such a file is read by none.
    if len({name.casefold() for name in names}) < len(names):
        twice = sorted({n for n in names if [m.casefold() for m in names].count(n.casefold()) > 1})
        return source.refuse(
            "column.repeated",
            ", ".join(twice),
            "each column once, capital and small letters being the same",
            "Delete or rename all but one.",
        )
    if path.is_dir():
        rows = (footer.num_rows for footer in footers)
        source.parts = list(zip((part.name for part in parts), rows, strict=True))
    return _of_one_kind(source, parts, schemas)


def _of_one_kind(source: Source, parts: Sequence[Path], schemas: Sequence[pa.Schema]) -> Source:
    """Refuse parts that differ in their columns or the types of those."""
    kinds = [dict(zip(schema.names, schema.types, strict=True)) for schema in schemas]
    for part, kind in zip(parts, kinds, strict=True):
        if kind != kinds[0]:
            other = kinds[0].items() ^ kind.items()
            columns = ", ".join(sorted({name for name, _ in other}))
            return source.refuse(
                "file.parts_differ",
                f"{part.name} and {parts[0].name} differ in {columns}",
                "the same columns with the same types in every part",
                "Export the table again, all parts at once, or move out what is not part of it.",
            )
    return source


def _is_there(path: Path) -> bool:
    return path.is_file() or (path.name.endswith(SUFFIX) and path.is_dir())


def _in_part(source: Source, part: Path, error: BaseException) -> str:
    """What a part says of itself, where it is one of several."""
    found = _first_line(error)
    return found if part.name == source.file else f"{part.name}: {found}"


def _sha256(path: Path) -> str:
    running = hashlib.sha256()
    for part in parts_of(path):
        with part.open("rb") as file:
            while read := file.read(_CHUNK):
                running.update(read)
    return running.hexdigest()


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


def _newer(table: Table, name: str, version: int | None) -> Fault:
    return Fault(
        table.name,
        name,
        None,
        "",
        "file.newer",
        f"a table that came with version {table.since}",
        f"only what version {version} has, since season.toml says no later one",
        f"Write schema = {table.since} in season.toml, or move the file out of the folder.",
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
