# SPDX-License-Identifier: Apache-2.0
"""Units are moved and put away, picked by scanning, and missed: no reservation is lost."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PRODUCT
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Document as Kept
from entrepot.ledger.models import Movement
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.floor import serving
from entrepot.warehouse.floor.barcodes import UnknownBarcode
from entrepot.warehouse.floor.moving import Misplaced, Moved, NotThere, Shift, move, put_away
from entrepot.warehouse.floor.picking import Pick, Picked, scan_pick, scan_picks, walk
from entrepot.warehouse.floor.refusing import NothingLeft, TooMany, WrongBin, WrongSku
from entrepot.warehouse.floor.scans import ScanDiffers
from entrepot.warehouse.floor.shorts import short_pick
from entrepot.warehouse.floor.suggesting import suggest
from entrepot.warehouse.models import Allocation, CountAsked, Scan, Wave
from entrepot.warehouse.outbound.picking import put_back
from entrepot.warehouse.outbound.waves import gather
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

IN, MISSING, PACKING, DAMAGED = (
    f"{DUI}/@receiving", f"{DUI}/@missing", f"{DUI}/@packing", f"{DUI}/@damaged",
)  # fmt: skip


@pytest.fixture
def floor(enterprise):
    return open_floor(enterprise)


def reserved(floor, *wanted, **says):
    """An order that is reserved; its id."""
    (id,) = taken(floor, order(str(uuid4()), *wanted, **says))
    with within(floor):
        allocate_orders([id])
    return id


def moved(floor, *shifts, scan="1"):
    with within(floor):
        return move(scan, "DUI1", [Shift(*each) for each in shifts])


def pick(floor, id, bin="A-01", barcode="SKU-1", quantity=1, scan="p"):
    with within(floor):
        return scan_pick("DUI1", Pick(scan, "order", id, bin, barcode, quantity))


# --- Moves ---


def test_free_units_move_first(floor):
    stock(floor, A1, 5)
    reserved(floor, ("SKU-1", 2))

    assert moved(floor, ("SKU-1", 3, "A-01", "A-02")) == Moved("1", 3, 0, [])

    assert lying(floor) == {(A1, "SKU-1"): (2, 2), (A2, "SKU-1"): (3, 0)}
    check_reserved(floor)


def test_reserved_units_go_along_and_stay_reserved(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 4))

    moved(floor, ("SKU-1", 3, "A-01", "A-02"))

    assert lying(floor) == {(A1, "SKU-1"): (2, 2), (A2, "SKU-1"): (3, 2)}
    assert lines(floor, id) == [("SKU-1", 4, 0, 4, 0, 0)]
    check_reserved(floor)


def test_several_lines_share_what_lies_there(floor):
    stock(floor, A1, 5)
    reserved(floor, ("SKU-1", 5))

    moved(
        floor, ("SKU-1", 2, "A-01", "A-02"), ("SKU-1", 1, "A-01", ""), ("SKU-1", 2, "A-01", "A-02")
    )

    assert lying(floor) == {(DUI, "SKU-1"): (1, 1), (A2, "SKU-1"): (4, 4)}
    check_reserved(floor)


def test_reserved_units_that_are_damaged_are_served_from_elsewhere(floor):
    stock(floor, A1, 3)
    id = reserved(floor, ("SKU-1", 3))
    stock(floor, L1, 2)

    assert moved(floor, ("SKU-1", 3, "A-01", "@damaged")).given_up == 3

    assert lying(floor) == {(DAMAGED, "SKU-1"): (3, 0), (L1, "SKU-1"): (2, 2)}
    assert lines(floor, id) == [("SKU-1", 3, 0, 2, 0, 1)]
    check_reserved(floor)


def test_no_more_moves_than_lies_there(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 2))
    pick(floor, id, quantity=2)

    with pytest.raises(NotThere) as refused:
        moved(floor, ("SKU-1", 4, "A-01", "A-02"))

    assert refused.value.facts["not_there"] == [
        {"place": A1, "sku": "SKU-1", "wanted": 4, "there": 3}
    ]
    assert lying(floor) == {(A1, "SKU-1"): (3, 0), (PACKING, "SKU-1"): (2, 2)}


def test_a_move_sent_twice_is_one_and_one_that_differs_refused(floor):
    stock(floor, A1, 5)

    first = moved(floor, ("SKU-1", 1, "A-01", "A-02"))
    assert moved(floor, ("SKU-1", 1, "A-01", "A-02")) == first
    with pytest.raises(ScanDiffers):
        moved(floor, ("SKU-1", 2, "A-01", "A-02"))

    assert lying(floor)[A2, "SKU-1"] == (1, 0)


def test_a_scan_whose_number_the_book_has_is_refused_and_leaves_nothing(floor):
    stock(floor, A1, 5)
    with within(floor):
        post(Document("move", "1", DAY, [Line("SKU-1", 1, A1, A2)]))

    with pytest.raises(Exception, match="says something else"):
        moved(floor, ("SKU-1", 1, "A-01", "A-02"))

    with within(floor):
        assert not Scan.objects.exists()


@pytest.mark.parametrize(
    "way",
    [
        ("@packing", "A-01"),
        ("A-01", "@packing"),
        ("A-01", "@missing"),
        ("@returns", "A-01"),
        ("A-01", "A-01"),
    ],
)
def test_what_is_picked_missing_or_returned_does_not_move_by_hand(floor, way):
    stock(floor, A1, 5)

    with pytest.raises(Misplaced):
        moved(floor, ("SKU-1", 1, *way))


# --- Put away ---


def test_what_is_put_away_serves_those_who_wait(floor):
    late, soon = (reserved(floor, ("SKU-1", 2), promised_on=DAY.replace(day=n)) for n in (9, 2))
    stock(floor, IN, 3)

    with within(floor):
        put_away("1", "DUI1", [Shift("SKU-1", 3, "@receiving", "A-01")])

    assert [lines(floor, id)[0][3] for id in (late, soon)] == [1, 2]
    check_reserved(floor)


def test_many_who_wait_are_served_by_a_job(floor, monkeypatch):
    monkeypatch.setattr(serving, "MOST_AT_ONCE", 1)
    started = []
    monkeypatch.setattr(serving, "start", lambda work, arguments: started.append(arguments.skus))
    ids = taken(floor, order("1"), order("2"))
    stock(floor, IN, 2)

    with within(floor):
        put_away("1", "DUI1", [Shift("SKU-1", 2, "@receiving", "A-01")])
        assert started == [["SKU-1"]]
        serving.allocate.does(type("T", (), {"progress": lambda *_: None})(), serving.AllocateIn())

    assert [lines(floor, id)[0][3] for id in ids] == [1, 1]


def test_only_what_came_in_is_put_away(floor):
    stock(floor, A1, 1)

    with pytest.raises(Misplaced), within(floor):
        put_away("1", "DUI1", [Shift("SKU-1", 1, "A-01", "A-02")])
    with pytest.raises(Misplaced), within(floor):
        put_away("1", "DUI1", [Shift("SKU-1", 1, "@receiving", "@damaged")])


def test_a_bin_over_its_capacity_is_said(floor):
    with within(floor):
        masters.put(BIN, [{"warehouse": "DUI1", "code": "A-01", "capacity_units": 3}])
    stock(floor, A1, 2, "SKU-2")
    stock(floor, IN, 2)

    with within(floor):
        done = put_away("1", "DUI1", [Shift("SKU-1", 2, "@receiving", "A-01")])

    assert done.over_capacity == ["A-01"]


def test_a_bin_is_suggested_that_holds_the_sku_and_has_room(floor):
    with within(floor):
        masters.put(BIN, [
            {"warehouse": "DUI1", "code": code, "capacity_units": room, "pick_sequence": at}
            for at, (code, room) in enumerate([("A-01", 3), ("A-02", 10), ("A-03", 5)])
        ])  # fmt: skip
    stock(floor, A1, 2)
    stock(floor, A2, 1)
    with within(floor):
        assert suggest("DUI1", [("SKU-1", 1), ("SKU-1", 3), ("SKU-2", 5), ("SKU-3", 1)]) == [
            "A-01", "A-02", "A-03", "",
        ]  # fmt: skip
        assert suggest("DUI1", [("SKU-2", 6)]) == [""]


# --- Picking by scanning ---


def test_the_walk_goes_along_the_bins(floor):
    stock(floor, A2, 2, "SKU-2")
    stock(floor, A1, 2)
    id = reserved(floor, ("SKU-2", 1), ("SKU-1", 2))
    pick(floor, id)

    with within(floor):
        found = walk("order", id, "DUI1")

    assert [(s["bin"], s["sku"], s["quantity"], s["is_picked"]) for s in found] == [
        ("A-01", "SKU-1", 1, True), ("A-01", "SKU-1", 1, False), ("A-02", "SKU-2", 1, False),
    ]  # fmt: skip


def test_a_scan_picks_a_part_and_posts_it_under_its_id(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 3))

    assert pick(floor, id, quantity=2) == Picked("p", "SKU-1", "SKU-1", "A-01", 2, 1)
    assert pick(floor, id, quantity=2) == Picked("p", "SKU-1", "SKU-1", "A-01", 2, 1)

    assert lying(floor) == {(A1, "SKU-1"): (3, 1), (PACKING, "SKU-1"): (2, 2)}
    with within(floor):
        (document,) = Kept.objects.filter(kind="pick")
        assert document.number == "p"
    check_reserved(floor)


@pytest.mark.parametrize(
    ("says", "refusal", "expected"),
    [
        ({"bin": "A-02"}, WrongBin, ["A-01"]),
        ({"bin": "A-99"}, WrongBin, ["A-01"]),
        ({"barcode": "SKU-2"}, WrongSku, ["SKU-1"]),
        ({"barcode": "nothing"}, UnknownBarcode, ["SKU-1"]),
        ({"quantity": 4}, TooMany, 3),
    ],
)
def test_a_wrong_scan_is_refused_with_what_was_expected(floor, says, refusal, expected):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 3))

    with pytest.raises(refusal) as refused:
        pick(floor, id, **says)

    assert refused.value.facts["expected"] == expected
    assert lying(floor) == {(A1, "SKU-1"): (5, 3)}
    assert pick(floor, id).quantity == 1  # the id may be used for the right one
    check_reserved(floor)


def test_nothing_is_left_once_all_is_picked(floor):
    stock(floor, A1, 5)
    id = reserved(floor)
    pick(floor, id)

    with pytest.raises(NothingLeft):
        pick(floor, id, scan="q")
    with pytest.raises(NothingLeft):
        pick(floor, uuid4(), scan="q")


@pytest.mark.parametrize(
    "barcode",
    ["4006381333931", "04006381333931", "(01)04006381333931(10)LOT1", "]C10104006381333931"],
)
def test_a_gtin_is_known_in_every_form(floor, barcode):
    with within(floor):
        masters.put(PRODUCT, [{"sku": "SKU-1", "gtin": "4006381333931"}])
    stock(floor, A1, 5)

    assert pick(floor, reserved(floor), barcode=barcode).sku == "SKU-1"


def test_scans_come_together_repeated_and_in_any_order_and_each_counts_once(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 4))
    scans = [Pick(n, "order", id, "A-01", "SKU-1", q) for n, q in
             (("a", 1), ("b", 2), ("x", 2), ("a", 1), ("c", 1), ("a", 2))]  # fmt: skip

    with within(floor):
        found = scan_picks("DUI1", scans)
    with within(floor):
        again = scan_picks("DUI1", scans[:2])

    codes = [each.quantity if isinstance(each, Picked) else each.code for each in found]
    assert codes == [1, 2, "warehouse.nothing_left", 1, 1, "warehouse.scan_differs"]
    assert again == found[:2]
    assert lying(floor)[PACKING, "SKU-1"] == (4, 4)
    with within(floor):
        assert set(Scan.objects.values_list("number", flat=True)) == {"a", "b", "c"}
        assert Movement.objects.filter(to_place=PACKING).count() == 3
    check_reserved(floor)


def test_a_wave_closes_with_its_last_unit_and_opens_when_something_is_put_back(floor):
    stock(floor, A1, 5)
    ids = [reserved(floor), reserved(floor)]
    with within(floor):
        wave = gather("DUI1").id

    def is_open():
        with within(floor):
            return Wave.objects.get(id=wave).is_open

    with within(floor):
        scan_pick("DUI1", Pick("a", "wave", wave, "A-01", "SKU-1"))
    assert is_open()
    with within(floor):
        scan_pick("DUI1", Pick("b", "wave", wave, "A-01", "SKU-1"))
    assert not is_open()
    with within(floor):
        put_back(ids[:1])
    assert is_open()


def test_two_who_scan_the_last_unit_at_once_pick_it_once(floor):
    stock(floor, A1, 5)
    id = reserved(floor)

    found = at_once(lambda: pick(floor, id, scan="a"), lambda: pick(floor, id, scan="b"))

    assert sorted(type(each).__name__ for each in found) == ["NothingLeft", "Picked"]
    assert lying(floor)[PACKING, "SKU-1"] == (1, 1)
    check_reserved(floor)


def test_one_scan_sent_twice_at_once_is_one(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 5))

    found = at_once(*[lambda: pick(floor, id, scan="a")] * 3)

    assert found == [Picked("a", "SKU-1", "SKU-1", "A-01", 1, 4)] * 3
    assert lying(floor)[PACKING, "SKU-1"] == (1, 1)


def test_the_last_two_units_of_a_wave_picked_at_once_close_it(floor):
    stock(floor, A1, 1)
    stock(floor, A2, 1)
    for _ in range(2):
        reserved(floor)
    with within(floor):
        wave = gather("DUI1").id

    def scan(bin):
        def one():
            with within(floor):
                return scan_pick("DUI1", Pick(bin, "wave", wave, bin, "SKU-1"))

        return one

    found = at_once(scan("A-01"), scan("A-02"))

    assert [type(each) for each in found] == [Picked, Picked]
    with within(floor):
        assert not Wave.objects.get(id=wave).is_open


def test_two_who_move_in_opposite_directions_do_not_wait_in_a_circle(floor):
    stock(floor, A1, 50)
    stock(floor, A2, 50)

    found = at_once(*[
        lambda n=n: moved(floor, ("SKU-1", 1, *(("A-01", "A-02") if n % 2 else ("A-02", "A-01"))),
                          scan=str(n))
        for n in range(8)
    ])  # fmt: skip

    assert [type(each) for each in found] == [Moved] * 8


def test_one_scan_and_fifty_ask_the_database_as_often(floor, monkeypatch):
    stock(floor, A1, 100)
    id = reserved(floor, ("SKU-1", 100))
    asked = []
    execute = psycopg.Cursor.execute

    def noted(self, query, *given, **named):
        asked.append(query)
        return execute(self, query, *given, **named)

    counts = []
    for at, many in enumerate((1, 50)):
        scans = [Pick(f"{at}-{n}", "order", id, "A-01", "SKU-1") for n in range(many)]
        with within(floor), monkeypatch.context() as patched:
            patched.setattr(psycopg.Cursor, "execute", noted)
            scan_picks("DUI1", scans)
        counts.append(len(asked))
        asked.clear()

    assert counts[0] == counts[1] <= 13
    check_reserved(floor)


# --- What is not there ---


def test_what_is_missing_is_reserved_elsewhere_and_the_bin_is_to_be_counted(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 4))
    stock(floor, A2, 2)
    with within(floor):
        allocation = Allocation.objects.get(order_id=id).id

    for _ in range(2):
        with within(floor):
            short = short_pick("s", allocation, 1)
        assert (short.missing, short.given_up) == (4, 3)

    assert lying(floor) == {
        (A1, "SKU-1"): (1, 1), (MISSING, "SKU-1"): (4, 0), (A2, "SKU-1"): (2, 2),
    }  # fmt: skip
    assert lines(floor, id) == [("SKU-1", 4, 0, 3, 0, 1)]
    with within(floor):
        assert CountAsked.objects.get().place == A1
    check_reserved(floor)


def test_what_is_picked_or_all_there_is_not_missing(floor):
    stock(floor, A1, 5)
    id = reserved(floor, ("SKU-1", 2))
    with within(floor):
        allocation = Allocation.objects.get(order_id=id).id
    with pytest.raises(TooMany), within(floor):
        short_pick("s", allocation, 2)
    pick(floor, id, quantity=2)
    for each in (allocation, uuid4()):
        with pytest.raises(NothingLeft), within(floor):
            short_pick("s", each, 0)
