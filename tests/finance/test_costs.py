# SPDX-License-Identifier: Apache-2.0
"""Costs that come late: booked once, on their day, where the goods are by then."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from entrepot.pipelines.opening import open_season
from tests import season_files
from tests.finance.costs_kit import LOT, SALE, cost, on, season
from tests.on_engines import ENGINES, close_season, open_engine
from tests.oracle.seasons import random_season

FREIGHT = "landed/{}/freight"


@pytest.fixture(params=ENGINES)
def engine(request, tmp_path):
    with open_engine(request.param, tmp_path / "spill") as engine:
        yield engine


@pytest.fixture
def polars(tmp_path):
    with open_engine("polars", tmp_path / "spill") as engine:
        yield engine


def moves(outputs, number="F-1"):
    return [
        (str(row["on"])[5:], row["from_place"], row["to_place"], str(row["amount"]))
        for row in outputs.where("money_book", document_no=f"Forwarder/{number}")
    ]


def test_a_late_cost_is_split_over_where_its_units_are_on_its_day(engine):
    found = close_season(engine, season(cost("F-1", "100.01", "16")), on("30"))

    # 43 on hand (three of them back), 20 on their way, 35 sold, 2 scrapped. By position: a hundred
    # units share 100.01, and one of them bears the odd cent.
    assert moves(found) == [
        ("04-16", "payable/Forwarder", "landed/transit/freight", "20.00"),
        ("04-16", "payable/Forwarder", "landed/stock/freight", "43.01"),
        ("04-16", "payable/Forwarder", "cost/freight", "35.00"),
        ("04-16", "payable/Forwarder", "scrapped/freight", "2.00"),
    ]
    [freight, goods] = found.rows["landed"]
    assert [str(freight[name]) for name in ("amount", "transit", "stock", "sold", "gone")] == [
        "100.01", "20.00", "43.01", "35.00", "2.00",
    ]  # fmt: skip
    assert str(freight["cny"]) == "750.08"
    assert [str(goods[name]) for name in ("amount", "transit", "stock", "sold", "gone")] == [
        "1000.01", "200.00", "430.01", "350.00", "20.00",
    ]  # fmt: skip


def test_a_cost_before_the_export_goes_along_with_every_step(engine):
    found = close_season(engine, season(cost("F-1", "100.00", "01")), on("30"))

    assert moves(found) == [
        ("04-01", "payable/Forwarder", "landed/ahead/freight", "100.00"),
        ("04-02", "landed/ahead/freight", "landed/transit/freight", "100.00"),
        ("04-10", "landed/transit/freight", "landed/stock/freight", "80.00"),
        ("04-12", "landed/stock/freight", "cost/freight", "40.00"),
        ("04-14", "cost/freight", "landed/stock/freight", "3.00"),
        ("04-14", "cost/freight", "scrapped/freight", "2.00"),
    ]


def test_what_undoes_a_cost_leaves_nothing_anywhere(engine):
    costs = (
        cost("F-1", "100.01", "03"),
        cost("F-2", "-100.01", "13", reverses_no="F-1", reverses_line=1),
    )

    found = close_season(engine, season(*costs), on("30"))

    places: dict[str, Decimal] = {}
    for row in found.where("money_book", document_kind="cost"):
        for place, sign in ((row["from_place"], -1), (row["to_place"], 1)):
            places[place] = places.get(place, Decimal(0)) + sign * row["amount"]
    assert set(places) > {"landed/stock/freight", "cost/freight", "scrapped/freight"}
    assert set(places.values()) == {Decimal(0)}


def test_a_container_is_spread_by_hand_and_the_rest_by_weight_or_not_at_all(engine):
    other = {**LOT, "item_no": 2, "sku": "KETTLE"}
    tables = season(
        cost("C-1", "30.00", "05", declaration_no=None),
        cost("C-2", "30.00", "05", spread="weight"),
        cost("C-3", "30.00", "05", spread="volume"),
        shares=tuple(
            {"payee": "Forwarder", "cost_no": "C-1", "line_no": 1, **line, "share": share}
            for line, share in ((LOT, 1), (other, 2))
        ),
    )
    tables["products"][0] |= {"weight_g": 900, "volume_cm3": 1}
    tables["products"].append(
        {"sku": "KETTLE", "name": "Kettle", "hs_code": "8516101000", "weight_g": 1800}
    )
    tables["declarations"].append(tables["declarations"][0] | other | {"quantity": 25})

    found = close_season(engine, tables, on("06"))

    landed = {(row["sku"], row["account"]): row["amount"] for row in found.rows["landed"]}
    # By hand 10 and 20; by weight 90 kg and 45 kg: 20 and 10.
    assert landed["LAMP", "freight"] == landed["KETTLE", "freight"] == Decimal("30.00")
    [misfit] = found.where("money_exceptions", code="cost_not_spread")
    assert (misfit["key"], str(misfit["amount"])) == ("Forwarder/C-3/1", "30.00")
    assert moves(found, "C-3")[0][2] == "landed/unspread/freight"


def test_weights_beyond_all_bounds_still_sum_to_the_whole(engine):
    tables = season(cost("F-1", "999999999.99", "05", spread="weight"))
    tables["products"][0]["weight_g"] = 2**29
    tables["products"].append({"sku": "PIN", "name": "Pin", "hs_code": "9405210000", "weight_g": 1})
    line = tables["declarations"][0]
    tables["declarations"] = [
        line | {"item_no": item, "sku": sku, "quantity": units}
        for item, (sku, units) in enumerate((("LAMP", 2**29), ("LAMP", 2**29), ("PIN", 3)))
    ]
    tables["receipts"], tables["sales"], tables["returns"] = [], [], []

    found = close_season(engine, tables, on("30"))

    amounts = [row["amount"] for row in found.rows["landed"] if row["account"] == "freight"]
    assert sum(amounts) == Decimal("999999999.99")
    assert abs(amounts[0] - amounts[1]) <= 1
    assert amounts[2] < 1


def test_tax_that_is_given_back_and_costs_of_sales_lie_with_no_goods(engine):
    costs = (
        cost("F-1", "19.00", "11", account="import_vat"),
        cost("F-2", "5.00", "13", account="advertising", channel="amazon-de"),
    )

    found = close_season(engine, season(*costs), on("30"))

    assert moves(found, "F-1") == [("04-11", "payable/Forwarder", "tax/import_vat", "19.00")]
    assert moves(found, "F-2") == [("04-13", "payable/Forwarder", "cost/advertising", "5.00")]
    assert {row["account"] for row in found.rows["landed"]} == {"goods"}


@pytest.mark.parametrize("seed", range(12))
def test_a_later_close_changes_no_entry_of_an_earlier_one(seed, polars):
    tables, _ = random_season(random.Random(seed), 16)
    days = [row["shipped_on"] for row in tables["sales"]]
    first = min(days) if days else on("01")
    closed = [
        close_season(polars, tables, first + timedelta(days=later)).where(
            "money_book", document_kind="cost"
        )
        for later in (1, 3, 40)
    ]
    for earlier, later, day in ((0, 1, 1), (1, 2, 3)):
        assert told(closed[later], first + timedelta(days=day)) == told(closed[earlier])


def told(rows, until=None):
    """What the book says up to a day."""
    kept = [row for row in rows if until is None or row["on"] <= until]
    return sorted(tuple(map(str, row.values())) for row in kept)


FAULTS = [
    (cost("F-1", "1.00", "05", declaration_no="310120250000000002"), "cost.no_goods"),
    (cost("F-1", "1.00", "05", sku="PIN"), "cost.no_goods"),
    (cost("F-1", "1.00", "05", warehouse="DUI1"), "cost.two_purposes"),
    (cost("F-1", "1.00", "05", declaration_no=None, item_no=1), "cost.two_purposes"),
    (
        cost("F-1", "1.00", "05", declaration_no=None, order_no="A-1"),
        "cost.order_without_channel",
    ),
    (cost("F-1", "1.00", "05", reverses_no="F-0", reverses_line=1), "cost.reversal"),
    (cost("F-1", "-8.00", "05", reverses_no="F-9", reverses_line=1), "cost.reversal"),
    (
        cost("F-1", "-9.00", "05", reverses_no="F-9", reverses_line=1, account="duty"),
        "cost.reversal",
    ),
]


@pytest.mark.parametrize(("row", "code"), FAULTS)
def test_what_a_cost_names_has_to_be_there_and_to_be_one_thing(row, code, polars, tmp_path):
    tables = season(cost("F-9", "9.00", "05"), row)
    tables["products"].append({"sku": "PIN", "name": "Pin", "hs_code": "9405210000"})
    folder = season_files.write(
        tmp_path / "season",
        {name: rows for name, rows in tables.items() if rows} | {"adjustments": []},
    )
    (tmp_path / "work").mkdir()

    faults = open_season(polars, folder, tmp_path / "work").faults

    assert [(each.code, each.row) for each in faults if each.file == "costs.csv"] == [(code, 3)]


def test_a_cost_with_shares_names_nothing_else(polars, tmp_path):
    share = {"payee": "Forwarder", "cost_no": "F-9", "line_no": 1, **LOT, "share": 1}
    tables = season(cost("F-9", "9.00", "05"), shares=(share,))
    folder = season_files.write(tmp_path / "s", {n: r for n, r in tables.items() if r})
    (tmp_path / "work").mkdir()

    faults = open_season(polars, folder, tmp_path / "work").faults

    assert [each.code for each in faults if each.file == "costs.csv"] == ["cost.two_purposes"]


def test_a_margin_is_the_sum_of_what_came_and_what_was_paid(engine):
    tables = season(
        cost("F-1", "100.01", "16", currency="CNY"),
        cost("A-1", "10.00", "20", channel="amazon-de", account="advertising", currency="CNY"),
        cost("A-2", "3.00", "20", channel="otto", account="advertising", currency="CNY"),
    )
    tables["sales"][0]["currency"] = "CNY"
    tables["refund_rates"] = [
        {
            "hs_code": "9405210000", "valid_from": on("01"), "valid_to": None,
            "refund_rate": Decimal("0.09"), "source": "made up",
        }
    ]  # fmt: skip
    line = {
        "channel": "amazon-de",
        "settlement_no": "S-1",
        "posted_on": on("13"),
        "currency": "CNY",
    }
    tables["settlements"] = [
        {
            **line, "line_no": number, "account": account, "amount": Decimal(amount),
            "order_no": order,
        }
        for number, (account, amount, order) in enumerate(
            (
                ("sales", "2000.00", "A-1"), ("marketplace_fees", "-300.00", "A-1"),
                ("refunds", "-250.00", "A-1"), ("storage", "-7.77", None),
                ("reserve", "-500.00", None),
            )
        )
    ]  # fmt: skip

    [row] = close_season(engine, tables, on("30")).rows["margin"]

    assert {name: str(value) for name, value in row.items() if value} == {
        "channel": "amazon-de", "order_no": "A-1", "shipped_on": "2025-04-12",
        "warehouse": "DUI1", "destination": "DE", "sku": "LAMP", "quantity": "40", "kept": "37",
        "currency": "CNY", "sold": "1999.00", "price_difference": "1.00", "refunds": "-250.00",
        "fees": "-300.00", "costs": "-10.00", "goods": "-370.00", "landed": "-37.00",
        # 37 units of 10.00 at 13% less 9%.
        "vat": "-14.80", "margin": "1010.43", "shared": "-7.77",
        # 35 units that are sold for the tax, at 9%.
        "refundable": "31.50",
    }  # fmt: skip


def test_a_cost_of_no_sale_is_said_and_borne_by_none(engine):
    tables = season(cost("A-2", "3.00", "20", channel="otto", account="advertising"))

    found = close_season(engine, tables, on("30"))

    [misfit] = found.where("money_exceptions", code="cost_without_sales")
    assert (misfit["table"], misfit["key"]) == ("costs", "Forwarder/A-2/1")
    assert [row["costs"] for row in found.rows["margin"]] == [Decimal("0.00")]
    assert SALE["order_no"] == found.rows["margin"][0]["order_no"]
