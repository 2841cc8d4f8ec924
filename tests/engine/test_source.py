# SPDX-License-Identifier: Apache-2.0
"""Files as they come: found, hashed, read to the cell, and refused with the place named."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from entrepot.catalog.tables import PRODUCTS
from entrepot.engine.opened import Source
from entrepot.engine.source import damage, digest, find, open_source
from entrepot.engine.spreadsheet import as_text
from entrepot.pipelines.season import SEASON
from tests import season_files

HEADER = b"sku,name,hs_code\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def opened(tmp_path, work):
    """Open products from these bytes."""

    def open_bytes(raw: bytes, name: str = "products.csv", limit: int = 50) -> Source:
        path = tmp_path / name
        path.write_bytes(raw)
        return open_source(PRODUCTS, path, work, limit)

    return open_bytes


def cells(source: Source) -> list[tuple[str | None, ...]]:
    return [tuple(row.values()) for row in pq.read_table(source.data).to_pylist()]


def brief(source: Source) -> list[tuple[str, int | None, str, str]]:
    return [(f.code, f.row, f.column, f.found) for f in source.faults]


def test_each_table_has_one_file(tmp_path):
    season_files.write(tmp_path, formats={"sales": "csv.gz", "returns": "xlsx"})

    paths, faults = find(tmp_path, SEASON)

    assert faults == []
    assert [path.name for path in paths.values()][6:8] == ["sales.csv.gz", "returns.xlsx"]


def test_two_files_for_a_table_and_none(tmp_path):
    season_files.write(tmp_path)
    (tmp_path / "sales.parquet").write_bytes(b"")
    (tmp_path / "receipts.csv").rename(tmp_path / "Receipt.CSV")
    (tmp_path / "invoice_links.csv").rename(tmp_path / "invoice-links.csv")
    (tmp_path / "fx_rates.csv").rename(tmp_path / "~$fx_rates.csv")

    paths, faults = find(tmp_path, SEASON)

    assert [(f.code, f.table, f.found) for f in faults] == [
        ("file.misnamed", "invoice_links", '"invoice-links.csv"'),
        ("file.missing", "receipts", '"Receipt.CSV"'),
        ("file.twice", "sales", "sales.csv and sales.parquet"),
        ("file.missing", "fx_rates", "no such file"),
    ]
    assert faults[1].text == (
        'receipts.csv: found "Receipt.CSV"; expected receipts with one of .csv, .csv.gz, .parquet, '
        ".xlsx. Did you mean Receipt.CSV? Save it as receipts with one of .csv, .csv.gz, .parquet, "
        ".xlsx."
    )
    assert "sales" not in paths


def test_an_optional_table_may_be_missing(tmp_path):
    season_files.write(tmp_path)
    (tmp_path / "invoice_links.csv").unlink()

    assert find(tmp_path, SEASON)[1] == []


def test_files_are_known_by_their_sha256(tmp_path):
    path = tmp_path / "products.csv"
    path.write_bytes(HEADER)

    assert digest({"products": path})["products"].result() == hashlib.sha256(HEADER).hexdigest()


@pytest.mark.parametrize(
    ("case", "raw", "expected"),
    [
        ("plain", HEADER + b"A,a,1\n", [("A", "a", "1")]),
        ("no line end at the end", HEADER + b"A,a,1", [("A", "a", "1")]),
        ("a mark in front", b"\xef\xbb\xbf" + HEADER + b"A,a,1\n", [("A", "a", "1")]),
        ("CR LF", (HEADER + b"A,a,1\n").replace(b"\n", b"\r\n"), [("A", "a", "1")]),
        ("CR alone", (HEADER + b"A,a,1\n").replace(b"\n", b"\r"), [("A", "a", "1")]),
        ("empty, quoted or not", HEADER + b'A,"",\n', [("A", None, None)]),
        ("spaces stay", HEADER + b"A, a ,1\n", [("A", " a ", "1")]),
        ("quotes", HEADER + b'A,"a ""b"", c",1\n', [("A", 'a "b", c', "1")]),
        ("a quote inside", HEADER + b'A,5" pipe,1\n', [("A", '5" pipe', "1")]),
        ("line breaks", HEADER + b'A,"a\n\nb\r\nc",1\n', [("A", "a\n\nb\r\nc", "1")]),
        ("a quoted header", b'"sku","name","hs_code"\nA,a,1\n', [("A", "a", "1")]),
        ("another order", b"hs_code,sku,name\n1,A,a\n", [("1", "A", "a")]),
        ("nothing is null but nothing", HEADER + b"NULL,NA,nan\n", [("NULL", "NA", "nan")]),
        ("no comments", HEADER + b"#A,a,1\n", [("#A", "a", "1")]),
        ("header only", HEADER, []),
        ("header without end", HEADER.strip(), []),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_csv_cells(opened, case, raw, expected, packed):
    source = opened(gzip.compress(raw), "products.csv.gz") if packed else opened(raw)

    assert (cells(source), source.faults) == (expected, [])


@pytest.mark.parametrize(
    ("case", "raw", "expected"),
    [
        ("0 bytes", b"", [("file.empty", None, "", "0 bytes")]),
        (
            "UTF-16",
            HEADER.decode().encode("utf-16"),
            [("file.encoding", None, "", "UTF-16 text")],
        ),
        (
            "GBK in the header",
            "sku,名称,hs_code\n".encode("gbk"),
            [("file.encoding", None, "", 'GBK text, "sku,名称,hs_code"')],
        ),
        (
            "GBK in a cell",
            HEADER + b"A,a,1\n" + "B,电水壶,2\n".encode("gbk"),
            [("file.encoding", 3, "", 'GBK text, "B,电水壶,2"')],
        ),
        (
            "semicolons",
            b"sku;name;hs_code\nA;a;1\n",
            [("column.separator", None, "", "columns separated by semicolons")],
        ),
        (
            "a blank first line",
            b"\n" + HEADER,
            [("column.unnamed", None, "", "an empty first line")],
        ),
        (
            "a header that never closes",
            b'"sku,name,hs_code\nA,a,1\n',
            [("column.unreadable", None, "", "a quote in the header that does not close")],
        ),
        (
            "a repeated name",
            b"sku,name,name,hs_code\nA,a,b,1\n",
            [("column.repeated", None, "name", "2 columns called name")],
        ),
        (
            "no name",
            b"sku,,name,hs_code\nA,a,b,1\n",
            [("column.unnamed", 1, "", "no name over column 2")],
        ),
        (
            "too many and too few cells",
            HEADER + b"A,a,1\nB,b,c,2\nC,c\nD,d,4\n",
            [("line.too_many", 3, "", "4 cells"), ("line.too_few", 4, "", "2 cells")],
        ),
        (
            "a quote that does not close",
            HEADER + b'A,a,1\nB,"b,2\nC,c,3\n',
            [("line.quote", 3, "", "a double quote that does not close, or text after it")],
        ),
        (
            "text after a quote",
            HEADER + b'A,"a"b,1\n',
            [("line.quote", 2, "", "a double quote that does not close, or text after it")],
        ),
        (
            "a line without end",
            HEADER + b"A,a,1\nB," + b"x" * 2_100_000 + b",1\n",
            [("line.too_long", 3, "", "Maximum line size of 2000000 bytes exceeded")],
        ),
        (
            "line ends of two kinds",
            HEADER + b"A,a,1\nB,b,2\r\nC,c,3\n",
            [("file.line_ends", None, "", "line ends of two kinds, the second from line 3 on")],
        ),
    ],
)
def test_csv_faults(opened, case, raw, expected):
    source = opened(raw)

    assert brief(source) == expected
    assert source.whole == (case in {"a repeated name", "no name"})


def test_a_fault_is_one_line(opened):
    source = opened(HEADER + b"B,b,c,2\n")

    assert source.faults[0].text == (
        "products.csv:2: found 4 cells; expected 3 cells, as in the header. "
        "Put a text that holds a comma between double quotes."
    )


def test_malformed_lines_are_counted_beyond_the_limit(opened):
    source = opened(HEADER + b"A,a\n" * 7, limit=2)

    assert [(f.row, f.count) for f in source.faults] == [(2, 7), (3, 7)]


def test_rows_keep_their_numbers(opened):
    source = opened(HEADER + b'\nA,"x\n\ny",1\nB,b\n\nC,c,3\n\n\nD,d,4\n')

    assert [row[0] for row in cells(source)] == ["A", "C", "D"]
    assert [source.row(index) for index in range(3)] == [3, 6, 9]
    assert [f.row for f in source.faults] == [4]


def test_a_header_of_two_lines_shifts_nothing(opened):
    source = opened(b'sku,"a\nb",name,hs_code\nA,x,a,1\nB,x,b\n')

    assert cells(source) == [("A", "a", "1")]
    assert [f.row for f in source.faults] == [3]


def test_many_rows_stay_in_order(opened):
    rows = [f'S{i},"line {i}\n\nnext ""{i}""",{i}\n' for i in range(120_000)]

    source = opened(HEADER + "".join(rows).encode())

    assert [row[2] for row in cells(source)] == [str(i) for i in range(120_000)]


