# SPDX-License-Identifier: Apache-2.0
"""Make out VAT returns of a period: judge, lay out, prove, and only then write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.destination.excepting import Found, exceptions
from entrepot.destination.filing import lay_out, prove
from entrepot.destination.firm import Firm
from entrepot.destination.given import PACKS, put, put_given
from entrepot.destination.judging import judge
from entrepot.destination.opening import open_given
from entrepot.destination.periods import Period
from entrepot.destination.reporting import Report, reasons, report_of, worded
from entrepot.destination.tables import EXCEPTIONS, LINES, RESULTS
from entrepot.engine.duck import Duck, quoted
from entrepot.engine.schema import Table
from entrepot.engine.write import held_schema, write_table
from entrepot.errors import Refused
from entrepot.packs.read import read

#: The file that every folder of returns holds.
REPORT = "vat.json"
_BATCH_ROWS = 1 << 16


class TooLarge(Refused):
    """An amount of a return has more digits than can be held: a rate of exchange is wrong."""

    code: ClassVar[str] = "vat.too_large"


def file_returns(
    duck: Duck,
    firm: Firm,
    period: Period,
    as_of: date,
    work: Path,
    new: Path | None = None,
    file_format: str = "csv",
) -> Report:
    """Make out the returns of a period from a season that `duck` holds.

    Args:
        duck: an engine with the tables sales, returns, products and fx_rates of a season.
        as_of: the last day that the season knows.
        work: an existing folder for what is made of CSV and Excel.
        new: a folder to fill with the tables of results; None: only report.

    Returns:
        what `vat.json` says: period, what the firm says, figures with their source, totals,
        filing table, exceptions.

    Raises:
        FaultyTables: the firm's own tables have faults.
        Lost: lines, table and season do not come to the same.
        TooLarge: a rate of exchange makes an amount of more than 18 digits.
    """
    connection = duck.connection
    inputs = open_given(duck, firm, work)
    put_given(connection, firm)
    try:
        judge(connection, firm, period)
        lay_out(connection, firm, period)
    except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        raise TooLarge(
            "Cannot make out the return.",
            f"An amount in another currency has more digits than can be held: {error}",
            "Look for a rate of exchange that is wrong by a power of ten.",
        ) from error
    totals = prove(connection, period)
    found = worded(exceptions(connection, period, as_of), firm, period)
    report: Report = {
        "version": version("entrepot"),
        "packs": {name: dict(read(name).sha256) for name in PACKS},
        "inputs": inputs,
        **report_of(connection, firm, period, totals, found),
    }
    if new is not None:
        report["outputs"] = _write(duck, period, found, new, file_format)
    return report


def write_report(report: Report, folder: Path) -> None:
    """Write what `vat.json` says."""
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / REPORT).write_text(text + "\n", "utf-8")


def _write(
    duck: Duck, period: Period, found: list[Found], new: Path, form: str
) -> dict[str, Report]:
    batches = {
        LINES.name: _lines(duck, period),
        EXCEPTIONS.name: _exceptions(found),
    }
    written = {}
    for table in RESULTS:
        rows = batches.get(table.name) or _batches(duck, table)
        one = write_table(table, rows, new, form)
        written[one.file] = {"rows": one.rows, "digest": one.digest}
    return written


def _exceptions(found: list[Found]) -> Iterator[pa.RecordBatch]:
    held = held_schema(EXCEPTIONS)
    rows = [{name: each[name] for name in held.names} for each in found]
    yield pa.RecordBatch.from_pylist(rows, held)


def _batches(duck: Duck, table: Table) -> Iterator[pa.RecordBatch]:
    columns = ", ".join(quoted(name) for name in table.names)
    held = held_schema(table)
    for batch in _rows(duck, f"SELECT {columns} FROM {table.name} ORDER BY {_order(table)}"):
        yield batch.cast(held)


#: A reason is known again by what its words name.
_SAID = """s.reason = e.reason AND s.destination = e.destination
    AND s.dispatch IS NOT DISTINCT FROM e.dispatch AND s.rate IS NOT DISTINCT FROM e.rate
    AND s.rate_basis IS NOT DISTINCT FROM e.rate_basis"""
_WORDS = ("reason_zh", "reason_en")


def _lines(duck: Duck, period: Period) -> Iterator[pa.RecordBatch]:
    """The lines in the order of their key; the words of a reason are set in as rows pass by."""
    said = reasons(duck.connection, period)
    kinds = {name: pa.string() for name in ("reason", "dispatch", "destination", "rate_basis")}
    put(duck.connection, "said", {**kinds, "rate": pa.int64(), "said": pa.int32()}, said)
    words: Mapping[str, pa.Array] = {
        name: pa.array([each[name] for each in said], pa.string()) for name in _WORDS
    }
    held = held_schema(LINES)
    names = [name for name in LINES.names if name not in words]
    columns = ", ".join(f"e.{quoted(name)}" for name in names)
    query = f"""SELECT {columns}, s.said FROM entries AS e JOIN said AS s ON {_SAID}
        ORDER BY {_order(LINES)}"""
    for batch in _rows(duck, query):
        cells: dict[str, Any] = {name: batch.column(name) for name in names}
        cells |= {name: pc.take(each, batch.column("said")) for name, each in words.items()}
        yield pa.RecordBatch.from_pydict({name: cells[name] for name in held.names}).cast(held)


def _order(table: Table) -> str:
    return ", ".join(f"{quoted(name)} NULLS FIRST" for name in table.key)


def _rows(duck: Duck, query: str) -> Iterator[pa.RecordBatch]:
    # The order that a query asks for is kept only where this is set.
    duck.connection.execute("SET preserve_insertion_order = true")
    with duck.connection.sql(query).to_arrow_reader(_BATCH_ROWS) as rows:
        yield from rows
