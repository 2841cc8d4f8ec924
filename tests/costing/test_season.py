# SPDX-License-Identifier: Apache-2.0
"""What was booked on the desk is in the season by itself; a close puts it where it was shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from entrepot.closing.comparing import compare, stock_of
from entrepot.closing.exporting import export_season
from entrepot.closing.kept import keep
from entrepot.closing.loading.actions import load_season
from entrepot.closing.settled import CostTwice, GoodsNotDeclared
from entrepot.costing import booking
from entrepot.costing.models import Invoice
from entrepot.costing.previewing import spread_of
from entrepot.costing.saying import NewShare
from entrepot.logistics import declaring
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.runs import Options, run_close
from tests.costing.kit import PAYEE, TODAY, booked, line, open_firm, spread
from tests.logistics.dock import DECLARATION, declared
from tests.season_files import ABOUT, valid, write

LATE = "F-LATE"


@pytest.fixture
def firm(enterprise):
    return open_firm(enterprise)


def closed(firm, folder, as_of=TODAY):
    """Export and close, and see that both have the same stock; the folder of the close."""
    exported = export_season(firm, folder / "season", as_of)
    run_close(folder / "season", folder / "out", Options(), lambda _: None)
    compare(exported.stock, stock_of(folder / "out"))
    return folder / "out"


def asked(folder, text):
    return duckdb.sql(text.format(out=folder)).fetchall()


def landed(out):
    """What each declared line has come to cost beside the goods: hundredths by account."""
    rows = asked(
        out,
        """SELECT declaration_no, item_no, sku, account, currency, amount
        FROM '{out}/landed.parquet' WHERE account <> 'goods' AND amount <> 0""",
    )
    return {tuple(row[:5]): int(row[5] * 100) for row in rows}


def worth(item, fob):
    """A line of a declaration of its own, with a value."""
    return [replace(each, fob_amount=fob) for each in declared(item, no="310120260000000003")]


def test_a_close_gives_every_declared_line_what_the_preview_said(firm, tmp_path):
    with within(firm):
        declaring.put([
            *declared(*((item, "SKU-2", 11 * item) for item in range(1, 9)),
                      no="310120260000000002"),
            # Values so large that they are taken in steps.
            *worth((1, "SKU-1", 3), 10**13 + 1),
            *worth((2, "SKU-2", 3), 7 * 10**12 + 3),
        ])  # fmt: skip
    shares = tuple(
        NewShare("310120260000000002", item, "SKU-2", share)
        for item, share in ((1, 1), (3, 999_983), (8, 17))
    )
    booked(
        firm, line(99_999), line(7, "consignment", spread="weight"),
        line(-1_234_567, declaration_no="310120260000000002", spread="volume", account="duty"),
        line(31, account="insurance", spread="value"),
        line(10**12 + 7, declaration_no="310120260000000003", spread="value"),
        line(55_555, "shares", shares=shares, account="brokerage"),
        line(4_242, account="import_vat"), line(777, "all", account="advertising"),
    )  # fmt: skip
    booked(firm, line(5_003, spread="quantity"), number="F-2", currency="EUR")

    said: Counter[tuple[object, ...]] = Counter()
    with within(firm):
        for each in Invoice.objects.all():
            for its in spread_of(each):
                if its.goes == "goods":
                    assert sum(part.amount for part in its.parts) == its.amount
                for part in its.parts:
                    key = (part.declaration_no, part.item_no, part.sku, its.account, each.currency)
                    said[key] += part.amount

    out = closed(firm, tmp_path)

    assert landed(out) == {key: amount for key, amount in said.items() if amount}
    ((tax,),) = asked(out, "SELECT sum(amount) FROM '{out}/money_book.parquet'"
                           " WHERE to_place = 'tax/import_vat'")  # fmt: skip
    assert tax == Decimal("42.42")
    assert asked(out, "SELECT * FROM '{out}/money_exceptions.parquet'"
                      " WHERE code = 'cost_not_spread'") == []  # fmt: skip


def test_what_is_shown_before_booking_is_what_is_booked(firm):
    lines = [line(9_999, "consignment", spread="value"), line(333, spread="value")]
    before = spread(firm, *lines)
    id = booked(firm, *lines)

    with within(firm):
        assert spread_of(Invoice.objects.get(id=id)) == before


def test_what_is_undone_leaves_nothing_in_the_goods(firm, tmp_path):
    id = booked(firm, line(10_001, "consignment"), line(500, "all", account="other"))
    with within(firm):
        booking.reverse(id)

    out = closed(firm, tmp_path)

    assert landed(out) == {}
    ((owed,),) = asked(out, f"""SELECT sum(CASE WHEN from_place = 'payable/{PAYEE}' THEN amount
        WHEN to_place = 'payable/{PAYEE}' THEN -amount ELSE 0 END)
        FROM '{{out}}/money_book.parquet'""")  # fmt: skip
    assert owed == 0


def test_a_late_cost_changes_no_earlier_entry(enterprise, tmp_path):
    """Of the lot 40 % lie in the warehouse, 20 % are on their way, 35 % are sold, and 5 % came
    back and were scrapped.
    """
    with within(enterprise):
        Profile.objects.create(name="Spring", uscc="", kind="trading")
    load_season(enterprise, write(tmp_path / "loaded", _lot(), ABOUT))
    booked(enterprise, line(40_000, account="duty", declaration_no="310120250000000001"),
           number="F-EARLY", on=date(2025, 2, 1))  # fmt: skip
    before = closed(enterprise, tmp_path / "before")

    booked(enterprise, line(100_000, declaration_no="310120250000000001"), number=LATE)
    after = closed(enterprise, tmp_path / "after")

    every = "SELECT * FROM '{out}/money_book.parquet'"
    old, new = Counter(asked(before, every)), Counter(asked(after, every))
    assert old
    assert not old - new
    late = new - old
    columns = [each[0] for each in duckdb.sql(every.format(out=after)).description]
    told = [dict(zip(columns, row, strict=True)) for row in late]
    assert {each["document_no"] for each in told} == {f"{PAYEE}/{LATE}"}
    assert {each["on"] for each in told} == {TODAY}
    assert {each["to_place"]: each["amount"] for each in told} == {
        "landed/transit/freight": Decimal("200.00"), "landed/stock/freight": Decimal("400.00"),
        "cost/freight": Decimal("350.00"), "scrapped/freight": Decimal("50.00"),
    }  # fmt: skip
    books = "SELECT * FROM '{out}/book.parquet'"
    assert Counter(asked(before, books)) == Counter(asked(after, books))


def _lot():
    """100 units declared, 80 received, 40 of them sold, 5 of these came back broken."""
    season = {name: [] for name in valid()}
    given = valid()
    for name in ("products", "refund_rates"):
        season[name] = given[name]
    (lamp, _) = given["declarations"]
    season["declarations"] = [lamp | {"quantity": 100}]
    season["receipts"] = [given["receipts"][0] | {"quantity": 80}]
    season["sales"] = [given["sales"][0] | {"quantity": 40}]
    season["returns"] = [given["returns"][0] | {"quantity": 5, "outcome": "scrapped"}]
    return season


# --- Tables that were sent ---

_COSTS = "payee,cost_no,line_no,posted_on,account,currency,amount\n"


def test_what_was_sent_completes_what_was_booked(firm, tmp_path):
    booked(firm, line(100, "all", account="other"))
    with within(firm):
        keep("costs", f"{_COSTS}Sea line,S-1,1,2026-03-01,freight,USD,12.50\n".encode())
        keep("cost_shares", b"payee,cost_no,line_no,declaration_no,item_no,sku,share\n"
             b"Sea line,S-1,1,310120260000000001,1,SKU-1,1\n")  # fmt: skip

    out = closed(firm, tmp_path)

    assert landed(out) == {("310120260000000001", 1, "SKU-1", "freight", "USD"): 1250}
    assert asked(tmp_path / "season", "SELECT payee, cost_no, amount FROM '{out}/costs.csv'"
                 " ORDER BY 1") == [(PAYEE, "F-1", 1.0), ("Sea line", "S-1", 12.5)]  # fmt: skip


@pytest.mark.parametrize("number", ["1", "001"])
def test_a_line_that_was_booked_and_sent_is_refused_with_words(firm, tmp_path, number):
    booked(firm)
    with within(firm):
        keep("costs", f"{_COSTS}{PAYEE},F-1,{number},2026-03-01,freight,CNY,1\n".encode())

    with pytest.raises(CostTwice) as refused:
        export_season(firm, tmp_path / "season", TODAY)

    assert refused.value.facts["lines"] == [[PAYEE, "F-1", "1"]]
    assert list(tmp_path.iterdir()) == []


def test_shares_that_were_sent_for_what_was_booked_are_refused(firm, tmp_path):
    booked(firm)
    with within(firm):
        keep("cost_shares", "payee,cost_no,line_no,declaration_no,item_no,sku,share\n"
             f"{PAYEE},F-1,1,{DECLARATION},1,SKU-1,5\n".encode())  # fmt: skip

    with pytest.raises(CostTwice):
        export_season(firm, tmp_path / "season", TODAY)


def test_goods_that_were_withdrawn_have_to_be_undone(firm, tmp_path):
    other = "310120260000000002"
    with within(firm):
        declaring.put(declared((1, "SKU-1", 5), no=other))
    id = booked(firm, line(declaration_no=other), line(50, "all", account="other"))
    with within(firm):
        declaring.withdraw([other], "never left")

    with pytest.raises(GoodsNotDeclared) as refused:
        export_season(firm, tmp_path / "season", TODAY)
    assert refused.value.facts["lines"] == [[PAYEE, "F-1", "1"]]

    with within(firm):
        booking.reverse(id)
    closed(firm, tmp_path)
    rows = duckdb.sql(f"SELECT cost_no, line_no FROM '{tmp_path}/season/costs.parquet' ORDER BY 1")
    assert rows.fetchall() == [("F-1", 2), ("F-1/R", 2)]


def test_sales_are_named_in_the_season_as_they_were_entered(firm, tmp_path):
    from tests.warehouse.floor import order, taken

    taken(firm, order("A-1", ("SKU-1", 1)))
    booked(
        firm,
        line(100, "sales", account="delivery", channel="shop", order_no="A-1"),
        line(200, "sales", account="storage", warehouse="DUI1", sku="SKU-2",
             first_on=date(2026, 2, 1), last_on=date(2026, 2, 28)),
    )  # fmt: skip
    closed(firm, tmp_path)

    rows = duckdb.sql(f"""SELECT line_no, channel, order_no, warehouse, sku, first_on, last_on
        FROM '{tmp_path}/season/costs.parquet' ORDER BY 1""").fetchall()
    assert rows == [
        (1, "shop", "A-1", None, None, None, None),
        (2, None, None, "DUI1", "SKU-2", date(2026, 2, 1), date(2026, 2, 28)),
    ]
