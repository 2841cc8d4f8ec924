# SPDX-License-Identifier: Apache-2.0
"""Which sale a cancellation takes back, also on half a million real lines."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.warehouse.importing.actions import import_orders
from entrepot.warehouse.importing.mapping import read_mapping
from entrepot.warehouse.importing.match import Cancellation, Sale, match
from tests.warehouse.importing_kit import (
    HEADER,
    MONDAY,
    PLAIN,
    RETAIL,
    UCI,
    imported,
    real,
    report,
    rows,
)

BUYER = re.compile(r",(\d{5})\.0,")


def sale(row, at, quantity, buyer="b", order="1"):
    return Sale(row, at, quantity, "shop", "A", buyer, order)


def back(row, at, quantity, buyer="b", names=None):
    return Cancellation(row, at, quantity, "shop", "A", buyer, names)


@pytest.mark.parametrize(
    ("case", "sales", "cancellations", "taken"),
    [
        (
            "the latest earlier line",
            [sale(1, 1, 5), sale(2, 2, 5), sale(3, 9, 5)],
            [back(4, 3, 2)],
            [(4, 2, 2)],
        ),
        (
            "with enough left",
            [sale(1, 1, 5), sale(2, 2, 1)],
            [back(4, 3, 2)],
            [(4, 1, 2)],
        ),
        (
            "less what came back before",
            [sale(1, 1, 5), sale(2, 2, 3)],
            [back(4, 3, 2), back(5, 4, 2)],
            [(4, 2, 2), (5, 1, 2)],
        ),
        ("a line of the same moment", [sale(9, 3, 1)], [back(4, 3, 1)], [(4, 9, 1)]),
        (
            "of two of one moment, the later in the file",
            [sale(1, 1, 1), sale(2, 1, 1)],
            [back(4, 3, 1)],
            [(4, 2, 1)],
        ),
        (
            "several lines where no single one is enough",
            [sale(1, 1, 5), sale(2, 2, 3)],
            [back(4, 3, 7)],
            [(4, 2, 3), (4, 1, 4)],
        ),
        (
            "nothing where all are not enough",
            [sale(1, 1, 5), sale(2, 2, 3)],
            [back(4, 3, 9)],
            [],
        ),
        ("nothing of a later line", [sale(1, 5, 5)], [back(4, 3, 1)], []),
        ("nothing of another buyer", [sale(1, 1, 5, buyer="c")], [back(4, 3, 1)], []),
        (
            "nothing where nobody is named",
            [sale(1, 1, 5, buyer=None)],
            [back(4, 3, 1, buyer=None)],
            [],
        ),
        (
            "the order that is named",
            [sale(1, 1, 5), sale(2, 2, 5, order="2")],
            [back(4, 3, 2, names="1")],
            [(4, 1, 2)],
        ),
        (
            "a named order, later and of another buyer",
            [sale(1, 9, 5, buyer="c")],
            [back(4, 3, 2, names="1")],
            [(4, 1, 2)],
        ),
        (
            "nothing else where an order is named",
            [sale(1, 1, 5)],
            [back(4, 3, 2, names="2")],
            [],
        ),
    ],
)
def test_matching(case, sales, cancellations, taken):
    found, unmatched = match(sales, cancellations, may_split=True)

    assert [(each.row, each.sale_row, each.quantity) for each in found] == taken
    assert {each.row for each in found}.isdisjoint(each.row for each in unmatched)
    assert len({each.row for each in found}) + len(unmatched) == len(cancellations)


def test_a_cancellation_is_not_split_where_the_mapping_forbids_it(tmp_path):
    lines = [f"{n},A,{units},5,{MONDAY},b,DE" for n, units in (("1", 2), ("2", 2), ("R", -3))]
    marks = "negative_quantity = true\nmay_split = false"

    out = imported(tmp_path, lines, cancellations=marks)

    assert rows(out, "exceptions", "code, quantity, amount") == [
        ("return_without_order", -3, Decimal("-15.00"))
    ]


def take_back_slowly(sales: list[dict], cancellations: list[dict]) -> dict:
    """The rule as one would do it with pencil and paper: look through all sales, every time."""
    taken = {}
    for wanted in sorted(cancellations, key=lambda each: (each["at"], each["row"])):
        mine = [
            each
            for each in sales
            if wanted["buyer"] and each["buyer"] == wanted["buyer"]
            if each["sku"] == wanted["sku"] and each["at"] <= wanted["at"]
        ]
        mine.sort(key=lambda each: (each["at"], each["row"]), reverse=True)
        enough = [each for each in mine if each["left"] >= wanted["quantity"]]
        if enough:
            chosen = [(enough[0], wanted["quantity"])]
        elif sum(each["left"] for each in mine) >= wanted["quantity"]:
            chosen, still = [], wanted["quantity"]
            for each in mine:
                part = min(each["left"], still)
                still -= part
                if part:
                    chosen.append((each, part))
        else:
            continue
        for each, part in chosen:
            each["left"] -= part
        taken[wanted["row"]] = [(each["row"], part) for each, part in chosen]
    return taken


events = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 5), st.sampled_from(["b", "c", None])), max_size=14
)


@settings(deadline=None)
@given(sold=events, returned=events)
def test_matching_agrees_with_pencil_and_paper(sold, returned):
    sales = [sale(row, at, units, buyer) for row, (at, units, buyer) in enumerate(sold)]
    cancelled = [back(100 + row, at, units, who) for row, (at, units, who) in enumerate(returned)]

    found, _ = match(
        sorted(sales, key=lambda each: (each.at, each.row)),
        sorted(cancelled, key=lambda each: (each.at, each.row)),
        may_split=True,
    )

    slow = take_back_slowly(
        [{**each._asdict(), "left": each.quantity} for each in sales],
        [each._asdict() for each in cancelled],
    )
    fast: dict = {}
    for each in found:
        fast.setdefault(each.row, []).append((each.sale_row, each.quantity))
    assert fast == slow


@pytest.mark.parametrize(
    ("marks", "columns", "line"),
    [
        ('order_prefix = "C"\norder = "without_prefix"', "", f"C2,A,-1,5,{MONDAY},,DE,"),
        ('negative_quantity = true\norder = "same"', "", f"2,A,-1,5,{MONDAY},,DE,"),
        ("negative_quantity = true", 'cancels_order = "extra"', f"9,A,-1,5,{MONDAY},,DE,2"),
        (
            'values = ["back"]\nquantity = "positive"\norder = "same"',
            'status = "extra"',
            f"2,A,1,5,{MONDAY},,DE,back",
        ),
    ],
)
def test_an_order_that_is_known_is_the_one_taken_back(tmp_path, marks, columns, line):
    lines = [f"{n},A,2,5,{MONDAY},,DE," for n in (1, 2, 3)]
    columns = PLAIN["columns"] + "\n" + columns

    out = imported(
        tmp_path, [*lines, line], header=HEADER + ",extra", columns=columns, cancellations=marks
    )

    assert rows(out, "returns", "order_no, order_line_no, quantity") == [("2", 0, 1)]
    assert report(out)["money"]["EUR"]["returns"] == "5.00"


# Real orders


@real
def test_the_whole_of_online_retail_foots_against_its_control_totals(tmp_path):
    made = import_orders(RETAIL, UCI, tmp_path / "out")

    counts, money = made["lines"], made["money"]["GBP"]
    assert counts["in"] == 541_909
    assert counts["cancellations"] == 9_288
    assert money["in"] == "9747747.93"
    assert money["difference"] == "0.00"
    assert counts["in"] == counts["sales"] + counts["returns"] + counts["reported"]
    assert {code: entry["lines"] for code, entry in made["exceptions"].items()} == {
        "negative_quantity": 1_336,
        "return_without_order": 1_270,
        "service_line": 2_946,
        "zero_price": 1_128,
    }
    # Read with nothing of ours: the standard library's CSV reader and decimals.
    exact = rounded = Decimal(0)
    with gzip.open(RETAIL, "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            amount = Decimal(line["Quantity"]) * Decimal(line["UnitPrice"])
            exact += amount
            rounded += amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert (money["exact"], money["in"]) == (str(exact.normalize()), str(rounded))
    assert exact - rounded == Decimal(money["below_the_cent"])
    over = duckdb.sql(f"""
        SELECT count(*) FROM '{tmp_path}/out/sales.parquet' AS sold JOIN (
            SELECT order_no, order_line_no AS line_no, sum(quantity) AS back
            FROM '{tmp_path}/out/returns.parquet' GROUP BY ALL
        ) USING (order_no, line_no) WHERE back > quantity
    """).fetchall()
    assert over == [(0,)]


@real
def test_real_cancellations_agree_with_pencil_and_paper(tmp_path):
    # One buyer in sixteen with the whole history: a slice by time would cut sales from returns.
    with gzip.open(RETAIL, "rt", encoding="utf-8", newline="") as file:
        header = file.readline()
        chosen = (
            line for line in file if (buyer := BUYER.search(line)) and int(buyer[1]) % 16 == 1
        )
        lines = [header, *islice(chosen, 20_000)]
    assert len(lines) == 20_001
    export = tmp_path / "slice.csv"
    export.write_text("".join(lines), "utf-8", newline="")
    services = set(read_mapping(UCI).service_codes)
    numbers: Counter = Counter()
    sales, cancellations, name = [], [], {}
    for row, line in enumerate(csv.DictReader(lines), start=2):
        units, price = int(line["Quantity"]), Decimal(line["UnitPrice"])
        name[row] = (line["InvoiceNo"], numbers[line["InvoiceNo"]])
        numbers[line["InvoiceNo"]] += 1
        if line["StockCode"] in services or line["StockCode"].startswith("gift_"):
            continue
        each = {
            "row": row,
            "at": line["InvoiceDate"],
            "buyer": line["CustomerID"],
            "sku": line["StockCode"],
            "quantity": abs(units),
            "left": units,
        }
        if line["InvoiceNo"].startswith("C"):
            cancellations.append(each)
        elif units > 0 and (price or line["CustomerID"]):
            sales.append(each)

    taken = take_back_slowly(sales, cancellations)
    made = import_orders(export, UCI, tmp_path / "out")

    expected = Counter(
        (name[row][0], *name[sale_row], quantity)
        for row, parts in taken.items()
        for sale_row, quantity in parts
    )
    found = Counter(
        rows(tmp_path / "out", "returns", "return_no, order_no, order_line_no, quantity")
    )
    assert found == expected
    assert len(taken) == made["lines"]["returns"] > 100
    assert len(sales) == made["lines"]["sales"]
