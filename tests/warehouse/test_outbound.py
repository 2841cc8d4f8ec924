# SPDX-License-Identifier: Apache-2.0
"""Orders are reserved where stock lies, picked, packed and shipped, and nothing is sold twice."""

from __future__ import annotations

import pytest

from entrepot.ledger.actions import BelowZero, post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Movement
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import (
    allocate_orders,
    allocate_waiting,
    servable,
    take_back,
)
from entrepot.warehouse.allocation.work import serve_overlooked
from entrepot.warehouse.models import Order, Parcel, ShippedLine
from entrepot.warehouse.orders.creating import OrderDiffers, UnknownSku, create
from entrepot.warehouse.outbound.packing import (
    AlreadyShipped,
    NewParcel,
    NothingToPack,
    pack,
    unpack,
)
from entrepot.warehouse.outbound.picking import pick_orders, pick_wave, put_back
from entrepot.warehouse.outbound.shipping import NotPacked, ship
from entrepot.warehouse.outbound.waves import NothingToGather, dissolve, gather
from tests.ledger.books import at_once
from tests.warehouse.floor import (
    A1,
    A2,
    DAY,
    DUI,
    L1,
    check_reserved,
    lines,
    lying,
    open_floor,
    order,
    stock,
    taken,
)  # fmt: skip


@pytest.fixture
def floor(enterprise):
    return open_floor(enterprise)


# --- Orders ---


def test_the_same_order_twice_is_one(floor):
    with within(floor):
        first = create([order("1", ("SKU-1", 2))])
    with within(floor):
        again = create([order("1", ("SKU-1", 2)), order("2")])

    assert (first[0].is_new, [each.is_new for each in again]) == (True, [False, True])
    assert first[0].id == again[0].id


def test_another_order_of_the_same_number_is_refused(floor):
    taken(floor, order("1", ("SKU-1", 2)))

    with pytest.raises(OrderDiffers), within(floor):
        create([order("2"), order("1", ("SKU-1", 3))])

    with within(floor):
        assert Order.objects.count() == 1


def test_unknown_skus_are_all_named_and_nothing_taken(floor):
    with pytest.raises(UnknownSku) as refused, within(floor):
        create([order("1"), order("2", ("SKU-8", 1), ("SKU-1", 1)), order("3", ("SKU-9", 1))])

    assert refused.value.facts["skus"] == ["SKU-8", "SKU-9"]
    with within(floor):
        assert not Order.objects.exists()


# --- Allocation ---


def test_what_is_reserved_cannot_be_taken(floor):
    stock(floor, A1, 5)
    ids = taken(floor, order("1", ("SKU-1", 4)))

    with within(floor):
        allocate_orders(ids)

    assert lying(floor) == {(A1, "SKU-1"): (5, 4)}
    with pytest.raises(BelowZero) as refused, within(floor):
        post(Document("move", "1", DAY, [Line("SKU-1", 2, A1, A2)]))
    assert refused.value.found == "There are 5, of which 4 are reserved."
    check_reserved(floor)


def test_one_warehouse_that_has_everything_goes_before_two(floor):
    stock(floor, A1, 5)
    stock(floor, L1, 5)
    stock(floor, L1, 5, "SKU-2")
    (id,) = taken(floor, order("1", ("SKU-1", 1), ("SKU-2", 1)))

    with within(floor):
        allocate_orders([id])

    assert lying(floor)[L1, "SKU-1"] == (5, 1)
    assert lying(floor)[A1, "SKU-1"] == (5, 0)


def test_those_promised_first_are_served_first_when_goods_come(floor):
    late = order("late", ("SKU-1", 3), promised_on=DAY.replace(day=9))
    soon = order("soon", ("SKU-1", 3), promised_on=DAY.replace(day=2))
    ids = taken(floor, late, soon)
    with within(floor):
        assert {each.waiting for each in allocate_orders(ids)} == {3}
    stock(floor, A1, 4)

    with within(floor):
        allocate_waiting(["SKU-1"])

    assert [lines(floor, id)[0][3:] for id in ids] == [(1, 0, 2), (3, 0, 0)]
    check_reserved(floor)


def test_orders_that_were_overlooked_are_served_before_long(floor):
    ids = taken(floor, order("1", ("SKU-1", 2)), order("2", ("SKU-2", 1)))
    stock(floor, A1, 3)
    stock(floor, f"{DUI}/@damaged", 1, "SKU-2")
    with within(floor):
        assert servable() == ["SKU-1"]

    serve_overlooked(floor)

    assert [lines(floor, id)[0][3] for id in ids] == [2, 0]
    with within(floor):
        assert servable() == []


