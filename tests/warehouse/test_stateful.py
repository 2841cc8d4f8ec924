# SPDX-License-Identifier: Apache-2.0
"""Random work of several people in a warehouse: whatever they do, no unit and no reservation is
lost, and what the warehouse counts is what the book moved.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager

from django.db.models import F, Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from entrepot.errors import Refused
from entrepot.ledger.actions import post
from entrepot.ledger.audit import audit
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance, Movement
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from entrepot.warehouse.allocation.actions import allocate_waiting, take_back
from entrepot.warehouse.counts.closing import approve, cancel, close, reject
from entrepot.warehouse.counts.entering import Entry, enter
from entrepot.warehouse.counts.limits import set_limit
from entrepot.warehouse.counts.opening import Which, open_count
from entrepot.warehouse.counts.rules import Limit
from entrepot.warehouse.floor.moving import Shift, move, put_away
from entrepot.warehouse.floor.picking import Pick, Picked, scan_picks
from entrepot.warehouse.floor.shorts import short_pick
from entrepot.warehouse.models import (
    Allocation,
    Count,
    Order,
    OrderLine,
    Parcel,
    ReturnedLine,
    Scan,
    ShippedLine,
    Wave,
)
from entrepot.warehouse.orders import changing
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.outbound.packing import NewParcel, pack, unpack
from entrepot.warehouse.outbound.picking import pick_orders, pick_wave, put_back
from entrepot.warehouse.outbound.shipping import ship
from entrepot.warehouse.outbound.waves import dissolve, gather
from entrepot.warehouse.returns import deciding
from entrepot.warehouse.returns.receiving import Came, Sender, receive
from tests.warehouse.floor import DAY, DUI, check_reserved, open_floor, order

EXAMPLES, STEPS = (25, 60) if os.environ.get("CI") == "true" else (10, 60)
SKUS = st.sampled_from(["SKU-1", "SKU-2"])
BINS = st.sampled_from(["A-01", "A-02", ""])
PLACES = st.sampled_from(["A-01", "A-02", "", "@receiving", "@damaged", "@missing"])
UNITS = st.integers(1, 4)
#: Which of those that there are.
ANY = st.integers(0, 99)
PEOPLE = st.sampled_from(["user:1", "user:2", "user:3"])


class Warehouse(RuleBasedStateMachine):
    """One warehouse, several people; each step is somebody's."""

    def __init__(self) -> None:
        super().__init__()
        self.enterprise = open_floor(Enterprise.objects.create().id)
        self.arrived: Counter[str] = Counter()
        self.last: tuple | None = None
        with within(self.enterprise):
            set_limit(Limit(units=1, percent=50))

    @contextmanager
    def doing(self, who="user:1"):
        """A transaction; what the warehouse refuses changes nothing, and nothing else may fail."""
        try:
            with within(self.enterprise, who):
                yield
        except Refused as refused:
            if not refused.code.startswith("warehouse."):
                raise

    def some(self, rows, which):
        """One of some rows; nothing where there are none."""
        ids = list(rows.values_list("id", flat=True).order_by("id"))
        return ids[which % len(ids)] if ids else None

    @initialize(
        lying=st.lists(st.tuples(SKUS, st.integers(3, 9), BINS), min_size=2, max_size=5),
        wanted=st.lists(st.tuples(SKUS, UNITS), min_size=2, max_size=4),
    )
    def begin(self, lying, wanted):
        """Something lies on the shelves and was ordered; else most steps would do nothing."""
        for sku, units, bin in lying:
            self.arrive(sku, units, bin)
        for at, each in enumerate(wanted):
            self.order([each], at + 1, at == len(wanted) - 1)

    # --- In, and about ---

    @rule(sku=SKUS, units=st.integers(1, 9), bin=st.none() | BINS)
    def arrive(self, sku, units, bin=None):
        with self.doing():
            line = Line(sku, units, "supplier/A", f"{DUI}/@receiving")
            post(Document("receipt", str(new_id()), DAY, [line]))
        self.arrived[sku] += units
        if bin is not None:
            self.put_away(sku, units, bin)

    @rule(sku=SKUS, units=UNITS, bin=BINS)
    def put_away(self, sku, units, bin):
        with self.doing():
            put_away(str(new_id()), "DUI1", [Shift(sku, units, "@receiving", bin)])

    @rule(sku=SKUS, ways=st.lists(st.tuples(UNITS, PLACES, PLACES), min_size=1, max_size=3))
    def move(self, sku, ways):
        with self.doing():
            move(str(new_id()), "DUI1", [Shift(sku, *way) for way in ways])

    # --- Orders ---

    @rule(
        wanted=st.lists(st.tuples(SKUS, UNITS), min_size=1, max_size=3), day=st.integers(1, 9),
        at_once=st.booleans(),
    )  # fmt: skip
    def order(self, wanted, day, at_once):
        with self.doing():
            create([order(str(new_id()), *wanted, promised_on=DAY.replace(day=day))])
        if at_once:
            self.allocate()

    def allocate(self):
        with self.doing():
            allocate_waiting()

    @rule(which=ANY, again=st.booleans())
    def take_back(self, which, again):
        with self.doing():
            take_back([self.some(having(picked_from=""), which) or new_id()])
        if again:
            self.allocate()

    @rule(which=ANY, what=st.sampled_from(["hold", "release", "cancel"]))
    def change(self, which, what):
        with self.doing():
            if id := self.some(Order.objects.all(), which):
                if what == "cancel":
                    allocate_waiting(changing.cancel([changing.Cancel(id)]).freed)
                elif what == "hold":
                    changing.hold([id], "asked")
                else:
                    changing.release([id])

    # --- Out ---

    @rule(only_whole=st.booleans())
    def gather(self, only_whole):
        with self.doing():
            gather("DUI1", 3, only_whole=only_whole)

    @rule(which=ANY, how=st.sampled_from(["order", "wave", "dissolve"]))
    def pick_all(self, which, how):
        with self.doing():
            rows = having(picked_from="") if how == "order" else Wave.objects.all()
            if id := self.some(rows, which):
                if how == "order":
                    pick_orders([id])
                else:
                    pick_wave(id) if how == "wave" else dissolve(id)

    @rule(
        which=ANY, units=UNITS, times=st.integers(1, 3), bin=st.none() | BINS, sku=st.none() | SKUS
    )
    def pick_by_scanning(self, which, units, times, bin, sku):
        """Some of it wrong, and some of it sent twice."""
        with self.doing():
            id = self.some(Allocation.objects.filter(picked_from="", warehouse=DUI), which)
            if id is None:
                return
            a = Allocation.objects.get(id=id)
            of = ("wave", a.wave_id) if a.wave_id and units % 2 else ("order", a.order_id)
            where = a.place.removeprefix(DUI).lstrip("/") if bin is None else bin
            scans = [Pick(str(new_id()), *of, where, sku or a.sku, units) for _ in range(times)]
            found = scan_picks("DUI1", [*scans, scans[0]])
            assert (found[0] == found[-1]) or not isinstance(found[0], Picked)
            self.last = scans[0], found[0]

    @rule()
    def send_the_last_scan_again(self):
        if self.last and isinstance(self.last[1], Picked):
            with self.doing():
                assert scan_picks("DUI1", [self.last[0]]) == [self.last[1]]

    @rule(which=ANY, found=st.integers(0, 3))
    def pick_short(self, which, found):
        with self.doing():
            if id := self.some(Allocation.objects.filter(picked_from=""), which):
                short_pick(str(new_id()), id, found)

    @rule(which=ANY)
    def put_back(self, which):
        with self.doing():
            put_back([self.some(having(parcel_id=None), which) or new_id()])

    @rule(which=ANY, part=st.booleans())
    def pack(self, which, part):
        with self.doing():
            if id := self.some(having(parcel_id=None).filter(state="open"), which):
                pack([NewParcel(id, {1: 1} if part else {})])

    @rule(which=ANY, what=st.sampled_from([ship, unpack, ship]))
    def send(self, which, what):
        with self.doing():
            if id := self.some(Parcel.objects.all(), which):
                ship([id]) if what is ship else unpack(id)

    @rule(sku=SKUS, units=UNITS)
    def sell(self, sku, units):
        """An order from the shelf to the customer, at once."""
        with self.doing():
            (made,) = create([order(str(new_id()), (sku, units))])
            allocate_waiting([sku])
            if pick_orders([made.id]):
                ship([each.id for each in pack([NewParcel(made.id)])])

    # --- Back ---

    @rule(
        which=ANY, sku=SKUS, units=UNITS, grade=st.sampled_from(["", "A", "B", "scrap"]),
        known=st.booleans(),
    )  # fmt: skip
    def come_back(self, which, sku, units, grade, known):
        with self.doing():
            id = self.some(Order.objects.filter(lines__shipped__gt=0).distinct(), which)
            if known and id:
                number = Order.objects.get(id=id).number
                receive(str(new_id()), "DUI1", Sender("shop", number), [Came(sku, units, grade)])
            elif units == 1:
                receive(str(new_id()), "DUI1", Sender(), [Came(sku, units, grade)])

    @rule(which=ANY, what=st.sampled_from(["restock", "scrap", "send_home", "undo"]), units=UNITS)
    def decide(self, which, what, units):
        with self.doing():
            rows = ReturnedLine.objects.all()
            if id := self.some(rows.filter(outcome="") if which % 4 else rows, which):
                if what == "undo":
                    deciding.undo(str(new_id()), id)
                else:
                    deciding.decide(str(new_id()), id, outcome=what, quantity=units)

    @rule(sku=SKUS, units=UNITS, bin=st.none() | BINS)
    def restock(self, sku, units, bin):
        with self.doing():
            deciding.put_away(str(new_id()), "DUI1", [(sku, units, bin)])

    # --- Counted ---

    @rule(bins=st.lists(PLACES, min_size=1, max_size=3), asked=st.booleans())
    def open_count(self, bins, asked):
        with self.doing():
            open_count("DUI1", Which(asked=True) if asked else Which(bins=bins))

    @rule(
        who=PEOPLE, which=ANY, is_set=st.booleans(),
        found=st.lists(st.tuples(PLACES, SKUS, st.integers(0, 5)), min_size=1, max_size=4),
    )  # fmt: skip
    def count(self, who, which, is_set, found):
        with self.doing(who):
            if id := self.some(Count.objects.filter(state="open"), which):
                enter(id, [Entry(str(new_id()), *each, is_set) for each in found])

    @rule(who=PEOPLE, bin=PLACES, found=st.lists(st.tuples(SKUS, st.integers(0, 5)), max_size=2))
    def count_at_once(self, who, bin, found):
        """A bin opened, counted and closed without anybody between."""
        with self.doing(who):
            id = open_count("DUI1", Which(bins=[bin])).id
            enter(id, [Entry(str(new_id()), bin, *each) for each in [*found, ("", 0)]])
            close(id)

    @rule(who=PEOPLE, which=ANY, what=st.sampled_from([close, approve, close, approve, reject]))
    def settle(self, who, which, what):
        with self.doing(who):
            if id := self.some(Count.objects.filter(state="open"), which):
                what(id)

    @rule(which=ANY, sure=st.integers(0, 3))
    def end_count(self, which, sure):
        with self.doing():
            id = self.some(Count.objects.filter(state="open"), which)
            if id and not sure:
                cancel(id)

    # --- What holds after each step ---

    @invariant()
    def reservations_are_those_of_orders(self):
        check_reserved(self.enterprise)

    @invariant()
    def every_unit_is_in_one_place(self):
        with within(self.enterprise):
            rows = Balance.objects.values_list("item", "place", "quantity", "may_go_below")
            sums: Counter[str] = Counter()
            for item, place, quantity, may_go_below in rows:
                assert may_go_below or quantity >= 0, place
                sums[item] += quantity
                if place == "supplier/A":
                    assert -quantity == self.arrived[item]
            assert not any(sums.values())

    @invariant()
    def what_is_picked_or_came_back_is_accounted_for(self):
        with within(self.enterprise):
            packing = Balance.objects.filter(place=f"{DUI}/@packing")
            assert not packing.exclude(quantity=F("reserved")).exists()
            there = by_sku(Balance.objects.filter(place=f"{DUI}/@returns"), "item")
            assert there == by_sku(ReturnedLine.objects.filter(outcome=""), "sku")
            for wave in Wave.objects.filter(is_open=False):
                assert not Allocation.objects.filter(wave_id=wave.id, picked_from="").exists()

    @invariant()
    def what_was_shipped_and_came_back_is_what_the_book_moved(self):
        with within(self.enterprise):
            out = Movement.objects.filter(to_place="customer/shop")
            back = Movement.objects.filter(from_place="customer/shop")
            shipped = by_sku(out.filter(document__kind="shipment"), "item")
            returned = by_sku(back, "item") - by_sku(out.exclude(document__kind="shipment"), "item")
            assert shipped == by_sku(ShippedLine.objects.all(), "sku")
            assert shipped == by_sku(OrderLine.objects.all(), "sku", "shipped")
            assert returned == by_sku(ShippedLine.objects.all(), "sku", "returned")
            assert not Scan.objects.filter(answer=None).exists()

    def teardown(self):
        assert audit(self.enterprise).is_clean


def having(**which):
    """Orders with an allocation of some kind."""
    its = Allocation.objects.filter(**which).values_list("order_id", flat=True)
    return Order.objects.filter(id__in=list(its))


def by_sku(rows, sku, units="quantity") -> Counter[str]:
    """Units by SKU, those of nothing left out."""
    found = rows.values(sku).annotate(units=Sum(units)).values_list(sku, "units")
    return Counter({name: n for name, n in found.order_by(sku) if n})


def test_a_warehouse_loses_nothing_whatever_is_done_in_it(desk):
    run_state_machine_as_test(
        Warehouse, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    )
