# SPDX-License-Identifier: Apache-2.0
"""Write a season's files: a small valid one, or any with what a test changes in it."""

from __future__ import annotations

import copy
import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from entrepot.engine.schema import Kind, Table
from entrepot.pipelines.season import SEASON

Rows = list[dict[str, Any]]

TABLES: dict[str, Table] = {table.name: table for table in SEASON}

DECLARATION = "310120250000000001"
ABOUT: dict[str, Any] = {
    "name": "Spring",
    "uscc": "91110000600037341L",
    "kind": "trading",
    "as_of": date(2026, 4, 30),
    "schema": 6,
}

_PARQUET = {
    Kind.TEXT: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.RATE: pa.decimal128(9, 4),
    Kind.FX_RATE: pa.decimal128(18, 6),
    Kind.FLAG: pa.bool_(),
}


def valid() -> dict[str, Rows]:
    """A season without faults: every table has rows, every rule something to look at."""
    return copy.deepcopy(_VALID)


def write(
    folder: Path,
    tables: Mapping[str, Rows | pa.Table] | None = None,
    about: Mapping[str, Any] | None = None,
    *,
    formats: str | Mapping[str, str] = "csv",
) -> Path:
    """Write a season into `folder`, which is made where it does not exist.

    Args:
        folder: where.
        tables: rows by table; `valid()` unless given. A column is written where any row has it; a
            table of no rows has every column. An Arrow table is written to Parquet as it is.
        about: the keys of season.toml; ABOUT unless given.
        formats: csv, csv.gz, parquet or xlsx, for all tables or by table (csv where not named).
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "season.toml").write_text(_toml(ABOUT if about is None else about), encoding="utf-8")
    for name, rows in (valid() if tables is None else tables).items():
        form = formats if isinstance(formats, str) else formats.get(name, "csv")
        write_table(folder, name, rows, form)
    return folder


def write_table(folder: Path, name: str, rows: Rows | pa.Table, form: str = "csv") -> Path:
    """Write one table; see `write`."""
    if isinstance(rows, pa.Table):
        pq.write_table(rows, folder / f"{name}.parquet")
        return folder / f"{name}.parquet"
    path = folder / f"{name}.{form}"
    columns = _columns(name, rows)
    cells = [[row.get(column) for column in columns] for row in rows]
    if form == "xlsx":
        _write_xlsx(path, columns, cells)
    elif form == "parquet":
        pq.write_table(_arrow(TABLES[name], columns, cells), path)
    else:
        written = io.StringIO(newline="")
        writer = csv.writer(written)
        writer.writerow(columns)
        writer.writerows([[as_text(cell) for cell in row] for row in cells])
        raw = written.getvalue().encode("utf-8")
        path.write_bytes(gzip.compress(raw) if form == "csv.gz" else raw)
    return path


def as_text(cell: Any) -> str:
    """A value as a CSV file holds it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def _columns(name: str, rows: Rows) -> list[str]:
    if not rows:
        return TABLES[name].names
    return list(dict.fromkeys(column for row in rows for column in row))


