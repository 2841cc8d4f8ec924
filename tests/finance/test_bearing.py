# SPDX-License-Identifier: Apache-2.0
"""What exchange brought orders is in their margins; what is of no order stays in sight."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.finance.bank_kit import entry, line, payout, with_bank
from tests.finance.costs_kit import cost
from tests.on_engines import Outputs, Row, close_season, open_engine

AS_OF = date(2025, 5, 31)
LINES = [line(1, "sales", "1200.00"), line(2, "marketplace_fees", "-200.00")]


def closed(engine, season, *later: tuple[str, str]) -> Outputs:
    """The season with EUR at 7.60 from 12 April and 7.80 from the 21st on, and later rates."""
    season["fx_rates"] += [
        {"on": date.fromisoformat(on), "currency": "EUR", "cny_per_unit": Decimal(rate)}
        for on, rate in [("2025-04-20", "7.70"), ("2025-05-06", "8.00"), *later]
    ]
    return close_season(engine, season, AS_OF)


def borne(outputs: Outputs) -> list[tuple[str, ...]]:
    names = ("holder", "name", "currency", "realised", "of_orders", "pooled")
    return [tuple(str(row[name]) for name in names) for row in outputs.rows["exchange_borne"]]


def test_what_came_home_is_of_its_orders_and_nothing_is_pooled(engine):
    """EUR 1,000 settled at 7.60, paid out at 7.70, received at 7.80: 100 and 100 more."""
    outputs = closed(engine, with_bank(LINES, [payout("1000.00")], entry("E1", "1000.00")))

    [margin] = outputs.rows["margin"]
    assert margin["exchange"] == Decimal("200.00")
    parts = ("sold", "price_difference", "fees", "exchange", "goods", "vat")
    assert margin["margin"] == sum(margin[name] for name in parts)
    assert borne(outputs) == [("channel", "amazon-de", "EUR", "200.00", "200.00", "0.00")]


def test_what_is_paid_out_and_has_not_come_is_pooled(polars):
    outputs = closed(polars, with_bank(LINES, [payout("1000.00")], entry("E1", "400.00")))

    # 400 came at 7.80 and were 7.60; the other 600 are realised as far as the payout at 7.70.
    assert outputs.rows["margin"][0]["exchange"] == Decimal("80.00")
    assert borne(outputs) == [("channel", "amazon-de", "EUR", "140.00", "80.00", "60.00")]


def test_accounts_and_payees_are_of_no_order(polars):
    season = with_bank(
        LINES,
        [payout("1000.00")],
        entry("E1", "1000.00"),
        entry("E2", "-100.00", kind="cost", payee="Forwarder", booked_on=date(2025, 5, 6)),
    )
    season["costs"] = [cost("F-1", "100.00", "12")]

    outputs = closed(polars, season)

    # Owed at 7.60 and paid at 8.00 out of money that came at 7.80.
    assert borne(outputs) == [
        ("bank", "EU1", "EUR", "20.00", "0.00", "20.00"),
        ("channel", "amazon-de", "EUR", "200.00", "200.00", "0.00"),
        ("payee", "Forwarder", "EUR", "-40.00", "0.00", "-40.00"),
    ]


def test_a_receipt_without_a_rate_leaves_the_margin_open_and_the_payer_unknown(engine):
    late = entry("E1", "1000.00", booked_on=date(2025, 5, 30))

    outputs = closed(engine, with_bank(LINES, [payout("1000.00")], late))

    [margin] = outputs.rows["margin"]
    assert (margin["exchange"], margin["margin"]) == (None, None)
    assert borne(outputs) == [
        ("bank", "EU1", "EUR", "None", "0.00", "None"),
        ("channel", "amazon-de", "EUR", "None", "0.00", "None"),
    ]


def test_without_entries_of_banks_nothing_is_of_orders(polars):
    outputs = closed(polars, with_bank(LINES, [payout("1000.00")]))

    assert outputs.rows["margin"][0]["exchange"] == Decimal("0.00")
    assert borne(outputs) == [("channel", "amazon-de", "EUR", "100.00", "0.00", "100.00")]


DAYS = [f"2025-04-{day:02d}" for day in range(12, 31)]


@st.composite
def come_home(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Row]]:
    """Settlements of orders, each paid out and received in full, on days and at rates at random."""
    made: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for at in range(draw(st.integers(2, 6))):
        its = {"settlement_no": f"S{at}"}
        days = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=3, max_size=3)))
        settled, paid, came = map(date.fromisoformat, days)
        amount = draw(st.integers(2, 10**6))
        lines = [line(0, "sales", f"{amount}.03", f"A-{at}", posted_on=settled, **its)]
        lines.append(line(1, "storage", f"-{amount // 2}.50", None, posted_on=settled, **its))
        total = sum(each["amount"] for each in lines)
        first = Decimal(draw(st.integers(1, int(total * 100) - 1))).scaleb(-2)
        made[0].extend(lines)
        made[1].append(payout(str(total), paid_on=paid, **its))
        made[2].extend(
            entry(f"E{at}-{n}", str(part), booked_on=came, **its)
            for n, part in enumerate((first, total - first))
        )
    return made


@settings(
    max_examples=4, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)
@given(made=come_home(), rates=st.lists(st.integers(1, 10**8), min_size=30, max_size=30))
def test_once_all_has_come_orders_bear_all_that_payers_realised(made, rates, tmp_path_factory):
    """Whichever settlement the book pays first: only fen rounded by the day are pooled."""
    lines, payouts, entries = made
    season = with_bank(lines, payouts, *entries)
    season["returns"] = []
    season["sales"] = [
        season["sales"][0] | {"order_no": f"A-{at}", "shipped_on": date(2025, 4, 12), "quantity": 1}
        for at in range(6)
    ]
    season["fx_rates"] = [
        {"on": date(2025, 4, 1 + n), "currency": "EUR", "cny_per_unit": Decimal(rate).scaleb(-6)}
        for n, rate in enumerate(rates)
    ]
    with open_engine("polars", tmp_path_factory.mktemp("spill") / "spill") as engine:
        outputs = close_season(engine, season, AS_OF)

    pooled = [row["pooled"] for row in outputs.where("exchange_borne", holder="channel")]
    assert all(abs(amount) <= Decimal("0.01") * len(lines) for amount in pooled)
    orders = sum(row["of_orders"] for row in outputs.rows["exchange_borne"])
    assert orders == sum(row["exchange"] for row in outputs.rows["margin"])
