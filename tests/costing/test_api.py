# SPDX-License-Identifier: Apache-2.0
"""Cost invoices for programs: once however often it is sent, in pages, and all faults at once."""

from __future__ import annotations

import pytest

from entrepot.costing.models import Invoice
from entrepot.people.tenancy import within
from tests.costing.kit import PAYEE, TODAY, booked, drafted, line, open_firm
from tests.jobs.callers import new_caller, token_for
from tests.logistics.dock import DECLARATION

LINE = {"account": "freight", "amount": "90.01", "paid_for": "consignment", "consignment": "C-1"}
BODY = {
    "payee": PAYEE, "number": "F-1", "invoiced_on": "2026-03-05", "currency": "CNY",
    "lines": [LINE, {"account": "advertising", "amount": "-0.5", "paid_for": "all"}],
}  # fmt: skip


@pytest.fixture
def caller(desk):
    made = new_caller()
    open_firm(made.enterprise)
    return made


def test_an_invoice_goes_from_draft_to_booked_to_undone(caller):
    drafted_ = caller.post("/costs", BODY)
    assert drafted_.status_code == 200, drafted_.content
    cost = drafted_.json()
    assert (cost["state"], cost["total"], cost["items"][1]["amount"]) == ("draft", "89.51", "-0.50")
    assert caller.post("/costs", BODY).json() == cost

    at = f"/costs/{cost['id']}"
    before = caller.get(f"{at}/spread").json()
    assert before == caller.post("/costs/preview", BODY).json()
    parts = before["lines"][0]["parts"]
    assert [(each["sku"], each["share"], each["amount"]) for each in parts] == [
        ("SKU-1", 60, "60.01"), ("SKU-2", 30, "30.00"),
    ]  # fmt: skip
    booked_ = caller.post(f"{at}/book", {"version": 1}).json()
    assert (booked_["state"], booked_["posted_on"]) == ("booked", str(TODAY))
    assert caller.get(f"{at}/spread").json() == before

    back = caller.post(f"{at}/reverse", {"number": "F-1-X", "note": "twice"}).json()
    assert (back["state"], back["number"], back["total"]) == ("reversal", "F-1-X", "-89.51")
    assert caller.get(at).json()["state"] == "reversed"
    again = caller.post(f"{at}/reverse", {})
    assert (again.status_code, again.json()["code"]) == (409, "costing.wrong_state")


def test_what_is_sent_twice_with_a_key_is_done_once(caller):
    id = caller.post("/costs", BODY).json()["id"]
    key = {"Idempotency-Key": "book-1"}
    first = caller.post(f"/costs/{id}/book", {}, **key)
    second = caller.post(f"/costs/{id}/book", {}, **key)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert caller.post(f"/costs/{id}/book", {}).status_code == 409


def test_all_faults_are_told_at_once(caller):
    bad = BODY | {"lines": [LINE | {"consignment": ""}, LINE | {"channel": "x"},
                            LINE | {"paid_for": "sales"}]}  # fmt: skip
    answered = caller.post("/costs", bad)

    assert (answered.status_code, answered.json()["code"]) == (422, "costing.unfit")
    faults = answered.json()["facts"]["faults"]
    assert [(each["row"], each["field"]) for each in faults] == [
        (1, "consignment"), (2, "channel"), (3, "channel"), (3, "consignment"),
    ]  # fmt: skip


@pytest.mark.parametrize("amount", ["1.234", "1e3", "", "1,000.00", " 1", "9999999999999", 5, True])
def test_an_amount_is_a_text_with_two_decimals(caller, amount):
    answered = caller.post("/costs", BODY | {"lines": [LINE | {"amount": amount}]})

    assert answered.status_code == 422


def test_what_cannot_be_spread_is_not_booked(caller):
    id = caller.post("/costs", BODY | {"lines": [
        {"account": "freight", "amount": "5", "paid_for": "declaration",
         "declaration_no": DECLARATION, "spread": "weight"},
    ]}).json()["id"]  # fmt: skip
    answered = caller.post(f"/costs/{id}/book", {})

    assert (answered.status_code, answered.json()["code"]) == (422, "costing.cannot_spread")
    (line_,) = caller.get(f"/costs/{id}/spread").json()["lines"]
    assert line_["faults"] == answered.json()["facts"]["faults"]


