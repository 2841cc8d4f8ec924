# SPDX-License-Identifier: Apache-2.0
"""Cash is tied up from the factory's invoice until the buyer's money is home."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.pipelines.cash import BY, NoSuchLot, add_up, open_lot
from entrepot.pipelines.commands_cash import cash
from tests.finance.bank_kit import entry, line, payout, with_bank
from tests.on_engines import Row, close_season, run

AS_OF = date(2025, 5, 31)
LINES = [line(1, "sales", "1200.00"), line(2, "marketplace_fees", "-200.00")]
EXAMPLE = Path(__file__).parents[2] / "examples" / "netting"
INVOICE = "24332000000000000001"


def tied(outputs) -> Row:
    """The one lot: 100 lamps for 1,000.01, invoiced on 1 April; 35 of them stayed with buyers."""
    [row] = outputs.rows["cash_tied"]
    return row


def test_what_came_home_was_tied_up_until_that_day_and_the_rest_is_still(engine):
    season = with_bank(LINES, [payout("1000.00")], entry("E1", "1000.00"))

    row = tied(close_season(engine, season, AS_OF))

    # 21 days until 22 April; 60 until the day of the close.
    assert (row["quantity"], row["home"]) == (100, 35)
    assert (row["home_amount"], row["open_amount"]) == (Decimal("350.00"), Decimal("650.01"))
    assert (row["home_days"], row["open_days"]) == (Decimal("7350.00"), Decimal("39000.60"))
    assert row["days"] == 46


def test_the_last_receipt_is_the_day(polars):
    parts = (entry("E1", "400.00"), entry("E2", "600.00", booked_on=date(2025, 5, 6)))

    outputs = close_season(polars, with_bank(LINES, [payout("1000.00")], *parts), AS_OF)

    assert tied(outputs)["home_days"] == Decimal("350.00") * 35
    assert outputs.rows["margin"][0]["home_on"] == date(2025, 5, 6)


@pytest.mark.parametrize("entries", [[entry("E1", "999.99")], [entry("E9", "1.00", kind="other")]])
def test_while_a_cent_is_outstanding_nothing_is_home(entries, polars):
    outputs = close_season(polars, with_bank(LINES, [payout("1000.00")], *entries), AS_OF)

    assert (tied(outputs)["home"], tied(outputs)["open_amount"]) == (0, Decimal("1000.01"))
    assert outputs.rows["margin"][0]["home_on"] is None


def test_money_that_came_before_the_invoice_counts_against(polars):
    season = with_bank(LINES, [payout("1000.00")], entry("E1", "1000.00"))
    season["purchases"][0] |= {"issued_on": date(2025, 4, 27)}

    assert tied(close_season(polars, season, AS_OF))["home_days"] == Decimal("350.00") * -5


def test_without_entries_of_banks_nothing_is_said(polars):
    outputs = close_season(polars, with_bank(LINES, [payout("1000.00")]), AS_OF)

    assert outputs.rows["cash_tied"] == []


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    out = tmp_path_factory.mktemp("closed") / "out"
    run(EXAMPLE, out)
    return out


@pytest.mark.parametrize("by", BY)
def test_a_lot_opens_to_units_that_sum_to_it(closed, by):
    units = open_lot(closed, INVOICE)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for row in units:
        group = {"invoice": INVOICE, "month": str(row["paid_on"])[:7], "sku": row["sku"]}[by]
        at = 0 if row["home_on"] else 2
        sums[group][at] += row["amount"]
        sums[group][at + 1] += row["amount_days"]

    names = ("home_amount", "home_days", "open_amount", "open_days")
    found = {row[by]: [row[name] for name in names] for row in add_up(closed, by)}

    assert found == sums
    assert {row["fate"] for row in units} == {"sold", "unsold", "in_transit"}


def test_the_command_shows_lots_and_opens_one(closed):
    shown = CliRunner().invoke(cash, [str(closed), "--limit", "1", "--lang", "en"])
    opened = CliRunner().invoke(cash, [str(closed), "--invoice", f"{INVOICE}/2", "--json"])

    assert shown.output.splitlines()[-1] == "and 1 more; --limit shows them"
    assert [row["quantity"] for row in json.loads(opened.output)] == [10, 6, 24]


def test_an_invoice_that_is_not_there_is_refused(closed):
    with pytest.raises(NoSuchLot):
        open_lot(closed, "1")
