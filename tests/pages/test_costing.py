# SPDX-License-Identifier: Apache-2.0
"""The pages of cost invoices: enter, look at the spread, book, undo, and files of them."""

from __future__ import annotations

from io import BytesIO

import pytest

from entrepot.costing import importing
from entrepot.costing.models import CostFile, Invoice
from entrepot.costing.refusals import FaultyFile
from entrepot.people.tenancy import within
from tests.costing.kit import PAYEE, TODAY, booked, drafted, line, open_firm
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import new_person
from tests.pages.test_every import VIOLATIONS


@pytest.fixture
def person(desk):
    made = new_person()
    open_firm(made.enterprise)
    return made


def typed(**says):
    """An invoice as the form sends it: freight for consignment C-1."""
    given = {
        "payee": PAYEE, "number": "F-1", "invoiced_on": "2026-03-05", "currency": "CNY",
        "lines": "3", "cost_account_1": "freight", "amount_1": "90.00",
        "paid_for_1": "consignment", "of_no_1": "C-1",
    }  # fmt: skip
    return given | says


def enter(person, language="en", **says):
    return person.client.post(
        "/money/costs/new/", typed(**says), headers={"Accept-Language": language}
    )


def test_an_invoice_is_entered_looked_at_booked_and_undone(person):
    answered = enter(person, amount_2="-10.00", cost_account_2="other", paid_for_2="all")
    assert answered.status_code == 302, answered.content.decode()[-3000:]
    page = person.text(answered.url)
    assert "Kept as a draft." in page
    # 60 and 30 units: 60.00 and 30.00.
    assert all(each in page for each in ("60.00", "30.00", "-10.00", "80.00 CNY"))

    answered = person.client.post(answered.url, {"posted_on": str(TODAY), "version": "1"})
    assert answered.status_code == 302
    page = person.text(answered.url)
    assert "Booked." in page
    assert "Over what it is spread" in page
    undone = person.client.post(f"{answered.url}undo/", {"note": "twice", "again": "1"})
    assert "?again=" in undone.url
    again = person.text(undone.url)
    assert 'value="F-1/2"' in again
    assert 'value="90.00"' in again
    listed = person.text("/money/costs/")
    assert all(each in listed for each in ("F-1/R", "undoes another", "undone"))


@pytest.mark.parametrize(
    ("language", "says", "own"),
    [
        ("en", "Found", "A line has an amount, what it is for and what it paid for."),
        ("zh", "应为", "每行须有金额、费用科目和费用归属。"),
    ],
)
def test_every_mistake_stands_beside_its_field_and_nothing_is_kept(person, language, says, own):
    answered = enter(
        person, language, of_no_1="", amount_2="5", amount_3="7", cost_account_3="other",
        paid_for_3="sales",
    )  # fmt: skip
    assert answered.status_code == 422
    assert own in answered.content.decode()

    answered = enter(
        person, language, of_no_1="", amount_3="7", cost_account_3="other", paid_for_3="sales",
        sku_3="SKU-9",
    )  # fmt: skip
    page = answered.content.decode()
    assert answered.status_code == 422
    assert page.count('class="errorlist"') == 2
    assert says in page
    with person.within():
        assert not Invoice.objects.exists()


def test_more_lines_keep_what_was_typed(person):
    page = enter(person, more="1").content.decode()

    assert 'value="90.00"' in page
    assert "amount_8" in page
    assert "amount_9" not in page


@pytest.mark.parametrize(("language", "says"), [("en", "articles without weight: SKU-3"),
                                                ("zh", "没有重量的货品：SKU-3")])  # fmt: skip
def test_what_cannot_be_spread_is_said_before_it_is_booked(person, language, says):
    id = drafted(person.enterprise, line(spread="weight"))
    page = person.client.get(
        f"/money/costs/{id}/", headers={"Accept-Language": language}
    ).content.decode()
    assert says in page

    answered = person.client.post(f"/money/costs/{id}/", {"posted_on": ""})
    assert answered.status_code == 422
    with person.within():
        assert Invoice.objects.get().state == "draft"


