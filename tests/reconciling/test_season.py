# SPDX-License-Identifier: Apache-2.0
"""What the desk read of payers is in the season that it hands to the close."""

from __future__ import annotations

import csv
from datetime import date

import duckdb
import pytest

from entrepot.closing.exporting import export_season
from entrepot.closing.kept import keep
from entrepot.closing.settled import UnfitMoney
from entrepot.finance.tables_bank import BANK
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.runs import Options, run_close
from entrepot.reconciling.matching import match_items, undo
from entrepot.reconciling.models import Item
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from tests.reconciling import kit
from tests.warehouse.floor import A1, open_floor, order, stock, taken

TODAY = date(2099, 1, 1)
SENT = "channel,settlement_no,line_no,posted_on,account,currency,amount,order_no,sku,label\n"


@pytest.fixture
def firm(enterprise):
    with within(enterprise):
        Profile.objects.create(name="Lanting Trading", uscc="91110000600037341L", kind="trading")
    open_floor(enterprise)
    stock(enterprise, A1, 5)
    (id,) = taken(enterprise, order("111-1", ("SKU-1", 2), currency="USD"))
    with within(enterprise):
        allocate_orders([id])
        pick_orders([id])
        ship([pack([NewParcel(id)])[0].id])
    return enterprise


def exported(firm, tmp_path):
    season = tmp_path / "season"
    return season, export_season(firm, season, TODAY).rows


def test_a_close_from_the_desk_has_settled_its_orders(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "20.00", {"amount": "-3.00", "amount-type": "ItemFees",
                   "amount-description": "Commission"}, channel="shop")  # fmt: skip
    season, rows = exported(firm, tmp_path)
    assert (rows["settlements"], rows["payouts"]) == (2, 1)
    out = tmp_path / "out"
    run = run_close(season, out, Options(), lambda _: None)

    # The fee of the order is not in CNY without a rate; what is settled says its currency.
    assert "order_not_sold" not in run["summary"]["exceptions"]
    settled = duckdb.sql(f"SELECT * FROM '{out}/proceeds.parquet'")
    found = dict(zip(settled.columns, settled.limit(1).fetchall()[0], strict=True))
    assert (found["channel"], found["order_no"]) == ("shop", "111-1")
    assert (str(found["price"]), str(found["fees"])) == ("20.00", "-3.00")


def test_what_was_sent_completes_what_the_desk_read(firm, tmp_path):
    with within(firm):
        kit.report("20.00", "20.00", channel="shop")
        old = 'shop,S0,1,2026-01-02,sales,USD,5.00,,,"old, and sent"\n'
        again = "shop,S1,1,2026-03-12,sales,USD,99.00,,,the desk knows better\n"
        keep("settlements", f"{SENT}{old}{again}".encode())
    season, rows = exported(firm, tmp_path)

    assert rows["settlements"] == 2
    with (season / "settlements.csv").open(encoding="utf-8") as file:
        found = [
            (row["settlement_no"], row["amount"], row["label"]) for row in csv.DictReader(file)
        ]
    assert found == [("S0", "5.00", "old, and sent"), ("S1", "20.00", "Principal")]
    assert duckdb.sql(f"SELECT * FROM '{season}/payouts.parquet'").fetchall()[0][:2] == (
        "shop", "S1",
    )  # fmt: skip


def test_what_was_sent_is_all_where_the_desk_read_nothing(firm, tmp_path):
    with within(firm):
        keep("settlements", SENT.encode())
    season, rows = exported(firm, tmp_path)

    assert (season / "settlements.csv").read_text() == SENT
    assert "settlements" not in rows


def test_yen_are_yen_and_what_is_not_paid_out_has_its_name(firm, tmp_path):
    with within(firm):
        kit.send(kit.stripe(("ch_1", "", "12345")).replace("usd", "jpy").replace("0.00", "0"),
                 "settlement", "stripe", channel="shop")  # fmt: skip
    season, _ = exported(firm, tmp_path)

    rows = duckdb.sql(f"SELECT * FROM '{season}/settlements.parquet' WHERE amount <> 0").fetchall()
    assert [(row[1], row[5], str(row[6])) for row in rows] == [("not-paid-out", "JPY", "12345.00")]


def test_amounts_of_three_decimals_are_refused_and_named(firm, tmp_path):
    with within(firm):
        kit.send(kit.stripe(("ch_1", "", "12.345")).replace("usd", "kwd"), "settlement", "stripe",
                 channel="shop")  # fmt: skip
    with pytest.raises(UnfitMoney, match=r"not-paid-out: 12\.345 KWD"):
        exported(firm, tmp_path)
    assert not (tmp_path / "season").exists()


