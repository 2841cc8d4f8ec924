# SPDX-License-Identifier: Apache-2.0
"""The live book is a season that closes, with the same stock to the unit."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.closing.comparing import StockDiffers, compare, stock_of
from entrepot.closing.exporting import NoProfile, Unclassified, export_season
from entrepot.closing.kept import NotKept, UnfitTable, keep
from entrepot.ledger.actions import post, reverse
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.runs import Options, run_close
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from tests.customs.classifying_kit import CHARGER, LAMP, accepted, goods, tariff
from tests.warehouse.floor import A1, A2, DAY, L1, open_floor, order, stock, taken

TODAY = date(2099, 1, 1)
USCC = "91110000600037341L"


@pytest.fixture
def firm(enterprise):
    with within(enterprise):
        Profile.objects.create(name='测试 & "Sons"', uscc=USCC, kind="trading")
    return open_floor(enterprise)


def rows(season, table):
    return duckdb.sql(f"SELECT * FROM '{season}/{table}.parquet' ORDER BY ALL").fetchall()


def closed(firm, tmp_path, as_of=TODAY):
    """Export, close, and compare; the folders of both."""
    season, out = tmp_path / "season", tmp_path / "out"
    exported = export_season(firm, season, as_of)
    run = run_close(season, out, Options(), lambda _: None)
    compare(exported.stock, stock_of(out))
    return season, run


def move(firm, kind, number, on, *lines):
    with within(firm):
        open_places({each.to_place for each in lines} | {each.from_place for each in lines})
        return post(Document(kind, number, on, lines))


def test_an_empty_book_is_a_season(firm, tmp_path):
    season, run = closed(firm, tmp_path)

    assert run["name"] == '测试 & "Sons"'
    assert rows(season, "sales") == []


def test_an_order_in_two_parcels_is_two_sales_that_sum_to_its_amount(firm, tmp_path):
    stock(firm, A1, 5)
    (id,) = taken(firm, order("1", ("SKU-1", 3)))
    with within(firm):
        allocate_orders([id])
        pick_orders([id])
        ship([pack([NewParcel(id, {1: 1})])[0].id])
        ship([pack([NewParcel(id)])[0].id])

    season, _ = closed(firm, tmp_path)

    sales = rows(season, "sales")
    assert [(s[1], s[2], s[4], s[6]) for s in sales] == [
        ("1", 1, "DUI1", 1), ("1", 10001, "DUI1", 2),
    ]  # fmt: skip
    assert [str(s[7]) for s in sales] == ["10.00", "20.00"]
    assert [(a[0].split()[0], a[5], a[6]) for a in rows(season, "adjustments")] == [
        ("opening", 5, "found")
    ]


def test_every_way_in_and_out_is_a_row(firm, tmp_path):
    stock(firm, A1, 50)
    move(firm, "transfer", "T", DAY.replace(day=5), Line("SKU-1", 7, A1, L1))
    move(firm, "loss", "1", DAY.replace(day=6), Line("SKU-1", 2, A1, "lost/DUI1"))
    move(firm, "scrap", "1", DAY.replace(day=6), Line("SKU-1", 3, A1, "scrapped/DUI1"))
    move(firm, "home", "1", DAY.replace(day=6), Line("SKU-1", 4, A1, "voyage/back"))
    move(firm, "move", "1", DAY.replace(day=6), Line("SKU-1", 9, A1, A2))

    season, _ = closed(firm, tmp_path)

    assert [row[4:7] for row in rows(season, "transfers")] == [("LON1", "SKU-1", 7)]
    assert sorted((a[5], a[6]) for a in rows(season, "adjustments")) == [
        (-4, "sent_home"), (-3, "scrapped"), (-2, "lost"), (50, "found"),
    ]  # fmt: skip


def test_what_was_reversed_on_its_day_never_happened(firm, tmp_path):
    stock(firm, A1, 50)
    lost = move(firm, "loss", "1", DAY.replace(day=6), Line("SKU-1", 2, A1, "lost/DUI1"))
    late = move(firm, "loss", "2", DAY.replace(day=6), Line("SKU-1", 5, A1, "lost/DUI1"))
    with within(firm):
        reverse(lost.id, "R1", DAY.replace(day=6), "found again")
        reverse(late.id, "R2", DAY.replace(day=9), "found again")

    season, _ = closed(firm, tmp_path)

    said = {a[0]: a[5] for a in rows(season, "adjustments")}
    assert (said["loss 2"], said["reversal R2"]) == (-5, 5)
    assert len(rows(season, "adjustments")) == 3


def test_a_book_that_is_dated_against_its_order_is_told(firm, tmp_path):
    stock(firm, A1, 5, on=DAY.replace(day=9))
    move(firm, "loss", "1", DAY.replace(day=6), Line("SKU-1", 2, A1, "lost/DUI1"))

    with pytest.raises(StockDiffers) as refused:
        closed(firm, tmp_path)

    assert refused.value.facts["stocks"] == [
        {"warehouse": "DUI1", "sku": "SKU-1", "desk": 3, "close": 5}
    ]


def test_nothing_is_left_where_a_season_cannot_be_written(enterprise, tmp_path):
    with pytest.raises(NoProfile):
        export_season(enterprise, tmp_path / "season", TODAY)

    assert list(tmp_path.iterdir()) == []


def test_products_without_a_tariff_number_are_named(firm, tmp_path):
    with within(firm):
        masters.put(PRODUCT, [{"sku": "SKU-9", "name": "Nameless"}])
    stock(firm, A1, 5, "SKU-9")

    with pytest.raises(Unclassified) as refused:
        export_season(firm, tmp_path / "season", TODAY)

    assert refused.value.facts["skus"] == ["SKU-9"]


def test_a_product_has_the_tariff_number_that_was_accepted_for_the_day(firm, tmp_path):
    with within(firm):
        masters.put(PRODUCT, [{"sku": "SKU-9", "name": "Nameless", "hs_code": "8504401400"}])
    tariff(firm)
    accepted(firm, goods("SKU-9"), on=date(2026, 3, 1))
    accepted(firm, goods("SKU-9", hs_code=CHARGER, elements="品牌类型=无品牌;用途=充电", unit2="",
                         per_unit2=""), on=date(2026, 5, 1))  # fmt: skip

    found = {}
    for month in (2, 4, 6):
        export_season(firm, tmp_path / f"{month}", date(2026, month, 1))
        found |= {month: dict(row[:3:2] for row in rows(tmp_path / f"{month}", "products"))}

    assert [found[month]["SKU-9"] for month in (2, 4, 6)] == ["8504401400", LAMP, CHARGER]


def test_another_enterprise_is_not_in_it(firm, tmp_path):
    from entrepot.people.models import Enterprise

    other = open_floor(Enterprise.objects.create().id)
    stock(other, A1, 9)

    season, _ = closed(firm, tmp_path)

    assert rows(season, "adjustments") == []


# --- Tables that are sent ---


def test_a_table_that_was_sent_is_in_the_season(firm, tmp_path):
    text = "hs_code,valid_from,valid_to,refund_rate,source\n8504401400,2020-01-01,,0.13,test\n"
    with within(firm):
        keep("refund_rates", text.encode())

    season, run = closed(firm, tmp_path)

    assert (season / "refund_rates.csv").read_text() == text
    assert {i["table"]: i["rows"] for i in run["inputs"]}["refund_rates"] == 1


@pytest.mark.parametrize(
    "content", [b"", b"hs_code,nothing\n", b"\xff\xfe", b"hs_code,hs_code,valid_from\n"]
)
def test_what_is_no_such_table_is_refused(firm, content):
    with pytest.raises(UnfitTable), within(firm):
        keep("refund_rates", content)


def test_a_table_that_the_desk_knows_is_not_sent(firm):
    with pytest.raises(NotKept), within(firm):
        keep("sales", b"")
