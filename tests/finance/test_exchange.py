# SPDX-License-Identifier: Apache-2.0
"""Gains of exchange in a close: realised as money leaves, unrealised at the end of each month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from entrepot.pipelines.exchanging import month_ends
from tests.finance.bank_kit import entry, line, payout, with_bank
from tests.on_engines import Outputs, Row, close_season

AS_OF = date(2025, 5, 31)
#: EUR by day, beside those of `with_bank`: 7.50 on 1 April, 7.60 on the 12th, 7.80 on the 21st.
PAID = ("2025-04-20", "7.60")
LATER = [("2025-04-30", "7.90"), ("2025-05-06", "7.70"), ("2025-05-31", "8.00")]
LINES = [line(1, "sales", "1200.00"), line(2, "marketplace_fees", "-200.00")]


@pytest.fixture
def closed(engine):
    def close(*entries: Row, later: list[tuple[str, str]] = LATER, as_of: date = AS_OF) -> Outputs:
        season = with_bank(LINES, [payout("1000.00")], *entries)
        season["fx_rates"] += [
            {"on": date.fromisoformat(on), "currency": "EUR", "cny_per_unit": Decimal(rate)}
            for on, rate in [PAID, *later]
        ]
        return close_season(engine, season, as_of)

    return close


def gains(outputs: Outputs) -> list[tuple[str, str, str]]:
    """Each booking: which, from where to where, and how much."""
    rows = outputs.where("money_book", document_kind="exchange")
    words = ("realised", "reversed", "revalued")
    return sorted(
        (
            f"{row['on']} {words[row['part']]}",
            f"{row['from_place']} > {row['to_place']}",
            str(row["amount"]),
        )
        for row in rows
    )


def test_valued_at_the_end_of_a_month_then_paid_the_gain_is_booked_once(closed):
    outputs = closed(entry("E1", "1000.00", booked_on=date(2025, 5, 6)))
    realised, unrealised = "cost/exchange/realised", "cost/exchange/unrealised"
    on_its_way = "payout/amazon-de"

    # Settled on the 15th and paid out on the 20th at 7.60, valued at 7.90, received at 7.70.
    assert gains(outputs) == [
        ("2025-04-30 revalued", f"{unrealised} > {on_its_way}", "300.00"),
        ("2025-05-06 realised", f"{realised} > {on_its_way}", "100.00"),
        ("2025-05-06 reversed", f"{on_its_way} > {unrealised}", "300.00"),
        ("2025-05-31 revalued", f"{unrealised} > bank/EU1", "300.00"),
    ]
    [settled] = [row for row in outputs.rows["exchange_settled"] if row["place"] == on_its_way]
    assert (settled["opened_rate"], settled["opened_source"]) == (
        Decimal("7.6"),
        "fx_rates 2025-04-20",
    )
    assert (settled["closed_rate"], settled["closed_source"]) == (
        Decimal("7.7"),
        "fx_rates 2025-05-06",
    )
    assert (settled["revalued_rate"], settled["carried"]) == (Decimal("7.9"), Decimal("300.00"))
    [worth] = [row for row in outputs.rows["exchange_revalued"] if row["place"] == "bank/EU1"]
    assert (worth["balance"], worth["value"]) == (Decimal("1000.00"), Decimal("8000.00"))
    assert outputs.rows["money_exceptions"] == []


def test_what_the_bank_gave_is_what_was_gained(closed):
    """Exchanged on the way, or out of an account: the bank's CNY decide, no rate of the day."""
    on_the_way = entry(
        "E1", "4700.00", account="CN1", currency="CNY", of_currency="EUR", of_amount=Decimal("600")
    )
    kept = entry("E2", "400.00")
    sold = entry(
        "E3", "-400.00", kind="conversion", booked_on=date(2025, 4, 25), of_currency="CNY",
        of_amount=Decimal("-3150.00"),
    )  # fmt: skip

    outputs = closed(on_the_way, kept, sold)

    told = {row["closed_no"]: row for row in outputs.rows["exchange_settled"]}
    assert told["CN1/E1"]["realised"] == Decimal("140.00")  # 4,700 less 600 at 7.60
    assert told["EU1/E2"]["realised"] == Decimal("80.00")  # 400 at 7.80 less 400 at 7.60
    assert told["EU1/E3"]["realised"] == Decimal("30.00")  # 3,150 less 400 at 7.80
    assert (told["EU1/E3"]["closed_rate"], told["EU1/E3"]["closed_source"]) == (None, "bank")
    assert outputs.rows["exchange_revalued"] == []


def test_what_an_account_held_before_is_spent_first(closed):
    opening = entry("E0", "100.00", kind="opening", booked_on=date(2025, 4, 1))
    spent = entry("E2", "-300.00", kind="spent", booked_on=date(2025, 4, 30))

    outputs = closed(opening, entry("E1", "1000.00"), spent)

    told = [
        (row["opened_no"], row["amount"], row["realised"])
        for row in outputs.rows["exchange_settled"]
        if row["place"] == "bank/EU1"
    ]
    # 100 that were there at 7.50, then 200 that came at 7.80, all gone at 7.90.
    assert told == [
        ("EU1/E0", Decimal("100.00"), Decimal("40.00")),
        ("EU1/E1", Decimal("200.00"), Decimal("20.00")),
    ]


def test_a_place_with_an_amount_that_has_no_rate_is_left_out_and_named(closed):
    outputs = closed(entry("E1", "1000.00", booked_on=date(2025, 5, 20)), later=[])

    found = {(row["code"], row["key"]): row for row in outputs.rows["money_exceptions"]}
    bank, way = (
        found["exchange_without_rate", place] for place in ("bank/EU1", "payout/amazon-de")
    )
    assert (bank["day"], bank["amount"]) == (date(2025, 5, 20), Decimal("1000.00"))
    assert way["amount"] == Decimal("1000.00")
    assert {row["place"] for row in outputs.rows["exchange_settled"]} == {"receivable/amazon-de"}
    assert outputs.rows["exchange_revalued"] == []


def test_ends_of_months_without_a_rate_are_named_once_and_only_where_money_is(closed):
    outputs = closed(later=[("2025-05-31", "8.00")], as_of=date(2025, 7, 31))

    found = [
        (row["key"], row["day"])
        for row in outputs.rows["money_exceptions"]
        if row["code"] == "revaluation_without_rate"
    ]
    assert found == [("EUR", date(2025, 4, 30))]
    assert [(row["on"], row["booked"]) for row in outputs.rows["exchange_revalued"]] == [
        (date(2025, 5, 31), Decimal("400.00"))
    ]


def test_money_of_ones_own_country_gains_nothing(engine):
    lines = [line(1, "sales", "1200.00", currency="CNY")]
    season = with_bank(lines, [payout("1200.00", currency="CNY")])

    outputs = close_season(engine, season, AS_OF)

    assert outputs.rows["exchange_settled"] == outputs.rows["exchange_revalued"] == []


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        ("2025-01-15", "2025-01-30", []),
        ("2025-01-31", "2025-01-31", ["2025-01-31"]),
        ("2024-11-30", "2025-03-01", ["2024-11-30", "2024-12-31", "2025-01-31", "2025-02-28"]),
        ("2024-02-01", "2024-02-29", ["2024-02-29"]),
    ],
)
def test_months_end_on_their_last_day(first, last, ends):
    found = month_ends(date.fromisoformat(first), date.fromisoformat(last))

    assert [str(day) for day in found] == ends
