# SPDX-License-Identifier: Apache-2.0
"""Orders are cancelled, held, split and changed, and what was reserved for them goes along or lies
free again.
"""

from __future__ import annotations

import pytest

from entrepot.people.database import raw_cursor
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from entrepot.warehouse.allocation.actions import allocate_orders, allocate_waiting
from entrepot.warehouse.models import Allocation, Order
from entrepot.warehouse.orders.changing import Cancel, cancel, change, hold, release
from entrepot.warehouse.orders.held import AlreadyPicked, NoSuchOrder, NotOpen
from entrepot.warehouse.orders.recipients import recipient_of
from entrepot.warehouse.orders.restating import restate
from entrepot.warehouse.orders.splitting import NothingToSplit, split
from entrepot.warehouse.outbound.packing import NewParcel, NothingToPack, pack
from entrepot.warehouse.outbound.picking import pick_orders, put_back
from entrepot.warehouse.outbound.shipping import NotPacked, ship
from entrepot.warehouse.outbound.waves import NothingToGather, gather
from tests.ledger.books import at_once
from tests.warehouse.floor import (
    A1,
    DAY,
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


def allocated(floor, *orders):
    """Orders taken in and reserved for; their ids."""
    ids = taken(floor, *orders)
    with within(floor):
        allocate_orders(ids)
    return ids


def state(floor, id):
    with within(floor):
        return Order.objects.get(id=id).state


# --- Cancel ---


def test_a_cancelled_order_gives_up_what_was_reserved_and_others_get_it(floor):
    stock(floor, A1, 3)
    first, second = allocated(floor, order("1", ("SKU-1", 3)), order("2", ("SKU-1", 2)))

    with within(floor):
        changes = cancel([Cancel(first)], "changed their mind")
        allocate_waiting(changes.freed)

    assert [(each.state, each.units) for each in changes.orders] == [("cancelled", 3)]
    assert lines(floor, first) == [("SKU-1", 3, 3, 0, 0, 0)]
    assert lines(floor, second) == [("SKU-1", 2, 0, 2, 0, 0)]
    check_reserved(floor)
    with within(floor):
        (entry,) = AuditEntry.objects.filter(action="order.cancelled")
        assert (entry.about, entry.facts["units"]) == ("shop 1", 3)


def test_units_that_wait_are_cancelled_before_those_that_are_reserved(floor):
    stock(floor, A1, 3)
    (id,) = allocated(floor, order("1", ("SKU-1", 5)))
    with within(floor):
        cancel([Cancel(id, {1: 3})])

    assert lines(floor, id) == [("SKU-1", 5, 3, 2, 0, 0)]
    assert lying(floor) == {(A1, "SKU-1"): (3, 2)}
    check_reserved(floor)


def test_cancelling_twice_is_once(floor):
    stock(floor, A1, 3)
    one, two = allocated(floor, order("1", ("SKU-1", 2)), order("2", ("SKU-2", 2)))
    for _ in range(2):
        with within(floor):
            cancel([Cancel(one, {1: 1}), Cancel(two)])

    assert lines(floor, one) == [("SKU-1", 2, 1, 1, 0, 0)]
    assert state(floor, two) == "cancelled"
    with within(floor):
        assert AuditEntry.objects.filter(action="order.cancelled").count() == 1


def test_picked_units_have_to_be_put_back_first(floor):
    stock(floor, A1, 3)
    one, two = allocated(floor, order("1", ("SKU-1", 2)), order("2"))
    with within(floor):
        pick_orders([one])

    for wanted in (Cancel(one), Cancel(one, {1: 1}), Cancel(one, {9: 1}), Cancel(one, {1: 3})):
        with pytest.raises(AlreadyPicked), within(floor):
            cancel([Cancel(two), wanted])
    assert state(floor, two) == "open"
    with within(floor):
        put_back([one])
        cancel([Cancel(one)])
    assert lying(floor) == {(A1, "SKU-1"): (3, 1)}
    check_reserved(floor)


def test_what_is_packed_or_shipped_stays_and_the_order_is_done(floor):
    stock(floor, A1, 2)
    (id,) = allocated(floor, order("1", ("SKU-1", 5)))
    with within(floor):
        pick_orders([id])
        (parcel,) = pack([NewParcel(id, {1: 2})])
        cancel([Cancel(id)])
    assert (lines(floor, id), state(floor, id)) == ([("SKU-1", 5, 3, 2, 0, 0)], "open")

    with within(floor):
        ship([parcel.id])
    assert state(floor, id) == "done"
    with pytest.raises(NotOpen), within(floor):
        cancel([Cancel(id)])


def test_some_shipped_and_the_rest_cancelled_is_done(floor):
    stock(floor, A1, 2)
    (id,) = allocated(floor, order("1", ("SKU-1", 5)))
    with within(floor):
        pick_orders([id])
        ship([each.id for each in pack([NewParcel(id)])])
    with within(floor):
        assert [each.state for each in cancel([Cancel(id)]).orders] == ["done"]


def test_an_order_that_is_not_there_is_named(floor):
    (id,) = taken(floor, order("1"))

    asked = (
        lambda nobody: cancel([Cancel(id), Cancel(nobody)]),
        lambda nobody: release([nobody]),
        lambda nobody: hold([nobody], "?"),
        lambda nobody: split(nobody, {1: 1}),
        lambda nobody: change(nobody, note="a"),
    )
    for ask in asked:
        with pytest.raises(NoSuchOrder), within(floor):
            ask(new_id())
    assert state(floor, id) == "open"


def test_whoever_picks_while_an_order_is_cancelled_comes_before_or_after(floor):
    stock(floor, A1, 40)
    ids = allocated(floor, *[order(str(n), ("SKU-1", 2)) for n in range(16)])

    def asked(act):
        def one():
            try:
                with within(floor):
                    return act()
            except AlreadyPicked:
                return "picked"

        return one

    at_once(*[asked(lambda id=id: cancel([Cancel(id)])) for id in ids],
            *[asked(lambda id=id: pick_orders([id])) for id in ids])  # fmt: skip

    for id in ids:
        (line,) = lines(floor, id)
        assert line[2:] in ((2, 0, 0, 0), (0, 2, 0, 0))
    check_reserved(floor)


# --- Hold ---


def test_a_held_order_goes_nowhere_and_keeps_what_is_reserved(floor):
    stock(floor, A1, 5)
    (id,) = allocated(floor, order("1", ("SKU-1", 2)))
    with within(floor):
        hold([id], "address looks wrong")

    with within(floor):
        assert (allocate_orders([id]), pick_orders([id])) == ([], [])
        with pytest.raises(NothingToGather):
            gather("DUI1")
    assert lines(floor, id) == [("SKU-1", 2, 0, 2, 0, 0)]
    with within(floor):
        assert Order.objects.get(id=id).held_because == "address looks wrong"
        release([id])
        pick_orders([id])
        hold([id], "again")
        with pytest.raises(NothingToPack):
            pack([NewParcel(id)])
    with within(floor):
        release([id])
        (parcel,) = pack([NewParcel(id)])
        hold([id], "at the door")
        with pytest.raises(NotPacked):
            ship([parcel.id])
    check_reserved(floor)


def test_a_held_order_gives_up_its_reservations_where_asked_to(floor):
    stock(floor, A1, 5)
    (id,) = allocated(floor, order("1", ("SKU-1", 2)))

    with within(floor):
        assert hold([id], "unpaid", gives_up=True).freed == ["SKU-1"]

    assert lines(floor, id) == [("SKU-1", 2, 0, 0, 0, 2)]
    assert lying(floor) == {(A1, "SKU-1"): (5, 0)}
    with within(floor):
        cancel([Cancel(id)])
        with pytest.raises(NotOpen):
            release([id])


# --- Split, change ---


def test_a_split_takes_its_reservations_along_and_no_amount_is_lost(floor):
    stock(floor, A1, 4)
    who = {"name": "Ada Lovelace", "city": "Köln"}
    (id,) = allocated(floor, order("1", ("SKU-1", 5), ("SKU-2", 3), recipient=who))

    with within(floor):
        new = split(id, {1: 3, 2: 3})

    assert new.number == "1-2"
    assert lines(floor, id) == [("SKU-1", 2, 0, 2, 0, 0)]
    assert lines(floor, new.id) == [("SKU-1", 3, 0, 2, 0, 1), ("SKU-2", 3, 0, 0, 0, 3)]
    check_reserved(floor)
    with within(floor):
        its = Order.objects.get(id=new.id)
        assert its.split_from_id == id
        assert (
            sum(line.amount for o in (id, new.id) for line in Order.objects.get(id=o).lines.all())
            == 8000
        )
        with raw_cursor() as cursor:
            assert recipient_of(cursor, new.id) == who
        assert split(id, {1: 1}).number == "1-3"


def test_the_same_split_twice_is_once_and_another_of_its_number_is_refused(floor):
    (id,) = taken(floor, order("1", ("SKU-1", 5)))
    with within(floor):
        new = split(id, {1: 2}, number="1b")
    with within(floor):
        again = split(id, {1: 2}, number="1b")
        with pytest.raises(NothingToSplit):
            split(id, {1: 1}, number="1b")

    assert (again.id, again.is_new) == (new.id, False)
    assert lines(floor, id) == [("SKU-1", 3, 0, 0, 0, 3)]


@pytest.mark.parametrize(("wanted", "refusal"), [
    ({}, NothingToSplit), ({1: 2, 2: 1}, NothingToSplit), ({1: 3}, AlreadyPicked),
    ({7: 1}, AlreadyPicked),
])  # fmt: skip
def test_a_split_of_nothing_all_or_too_much_is_refused(floor, wanted, refusal):
    (id,) = taken(floor, order("1", ("SKU-1", 2), ("SKU-2", 1)))

    with pytest.raises(refusal), within(floor):
        split(id, wanted)

    with within(floor):
        assert Order.objects.count() == 1


def test_what_an_order_says_is_changed_and_not_what_was_ordered(floor):
    (id,) = taken(floor, order("1"))
    with within(floor):
        change(id, promised_on=DAY.replace(day=9), priority=5, note="ring twice")
        change(id, priority=5)

    with within(floor):
        its = Order.objects.get(id=id)
        assert (its.promised_on.day, its.priority, its.note, its.service) == (
            9,
            5,
            "ring twice",
            "",
        )
        (entry,) = AuditEntry.objects.filter(action="order.changed")
        assert "ring" not in str(entry.facts)


# --- Restate ---


def test_an_order_sent_again_becomes_what_it_says_now(floor):
    stock(floor, A1, 9)
    stock(floor, A1, 9, "SKU-2")
    (id,) = allocated(floor, order("1", ("SKU-1", 4), ("SKU-2", 2)))
    new = order("1", ("SKU-1", 3), ("SKU-2", 2), ("SKU-3", 1), postcode="50667")

    for _ in range(2):
        with within(floor):
            restate(id, new, {2: 1})

    assert lines(floor, id) == [
        ("SKU-1", 3, 0, 3, 0, 0), ("SKU-2", 2, 1, 1, 0, 0), ("SKU-3", 1, 0, 0, 0, 1),
    ]  # fmt: skip
    with within(floor):
        assert bytes(Order.objects.get(id=id).hash) == new.hash
        assert Allocation.objects.count() == 2
    check_reserved(floor)
