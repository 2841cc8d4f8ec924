# SPDX-License-Identifier: Apache-2.0
"""What foreign exchange came of a declaration by its day, beside payouts and by them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from entrepot.finance.tables_collection import CAME, KINDS, MISSING, TO_COME
from entrepot.packs.read import read
from entrepot.pipelines.opening import open_season
from tests import season_files
from tests.finance.bank_kit import entry, payout, with_bank
from tests.finance.costs_kit import on
from tests.finance.test_netting import LINES, PAID
from tests.on_engines import Row, close_season

DECLARATION = season_files.DECLARATION
#: Exported on 2 April 2025: in by 30 April 2026.
LAST = date(2026, 4, 30)
LATE = date(2026, 5, 1)


def receipt(number: str, amount: str, **rest: Any) -> Row:
    """EUR on 28 April 2025, at 7.80, from the buyer."""
    return {
        "declaration_no": DECLARATION,
        "collection_no": number,
        "kind": "receipt",
        "collected_on": on("28"),
        "currency": "EUR",
        "amount": Decimal(amount),
        "reason": None,
        "reference": None,
        **rest,
    }


def deemed(number: str, amount: str, **rest: Any) -> Row:
    return receipt(number, amount, kind="deemed", reason="Buyer bankrupt", **rest)


def declared_at_export(*receipts: Row, **more: list[Row]) -> dict[str, list[Row]]:
    """100 lamps for EUR 2,000.00, CNY 15,000.00, sold at export; no order, nothing came yet."""
    season = with_bank([], []) | {"collections": list(receipts)}
    season["declarations"][0] |= {"mode": "9710", "quantity": 100}
    for name in ("sales", "returns", "adjustments", "bank"):
        season[name] = []
    return season | more


def amounts(row: Row) -> dict[str, Decimal]:
    """The amounts that are not 0."""
    return {name: row[name] for name in (*TO_COME, *CAME, *MISSING, "over") if row[name]}


def test_what_payouts_brought_is_laid_beside_what_is_missing(engine):
    season = with_bank(LINES, [payout(PAID)], entry("E1", PAID))

    [row] = close_season(engine, season, LAST).rows["collection"]

    assert amounts(row) == {
        "fob": Decimal("15000.00"),
        "written_off": Decimal("-300.00"),
        "price": Decimal("9942.40"),
        "refunds": Decimal("-1899.09"),
        "netted": Decimal("-2849.62"),
        "exchange": Decimal("274.84"),
        "received": Decimal("10718.53"),
        "not_sold": Decimal("9450.00"),  # 63 of 100 lamps
    }
    assert sum(row[name] for name in TO_COME) == sum(row[n] for n in (*CAME, *MISSING))
    assert (row["due_by"], row["state"], row["last_on"]) == (LAST, "waiting", on("22"))


@pytest.mark.parametrize(("as_of", "state"), [(LAST, "waiting"), (LATE, "late")])
def test_goods_that_are_not_sold_by_the_day_are_late(engine, as_of, state):
    season = with_bank(LINES, [payout(PAID)], entry("E1", PAID))

    [row] = close_season(engine, season, as_of).rows["collection"]

    assert (row["state"], row["not_sold"], row["open"]) == (state, Decimal("9450.00"), 0)


@pytest.mark.parametrize(
    ("receipts", "found", "state"),
    [
        # All that was declared covers all of it, whatever the rate of its day.
        (
            [receipt("1", "2000.00")],
            {"exchange": "600.00", "receipts": "15600.00"},
            "collected",
        ),
        (
            [receipt("1", "1500.00")],
            {"exchange": "450.00", "receipts": "11700.00", "open": "3750.00"},
            "late",
        ),
        # Parts cover what the whole does.
        (
            [receipt("1", "666.67"), receipt("2", "666.67"), receipt("3", "666.66")],
            {"exchange": "600.01", "receipts": "15600.01"},
            "collected",
        ),
        # What came beyond is worth its own day, and explained by nothing.
        (
            [receipt("1", "2100.00")],
            {"exchange": "600.00", "receipts": "16380.00", "over": "780.00"},
            "collected",
        ),
        # In another currency it is what it is worth on its day.
        ([receipt("1", "2000.00", currency="USD")], {"receipts": "14400.00", "open": "600.00"},
         "late"),
        ([receipt("1", "15000.00", currency="CNY")], {"receipts": "15000.00"}, "collected"),
        # What is deemed is worth what was declared: nothing was exchanged.
        ([deemed("1", "2000.00")], {"deemed": "15000.00"}, "explained"),
        (
            [receipt("1", "1500.00"), deemed("2", "500.00")],
            {"exchange": "450.00", "receipts": "11700.00", "deemed": "3750.00"},
            "explained",
        ),
        (
            [receipt("1", "2000.00", kind="insurance")],
            {"exchange": "600.00", "insurance": "15600.00"},
            "explained",
        ),
        ([], {"open": "15000.00"}, "unknown"),
        # What is dated after the close is not in it.
        ([receipt("1", "0.01"), receipt("2", "1999.99", collected_on=date(2026, 5, 2))],
         {"receipts": "0.08", "open": "14999.92"}, "late"),
    ],
)  # fmt: skip
def test_what_comes_beside_payouts(engine, receipts, found, state):
    outputs = close_season(engine, declared_at_export(*receipts), LATE)

    [row] = outputs.rows["collection"]
    expected = {"fob": Decimal("15000.00")} | {n: Decimal(value) for n, value in found.items()}
    assert (amounts(row), row["state"]) == (expected, state)
    assert outputs.rows["money_exceptions"] == []


def test_goods_sold_at_export_are_owed_by_the_buyer_and_not_unsold(engine):
    [row] = close_season(engine, declared_at_export(), LAST).rows["collection"]

    assert (row["open"], row["not_sold"], row["state"]) == (Decimal("15000.00"), 0, "waiting")


def test_deemed_goods_are_first_those_that_are_owed_then_those_not_sold(engine):
    season = with_bank(LINES, [payout(PAID)], entry("E1", "1000.00"))
    season["collections"] = [deemed("1", "500.00")]  # CNY 3,750.00, of which 2,843.69 is owed

    [row] = close_season(engine, season, LATE).rows["collection"]

    assert (row["open"], row["not_sold"]) == (0, Decimal("9450.00") - Decimal("906.31"))
    assert row["state"] == "late"


def test_units_scrapped_are_explained_and_said_to_be(engine):
    season = with_bank(LINES, [payout(PAID)], entry("E1", PAID))
    season["collections"] = [deemed("1", "1260.00")]  # what was not sold

    [row] = close_season(engine, season, LATE).rows["collection"]

    assert (row["deemed"], row["written_off"]) == (Decimal("9450.00"), Decimal("-300.00"))
    assert (row["open"], row["not_sold"], row["state"]) == (0, 0, "explained")


@pytest.mark.parametrize(
    ("contract", "due_by"),
    [
        (date(2025, 12, 31), LAST),  # earlier than the rule: the rule's counts
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2028, 4, 2), date(2028, 4, 2)),  # 36 months after export
        (date(2028, 4, 3), date(2028, 4, 2)),
    ],
)
def test_a_contract_may_set_a_later_day(engine, contract, due_by):
    term = {"declaration_no": DECLARATION, "collect_by": contract, "contract_no": None}
    season = declared_at_export(receipt("1", "1.00"), collection_terms=[term])

    for as_of, state in ((due_by, "waiting"), (date.fromordinal(due_by.toordinal() + 1), "late")):
        [row] = close_season(engine, season, as_of).rows["collection"]

        assert (row["due_by"], row["contract_by"], row["state"]) == (due_by, contract, state)


def test_where_nothing_is_recorded_nothing_is_called_late(engine):
    season = with_bank([], [])
    season["bank"] = []

    for as_of, state in ((LAST, "waiting"), (LATE, "unknown")):
        [row] = close_season(engine, season, as_of).rows["collection"]

        assert row["state"] == state
        # 35 lamps with buyers, of which no bank says anything.
        assert (row["open"], row["not_sold"]) == (Decimal("5250.00"), Decimal("9450.00"))


@pytest.mark.parametrize("of", ["export", "receipt"])
def test_without_a_rate_nothing_is_known(engine, of):
    season = declared_at_export(receipt("1", "100.00", currency="USD"))
    missing = "EUR" if of == "export" else "USD"
    season["fx_rates"] = [row for row in season["fx_rates"] if row["currency"] != missing]

    outputs = close_season(engine, season, LATE)

    [row] = outputs.rows["collection"]
    assert row["state"] == "unknown"
    assert {row[name] for name in (*TO_COME, *CAME, *MISSING, "over")} == {None}
    assert (row["fob_amount"], row["due_by"]) == (Decimal("2000.00"), LAST)
    told = [(each["code"], each["key"]) for each in outputs.rows["money_exceptions"]]
    assert told == ([("no_fx_rate", f"{DECLARATION}/1")] if of == "receipt" else [])


def test_insurance_counts_from_its_day_and_is_told_before(engine):
    season = declared_at_export(
        receipt("1", "2000.00", kind="insurance", collected_on=date(2021, 12, 31))
    )

    outputs = close_season(engine, season, LATE)

    assert [(r["code"], r["amount"]) for r in outputs.rows["money_exceptions"]] == [
        ("collection_not_counted", Decimal("2000.00"))
    ]
    assert outputs.rows["collection"][0]["insurance"] == 0


def test_a_receipt_is_of_the_currency_that_was_declared(engine):
    season = declared_at_export(
        receipt("1", "20.00", currency="USD"), receipt("2", "5.00", currency="CNY")
    )
    other = season["declarations"][0] | {
        "item_no": 2, "fob_currency": "USD", "fob_amount": Decimal("20.00"),
    }  # fmt: skip
    season["declarations"].append(other)

    rows = close_season(engine, season, LATE).rows["collection"]

    told = [(row["fob_currency"], row["receipts"], row["open"]) for row in rows]
    # What is of neither is of the first.
    assert told == [
        ("EUR", Decimal("5.00"), Decimal("14995.00")),
        ("USD", Decimal("144.00"), Decimal("0.00")),
    ]


def test_what_was_claimed_stands_beside_it(engine):
    season = declared_at_export()
    season["refund_claims"] = [
        {
            "claim_no": number, "declaration_no": DECLARATION, "item_no": 1, "kind": kind,
            "of_claim": of, "quantity": 10, "amount": Decimal(amount), "filed_on": on("28"),
            "finished_on": None, "documents_on": None,
        }
        for number, kind, of, amount in (
            ("C1", "advance", None, "30.00"),
            ("C2", "ordinary", None, "12.00"),
            ("C3", "advance", None, "5.00"),
            ("C4", "reversal", "C3", "-5.00"),
        )
    ]  # fmt: skip

    [row] = close_season(engine, season, LATE).rows["collection"]

    assert row["claimed"] == Decimal("42.00")


def test_kinds_are_those_of_the_pack():
    assert {row["kind"] for row in read("cn/collection_kinds").rows} == set(KINDS)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "deemed"}, "collection.no_reason"),
        ({"amount": Decimal("0.00")}, "collection.nothing"),
        ({"declaration_no": "310120250000000009"}, "reference.missing"),
    ],
)
def test_a_receipt_that_says_too_little_is_refused(engine, tmp_path, change, code):
    (tmp_path / "work").mkdir()
    rows = [receipt("1", "10.00"), receipt("2", "9.00") | change]
    folder = season_files.write(tmp_path / "season", season_files.valid() | {"collections": rows})

    opened = open_season(engine, folder, tmp_path / "work")

    assert [(f.table, f.code, f.row) for f in opened.faults] == [("collections", code, 3)]
