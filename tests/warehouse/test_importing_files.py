# SPDX-License-Identifier: Apache-2.0
"""How an export may be written, what is refused, and the folder that is written."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from click.testing import CliRunner

from entrepot.errors import Misused
from entrepot.warehouse.importing.actions import import_orders
from entrepot.warehouse.importing.commands import import_
from entrepot.warehouse.importing.faults import faults
from entrepot.warehouse.importing.mapping import COLUMNS, KEYS, read_mapping
from entrepot.warehouse.importing.mistakes import BadMapping, NotOurs, UnreadableExport
from entrepot.warehouse.importing.outputs import WITHOUT_ORDER
from tests.warehouse.importing_kit import (
    EXAMPLES,
    HEADER,
    MONDAY,
    PLAIN,
    UCI,
    imported,
    mapping_file,
    refused,
    report,
    rows,
)

# How the export is written


LINES = [f"1,A,2,9.95,{MONDAY},b,Österreich", f'2,"B ""x"", y",1,1249,{MONDAY},c,DE']


def expected_sales(tmp_path: Path) -> list[tuple]:
    folder = tmp_path / "plain"
    folder.mkdir()
    return rows(imported(folder, LINES, countries='"Österreich" = "AT"'), "sales")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path, encoding, end):
    body = end.join([HEADER, *LINES, ""]).encode("utf-8" if encoding == "gb18030" else encoding)
    if encoding == "gb18030":
        body = body.decode().encode("gb18030")
    export = tmp_path / "export.csv.gz"
    export.write_bytes(gzip.compress(body))
    mapping = mapping_file(
        tmp_path, file=f'encoding = "{encoding}"', countries='"Österreich" = "AT"'
    )

    import_orders(export, mapping, tmp_path / "out")

    assert rows(tmp_path / "out", "sales") == expected_sales(tmp_path)


def test_a_file_with_mixed_line_ends_and_blank_lines(tmp_path):
    export = tmp_path / "export.csv"
    export.write_text(f"{HEADER}\r\n{LINES[0]}\n\r\n{LINES[1]}\r\n\n", "utf-8", newline="")

    made = import_orders(
        export, mapping_file(tmp_path, countries='"Österreich" = "AT"'), tmp_path / "out"
    )

    assert made["lines"]["in"] == 2
    assert rows(tmp_path / "out", "sales") == expected_sales(tmp_path)


def test_an_export_without_lines_gives_empty_tables(tmp_path):
    out = imported(tmp_path, [])

    assert rows(out, "sales") == rows(out, "returns") == rows(out, "exceptions") == []
    assert report(out)["lines"]["in"] == 0


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_a_spreadsheet_and_parquet_give_what_csv_gives(tmp_path, ending):
    cells = list(csv.reader(io.StringIO("\n".join(LINES))))
    typed = [
        [order, sku, int(units), float(price), datetime.fromisoformat(when), buyer, country]
        for order, sku, units, price, when, buyer, country in cells
    ]
    export = tmp_path / f"export.{ending}"
    if ending == "xlsx":
        with xlsxwriter.Workbook(export) as book:
            form = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
            sheet = book.add_worksheet("Orders")
            for place, row in enumerate([HEADER.split(","), *typed]):
                for column, value in enumerate(row):
                    sheet.write(
                        place, column, value, *([form] if isinstance(value, datetime) else [])
                    )
    else:
        columns = dict(zip(HEADER.split(","), zip(*typed, strict=True), strict=True))
        pq.write_table(pa.table({name: list(each) for name, each in columns.items()}), export)
    # The decimal mark is that of the text exports; cells that are numbers do not care.
    mapping = mapping_file(
        tmp_path, numbers='decimal = ","', countries='"Österreich" = "AT"', file='sheet = "Orders"'
    )

    import_orders(export, mapping, tmp_path / "out")

    assert rows(tmp_path / "out", "sales") == expected_sales(tmp_path)


# What is refused


def test_every_mistake_of_a_mapping_is_said_at_once(tmp_path):
    path = mapping_file(
        tmp_path,
        top='channel = "shop"\ncurrency = "euro"\ndestination = "DE"\nchanel = "x"',
        file='delimiter = 5\nencoding = "utf-8"',
        odd="a = 1",
    )

    error = refused(lambda: read_mapping(path), BadMapping)

    assert [each["place"] for each in error.facts["mistakes"]] == [
        "chanel",
        "[file] delimiter",
        "[odd]",
    ]
    assert 'Is "channel" meant?' in error.found


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"top": 'channel = "shop"\ncurrency = "EUR"'}, "warehouse"),
        ({"top": PLAIN[""] + '\ndestination = "DE"'}, "destination"),
        ({"top": PLAIN[""].replace("EUR", "euro")}, "currency"),
        ({"columns": PLAIN["columns"].replace("sku =", "name =")}, "[columns] sku"),
        ({"columns": PLAIN["columns"] + '\namount = "total"'}, "[columns]"),
        ({"file": 'encoding = "klingon"'}, "[file] encoding"),
        ({"file": 'delimiter = ", "'}, "[file] delimiter"),
        ({"file": 'first_line_only = ["status"]'}, "[file] first_line_only"),
        ({"numbers": 'decimal = ","\nthousands = ","'}, "[numbers] thousands"),
        ({"numbers": 'decimal = ";"'}, "[numbers] decimal"),
        ({"days": ""}, "[days] forms"),
        ({"days": 'forms = ["%H:%M"]'}, "[days] forms"),
        ({"days": 'forms = ["%Y-%m-%d %Q"]'}, "[days] forms"),
        ({"days": 'forms = ["%Y-%m-%d"]\ntimes_in = "Mars/Base"'}, "[days] times_in"),
        ({"days": 'forms = ["%Y-%m-%d"]\ntimes_in = "UTC"\nday_in = "Asia/Tokyo"'}, "[days] forms"),
        ({"countries": 'Deutschland = "de"'}, "[countries] Deutschland"),
        ({"services": 'patterns = ["("]'}, "[services] patterns"),
        ({"shipped": 'values = ["yes"]'}, "[shipped] values"),
        ({"cancellations": ""}, "[cancellations]"),
        ({"cancellations": 'values = ["x"]'}, "[cancellations] values"),
        ({"cancellations": 'negative_quantity = true\norder = "perhaps"'}, "[cancellations] order"),
        ({"rules": 'unlisted_country = "nowhere"'}, "[rules] unlisted_country"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_by_place(tmp_path, changes, place):
    path = mapping_file(tmp_path, **changes)

    error = refused(lambda: read_mapping(path), BadMapping)

    assert place in [each["place"] for each in error.facts["mistakes"]]


def test_every_missing_column_is_named_with_the_columns_there(tmp_path):
    header = HEADER.replace("units", "Units").replace("price", "cost")

    error = refused(lambda: imported(tmp_path, LINES, header=header), UnreadableExport)

    assert [each["place"] for each in error.facts["mistakes"]] == [
        'export.csv:1, column "units" (quantity)',
        'export.csv:1, column "price" (unit_price)',
    ]
    assert 'Is "Units" meant?' in error.found
    assert '"cost"' in error.remedy
    assert not (tmp_path / "out").exists()


def test_another_delimiter_is_named(tmp_path):
    error = refused(
        lambda: imported(tmp_path, [], header=HEADER.replace(",", ";")), UnreadableExport
    )

    assert "The delimiter is ';', not ','." in error.remedy


def test_another_encoding_is_named_with_its_line(tmp_path):
    export = tmp_path / "export.csv"
    export.write_bytes("\n".join([HEADER, *LINES]).encode("cp1252"))

    error = refused(
        lambda: import_orders(export, mapping_file(tmp_path), tmp_path / "out"), UnreadableExport
    )

    assert "export.csv:2" in error.found
    assert "cp1252" in error.remedy


def test_utf8_read_as_a_one_byte_encoding_is_refused_instead_of_garbled(tmp_path):
    error = refused(lambda: imported(tmp_path, LINES, file='encoding = "cp1252"'), UnreadableExport)

    assert 'Say encoding = "utf-8".' in error.found


def test_lines_with_another_number_of_cells_are_listed_and_bounded(tmp_path):
    bad = ["1,A,2"] * 15 + [LINES[0] + ",more"] * 15

    error = refused(lambda: imported(tmp_path, [LINES[0], *bad]), UnreadableExport)

    assert "export.csv:3" in error.found
    assert len(error.found.splitlines()) <= 22


@pytest.mark.parametrize("name", ["nothing.csv", "notes.docx"])
def test_a_file_that_is_not_there_or_no_export_is_a_misuse(tmp_path, name):
    (tmp_path / "notes.docx").write_text("x")

    error = refused(
        lambda: import_orders(tmp_path / name, mapping_file(tmp_path), tmp_path / "out"), Misused
    )

    assert error.exit_code == 2
    assert not (tmp_path / "out").exists()


# The folder that is written


def test_an_import_replaces_an_import_and_leaves_nothing_else_behind(tmp_path):
    out = imported(tmp_path, LINES, countries='"Österreich" = "AT"')
    before = rows(out, "sales")

    imported(tmp_path, LINES[1:])

    assert rows(out, "sales") == before[1:]
    assert {path.name for path in tmp_path.iterdir()} == {"export.csv", "mapping.toml", "out"}


@pytest.mark.parametrize(
    ("file", "content"), [("season.toml", 'name = "2025"'), ("sales.parquet", "changed by hand")]
)
def test_what_no_import_wrote_is_never_replaced(tmp_path, file, content):
    out = imported(tmp_path, LINES)
    (out / file).write_text(content)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    error = refused(lambda: imported(tmp_path, LINES), NotOurs)

    assert file in error.found
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_refused_import_leaves_the_last_one_untouched(tmp_path):
    out = imported(tmp_path, LINES)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    refused(lambda: imported(tmp_path, LINES, header="other"), UnreadableExport)

    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"export.csv", "mapping.toml", "out"}


def test_an_import_killed_between_two_renames_is_put_back(tmp_path):
    out = imported(tmp_path, LINES)
    out.rename(tmp_path / ".out.before")

    refused(lambda: imported(tmp_path, LINES, header="other"), UnreadableExport)

    assert report(out)["lines"]["in"] == 2


def test_two_runs_write_the_same_bytes(tmp_path):
    out = imported(tmp_path, LINES)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    imported(tmp_path, LINES)

    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_the_command_prints_the_footing_and_json(tmp_path):
    arguments = [
        "orders",
        str(EXAMPLES / "orders" / "webshop-uk.csv"),
        "--mapping",
        str(UCI),
        "--out",
        str(tmp_path / "out"),
    ]

    table = CliRunner().invoke(import_, arguments).output
    as_json = CliRunner().invoke(import_, [*arguments, "--json"]).output

    shown = [line.split() for line in table.splitlines()]
    assert ["went", "in", "9", "80.20"] in shown
    assert ["difference", "0", "0.00"] in shown
    assert json.loads(as_json) == report(tmp_path / "out")


def test_the_guide_names_every_code_and_every_key_of_a_mapping(tmp_path):
    guide = (EXAMPLES.parent / "docs" / "guide" / "import-orders.md").read_text("utf-8")
    everything = PLAIN["columns"] + '\nline_no = "n"\nreturned_at = "r"\nshipped_status = "s"'
    mapping = read_mapping(
        mapping_file(
            tmp_path,
            columns=everything,
            shipped='values = ["x"]',
            services='codes = ["x"]',
            rules='zero_price = "report"',
        )
    )

    codes = {fault.code for fault in faults(mapping)} | {WITHOUT_ORDER}
    words = codes | set(COLUMNS) | {key for keys in KEYS.values() for key in keys}
    assert sorted(word for word in words if f"`{word}`" not in guide) == []
