# SPDX-License-Identifier: Apache-2.0
"""Waves and parcels on pages: made, picked, packed, handed over, taken apart."""

from __future__ import annotations

import re

import pytest

from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.models import Parcel, Wave
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, A2, DUI, lying, open_floor, order, stock, taken


@pytest.fixture
def floor(desk: None) -> Person:
    """Two orders that are reserved in the first warehouse."""
    person = new_person()
    open_floor(person.enterprise)
    stock(person.enterprise, A1, 10)
    stock(person.enterprise, A2, 10, "SKU-2")
    orders = taken(
        person.enterprise, order("1001", ("SKU-1", 2), ("SKU-2", 1)), order("1002", ("SKU-1", 3))
    )
    with person.within():
        allocate_orders(orders)
    return person


def wave_of(person: Person) -> Wave:
    with person.within():
        return Wave.objects.get()


def pressed(person: Person, path: str) -> str:
    """What the page says after a button was pressed."""
    answered = person.post(path, follow=True)
    assert answered.status_code == 200
    return str(answered.content.decode())


def test_a_wave_is_made_picked_packed_and_handed_over(floor):
    made = floor.post("/outbound/new/", {"warehouse": "DUI1", "most": "10"}, follow=True)
    wave = wave_of(floor)
    at = f"/outbound/waves/{wave.id}"

    assert f"Wave {wave.number}: 2 orders, 6 units." in made.content.decode()
    assert "6 units were picked." in pressed(floor, f"{at}/pick")
    assert "2 parcels were packed." in pressed(floor, f"{at}/pack")
    assert "2 parcels left." in pressed(floor, f"{at}/ship")
    assert lying(floor.enterprise) == {(A1, "SKU-1"): (5, 0), (A2, "SKU-2"): (9, 0)}


def test_a_wave_shows_its_walk_in_the_order_of_the_bins(floor):
    floor.post("/outbound/new/", {"warehouse": "DUI1", "most": "10"})

    text = floor.text(f"/outbound/waves/{wave_of(floor).id}/", "zh-hans")

    assert "拣货路线" in text
    places = re.findall(r"/movements/\?place=[^\"]*\">([^<]*)</a>", text)
    assert places == ["A-01", "A-02"]
    exported = floor.get(f"/outbound/waves/{wave_of(floor).id}/?export=csv&of=walk")
    assert len(b"".join(exported.streaming_content).splitlines()) == 3


def test_nothing_to_gather_is_said_in_the_form_and_nothing_is_made(floor):
    refused = floor.post(
        "/outbound/new/",
        {"warehouse": "LON1", "most": "7"},
        headers={"Accept-Language": "zh-hans"},
    )

    assert refused.status_code == 409
    assert 'value="7"' in refused.content.decode()
    assert 'role="alert"' in refused.content.decode()
    with floor.within():
        assert not Wave.objects.exists()


def test_a_wave_that_was_begun_is_not_taken_apart(floor):
    floor.post("/outbound/new/", {"warehouse": "DUI1", "most": "10"})
    at = f"/outbound/waves/{wave_of(floor).id}"
    floor.post(f"{at}/pick")

    assert 'class="error"' in pressed(floor, f"{at}/dissolve")
    assert wave_of(floor).is_open is False or wave_of(floor).id


def test_a_parcel_is_tracked_unpacked_and_its_texts_are_escaped(floor):
    floor.post("/outbound/new/", {"warehouse": "DUI1", "most": "10", "note": "<script>x</script>"})
    at = f"/outbound/waves/{wave_of(floor).id}"
    floor.post(f"{at}/pick")
    floor.post(f"{at}/pack")
    with floor.within():
        parcel = Parcel.objects.order_by("id").first()
    page = f"/outbound/parcels/{parcel.id}/"

    said = pressed(floor, f"{page}tracking")
    floor.post(f"{page}tracking", {"carrier": "DHL", "tracking": '"><img src=x>'})
    text = floor.text(page)

    assert "are kept" in said
    assert "<img" not in text.replace('<img src="/static', "")
    assert "<script>x" not in floor.text(f"{at}/")
    assert floor.post(f"{page}unpack").status_code == 302
    assert floor.get(page).status_code == 404


def test_parcels_are_found_and_exported(floor):
    floor.post("/outbound/new/", {"warehouse": "DUI1", "most": "10"})
    at = f"/outbound/waves/{wave_of(floor).id}"
    floor.post(f"{at}/pick")
    floor.post(f"{at}/pack")

    listed = floor.text(f"/outbound/parcels/?warehouse={DUI.split('/')[1]}&state=packed")
    file = b"".join(floor.get("/outbound/parcels/?export=csv").streaming_content).decode(
        "utf-8-sig"
    )

    assert listed.count('data-state="packed"') == 2
    assert file.splitlines()[0].startswith("Number,State,")
    assert len(file.splitlines()) == 3


def test_who_may_only_look_sees_no_button(floor):
    floor.post("/outbound/new/", {"warehouse": "DUI1", "most": "10"})
    clerk = new_person("finance", floor.enterprise)
    at = f"/outbound/waves/{wave_of(floor).id}"

    assert "<button>" not in clerk.text(f"{at}/").split("<main")[1].split("</main")[0]
    assert clerk.post(f"{at}/pick").status_code == 409
    with floor.within():
        assert not Parcel.objects.exists()
