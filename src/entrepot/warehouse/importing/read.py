# SPDX-License-Identifier: Apache-2.0
"""Open a channel's export: CSV (also gzip) in its own encoding, Parquet, or a spreadsheet.

What comes out is one row per line of the export, every cell as the text that stands in it. Nothing
is guessed and nothing is a float: a cell that a file holds as a number becomes the shortest text
that means this number.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

import duckdb
import pyarrow as pa
import python_calamine

from entrepot.engine.duck import quoted, text
from entrepot.engine.mistakes import listed, nearest
from entrepot.errors import Misused
from entrepot.warehouse.importing.mapping import Mapping
from entrepot.warehouse.importing.mistakes import SHOWN, Mistake, UnreadableExport, refuse

TEXTS = (".csv", ".tsv", ".txt")
SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
#: Date forms of cells that a file holds as times; they are written like this before parsing.
CELL_FORMS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")

_BLOCK = 1 << 22
_ROWS = 50_000


def read_export(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, work: Path
) -> tuple[str, bool]:
    """Make the table `raw`: one row per line of the export, the mapped columns as text.

    The ending of `path` says what it is; `work` is an existing folder for the decoded text.

    Returns:
        the export's sha256, and whether its cells have types of their own (`CELL_FORMS` apply).

    Raises:
        Misused: there is no such file, or its ending is not known.
        UnreadableExport: a column is missing, or the encoding or the delimiter is another.
    """
    name = path.name.lower()
    ending = Path(name.removesuffix(".gz")).suffix
    if not path.is_file():
        raise Misused(
            f"Cannot import {path}.", "There is no such file.", "Give the path of an export."
        )
    if ending in TEXTS:
        plain = work / "export.csv"
        digest = _decode(path, plain, mapping)
        _read_text(connection, path.name, plain, mapping)
        return digest, False
    digest = _digest(path)
    if name.endswith(".parquet"):
        _read_parquet(connection, path, mapping)
    elif ending in SHEETS and name.endswith(ending):
        _read_sheet(connection, path, mapping)
    else:
        raise Misused(
            f"Cannot import {path.name}.",
            "Its ending says neither CSV, nor Parquet, nor a spreadsheet.",
            f"Name it {', '.join((*TEXTS, '.csv.gz', '.parquet', *SHEETS))}.",
        )
    return digest, True


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


class _Hashed:
    """A file that remembers the sha256 of what has been read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256 = file, sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.sha256.update(block)
        return block


def _decode(path: Path, plain: Path, mapping: Mapping) -> str:
    """Write the text as UTF-8 to `plain`; the sha256 of the file as it is.

    A one-byte encoding accepts nearly every byte, so a file that is wholly UTF-8 and holds more
    than ASCII is refused under any other name: it would be read as garbage.
    """
    # Exports that were glued together mix line ends, which a strict CSV reader refuses.
    is_utf8 = codecs.lookup(mapping.encoding).name in {"utf-8", "utf-8-sig"}
    encoding = "utf-8-sig" if is_utf8 else mapping.encoding
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    rival: codecs.IncrementalDecoder | None = None
    if not is_utf8:
        rival = codecs.getincrementaldecoder("utf-8")()
    beyond_ascii, lines = False, 1
    with path.open("rb") as file, plain.open("wb") as out:
        hashed = _Hashed(file)
        source: Any = hashed
        if path.name.lower().endswith(".gz"):
            source = gzip.GzipFile(fileobj=cast("IO[bytes]", hashed))
        block = b"\n"
        while block:
            try:
                block = source.read(_BLOCK)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise refuse(
                    UnreadableExport,
                    f"Cannot import {path.name}.",
                    [Mistake(path.name, f"{error}.", "It is no gzip file, or only a part of one.")],
                    "Fetch the export again.",
                ) from error
            try:
                decoded = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise _undecodable(path, mapping, error, lines) from error
            lines += decoded.count("\n")
            out.write(decoded.encode())
            beyond_ascii = beyond_ascii or not block.isascii()
            if rival is not None:
                rival = _still_fits(rival, block)
        while hashed.read(_BLOCK):  # what follows the last gzip member counts for the digest
            pass
    if rival and beyond_ascii:
        found = f'The mapping says "{mapping.encoding}", and the whole file is UTF-8.'
        raise refuse(
            UnreadableExport,
            f"Cannot import {path.name}.",
            [Mistake(f"{mapping.file}, [file] encoding", found, 'Say encoding = "utf-8".')],
            "Correct the mapping and import again.",
        )
    return hashed.sha256.hexdigest()


