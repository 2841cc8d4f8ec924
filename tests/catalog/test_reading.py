# SPDX-License-Identifier: Apache-2.0
"""Files of masters as rows of texts, and files that are none."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot.catalog import exporting, reading
from entrepot.catalog.nouns import NOUNS, PRODUCT
from entrepot.catalog.reading import TooLargeFile, Unreadable, UnreadableFile, open_sheet
from entrepot.errors import Refused
from tests.catalog.kit import as_csv, as_xlsx, read

ROWS = [["SKU", "name"], ["A", "手机壳"]]
EXPECTED = [{"sku": "A", "name": "手机壳"}]
TEXT = "SKU,name\nA,手机壳\n"
GOOD = as_xlsx(ROWS)


def rezipped(change: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A good Excel file with some of its parts changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good, zipfile.ZipFile(file, "w", kind) as made:
        for part in {**{name: good.read(name) for name in good.namelist()}, **change}.items():
            made.writestr(*part)
    return file.getvalue()


def with_cell(cell: str) -> bytes:
    """A good Excel file, but for a sheet with these cells."""
    return rezipped({"xl/worksheets/sheet1.xml": sheet_of(cell)})


def sheet_of(cells: str, dimension: str = "") -> bytes:
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return f"{head}{dimension}<sheetData>{cells}</sheetData></worksheet>".encode()


SHEET = "xl/worksheets/sheet1.xml"
TWICE = rezipped({"xl/1.xml": b"", "xl/2.xml": b""}).replace(b"xl/2.xml", b"xl/1.xml")


@pytest.mark.parametrize(
    ("case", "content"),
    [
        ("UTF-8", TEXT.encode()),
        ("UTF-8 with its mark", TEXT.encode("utf-8-sig")),
        ("GB18030", TEXT.encode("gb18030")),
        ("semicolons", TEXT.replace(",", ";").encode()),
        ("tabs", TEXT.replace(",", "\t").encode()),
        ("lines that end in CR LF", TEXT.replace("\n", "\r\n").encode()),
        ("quotes", b'"SKU","name"\n"A","' + "手机壳".encode() + b'"\n'),
        ("blank lines", TEXT.replace("\n", "\n\n").encode()),
        ("headings in Chinese", TEXT.replace("SKU", "商品编码").replace("name", "名称").encode()),
        ("wide headings", TEXT.replace("SKU", "ＳＫＵ").encode()),
        ("Excel", GOOD),
        ("Excel, away from the corner", as_xlsx(ROWS, first_row=3, first_column=0)),
    ],
)
def test_a_file_is_read(case, content):
    assert read(PRODUCT, content) == EXPECTED


def test_a_file_that_is_not_utf8_says_how_it_was_read():
    assert open_sheet(PRODUCT, "a.csv", TEXT.encode("gb18030")).encoding == "gb18030"
    assert open_sheet(PRODUCT, "a.csv", TEXT.encode()).encoding == "utf-8"


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    text = b'SKU,name\nA,"two\nlines"\n\nB,b\n'

    assert [row for row, _ in open_sheet(PRODUCT, "a.csv", text).rows] == [2, 4]
    excel = as_xlsx([["SKU"], ["A"], [""], ["B"]], first_row=2)
    assert [row for row, _ in open_sheet(PRODUCT, "a.xlsx", excel).rows] == [4, 6]


def test_columns_nobody_knows_are_left_out_and_named():
    sheet = open_sheet(PRODUCT, "a.csv", as_csv(["SKU", "colour"], ["A", "red"]))

    assert (sheet.columns, sheet.ignored) == (["sku", ""], ["colour"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1234567890123.0, "1234567890123"), (12, "12"), (True, "yes"), ("=1+1", "=1+1")],
)
def test_a_cell_of_excel_is_its_text(value, expected):
    assert reading.as_text(value) == expected


@pytest.mark.parametrize("value", [1.5, 1e15, float("nan"), float("inf"), -2e300, "x" * 10_001])
def test_a_cell_that_lost_what_it_held_is_refused(value):
    assert isinstance(reading.as_text(value), Unreadable)


@pytest.mark.parametrize(
    ("case", "content", "found"),
    [
        ("nothing", b"", "which says nothing"),
        ("no heading", b"A,B\n1,2\n", 'which says "A", "B"'),
        ("a column twice", b"SKU,article number\nA,B\n", "are the same field"),
        ("an old Excel file", b"\xd0\xcf\x11\xe0" + b"\0" * 100, "neither CSV nor"),
        ("UTF-16", TEXT.encode("utf-16"), "neither CSV nor"),
        ("neither encoding", b"SKU,name\n\xff\xff,\xff\n", "neither UTF-8 nor GB18030"),
        ("a zip of something else", rezipped({"[Content_Types].xml": b""})[:200], "no Excel file"),
        ("a damaged sheet", rezipped({SHEET: b"<worksheet><sheetData><row"}), "no Excel file"),
        ("an empty sheet", rezipped({SHEET: sheet_of("")}), "which says nothing"),
        ("two parts of one name", TWICE, "two parts of one name"),
    ],
)
def test_what_is_no_table_is_refused(case, content, found):
    with pytest.raises(UnreadableFile, match=found):
        read(PRODUCT, content)


def test_a_quote_that_never_closes_is_refused_with_its_row():
    with pytest.raises(UnreadableFile, match="Row 3 is no row"):
        read(PRODUCT, b'SKU,name\nA,a\nB,"b\nC,c\n')


@pytest.mark.parametrize(
    ("case", "content"),
    [
        ("bytes", b"SKU\n" + b"A" * reading.MOST_BYTES),
        ("columns", as_csv(["SKU"] + ["x"] * 100, ["A"])),
        ("rows", b"SKU\n" + b"A\n" * (reading.MOST_ROWS + 1)),
        ("unpacked bytes", rezipped({"xl/sharedStrings.xml": bytes(101 * 2**20)})),
        ("parts", rezipped({f"xl/{n}.xml": b"" for n in range(1001)})),
        ("a cell far to the right", with_cell('<row><c r="XFD1"><v>1</v></c></row>')),
        ("a cell far down", with_cell("<row r='9'><c r='A1048576'><v>1</v></c></row>")),
        ("a row far down", with_cell('<row r="1048576"><c><v>1</v></c></row>')),
        ("a cell behind a decoy", with_cell(
            """<row><c x=' r="A1"' r="XFD1048576"><v>1</v></c></row>"""
        )),
    ],
)  # fmt: skip
def test_what_is_too_large_is_refused(case, content):
    with pytest.raises(TooLargeFile):
        read(PRODUCT, content)


@pytest.mark.parametrize("place", ["&#88;FD1048576", "X&#70;D1", "A&#x31;"])
def test_a_place_in_disguise_is_refused(place):
    sheet = sheet_of(f'<row><c r="{place}"><v>1</v></c></row>')

    with pytest.raises(UnreadableFile, match="unusual way"):
        read(PRODUCT, rezipped({SHEET: sheet}))


def test_a_sheet_in_utf16_is_refused():
    sheet = sheet_of('<row><c r="XFD1048576"><v>1</v></c></row>').decode().encode("utf-16")

    with pytest.raises(UnreadableFile, match="unusual way"):
        read(PRODUCT, rezipped({SHEET: sheet}))


def test_a_sheet_that_lies_about_its_size_is_read_all_the_same():
    sheet = sheet_of(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>SKU</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>A</t></is></c></row>',
        '<dimension ref="A1:XFD1048576"/>',
    )

    assert read(PRODUCT, rezipped({SHEET: sheet})) == [{"sku": "A"}]


def test_an_archive_that_lies_about_its_sizes_is_refused():
    bomb = rezipped({"xl/sharedStrings.xml": bytes(50 * 2**20)})
    # Both headers of that part now say that it is one kilobyte.
    lying = bomb.replace(struct.pack("<I", 50 * 2**20), struct.pack("<I", 1024))

    with pytest.raises(UnreadableFile, match="no Excel file"):
        read(PRODUCT, lying)


@given(st.binary(max_size=2000), st.sampled_from(sorted(NOUNS)))
@example(b"PK\x03\x04", "product")
@example(b"PK\x05\x06" + b"\0" * 18, "bin")
@example(b"\xef\xbb\xbf", "zone")
@example(b'"', "partner")
@example(b"\r\r\r", "product")
@example(b"\0", "product")
def test_random_bytes_are_refused_in_three_sentences(content, name):
    with pytest.raises(Refused) as refusal:
        list(open_sheet(NOUNS[name], "a", content).rows)

    error = refusal.value
    for sentence in (error.asked, error.found, error.remedy):
        assert re.search(r"\.$", sentence)
        assert "\n" not in sentence


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_excel_file_is_read_or_refused(at, noise):
    damaged = GOOD[:at] + noise + GOOD[at + len(noise) :]

    with suppress(Refused):
        read(PRODUCT, damaged)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_under_a_heading_is_read_or_refused(text):
    with suppress(Refused):
        read(PRODUCT, b"SKU,name\n" + text.encode())


CELLS = st.text(
    st.one_of(st.sampled_from("'=+-@＝\"; ,\t"), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=8,
).map(str.strip)


@given(st.lists(CELLS, min_size=1, max_size=5))
@example(["=1+1", "'=1+1", "''", "@A", "'a"])
def test_what_is_exported_is_read_as_it_was_and_starts_no_formula(values):
    width = len(PRODUCT.names)
    rows = [["A", value, *[""] * (width - 2)] for value in values]

    exported = b"".join(exporting.as_csv(PRODUCT, "en", rows))
    with exporting.as_xlsx(PRODUCT, "zh", rows) as file:
        excel = file.read()

    assert [row["name"] for row in read(PRODUCT, exported)] == values
    assert [row["name"] for row in read(PRODUCT, excel)] == values
    cells = [cell for row in csv.reader(io.StringIO(exported.decode("utf-8-sig"))) for cell in row]
    assert not {cell[:1] for cell in cells} & set("=+-@")
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(excel)).read(SHEET)