@pytest.mark.parametrize("damaged", ["no gzip", "cut", "sum"])
def test_a_damaged_gzip_file(opened, damaged):
    packed = gzip.compress(HEADER + b"A,a,1\n" * 1000)
    raw = {
        "no gzip": HEADER,
        "cut": packed[:-9],
        "sum": packed[:-8] + b"\0\0\0\0" + packed[-4:],
    }[damaged]

    source = opened(raw, "products.csv.gz")

    assert [f.code for f in source.faults] == ["file.unreadable"]
    assert source.data is None


@pytest.mark.parametrize("name", ["products.parquet", "products.xlsx"])
@pytest.mark.parametrize("raw", [b"nothing of the kind", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_a_file_of_another_kind(opened, name, raw):
    source = opened(raw, name)

    assert [f.code for f in source.faults] == ["file.unreadable"]


def test_parquet_names_that_differ_in_case_only(tmp_path, work):
    path = tmp_path / "products.parquet"
    pq.write_table(pa.table({"sku": ["A"], "SKU": ["B"]}), path)

    assert brief(open_source(PRODUCTS, path, work)) == [("column.repeated", None, "", "SKU, sku")]


def test_a_parquet_file_with_a_damaged_page(tmp_path, work):
    path = tmp_path / "products.parquet"
    pq.write_table(pa.table({"sku": [f"SKU-{i}" for i in range(999)]}), path)
    raw = bytearray(path.read_bytes())
    raw[4:60] = b"\xff" * 56
    path.write_bytes(raw)

    source = open_source(PRODUCTS, path, work)

    assert source.faults == []
    assert damage(source).code == "file.unreadable"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (9405210000.0, "9405210000"),
        (12.5, "12.5"),
        (0.000001, "0.000001"),
        (-3.0, "-3"),
        (1e21, "1000000000000000000000"),
        (True, "true"),
        (date(2026, 4, 30), "2026-04-30"),
        (datetime.fromisoformat("2026-04-30"), "2026-04-30"),
        (datetime.fromisoformat("2026-04-30T05:06"), "2026-04-30T05:06:00"),
        (time(5, 6), "05:06:00"),
        (" A ", " A "),
        ("", ""),
    ],
)
def test_excel_cells(value, expected):
    assert as_text(value) == expected


