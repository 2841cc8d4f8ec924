# SPDX-License-Identifier: Apache-2.0
"""A delimited report as a table of texts: `cells`, with the row that an editor shows."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from entrepot.engine.duck import quoted, text
from entrepot.engine.mistakes import SHOWN, Mistake, listed, nearest, refusal
from entrepot.settlement.decoding import Text
from entrepot.settlement.mistakes import UnreadableReport

#: A header longer than this is no header.
_LONGEST_HEADER = 1 << 20
#: Blank lines in the middle of a report that are stepped over.
_MOST_BLANK = 1_000


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is written: what parts its cells, and what stands around a cell, if anything."""

    delimiter: str
    quote: str = '"'


TABS = Form("\t", "")
COMMAS = Form(",")


def folded(name: str) -> str:
    """A column's name as names are compared: small letters, - for blanks and _."""
    return name.strip().casefold().replace("_", "-").replace(" ", "-")


def header(source: Text, form: Form) -> list[str]:
    """The names in the first line, folded."""
    with source.path.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline(_LONGEST_HEADER)
    if form.quote:
        with suppress(csv.Error):
            return [folded(name) for name in next(csv.reader([line], delimiter=form.delimiter), [])]
        return []
    return [folded(name) for name in line.rstrip("\r\n").split(form.delimiter)]


def check_header(
    source: Text, names: Sequence[str], needed: Iterable[str], form: Form, kind: str
) -> None:
    """Refuse unless every needed column is there, and none of them twice.

    Args:
        kind: what the report should be, for the message.

    Raises:
        UnreadableReport: with every missing column.
    """
    mistakes = []
    for name in needed:
        if names.count(name) == 1:
            continue
        close = nearest(name, names)
        remedy = f'Is "{close}" meant?' if close and close != name else f"Is it {kind}?"
        found = "the column twice" if name in names else "no such column"
        mistakes.append(Mistake(source.name, 1, name, found, "it once", remedy))
    if not mistakes:
        return
    remedy = f"Columns there: {listed(list(names))}."
    if len(names) < 2:
        others = [mark for mark in "\t,;|" if names and mark in names[0]]
        remedy = "No header can be read there."
        if others:
            remedy = f"The cells are parted by {others[0]!r}, not by {form.delimiter!r}."
    raise refusal(UnreadableReport, f"Cannot read {source.name} as {kind}.", mistakes, remedy)


def read_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Text,
    names: Sequence[str],
    form: Form,
    wanted: Collection[str],
) -> int:
    """Make `rows`: one row per line under the header, an empty cell being an empty text.

    Columns are called by their folded names; of those in the file, the wanted ones are kept.

    Returns:
        how many rows there are.

    Raises:
        UnreadableReport: lines with more or fewer cells than the header, each named.
    """
    places = ", ".join(f"{text(f'c{place}')}: 'VARCHAR'" for place in range(len(names)))
    chosen = ", ".join(
        f"coalesce(c{place}, '') AS {quoted(name)}"
        for place, name in enumerate(names)
        if name in wanted and name not in names[:place]
    )
    quote = text(form.quote)
    # The order of a file is kept only where it is asked for, and rowid counts along it.
    connection.execute("SET preserve_insertion_order = true")
    try:
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE cells AS SELECT {chosen}
            FROM read_csv({text(str(source.path))}, auto_detect = false, header = true,
                delim = {text(form.delimiter)}, quote = {quote}, escape = {quote},
                columns = {{{places}}}, compression = 'none', nullstr = '',
                store_rejects = true, rejects_limit = {SHOWN + 1})
        """)
        rejects = connection.execute(
            "SELECT DISTINCT ON (line) line, error_type::VARCHAR, error_message FROM reject_errors"
            " ORDER BY line"
        ).fetchall()
    except duckdb.Error as error:
        raise refusal(
            UnreadableReport,
            f"Cannot split {source.name} into lines and cells.",
            [Mistake(source.name, None, "", str(error).splitlines()[0], "a table", "Look at it.")],
            "Fetch the report again.",
        ) from error
    finally:
        connection.execute("SET preserve_insertion_order = false")
    blank = _blank_rows(source)
    _refuse_rejects(source, rejects, len(names))
    _number_rows(connection, blank)
    ((counted,),) = connection.execute("SELECT count(*) FROM cells").fetchall()
    return int(counted)


def _refuse_rejects(source: Text, rejects: list[tuple[int, str, str]], width: int) -> None:
    if not rejects:
        return
    mistakes = []
    for row, kind, message in rejects[:SHOWN]:
        expected = f"{width} cells, as in the header"
        found = {
            "TOO MANY COLUMNS": "too many cells",
            "MISSING COLUMNS": "too few cells",
            "UNQUOTED VALUE": "a quote that does not close",
            "INVALID ENCODING": "bytes that are not UTF-8",
            "LINE SIZE OVER MAXIMUM": "a line that is too long",
        }.get(kind, message.split("\n")[0])
        remedy = "The file was cut off or changed: fetch the report again."
        mistakes.append(Mistake(source.name, row, "", found, expected, remedy))
    raise refusal(
        UnreadableReport,
        f"Cannot split every line of {source.name}.",
        mistakes,
        "Give the report as it was downloaded, not as a spreadsheet program saved it.",
        count=len(rejects),
    )


def _blank_rows(source: Text) -> list[int]:
    """The rows that hold nothing, which a reader of tables steps over; those at the end aside."""
    found: list[int] = []
    row, last = 0, 0
    with source.path.open("rb") as file:
        carried = b""
        while block := file.read(1 << 22):
            joined = carried + block
            carried = joined[-3:]
            if b"\n\n" in joined or b"\n\r\n" in joined or joined.startswith((b"\n", b"\r\n")):
                break
        else:
            return []
        file.seek(0)
        for row, line in enumerate(file, 1):
            if line in (b"\n", b"\r\n"):
                found.append(row)
            else:
                last = row
    return [each for each in found if each < last]


def _number_rows(connection: duckdb.DuckDBPyConnection, blank: list[int]) -> None:
    """Add `row`, which counts lines as an editor does, the header being the first."""
    if not blank:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW rows AS SELECT rowid + 2 AS row, * FROM cells"
        )
        return
    # The n-th blank line shifts every row behind it by one.
    steps = ", ".join(str(row - place) for place, row in enumerate(blank[:_MOST_BLANK]))
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW rows AS"
        f" SELECT place + len(list_filter([{steps}], lambda step: step <= place)) AS row,"
        " * EXCLUDE (place) FROM (SELECT rowid + 2 AS place, * FROM cells)"
    )