def test_drafts_are_changed_and_dropped(caller):
    id = caller.post("/costs", BODY).json()["id"]
    changed = caller.ask("PUT", f"/costs/{id}", BODY | {"version": 1, "lines": [LINE]}).json()
    assert (changed["version"], changed["lines"]) == (2, 1)
    stale = caller.ask("PUT", f"/costs/{id}", BODY | {"version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "costing.changed_meanwhile")
    assert caller.ask("DELETE", f"/costs/{id}").status_code == 204
    assert caller.get(f"/costs/{id}").status_code == 404


def test_the_list_comes_in_pages_and_is_narrowed(caller):
    for at in range(5):
        drafted(caller.enterprise, line(100 + at), number=f"D-{at}")
    booked(caller.enterprise, line(7, "all", account="other"), number="B-1", payee="Sea line")

    seen, cursor = [], ""
    while True:
        page = caller.get(f"/costs?limit=2&cursor={cursor}").json()
        seen += [each["number"] for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(seen) == ["B-1", *(f"D-{at}" for at in range(5))]

    def numbers(query):
        return sorted(each["number"] for each in caller.get(f"/costs?{query}").json()["items"])

    assert numbers("q=D-3") == ["D-3"]
    assert numbers("q=Sea") == numbers("account=other") == numbers("state=booked") == ["B-1"]
    assert numbers("month=2026-03&state=booked") == []
    assert numbers("currency=EUR") == []
    (ocean, sea) = caller.get("/costs/payees").json()["items"]
    assert (ocean["payee"], ocean["drafts"], ocean["total"]) == (PAYEE, 5, "0.00")
    assert (sea["payee"], sea["booked"], sea["total"]) == ("Sea line", 1, "0.07")


def test_a_file_is_drafts_once_it_is_taken_over(caller):
    def send(text):
        return caller.client.post(
            "/api/v1/costs/files?file=a.csv", text.encode(),
            content_type="application/octet-stream",
            headers={"Authorization": f"Bearer {caller.token}"},
        )  # fmt: skip

    head = "payee,number,date,currency,account,amount,consignment\n"
    bad = send(f"{head}Sea,S-1,2026-03-05,USD,freight,x,\nSea,S-2,2026-03-05,USD,tips,1,\n")
    assert (bad.status_code, bad.json()["code"]) == (422, "costing.faulty_file")
    assert [(each["row"], each["column"]) for each in bad.json()["facts"]["faults"]] == [
        (2, "F"), (3, "E"),
    ]  # fmt: skip

    file = send(f"{head}Sea,S-1,2026-03-05,USD,freight,5,C-1\n").json()
    assert (file["state"], file["totals"]) == ("previewed", {"USD": "5.00"})
    assert caller.get("/costs").json()["items"] == []
    assert caller.post(f"/costs/files/{file['id']}/take").json()["state"] == "committed"
    (cost,) = caller.get("/costs").json()["items"]
    caller.post(f"/costs/{cost['id']}/book", {})
    kept = caller.post(f"/costs/files/{file['id']}/undo")
    assert (kept.status_code, kept.json()["code"]) == (409, "costing.file_state")


def test_who_may_only_look_books_nothing(caller):
    id = caller.post("/costs", BODY).json()["id"]
    token = token_for(caller.user, caller.enterprise, "money.read")
    for method, path, body in (
        ("POST", "/costs", BODY),
        ("POST", f"/costs/{id}/book", {}),
        ("DELETE", f"/costs/{id}", None),
    ):
        answered = caller.ask(method, path, body, Authorization=f"Bearer {token}")
        assert answered.status_code == 403
    assert caller.ask("GET", f"/costs/{id}", Authorization=f"Bearer {token}").status_code == 200
    with within(caller.enterprise):
        assert Invoice.objects.get().state == "draft"
