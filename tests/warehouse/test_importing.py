# SPDX-License-Identifier: Apache-2.0
"""Importing an export: what becomes of a line, its numbers, its day and its money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.engine.duck import text
from entrepot.warehouse.importing import steps
from entrepot.warehouse.importing.actions import import_orders
from entrepot.warehouse.importing.mapping import read_mapping
from entrepot.warehouse.tables import RETURNS, SALES
from tests.warehouse.importing_kit import (
    EXAMPLES,
    HEADER,
    MONDAY,
    PLAIN,
    imported,
    mapping_file,
    report,
    rows,
)


@pytest.mark.parametrize(
    ("example", "mapping", "lines", "codes"),
    [
        (
            "webshop-uk.csv",
            "uci-online-retail.toml",
            (9, 4, 2, 3),
            {"negative_quantity": 1, "return_without_order": 1, "service_line": 1},
        ),
        (
            "marktplatz-de.csv",
            "marktplatz-de.toml",
            (14, 6, 3, 5),
            {
                "not_a_number": 1,
                "return_without_order": 1,
                "service_line": 1,
                "unknown_country": 1,
                "unreadable_date": 1,
            },
        ),
        (
            "shopify.csv",
            "shopify.toml",
            (6, 3, 0, 3),
            {"no_sku": 1, "not_shipped": 1, "service_line": 1},
        ),
    ],
)
def test_examples(tmp_path, example, mapping, lines, codes):
    made = import_orders(
        EXAMPLES / "orders" / example, EXAMPLES / "mappings" / mapping, tmp_path / "o"
    )

    counts = made["lines"]
    assert (counts["in"], counts["sales"], counts["returns"], counts["reported"]) == lines
    assert {code: entry["lines"] for code, entry in made["exceptions"].items()} == codes
    assert all(each["difference"] == "0.00" for each in made["money"].values())


def test_tables_have_the_columns_and_types_of_a_season(tmp_path):
    out = imported(tmp_path, [f"1,A,2,9.99,{MONDAY},b,DE", f"R1,A,-1,9.99,{MONDAY},b,DE"])

    for table in (SALES, RETURNS):
        schema = pq.read_schema(out / f"{table.name}.parquet")
        assert schema.names == table.names
        for column in table.columns:
            kind = {"day": pa.date32(), "text": pa.string(), "money": pa.decimal128(18, 2)}.get(
                column.kind.value, pa.int64()
            )
            assert schema.field(column.name).type == kind, column.name
    assert rows(out, "sales") == [
        ("shop", "1", 0, date(2025, 11, 3), "W1", "A", 2, Decimal("19.98"), "EUR", "DE")
    ]
    assert rows(out, "returns") == [
        ("R1", 0, "shop", "1", 0, date(2025, 11, 3), "W1", 1, "restocked")
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"1,A,x,9.99,{MONDAY},b,DE", "not_a_number"),
        (f"1,A,1,,{MONDAY},b,DE", "not_a_number"),
        (f'1,A,1,"9,99",{MONDAY},b,DE', "not_a_number"),
        (f"1,A,1,0.1234567,{MONDAY},b,DE", "not_a_number"),
        (f"1,A,1.5,9.99,{MONDAY},b,DE", "not_whole"),
        (f"1,A,1073741824,9.99,{MONDAY},b,DE", "too_large"),
        (f",A,1,9.99,{MONDAY},b,DE", "no_order"),
        (f"1, ,1,9.99,{MONDAY},b,DE", "no_sku"),
        ("1,A,1,9.99,2025-02-30 10:00,b,DE", "unreadable_date"),
        ("1,A,1,9.99,03.11.2025,b,DE", "unreadable_date"),
        (f"1,A,0,9.99,{MONDAY},b,DE", "zero_quantity"),
        (f"1,A,1,-9.99,{MONDAY},b,DE", "negative_amount"),
        (f"1,A,1,9.99,{MONDAY},b,Narnia", "unknown_country"),
        (f"1,A,1,9.99,{MONDAY},b,", "unknown_country"),
        (f"1,A,-1,9.99,{MONDAY},b,DE", "return_without_order"),
        (f"1,A,-1,-9.99,{MONDAY},b,DE", "wrong_sign"),
    ],
)
def test_a_line_that_is_no_sale_is_reported_with_its_place(tmp_path, line, code):
    out = imported(tmp_path, [line, f"2,B,1,5,{MONDAY},c,FR"])

    ((found_code, found, remedy),) = rows(out, "exceptions", "code, found, remedy")
    assert found_code == code
    assert found.startswith("export.csv:2")
    assert remedy
    assert rows(out, "sales", "order_no") == [("2",)]


@pytest.mark.parametrize(
    ("rule", "sold"), [("sale", ["1", "2"]), ("with_buyer", ["1"]), ("report", [])]
)
def test_lines_free_of_charge_follow_the_mapping(tmp_path, rule, sold):
    lines = [f"1,A,1,0.00,{MONDAY},b,DE", f"2,A,1,0.00,{MONDAY},,DE"]

    out = imported(tmp_path, lines, rules=f'zero_price = "{rule}"')

    assert [order for (order,) in rows(out, "sales", "order_no")] == sold


@pytest.mark.parametrize(("rule", "copies"), [("keep", 0), ("report", 1)])
def test_identical_lines_follow_the_mapping_and_are_counted(tmp_path, rule, copies):
    line = f"1,A,1,5.00,{MONDAY},b,DE"

    out = imported(tmp_path, [line, line], rules=f'identical_lines = "{rule}"')

    assert report(out)["lines"]["identical"] == 1
    assert rows(out, "exceptions", "code") == [("duplicate_line",)] * copies


def test_a_line_number_comes_once_an_order(tmp_path):
    columns = PLAIN["columns"] + '\nline_no = "line"'
    lines = [f"1,A,1,5,{MONDAY},b,DE,{n}" for n in ("7", "8", "7", "x")]

    out = imported(tmp_path, lines, header=HEADER + ",line", columns=columns)

    assert rows(out, "sales", "line_no") == [(7,), (8,)]
    assert rows(out, "exceptions", "code, key") == [
        ("duplicate_line", "1/7"),
        ("not_a_number", "row 5"),
    ]


def test_lines_are_numbered_in_file_order_whatever_becomes_of_them(tmp_path):
    lines = [f"{order},A,{units},5,{MONDAY},b,DE" for order, units in ("1x", "21", "11", "12")]

    out = imported(tmp_path, lines)

    assert rows(out, "sales", "order_no, line_no") == [("1", 1), ("1", 2), ("2", 0)]


def test_an_undeclared_country_takes_the_stand_in_and_is_counted(tmp_path):
    lines = [f"{n},A,1,5,{MONDAY},b,{name}" for n, name in enumerate(("DE", "Narnia", "Mordor"))]

    out = imported(tmp_path, lines, countries='Mordor = "XM"', rules='unlisted_country = "ZZ"')

    assert rows(out, "sales", "destination") == [("DE",), ("ZZ",), ("XM",)]
    assert report(out)["stand_in_destinations"] == {
        "Mordor": {"code": "XM", "lines": 1},
        "Narnia": {"code": "ZZ", "lines": 1},
    }


@pytest.mark.parametrize(
    ("days", "when", "expected"),
    [
        ('forms = ["%Y-%m-%d %H:%M"]', "2025-11-03 23:30", date(2025, 11, 3)),
        (
            'forms = ["%Y-%m-%d %H:%M"]\ntimes_in = "UTC"\nday_in = "Europe/Berlin"',
            "2025-11-03 23:30",
            date(2025, 11, 4),
        ),
        (
            'forms = ["%Y-%m-%d %H:%M"]\ntimes_in = "Asia/Shanghai"\nday_in = "America/New_York"',
            "2025-11-03 12:30",
            date(2025, 11, 2),
        ),
        (
            'forms = ["%Y-%m-%dT%H:%M%z"]\nday_in = "America/New_York"',
            "2025-11-04T03:00Z",
            date(2025, 11, 3),
        ),
        ('forms = ["%d.%m.%Y", "%d.%m.%y"]', "03.11.25", date(2025, 11, 3)),
    ],
)
def test_a_day_knows_its_zone(tmp_path, days, when, expected):
    out = imported(tmp_path, [f"1,A,1,5,{when},b,DE"], days=days)

    assert rows(out, "sales", "shipped_on") == [(expected,)]


@pytest.mark.parametrize(
    ("decimal", "thousands", "written", "expected"),
    [
        (".", "", "12.50", "12.50"),
        (".", "", " 12.5 ", "12.5"),
        (".", "", "+.5", "0.5"),
        (".", "", "12.50-", "-12.50"),
        (".", "", "(12.50)", "-12.50"),
        (".", "", "1.2345670000", "1.234567"),
        (".", "", "000123456789012", "123456789012"),
        (".", "", "1234567890123", None),
        (".", "", "1.2345678", None),
        (".", "", "1e3", None),
        (".", "", "", None),
        (".", "", "-", None),
        (".", "", "1,5", None),
        (",", ".", "1.249,00", "1249"),
        (",", ".", "1249,00", "1249"),
        (",", ".", "12.50", None),
        (",", ".", "1.24", None),
        (",", ".", "7,99 €", "7.99"),
        (".", "'", "1'249'000.10", "1249000.10"),
        (",", "\u00a0", "1\u00a0249,5", "1249.5"),
    ],
)
def test_numbers_are_read_exactly_or_not_at_all(tmp_path, decimal, thousands, written, expected):
    numbers = f'decimal = "{decimal}"\nthousands = "{thousands}"\nstrip = ["€"]'
    mapping = read_mapping(mapping_file(tmp_path, numbers=numbers))

    query = f"SELECT {steps.number('cell', mapping)} FROM (SELECT {text(written)} AS cell)"
    ((found,),) = duckdb.sql(query).fetchall()

    assert found == (None if expected is None else Decimal(expected))


def test_a_line_is_rounded_once_half_away_from_zero_and_the_rest_is_named(tmp_path):
    lines = [
        f"1,A,1,0.005,{MONDAY},b,DE",
        f"2,A,3,0.333,{MONDAY},b,DE",
        f"3,A,-1,0.005,{MONDAY},b,DE",
    ]

    out = imported(tmp_path, lines)

    assert rows(out, "sales", "amount") == [(Decimal("0.01"),), (Decimal("1.00"),)]
    assert report(out)["money"]["EUR"] == {
        "written": "0.999",
        "turned_round": "0.00",
        "exact": "0.999",
        "in": "1.00",
        "below_the_cent": "-0.001",
        "sales": "1.01",
        "returns": "0.01",
        "reported": "0.00",
        "difference": "0.00",
    }


def test_money_foots_per_currency(tmp_path):
    top = 'channel = "shop"\nwarehouse = "W1"'
    columns = PLAIN["columns"] + '\ncurrency = "money"'
    lines = [f"{n},A,1,5,{MONDAY},b,DE,{each}" for n, each in enumerate(("EUR", "USD", "", "EUR"))]

    out = imported(tmp_path, lines, header=HEADER + ",money", top=top, columns=columns)

    money = report(out)["money"]
    assert {name: (each["sales"], each["reported"]) for name, each in money.items()} == {
        "EUR": ("10.00", "0.00"),
        "USD": ("5.00", "0.00"),
        "without currency": ("0.00", "5.00"),
    }
