# SPDX-License-Identifier: Apache-2.0
"""Orders that left are settled, declared goods have invoices and claims: by what the desk knows."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.closing.kept import keep
from entrepot.logistics import declaring
from entrepot.logistics.declaring import Declared
from entrepot.logistics.models import DeclarationLine
from entrepot.people.tenancy import within
from entrepot.reconciling.following import follow
from entrepot.reconciling.models import Item
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from tests.reconciling import kit
from tests.warehouse.floor import A1, open_floor, order, stock, taken

TODAY = date(2026, 4, 30)
DECLARATION = "310120260000000001"


@pytest.fixture
def floor(enterprise):
    with within(enterprise):
        kit.firm()
    open_floor(enterprise)
    stock(enterprise, A1, 50)
    return enterprise


def shipped(floor, number, units=2, **parcel):
    """An order of `shop` that left, in whole or in part."""
    (id,) = taken(floor, order(number, ("SKU-1", units)))
    with within(floor):
        allocate_orders([id])
        pick_orders([id])
        ship([pack([NewParcel(id, **parcel)])[0].id])
    return id


def test_an_order_that_left_is_open_until_a_report_settles_it(floor):
    shipped(floor, "111-1")
    with within(floor):
        follow(TODAY)
        assert kit.items("shipped") == {"111-1": ("open", "no_settlement", 2000)}
        kit.report("20.00", "20.00", channel="shop")

        assert kit.items("shipped") == {"111-1": ("proven", "", 2000)}
        assert kit.item("shipped", "111-1").ended_on == date(2026, 3, 12)
        assert kit.items("settled") == {"111-1": ("proven", "", 2000)}


def test_a_report_that_comes_first_waits_for_its_order(floor):
    with within(floor):
        kit.report("20.00", "20.00", channel="shop")
        assert kit.items("settled") == {"111-1": ("open", "no_order", 2000)}
    shipped(floor, "111-1")
    with within(floor):
        follow(TODAY)

        assert kit.items("settled") == {"111-1": ("proven", "", 2000)}
        assert kit.items("shipped") == {"111-1": ("proven", "", 2000)}


def test_what_was_given_back_settles_no_sale(floor):
    shipped(floor, "111-1")
    with within(floor):
        kit.report("-20.00", {"transaction-type": "Refund", "amount": "-20.00"}, channel="shop")

        assert kit.items("shipped")["111-1"][0] == "open"


def test_the_same_number_on_another_channel_is_another_order(floor):
    shipped(floor, "111-1")
    with within(floor):
        kit.report("20.00", "20.00", channel="elsewhere")

        assert kit.items("shipped")["111-1"][0] == "open"
        assert kit.items("settled")["111-1"][:2] == ("open", "no_order")


def test_an_order_that_leaves_in_parts_counts_what_left(floor):
    id = shipped(floor, "1", 3, lines={1: 1})
    with within(floor):
        follow(TODAY)
        assert kit.items("shipped") == {"1": ("open", "no_settlement", 1000)}
        ship([pack([NewParcel(id)])[0].id])
        follow(TODAY)

        assert kit.items("shipped") == {"1": ("open", "no_settlement", 3000)}
        assert Item.objects.filter(stage="shipped").count() == 1


def test_what_was_declared_waits_for_its_invoice_and_then_for_its_claim(floor):
    with within(floor):
        declaring.put([
            Declared(DECLARATION, 1, "SKU-1", "9810", date(2026, 2, 2), 9, 900, "USD", "DE", "DUI1")
        ])  # fmt: skip
        follow(TODAY)
        assert kit.items("declared") == {DECLARATION: ("open", "no_invoice", 900)}
        assert kit.items("refund") == {}
        DeclarationLine.objects.update(linked=9)
        follow(TODAY)
        assert kit.items("declared") == {DECLARATION: ("proven", "", 900)}
        assert kit.items("refund") == {DECLARATION: ("open", "not_claimed", 900)}
        head = "claim_no,declaration_no,item_no,kind,of_claim,quantity,amount,filed_on,finished_on"
        keep("refund_claims", f"{head}\nC1,{DECLARATION},1,ordinary,,9,1,2026-04-01,\nC2,x,no\n"
             .encode())  # fmt: skip
        follow(TODAY)

        assert kit.items("refund") == {DECLARATION: ("proven", "", 900)}


def test_following_again_changes_nothing(floor):
    shipped(floor, "111-1")
    with within(floor):
        kit.report("20.00", "20.00", channel="shop")
        before = list(Item.objects.order_by("id").values())
        follow(TODAY)

        assert list(Item.objects.order_by("id").values()) == before
