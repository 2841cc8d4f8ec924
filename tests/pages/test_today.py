# SPDX-License-Identifier: Apache-2.0
"""The first page: what waits, for whom, and how a new enterprise begins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import WAREHOUSE
from entrepot.closing.models import Close
from entrepot.customs.sending.models import Document
from entrepot.declaring.flows import ORDERS
from entrepot.declaring.opening import open_flow
from entrepot.declaring.stepping import take_step
from entrepot.pages import today
from entrepot.warehouse.models import Parcel
from tests.declaring.kit import ON, open_firm, parcels, told
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import DUI, open_floor, order, stock, taken

YEAR_AGO = timezone.now() - timedelta(days=365)
YESTERDAY = timezone.now().date() - timedelta(days=2)


@pytest.fixture(scope="module")
def floor(desk: None) -> Person:
    person = new_person()
    open_floor(person.enterprise)
    stock(person.enterprise, f"{DUI}/@receiving", 7)
    taken(
        person.enterprise, *(order(f"W-{n}", ("SKU-1", 2), promised_on=YESTERDAY) for n in (1, 2))
    )
    return person


def card(text: str) -> str:
    return f"<b>{text.partition(' ')[0]}</b><span>{text.partition(' ')[2]}</span>"


def test_what_is_late_comes_first_and_opens_the_list_of_it(floor):
    page = floor.text("/today/")

    assert page.index(card("2 Orders late")) < page.index(card("2 Order lines waiting for goods"))
    assert card("1 SKUs in receiving, to put away") in page
    assert "/orders/?promised_until=" in page
    assert "Orders on hold" not in page
    assert "逾期订单" in floor.text("/today/", "zh-hans")


def test_more_than_is_counted_is_said_to_be_more(floor, monkeypatch):
    monkeypatch.setattr(today, "MOST", 1)

    assert card("1+ Orders late") in floor.text("/today/")


def test_what_waits_for_customs_people_opens_just_what_it_counts(desk):
    person = new_person("customs")
    open_firm(person.enterprise)
    parcels(person.enterprise, 3)
    with person.within():
        ids = list(Parcel.objects.values_list("id", flat=True))
        flow = open_flow("9610_list_a", ids, ON, {})
        take_step(flow.id, ORDERS)
    told(person.enterprise, "303", "100", only=["O-1"])
    with person.within():
        document = Document.objects.filter(kind="CEB505Message").order_by("own_no")
        Document.objects.filter(id=document[0].id).update(is_contradicted=True)
        Document.objects.filter(id=document[1].id).update(awaits_since=YEAR_AGO)

    page = person.text("/today/")

    assert card("1 Documents that customs refused, to correct") in page
    assert card("2 Documents without a receipt in time, or with two that differ") in page
    assert "Classifications to accept" not in page
    refused = person.text("/customs/?rejected=on")
    assert ("O-1" in refused, "O-2" in refused) == (True, False)
    assert person.text("/customs/?alert=on").count("/customs/documents/") >= 2


def test_everybody_sees_what_they_may(floor):
    partner = new_person("partner", floor.enterprise).text("/today/")

    assert "Orders late" not in partner
    assert "First steps" not in partner
    assert "SKUs in receiving" in partner


def test_the_first_steps_tick_themselves_off(desk):
    new = new_person()
    page = new.text("/today/")
    assert page.count('data-state="draft"') == 5
    assert "第一步" in new.text("/today/", "zh-hans")
    with new.within():
        masters.add(WAREHOUSE, {"code": "DUI1", "name": "DUI1", "kind": "overseas",
                                "time_zone": "Europe/Berlin", "country": "DE"})  # fmt: skip

    assert new.text("/today/").count('data-state="draft"') == 4


def test_the_next_deadline_is_that_of_the_latest_close(floor):
    with floor.within():
        day = timezone.localdate()
        due = [
            {"by": str(day + timedelta(days=left)), "what": "item.claim", "lines": 1}
            for left in (-3, 12, 90)
        ]
        Close.objects.create(as_of=day, asked_by="system", summary={"due": due})

        assert today.next_deadline(day)["days"] == 12
    assert "Days until the next filing deadline" in floor.text("/today/")


def test_the_page_asks_little(floor):
    with CaptureQueriesContext(connection) as asked:
        floor.text("/today/")

    assert len(asked) <= 20
