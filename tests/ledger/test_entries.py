# SPDX-License-Identifier: Apache-2.0
"""The written book: every fact is a movement from one place to another, and all of it adds up.

The expected movements are made here from the season's rows, one by one. How many units had no
stock, or went beyond what was declared, is taken from the exceptions, which are themselves held
against a simulation.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from tests.on_engines import Outputs, Row, assert_same_rows, close_season, open_engine
from tests.oracle.simulation import Season, counts_on, happened, order_of, sale_key
from tests.oracle.together import laid_together, several

AS_OF = date(2025, 6, 30)
KINDS = ("purchase", "declaration", "receipt", "transfer", "sale", "return", "adjustment")
ENDS = {"scrapped": "scrapped/", "lost": "lost/", "restocked": "warehouse/", "found": "warehouse/"}


@pytest.fixture(scope="module")
def season() -> Season:
    return laid_together(several(AS_OF, 25, seed=2))


@pytest.fixture(scope="module")
def closed(season, tmp_path_factory) -> Outputs:
    with open_engine("polars", tmp_path_factory.mktemp("spill")) as engine:
        return close_season(engine, season, AS_OF)


def end(word: str, warehouse: str) -> str:
    return "home/returned" if word == "sent_home" else ENDS[word] + warehouse


def without(closed: Outputs, code: str) -> dict[str, int]:
    """Units that an exception of this code is about, by its key."""
    return {row["key"]: row["quantity"] for row in closed.where("exceptions", code=code)}


def movements(season: Season, closed: Outputs) -> list[Row]:
    """The book that the season's rows make, in the order in which it is written."""
    now = happened(season, AS_OF)
    made: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in KINDS}

    def move(kind: str, key: tuple[Any, ...], on: date, sku: str, units: int, *way: str) -> None:
        """Note a movement; `key`: what sorts it, then number and line as they are written."""
        if units:
            made[kind].append((key, on, sku, units, *way))

    for row in now["purchases"]:
        key = (row["invoice_no"], row["line_no"], row["sku"])
        way = f"supplier/{row['supplier_uscc']}", "home/stock"
        move("purchase", key, row["issued_on"], row["sku"], row["quantity"], *way)
    _declarations(now, closed, move)
    over = without(closed, "over_received")
    for row in now["receipts"]:
        key = (row["receipt_no"], row["line_no"])
        too_many = over.get("/".join(map(str, key)), 0)
        to = "warehouse/" + row["warehouse"]
        day, sku, units = row["received_on"], row["sku"], row["quantity"]
        move(
            "receipt", (*key, 0), day, sku, units - too_many, f"voyage/{row['declaration_no']}", to
        )
        move("receipt", (*key, 1), day, sku, too_many, "unknown/" + row["warehouse"], to)
    _transfers(now, closed, move)
    unmet = without(closed, "sold_without_stock")
    for row in now["sales"]:
        key = (row["channel"], row["order_no"], row["line_no"])
        lacking = unmet.get("/".join(map(str, key)), 0)
        day, sku, units, place = row["shipped_on"], row["sku"], row["quantity"], row["warehouse"]
        to = f"customer/{row['channel']}"
        move("sale", (*key, 0), day, sku, units - lacking, f"warehouse/{place}", to)
        move("sale", (*key, 1), day, sku, lacking, f"unknown/{place}", to)
    sales = {sale_key(row): row for row in now["sales"]}
    for row in now["returns"]:
        sale = sales[order_of(row)]
        key = (row["return_no"], row["line_no"])
        way = f"customer/{sale['channel']}", end(row["outcome"], row["warehouse"])
        move("return", key, counts_on(row, sale), sale["sku"], row["quantity"], *way)
    unmet = without(closed, "adjusted_without_stock")
    for row in now["adjustments"]:
        key = (row["adjustment_no"], row["line_no"])
        lacking = unmet.get("/".join(map(str, key)), 0)
        place, units, to = row["warehouse"], row["quantity"], end(row["reason"], row["warehouse"])
        if units > 0:
            move("adjustment", (*key, 0), row["on"], row["sku"], units, f"unknown/{place}", to)
            continue
        units = -units - lacking
        move("adjustment", (*key, 0), row["on"], row["sku"], units, f"warehouse/{place}", to)
        move("adjustment", (*key, 1), row["on"], row["sku"], lacking, f"unknown/{place}", to)
    return [_written(kind, row) for kind in KINDS for row in sorted(made[kind])]


