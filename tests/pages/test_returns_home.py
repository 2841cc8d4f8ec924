# SPDX-License-Identifier: Apache-2.0
"""Returns through customs by their pages: drafted, led home, scanned, and their clocks."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from entrepot.customs.returns.models import Case, CaseStep, Scan
from tests.customs.returning_kit import (
    EXPORTED,
    ONE,
    SHANGHAI,
    TODAY,
    brought,
    drafted,
    open_firm,
    out,
    refunded,
    state_of,
    wanted,
)
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1


@pytest.fixture
def owner(desk: None) -> Person:
    person = new_person()
    open_firm(person.enterprise)
    return person


def at(name: str, *given: Any) -> str:
    return reverse(f"pages:inbound_{name}", args=given)


def draft_on(owner: Person, number: str = "RH-1", **says: Any) -> Any:
    given = {
        "number": number, "purpose": "unsold", "home": "NB1", "returns_on": f"{TODAY}",
        "customs_out": SHANGHAI, "customs_back": SHANGHAI, "is_food": "no", "is_original": "yes",
        "text": f"declaration_no\titem_no\tsku\tquantity\tfrom_place\n{ONE}\t1\tSKU-1\t4\t{A1}\n",
        "step": "take",
    }  # fmt: skip
    return owner.post(at("return_new"), given | says)


def only(owner: Person) -> UUID:
    with owner.within():
        return Case.objects.get().id


def test_a_return_is_drafted_from_a_table_and_led_home(owner):
    refunded(owner.enterprise, (ONE, 10, 1_000))
    draft_on(owner)
    case = only(owner)
    page = at("return", case)
    assert "open" in owner.text(page)

    owner.post(page, {"note": ""})
    refused = owner.post(page, {"amount": "3.00", "certificate_no": "C-1"})
    assert refused.status_code == 422
    assert "4.00 CNY are to be repaid" in refused.content.decode()
    owner.post(page, {"certificate_no": "C-1"})
    owner.post(page, {"return_declaration_no": "310120261000000009"})
    owner.post(page, {"note": ""})

    assert state_of(owner.enterprise, case) == "arrived"
    steps = owner.text(at("return", case, "steps"))
    assert "C-1" in steps
    assert "4.00 CNY" in steps
    assert "回国入库" in owner.text(at("return", case, "steps"), "zh-hans")


def test_the_faults_of_a_draft_are_said_in_the_rows_of_its_table(owner):
    text = f"declaration_no\titem_no\tsku\tquantity\tfrom_place\n{ONE}\t1\tSKU-1\t11\t{A1}\n"
    refused = draft_on(owner, text=text)

    assert refused.status_code == 422
    assert "at most 10 units" in refused.content.decode()
    with owner.within():
        assert not Case.objects.exists()


def test_what_is_to_be_repaid_is_exported_for_the_request(owner):
    refunded(owner.enterprise, (ONE, 10, 1_003))
    case = drafted(owner.enterprise, wanted(3))

    sheet = owner.get(at("return", case, "repay") + "?export=csv")
    text = b"".join(sheet.streaming_content).decode("utf-8-sig")

    heading, row = text.splitlines()
    assert "To repay" in heading
    assert row.split(",")[7:] == ["10.03", "CNY", "10", "3.01", "CNY", f"{TODAY}"]


def test_a_scanner_is_told_at_once_and_a_page_sent_twice_scans_once(owner):
    out(owner.enterprise, "S-1")
    case = drafted(owner.enterprise, wanted(2))
    page = at("return_scan", case)
    number = re.search(r'name="number" value="([^"]+)"', owner.text(page))[1]
    given = {"identity": "S-1", "unit_kind": "serial", "quantity": 1, "number": number}

    for _ in range(2):
        told = owner.post(page, given).content.decode()
        assert "proven" in told.split('role="status"')[1].split("</div>")[0]
    refused = owner.post(page, given | {"identity": "S-9", "number": "X-9"}).content.decode()

    assert "this number never left" in refused
    assert "First in, first out is an assumption" in refused
    with owner.within():
        assert Scan.objects.filter(way="home").count() == 2
    owner.post(at("units_undo"), {"number": number})
    assert "S-1" in owner.text(at("return", case, "units"))
    with owner.within():
        assert Scan.objects.filter(undoes=number).count() == 1


def test_numbers_that_leave_are_taken_in_as_a_table(owner):
    rows = "\n".join(f"N-{n}\tserial\tS-{n}\t{ONE}\t1\tSKU-1" for n in range(3))
    text = f"扫描编号\t编号种类\t货物编号\t报关单号\titem_no\tsku\n{rows}\n"
    answered = owner.post(at("units_out"), {"text": text, "step": "take"})

    assert answered.status_code == 302, answered.content.decode()
    with owner.within():
        assert Scan.objects.filter(way="out").count() == 3


def test_clocks_are_told_for_what_is_abroad_and_narrowed_by_the_days_left(owner):
    page = at("clocks")
    every = owner.text(page)
    none = owner.text(page + "?within=1")
    exported = b"".join(owner.get(page + "?export=csv").streaming_content).decode("utf-8-sig")

    assert ONE in every
    assert ONE not in none
    assert f"{EXPORTED}" in exported
    assert exported.count("9810") == 2
    assert "quantity=10&amp;from_place=warehouse%2FDUI1" in every


def test_only_who_writes_of_money_clears_a_refund_and_takes_that_back(owner):
    customs = new_person("customs", owner.enterprise)
    finance = new_person("finance", owner.enterprise)
    case = drafted(owner.enterprise)
    page = at("return", case)

    finance.post(page, {"note": ""})
    assert state_of(owner.enterprise, case) == "drafted"
    customs.post(page, {"note": ""})
    customs.post(page, {"amount": "0", "note": "never claimed"})
    assert state_of(owner.enterprise, case) == "checked"
    finance.post(page, {"amount": "0", "note": "never claimed"})
    customs.post(at("return_undo", case), {"note": "a mistake"})
    assert state_of(owner.enterprise, case) == "cleared"
    owner.post(at("return_undo", case), {"note": "a mistake"})

    assert state_of(owner.enterprise, case) == "checked"
    with owner.within():
        assert CaseStep.objects.filter(event="undone").count() == 1


def test_a_return_is_given_up_with_a_reason(owner):
    case = drafted(owner.enterprise)
    owner.post(at("return_cancel", case), {"note": ""})
    assert state_of(owner.enterprise, case) == "drafted"
    owner.post(at("return_cancel", case), {"note": "sold after all"})

    assert state_of(owner.enterprise, case) == "cancelled"


def test_a_return_is_found_by_its_number_and_by_the_document_that_moved_it(owner):
    case = brought(owner.enterprise, "arrived", number="RH-77")
    with owner.within():
        document = CaseStep.objects.get(event="arrived").document_id

    assert owner.get("/search/?q=RH-77").headers["Location"] == at("return", case)
    moved = owner.text(reverse("pages:movements_document", args=[document]))
    assert at("return", case) in moved
    assert "returned through customs" in moved
