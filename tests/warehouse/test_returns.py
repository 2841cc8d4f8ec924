# SPDX-License-Identifier: Apache-2.0
"""What was shipped comes back, at most once, and becomes what its grade says."""

from __future__ import annotations

from uuid import uuid4

import pytest

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.ledger.models import Movement
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.floor.barcodes import UnknownBarcode
from entrepot.warehouse.models import ExpectedLine, Parcel, Return, ReturnedLine, ShippedLine
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from entrepot.warehouse.returns.deciding import Decided, decide, put_away, undo
from entrepot.warehouse.returns.grades import Condition, UnknownGrade, grades, set_grades
from entrepot.warehouse.returns.outcomes import NoShelf
from entrepot.warehouse.returns.receiving import (
    AnnouncedAlready,
    Came,
    MoreThanShipped,
    NoSuchShipment,
    Sender,
    announce,
    receive,
)
from tests.ledger.books import at_once, balances
from tests.warehouse.floor import (
    A1,
    A2,
    DUI,
    check_reserved,
    lines,
    lying,
    open_floor,
    order,
    stock,
    taken,
)  # fmt: skip

BACK = f"{DUI}/@returns"
ORDER = Sender(channel="shop", order="1")


@pytest.fixture
def floor(enterprise):
    """An order of three SKU-1 and one SKU-2 that was shipped."""
    open_floor(enterprise)
    stock(enterprise, A1, 3)
    stock(enterprise, A2, 1, "SKU-2")
    shipped(enterprise, order("1", ("SKU-1", 3), ("SKU-2", 1)), tracking="T1")
    return enterprise


def shipped(enterprise, what, **says):
    (id,) = taken(enterprise, what)
    with within(enterprise):
        allocate_orders([id])
        pick_orders([id])
        ship([each.id for each in pack([NewParcel(id, **says)])])
    return id


def back(floor, *came, sender=ORDER, scan="1"):
    with within(floor):
        return receive(scan, "DUI1", sender, [Came(**each) for each in came])


def of(sku="SKU-1", quantity=1, **says):
    return {"barcode": sku, "quantity": quantity, **says}


def returned(floor):
    """Of each returned line: SKU, quantity, grade, outcome, whether it was decided."""
    with within(floor):
        return [
            (r.sku, r.quantity, r.grade, r.outcome, r.decided_id is not None)
            for r in ReturnedLine.objects.order_by("id")
        ]


def came_back(floor):
    with within(floor):
        return {s.sku: s.returned for s in ShippedLine.objects.exclude(returned=0)}


def test_what_comes_back_as_new_is_on_the_shelf_at_once(floor):
    done = back(floor, of(quantity=2, grade="A"))
    assert back(floor, of(quantity=2, grade="A")) == done

    assert (done.number, done.without_order) == ("R000001", False)
    assert done.lines[0]["place"] == A1
    assert lying(floor) == {(A1, "SKU-1"): (2, 0)}
    assert returned(floor) == [("SKU-1", 2, "A", "restock", True)]
    assert came_back(floor) == {"SKU-1": 2}
    with within(floor):
        line = ReturnedLine.objects.get()
        assert (line.returned_on, line.place) == (line.decided_on, A1)
        moved = Movement.objects.exclude(document__kind__in=["opening", "pick", "shipment"])
        assert list(moved.values_list("from_place", "to_place").order_by("document_id")) == [
            ("customer/shop", BACK), (BACK, A1),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "place"),
    [
        ({"grade": "scrap"}, "scrapped/DUI1"),
        ({"outcome": "send_home"}, "voyage/return-R000001"),
        ({"grade": "A", "target": "A-02"}, A2),
        ({"grade": "A", "target": ""}, DUI),
        ({"grade": "B"}, BACK),
        ({}, BACK),
    ],
)
def test_what_comes_back_goes_where_its_grade_or_outcome_says(floor, says, place):
    back(floor, of(**says))

    assert balances(floor)[place, "SKU-1", ""] == 1


@pytest.mark.parametrize("sender", [ORDER, Sender(tracking="T1"), Sender(parcel="?")])
def test_a_return_is_known_by_order_tracking_or_parcel(floor, sender):
    if sender.parcel:
        with within(floor):
            sender = Sender(parcel=Parcel.objects.get().number)

    assert back(floor, of(), sender=sender).without_order is False

    assert came_back(floor) == {"SKU-1": 1}


def test_never_more_comes_back_than_was_shipped(floor):
    back(floor, of(quantity=2))

    with pytest.raises(MoreThanShipped) as refused:
        back(floor, of(quantity=2), of("SKU-2", 3), scan="2")

    assert refused.value.facts["more_than_shipped"] == [
        {"sku": "SKU-1", "quantity": 1}, {"sku": "SKU-2", "quantity": 2},
    ]  # fmt: skip
    assert lying(floor) == {(BACK, "SKU-1"): (2, 0)}


def test_two_who_return_the_last_unit_at_once_return_it_once(floor):
    work = [lambda n=n: back(floor, of("SKU-2"), scan=n).number for n in "ab"]

    found = at_once(*work)

    assert sorted(map(type, found), key=str) == [MoreThanShipped, str]
    assert came_back(floor) == {"SKU-2": 1}


def test_one_return_sent_twice_at_once_is_one(floor):
    found = at_once(*[lambda: back(floor, of()).number] * 3)

    assert found == ["R000001"] * 3
    assert came_back(floor) == {"SKU-1": 1}