def _still_fits(
    decoder: codecs.IncrementalDecoder, block: bytes
) -> codecs.IncrementalDecoder | None:
    try:
        decoder.decode(block, final=not block)
    except UnicodeDecodeError:
        return None
    return decoder


def _undecodable(
    path: Path, mapping: Mapping, error: UnicodeDecodeError, lines: int
) -> UnreadableExport:
    line = lines + error.object[: error.start].count(b"\n")
    bytes_found = error.object[error.start : error.start + 4].hex(" ")
    return refuse(  # type: ignore[return-value]
        UnreadableExport,
        f'Cannot import {path.name} as "{mapping.encoding}".',
        [
            Mistake(
                f"{path.name}:{line}",
                f'the bytes {bytes_found} are no "{mapping.encoding}".',
                "The export has another encoding.",
            )
        ],
        f"Set [file] encoding in {mapping.file}, for example cp1252 or utf-16.",
    )


def _read_text(
    connection: duckdb.DuckDBPyConnection, name: str, plain: Path, mapping: Mapping
) -> None:
    with plain.open(newline="", encoding="utf-8") as file:
        try:
            headers = next(csv.reader(file, delimiter=mapping.delimiter), [])
        except csv.Error:  # a quote in the header that never ends
            headers = []
    _check_headers(name, headers, mapping)
    # Columns are told apart by place: an export may call two of them the same.
    places = [f"c{place}" for place in range(len(headers))]
    columns = ", ".join(f"{text(place)}: 'VARCHAR'" for place in places)
    query = f"""
        SELECT {_chosen(mapping, dict(zip(headers, places, strict=True)))}
        FROM read_csv({text(str(plain))}, auto_detect = false, header = true,
            delim = {text(mapping.delimiter)}, quote = '"', escape = '"',
            columns = {{{columns}}}, store_rejects = true, rejects_limit = {SHOWN + 1})
    """
    # The order of a file is kept only where it is asked for, and rowid counts along it.
    connection.execute("SET preserve_insertion_order = true")
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE cells AS {query}")
    except duckdb.Error as error:
        raise UnreadableExport(
            f"Cannot split {name} into lines and cells.",
            str(error).splitlines()[0],
            f"Fetch the export again, or correct [file] in {mapping.file}.",
        ) from error
    _check_rejects(connection, name, plain, mapping)
    # The header is row 1.
    connection.execute("CREATE OR REPLACE TEMP VIEW raw AS SELECT rowid + 2 AS row, * FROM cells")


def _check_headers(name: str, headers: Sequence[str], mapping: Mapping) -> None:
    """Refuse unless every mapped column is there, exactly once."""
    mistakes = []
    for column, header in mapping.columns.items():
        if headers.count(header) != 1:
            found = "is there twice." if header in headers else "is not there."
            meant = nearest(header, headers)
            remedy = f'Is "{meant}" meant?' if meant and meant != header else "Name another column."
            place = f'{name}:1, column "{header}" ({column})'
            mistakes.append(Mistake(place, found, remedy))
    if not mistakes:
        return
    remedy = f"Columns there: {listed(headers)}." if headers else "No header can be read there."
    if len(headers) == 1 and len(mapping.columns) > 1:
        others = [mark for mark in (",", ";", "\t", "|") if mark in headers[0]]
        if others and name.lower().removesuffix(".gz").endswith(TEXTS):
            remedy += f" The delimiter is {others[0]!r}, not {mapping.delimiter!r}."
    raise refuse(
        UnreadableExport,
        f"Cannot import {name} with the columns that {mapping.file} names.",
        mistakes,
        f"{remedy} Correct [columns] or [file] in {mapping.file}.",
        columns=list(headers),
    )


def _check_rejects(
    connection: duckdb.DuckDBPyConnection, name: str, plain: Path, mapping: Mapping
) -> None:
    """Refuse a file with lines that have more or fewer cells than its header."""
    rejects = connection.execute(
        "SELECT DISTINCT ON (line_byte_position) line_byte_position, error_type, error_message"
        " FROM reject_errors ORDER BY line_byte_position"
    ).fetchall()
    if not rejects:
        return
    mistakes = []
    line, position = 1, 0
    with plain.open("rb") as file:
        for start, kind, message in rejects:
            line, position = line + file.read(start - position).count(b"\n"), start
            found = f"{str(kind).lower()}: {message}."
            mistakes.append(
                Mistake(f"{name}:{line}", found, "Look for a stray quote or delimiter.")
            )
    raise refuse(
        UnreadableExport,
        f"Cannot split every line of {name} at {mapping.delimiter!r}.",
        mistakes,
        f"Fetch the export again, or correct [file] delimiter in {mapping.file}.",
    )


