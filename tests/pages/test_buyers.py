# SPDX-License-Identifier: Apache-2.0
"""Buyers' data on pages: found, handed out, erased, and for how long it is kept."""

from __future__ import annotations

import csv
import io
import json
from uuid import UUID

import pytest

from entrepot.warehouse.models import Order, Recipient
from entrepot.warehouse.orders.changing import Cancel, cancel
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import open_floor, order, taken

XSS = "<img src=x onerror=y>"
EVE = {"name": XSS, "email": "eve@buyers.example", "city": "=1+1"}
FIND = {"text": "EVE@buyers.example"}


@pytest.fixture
def owner(desk: None) -> Person:
    made = new_person()
    open_floor(made.enterprise)
    return made


def bought(owner: Person, number: str, *, is_ended: bool = True) -> UUID:
    (id,) = taken(owner.enterprise, order(number, recipient=EVE, note="for Eve"))
    if is_ended:
        with owner.within():
            cancel([Cancel(id)])
    return id


@pytest.mark.parametrize(
    ("language", "kept", "erased"),
    [("en", "Nothing is kept of this person.", "What was kept of the buyer was erased"),
     ("zh-hans", "没有保留此人的信息。", "买家信息已删除")],
)  # fmt: skip
def test_a_person_is_found_and_erased_and_the_order_says_so(owner, language, kept, erased):
    id = bought(owner, "E-1")
    speaks = {"headers": {"Accept-Language": language}}

    found = owner.post("/firm/buyers/find/", FIND, **speaks).content.decode()
    assert "E-1" in found
    assert XSS not in found
    said = owner.post("/firm/buyers/erase", {"orders": [str(id)]}, follow=True, **speaks)
    assert "E-1" in said.content.decode()

    again = owner.post("/firm/buyers/find/", FIND, **speaks).content.decode()
    assert kept in again
    assert erased in owner.text(f"/orders/{id}/", language)
    assert "buyers.example" not in owner.text("/firm/audit/", language)
    with owner.within():
        assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    ("language", "why"), [("en", "it is to be shipped"), ("zh-hans", "还要发给买家")]
)
def test_who_is_still_to_get_something_is_not_erased(owner, language, why):
    id = bought(owner, "E-1", is_ended=False)
    said = owner.post("/firm/buyers/erase", {"orders": [str(id)]}, follow=True,
                      headers={"Accept-Language": language})  # fmt: skip
    assert why in said.content.decode()
    with owner.within():
        assert Recipient.objects.get().order_id == id


def test_what_is_kept_is_handed_out_as_json_and_as_a_table_without_formulas(owner):
    id = bought(owner, "E-1")
    handed = owner.post("/firm/buyers/hand-out", {"orders": [str(id)], "form": "json"})
    assert handed["Content-Disposition"] == 'attachment; filename="held.json"'
    assert json.loads(handed.content)["orders"][0]["recipient"] == EVE

    sheet = owner.post("/firm/buyers/hand-out", {"orders": [str(id)], "form": "csv"})
    text = b"".join(sheet.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Of", "What", "Value"]
    assert ["shop E-1", "city", "'=1+1"] in rows
    assert ["shop E-1", "note", "for Eve"] in rows


def test_days_are_set_refused_and_taken_back(owner):
    assert "No time is set" in owner.text("/firm/buyers/")
    assert "未设置期限" in owner.text("/firm/buyers/", "zh-hans")
    owner.post("/firm/buyers/", {"retention": "30"})
    assert "No time is set" not in owner.text("/firm/buyers/")
    assert owner.post("/firm/buyers/", {"retention": "-1"}).status_code == 409
    owner.post("/firm/buyers/", {"retention": ""})
    assert "No time is set" in owner.text("/firm/buyers/")


def test_nobody_but_an_owner_sees_it_and_nobody_another_enterprise_s(owner):
    id = bought(owner, "E-1")
    clerk, stranger = new_person("operations", owner.enterprise), new_person()
    for path in ("/firm/buyers/", "/firm/buyers/find/"):
        assert clerk.get(path).status_code == 409
    assert clerk.post("/firm/buyers/erase", {"orders": [str(id)]}).status_code == 409
    said = stranger.post("/firm/buyers/erase", {"orders": [str(id)]}, follow=True)
    assert "There is no such order" in said.content.decode()
    assert b"eve@" not in stranger.post("/firm/buyers/hand-out", {"orders": [str(id)]}).content
    with owner.within():
        assert Order.objects.get().erased_at is None
