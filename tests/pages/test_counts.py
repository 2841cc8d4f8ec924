# SPDX-License-Identifier: Apache-2.0
"""Counts on pages: opened, closed, approved; what is not shown before a bin is closed."""

from __future__ import annotations

import re

import pytest

from entrepot.pages.counts import meant
from entrepot.pages.wording import read
from entrepot.people.walled import new_id
from entrepot.warehouse.counts.entering import Entry, enter
from entrepot.warehouse.counts.opening import Which
from entrepot.warehouse.models import Count
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, lying, open_floor, stock


@pytest.fixture
def floor(desk: None) -> Person:
    person = new_person()
    open_floor(person.enterprise)
    stock(person.enterprise, A1, 10)
    return person


def opened(person: Person, **given: str) -> Count:
    asked = {"warehouse": "DUI1", "way": "bins", "bins": "A-01"} | given
    answered = person.post("/counts/new/", asked)
    assert answered.status_code == 302, answered.content.decode()
    with person.within():
        return Count.objects.get()


def counted(person: Person, count: Count, units: int) -> None:
    with person.within():
        enter(count.id, [Entry(str(new_id()), "A-01", "SKU-1", units)])


def test_a_difference_waits_for_approval_and_is_booked(floor):
    count = opened(floor)
    counted(floor, count, 8)
    at = f"/counts/{count.id}/"

    floor.post(f"{at}close")
    text = floor.text(at)
    assert "wait for approval: 1" in text
    assert ">-2<" in text
    floor.post(f"{at}approve")  # by who counted: refused
    assert lying(floor.enterprise) == {(A1, "SKU-1"): (10, 0)}
    new_person("operations", floor.enterprise).post(f"{at}approve")

    assert lying(floor.enterprise) == {(A1, "SKU-1"): (8, 0)}
    assert 'data-state="posted"' in floor.text(f"{at}?of=bins", "zh-hans")


def test_a_blind_count_shows_nothing_of_the_book_before_a_bin_is_closed(floor):
    count = opened(floor)
    counted(floor, count, 8)

    file = b"".join(floor.get(f"/counts/{count.id}/?export=csv").streaming_content).decode()

    assert "10" not in file
    assert ">10<" not in floor.text(f"/counts/{count.id}/")


def test_what_is_missing_is_said_at_its_field(floor):
    refused = floor.post("/counts/new/", {"warehouse": "DUI1", "way": "bins"})

    assert refused.status_code == 409
    assert "Name them." in refused.content.decode()


def test_a_bin_that_is_not_there_is_refused_in_the_readers_language(floor):
    refused = floor.post(
        "/counts/new/",
        {"warehouse": "DUI1", "way": "bins", "bins": "Z-99"},
        headers={"Accept-Language": "zh-hans"},
    )

    text = refused.content.decode()
    assert "Z-99" in text.split('role="alert"')[1]
    assert "Cannot" not in text


def test_the_limit_is_set_by_who_may_approve(floor):
    clerk = new_person("warehouse", floor.enterprise)

    assert clerk.post("/counts/limit/", {"units": "5", "percent": "50"}).status_code == 409
    assert floor.post("/counts/limit/", {"units": "5", "percent": "50"}).status_code == 302
    count = opened(floor)
    counted(floor, count, 8)
    floor.post(f"/counts/{count.id}/close")

    assert lying(floor.enterprise) == {(A1, "SKU-1"): (8, 0)}


@pytest.mark.parametrize("path", ["/counts/", "/counts/new/", "/counts/asked/", "/counts/limit/"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_there(floor, path, language):
    assert floor.text(path, language)


@pytest.mark.parametrize(
    "which", [Which(bins=["A-01"]), Which(zone="Z"), Which(abc="A"), Which(not_counted=True),
              Which(asked=True)], ids=lambda which: which.about,
)  # fmt: skip
def test_what_a_count_is_of_is_told_in_chinese(which):
    told, said = (meant(which.about, read("counts", language)) for language in ("en", "zh"))

    assert told
    assert said != told
    assert not re.search(r"[a-z]{2}", said)
