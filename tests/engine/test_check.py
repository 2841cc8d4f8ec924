# SPDX-License-Identifier: Apache-2.0
"""A table against its schema: one broken input for each kind of fault, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from entrepot.engine.base import Engine
from entrepot.engine.check import Checked, check_table
from entrepot.engine.duck import Duck
from entrepot.engine.faults import Fault, total
from entrepot.engine.polar import Polar
from entrepot.engine.relations import check_references
from entrepot.engine.source import open_source
from tests import season_files

OVER = 2**30


@pytest.fixture(params=["duckdb", "polars"])
def engine(request, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "spill").mkdir()
    engine = Duck(tmp_path / "spill") if request.param == "duckdb" else Polar()
    yield engine
    engine.close()


@pytest.fixture
def checked(engine, tmp_path):
    """Check one table of these rows in a file of this form."""
    (tmp_path / "work").mkdir()

    def check_rows(name: str, rows: Any, form: str = "csv", limit: int = 50) -> Checked:
        path = season_files.write_table(tmp_path, name, rows, form)
        table = season_files.TABLES[name]
        return check_table(engine, open_source(table, path, tmp_path / "work", limit), limit)

    return check_rows


def brief(faults: list[Fault]) -> list[tuple[str, int | None, str, str]]:
    return [(f.code, f.row, f.column, f.found) for f in faults]


def changed(name: str, row: int, **cells: Any) -> list[dict[str, Any]]:
    rows = season_files.valid()[name]
    rows[row] |= cells
    return rows


CELLS = [
    ("sales", {"order_no": ""}, "cell.empty", ""),
    ("sales", {"line_no": ""}, "cell.empty", ""),
    ("sales", {"shipped_on": "2025-02-29"}, "cell.unreadable", "2025-02-29"),
    ("sales", {"shipped_on": "2025-3-1"}, "cell.unreadable", "2025-3-1"),
    ("sales", {"shipped_on": "1999-12-31"}, "cell.bounds", "1999-12-31"),
    ("sales", {"shipped_on": "2100-01-01"}, "cell.bounds", "2100-01-01"),
    ("sales", {"quantity": "1e3"}, "cell.unreadable", "1e3"),
    ("sales", {"quantity": "1.0"}, "cell.unreadable", "1.0"),
    ("sales", {"quantity": " 5"}, "cell.unreadable", " 5"),
    ("sales", {"quantity": "9" * 19}, "cell.unreadable", "9" * 19),
    ("sales", {"quantity": "0"}, "cell.bounds", "0"),
    ("sales", {"quantity": "-1"}, "cell.negative", "-1"),
    ("sales", {"quantity": str(OVER)}, "cell.bounds", str(OVER)),
    ("sales", {"line_no": "-1"}, "cell.negative", "-1"),
    ("sales", {"amount": "12,50"}, "cell.unreadable", "12,50"),
    ("sales", {"amount": "12.505"}, "cell.unreadable", "12.505"),
    ("sales", {"amount": "2305843009213.69"}, "cell.bounds", "2305843009213.69"),
    ("sales", {"currency": "eur"}, "cell.form", "eur"),
    ("sales", {"destination": "DEU"}, "cell.form", "DEU"),
    ("purchases", {"net_amount": "-12.50"}, "cell.negative", "-12.50"),
    ("purchases", {"vat_rate": "13"}, "cell.bounds", "13"),
    ("purchases", {"vat_rate": "0.13001"}, "cell.unreadable", "0.13001"),
    ("products", {"hs_code": "851610100"}, "cell.form", "851610100"),
    ("declarations", {"declaration_no": "31012025000000001"}, "cell.form", "31012025000000001"),
    ("declarations", {"mode": "9811"}, "cell.value", "9811"),
    ("declarations", {"sold_at_export": "yes"}, "cell.unreadable", "yes"),
    ("declarations", {"statistics_flag": "a"}, "cell.value", "a"),
    ("returns", {"outcome": "Restocked"}, "cell.value", "Restocked"),
    ("adjustments", {"quantity": "0"}, "cell.bounds", "0"),
    ("transfers", {"quantity": "0"}, "cell.bounds", "0"),
    ("transfers", {"arrived_on": "2100-01-01"}, "cell.bounds", "2100-01-01"),
    ("fx_rates", {"cny_per_unit": "0"}, "cell.bounds", "0"),
    ("fx_rates", {"cny_per_unit": "7.1234567"}, "cell.unreadable", "7.1234567"),
]


@pytest.mark.parametrize(
    ("form", "name", "cells", "code", "found"),
    [("csv", *case) for case in CELLS]
    + [(form, *case) for form in ("xlsx", "parquet") for case in CELLS[::7]],
)
def test_a_cell_is_refused(checked, form, name, cells, code, found):
    [fault] = checked(name, changed(name, 0, **cells), form).faults

    [column] = cells
    row = 1 if form == "parquet" else 2
    assert (fault.file, *brief([fault])[0]) == (f"{name}.{form}", code, row, column, found)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("sales", {"amount": "-0.05", "quantity": str(OVER - 1), "line_no": "00"}),
        ("sales", {"amount": "2305843009213.68", "shipped_on": "2024-02-29"}),
        ("sales", {"amount": "7", "shipped_on": "2099-12-31"}),
        ("purchases", {"vat_rate": "1", "net_amount": "0"}),
        ("declarations", {"warehouse": "", "sold_at_export": "TRUE", "statistics_flag": "B"}),
    ],
)
def test_a_cell_at_the_limit_is_read(checked, name, cells):
    assert checked(name, changed(name, 0, **cells)).faults == []


@pytest.mark.parametrize(
    ("column", "cells", "found"),
    [
        ("amount", pa.array([39.98]), "DOUBLE"),
        ("quantity", pa.array([1.0]), "DOUBLE"),
        ("quantity", pa.array([Decimal("1.0")]), "DECIMAL(2, 1)"),
        ("order_no", pa.array([7]), "BIGINT"),
        ("shipped_on", pa.array([datetime(2025, 3, 1, tzinfo=UTC)]), "TIMESTAMP WITH TIME ZONE"),
        ("sku", pa.array([b"A"]), "BINARY"),
    ],
)
def test_a_type_that_cannot_hold_the_column(checked, column, cells, found):
    table = arrow_sales()
    table = table.set_column(table.column_names.index(column), column, cells)

    assert brief(checked("sales", table).faults) == [("column.type", None, column, found)]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("amount", pa.array([39]), 3900),
        ("amount", pa.array([Decimal("39.9800")], pa.decimal128(38, 4)), 3998),
        ("amount", pa.array([Decimal("-39.98")], pa.decimal128(9, 2)), -3998),
        ("amount", pa.array([Decimal("39.98")], pa.decimal128(38, 2)), 3998),
        ("amount", pa.array([Decimal("2305843009213.68")]), 230_584_300_921_368),
        ("amount", pa.array([Decimal("7")], pa.decimal128(3, 0)), 700),
        ("amount", pa.array([7], pa.uint8()), 700),
        ("quantity", pa.array([7], pa.uint64()), 7),
        ("quantity", pa.array([7], pa.int8()), 7),
        ("shipped_on", pa.array(["2025-03-01"]), date(2025, 3, 1)),
        ("shipped_on", pa.array([datetime.fromisoformat("2025-03-01")]), date(2025, 3, 1)),
        ("sku", pa.array(["A"]).dictionary_encode(), "A"),
        ("sku", pa.array(["A"], pa.large_string()), "A"),
    ],
)
def test_a_type_that_holds_the_column(engine, checked, column, cells, expected):
    table = arrow_sales()
    table = table.set_column(table.column_names.index(column), column, cells)

    result = checked("sales", table)

    assert result.faults == []
    assert engine.rows(result.typed)[0][column] == expected


@pytest.mark.parametrize(
    ("column", "cells", "code", "found"),
    [
        ("quantity", pa.array([2**64 - 1], pa.uint64()), "cell.unreadable", str(2**64 - 1)),
        ("amount", pa.array([2**62]), "cell.unreadable", str(2**62)),
        ("amount", pa.array([2305843009214]), "cell.bounds", "2305843009214"),
        ("amount", pa.array([Decimal("2305843009213.69")]), "cell.bounds", "2305843009213.69"),
        (
            "amount",
            pa.array([Decimal("1e34")], pa.decimal128(38, 2)),
            "cell.unreadable",
            "1" + "0" * 34 + ".00",
        ),
        ("amount", pa.array([Decimal("1.005")]), "cell.unreadable", "1.005"),
        ("quantity", pa.array([None], pa.int64()), "cell.empty", ""),
        (
            "shipped_on",
            pa.array([datetime.fromisoformat("2025-03-01T12:00")]),
            "cell.unreadable",
            "2025-03-01 12:00:00",
        ),
    ],
)
def test_a_typed_cell_is_refused(checked, column, cells, code, found):
    table = arrow_sales()
    table = table.set_column(table.column_names.index(column), column, cells)

    assert brief(checked("sales", table).faults) == [(code, 1, column, found)]


def arrow_sales() -> pa.Table:
    return pa.table(
        {
            "channel": ["amazon-de"],
            "order_no": ["A-1"],
            "line_no": [0],
            "shipped_on": [date(2025, 3, 1)],
            "warehouse": ["DUI1"],
            "sku": ["LAMP-1"],
            "quantity": [1],
            "amount": pa.array([Decimal("39.98")], pa.decimal128(18, 2)),
            "currency": ["EUR"],
            "destination": ["DE"],
        }
    )


def test_columns_missing_and_unknown(checked):
    rows = [
        {"SKU": "A", "name": "", "hs_code": "1", "colour": "red"},
        {"SKU": "B", "name": "b", "hs_code": "9405210000", "colour": "red"},
    ]

    result = checked("products", rows)

    assert brief(result.faults) == [
        ("column.missing", None, "sku", 'no such column, but "SKU"'),
        ("column.unknown", None, "SKU", 'a column "SKU"'),
        ("column.unknown", None, "colour", 'a column "colour"'),
        ("cell.empty", 2, "name", ""),
        ("cell.form", 2, "hs_code", "1"),
    ]
    assert result.rows == 2


def test_no_column_is_known(checked):
    result = checked("products", [{"a": "1"}])

    assert [f.code for f in result.faults] == ["column.missing"] * 3 + ["column.unknown"]


def test_columns_that_may_be_absent_read_as_empty(engine, checked):
    rows = season_files.valid()["declarations"]
    for row in rows:
        del row["sold_at_export"], row["statistics_flag"]

    result = checked("declarations", rows)

    assert result.faults == []
    assert result.typed.collect_schema().names() == season_files.TABLES["declarations"].names
    assert [row["sold_at_export"] for row in engine.rows(result.typed)] == [None, None]


@pytest.mark.parametrize("form", ["csv", "csv.gz", "xlsx", "parquet"])
def test_a_table_without_rows(engine, checked, form):
    result = checked("sales", [], form)

    assert (result.faults, result.rows, engine.rows(result.typed)) == ([], 0, [])


def test_a_repeated_key_names_the_first_row(checked):
    rows = season_files.valid()["sales"]
    rows += [rows[0] | {"line_no": "00"}, rows[1] | {"line_no": 7}, rows[0] | {"quantity": 9}]

    result = checked("sales", rows)

    assert brief(result.faults) == [
        ("key.repeated", 5, "channel, order_no, line_no", "amazon-de, A-1, 0"),
        ("key.repeated", 7, "channel, order_no, line_no", "amazon-de, A-1, 0"),
    ]
    assert "row 2 has it already" in result.faults[0].text


def test_empty_keys_are_not_repeated_keys(checked):
    rows = season_files.valid()["products"]
    rows += [{"sku": "", "name": "a", "hs_code": "9405210000"}] * 2

    assert [f.code for f in checked("products", rows).faults] == ["cell.empty"] * 2


def test_a_column_may_not_sum_beyond_the_bound(checked):
    # The largest amount and the smallest in turn: next to nothing in sum, but not in size.
    table = pa.concat_tables([arrow_sales()] * 10_001)
    most = Decimal("2305843009213.68")
    signs = [most if i % 2 else -most for i in range(10_001)]
    columns = {
        "order_no": pa.array([f"A-{i}" for i in range(10_001)]),
        "amount": pa.array(signs, pa.decimal128(18, 2)),
    }
    for name, cells in columns.items():
        table = table.set_column(table.column_names.index(name), name, cells)

    assert brief(checked("sales", table.slice(0, 9_999)).faults) == []
    assert [(f.code, f.row, f.column) for f in checked("sales", table).faults] == [
        ("total.bound", None, "amount")
    ]


def test_listing_is_bounded_and_counting_is_not(checked):
    rows = [
        season_files.valid()["sales"][0] | {"order_no": f"A-{i}", "amount": "1,5", "sku": ""}
        for i in range(120)
    ]

    result = checked("sales", rows, limit=3)

    assert [(f.row, f.column, f.count) for f in result.faults] == [
        *((row, "sku", 120) for row in (2, 3, 4)),
        *((row, "amount", 120) for row in (2, 3, 4)),
    ]
    assert total(result.faults) == 240


def test_rows_are_named_as_the_spreadsheet_shows_them(tmp_path, engine):
    (tmp_path / "work").mkdir()
    path = tmp_path / "products.csv"
    path.write_text("sku,name,hs_code\n\nA,,1\nB,b\n\n,c,9405210000\n")

    source = open_source(season_files.TABLES["products"], path, tmp_path / "work")

    assert brief(check_table(engine, source).faults) == [
        ("line.too_few", 4, "", "2 cells"),
        ("cell.empty", 6, "sku", ""),
        ("cell.empty", 3, "name", ""),
        ("cell.form", 3, "hs_code", "1"),
    ]


def test_a_fault_reads_as_a_sentence(checked):
    [fault] = checked("sales", changed("sales", 0, amount="12,50")).faults

    assert fault.text == (
        'sales.csv:2, amount: found "12,50"; expected digits and a point with at most two places, '
        "such as 12.50, below 2,305,843,009,213. "
        "Save the file with decimal points and without thousands separators."
    )


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("sales", {"sku": "LAMP-9"}, [("reference.missing", 2, "sku", "LAMP-9")]),
        ("adjustments", {"sku": "LAMP-9"}, [("reference.missing", 2, "sku", "LAMP-9")]),
        ("transfers", {"sku": "LAMP-9"}, [("reference.missing", 2, "sku", "LAMP-9")]),
        (
            "receipts",
            {"item_no": 3},
            [("reference.missing", 2, "declaration_no, item_no", f"{season_files.DECLARATION}, 3")],
        ),
        (
            "receipts",
            {"sku": "KETTLE-2"},
            [
                (
                    "reference.other",
                    2,
                    "declaration_no, item_no, sku",
                    f"{season_files.DECLARATION}, 1, KETTLE-2",
                )
            ],
        ),
        ("receipts", {"sku": "LAMP-9"}, [("reference.missing", 2, "sku", "LAMP-9")]),
        (
            "returns",
            {"order_line_no": 9},
            [("reference.missing", 2, "channel, order_no, order_line_no", "amazon-de, A-1, 9")],
        ),
        ("returns", {"order_no": ""}, []),
        (
            "invoice_links",
            {"sku": "KETTLE-2"},
            [
                (
                    "reference.other",
                    2,
                    "declaration_no, item_no, sku",
                    f"{season_files.DECLARATION}, 1, KETTLE-2",
                ),
                (
                    "reference.other",
                    2,
                    "invoice_no, line_no, sku",
                    "24332000000000000001, 0, KETTLE-2",
                ),
            ],
        ),
    ],
)
def test_what_is_named_must_exist(engine, checked, name, cells, expected):
    rows = season_files.valid() | {name: changed(name, 0, **cells)}
    needed = {ref.table for ref in season_files.TABLES[name].references} | {name, "products"}
    tables = {each: checked(each, rows[each]) for each in rows if each in needed}

    assert brief(check_references(engine, tables)) == expected


def test_nothing_is_sought_in_a_table_that_lost_rows(engine, checked, tmp_path):
    tables = {"sales": checked("sales", season_files.valid()["sales"])}
    path = tmp_path / "products.csv"
    path.write_text("sku,name,hs_code\nLAMP-1,a\n")
    source = open_source(season_files.TABLES["products"], path, tmp_path / "work")
    tables["products"] = check_table(engine, source)

    assert check_references(engine, tables) == []