def test_the_list_is_narrowed_and_exported(person):
    booked(person.enterprise, line(1234), number="B-1")
    drafted(person.enterprise, line(5, "consignment"), number="D-1", payee="Sea line")
    drafted(person.enterprise, line(6, "all", account="other"), number="D-2", payee="Sea line")

    def numbers(query):
        page = person.text(f"/money/costs/?{query}")
        return [each for each in ("B-1", "D-1", "D-2") if f">{each}<" in page]

    assert numbers("") == ["B-1", "D-1", "D-2"]
    assert numbers("state=draft") == ["D-1", "D-2"]
    assert numbers("q=Sea") == ["D-1", "D-2"]
    assert numbers("q=D-2") == ["D-2"]
    assert numbers("payee=Sea+line&cost_account=other") == ["D-2"]
    assert numbers("consignment=C-1") == ["D-1"]
    assert numbers(f"month={TODAY:%Y-%m}") == ["B-1"]
    assert numbers("month=2026-03") == ["D-1", "D-2"]
    assert "Sea line" in person.text("/money/costs/payees/")
    csv = b"".join(person.client.get("/money/costs/?export=csv").streaming_content).decode()
    assert "B-1" in csv
    assert "12.34" in csv


def test_marked_drafts_are_booked_together_or_none(person):
    good = drafted(person.enterprise, line(5), number="D-1")
    bad = drafted(person.enterprise, line(5, spread="weight"), number="D-2")

    def mark(*ids):
        person.client.post("/money/costs/book/", {"costs": [str(id) for id in ids]})
        with person.within():
            return dict(Invoice.objects.values_list("number", "state"))

    assert mark(good, bad) == {"D-1": "draft", "D-2": "draft"}
    assert mark(good) == {"D-1": "booked", "D-2": "draft"}


def test_drafts_wait_on_the_first_page_and_a_consignment_leads_to_its_costs(person):
    drafted(person.enterprise, line(5, "consignment"))
    assert "drafts of cost invoices" in person.text("/today/")
    from entrepot.logistics.models import Consignment

    with person.within():
        id = Consignment.objects.get(number="C-1").id
    page = person.text(f"/inbound/consignments/{id}/")
    assert "/money/costs/?consignment=C-1" in page
    assert 'value="C-1"' in person.text("/money/costs/new/?consignment=C-1")


def test_a_draft_is_changed_and_dropped(person):
    id = drafted(person.enterprise, line(5))
    page = person.text(f"/money/costs/{id}/change/")
    assert 'value="0.05"' in page
    answered = person.client.post(
        f"/money/costs/{id}/change/", typed(version="1", amount_1="7.00", number="F-8")
    )
    assert answered.status_code == 302, answered.content.decode()[-2000:]
    stale = person.client.post(f"/money/costs/{id}/change/", typed(version="1"))
    assert stale.status_code == 422
    assert "F-8" in person.text("/money/costs/")
    person.client.post(f"/money/costs/{id}/drop/")
    with person.within():
        assert not Invoice.objects.exists()


# --- Files ---

_FILE = """账单号,收款方,账单日期,币种,费用科目,金额,货件号,分摊方式
S-1,Sea line,2026-03-05,USD,freight,"1,200.50",C-1,value
S-1,Sea line,2026-03-05,USD,other,-0.50,,
S-2,Sea line,2026/3/6,USD,storage,30,,
"""


def send(person, text, language="en"):
    file = BytesIO(text.encode())
    file.name = "costs.csv"
    return person.client.post(
        "/money/costs/files/send/", {"file": file}, headers={"Accept-Language": language}
    )


def test_the_template_has_the_headings_that_a_file_is_read_by(person):
    answered = person.client.get("/money/costs/files/template.csv")
    with pytest.raises(FaultyFile) as refused, person.within():
        importing.upload("template.csv", answered.content)

    assert [each["found"] for each in refused.value.facts["faults"]] == ["no rows"]