def banked(firm, tmp_path):
    """Rows of the table `bank` that a season of the desk has, as texts; nothing where a cell is."""
    season, _ = exported(firm, tmp_path)
    names = (
        "entry_no, line_no, kind, currency, amount, channel, settlement_no, of_currency, of_amount"
    )
    rows = duckdb.sql(f"SELECT {names} FROM '{season}/bank.parquet' ORDER BY entry_no, line_no")
    return [tuple("" if cell is None else str(cell) for cell in row[1:]) for row in rows.fetchall()]


def match(*about, **how):
    match_items([kit.item(stage, number).id for stage, number in about], "known", **how)


def test_what_came_is_of_the_payout_that_it_was_matched_with(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        kit.statement(kit.credited("17.00", "S1"), kit.credited("4.00", "who knows"))

    assert sorted(banked(firm, tmp_path)) == [
        ("0", "other", "USD", "4.00", "", "", "", ""),
        ("0", "payout", "USD", "17.00", "shop", "S1", "", ""),
    ]


def test_a_close_of_the_desk_says_whose_money_came(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        kit.statement(kit.credited("17.00", "S1"))
    season, _ = exported(firm, tmp_path)
    out = tmp_path / "out"
    run_close(season, out, Options(), lambda _: None)

    found = duckdb.sql(f"SELECT order_no, amount, settlement_no FROM '{out}/allocated.parquet'")
    assert [(order, str(amount), no) for order, amount, no in found.fetchall()] == [
        ("111-1", "17.00", "S1")
    ]
    received = duckdb.sql(f"SELECT received FROM '{out}/settled.parquet'").fetchall()
    assert [str(amount) for (amount,) in received] == ["17.00"]


def test_a_fee_of_the_bank_is_a_row_of_its_own(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        kit.statement(kit.credited("15.50", "something"))
        match(("payout", "S1"), ("bank", bank_number()), difference_as="fee")

    assert banked(firm, tmp_path) == [
        ("0", "payout", "USD", "17.00", "shop", "S1", "", ""),
        ("1", "fee", "USD", "-1.50", "", "", "", ""),
    ]


def test_an_entry_of_two_payouts_is_two_rows(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        kit.report("5.00", "5.00", channel="shop", number="S2")
        kit.statement(kit.credited("22.00", "both"))
        if kit.item("bank", bank_number()).state == "open":
            match(("payout", "S1"), ("payout", "S2"), ("bank", bank_number()))

    assert banked(firm, tmp_path) == [
        ("0", "payout", "USD", "17.00", "shop", "S1", "", ""),
        ("1", "payout", "USD", "5.00", "shop", "S2", "", ""),
    ]


def test_what_was_exchanged_on_the_way_is_the_payout(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        kit.statement(
            kit.credited("121.04", "in CNY", currency="CNY"), account="CN1", currency="CNY"
        )
        match(("payout", "S1"), ("bank", bank_number()), difference_as="exchange")

    assert banked(firm, tmp_path) == [
        ("0", "payout", "CNY", "121.04", "shop", "S1", "USD", "17.00")
    ]


def test_undone_it_is_nobodys(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        kit.statement(kit.credited("17.00", "S1"))
        undo(kit.item("payout", "S1").match_id, "not this one")

    assert banked(firm, tmp_path) == [("0", "other", "USD", "17.00", "", "", "", "")]


def test_an_account_holds_in_the_season_what_it_holds_at_the_bank(firm, tmp_path):
    with within(firm):
        kit.report("17.00", "17.00", channel="shop")
        paid = kit.ntry("12.50", "DBIT", "USD", "2026-04-20")
        kit.statement(kit.credited("17.00", "S1"), paid, opening="3.25")
        # A later statement's opening is no money of its own.
        kit.statement(kit.credited("4.00", "B2", date(2026, 5, 4)), identity="B2", opening="7.75")

    assert sorted(banked(firm, tmp_path)) == [
        ("0", "opening", "USD", "3.25", "", "", "", ""),
        ("0", "other", "USD", "4.00", "", "", "", ""),
        ("0", "payout", "USD", "17.00", "shop", "S1", "", ""),
        ("0", "spent", "USD", "-12.50", "", "", "", ""),
    ]


def test_entries_that_were_sent_are_kept_for_accounts_that_the_desk_does_not_read(firm, tmp_path):
    head = ",".join(column.name for column in BANK.columns)
    with within(firm):
        kit.statement(kit.credited("17.00", "S1"))
        own = "DE1,X,0,2026-01-01,fee,USD,-1.00,,,,,,\n"
        other = "CN9,X,0,2026-01-01,fee,CNY,-2.00,,,,,,\n"
        keep("bank", f"{head}\n{own}{other}".encode())
    season, rows = exported(firm, tmp_path)

    assert rows["bank"] == 2
    with (season / "bank.csv").open(encoding="utf-8") as file:
        assert [(row["account"], row["amount"]) for row in csv.DictReader(file)] == [
            ("CN9", "-2.00"),
            ("DE1", "17.00"),
        ]


def bank_number():
    """The number of the one entry there is."""
    return Item.objects.get(stage="bank").number