def sheet(path: Path, rows: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    first = book.add_worksheet()
    for at, row in enumerate(rows):
        first.write_row(at, 0, row)
    book.add_worksheet().write_row(0, 0, ["not", "read"])
    book.close()
    return path


def test_excel_rows_keep_their_numbers(tmp_path, work):
    rows = [["sku", "name", "hs_code"], [], ["A", "a", 9405210000], ["B", None, "01"]]

    source = open_source(PRODUCTS, sheet(tmp_path / "products.xlsx", rows), work)

    assert cells(source) == [("A", "a", "9405210000"), ("B", None, "01")]
    assert [source.row(index) for index in range(2)] == [3, 4]


@pytest.mark.parametrize(
    ("case", "rows", "expected"),
    [
        ("nothing", [], [("file.empty", None, "", "an empty first sheet")]),
        (
            "no name",
            [["sku", None, "name"], ["A", "x", "a"]],
            [("column.unnamed", 1, "", "no name over column 2")],
        ),
        (
            "a repeated name",
            [["sku", "sku", "name"], ["A", "B", "a"]],
            [("column.repeated", None, "sku", "2 columns called sku")],
        ),
        (
            "a number that Excel rounds",
            [["sku", "name"], ["A", "a"], [531620250000000000, "b"]],
            [("cell.rounded", 3, "sku", "531620250000000000")],
        ),
        ("14 digits are kept", [["sku", "name"], [53162025000000, "b"]], []),
    ],
)
def test_excel_faults(tmp_path, work, case, rows, expected):
    source = open_source(PRODUCTS, sheet(tmp_path / "products.xlsx", rows), work)

    assert brief(source) == expected
