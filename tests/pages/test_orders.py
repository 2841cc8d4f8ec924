# SPDX-License-Identifier: Apache-2.0
"""Orders on pages: taken in by hand, held and cancelled together, split; nobody sees too much."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from entrepot.jobs.models import Job
from entrepot.ledger.opening import open_items
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.intake.work import take_over_now
from entrepot.warehouse.models import Order, OrderFile
from tests.pages.browser import opened
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, lines, open_floor, order, stock, taken

NEW = {
    "channel": "telephone", "number": "T-1", "promised_on": "2026-12-01", "country": "DE",
    "currency": "EUR", "sku_1": "SKU-1", "quantity_1": "2", "amount_1": "19.90",
    "name": "Käthe <b>Müller</b>", "city": "Köln",
}  # fmt: skip


@pytest.fixture
def floor(desk: None) -> Person:
    person = new_person()
    open_floor(person.enterprise)
    with person.within():
        for currency, digits in (("EUR", 2), ("JPY", 0)):
            open_items([currency], "money", digits)
    stock(person.enterprise, A1, 10)
    return person


def states(person: Person) -> dict[str, str]:
    with person.within():
        return dict(Order.objects.values_list("number", "state"))


def do(person: Person, what: str, *orders: object, **more: str) -> str:
    given = {"what": what, "orders": [str(each) for each in orders], **more}
    answered = person.client.post("/orders/do", given, follow=True)
    assert answered.status_code == 200
    return str(answered.content.decode())


def test_an_order_is_taken_in_and_reserved(floor):
    answered = floor.post("/orders/new/", NEW, follow=True)
    text = answered.content.decode()

    assert "Order T-1 was taken in." in text
    assert "K&auml;the" in text or "Käthe &lt;b&gt;Müller&lt;/b&gt;" in text
    assert 'data-state="reserved"' in text
    assert ">19.90 EUR<" in text


def test_what_is_wrong_is_said_at_each_field_and_what_was_typed_stays(floor):
    refused = floor.post(
        "/orders/new/", NEW | {"country": "Germany", "quantity_1": "", "promised_on": "soon"}
    )
    text = refused.content.decode()

    assert refused.status_code == 422
    assert text.count('aria-invalid="true"') == 3
    assert 'value="T-1"' in text
    assert states(floor) == {}


def test_a_sku_that_is_no_product_is_said_at_its_line_in_chinese(floor):
    given = NEW | {"sku_2": "NOPE", "quantity_2": "1"}
    refused = floor.post("/orders/new/", given, headers={"Accept-Language": "zh-hans"})

    text = refused.content.decode()
    assert refused.status_code == 422
    assert "没有此 SKU" in text.split('id="id_sku_2_error"')[1][:200]
    assert states(floor) == {}


def test_amounts_have_the_decimals_of_their_currency(floor):
    wrong = floor.post("/orders/new/", NEW | {"currency": "JPY"})
    unknown = floor.post("/orders/new/", NEW | {"currency": "XXX"})
    answered = floor.client.post(
        "/orders/new/", NEW | {"currency": "JPY", "amount_1": "11700"}, follow=True
    )

    assert "0 decimals" in wrong.content.decode()
    assert "does not have" in unknown.content.decode()
    assert ">11,700 JPY<" in answered.content.decode()
    with floor.within():
        assert Order.objects.get().lines.get().amount == 11700


def test_an_order_may_have_more_lines_without_script_and_nothing_typed_is_lost(floor):
    more = floor.post("/orders/new/", NEW | {"more": "1", "number": ""})
    text = more.content.decode()

    assert more.status_code == 200
    assert 'name="sku_13"' in text
    assert 'value="19.90"' in text
    assert states(floor) == {}
    last = {"sku_13": "SKU-2", "quantity_13": "3", "lines": "13"}
    answered = floor.client.post("/orders/new/", NEW | last, follow=True)
    assert "SKU-2" in answered.content.decode()


def test_those_marked_are_held_released_and_cancelled_together_or_not_at_all(floor):
    first, second = taken(floor.enterprise, order("1"), order("2"))

    assert "Held: 2." in do(floor, "hold", first, second, because="address unclear")
    assert states(floor) == {"1": "held", "2": "held"}
    assert "address unclear" in floor.text("/orders/?state=held")
    do(floor, "release", first, second)
    assert "Cancelled: 1." in do(floor, "cancel", first)
    said = do(floor, "hold", first, second)

    assert 'class="error"' in said
    assert states(floor) == {"1": "cancelled", "2": "open"}


def test_nothing_marked_is_said(floor):
    assert "No order is marked." in do(floor, "hold")


def test_units_are_cancelled_or_become_an_order_of_their_own(floor):
    (id,) = taken(floor.enterprise, order("1", ("SKU-1", 5)))
    with floor.within():
        allocate_orders([id])

    floor.post(f"/orders/{id}/units", {"what": "cancel", "units-1": "1"})
    floor.post(f"/orders/{id}/units", {"what": "split", "units-1": "2"})

    assert [each[1:3] for each in lines(floor.enterprise, id)] == [(3, 1)]
    assert len(states(floor)) == 2


def test_an_order_changes_until_it_is_done(floor):
    (id,) = taken(floor.enterprise, order("1"))
    says = {"promised_on": "2026-12-24", "priority": "5", "service": "express", "note": "gift"}

    floor.post(f"/orders/{id}/change", says)
    text = floor.text(f"/orders/{id}/")
    wrong = floor.client.post(f"/orders/{id}/change", says | {"priority": "much"}, follow=True)

    assert "2026-12-24" in text
    assert "gift" in text
    assert "Priority" in wrong.content.decode().split('class="error"')[1]


def test_whom_it_goes_to_is_for_those_who_may_see_it(floor):
    floor.post("/orders/new/", NEW)
    with floor.within():
        id = Order.objects.get().id

    assert "Köln" in floor.text(f"/orders/{id}/")
    assert "Köln" not in new_person("finance", floor.enterprise).text(f"/orders/{id}/")


def sent(person: Person, content: str, **more: str):
    file = SimpleUploadedFile("orders.csv", content.encode())
    return person.client.post("/orders/files/send/", {"file": file, "promise_days": "2", **more})


HEADING = "channel,number,ordered_at,country,sku,quantity\n"


def test_a_file_is_looked_at_taken_over_and_taken_back(floor):
    answered = sent(floor, HEADING + "shop,9,2026-03-01,DE,SKU-1,2\n")
    at = answered.headers["Location"]
    looked = floor.text(at)
    assert "Take over" in looked
    assert ">9<" in looked

    floor.post(f"{at}take")
    assert 'hx-trigger="every 1s"' in floor.text(at)
    with floor.within():
        take_over_now(OrderFile.objects.get().id)
        Job.objects.update(state="done")
    assert states(floor) == {"9": "open"}
    floor.post(f"{at}undo")

    assert states(floor) == {}


def test_every_mistake_of_a_file_is_said_with_its_row(floor):
    refused = sent(floor, HEADING + "shop,9,soon,DE,SKU-1,2\nshop,10,2026-03-01,DE,NOPE,2\n")
    text = refused.content.decode()

    assert refused.status_code == 422
    assert "Every mistake of the file" in text
    assert "soon" in text
    with floor.within():
        assert not OrderFile.objects.exists()


def test_of_many_it_is_said_which_were_refused_and_none_is_half_done(floor):
    first, second, third = taken(floor.enterprise, order("1"), order("2"), order("<i>3"))
    do(floor, "cancel", second, third)

    said = do(floor, "hold", first, second, third, because="check")

    assert "Refused are: shop 2, shop &lt;i&gt;3" in said
    assert states(floor)["1"] == "open"


def test_a_wave_is_made_of_those_marked_and_the_rest_is_named(floor):
    first, second = taken(floor.enterprise, order("1"), order("2", ("SKU-2", 1)))
    with floor.within():
        allocate_orders([first, second])

    said = do(floor, "wave", first, second, warehouse="DUI1")

    assert "1 orders, 1 units." in said
    assert "another wave: shop 2" in said


def test_what_happened_to_an_order_is_told_in_its_order(floor):
    (id,) = taken(floor.enterprise, order("1"))
    do(floor, "hold", id, because="<u>address</u>")
    do(floor, "release", id)
    do(floor, "cancel", id)
    export = floor.get(f"/orders/{id}/?of=history&export=csv")

    text = b"".join(export.streaming_content).decode()
    rows = [line.split(",")[1] for line in text.splitlines()[1:]]
    assert rows == ["taken in", "put on hold", "released", "cancelled"]
    assert "<u>address" not in floor.text(f"/orders/{id}/")


def test_marks_stay_while_one_goes_on_to_the_reason(floor, browser, address):
    taken(floor.enterprise, *(order(f"{at}") for at in (1, 2, 3, 11)))
    page = opened(browser, address, floor)
    page.goto("/orders/")
    page.locator("#filter_number").press_sequentially("1")
    page.locator("tbody tr").nth(2).wait_for(state="detached")

    page.check("[data-all]")
    page.fill("#because", "address")
    page.click("button[value=hold]")
    page.wait_for_selector(".messages .success")
    complaints = page.complaints
    page.context.close()

    assert states(floor) == {"1": "held", "2": "open", "3": "open", "11": "held"}
    assert complaints == []


def test_what_a_job_found_wrong_with_a_file_is_listed_with_its_columns(floor):
    at = sent(floor, HEADING + "shop,9,2026-03-01,DE,SKU-1,2\n").headers["Location"]
    fault = {"row": 2, "code": "x", "found": "orders.csv:2, sku: <b>NOPE", "remedy": "Add it."}
    kept = {"code": "warehouse.faulty_file", "asked": "Cannot.", "found": "1", "remedy": "Correct.",
            "facts": {"faults": [fault]}}  # fmt: skip
    floor.post(f"{at}take")
    with floor.within():
        Job.objects.update(state="failed", problem=kept)

    text = floor.text(at)

    assert ">sku</td>" in text
    assert "&lt;b&gt;NOPE" in text
    assert "<b>NOPE" not in text
