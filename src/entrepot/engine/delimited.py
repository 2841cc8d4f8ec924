# SPDX-License-Identifier: Apache-2.0
"""CSV as texts: read strictly, every malformed line reported, nothing guessed.

The form is RFC 4180 in UTF-8: commas, double quotes, a quote inside quotes doubled. Nothing is
sniffed, so the same bytes give the same cells whatever they look like.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

from entrepot.engine.duck import quoted, text
from entrepot.engine.opened import Source, header_faults

#: A header longer than this is no header but a quote that never closes.
_LONGEST_HEADER = 1 << 20
#: More malformed lines than this are not told apart; the file is of another kind.
_MOST_REJECTS = 1_000_000

_CODES = {
    "TOO MANY COLUMNS": "line.too_many",
    "MISSING COLUMNS": "line.too_few",
    "UNQUOTED VALUE": "line.quote",
    "INVALID ENCODING": "file.encoding",
    "LINE SIZE OVER MAXIMUM": "line.too_long",
}
_UTF8 = "In Excel: Save As, CSV UTF-8 (Comma delimited)."


def reader(work: Path, budget: int | None = None) -> duckdb.DuckDBPyConnection:
    """A database that does nothing but read CSV, whatever engine the tables are then read with.

    It takes `budget` bytes of memory at most, where there is such a budget.
    """
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET temp_directory = {text(str(work))}")
    if budget is not None:
        connection.execute(f"SET memory_limit = '{budget}B'")
    return connection


def read_csv(
    source: Source, path: Path, work: Path, limit: int, csv_reader: duckdb.DuckDBPyConnection
) -> Source:
    """Turn a CSV file, compressed or not, into a Parquet file of texts.

    Holds:
        row n of the file is row n of the Parquet file, blank and malformed lines left out.
    """
    plain = path
    if path.name.endswith(".gz"):
        # Unpacked first: checks the sum at its end, and a plain file is read by all cores.
        plain = work / f"{source.table.name}.csv"
        try:
            with gzip.open(path) as packed, plain.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            return source.refuse(
                "file.unreadable",
                str(error).rstrip("."),
                "a whole gzip file",
                "The file is damaged: compress or copy it again.",
            )
        if plain.stat().st_size == 0:
            return source.refuse(
                "file.empty", "0 bytes", "a table with a header", "Export the table again."
            )
    header = _header(source, plain)
    if header is None:
        return source
    names, length = header
    good = header_faults(source, names)
    source.columns = [name for _, name in good]
    wanted = set(source.table.names)
    kept = [(position, name) for position, name in good if name in wanted]
    if kept:
        body, skip = plain, 1
        if length:  # DuckDB skips lines, and a line that ends inside quotes leads it astray
            body, skip = work / f"{source.table.name}.body.csv", 0
            with plain.open("rb") as whole, body.open("wb") as rest:
                whole.seek(length)
                shutil.copyfileobj(whole, rest)
        source.data = work / f"{source.table.name}.parquet"
        try:
            rejects = _copy(csv_reader, body, skip, len(names), kept, source.data)
        except duckdb.InvalidInputException as error:
            _refuse_body(source, plain, str(error))
        else:
            _note_rejects(source, plain, rejects, limit)
    return source


def blank_rows(path: Path) -> Iterator[int]:
    """The numbers of the blank rows of a CSV file; a line break inside quotes starts no row."""
    row, is_quoted = 0, False
    with path.open("rb") as file:
        for line in file:
            if not is_quoted:
                row += 1
                if not line.strip(b"\r\n"):
                    yield row
            is_quoted ^= line.count(b'"') % 2 == 1


def _header(source: Source, path: Path) -> tuple[list[str], int] | None:
    """The names in the header and its bytes if it takes several lines, else 0; None if faulty."""
    with path.open("rb") as file:
        raw = file.readline(_LONGEST_HEADER)
        while raw.count(b'"') % 2 and len(raw) < _LONGEST_HEADER:
            more = file.readline(_LONGEST_HEADER)
            if not more:
                break
            raw += more
    if b"\n" not in raw:  # lines that end in CR alone
        raw = raw.partition(b"\r")[0]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        source.refuse("file.encoding", "UTF-16 text", "UTF-8 text", _UTF8)
        return None
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        source.refuse("file.encoding", _read_as(raw), "UTF-8 text", _UTF8)
        return None
    try:
        names = next(csv.reader(io.StringIO(decoded, newline=""), strict=True), [])
    except csv.Error:
        source.refuse(
            "column.unreadable",
            "a quote in the header that does not close",
            "column names, separated by commas",
            "Correct the first line.",
        )
        return None
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(names) == 1 and mark in names[0]:
            source.refuse(
                "column.separator",
                f"columns separated by {name}",
                "columns separated by commas",
                "Save the file with commas, or as Excel or Parquet.",
            )
            return None
    if not names:
        source.refuse(
            "column.unnamed",
            "an empty first line",
            "column names in the first line",
            "Delete the lines above the header.",
        )
        return None
    return names, len(raw) if raw.count(b"\n") > 1 else 0


def _copy(
    csv_reader: duckdb.DuckDBPyConnection,
    body: Path,
    skip: int,
    width: int,
    kept: list[tuple[int, str]],
    target: Path,
) -> list[tuple[int, str, str]]:
    """Write the rows under the header to `target`.

    Args:
        csv_reader: see `reader`.
        body: the file.
        skip: lines of it to skip, 1 where it has its header.
        width: how many columns it has.
        kept: position and name of those to write.
        target: the Parquet file to write.

    Returns:
        row, kind and message of every line that is malformed and was left out.
    """
    held = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    chosen = ", ".join(f"c{position} AS {quoted(name)}" for position, name in kept)
    # A cursor has its own table of rejects.
    cursor = csv_reader.cursor()
    cursor.execute(
        f"""COPY (
            SELECT {chosen} FROM read_csv(
                {text(_literal(body))}, auto_detect = false, columns = {{{held}}},
                delim = ',', quote = '"', escape = '"', header = false, skip = {skip},
                compression = 'none', nullstr = '', allow_quoted_nulls = true,
                strict_mode = true, null_padding = false,
                store_rejects = true, rejects_limit = {_MOST_REJECTS}
            )
        ) TO {text(str(target))} (FORMAT parquet)"""
    )
    rejects = cursor.execute(
        "SELECT line, min(error_type::VARCHAR), min(error_message) FROM reject_errors "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    cursor.close()
    return [(row + 1 - skip, kind, message) for row, kind, message in rejects]


def _note_rejects(
    source: Source, path: Path, rejects: list[tuple[int, str, str]], limit: int
) -> None:
    """Note the lines that were left out: as faults, and as holes in the numbering of rows."""
    source.left_out = lambda: [row for row, _, _ in rejects] + list(blank_rows(path))
    source.whole = not rejects
    # A quote that does not close swallows lines that nobody counts.
    source.rows_known = len(rejects) < _MOST_REJECTS and not any(
        kind == "UNQUOTED VALUE" for _, kind, _ in rejects
    )
    counts = Counter(kind for _, kind, _ in rejects)
    foreign = [row for row, kind, _ in rejects if kind == "INVALID ENCODING"][:limit]
    shown = _lines(path, set(foreign)) if foreign else {}
    listed: Counter[str] = Counter()
    for row, kind, message in rejects:
        listed[kind] += 1
        if listed[kind] > limit:
            continue
        wanted, had = (*re.findall(r"[0-9]+", message), "", "")[:2]
        found, expected, remedy = {
            "TOO MANY COLUMNS": (
                f"{had} cells",
                f"{wanted} cells, as in the header",
                "Put a text that holds a comma between double quotes.",
            ),
            "MISSING COLUMNS": (
                f"{had} cells",
                f"{wanted} cells, as in the header",
                "Add the missing cells; an empty cell still needs its comma.",
            ),
            "UNQUOTED VALUE": (
                "a double quote that does not close, or text after it",
                "double quotes in pairs around a cell",
                "Close the quote; write a quote inside a cell twice.",
            ),
            "INVALID ENCODING": (_read_as(shown.get(row, b"")), "UTF-8 text", _UTF8),
        }.get(kind, (message.split(".")[0], "a line of a table", "Correct the line."))
        source.faults.append(
            source.fault(
                _CODES.get(kind, "line.unreadable"),
                found,
                expected,
                remedy,
                row=row,
                count=counts[kind],
            )
        )


def _refuse_body(source: Source, path: Path, message: str) -> None:
    """Say why the rows cannot be read: almost always line ends of two kinds."""
    odd = _odd_line_end(path)
    if odd is None:
        source.refuse(
            "file.unreadable",
            message.splitlines()[0].rstrip("."),
            "a CSV file",
            "Save the file again as CSV UTF-8.",
        )
        return
    source.refuse(
        "file.line_ends",
        f"line ends of two kinds, the second from line {odd} on",
        "one kind of line end",
        "Open the file in a spreadsheet or editor and save it again.",
    )


def _odd_line_end(path: Path) -> int | None:
    """The first line whose end is not that of the header; None where all are alike."""
    first, is_quoted = b"", False
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            is_quoted ^= line.count(b'"') % 2 == 1
            if is_quoted or not line.endswith(b"\n"):
                continue
            end = line[-2:] if line.endswith(b"\r\n") else b"\n"
            first = first or end
            if end != first or b"\r" in line.removesuffix(end):
                return number
    return None


def _lines(path: Path, rows: set[int]) -> dict[int, bytes]:
    """The first line of each of `rows`."""
    lines: dict[int, bytes] = {}
    row, is_quoted = 0, False
    with path.open("rb") as file:
        for line in file:
            if not is_quoted:
                row += 1
                if row in rows:
                    lines[row] = line
                if row >= max(rows):
                    break
            is_quoted ^= line.count(b'"') % 2 == 1
    return lines


def _read_as(raw: bytes) -> str:
    """What bytes that are not UTF-8 look like, for a person to recognise."""
    try:
        shown = raw.decode("gb18030").strip()
    except UnicodeDecodeError:
        return "bytes that are not UTF-8"
    return f'GBK text, "{shown[:40]}"'


def _literal(path: Path) -> str:
    """A path whose stars and brackets mean themselves."""
    return re.sub(r"([*?\[\]{}])", r"[\1]", str(path))
