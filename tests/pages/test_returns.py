# SPDX-License-Identifier: Apache-2.0
"""Returns on pages: announced, received, decided once however often the button is pressed."""

from __future__ import annotations

import re

import pytest

from entrepot.people.walled import new_id
from entrepot.warehouse.models import Return, ReturnedLine
from entrepot.warehouse.returns.receiving import Came, Sender, receive
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import lying, open_floor


@pytest.fixture
def floor(desk: None) -> Person:
    person = new_person()
    open_floor(person.enterprise)
    return person


def test_a_return_is_announced(floor):
    given = {"rma": "RMA-1", "note": "<i>torn</i>", "sku_1": "SKU-1", "quantity_1": "2"}
    answered = floor.client.post("/returns/announce/", given, follow=True)
    text = answered.content.decode()

    assert "is expected." in text
    assert "<i>torn" not in text
    assert "RMA-1" in floor.text("/returns/?rma=RMA-1", "zh-hans")


def test_nothing_expected_is_said_at_the_field(floor):
    refused = floor.post("/returns/announce/", {"rma": "RMA-1"})

    assert refused.status_code == 409
    assert "Say at least one SKU" in refused.content.decode()


def test_what_came_waits_and_is_decided_once(floor):
    with floor.within():
        came = [Came("SKU-1", 2)]
        receive(str(new_id()), "DUI1", Sender(), came)
        line, back = ReturnedLine.objects.get(), Return.objects.get()
    assert 'data-label="SKU"' in floor.text("/returns/waiting/")

    for _ in range(2):
        floor.post(
            f"/returns/lines/{line.id}/decide", {"outcome": "scrap", "scan": f"{line.id}-decided"}
        )

    assert 'data-state="scrap"' in floor.text(f"/returns/{back.id}/")
    assert "@returns" not in str(lying(floor.enterprise))
    assert "Nothing waits" in floor.text("/returns/waiting/")


def test_a_return_is_received_at_a_desk_in_parts_put_away_and_sent_twice_done_once(floor):
    given = {"warehouse": "DUI1", "scan": str(new_id()), "sku_1": "SKU-1", "quantity_1": "3"}
    for _ in range(2):
        answered = floor.client.post("/returns/receive/", given, follow=True)
    text = answered.content.decode()
    scans = re.findall(r'name="scan" value="([^"]+)"', text)
    with floor.within():
        line = ReturnedLine.objects.get()
    part = {"outcome": "restock", "quantity": "2", "bin": "A-02", "grade": "A"}
    for _ in range(2):
        floor.post(f"/returns/lines/{line.id}/decide", part | {"scan": scans[0]})

    assert "was received." in text
    assert lying(floor.enterprise) == {
        ("warehouse/DUI1/A-02", "SKU-1"): (2, 0), ("warehouse/DUI1/@returns", "SKU-1"): (1, 0),
    }  # fmt: skip


def test_what_is_wrong_with_what_came_is_said_at_its_field(floor):
    wrong = {"warehouse": "DUI1", "scan": "1", "rma": "R", "tracking": "T", "channel": "shop"}
    refused = floor.post("/returns/receive/", wrong)
    unknown = floor.post(
        "/returns/receive/", wrong | {"sku_1": "SKU-1", "tracking": "", "channel": ""}
    )

    assert refused.status_code == unknown.status_code == 422
    assert refused.content.decode().count('aria-invalid="true"') == 3
    assert 'role="alert"' in unknown.content.decode()
    assert lying(floor.enterprise) == {}


def test_grades_are_those_of_the_enterprise(floor):
    page = floor.text("/returns/grades/", "zh-hans")
    assert "全新" in page
    given = {"code_1": "<b>X", "name_1": "rotten", "outcome_1": "scrap"}
    floor.post("/returns/grades/", given)
    twice = floor.post("/returns/grades/", given | {"code_2": "<b>X"})

    assert twice.status_code == 422
    text = floor.text("/returns/receive/")
    assert "rotten" in text
    assert "<b>X" not in text
    assert (
        new_person("finance", floor.enterprise).post("/returns/grades/", given).status_code == 409
    )
