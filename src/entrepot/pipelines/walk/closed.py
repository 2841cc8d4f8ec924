# SPDX-License-Identifier: Apache-2.0
"""Open what a close wrote, to be asked: Parquet where it lies, CSV and Excel read whole.

Only what a question needs is imported: the walk is to answer within a second, its start included.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb

from entrepot.errors import Misused, Refused
from entrepot.pipelines.season import SCHEMA_VERSION

if TYPE_CHECKING:
    from entrepot.engine.schema import Kind, Table

RUN = "run.json"
#: The tables that a walk asks.
TABLES = (
    "trace",
    "book",
    "refunds",
    "advances",
    "filing_exports",
    "filing_purchases",
    "exceptions",
)
#: Columns that every table gets beside its own: the order in which its rows lie.
PART, AT = "_part", "_at"
IN_ORDER = f"ORDER BY {PART}, {AT}"

Row = dict[str, Any]


class NoClose(Misused):
    """A folder that `entrepot close` did not write."""

    code: ClassVar[str] = "walk.no_close"


class NewerClose(Refused):
    """A close of a later version than the program knows, which it would misread."""

    code: ClassVar[str] = "walk.newer"


class BrokenClose(Refused):
    """A close whose files are not those that its run.json names, or cannot be read."""

    code: ClassVar[str] = "walk.broken"


class ClosedSeason:
    """What a close wrote, with its tables to be asked in SQL.

    `run`: what run.json says. Every table that is asked is there by its name, with the columns of
    its description and two more by which its rows can be put in the order they were written in.
    """

    def __init__(self, folder: Path, run: Row, connection: duckdb.DuckDBPyConnection) -> None:
        self.folder, self.run, self._connection = folder, run, connection

    @property
    def is_older(self) -> bool:
        """Whether the close is of an earlier version than this program writes."""
        return bool(self.run["schema_version"] < SCHEMA_VERSION)

    def rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """The rows of a query as dicts; every value comes in by a `?` or `$name`, none is written
        into it.
        """
        given = dict(values) if isinstance(values, Mapping) else list(values)
        cursor = self._connection.execute(query, given)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def open_closed(folder: Path, tables: Sequence[str] = TABLES) -> Iterator[ClosedSeason]:
    """Open the folder that `entrepot close` wrote.

    Args:
        tables: those that are asked.

    Raises:
        NoClose: it is no such folder.
        NewerClose: it is of a later version.
        BrokenClose: a file that run.json names is missing or unreadable.
    """
    run = _run(folder, tables)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET parquet_metadata_cache = true")
        closed = ClosedSeason(folder, run, connection)
        for name in tables:
            _open_table(connection, folder, run, name)
        try:
            yield closed
        except duckdb.Error as error:
            raise BrokenClose(
                f"Cannot read the close in {folder}.",
                str(error).splitlines()[0],
                "Its tables are not as they were written: close the season again.",
            ) from error


def _run(folder: Path, tables: Sequence[str]) -> Row:
    path = folder / RUN
    if not path.is_file():
        found = f"It holds no {RUN}." if folder.is_dir() else "There is no such folder."
        raise NoClose(
            f"Cannot read the close in {folder}.",
            found,
            "Name the folder that entrepot close wrote with --out.",
        )
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        version, outputs = run["schema_version"], run["outputs"]
        known = isinstance(version, int) and all(outputs[name]["file"] for name in tables)
    except (ValueError, KeyError, TypeError) as error:
        raise _not_a_run(path) from error
    if not known:
        raise _not_a_run(path)
    if version > SCHEMA_VERSION:
        raise NewerClose(
            f"Cannot read the close in {folder}.",
            f"Its tables are of version {version}; this program knows them up to version "
            f"{SCHEMA_VERSION}.",
            "Update Entrepot, or close the season with this version.",
        )
    return dict(run)


def _not_a_run(path: Path) -> NoClose:
    return NoClose(
        f"Cannot read the close in {path.parent}.",
        f"{path.name} does not say which tables a close wrote.",
        "Name the folder that entrepot close wrote, or close the season again.",
    )


def _open_table(connection: duckdb.DuckDBPyConnection, folder: Path, run: Row, name: str) -> None:
    path = folder / run["outputs"][name]["file"]
    try:
        if not path.exists():
            raise FileNotFoundError(f"{RUN} names {path.name}, which is not there.")
        read, kept_as = _READ[run["format"]]
        query = read(connection, path, name)
        if run["schema_version"] < SCHEMA_VERSION:
            query = _with_later_columns(connection, query, name)
        connection.execute(f"CREATE {kept_as} {name} AS {query}")
    except (duckdb.Error, OSError, ValueError, KeyError) as error:
        raise BrokenClose(
            f"Cannot read the close in {folder}.",
            f"{name} cannot be read: {str(error).splitlines()[0]}",
            "Its tables are not as they were written: close the season again.",
        ) from error


# --- Each reader makes the relation "NAME as written" and gives the query that puts it in order ---


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> str:
    """A file, or a folder of parts that lie in the order of their names."""
    # As `engine.parts` says, which loads what this does without.
    files = sorted(path.glob("[!._]*.parquet")) if path.is_dir() else [path]
    connection.read_parquet(
        [_exactly(file) for file in files],
        file_row_number=True,
        filename=True,
        hive_partitioning=False,
    ).create_view(f"{name} as written")
    return f'SELECT * RENAME (filename AS {PART}, file_row_number AS {AT}) FROM "{name} as written"'


def _exactly(path: Path) -> str:
    """A path in which no character stands for others."""
    return re.sub(r"[*?\[]", lambda found: f"[{found.group()}]", str(path))


def _read_csv(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    kinds = {column.name: column.kind for column in _described(name).columns}
    connection.read_csv(
        _exactly(path),
        header=True,
        columns={column: _sql_type(kinds[column]) for column in header},
        auto_detect=False,
        delimiter=",",
        quotechar='"',
        escapechar='"',
        parallel=False,
    ).create_view(f"{name} as written")
    return _numbered(name, "*")


def _read_xlsx(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> str:
    import pyarrow as pa
    from python_calamine import CalamineError, CalamineWorkbook

    from entrepot.engine.spreadsheet import as_text

    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except CalamineError as error:
        raise ValueError(str(error)) from error
    header, *rows = sheet.to_python(skip_empty_area=False)
    texts = {
        str(column): pa.array([as_text(row[at]) or None for row in rows], pa.string())
        for at, column in enumerate(header)
    }
    connection.from_arrow(pa.table(texts)).create_view(f"{name} as written")
    kinds = {column.name: column.kind for column in _described(name).columns}
    return _numbered(
        name, ", ".join(f'"{each}"::{_sql_type(kinds[each])} AS "{each}"' for each in texts)
    )


#: How each format is read, and whether its rows stay where they are.
_READ = {
    "parquet": (_read_parquet, "VIEW"),
    "csv": (_read_csv, "TEMP TABLE"),
    "xlsx": (_read_xlsx, "TEMP TABLE"),
}


def _numbered(name: str, columns: str) -> str:
    return (
        f"SELECT {columns}, '' AS {PART}, row_number() OVER () AS {AT} FROM \"{name} as written\""
    )


def _with_later_columns(connection: duckdb.DuckDBPyConnection, query: str, name: str) -> str:
    """A query that gives a table of an earlier version the columns that came later, empty."""
    there = set(connection.table(f"{name} as written").columns)
    later = [column for column in _described(name).columns if column.name not in there]
    empty = [f'NULL::{_sql_type(column.kind)} AS "{column.name}"' for column in later]
    return f"SELECT {', '.join(['*', *empty])} FROM ({query})"


def _described(name: str) -> Table:
    from entrepot.exchange.tables import REVALUED
    from entrepot.exchange.tables import SETTLED as EXCHANGED
    from entrepot.finance.tables import SETTLED
    from entrepot.finance.tables_bank import ALLOCATED, COLLECTED, NETTING, RECEIPTS_YEAR
    from entrepot.finance.tables_collection import COLLECTION
    from entrepot.finance.tables_margin import EXCHANGE_BORNE, MARGIN
    from entrepot.finance.tables_tied import CASH_TIED
    from entrepot.ledger.tables import BOOK, EXCEPTIONS, TRACE
    from entrepot.taxrefund.tables import ADVANCES, FILING_EXPORTS, FILING_PURCHASES, REFUNDS

    filings = (ADVANCES, FILING_EXPORTS, FILING_PURCHASES, REFUNDS)
    of_money = (
        MARGIN,
        CASH_TIED,
        EXCHANGE_BORNE,
        SETTLED,
        NETTING,
        ALLOCATED,
        COLLECTED,
        COLLECTION,
        RECEIPTS_YEAR,
        EXCHANGED,
        REVALUED,
    )
    tables = (TRACE, BOOK, EXCEPTIONS, *filings, *of_money)
    return next(table for table in tables if table.name == name)


def _sql_type(kind: Kind) -> str:
    from entrepot.engine.schema import PLACES, Kind

    if kind in PLACES:
        return f"DECIMAL(18,{PLACES[kind]})"
    return {Kind.TEXT: "VARCHAR", Kind.DAY: "DATE", Kind.FLAG: "BOOLEAN"}.get(kind, "BIGINT")