@pytest.mark.parametrize(
    "sender",
    [
        Sender(channel="shop", order="9"),
        Sender(tracking="T9"),
        Sender(parcel="P9"),
        Sender(rma="9"),
    ],
)
def test_what_was_never_shipped_is_refused(floor, sender):
    with pytest.raises(NoSuchShipment):
        back(floor, of(), sender=sender)


def test_a_return_without_an_order_comes_from_an_unknown_customer(floor):
    assert back(floor, of("SKU-3"), sender=Sender()).without_order

    assert balances(floor)["customer/unknown", "SKU-3", ""] == -1
    with within(floor):
        assert Return.objects.get().order is None
    with pytest.raises(UnknownBarcode):
        back(floor, of("SKU-9"), sender=Sender(), scan="2")


def test_an_announced_return_counts_what_came(floor):
    with within(floor):
        announce("RMA-1", ORDER, [("SKU-1", 2), ("SKU-2", 1)])
    back(floor, of(), sender=Sender(rma="RMA-1"))
    back(floor, of("SKU-2"), sender=Sender(rma="RMA-1"), scan="2")

    with within(floor):
        expected = ExpectedLine.objects.order_by("sku").values_list("sku", "quantity", "received")
        assert list(expected) == [("SKU-1", 2, 1), ("SKU-2", 1, 1)]
        assert Return.objects.get().lines.count() == 2
        with pytest.raises(AnnouncedAlready):
            announce("RMA-1", ORDER, [("SKU-1", 2)])


def test_what_is_restocked_serves_those_who_wait(floor):
    (id,) = taken(floor, order("2"))

    back(floor, of(grade="A"))

    assert lines(floor, id)[0][3] == 1
    check_reserved(floor)


# --- Decided later ---


def test_parts_are_decided_later_one_by_one(floor):
    line = back(floor, of(quantity=3)).lines[0]["id"]

    with within(floor):
        decide("a", line, grade="A", quantity=1)
    with within(floor):
        decide("b", line, outcome="scrap", quantity=1)
        decide("b", line, outcome="scrap", quantity=1)
    with within(floor):
        decide("c", line, grade="C")

    assert sorted(returned(floor)) == [
        ("SKU-1", 1, "", "scrap", True), ("SKU-1", 1, "A", "restock", True),
        ("SKU-1", 1, "C", "", False),
    ]  # fmt: skip
    assert lying(floor) == {(A1, "SKU-1"): (1, 0), (BACK, "SKU-1"): (1, 0)}
    with within(floor):
        decide("d", line, outcome="send_home")
        with pytest.raises(Decided):
            decide("e", line, outcome="scrap")
        with pytest.raises(ReturnedLine.DoesNotExist):
            decide("f", uuid4(), outcome="scrap")


def test_what_came_back_is_restocked_by_its_barcode_but_for_grades_that_lead_elsewhere(floor):
    with within(floor):
        set_grades([Condition("A", "", "restock"), Condition("Z", "", "scrap"),
                    Condition("B", "", "")])  # fmt: skip
    back(floor, of(quantity=1, grade="B"), of(quantity=2))
    with within(floor):
        ReturnedLine.objects.filter(quantity=2).update(grade="Z")

    with pytest.raises(Decided), within(floor):
        put_away("a", "DUI1", [("SKU-1", 2, "A-02")])
    with within(floor):
        put_away("a", "DUI1", [("SKU-1", 1, "A-02")])

    assert lying(floor) == {(A2, "SKU-1"): (1, 0), (BACK, "SKU-1"): (2, 0)}


def test_a_return_that_never_came_is_undone_until_it_is_decided(floor):
    line = back(floor, of(quantity=2)).lines[0]["id"]
    with within(floor):
        decide("a", line, outcome="scrap", quantity=1)
    for _ in range(2):
        with within(floor):
            undo("b", line)

    assert came_back(floor) == {"SKU-1": 1}
    assert lying(floor) == {}
    (scrapped,) = returned(floor)
    assert scrapped[3] == "scrap"
    with within(floor):
        its = ReturnedLine.objects.get().id
        with pytest.raises(Decided):
            undo("c", its)


# --- Grades ---


def test_grades_are_the_enterprise_s_own(floor):
    with within(floor):
        assert [each.code for each in grades()] == ["A", "B", "C", "scrap"]
        set_grades([Condition("good", "", "send_home")])
    with pytest.raises(UnknownGrade) as refused:
        back(floor, of(grade="A"))
    assert refused.value.facts["grades"] == ["good"]
    assert back(floor, of(grade="good")).lines[0]["outcome"] == "send_home"
    with within(floor):
        assert len(set_grades([])) == 4


@pytest.mark.parametrize("says", [{"grade": "A", "target": "@damaged"},
                                  {"outcome": "scrap", "target": "A-01"}])  # fmt: skip
def test_goods_go_to_a_shelf_only_to_be_restocked(floor, says):
    with pytest.raises(NoShelf):
        back(floor, of(**says))


def test_a_gtin_will_do(floor):
    with within(floor):
        masters.put(PRODUCT, [{"sku": "SKU-1", "gtin": "4006381333931"}])

    assert back(floor, of("4006381333931", grade="A")).lines[0]["sku"] == "SKU-1"