def test_the_oldest_stock_goes_first(floor):
    stock(floor, A1, 5, on=DAY.replace(day=8))
    stock(floor, A2, 2, on=DAY.replace(day=2))
    ids = taken(floor, order("1", ("SKU-1", 3)))

    with within(floor):
        allocate_orders(ids)

    assert lying(floor) == {(A1, "SKU-1"): (5, 1), (A2, "SKU-1"): (2, 2)}


def test_sixteen_who_want_the_last_five_get_five(floor):
    stock(floor, A1, 3)
    stock(floor, L1, 2)
    ids = taken(floor, *[order(str(n)) for n in range(16)])

    def ask(id):
        def one():
            with within(floor):
                return allocate_orders([id])[0].reserved

        return one

    assert sum(at_once(*[ask(id) for id in ids])) == 5
    check_reserved(floor)


# --- Pick, pack, ship ---


def test_an_order_from_the_shelf_to_the_customer(floor):
    stock(floor, A1, 5)
    stock(floor, A2, 1, "SKU-2")
    (id,) = taken(floor, order("1", ("SKU-1", 2), ("SKU-2", 1)))
    with within(floor):
        allocate_orders([id])
    with within(floor):
        assert [each.to_place for each in pick_orders([id])] == [f"{DUI}/@packing"] * 2
    check_reserved(floor)
    with within(floor):
        (parcel,) = pack([NewParcel(id, tracking="T1")])
    assert parcel.weight_g == 300
    with within(floor):
        (left,) = ship([parcel.id])

    assert lines(floor, id) == [("SKU-1", 2, 0, 0, 2, 0), ("SKU-2", 1, 0, 0, 1, 0)]
    assert lying(floor) == {(A1, "SKU-1"): (3, 0)}
    with within(floor):
        assert Order.objects.get(id=id).state == "done"
        assert Order.objects.get(id=id).ended_at is not None
        assert ShippedLine.objects.filter(document_id=left.document).count() == 2
        its = Movement.objects.filter(document_id=left.document).order_by("line")
        assert [(m.item, m.to_place) for m in its] == [
            ("SKU-1", "customer/shop"), ("SKU-2", "customer/shop"),
        ]  # fmt: skip
        assert ship([parcel.id]) == [left]
    check_reserved(floor)


def test_picked_and_packed_units_go_back_where_they_were(floor):
    stock(floor, A1, 5)
    (id,) = taken(floor, order("1", ("SKU-1", 2)))
    with within(floor):
        allocate_orders([id])
        pick_orders([id])
        (parcel,) = pack([NewParcel(id)])
    with within(floor):
        unpack(parcel.id)
        put_back([id])
        take_back([id])

    assert lying(floor) == {(A1, "SKU-1"): (5, 0)}
    assert lines(floor, id) == [("SKU-1", 2, 0, 0, 0, 2)]
    with pytest.raises(NothingToPack), within(floor):
        pack([NewParcel(id)])
    with pytest.raises(NotPacked), within(floor):
        ship([parcel.id])


def test_an_order_leaves_in_two_parcels(floor):
    stock(floor, A1, 5)
    (id,) = taken(floor, order("1", ("SKU-1", 4)))
    with within(floor):
        allocate_orders([id])
        pick_orders([id])
        (first,) = pack([NewParcel(id, {1: 3})])
        ship([first.id])
    assert lines(floor, id) == [("SKU-1", 4, 0, 1, 3, 0)]
    with within(floor):
        assert Order.objects.get(id=id).state == "open"
        (second,) = pack([NewParcel(id)])
        ship([second.id])

    with within(floor):
        assert Order.objects.get(id=id).state == "done"
        with pytest.raises(AlreadyShipped):
            unpack(first.id)
        assert Parcel.objects.count() == 2
    check_reserved(floor)


def test_a_wave_takes_whole_orders_in_the_order_of_promise(floor):
    stock(floor, A1, 5)
    ids = taken(floor, *[
        order(str(n), ("SKU-1", 2), promised_on=DAY.replace(day=9 - n)) for n in range(3)
    ])  # fmt: skip
    with within(floor):
        allocate_orders(ids)
    with within(floor):
        wave = gather("DUI1", most=10)
        assert (wave.number, wave.orders, wave.units) == ("W000001", 2, 4)
        with pytest.raises(NothingToGather):
            gather("DUI1")
    with within(floor):
        dissolve(wave.id)
        wave = gather("DUI1", most=10, only_whole=False)
    with within(floor):
        assert len(pick_wave(wave.id)) == 3
        parcels = pack([NewParcel(id) for id in ids])
        assert len(ship([each.id for each in parcels])) == 3

    assert [lines(floor, id)[0][3:] for id in ids] == [(0, 1, 1), (0, 2, 0), (0, 2, 0)]
    assert lying(floor) == {}
    check_reserved(floor)