def _chosen(mapping: Mapping, places: dict[str, str], cell: Callable[[str], str] = quoted) -> str:
    """The mapped columns under our names, for a SELECT."""
    return ", ".join(
        f"{cell(places[header])} AS {quoted(column)}" for column, header in mapping.columns.items()
    )


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping) -> None:
    source = f"read_parquet({text(str(path))}, file_row_number = true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise UnreadableExport(
            f"Cannot import {path.name}.",
            str(error).splitlines()[0],
            "Give a Parquet file, or rename it after what it is.",
        ) from error
    types = {row[0]: str(row[1]) for row in described if row[0] != "file_row_number"}
    _check_headers(path.name, list(types), mapping)

    def cell(header: str) -> str:
        column, kind = quoted(header), types[header]
        if kind.startswith("TIMESTAMP"):
            form = CELL_FORMS[0] if "ZONE" in kind else CELL_FORMS[1]
            return f"strftime({column}, {text(form)})"
        if kind in {"DOUBLE", "FLOAT"} or kind.startswith("DECIMAL"):
            # 536365.0 is the order 536365, and a number has the decimal mark of the mapping.
            shortest = f"regexp_replace({column}::VARCHAR, '\\.0+$', '')"
            return f"replace({shortest}, '.', {text(mapping.decimal)})"
        return f"{column}::VARCHAR"

    chosen = _chosen(mapping, {header: header for header in types}, cell)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE raw AS"
        f" SELECT file_row_number + 1 AS row, {chosen} FROM {source}"
    )


def _read_sheet(connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping) -> None:
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise UnreadableExport(
            f"Cannot import {path.name}.", f"{error}", "Save it as .xlsx and import again."
        ) from error
    names = workbook.sheet_names
    wanted = mapping.sheet or names[0]
    if wanted not in names:
        raise refuse(
            UnreadableExport,
            f'Cannot import the sheet "{wanted}" of {path.name}.',
            [Mistake(path.name, "It is not there.", f"Sheets there: {listed(names)}.")],
            f"Correct [file] sheet in {mapping.file}.",
        )
    rows = enumerate(workbook.get_sheet_by_name(wanted).iter_rows(), start=1)
    first = next((row for _, row in rows if _is_filled(row)), [])
    headers = [_cell(value, ".") or "" for value in first]
    _check_headers(path.name, headers, mapping)
    places = {column: headers.index(header) for column, header in mapping.columns.items()}
    schema = pa.schema([("row", pa.int64()), *((column, pa.string()) for column in places)])
    batches = pa.RecordBatchReader.from_batches(
        schema, _batches(rows, list(places.values()), mapping.decimal, schema)
    )
    connection.register("sheet", batches)
    connection.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM sheet")
    connection.unregister("sheet")


def _batches(
    rows: Iterator[tuple[int, list[Any]]], places: Sequence[int], decimal: str, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The sheet's rows, blank ones left out as a CSV reader leaves out blank lines."""
    lines: list[tuple[Any, ...]] = []
    for number, row in rows:
        if _is_filled(row):
            lines.append((number, *(_cell(row[place], decimal) for place in places)))
        if len(lines) == _ROWS:
            yield _batch(lines, schema)
            lines = []
    yield _batch(lines, schema)


def _batch(lines: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*lines, strict=True)) if lines else [()] * len(schema)
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _is_filled(row: Sequence[Any]) -> bool:
    return any(value not in ("", None) for value in row)


def _cell(value: Any, decimal: str) -> str | None:
    """A spreadsheet's cell as the text that a person sees in it."""
    if value == "" or value is None:
        return None
    if isinstance(value, datetime):
        return value.strftime(CELL_FORMS[1])
    if isinstance(value, date):
        return value.strftime(CELL_FORMS[2])
    if isinstance(value, float):
        # repr is the shortest text that means this number; format writes it without an exponent.
        shortest = f"{Decimal(repr(value)):f}"
        return shortest.removesuffix(".0").replace(".", decimal)
    return str(value)
