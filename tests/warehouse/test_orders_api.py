# SPDX-License-Identifier: Apache-2.0
"""Orders through the API: from the shop to the parcel, its papers, and what few may see."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from entrepot.ledger.opening import open_items
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.models import Order, OrderLine
from tests.jobs.callers import Caller, new_caller, token_for
from tests.warehouse.floor import (
    A1,
    A2,
    L1,
    check_reserved,
    lying,
    open_floor,
    order,
    stock,
    taken,
)  # fmt: skip

WHO = {"name": "Ada Lovelace", "street": "Lange Straße 1", "city": "Köln"}


@pytest.fixture
def caller(desk):
    found = new_caller()
    open_floor(found.enterprise)
    return found


def body(number="1", quantity=1, **says):
    return {
        "channel": "shop", "number": number, "ordered_at": "2026-03-01T12:00:00Z",
        "promised_on": "2026-03-02", "country": "DE", "postcode": "50667", "currency": "EUR",
        "recipient": WHO, "lines": [{"sku": "SKU-1", "quantity": quantity, "amount": 990}],
    } | says  # fmt: skip


def ok(answered, status=200):
    assert answered.status_code == status, answered.content
    return (
        answered.json() if answered.headers["Content-Type"].startswith("application/json") else None
    )


def test_an_order_from_the_api_to_the_door_with_its_papers(caller):
    stock(caller.enterprise, A1, 5)
    with within(caller.enterprise):
        open_items(["EUR"], "money", 2)
    ok(caller.ask("PUT", "/parcels/gs1-prefix", {"prefix": "4012345", "extension": 3}))

    made = ok(caller.post("/orders", body(quantity=2)), 201)
    id = made["taken"][0]["id"]
    assert made["allocated"] == [{"order": id, "reserved": 2, "waiting": 0}]
    wave = ok(caller.post("/waves", {"warehouse": "DUI1"}), 201)["id"]
    assert caller.get(f"/waves/{wave}/pick-list?language=zh").content.startswith(b"%PDF")
    assert [each["place"] for each in ok(caller.get(f"/waves/{wave}"))["walk"]] == [A1]
    ok(caller.post(f"/waves/{wave}/pick"))
    (parcel,) = ok(caller.post("/parcels/bulk", {"parcels": [{"order": id}]}), 201)
    assert (len(parcel["number"]), parcel["number"][:8]) == (18, "34012345")
    papers = (f"/parcels/{parcel['id']}/label", f"/parcels/labels?wave={wave}&language=both",
              f"/parcels/{parcel['id']}/packing-list", f"/orders/{id}/invoice")  # fmt: skip
    for path in papers:
        answered = caller.get(path)
        assert (answered.status_code, answered.content[:4]) == (200, b"%PDF"), answered.content
    ok(caller.ask("PATCH", f"/parcels/{parcel['id']}", {"tracking": "T-77"}))
    assert [each["on"] for each in ok(caller.post("/parcels/ship", {"parcels": [parcel["id"]]}))]
    assert caller.get(papers[2]).status_code == 200

    assert ok(caller.get("/parcels?tracking=T-7"))["items"][0]["id"] == parcel["id"]
    shown = ok(caller.get(f"/orders/{id}"))
    assert (shown["state"], shown["lines"][0]["shipped"], shown["parcels"][0]["tracking"]) == (
        "done", 2, "T-77",
    )  # fmt: skip
    assert shown["recipient"]["name"] == "Ada Lovelace"
    check_reserved(caller.enterprise)


def test_whom_an_order_goes_to_is_shown_to_few_and_never_in_lists(caller):
    id = ok(caller.post("/orders", body()), 201)["taken"][0]["id"]
    scopes = ("orders.read", "floor.read")
    reader = Caller(
        caller.user, caller.enterprise, token_for(caller.user, caller.enterprise, *scopes)
    )

    assert ok(reader.get(f"/orders/{id}"))["recipient"] is None
    assert reader.get(f"/orders/{id}/invoice").status_code == 403
    for path in ("/orders", "/jobs", "/audit-entries"):
        assert b"Lovelace" not in caller.get(path).content


def test_orders_are_found_by_what_they_say(caller):
    stock(caller.enterprise, A1, 6)
    bulk = [body("A-1", promised_on="2026-03-05"), body("A-2", 5), body("B-1", channel="other")]
    ok(caller.post("/orders/bulk", {"orders": bulk}), 201)
    ids = [each["id"] for each in ok(caller.get("/orders"))["items"]]
    ok(caller.post("/orders/hold", {"orders": ids[:1], "because": "unpaid"}))

    def found(query):
        return sorted(each["number"] for each in ok(caller.get(f"/orders?{query}"))["items"])

    assert found("number=A-") == ["A-1", "A-2"]
    assert found("channel=other") == ["B-1"]
    assert len(found("state=held")) == 1
    assert found("promised_until=2026-03-03") == ["A-2"]
    assert found("promised_until=2026-03-03&state=held") == ["B-1"]
    assert found("sku=SKU-1") == ["A-1", "A-2", "B-1"]
    assert found("sku=SKU-2") == []
    assert found("is_waiting=true") == ["A-1"]
    assert found("is_waiting=true&sku=SKU-1&number=A-") == ["A-1"]
    assert found("is_waiting=false") == ["A-2", "B-1"]
    pages, page = [], ok(caller.get("/orders?sku=SKU-1&limit=2"))
    while True:
        pages += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        page = ok(caller.get(f"/orders?sku=SKU-1&limit=2&cursor={page['next']}"))
    assert sorted(pages) == ["A-1", "A-2", "B-1"]


def test_orders_are_cancelled_held_and_split(caller):
    stock(caller.enterprise, A1, 5)
    id = ok(caller.post("/orders", body(quantity=4)), 201)["taken"][0]["id"]

    lines = {"lines": [{"line_no": 1, "cancelled": 1}]}
    for _ in range(2):
        ok(caller.post(f"/orders/{id}/cancel-units", lines))
    new = ok(caller.post(f"/orders/{id}/split", {"lines": [{"line_no": 1, "units": 1}]}), 201)
    assert new["number"] == "1-2"
    ok(caller.ask("PATCH", f"/orders/{id}", {"priority": 5}))
    assert ok(caller.post("/orders/take-back", {"orders": [id]})) == {"units": 2}
    assert ok(caller.post("/orders/allocate", {"orders": [id]}))[0]["reserved"] == 2
    ok(caller.post("/orders/cancel", {"orders": [id, new["id"]]}))

    assert lying(caller.enterprise) == {(A1, "SKU-1"): (5, 0)}
    assert caller.post("/orders/release", {"orders": [id]}).status_code == 409
    assert caller.get("/jobs").json()["items"][0]["kind"] == "warehouse.allocate"


def test_rules_are_put_as_a_whole_with_every_fault(caller):
    stock(caller.enterprise, A1, 5)
    stock(caller.enterprise, L1, 5)
    route = {"country": "DE", "warehouse": "LON1"}
    refused = caller.ask("PUT", "/routes", {"routes": [route, route, {"warehouse": "NONE"}]})
    assert refused.status_code == 422
    assert len(refused.json()["facts"]["faults"]) == 3
    ok(caller.ask("PUT", "/routes", {"routes": [route, route | {"warehouse": "DUI1", "cost": 9}]}))
    ok(caller.ask("PUT", "/policy", {"criteria": ["cost"], "may_split": False}))

    ok(caller.post("/orders", body()), 201)

    assert lying(caller.enterprise) == {(A1, "SKU-1"): (5, 0), (L1, "SKU-1"): (5, 1)}
    assert ok(caller.get("/policy")) == {
        "criteria": ["cost"],
        "whole_first": True,
        "may_split": False,
    }


def test_a_file_of_orders_through_the_api(caller):
    stock(caller.enterprise, A1, 5)
    template = caller.get("/order-files/template?format=csv").content.decode("utf-8-sig").strip()
    cells = dict.fromkeys(template.split(","), "") | {
        "channel": "shop", "number": "1", "ordered_at": "2026-03-01", "country": "DE",
        "sku": "SKU-1", "quantity": "2", "recipient": "Ada Lovelace", "amount": "0",
        "currency": "EUR",
    }  # fmt: skip

    def send(**says):
        content = f"{template}\r\n{','.join((cells | says).values())}\r\n".encode()
        return caller.client.post(
            "/api/v1/order-files?file=orders.csv&promise_days=2", content,
            content_type="application/octet-stream",
            headers={"Authorization": f"Bearer {caller.token}"},
        )  # fmt: skip

    faulty = send(quantity="2.5")
    assert (faulty.status_code, faulty.json()["facts"]["count"]) == (422, 1)
    sent = ok(send(), 201)
    assert (sent["state"], sent["preview"]["new"], sent["job"]) == ("previewed", 1, None)
    assert "Lovelace" not in str(sent)
    job = ok(caller.post(f"/order-files/{sent['id']}/commit-as-job"), 202)
    assert job["kind"] == "orders.import"
    done = ok(caller.post(f"/order-files/{sent['id']}/commit"))
    assert (done["state"], done["orders"]) == ("committed", 1)
    assert [each["number"] for each in ok(caller.get("/orders"))["items"]] == ["1"]
    assert caller.post(f"/order-files/{sent['id']}/commit").status_code == 409
    assert ok(caller.post(f"/order-files/{sent['id']}/undo"))["state"] == "undone"
    assert ok(caller.get("/orders"))["items"] == []


def at_the_same_time(count, ask):
    """What so many threads answer that begin together, each on a connection of its own."""
    gate, answers = threading.Barrier(count), []

    def one(number):
        try:
            gate.wait(30)
            answers.append(ask(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_sixteen_clients_order_the_last_units_and_get_as_many_as_there_are(caller):
    stock(caller.enterprise, A1, 4)
    stock(caller.enterprise, L1, 3)

    def ask(number):
        mine = Caller(caller.user, caller.enterprise, caller.token)
        for _ in range(20):
            answered = mine.post("/orders", body(f"N-{number}"))
            if answered.status_code != 503:
                break
        return ok(answered, 201)["allocated"][0]["reserved"]

    assert sum(at_the_same_time(16, ask)) == 7
    check_reserved(caller.enterprise)


def test_a_thousand_buyers_race_for_a_hundred_units_in_three_warehouses(caller):
    """Each takes one order in and reserves for it, eight at a time: a hundred are sold."""
    enterprise = caller.enterprise
    for place, units in ((A1, 41), (A2, 26), (L1, 33)):
        stock(enterprise, place, units)
    left = iter(range(1000))
    lock = threading.Lock()

    def buy(_):
        got = 0
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                return got
            (id,) = taken(enterprise, order(f"B-{number}"))
            with within(enterprise):
                got += allocate_orders([id])[0].reserved

    assert sum(at_the_same_time(8, buy)) == 100

    assert lying(enterprise) == {
        (A1, "SKU-1"): (41, 41), (A2, "SKU-1"): (26, 26), (L1, "SKU-1"): (33, 33),
    }  # fmt: skip
    check_reserved(enterprise)
    with within(enterprise):
        assert Order.objects.count() == 1000
        assert OrderLine.objects.filter(allocated=1).count() == 100
