# SPDX-License-Identifier: Apache-2.0
"""The other flows of the scan pages, end to end: what is answered, and what the book has then."""

from __future__ import annotations

import pytest

from entrepot.ledger.models import Document
from entrepot.logistics.models import Scan
from entrepot.warehouse.models import Count, Parcel, ReturnedLine
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_wave
from entrepot.warehouse.outbound.shipping import ship
from tests.logistics.dock import on_its_way, open_dock, sent
from tests.pages.kit import new_person
from tests.pages.scanner import GTIN, HandHeld, new_floor, new_wave
from tests.pages.test_scan import shot
from tests.warehouse.floor import A1, A2, DUI, check_reserved, lying, stock

IN, PACKING, RETURNS = f"{DUI}/@receiving", f"{DUI}/@packing", f"{DUI}/@returns"


@pytest.fixture
def person(desk):
    return new_floor()


def test_goods_are_received_against_their_consignment(browser, address, desk):
    owner = new_person()
    open_dock(owner.enterprise)
    on_its_way(owner.enterprise, "C-1", sent(1, "SKU-1", 2), sent(2, "SKU-2", 3))
    hand = HandHeld(browser, address, new_person("warehouse", owner.enterprise)).open()
    hand.scan("C-1")
    hand.page.wait_for_url("**/scan/receive/**")
    hand.awake()

    assert hand.scan("SKU-1", "Expected") == "right"
    assert hand.scan("SKU-3", "Not announced") == "attention"
    assert hand.scan("?", "Unknown: a question") == "attention"
    hand.press("Damaged")
    hand.press("Several at once")
    hand.enter(3)
    shot(hand, "receive")
    assert hand.scan(GTIN, "Expected") == "right"
    hand.press("Good")
    hand.scan("SKU-1", "Everything is here")
    assert hand.scan("SKU-1", "More than announced") == "attention"
    shot(hand, "receive-over")
    hand.press("Undo")
    hand.says("Taken back")
    hand.kept(0)

    found = lying(owner.enterprise)
    assert (found[IN, "SKU-1"], found[IN, "SKU-3"]) == ((2, 0), (1, 0))
    assert found[f"{DUI}/@damaged", "SKU-2"] == (3, 0)
    with owner.within():
        assert Scan.objects.get(state="unknown").barcode == "?"
    hand.close()


def test_goods_come_in_blind_and_without_a_network(browser, address, person):
    hand = HandHeld(browser, address, person).open("receive/?blind=1")
    assert hand.scan("SKU-1", "Received") == "right"
    hand.cut()
    assert hand.scan(GTIN, "Kept") == "attention"
    hand.kept(1)
    hand.cut(False)
    hand.kept(0)

    found = lying(person.enterprise)
    assert (found[IN, "SKU-1"], found[IN, "SKU-2"]) == ((1, 0), (1, 0))
    hand.close()


def test_what_came_in_is_put_away_and_moved(browser, address, person):
    stock(person.enterprise, A2, 1)
    stock(person.enterprise, IN, 5)
    hand = HandHeld(browser, address, person).open("put/")

    assert hand.scan("A-01", "Scan an item first") == "wrong"
    assert hand.scan("SKU-3", "Wrong item") == "wrong"
    assert hand.scan("SKU-1", "SKU-1 × 1") == "right"
    assert hand.big() == "A-02"
    shot(hand, "put")
    hand.press("All 5")
    assert hand.scan("Z-1", "No such bin") == "wrong"
    assert hand.scan("A-01", "Another bin") == "attention"
    hand.kept(0)
    assert lying(person.enterprise)[A1, "SKU-1"] == (5, 0)
    hand.press("Undo")
    hand.says("Taken back")
    hand.kept(0)
    assert lying(person.enterprise)[IN, "SKU-1"] == (5, 0)
    hand.scan("SKU-1", "SKU-1 × 1")
    hand.scan("A-02", "Put away")
    hand.kept(0)

    hand.open("move/")
    hand.scan("SKU-1", "Scan a bin first")
    hand.scan("A-02", "Bin")
    hand.scan("SKU-2", "Wrong item")
    hand.scan("SKU-1", "SKU-1 × 1")
    shot(hand, "move")
    hand.scan("SKU-1", "SKU-1 × 2")
    assert hand.scan("SKU-1", "Too many") == "wrong"
    assert hand.scan("A-01", "Moved") == "right"
    hand.kept(0)
    found = lying(person.enterprise)
    assert (found[IN, "SKU-1"], found[A1, "SKU-1"]) == ((4, 0), (2, 0))
    assert (A2, "SKU-1") not in found
    hand.close()