def test_a_file_is_looked_at_taken_over_and_taken_back(person):
    answered = send(person, _FILE)
    assert answered.status_code == 302, answered.content.decode()[-3000:]
    page = person.text(answered.url)
    assert "1,230.00 USD" in page
    with person.within():
        assert not Invoice.objects.exists()

    person.client.post(f"{answered.url}take/")
    with person.within():
        found = {each.number: each for each in Invoice.objects.all()}
        assert {name: (each.lines, each.total) for name, each in found.items()} == {
            "S-1": (2, 120_000), "S-2": (1, 3_000),
        }  # fmt: skip
    assert "S-2" in person.text(answered.url)
    person.client.post(f"{answered.url}undo/")
    with person.within():
        assert not Invoice.objects.exists()
        assert CostFile.objects.get().state == "undone"


@pytest.mark.parametrize(("language", "says"), [("en", "5 mistakes"), ("zh", "5 处错误")])
def test_every_mistake_of_a_file_is_said_with_its_cell(person, language, says):
    drafted(person.enterprise, line(5), number="S-9", payee="Sea line")
    text = (
        "payee,number,date,currency,account,amount,channel\n"
        "Sea line,S-1,2026-03-05,USD,freight,1.234,\n"
        "Sea line,S-1,yesterday,USD,bribes,1,\n"
        "Sea line,S-2,2026-03-05,USD,other,1,nowhere\n"
        "Sea line,S-9,2026-03-05,USD,other,1,\n"
    )
    answered = send(person, text, language)

    page = answered.content.decode()
    assert answered.status_code == 422
    assert says in page
    assert all(f'class="code">{column}<' in page for column in "FCEGB")


def test_another_firm_sees_none_of_it(person):
    id = booked(person.enterprise, line(5))
    send(person, _FILE)
    other = new_person()

    assert PAYEE not in other.text("/money/costs/")
    for address in (f"/money/costs/{id}/", f"/money/costs/{id}/change/", "/money/costs/new/?again="
                    f"{id}"):  # fmt: skip
        assert other.client.get(address).status_code == 404
    with within(person.enterprise):
        file = CostFile.objects.get()
    assert other.client.get(f"/money/costs/files/{file.id}/").status_code == 404


# --- In a browser ---


@pytest.mark.parametrize(("language", "size"), [("en", WIDE), ("zh", NARROW)], ids=["en", "zh"])
def test_an_invoice_is_entered_with_the_keyboard_alone(
    browser, address, person, axe, language, size
):
    page = opened(browser, address, person, language=language, size=size)
    page.goto("/money/costs/")
    page.keyboard.press("n")
    page.wait_for_url("**/money/costs/new/")
    look(page, size, axe)
    # The payee is where one begins; the number follows, and so on.
    page.keyboard.type(PAYEE)
    page.keyboard.press("Tab")
    page.keyboard.type("F-7")
    page.focus("[name=cost_account_1]")
    for typed_ in ("f", "90.01"):
        page.keyboard.type(typed_)
        page.keyboard.press("Tab")
    page.select_option("[name=paid_for_1]", "consignment")
    page.keyboard.press("Tab")
    page.fill("[name=of_no_1]", "C-1")
    page.fill("[name=invoiced_on]", "2026-03-05")
    page.select_option("[name=cost_account_1]", "freight")
    page.focus("[name=of_no_1]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#book")
    page.reload()  # what was done is said once
    look(page, size, axe)
    assert "60.01" in page.content()
    page.click("#book button")
    page.wait_for_selector(".state[data-state=freight]")
    assert page.locator("#book").count() == 0
    page.reload()
    look(page, size, axe)
    page.goto("/money/costs/files/send/")
    look(page, size, axe)
    with person.within():
        assert Invoice.objects.get().state == "booked"
    page.context.close()


def look(page, size, axe):
    """Nothing complains, all of it fits, and whoever cannot see it can use it."""
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.evaluate(axe)
    found = page.evaluate(VIOLATIONS)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
