# SPDX-License-Identifier: Apache-2.0
"""What is counted is compared with the book as it stood when the counting began."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, ZONE
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Document as Kept
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.counts.closing import Closed, approve, cancel, close, reject
from entrepot.warehouse.counts.entering import Entered, Entry, enter
from entrepot.warehouse.counts.limits import limit, set_limit, tally
from entrepot.warehouse.counts.opening import Which, open_count
from entrepot.warehouse.counts.refusing import (
    CountEnded,
    NoSuchBin,
    NothingToApprove,
    NothingToCount,
    NotInCount,
    OwnCount,
)
from entrepot.warehouse.counts.rules import Limit
from entrepot.warehouse.floor.moving import Shift, move
from entrepot.warehouse.floor.picking import Pick, scan_pick
from entrepot.warehouse.floor.scans import ScanDiffers
from entrepot.warehouse.floor.shorts import ask_for_count, short_pick
from entrepot.warehouse.models import Allocation, Count, CountAsked, CountedBin, CountEntry
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from tests.ledger.books import at_once, balances
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

MISSING = f"{DUI}/@missing"
NUMBERS = itertools.count()


@pytest.fixture
def floor(enterprise):
    return open_floor(enterprise)


def opened(floor, *bins, **says) -> UUID:
    with within(floor):
        return open_count("DUI1", Which(bins=bins or ("A-01",), **says)).id


def entered(floor, count, *entries, by="user:1"):
    """Entries, each a bin, a barcode, a quantity, and whether it is set."""
    with within(floor, by):
        return enter(count, [Entry(f"scan-{next(NUMBERS)}", *each) for each in entries])


def closed(floor, count, bins=None, by="user:1"):
    with within(floor, by):
        return close(count, bins)


def approved(floor, count, bins=None, by="user:2"):
    with within(floor, by):
        return approve(count, bins)


def state(floor, count):
    with within(floor):
        return Count.objects.get(id=count).state


def reserved(floor, quantity, **says):
    (id,) = taken(floor, order(str(says), ("SKU-1", quantity), **says))
    with within(floor):
        allocate_orders([id])
    return id


# --- Which bins ---


def places(floor, which):
    with within(floor):
        count = open_count("DUI1", which)
        found = sorted(count.bins.values_list("place", flat=True))
        cancel(count.id)
    return [each.removeprefix(f"{DUI}/") for each in found]


def test_bins_are_named_areas_among_them(floor):
    assert places(floor, Which(bins=["A-02", "@missing", ""])) == [DUI, "@missing", "A-02"]
    with pytest.raises(NoSuchBin) as refused:
        places(floor, Which(bins=["A-02", "A-09", "@packing", "@returns"]))
    assert refused.value.facts["bins"] == [f"{DUI}/@packing", f"{DUI}/@returns", f"{DUI}/A-09"]


def test_a_zone_is_counted(floor):
    with within(floor):
        masters.add(ZONE, {"warehouse": "DUI1", "code": "Z"})
        masters.put(BIN, [{"warehouse": "DUI1", "code": "A-02", "zone": "Z"}])

    assert places(floor, Which(zone="Z")) == ["A-02"]


def test_classes_go_by_the_units_that_left(floor):
    """Of 100 units 80 make up A, the next 15 B."""
    for at, (sku, sold) in enumerate([("SKU-1", 80), ("SKU-2", 15), ("SKU-3", 5)]):
        stock(floor, A1, sold, sku)
        (id,) = taken(floor, order(str(at), (sku, sold)))
        with within(floor):
            allocate_orders([id])
            pick_orders([id])
            ship([each.id for each in pack([NewParcel(id)])])
    stock(floor, A1, 1, "SKU-1")
    stock(floor, A2, 1, "SKU-2")
    stock(floor, DUI, 1, "SKU-3")

    found = [places(floor, Which(abc=each)) for each in "ABC"]

    assert found == [["A-01"], ["A-02"], [DUI]]
    assert places(floor, Which(abc="A", shares=(95, 5))) == ["A-01", "A-02"]


def test_what_was_counted_lately_is_left_out(floor):
    count = opened(floor, "A-01")
    entered(floor, count, ("A-01",))
    closed(floor, count)

    assert places(floor, Which(not_counted=True, days=30)) == ["A-02"]


def test_what_somebody_asked_for_is_taken_up(floor):
    with within(floor):
        ask_for_count(A2, "looks wrong")
        ask_for_count(A2, "looks wrong still")
        ask_for_count(L1, "elsewhere")
        assert open_count("DUI1", Which(asked=True)).bins.get().place == A2
        assert list(CountAsked.objects.filter(count=None).values_list("place", flat=True)) == [L1]
    with pytest.raises(NothingToCount), within(floor):
        open_count("DUI1", Which(asked=True))


def test_a_bin_is_in_one_open_count(floor):
    opened(floor, "A-01")

    with pytest.raises(NothingToCount):
        opened(floor, "A-01")


# --- Counting ---


def test_a_bin_that_is_as_the_book_says_is_right(floor):
    stock(floor, A1, 3)
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1", 2), ("A-01", "SKU-1", 1))

    assert closed(floor, count) == Closed(right=["A-01"])
    assert state(floor, count) == "done"
    with within(floor):
        assert tally([count]) == {count: {"right": 1}}
        assert not Kept.objects.filter(kind="count").exists()
    with pytest.raises(CountEnded):
        closed(floor, count)
    with pytest.raises(CountEnded):
        entered(floor, count, ("A-01", "SKU-1"))


def test_several_count_a_bin_together_and_what_is_set_takes_the_place(floor):
    count = opened(floor)

    assert entered(floor, count, ("A-01", "SKU-1", 2))[0].counted == 2
    assert entered(floor, count, ("A-01", "SKU-1", 3), by="user:3")[0].counted == 5
    assert entered(floor, count, ("A-01", "SKU-1", 4, True))[0].counted == 4
    with within(floor):
        assert sorted(CountedBin.objects.get().counted_by) == ["user:1", "user:3"]
        assert CountEntry.objects.count() == 3


def test_an_unknown_barcode_is_kept_and_moves_nothing(floor):
    count = opened(floor)

    (outcome,) = entered(floor, count, ("A-01", "what", 2))

    assert (outcome.state, outcome.sku) == ("kept", "")
    assert closed(floor, count) == Closed(right=["A-01"])
    with within(floor):
        assert CountEntry.objects.get().barcode == "what"


def test_entries_count_once_and_one_that_is_refused_takes_no_other_with_it(floor):
    count = opened(floor)
    entries = [Entry("a", "A-01", "SKU-1", 1), Entry("b", "A-02", "SKU-1", 1),
               Entry("a", "A-01", "SKU-1", 1), Entry("a", "A-01", "SKU-1", 9)]  # fmt: skip
    with within(floor):
        first = enter(count, entries)
    with within(floor):
        again = enter(count, entries[:1])

    assert first[0] == first[2] == again[0] == Entered("a", "counted", "SKU-1", 1)
    assert (type(first[1]), type(first[3])) == (NotInCount, ScanDiffers)


def test_two_hand_helds_at_once_lose_nothing(floor):
    stock(floor, A1, 10)
    count = opened(floor)

    at_once(*[lambda: entered(floor, count, ("A-01", "SKU-1", 1)) for _ in range(5)])

    assert entered(floor, count, ("A-01", "SKU-1", 5))[0].counted == 10
    assert closed(floor, count).right == ["A-01"]


@pytest.mark.parametrize("back", [False, True])
def test_a_bin_that_moved_while_it_was_counted_is_counted_again(floor, back):
    stock(floor, A1, 3)
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1", 2))
    with within(floor):
        move("1", "DUI1", [Shift("SKU-1", 1, "A-01", "A-02")])
        if back:
            move("2", "DUI1", [Shift("SKU-1", 1, "A-02", "A-01")])

    assert closed(floor, count) == Closed(moved=["A-01"])
    assert state(floor, count) == "open"
    entered(floor, count, ("A-01", "SKU-1", 3 if back else 2))
    assert closed(floor, count) == Closed(right=["A-01"])


# --- Differences ---


def test_a_difference_waits_for_somebody_else(floor):
    stock(floor, A1, 3)
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1", 1), ("A-01", "SKU-2", 4))

    assert closed(floor, count) == Closed(differs=["A-01"])
    with pytest.raises(OwnCount):
        approved(floor, count, by="user:1")
    assert approved(floor, count) == Closed(posted=["A-01"])

    assert lying(floor) == {(A1, "SKU-1"): (1, 0), (A1, "SKU-2"): (4, 0)}
    assert balances(floor)["lost/DUI1", "SKU-1", ""] == 2
    assert balances(floor)["unknown/DUI1", "SKU-2", ""] == -4
    assert state(floor, count) == "done"
    with within(floor):
        assert Kept.objects.get(kind="count").number == "C000001-1"
        assert CountedBin.objects.get().approved_by == "user:2"


def test_differences_within_the_limit_need_nobody(floor):
    with within(floor):
        set_limit(Limit(units=2, percent=10))
        assert limit() == Limit(2, 10)
    stock(floor, A1, 20)
    stock(floor, A2, 19)
    count = opened(floor, "A-01", "A-02")
    entered(floor, count, ("A-01", "SKU-1", 18), ("A-02", "SKU-1", 17))

    assert closed(floor, count) == Closed(posted=["A-01"], differs=["A-02"])
    assert approved(floor, count) == Closed(posted=["A-02"])
    with within(floor):
        assert sorted(Kept.objects.filter(kind="count").values_list("number", flat=True)) == [
            "C000001-1", "C000001-2",
        ]  # fmt: skip


def test_what_was_missed_is_found_first(floor):
    stock(floor, A1, 5)
    id = reserved(floor, 5)
    with within(floor):
        short_pick("s", Allocation.objects.get(order_id=id).id, 1)
    assert lying(floor) == {(A1, "SKU-1"): (1, 1), (MISSING, "SKU-1"): (4, 0)}
    with within(floor):
        count = open_count("DUI1", Which(asked=True)).id
    entered(floor, count, ("A-01", "SKU-1", 6))
    closed(floor, count)
    approved(floor, count)

    assert lying(floor) == {(A1, "SKU-1"): (6, 5)}, "and the order has them again"
    assert balances(floor)["unknown/DUI1", "SKU-1", ""] == -1
    check_reserved(floor)


def test_what_stays_missing_is_lost_by_counting_it(floor):
    stock(floor, MISSING, 4)
    count = opened(floor, "@missing")
    entered(floor, count, ("@missing",))
    closed(floor, count)
    approved(floor, count)

    assert lying(floor) == {}
    assert balances(floor)["lost/DUI1", "SKU-1", ""] == 4


def test_a_loss_of_reserved_units_takes_them_from_those_promised_last(floor):
    stock(floor, A1, 5)
    soon = reserved(floor, 2, promised_on=DAY.replace(day=2))
    late = reserved(floor, 2, promised_on=DAY.replace(day=9))
    stock(floor, L1, 1)
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1", 2))
    closed(floor, count)
    approved(floor, count)

    assert lying(floor) == {(A1, "SKU-1"): (2, 2), (L1, "SKU-1"): (1, 1)}
    assert [lines(floor, id)[0][3:] for id in (soon, late)] == [(2, 0, 0), (1, 0, 1)]
    check_reserved(floor)


def test_a_loss_of_what_has_left_meanwhile_is_counted_again(floor):
    stock(floor, A1, 3)
    id = reserved(floor, 3)
    count = opened(floor)
    entered(floor, count, ("A-01",))
    closed(floor, count)
    with within(floor):
        pick_orders([id])

    assert approved(floor, count) == Closed(moved=["A-01"])
    assert lying(floor) == {(f"{DUI}/@packing", "SKU-1"): (3, 3)}


def test_what_is_rejected_is_counted_again(floor):
    stock(floor, A1, 3)
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1", 1))
    closed(floor, count)
    with within(floor):
        reject(count)
    with pytest.raises(NothingToApprove):
        approved(floor, count)
    entered(floor, count, ("A-01", "SKU-1", 3))

    assert closed(floor, count) == Closed(right=["A-01"])


def test_bins_are_closed_one_by_one_and_the_rest_left_out(floor):
    stock(floor, A1, 1)
    count = opened(floor, "A-01", "A-02")
    entered(floor, count, ("A-01", "SKU-1", 1), ("A-02", "SKU-1", 1))

    assert closed(floor, count, ["A-01"]) == Closed(right=["A-01"])
    with within(floor):
        cancel(count)
        assert tally([count]) == {count: {"right": 1, "left_out": 1}}
    assert state(floor, count) == "done"


def test_approving_and_picking_at_once_is_one_after_the_other(floor):
    stock(floor, A1, 2)
    id = reserved(floor, 2)
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1", 1))
    closed(floor, count)

    def picks():
        with within(floor):
            return scan_pick("DUI1", Pick("p", "order", id, "A-01", "SKU-1", 1))

    found = at_once(picks, lambda: approved(floor, count))

    assert [type(each).__name__ for each in found] == ["Picked", "Closed"]
    assert lying(floor) == {(f"{DUI}/@packing", "SKU-1"): (1, 1)}
    check_reserved(floor)


def test_a_posted_movement_of_before_does_not_count_as_moved(floor):
    with within(floor):
        post(Document("opening", "1", DAY, [Line("SKU-1", 1, "supplier/A", A1)]))
    count = opened(floor)
    entered(floor, count, ("A-01", "SKU-1"))

    assert closed(floor, count) == Closed(right=["A-01"])
