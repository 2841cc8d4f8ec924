# SPDX-License-Identifier: Apache-2.0
"""Which way is open is decided by the packs, and each way has the documents it needs."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from entrepot.declaring.booking import follow
from entrepot.declaring.configuring import change_setup, put_codes
from entrepot.declaring.flows import ARRIVES, DEPARTS, HOUSES, LISTS, ORDERS
from entrepot.declaring.models import Booking
from entrepot.declaring.opening import open_flow
from entrepot.declaring.refusals import NotReady, NoWay, OutOfTurn
from entrepot.declaring.sheets import booking, items
from entrepot.declaring.standing import standing
from entrepot.declaring.stepping import take_step
from entrepot.logistics.consigning import NewConsignment, Says, Sent, create
from entrepot.logistics.dispatching import dispatch
from entrepot.logistics.models import Consignment, ConsignmentLine, DeclarationLine
from entrepot.papers.booking_order import booking_sheet
from entrepot.people.tenancy import within
from tests.declaring.kit import ON, documents, list_no, parcels, told

PACKED = {"packNo": "4", "grossWeight": "80"}


def consignment(firm, lamps=100):
    with within(firm):
        made = create(NewConsignment(
            "C-1", "NGB1", "DUI1",
            [Sent(1, "LAMP-1", lamps, from_bin="A-01"), Sent(2, "BULB-1", 200, from_bin="A-01")],
            Says(tracking="V-77"),
        ))  # fmt: skip
    return made.id


def opened(firm, way, ids, **said):
    with within(firm):
        return open_flow(way, ids, ON, said)


def listed(firm, flow):
    with within(firm):
        take_step(flow.id, ORDERS)
    for kind in ("303", "505"):
        told(firm, kind, "120")
    with within(firm):
        take_step(flow.id, LISTS)


def test_goods_to_the_own_warehouse_are_booked_listed_and_declared_for_it(firm):
    flow = opened(firm, "9810_list", [consignment(firm)], statisticsFlag="B", **PACKED)
    listed(firm, flow)
    (order,), (made,) = documents(firm, "303"), documents(firm, "603")
    told(firm, "603", "800")
    with within(firm):
        assert follow().booked == 1
        declared = list(DeclarationLine.objects.order_by("item_no").values_list(
            "sku", "mode", "quantity", "fob_amount", "fob_currency", "warehouse", "statistics_flag",
            "sent"))  # fmt: skip
        lines = list(ConsignmentLine.objects.order_by("line_no").values_list(
            "declaration_no", "item_no"))  # fmt: skip
        dispatch(order_consignment(), ON)

    assert order.data["OrderHead"]["orderType"] == "W"
    assert order.data["OrderHead"]["goodsValue"] == "1870"
    assert (order.data["OrderHead"]["ebpCode"], order.own_no) == ("无", "C-1")
    assert made.data["InventoryHead"]["tradeMode"] == "9810"
    assert made.data["InventoryHead"]["packNo"] == 4
    assert declared == [
        ("LAMP-1", "9810", 100, 125000, "CNY", "DUI1", "", 100),
        ("BULB-1", "9810", 200, 62000, "CNY", "DUI1", "", 200),
    ]
    assert lines == [(list_no(1), 1), (list_no(1), 2)]


def order_consignment():
    return Consignment.objects.get().id


def test_a_consignment_that_left_before_its_release_is_declared_and_the_link_is_told(firm):
    flow = opened(firm, "9810_list", [consignment(firm)], statisticsFlag="B", **PACKED)
    listed(firm, flow)
    with within(firm):
        dispatch(order_consignment(), ON)
    told(firm, "603", "800")

    with within(firm):
        follow()
        found = Booking.objects.get()
        assert (found.state, found.cause) == ("booked", "not_announced")
        assert DeclarationLine.objects.count() == 2


def test_above_the_limit_of_lists_only_the_form_is_open_and_its_items_are_told(firm):
    ids = [consignment(firm, lamps=400)]
    with pytest.raises(NoWay) as refused:
        opened(firm, "9810_list", ids, statisticsFlag="B", **PACKED)
    flow = opened(firm, "9810_form", ids, statisticsFlag="B", **PACKED)

    assert "CNY 5,620.00 is above the limit of CNY 5,000.00" in refused.value.found
    assert refused.value.remedy == "Open instead: 9810_form."
    assert refused.value.facts["reasons"][0]["zh"].startswith("5,620.00 元，超过限额")
    with within(firm):
        take_step(flow.id, ORDERS)
        assert [each.closed for each in standing(flow).steps[1:]] == ["by_form"] * 4
        rows = list(items(flow))
    assert [(row["itemNo"], row["qty"], row["unit2"], row["qty2"]) for row in rows] == [
        ("LAMP-1", "400", "035", "40"), ("BULB-1", "200", "035", "20"),
    ]  # fmt: skip


def test_the_booking_order_of_the_goods_has_every_column_of_the_template(firm):
    flow = opened(firm, "9810_list", [consignment(firm)], statisticsFlag="B", **PACKED)

    with within(firm):
        order = booking(flow.id)
    assert (order.number, order.goods_total, order.currency) == ("C-1", 1870, "902")
    book = CalamineWorkbook.from_filelike(BytesIO(booking_sheet(order)))
    head, body = (book.get_sheet_by_index(at).to_python() for at in (0, 1))
    assert head[1][:2] == ["DUI1", "C-1"]
    assert {"杜伊斯堡海外仓", "无"} <= set(head[1])
    assert [row[3] for row in body[1:]] == ["LAMP-1", "BULB-1"]


def test_a_firm_buys_by_list_of_orders_of_type_b(firm):
    flow = opened(firm, "9710_list", parcels(firm), statisticsFlag="B", cnyRate="7.8")
    listed(firm, flow)

    assert documents(firm, "303")[0].data["OrderHead"]["orderType"] == "B"
    assert documents(firm, "603")[0].data["InventoryHead"]["tradeMode"] == "9710"
    assert "CNY 234.00 is within the limit" in flow.why_en


def test_goods_out_of_a_special_area_need_its_account_book(firm):
    ids = parcels(firm)
    with pytest.raises(NotReady) as refused:
        opened(firm, "1210_parcels", ids, special_area="yes")
    wanted = {
        (each["code"], each["name"], each["found"]) for each in refused.value.facts["missing"]
    }
    assert wanted == {
        ("said", "iacCode", ""), ("said", "iacName", ""), ("said", "emsNo", ""),
        ("said", "statisticsFlag", ""), ("code", "record", "LAMP-1"), ("code", "record", "BULB-1"),
    }  # fmt: skip
    with within(firm):
        change_setup(
            {"iacCode": "33029X", "iacName": "区内企业", "emsNo": "T1", "statisticsFlag": "A"}
        )
        put_codes([("record", sku, f"R-{sku}", "") for sku in ("LAMP-1", "BULB-1")])
    flow = opened(firm, "1210_parcels", ids, special_area="yes")
    listed(firm, flow)

    (made,) = documents(firm, "603")
    assert made.data["InventoryHead"]["emsNo"] == "T1"
    assert made.data["InventoryList"][0]["itemRecordNo"] == "R-LAMP-1"


def test_goods_in_bulk_out_of_a_special_area_go_by_outbound_list(firm):
    said = {"iacCode": "33029X", "iacName": "区内企业", "emsNo": "T1", "statisticsFlag": "B"}
    with within(firm):
        change_setup(said)
        put_codes([("record", sku, f"R-{sku}", "") for sku in ("LAMP-1", "BULB-1")])
    ids = [consignment(firm)]
    with pytest.raises(NoWay) as refused:
        opened(firm, "1210_bulk", ids, special_area="no", **PACKED)
    flow = opened(firm, "1210_bulk", ids, special_area="yes", **PACKED)

    assert "special" in refused.value.found
    with within(firm):
        take_step(flow.id, ORDERS)
        assert [each.closed for each in standing(flow).steps[1:]] == ["by_outbound_list"] * 4
        rows = list(items(flow))
    assert [row["itemRecordNo"] for row in rows] == ["R-LAMP-1", "R-BULB-1"]
    assert documents(firm, "303")[0].data["OrderHead"]["orderType"] == "W"


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ("refund_wanted", "a refund of VAT: yes, must be no"),
        ("licence", "an export licence: yes, must be no"),
    ],
)
def test_summary_statistics_are_closed_to_what_has_to_be_merged(firm, flag, why):
    with pytest.raises(NoWay) as refused:
        opened(firm, "9610_list_a", parcels(firm), **{flag: "yes"})

    assert why in refused.value.found
    assert refused.value.remedy == "Open instead: 9610_list_b."


def test_what_was_not_said_is_asked_for(firm):
    with within(firm):
        change_setup({"licence": ""})
    with pytest.raises(NoWay) as refused:
        opened(firm, "9610_list_a", parcels(firm))

    assert "say whether it involves an export licence" in refused.value.found


def test_goods_of_9810_may_depart_without_an_arrival(firm):
    flow = opened(firm, "9810_list", [consignment(firm)], statisticsFlag="B", **PACKED)
    listed(firm, flow)
    with within(firm), pytest.raises(OutOfTurn) as refused:
        take_step(flow.id, DEPARTS)
    assert refused.value.facts["closed"] == "needs_lists"
    told(firm, "603", "800")
    with within(firm):
        may = {step.name for step in standing(flow).steps if step.may}
    assert may == {ARRIVES, HOUSES, DEPARTS}
