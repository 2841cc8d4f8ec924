# SPDX-License-Identifier: Apache-2.0
"""Netting, whose money a receipt is, and the way from what was declared to what came home."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from entrepot.finance.tables_bank import STEPS
from entrepot.packs.read import read
from entrepot.pipelines.opening import open_season
from tests import season_files
from tests.finance.bank_kit import entry, line, payout, with_bank
from tests.finance.costs_kit import on
from tests.on_engines import (
    ENGINES,
    IS_CI,
    Outputs,
    Row,
    close_season,
    filing_days,
    open_engine,
)
from tests.oracle.seasons import random_season
from tests.oracle.simulation import simulate
from tests.pipelines.test_close_oracle import assert_as_simulated

AS_OF = date(2025, 5, 10)
LINES = [
    line(1, "sales", "1999.00"),
    line(2, "marketplace_fees", "-299.85"),
    line(3, "refunds", "-249.88"),
    line(4, "storage", "-55.10", None),
    line(5, "advertising", "-20.00", None),
]
PAID = "1374.17"
#: What a random season says of banks.
OF_BANKS = ("money_book", "settled", "netting", "allocated", "collected", "receipts_year")
#: How many on each engine; planning one takes DuckDB seconds.
TRIED = {"polars": 60, "duckdb": 8} if IS_CI else {"polars": 8, "duckdb": 5}


@pytest.fixture
def closed(engine):
    def close(*entries: Row, lines: list[Row] = LINES, paid: str = PAID) -> Outputs:
        season = with_bank(lines, [payout(paid)], *entries)
        # The days of the payout and of the end of the month, where exchange is booked.
        season["fx_rates"] += [
            {"on": on(day), "currency": "EUR", "cny_per_unit": Decimal(rate)}
            for day, rate in (("20", "7.6"), ("30", "7.8"))
        ]
        return close_season(engine, season, AS_OF)

    return close


def steps(row: Row) -> dict[str, Decimal]:
    """The steps of a declared line that are not 0."""
    return {name: row[name] for name in (*STEPS, "received") if row[name]}


def test_every_difference_between_declared_and_received_has_its_reason(closed):
    [row] = closed(entry("E1", PAID)).rows["collected"]

    assert steps(row) == {
        "fob": Decimal("15000.00"),  # EUR 2,000.00 at 7.50
        "not_sold": Decimal("-9450.00"),  # 63 of 100 lamps
        "written_off": Decimal("-300.00"),  # 2
        "price": Decimal("9942.40"),  # 1,999.00 at 7.60, less 35 lamps at 150.00
        "refunds": Decimal("-1899.09"),
        "platform": Decimal("-2278.86"),
        "storage": Decimal("-418.76"),
        "marketing": Decimal("-152.00"),
        "exchange": Decimal("274.84"),  # 1,374.17 at 7.80, less the same at 7.60
        "received": Decimal("10718.53"),
    }
    assert sum(row[name] for name in STEPS) == row["received"]
    assert (row["quantity"], row["sold"]) == (100, 35)


def test_what_did_not_come_is_outstanding_at_the_rate_it_was_settled_at(closed):
    outputs = closed(entry("E1", "1000.00"))

    [row] = outputs.rows["collected"]
    assert row["outstanding"] == Decimal("-2843.69")  # 374.17 at 7.60
    assert row["exchange"] == Decimal("200.00")
    assert row["received"] == Decimal("7800.00")
    assert [(r["code"], r["amount"]) for r in outputs.rows["money_exceptions"]] == [
        ("payout_received_otherwise", Decimal("-374.17"))
    ]


def test_nothing_came_and_all_of_it_is_outstanding(closed):
    outputs = closed(entry("E1", "-3.00", kind="fee"))

    [row] = outputs.rows["collected"]
    assert row["received"] == 0
    assert row["outstanding"] == Decimal("-10443.69")
    assert [row["code"] for row in outputs.rows["money_exceptions"]] == ["payout_not_received"]


def test_an_exchange_on_the_way_is_two_movements_and_counts_in_the_settlements_currency(closed):
    swapped = entry(
        "E1", "7777.77", account="CN1", currency="CNY", of_currency="EUR", of_amount=Decimal("1000")
    )

    outputs = closed(swapped, entry("E2", "374.17"))

    moved = [
        (r["part"], r["item"], r["amount"], r["from_place"], r["to_place"])
        for r in outputs.where("money_book", document_no="CN1/E1")
    ]
    assert moved == [
        (0, "EUR", Decimal("1000.00"), "payout/amazon-de", "exchanged/CN1"),
        (1, "CNY", Decimal("7777.77"), "exchanged/CN1", "bank/CN1"),
    ]
    [settled] = outputs.rows["settled"]
    assert (settled["received"], settled["received_on"]) == (Decimal(PAID), on("22"))
    [row] = outputs.rows["collected"]
    assert row["received"] == Decimal("7777.77") + Decimal("2918.53")
    assert outputs.rows["money_exceptions"] == []


def test_receipts_pay_orders_in_order_and_nobody_twice(closed):
    lines = [*LINES, line(6, "sales", "100.00", "B-2")]
    entries = [entry("E1", "700.00", booked_on=on("21")), entry("E2", "774.17"), entry("E3", "5")]

    outputs = closed(*entries, lines=lines, paid="1474.17")

    told = [
        (r["entry_no"], r["part"], r["order_no"], r["declaration_no"] is None, r["amount"])
        for r in outputs.rows["allocated"]
    ]
    # Storage and advertising, 75.10, are borne by what each order came to: 1,449.27 and 100.00.
    assert told == [
        ("E1", 0, "A-1", False, Decimal("700.00")),
        ("E2", 0, "A-1", False, Decimal("679.02")),
        ("E2", 1, "B-2", True, Decimal("95.15")),
        ("E3", 0, None, True, Decimal("5.00")),
    ]
    found = {row["code"]: row["amount"] for row in outputs.rows["money_exceptions"]}
    assert found == {
        "order_not_sold": Decimal("100.00"),
        "payout_received_otherwise": Decimal("5.00"),
        "proceeds_not_declared": Decimal("95.15"),
        "received_beyond_orders": Decimal("5.00"),
    }


def test_both_gross_sides_sum_to_the_settlement(closed):
    outputs = closed(entry("E1", PAID))

    rows = outputs.rows["netting"]
    assert sum(row["amount"] for row in rows) == Decimal(PAID)
    assert all(row["given"] - row["taken"] == row["amount"] for row in rows)
    assert {row["kind"]: row["basis"] for row in rows} == {
        "gross": "proceeds",
        "refunds": "proceeds",
        "platform": "unnamed",
        "storage": "rule",
        "marketing": "bank_policy",
    }


@pytest.mark.parametrize(
    ("day", "basis"), [(date(2024, 6, 7), "unnamed"), (date(2024, 6, 8), "bank_policy")]
)
def test_marketing_may_be_netted_since_the_policy(engine, day, basis):
    lines = [line(1, "advertising", "-1.00", None, posted_on=day)]

    outputs = close_season(engine, with_bank(lines, []), AS_OF)

    assert [row["basis"] for row in outputs.rows["netting"]] == [basis]


@pytest.mark.parametrize(
    ("usd", "state"),
    [("179999.99", "below"), ("180000.00", "near"), ("200000.00", "near"), ("200000.01", "above")],
)
def test_a_small_firm_is_told_where_it_stands(engine, usd, state):
    came = entry("E1", usd, currency="USD")

    [row] = close_season(engine, with_bank([], [], came), AS_OF).rows["receipts_year"]

    assert (row["year"], row["receipts"], row["received"]) == (2025, 1, Decimal(usd))
    assert (row["state"], row["gross"]) == (state, 0)


def test_without_entries_nothing_is_said_of_receipts(closed):
    outputs = closed()

    assert outputs.rows["collected"] == outputs.rows["allocated"] == []
    assert [row["received"] for row in outputs.rows["settled"]] == [None]
    assert outputs.rows["money_exceptions"] == []


def test_a_day_without_a_rate_leaves_the_row_empty_and_says_so(engine):
    season = with_bank(LINES, [payout(PAID)], entry("E1", PAID))
    season["fx_rates"] = season["fx_rates"][2:]  # none on the day of export

    outputs = close_season(engine, season, AS_OF)

    [row] = outputs.rows["collected"]
    assert all(row[name] is None for name in (*STEPS, "received"))
    assert (row["fob_amount"], row["sold"]) == (Decimal("2000.00"), 35)


def test_kinds_and_bases_are_those_of_the_pack():
    from entrepot.finance.tables_bank import BASES, KIND_OF, NETTED_KINDS
    from entrepot.settlement.tables_season import PLACES

    assert set(KIND_OF) == set(PLACES)
    assert set(KIND_OF.values()) == set(NETTED_KINDS)
    for row in read("cn/netting").rows:
        assert row["kind"] in NETTED_KINDS
        assert row["basis"] in BASES


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"settlement_no": None}, "bank.no_document"),
        ({"channel": None}, "bank.no_document"),
        ({"kind": "cost"}, "bank.no_document"),
        ({"of_currency": "USD"}, "bank.exchange"),
        ({"of_amount": Decimal("1.00")}, "bank.exchange"),
        ({"of_currency": "EUR", "of_amount": Decimal("1.00")}, "bank.exchange"),
        ({"of_currency": "USD", "of_amount": Decimal("-1.00")}, "bank.exchange"),
    ],
)
def test_an_entry_that_says_too_little_is_refused(engine, tmp_path, change, code):
    (tmp_path / "work").mkdir()
    season = season_files.valid() | {"bank": [entry("E1", "10.00"), entry("E2", "9.00", **change)]}
    folder = season_files.write(tmp_path / "season", season)

    opened = open_season(engine, folder, tmp_path / "work")

    assert [(fault.table, fault.code, fault.row) for fault in opened.faults] == [("bank", code, 3)]


def with_rates(season: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """A season with a rate of every currency and day that its banks and exports need."""
    days = [row["booked_on"] for row in season.get("bank", [])]
    days += [row["exported_on"] for row in season["declarations"]]
    known = {(row["on"], row["currency"]) for row in season["fx_rates"]}
    first = min(days, default=AS_OF) - timedelta(days=9)
    more: list[dict[str, Any]] = [
        {
            "on": first + timedelta(days=day),
            "currency": currency,
            "cny_per_unit": Decimal(1_000_003 + 37 * day + len(currency)).scaleb(-6),
        }
        for day in range((max(days, default=AS_OF) - first).days + 1)
        for currency in ("EUR", "JPY", "USD")
        if (first + timedelta(days=day), currency) not in known
    ]
    return season | {"fx_rates": [*season["fx_rates"], *more]}


@pytest.mark.parametrize("name", ENGINES)
def test_random_seasons_with_rates_come_home_as_simulated(name, tmp_path):
    came = 0
    for seed in range(TRIED[name]):
        rng = random.Random(f"netting {seed}")
        season, as_of = random_season(rng, rng.choice((8, 16, 24)))
        season = with_rates(season)

        with open_engine(name, tmp_path / str(seed)) as engine:
            outputs = close_season(engine, season, as_of)

        simulated = simulate(season, as_of, filing_days())
        assert_as_simulated(outputs, {name: simulated[name] for name in OF_BANKS})
        came += len(outputs.rows["allocated"])
    assert came > TRIED[name], "seasons in which nothing comes prove nothing"


def test_goods_sold_at_export_that_orders_have_all_the_same_are_collected(engine):
    season = with_bank(LINES, [payout(PAID)], entry("E1", PAID))
    season["declarations"][0]["mode"] = "9710"

    [row] = close_season(engine, season, AS_OF).rows["collected"]

    # The 20 that never came to a warehouse were sold at export: no order has them.
    assert (row["sold"], row["not_sold"]) == (35, Decimal("-9450.00"))
    assert row["received"] == Decimal("10718.53")
