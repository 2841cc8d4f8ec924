# SPDX-License-Identifier: Apache-2.0
"""The site's scan page in a browser: also without a network, each scan once, none too early."""

from __future__ import annotations

import pytest

from entrepot.consolidating.announcing import announce
from entrepot.consolidating.containers import open_container
from entrepot.consolidating.models import Step
from entrepot.consolidating.recording import record
from tests.consolidating.kit import WAYS, event, history, piece, states
from tests.pages.scanner import HandHeld, new_floor

SITE, BOX = "DUI1", "TCLU1234567"


@pytest.fixture
def person(desk):
    found = new_floor()
    with found.within():
        open_container(BOX, SITE)
    return found


def at_site(person, state, *marks):
    with person.within():
        announce([piece(mark) for mark in marks])
        told = record([event(mark, name, site=SITE) for mark in marks for name in WAYS[state]])
    assert not [each for each in told if each.refusal]


def test_a_piece_is_inspected_released_and_loaded(browser, address, person):
    at_site(person, "selected", "P-1")
    hand = HandHeld(browser, address, person).open("site/")
    for step, word in (("Inspection begins", "Inspection begins"), ("Passed", "Passed"),
                       ("Released", "Released")):  # fmt: skip
        hand.press(step)
        assert hand.scan("P-1", word) == "right"
        hand.kept(0)
    hand.press("Into container")
    assert hand.scan("P-1", "Scan the container first") == "wrong"
    assert hand.scan(BOX, "Into this one") == "right"
    assert hand.scan("P-1", "Into container") == "right"
    hand.kept(0)

    assert states(person.enterprise) == {"P-1": "consolidated"}
    hand.close()


def test_what_is_not_released_is_refused_loud(browser, address, person):
    at_site(person, "inspecting", "P-1")
    hand = HandHeld(browser, address, person).open("site/")
    hand.press("Into container")
    hand.scan(BOX, "Into this one")
    assert hand.scan("P-1", "Not released") == "wrong"
    assert hand.scan("P-9", "Not there") == "wrong"

    assert states(person.enterprise) == {"P-1": "inspecting"}
    hand.close()


def test_without_a_network_each_scan_is_kept_and_arrives_once(browser, address, person):
    at_site(person, "released", "P-1", "P-2")
    at_site(person, "inspecting", "P-3")
    hand = HandHeld(browser, address, person).open("site/")
    hand.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    hand.press("Into container")
    hand.scan(BOX, "Into this one")
    hand.cut()
    for mark in ("P-1", "P-2"):
        assert hand.scan(mark, "Into container") == "right"
        hand.until(lambda mark=mark: mark in hand.page.inner_text("#told"), mark)
    assert hand.scan("P-1", "Done already") == "attention"
    assert hand.scan("P-3", "Not known to be released") == "wrong"
    hand.kept(2)
    hand.page.reload()
    hand.awake()
    hand.cut(False)
    hand.kept(0)

    assert states(person.enterprise) == {
        "P-1": "consolidated", "P-2": "consolidated", "P-3": "inspecting",
    }  # fmt: skip
    assert len(history(person.enterprise, "P-1")) == 5
    with person.within():
        assert Step.objects.filter(event="consolidated").count() == 2
    hand.page.complaints.clear()
    hand.close()


def test_a_piece_is_taken_out_again(browser, address, person):
    at_site(person, "released", "P-1")
    hand = HandHeld(browser, address, person).open("site/")
    hand.press("Into container")
    hand.scan(BOX, "Into this one")
    hand.scan("P-1", "Into container")
    hand.kept(0)
    hand.press("Undo")
    hand.says("Taken back")

    assert states(person.enterprise) == {"P-1": "released"}
    hand.close()