def _arrow(table: Table, columns: Sequence[str], cells: list[list[Any]]) -> pa.Table:
    """Typed by the schema where the values allow it, texts where they do not."""
    held = {}
    for at, column in enumerate(columns):
        values = [row[at] for row in cells]
        known = column in table.names
        kind = _PARQUET.get(table.column(column).kind, pa.int64()) if known else pa.string()
        try:
            held[column] = pa.array(values, kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            held[column] = pa.array([None if v is None else as_text(v) for v in values])
    return pa.table(held)


def _write_xlsx(path: Path, columns: Sequence[str], cells: list[list[Any]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, columns)
    for at, row in enumerate(cells, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(at, column, cell)
            elif isinstance(cell, Decimal):
                sheet.write_number(at, column, float(cell))
            elif cell is not None:
                sheet.write(at, column, cell)
    book.close()


def _toml(about: Mapping[str, Any]) -> str:
    return "".join(
        f"{key} = {value}\n" if isinstance(value, (date, int)) else f'{key} = "{value}"\n'
        for key, value in about.items()
    )


_VALID: dict[str, Rows] = {
    "products": [
        {"sku": "LAMP-1", "name": "台灯, 白色", "hs_code": "9405210000"},
        {"sku": "KETTLE-2", "name": 'Kettle "Duo"\n1.7 l', "hs_code": "8516101000"},
    ],
    "purchases": [
        {
            "invoice_no": "24332000000000000001",
            "line_no": line,
            "sku": sku,
            "issued_on": date(2025, 1, 5),
            "supplier_uscc": "91110000600037341L",
            "quantity": 100,
            "net_amount": Decimal(amount),
            "vat_rate": Decimal("0.13"),
        }
        for line, sku, amount in ((0, "LAMP-1", "1234.50"), (1, "KETTLE-2", "3000.00"))
    ],
    "declarations": [
        {
            "declaration_no": DECLARATION,
            "item_no": item,
            "sku": sku,
            "mode": "9810",
            "exported_on": date(2025, 1, 20),
            "quantity": 100,
            "fob_amount": Decimal("250.00"),
            "fob_currency": "EUR",
            "destination": "DE",
            "warehouse": "DUI1",
            "sold_at_export": False,
            "statistics_flag": None,
        }
        for item, sku in ((1, "LAMP-1"), (2, "KETTLE-2"))
    ],
    "invoice_links": [
        {
            "declaration_no": DECLARATION,
            "item_no": 1,
            "invoice_no": "24332000000000000001",
            "line_no": 0,
            "sku": "LAMP-1",
            "quantity": 60,
        },
    ],
    "receipts": [
        {
            "receipt_no": "R-1",
            "line_no": item,
            "received_on": date(2025, 3, 1),
            "warehouse": "DUI1",
            "declaration_no": DECLARATION,
            "item_no": item,
            "sku": sku,
            "quantity": 100,
        }
        for item, sku in ((1, "LAMP-1"), (2, "KETTLE-2"))
    ],
    "transfers": [
        {
            "transfer_no": "T-1",
            "line_no": line,
            "shipped_on": date(2025, 4, 5),
            "from_warehouse": "DUI1",
            "to_warehouse": "DUI2",
            "sku": sku,
            "quantity": 5,
            "arrived_on": arrived_on,
        }
        for line, sku, arrived_on in ((0, "LAMP-1", date(2025, 4, 7)), (1, "KETTLE-2", None))
    ],
    "sales": [
        {
            "channel": "amazon-de",
            "order_no": f"A-{order}",
            "line_no": 0,
            "shipped_on": date(2025, 3, 10),
            "warehouse": "DUI1",
            "sku": sku,
            "quantity": quantity,
            "amount": Decimal("39.98"),
            "currency": "EUR",
            "destination": "DE",
        }
        for order, sku, quantity in ((1, "LAMP-1", 2), (2, "LAMP-1", 3), (3, "KETTLE-2", 1))
    ],
    "returns": [
        {
            "return_no": "B-1",
            "line_no": 0,
            "channel": "amazon-de",
            "order_no": "A-1",
            "order_line_no": 0,
            "returned_on": date(2025, 3, 20),
            "warehouse": "DUI1",
            "quantity": 1,
            "outcome": "restocked",
        },
    ],
    "adjustments": [
        {
            "adjustment_no": "J-1",
            "line_no": line,
            "on": date(2025, 4, 1),
            "warehouse": "DUI1",
            "sku": "LAMP-1",
            "quantity": quantity,
            "reason": reason,
        }
        for line, quantity, reason in ((0, 1, "found"), (1, -2, "lost"))
    ],
    "refund_claims": [
        {
            "claim_no": number,
            "declaration_no": DECLARATION,
            "item_no": 1,
            "kind": kind,
            "of_claim": of_claim,
            "quantity": 100,
            "amount": Decimal(amount),
            "filed_on": date(2025, 2, 10),
            "finished_on": finished,
            "documents_on": documents,
        }
        for number, kind, of_claim, amount, finished, documents in (
            ("C-1", "advance", None, "160.49", date(2025, 2, 13), date(2025, 2, 20)),
            ("C-2", "reversal", "C-1", "-160.49", None, None),
        )
    ],
    "refund_rates": [
        {
            "hs_code": code,
            "valid_from": start,
            "valid_to": end,
            "refund_rate": Decimal("0.13"),
            "source": "rate library",
        }
        for code, start, end in (
            ("9405210000", date(2024, 1, 1), date(2025, 1, 1)),
            ("9405210000", date(2025, 1, 1), None),
            ("8516101000", date(2024, 1, 1), None),
        )
    ],
    "fx_rates": [
        {"on": date(2025, 1, 2), "currency": "EUR", "cny_per_unit": Decimal("7.523400")},
    ],
}
