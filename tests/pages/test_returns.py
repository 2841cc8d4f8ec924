# SPDX-License-Identifier: Apache-2.0
"""Returns on pages: announced, received, decided once however often the button is pressed."""

from __future__ import annotations

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