def _declarations(now: Season, closed: Outputs, move: Any) -> None:
    over = without(closed, "over_received")
    taken: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for row in now["receipts"]:
        line = row["declaration_no"], row["item_no"], row["sku"]
        taken[line] += row["quantity"] - over.get(f"{row['receipt_no']}/{row['line_no']}", 0)
    for row in now["declarations"]:
        key = (row["declaration_no"], row["item_no"], row["sku"])
        voyage = f"voyage/{row['declaration_no']}"
        day, sku, units = row["exported_on"], row["sku"], row["quantity"]
        move("declaration", (*key, 0), day, sku, units, "home/stock", voyage)
        if row["mode"] != "9810" or row.get("sold_at_export"):
            to = f"customer/{row.get('channel') or 'export'}"
            move("declaration", (*key, 1), day, sku, units - taken[key], voyage, to)


def _transfers(now: Season, closed: Outputs, move: Any) -> None:
    unmet = without(closed, "transferred_without_stock")
    for row in now["transfers"]:
        key = (row["transfer_no"], row["line_no"])
        lacking = unmet.get("/".join(map(str, key)), 0)
        voyage, start = f"voyage/{row['transfer_no']}", row["from_warehouse"]
        day, sku, units = row["shipped_on"], row["sku"], row["quantity"]
        move("transfer", (*key, 0), day, sku, units - lacking, f"warehouse/{start}", voyage)
        move("transfer", (*key, 1), day, sku, lacking, f"unknown/{start}", voyage)
        if row["arrived_on"] is not None:
            to = f"warehouse/{row['to_warehouse']}"
            move("transfer", (*key, 2), row["arrived_on"], sku, units, voyage, to)


def _written(kind: str, row: tuple[Any, ...]) -> Row:
    key, on, sku, units, from_place, to_place = row
    number, line = (f"{key[0]}/{key[1]}", key[2]) if kind == "sale" else key[:2]
    return {
        "on": on,
        "document_kind": kind,
        "document_no": number,
        "document_line": line,
        "item": sku,
        "quantity": units,
        "from_place": from_place,
        "to_place": to_place,
    }


def test_the_book_holds_the_movements_of_every_document(season, closed):
    expected = movements(season, closed)

    assert {row["document_kind"] for row in expected} == set(KINDS)
    lacking = ("sold_without_stock", "adjusted_without_stock", "transferred_without_stock")
    for code in (*lacking, "over_received"):
        assert without(closed, code), f"the season has no {code}, so half of this is not tried"
    assert_same_rows(closed.rows["book"], expected, "book")


def balances(closed: Outputs) -> dict[tuple[str, str], int]:
    held: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in closed.rows["book"]:
        held[row["to_place"], row["item"]] += row["quantity"]
        held[row["from_place"], row["item"]] -= row["quantity"]
    return held


def test_what_is_written_adds_up(season, closed):
    """The same as the proofs of a close, but on the rows as they are written."""
    held = balances(closed)
    now = happened(season, AS_OF)

    sums: defaultdict[str, int] = defaultdict(int)
    for (_, sku), quantity in held.items():
        sums[sku] += quantity
    assert set(sums.values()) == {0}
    stock: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in closed.rows["stock"]:
        stock["warehouse/" + row["warehouse"], row["sku"]] += row["quantity"]
    assert stock == {
        key: quantity
        for key, quantity in held.items()
        if key[0].startswith("warehouse/") and quantity
    }
    lines: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    invoices: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, 0])
    for row in closed.rows["trace"]:
        if row["declaration_no"] is not None:
            lines[row["declaration_no"], row["item_no"], row["sku"]] += row["quantity"]
        if row["invoice_no"] is not None:
            used = invoices[row["invoice_no"], row["invoice_line_no"], row["sku"]]
            used[0] += row["quantity"]
            used[1] += row["net_amount"]
    declared = {
        (row["declaration_no"], row["item_no"], row["sku"]): row["quantity"]
        for row in now["declarations"]
    }
    assert lines == declared
    bought = {(row["invoice_no"], row["line_no"], row["sku"]): row for row in now["purchases"]}
    whole = 0
    for key, (units, amount) in invoices.items():
        assert units <= bought[key]["quantity"]
        if units == bought[key]["quantity"]:
            whole += 1
            assert amount == bought[key]["net_amount"]
    assert whole > 5


def test_the_book_is_the_same_on_the_other_engine(season, closed, tmp_path):
    with open_engine("duckdb", tmp_path) as engine:
        assert close_season(engine, season, AS_OF).digests == closed.digests


def test_a_season_reaches_every_kind_of_place(closed):
    kinds = {
        place.split("/")[0]
        for row in closed.rows["book"]
        for place in (row["from_place"], row["to_place"])
    }

    assert kinds == {
        "supplier",
        "home",
        "voyage",
        "warehouse",
        "customer",
        "scrapped",
        "lost",
        "unknown",
    }
