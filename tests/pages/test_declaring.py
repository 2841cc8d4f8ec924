# SPDX-License-Identifier: Apache-2.0
"""Two hundred order lines go from the shelf to the departure, by pages, with customs beside."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from entrepot.customs.sending.models import Document
from entrepot.customs.sending.work import exchange
from entrepot.declaring.configuring import drop_code
from entrepot.declaring.models import Booking, Merge
from entrepot.declaring.opening import open_flow
from entrepot.declaring.work import follow_everywhere
from entrepot.logistics.models import DeclarationLine
from tests.customs.desk_kit import customs_beside, folder
from tests.declaring.kit import VOYAGE, documents, list_no, open_firm, parcels, told
from tests.declaring.test_merging import closed, merged
from tests.pages.browser import NARROW, opened
from tests.pages.kit import Person, new_person

ORDERS = 100


@pytest.fixture
def person(desk: None) -> Person:
    found = new_person()
    open_firm(found.enterprise)
    return found


def heard(person: Person, kind: str, *outcomes: str, seconds: float = 30) -> None:
    """Customs said so of every newest document of a kind."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        exchange(person.enterprise)
        follow_everywhere(person.enterprise)
        with person.within():
            rows = Document.objects.filter(kind=f"CEB{kind}Message", is_latest=True)
            states = set(rows.values_list("outcome", flat=True))
        if states and states <= set(outcomes):
            return
        time.sleep(0.2)
    raise AssertionError((kind, states))


def test_two_hundred_order_lines_go_to_the_departure(
    browser: Any, address: str, person: Person
) -> None:
    parcels(person.enterprise, ORDERS)
    with person.within():
        drop_code("port", "DE")
    with customs_beside(folder(person.enterprise), "--idle", "60"):
        page = opened(browser, address, person)
        open_all(page)
        page.get_by_role("link", name="Take this step").first.wait_for()
        step(page, "Orders and waybills")
        for kind in ("303", "505"):
            heard(person, kind, "taken_in")
        step(page, "Lists (603)")
        heard(person, "603", "closed")
        step(page, "Arrival", VOYAGE)
        heard(person, "507", "taken_in")
        step(page, "Master and house")
        step(page, "Departure")
        heard(person, "509", "taken_in")
        page.reload()
        assert page.get_by_role("link", name="Take this step").count() == 0
        page.goto("/declaring/bookings/")
        assert page.get_by_text("declared").count() >= 50
        narrow = opened(browser, address, person, language="zh", size=NARROW)
        narrow.goto("/declaring/")
        assert narrow.get_by_text("9610，清单，汇总统计（A）").is_visible()
        assert not [each for each in page.complaints if "422" not in each]
    with person.within():
        assert DeclarationLine.objects.count() == 2 * ORDERS
        assert set(Booking.objects.values_list("state", flat=True)) == {"booked"}


def open_all(page: Any) -> None:
    """Open a flow of all parcels, after saying the code that is missing."""
    page.goto("/declaring/ready/")
    page.get_by_role("button", name="Declare all").click()
    choose(page)
    assert page.get_by_text("Nobody said what customs calls DE (port of destination)").is_visible()
    page.goto("/declaring/codes/add/")
    page.get_by_label("Codes").fill("port,DE,P001")
    page.get_by_role("button", name="Say codes").click()
    page.goto("/declaring/ready/")
    page.get_by_role("button", name="Declare all").click()
    choose(page)
    assert page.get_by_text("a comprehensive pilot zone: yes").is_visible()


def choose(page: Any) -> None:
    page.get_by_label("Way", exact=True).select_option("9610_list_a")
    page.get_by_role("button", name="Open the flow").click()


def step(page: Any, name: str, said: dict[str, str] | None = None) -> None:
    """Take a step of the flow, which is the next one."""
    page.reload()
    row = page.locator("dl.facts > div", has_text=name)
    row.get_by_role("link", name="Take this step").click()
    for field, value in (said or {}).items():
        page.get_by_label(f"({field})").fill(value)
    page.get_by_role("button", name="Take this step").click()
    page.get_by_text("documents are drafted and signed").wait_for()


def test_what_is_missing_is_told_with_its_order_in_both_languages(person: Person) -> None:
    ids = parcels(person.enterprise, 2)
    with person.within():
        drop_code("currency", "EUR")
    given = {"source": "parcel", "sources": [str(each) for each in ids], "way": "9610_list_a",
             "on": "2026-03-02"}  # fmt: skip
    english = person.post("/declaring/open/", given)
    chinese = person.post("/declaring/open/", given, headers={"Accept-Language": "zh-hans"})

    assert english.status_code == 422
    assert "Nobody said what customs calls EUR (currency)" in english.content.decode()
    assert "未填写海关对 EUR 的代码（币种）" in chinese.content.decode()


def test_a_way_that_is_closed_says_why_for_each_order(person: Person) -> None:
    ids = parcels(person.enterprise, 1)
    given = {"source": "parcel", "sources": [str(each) for each in ids], "way": "9610_list_a",
             "on": "2026-03-02", "refund_wanted": "yes"}  # fmt: skip
    answered = person.post("/declaring/open/", given)

    assert "a refund of VAT: yes, must be no" in answered.content.decode()
    assert "9610_list_b" in answered.content.decode()


def test_a_ticket_is_left_out_and_codes_and_setup_are_kept(person: Person) -> None:
    ids = parcels(person.enterprise, 2)
    with person.within():
        flow = open_flow("9610_list_a", ids, date(2026, 3, 2), {})
        ticket = flow.tickets.get(at=1)
    person.post(f"/declaring/tickets/{ticket.id}/leave-out/", {"reason": "<b>damp"})
    shown = person.text(f"/declaring/flows/{flow.id}/")
    refused = person.post(f"/declaring/flows/{flow.id}/steps/lists/", {})
    codes = person.post("/declaring/codes/add/", {"rows": "port,GB,P00001\nport\n"})
    setup = person.post("/declaring/setup/", {"customsCode": "12345"})

    assert "left out: &lt;b&gt;damp" in shown
    assert "customs does not have an order and its waybill yet" in shown
    assert refused.status_code == 422
    assert "Line 2" in codes.content.decode()
    assert setup.status_code == 422
    assert "4 characters" in setup.content.decode()
    assert "O-1" in person.text("/declaring/ready/")


def test_a_merge_that_customs_refused_is_applied_for_again(person: Person) -> None:
    closed(person.enterprise)
    merged(person.enterprise)
    assert "Apply again" not in person.text("/declaring/merges/")
    told(person.enterprise, "701", "100")
    with person.within():
        again = f"/declaring/merges/{Merge.objects.get().id}/again/"

    assert f'href="{again}"' in person.text("/declaring/merges/")
    assert "just what customs was told" in person.post(again, {}).content.decode()
    with person.within():
        Booking.objects.filter(declaration_no=list_no(1)).update(state="withdrawn")
    assert person.post(again, {}).status_code == 302
    assert [each.version for each in documents(person.enterprise, "701")] == [2]
    assert person.post(again, {}).status_code == 422
