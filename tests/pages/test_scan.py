# SPDX-License-Identifier: Apache-2.0
"""Scan pages in a browser, against the real book: each flow from the first scan to the last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from entrepot.ledger.models import Document
from entrepot.pages.scan.shell import FLOWS
from entrepot.warehouse.models import Wave
from entrepot.warehouse.outbound.picking import pick_orders
from tests.pages.browser import NARROW, WIDE
from tests.pages.kit import new_person
from tests.pages.scanner import GTIN, HandHeld, new_floor, new_wave
from tests.warehouse.floor import A1, A2, DUI, check_reserved, lying, stock


@pytest.fixture
def person(desk):
    return new_floor()


def shot(hand, name):
    if folder := os.environ.get("SCREENSHOTS"):
        hand.page.screenshot(path=f"{folder}/scan-{name}.png")


def test_a_wave_is_picked_along_the_bins(browser, address, person):
    stock(person.enterprise, A1, 3)
    stock(person.enterprise, A2, 9, "SKU-2")
    wave, _ = new_wave(person.enterprise, ("SKU-1", 2), ("SKU-2", 7))
    hand = HandHeld(browser, address, person).open()
    shot(hand, "start")
    hand.scan(wave.number)
    hand.page.wait_for_url("**/scan/pick/**")
    hand.awake()
    shot(hand, "pick-go")
    assert hand.big() == "A-01"

    assert hand.scan("SKU-1", "Scan the bin first") == "wrong"
    assert hand.scan("Z-99", "Wrong bin") == "wrong"
    shot(hand, "pick-wrong")
    assert hand.scan("A-01", "Right bin") == "right"
    assert hand.scan("SKU-1", "Right: 1") == "right"
    shot(hand, "pick-right")
    assert hand.scan("SKU-3", "Wrong item") == "wrong"
    assert hand.scan("nobody", "Unknown barcode") == "wrong"
    hand.scan("SKU-1")
    hand.shows("A-02")
    assert hand.scan("A-02", "Right bin") == "right"
    shot(hand, "pick-take")
    assert hand.scan(f"]C101{GTIN.zfill(14)}3708", "Too many") == "wrong"
    assert hand.scan(f"]C1010{GTIN}10LOT\x1d3702", "Right: 2") == "right"
    hand.press("Type a quantity")
    shot(hand, "pad")
    hand.enter(5)
    assert hand.says("Everything is picked") == "done"
    hand.kept(0)
    shot(hand, "pick-done")

    found = lying(person.enterprise)
    assert found[f"{DUI}/@packing", "SKU-1"] == (2, 2)
    assert found[f"{DUI}/@packing", "SKU-2"] == (7, 7)
    check_reserved(person.enterprise)
    hand.close()


def test_with_the_network_cut_while_picking_every_scan_arrives_once(browser, address, person):
    stock(person.enterprise, A1, 6)
    stock(person.enterprise, A2, 4, "SKU-2")
    wave, _ = new_wave(person.enterprise, ("SKU-1", 6), ("SKU-2", 4))
    hand = HandHeld(browser, address, person).open()
    hand.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    hand.open(f"pick/?of=wave&target={wave.id}")
    hand.scan("A-01", "Right bin")
    assert hand.scan("SKU-1", "Right: 1") == "right"
    hand.kept(0)

    hand.cut()
    for left in (4, 3):
        hand.scan("SKU-1", "Right: 1")
        hand.until(
            lambda left=left: f"{left} left" in hand.page.inner_text("#told"), f"{left} left"
        )
    assert hand.scan("SKU-3", "Wrong item") == "wrong"
    hand.kept(2)
    assert hand.page.inner_text("#network") == "kept: 2"
    shot(hand, "pick-away")
    hand.page.reload()
    hand.awake()
    assert hand.big() == "SKU-1"
    for _ in range(3):
        hand.scan("SKU-1")
    hand.shows("A-02")
    hand.kept(5)
    hand.scan("A-02", "Right bin")
    hand.press("Type a quantity")
    hand.enter(4)
    hand.says("Everything is picked")
    hand.kept(6)
    assert lying(person.enterprise)[f"{DUI}/@packing", "SKU-1"] == (1, 1)

    second = HandHeld.__new__(HandHeld)
    second.page = hand.page.context.new_page()
    hand.cut(False)
    second.open()
    hand.kept(0)

    found = lying(person.enterprise)
    assert found[f"{DUI}/@packing", "SKU-1"] == (6, 6)
    assert found[f"{DUI}/@packing", "SKU-2"] == (4, 4)
    with person.within():
        assert Document.objects.filter(kind="pick").count() == 7
        assert not Wave.objects.get(id=wave.id).is_open
    check_reserved(person.enterprise)
    hand.close()


def test_what_the_desk_refuses_later_is_shown_until_it_is_settled(browser, address, person):
    stock(person.enterprise, A1, 2)
    wave, (order,) = new_wave(person.enterprise, ("SKU-1", 2))
    hand = HandHeld(browser, address, person).open(f"pick/?of=wave&target={wave.id}")
    hand.scan("A-01", "Right bin")
    hand.cut()
    hand.scan("SKU-1", "Right: 1")
    hand.scan("SKU-1", "Everything is picked")
    with person.within():
        pick_orders([order])

    hand.cut(False)
    assert hand.says("Nothing left to pick") == "wrong"
    shot(hand, "refused")
    hand.page.reload()
    hand.awake()
    rows = hand.page.locator("#refused li")
    assert rows.count() == 2
    for _ in range(2):
        hand.press("Settled")
        hand.page.wait_for_timeout(200)
    assert hand.scans() == []
    assert lying(person.enterprise)[f"{DUI}/@packing", "SKU-1"] == (2, 2)
    hand.page.complaints.clear()
    hand.close()


def test_what_is_kept_waits_for_whoever_scanned_it(browser, address, person):
    stock(person.enterprise, A1, 2)
    wave, _ = new_wave(person.enterprise, ("SKU-1", 2))
    path = f"pick/?of=wave&target={wave.id}"
    hand = HandHeld(browser, address, person).open(path)
    hand.scan("A-01", "Right bin")
    session = hand.page.context.cookies()
    hand.page.context.clear_cookies()
    hand.scan("SKU-1", "Right: 1")
    hand.until(
        lambda: (
            "signed out" in hand.page.text_content("#network")
            or "kept" in hand.page.text_content("#network")
        ),
        "out",
    )
    hand.until(lambda: "this device: 1." in hand.page.inner_text("#banner"), "what to do")
    shot(hand, "out")

    other = new_person("warehouse", person.enterprise)
    cookie = other.client.cookies["sessionid"].value
    hand.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    hand.open(path)
    hand.until(lambda: "somebody else" in hand.page.inner_text("#banner"), "somebody else's")
    assert len(hand.scans()) == 1
    assert f"{DUI}/@packing" not in {place for place, _ in lying(person.enterprise)}

    hand.page.context.clear_cookies()
    hand.page.context.add_cookies(session)
    hand.open(path)
    hand.kept(0)
    assert lying(person.enterprise)[f"{DUI}/@packing", "SKU-1"] == (1, 1)
    hand.page.complaints.clear()
    hand.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_scan_page_fits_and_is_in_the_readers_language(
    browser, address, person, language, size
):
    scheme = "dark" if language == "zh" else "light"
    hand = HandHeld(browser, address, person, language=language, size=size, color_scheme=scheme)
    for path in ("", *(f"{flow}/" for flow in FLOWS)):
        hand.open(path)
        if folder := os.environ.get("SCREENSHOTS"):
            name = f"fit-{language}-{size['width']}-{path.strip('/') or 'start'}"
            hand.page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        assert hand.page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert hand.page.complaints == []
    if language == "zh":
        assert hand.scan("?", "未知条码") == "wrong"
    hand.close()


def test_a_scan_is_heard_and_seen_within_100_milliseconds(browser, address, person):
    stock(person.enterprise, A1, 60)
    wave, _ = new_wave(person.enterprise, ("SKU-1", 40))
    hand = HandHeld(browser, address, person).open(f"pick/?of=wave&target={wave.id}")
    hand.scan("A-01", "Right bin")
    for at in range(60):
        hand.scan("SKU-1" if at % 3 < 2 else "SKU-3")
        hand.until(lambda at=at: len(hand.page.evaluate("heard")) == at + 2, "an answer")
    hand.kept(0)

    took = sorted(each["after"] for each in hand.page.evaluate("heard"))
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / "times.txt").write_text("\n".join(f"{each:.1f}" for each in took))
    assert took[len(took) * 95 // 100] < 100
    hand.close()