def test_an_order_is_packed_and_handed_over(browser, address, person):
    stock(person.enterprise, A1, 3)
    wave, (order,) = new_wave(person.enterprise, ("SKU-1", 3))
    with person.within():
        pick_wave(wave.id)
    hand = HandHeld(browser, address, person).open("pack/")
    hand.scan("nothing", "No such order")
    hand.scan(f"S-{person.enterprise.hex[:6]}-0")
    hand.page.wait_for_url(f"**/?order={order}")
    hand.awake()

    assert hand.scan("SKU-2", "Wrong item") == "wrong"
    hand.scan("SKU-1", "SKU-1 1 / 3")
    shot(hand, "pack")
    hand.page.reload()
    hand.awake()
    hand.scan("SKU-1", "SKU-1 2 / 3")
    hand.scan("SKU-1", "Everything is in")
    assert hand.scan("SKU-1", "Too many") == "wrong"
    hand.press("Carton")
    hand.page.keyboard.type("BOX-M")
    hand.page.keyboard.press("Enter")
    hand.press("Weight")
    hand.enter(480)
    hand.press("Close the parcel")
    hand.says("Packed")
    shot(hand, "packed")
    with person.within():
        parcel = Parcel.objects.get()
        assert (parcel.carton, parcel.weight_g, parcel.state) == ("BOX-M", 480, "packed")
    hand.press("Undo")
    hand.says("Taken back")
    assert hand.big() == "3"
    for word in ("1 / 3", "2 / 3", "Everything is in"):
        hand.scan("SKU-1", word)
    hand.press("Close the parcel")
    hand.says("Packed")
    number = hand.big()

    hand.press("Hand over")
    hand.page.wait_for_url("**/scan/ship/")
    hand.awake()
    assert hand.scan("P-0", "No such parcel") == "wrong"
    assert hand.scan(number, "Parcel") == "right"
    assert hand.scan(number, "Scanned already") == "attention"
    shot(hand, "ship")
    hand.press("Hand over 1")
    hand.says("Handed over")
    assert lying(person.enterprise) == {}
    hand.open("look/")
    hand.scan(number, "Parcel")
    assert "has left" in hand.page.inner_text("#lines")
    hand.close()


def test_a_short_pick_is_served_from_elsewhere_and_a_pick_is_taken_back(browser, address, person):
    stock(person.enterprise, A1, 4)
    stock(person.enterprise, A2, 4)
    wave, _ = new_wave(person.enterprise, ("SKU-1", 3))
    hand = HandHeld(browser, address, person).open(f"pick/?of=wave&target={wave.id}")
    bin = hand.big()
    hand.scan(bin, "Right bin")
    hand.scan("SKU-1", "Right: 1")
    hand.kept(0)
    hand.press("Undo")
    hand.says("Taken back")
    hand.kept(0)
    assert lying(person.enterprise)[f"{DUI}/{bin}", "SKU-1"] == (4, 3)
    check_reserved(person.enterprise)

    hand.press("Not all there")
    hand.enter(1)
    shot(hand, "short")
    hand.press("Missing")
    assert hand.says("2 short") == "attention"
    hand.kept(0)

    found = lying(person.enterprise)
    assert found[PACKING, "SKU-1"] == (1, 1)
    assert found[f"{DUI}/@missing", "SKU-1"] == (3, 0)
    check_reserved(person.enterprise)
    hand.close()


def test_goods_come_back_and_are_graded(browser, address, person):
    stock(person.enterprise, A1, 3)
    wave, (order,) = new_wave(person.enterprise, ("SKU-1", 3))
    with person.within():
        pick_wave(wave.id)
        (parcel,) = pack([NewParcel(order, tracking="TRACK-1")])
        ship([parcel.id])
    hand = HandHeld(browser, address, person).open("return/")
    hand.scan("?", "Unknown barcode")
    assert hand.scan("TRACK-1", "Parcel") == "right"
    hand.scan("SKU-1", "SKU-1")
    shot(hand, "return")
    hand.press("A · as new")
    assert hand.says("Back to the shelf") == "right"
    hand.scan("SKU-1", "SKU-1")
    hand.press("B · opened or used")
    hand.says("Put aside")
    hand.scan("SKU-1", "SKU-1")
    hand.scan("SKU-1", "SKU-1 × 2")
    hand.press("A · as new")
    assert hand.says("More than was shipped") == "wrong"
    hand.press("Cancel")
    hand.press("Undo")
    hand.says("Taken back")

    with person.within():
        assert [line.grade for line in ReturnedLine.objects.all()] == ["A"]
    assert sum(n for (_, sku), (n, _) in lying(person.enterprise).items()) == 1
    hand.close()


def test_a_bin_is_counted_blind(browser, address, person):
    stock(person.enterprise, A1, 3)
    hand = HandHeld(browser, address, person).open("count/")
    hand.scan("A-01")
    hand.page.wait_for_url("**/?count=*")
    hand.awake()
    hand.scan("SKU-1", "Scan the bin first")
    assert hand.scan("A-01", "Bin") == "right"
    assert hand.scan("SKU-1", "SKU-1 × 1") == "right"
    assert hand.scan("?", "Unknown barcode") == "attention"
    hand.scan("SKU-1", "SKU-1 × 2")
    hand.press("Undo")
    hand.says("Taken back")
    hand.press("Set SKU-1")
    hand.enter(3)
    hand.says("SKU-1 × 3")
    shot(hand, "count")
    hand.press("Bin is done")
    hand.says("Counted")

    with person.within():
        count = Count.objects.get()
        assert [bin.state for bin in count.bins.all()] == ["right"]
        assert not Document.objects.filter(kind="count").exists()
    hand.close()


def test_anything_is_looked_up(browser, address, person):
    stock(person.enterprise, A1, 3)
    hand = HandHeld(browser, address, person).open()
    hand.scan("A-01")
    hand.page.wait_for_url("**/scan/look/**")
    hand.awake()
    assert "SKU-1" in hand.page.inner_text("#list")
    assert hand.scan("SKU-1", "SKU-1") == "right"
    assert "A-01" in hand.page.inner_text("#list")
    shot(hand, "look")
    assert hand.scan("<img src=x onerror=alert(1)>", "Unknown barcode") == "wrong"
    assert hand.page.locator("#answer img, #big img").count() == 0
    hand.close()
