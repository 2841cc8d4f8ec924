# SPDX-License-Identifier: Apache-2.0
"""What is written holds the same values in every format, exactly, and a text stays a text."""

from __future__ import annotations

import csv
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from entrepot.engine import write
from entrepot.engine.frames import typed_table
from entrepot.engine.schema import Column, Kind, Table
from entrepot.engine.write import EXCEL_ROWS, FORMATS, Written, as_written, write_table
from entrepot.errors import Refused

GOODS = Table(
    "goods",
    "article",
    (
        Column("sku", Kind.TEXT, "article", key=True, empty=True),
        Column("on", Kind.DAY, "day", empty=True),
        Column("quantity", Kind.COUNT, "units", empty=True),
        Column("net_amount", Kind.MONEY, "CNY", empty=True, negative=True),
        Column("refund_rate", Kind.RATE, "rate", empty=True),
        Column("cny_per_unit", Kind.FX_RATE, "rate", empty=True),
    ),
)
#: The most fen that an amount may have.
MOST = 2**61 // 10_000 - 1
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "http://example.com/x",
    "0012",
    "1e5",
    "2025-01-02",
    'a,"b"\nc',
    "{=1}",
    "é\U00020bb7",
    " ",
    "x" * 300,
]


def row(sku: str | None, **cells: Any) -> dict[str, Any]:
    plain = {
        "sku": sku,
        "on": date(2025, 1, 2),
        "quantity": 3,
        "net_amount": Decimal("12.50"),
        "refund_rate": Decimal("0.13"),
        "cny_per_unit": Decimal("7.123456"),
    }
    return plain | cells


ROWS = [
    *(row(text) for text in HOSTILE),
    row("nothing", **dict.fromkeys(GOODS.names[1:])),
    row("zero", quantity=0, net_amount=Decimal("0.00"), refund_rate=Decimal(0)),
    row("least", net_amount=Decimal("-0.01"), on=date(2000, 1, 1)),
    row("most", quantity=2**53 - 1, net_amount=Decimal(MOST).scaleb(-2), on=date(2099, 12, 31)),
    row("less", net_amount=Decimal(-MOST).scaleb(-2)),
    row("fifteen digits", net_amount=Decimal(10**15 - 1).scaleb(-2)),
    row("sixteen digits", net_amount=Decimal(-(10**15)).scaleb(-2)),
    row(None),
]


def written(
    folder: Path, form: str, rows: list[dict[str, Any]] | None = None, batch: int = 4
) -> Written:
    table = typed_table(GOODS, ROWS if rows is None else rows)
    return write_table(GOODS, table.to_batches(batch), folder, form)


def from_xlsx(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name("goods").to_python()


def plain(value: Any) -> Any:
    """A value as a person compares it, whatever a format made of it."""
    if value is None or value == "":
        return None
    if isinstance(value, float):
        return Decimal(repr(value)).normalize()
    if isinstance(value, int | Decimal):
        return Decimal(value).normalize()
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return value


def test_parquet_holds_money_as_decimals_counts_as_whole_numbers_days_as_days(tmp_path):
    assert written(tmp_path, "parquet").file == "goods.parquet"

    table = pq.read_table(tmp_path / "goods.parquet")
    assert [str(field.type) for field in table.schema] == [
        "string",
        "date32[day]",
        "int64",
        "decimal128(18, 2)",
        "decimal128(5, 4)",
        "decimal128(18, 6)",
    ]
    assert table.to_pylist() == ROWS


def test_csv_holds_the_same_values(tmp_path):
    written(tmp_path, "csv")

    with (tmp_path / "goods.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == GOODS.names
    for found, expected in zip(lines, ROWS, strict=True):
        for column, text in zip(GOODS.columns, found, strict=True):
            value = expected[column.name]
            if column.kind in write.PLACES and text:
                assert Decimal(text) == value
                assert len(text.split(".")[1]) == write.PLACES[column.kind], "all places are shown"
            else:
                assert (text or None) == plain(value) or Decimal(text) == value


def test_xlsx_holds_the_same_values_and_every_text_as_a_text(tmp_path):
    written(tmp_path, "xlsx")

    header, *lines = from_xlsx(tmp_path / "goods.xlsx")
    assert header == GOODS.names
    for found, expected in zip(lines, ROWS, strict=True):
        assert found[0] == (expected["sku"] or "")
        for column, value in zip(GOODS.columns, found, strict=True):
            wanted = expected[column.name]
            cell = expected["sku"], column.name
            if cell in [("most", "quantity"), ("sixteen digits", "net_amount")]:
                assert value == str(wanted), "more digits than a spreadsheet keeps: as text"
            else:
                assert plain(value) == plain(wanted), (expected["sku"], column.name)


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path):
    written(tmp_path, "xlsx")

    with zipfile.ZipFile(tmp_path / "goods.xlsx") as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "hyperlink" not in sheet
    assert not any("rels" in name and "worksheets" in name for name in parts)
    assert "=1+1" in "".join(parts.values())


@pytest.mark.parametrize("batch", [1, 4, 1000])
def test_every_format_and_batch_has_the_same_digest(tmp_path, batch):
    found = {form: written(tmp_path, form, batch=batch) for form in FORMATS}

    assert {one.digest for one in found.values()} == {written(tmp_path, "parquet", batch=7).digest}
    assert {one.rows for one in found.values()} == {len(ROWS)}


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_without_rows_still_has_its_header(tmp_path, form):
    assert written(tmp_path, form, []).rows == 0

    path = tmp_path / f"goods.{form}"
    if form == "parquet":
        assert pq.read_table(path).schema.names == GOODS.names
    elif form == "csv":
        assert path.read_text(encoding="utf-8").strip().replace('"', "").split(",") == GOODS.names
    else:
        assert from_xlsx(path) == [GOODS.names]


def test_columns_in_another_order_and_more_of_them_are_put_right(tmp_path):
    table = typed_table(GOODS, ROWS)
    turned = table.select(list(reversed(table.schema.names))).append_column(
        "more", pa.array(range(len(ROWS)))
    )

    found = write_table(GOODS, turned.to_batches(), tmp_path, "parquet")

    assert found.digest == written(tmp_path, "csv").digest
    assert pq.read_table(tmp_path / "goods.parquet").to_pylist() == ROWS


def test_more_rows_than_a_worksheet_holds_are_refused(tmp_path, monkeypatch):
    assert EXCEL_ROWS == 1_048_576
    monkeypatch.setattr(write, "EXCEL_ROWS", len(ROWS) + 1)
    assert written(tmp_path, "xlsx").rows == len(ROWS), "the header is a row, and the rest fits"
    monkeypatch.setattr(write, "EXCEL_ROWS", len(ROWS))

    with pytest.raises(Refused, match="--write parquet"):
        written(tmp_path, "xlsx")


def test_the_point_is_set_without_a_division():
    table = typed_table(GOODS, [row("x", net_amount=Decimal(n).scaleb(-2)) for n in (1, -1, MOST)])
    (batch,) = table.to_batches()

    found = as_written(GOODS, batch.slice(1)).column(3).to_pylist()

    assert found == [Decimal("-0.01"), Decimal(MOST).scaleb(-2)]
