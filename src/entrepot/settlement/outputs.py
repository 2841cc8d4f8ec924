# SPDX-License-Identifier: Apache-2.0
"""The tables of a reading, written into a folder that is replaced as a whole."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from entrepot.engine.base import BATCH_ROWS
from entrepot.engine.mistakes import Mistake, refusal
from entrepot.engine.schema import Table
from entrepot.engine.write import write_table
from entrepot.errors import Misused
from entrepot.settlement.mistakes import NotOurs
from entrepot.settlement.money import decimal_text
from entrepot.settlement.tables import EXCEPTIONS, LINES, SETTLEMENTS

MADE_BY = "entrepot settlement read"
REPORT = "read.json"

_KIND = """
    CASE account WHEN 'payout' THEN 'payout' WHEN 'reserve' THEN 'reserve'
        WHEN 'transfers' THEN 'transfer' WHEN 'loans' THEN 'transfer' ELSE event_kind END
"""
#: What each table is made of, in the order of its key.
QUERIES = {
    LINES.name: f"""
        SELECT settlement,
            row_number() OVER (PARTITION BY settlement ORDER BY lines.file, row, part) AS line_no,
            posted_at, {_KIND} AS kind, event, order_no, item_no, sku,
            quantity, marketplace, "group", label, account, minor AS minor_units,
            {decimal_text("minor", "digits")} AS amount, currency, entry_no,
            files.name AS file, row
        FROM lines JOIN files USING (file) ORDER BY settlement, line_no
    """,
    SETTLEMENTS.name: f"""
        SELECT settlement, currency, begins, ends, deposited_on, state, lines, sum AS sum_minor,
            {decimal_text("sum", "digits")} AS sum, payout AS payout_minor,
            {decimal_text("payout", "digits")} AS payout, residual AS residual_minor,
            {decimal_text("residual", "digits")} AS residual,
            {decimal_text("paid", "paid_digits")} AS paid, paid_currency
        FROM settlements WHERE settlement <> '' ORDER BY settlement
    """,
    EXCEPTIONS.name: """
        SELECT code, settlement, place, lines, minor AS minor_units, amount, currency, found, remedy
        FROM exceptions ORDER BY code, settlement, place, currency
    """,
}


def write(
    connection: duckdb.DuckDBPyConnection, folder: Path, file_format: str
) -> dict[str, dict[str, Any]]:
    """Write lines, settlements and exceptions into `folder`; what each file holds."""
    written = {}
    for table in (LINES, SETTLEMENTS, EXCEPTIONS):
        found = write_table(table, _batches(connection, table), folder, file_format)
        written[found.file] = {"rows": found.rows, "digest": found.digest}
    return written


def _batches(connection: duckdb.DuckDBPyConnection, table: Table) -> Iterator[pa.RecordBatch]:
    """A table's rows, its empty texts null."""
    connection.execute("SET preserve_insertion_order = true")
    empty = ", ".join(
        f"nullif({_name(column.name)}, '') AS {_name(column.name)}"
        if column.empty and column.kind.value == "text"
        else _name(column.name)
        for column in table.columns
    )
    with connection.sql(f"SELECT {empty} FROM ({QUERIES[table.name]})").to_arrow_reader(
        BATCH_ROWS
    ) as reader:
        schema = reader.schema
        some = False
        for batch in reader:
            some = True
            yield batch
    if not some:
        yield pa.RecordBatch.from_pylist([], schema=schema)
    connection.execute("SET preserve_insertion_order = false")


def _name(column: str) -> str:
    return f'"{column}"'


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A folder to write into, that takes the place of `out` once all of it is there.

    Raises:
        NotOurs: `out` holds something that no reading wrote, or that was changed since.
        Misused: it cannot be written.
    """
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
        made = temporary / "made"
        made.mkdir()
        yield made
        _flush(made)
        before = _before(out)
        if out.exists():
            shutil.rmtree(before, ignore_errors=True)
            out.rename(before)
        made.rename(out)
        shutil.rmtree(before, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def finish(made: Path, report: dict[str, Any]) -> None:
    """Put `read.json` beside the tables: what was read, and the sha256 of each file."""
    outputs = {
        name: {"sha256": _digest(made / name), **told} for name, told in report["outputs"].items()
    }
    whole = {"made_by": MADE_BY, **report, "outputs": outputs}
    (made / REPORT).write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            found.update(block)
    return found.hexdigest()


def _check_ours(out: Path) -> None:
    before = _before(out)
    if before.is_dir() and not out.exists():
        before.rename(out)  # killed between taking the old away and putting the new in its place
    if not out.exists():
        return
    asked = f"Cannot write into {out}."
    remedy = "Choose another folder with --out, or move away what is there."
    if not out.is_dir():
        raise NotOurs(asked, "It is a file.", remedy)
    files = sorted(out.iterdir())
    try:
        report = json.loads((out / REPORT).read_text("utf-8"))
        written = report["outputs"] if report["made_by"] == MADE_BY else {}
        assert all(isinstance(each["sha256"], str) for each in written.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AssertionError):
        written = {}
    mistakes = []
    for path in files:
        if path.name == REPORT and written:
            continue
        if path.name not in written or not path.is_file():
            found, expected = "a file that no reading wrote", "an empty folder"
        elif _digest(path) != written[path.name]["sha256"]:
            found, expected = "a file that was changed", "it as it was written"
        else:
            continue
        mistakes.append(Mistake(path.name, None, "", found, expected, "Move it away."))
    if mistakes:
        raise refusal(NotOurs, asked, mistakes, remedy)


def _before(out: Path) -> Path:
    return out.parent / f".{out.name}.before"


def _flush(folder: Path) -> None:
    """Have the files on disk before their folder gets its name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
