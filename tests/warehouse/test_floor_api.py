# SPDX-License-Identifier: Apache-2.0
"""The floor through the API: what a hand-held sends, and what it hears."""

from __future__ import annotations

import pytest

from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.models import Allocation
from tests.jobs.callers import Caller, new_caller, token_for
from tests.warehouse.floor import A1, DUI, check_reserved, lying, open_floor, order, stock, taken


@pytest.fixture
def caller(desk):
    found = new_caller()
    open_floor(found.enterprise)
    return found


def reserved(caller, quantity):
    (id,) = taken(caller.enterprise, order("1", ("SKU-1", quantity)))
    with within(caller.enterprise):
        allocate_orders([id])
    return str(id)


def asked(caller, path, body):
    answered = caller.post(path, body)
    return answered.status_code, answered.json()


def test_from_receiving_to_the_shelf_to_the_packing_area(caller):
    stock(caller.enterprise, f"{DUI}/@receiving", 3)
    line = {"sku": "SKU-1", "quantity": 3}
    found = asked(caller, "/floor/suggestions", {"warehouse": "DUI1", "lines": [line]})
    assert found == (200, [{"sku": "SKU-1", "bin": "A-01"}])
    shift = {"barcode": "SKU-1", "quantity": 3, "source": "@receiving", "target": "A-01"}
    body = {"scan": "1", "warehouse": "DUI1", "lines": [shift]}
    assert asked(caller, "/floor/put-aways", body)[1]["units"] == 3
    id = reserved(caller, 2)
    path = f"/floor/walk?warehouse=DUI1&of=order&target={id}"
    walk = caller.get(path).json()
    assert (walk["to_pick"], walk["picked"], walk["next"]) == (2, 0, "A-01")
    scan = {"scan": "p", "of": "order", "target": id, "bin": "A-01", "barcode": "SKU-1"}

    status, picked = asked(caller, "/floor/picks", scan | {"warehouse": "DUI1"})
    assert (status, picked["left"]) == (200, 1)
    status, outcomes = asked(caller, "/floor/scans", {"warehouse": "DUI1", "lines": [
        scan, scan | {"scan": "q", "bin": "A-02"}, scan | {"scan": "r"},
    ]})  # fmt: skip

    assert [each["state"] for each in outcomes] == ["done", "refused", "done"]
    assert outcomes[1]["refused"]["code"] == "warehouse.nothing_left"
    assert lying(caller.enterprise)[f"{DUI}/@packing", "SKU-1"] == (2, 2)
    assert caller.get(path).json()["next"] is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"bin": "A-02"}, 409, "warehouse.wrong_bin"),
        ({"barcode": "SKU-2"}, 409, "warehouse.wrong_sku"),
        ({"quantity": 3}, 409, "warehouse.too_many"),
        ({"barcode": "?"}, 422, "warehouse.unknown_barcode"),
        ({"warehouse": "X"}, 422, "warehouse.no_such_warehouse"),
        ({"quantity": 0}, 422, "web.faulty"),
    ],
)
def test_each_refusal_has_a_code_of_its_own(caller, change, status, code):
    stock(caller.enterprise, A1, 3)
    scan = {"scan": "p", "of": "order", "target": reserved(caller, 2), "bin": "A-01",
            "barcode": "SKU-1", "warehouse": "DUI1"}  # fmt: skip

    found = asked(caller, "/floor/picks", scan | change)

    assert (found[0], found[1]["code"]) == (status, code)


def test_a_short_pick_asks_for_a_count_that_finds_the_units(caller):
    stock(caller.enterprise, A1, 3)
    reserved(caller, 2)
    with within(caller.enterprise):
        allocation = str(Allocation.objects.get().id)
    body = {"scan": "s", "allocation": allocation, "found": 1}
    assert asked(caller, "/floor/shorts", body)[1]["missing"] == 2
    assert [each["place"] for each in caller.get("/counts/asked").json()["items"]] == [A1]

    count = asked(caller, "/counts", {"warehouse": "DUI1", "asked": True})[1]["id"]
    entry = {"scan": "c", "bin": "A-01", "barcode": "SKU-1", "quantity": 3}
    asked(caller, f"/counts/{count}/entries", {"lines": [entry]})
    (line,) = caller.get(f"/counts/{count}/lines").json()["items"]
    assert (line["counted"], line["expected"]) == (3, None), "it is blind"
    assert asked(caller, f"/counts/{count}/close", {})[1]["differs"] == ["A-01"]
    assert caller.get(f"/counts/{count}/lines").json()["items"][0]["expected"] == 1
    assert asked(caller, f"/counts/{count}/approve", {})[1]["code"] == "warehouse.own_count"
    other = Caller(caller.user, caller.enterprise, token_for(caller.user, caller.enterprise))
    assert asked(other, f"/counts/{count}/approve", {})[1]["posted"] == ["A-01"]

    found = caller.get(f"/counts/{count}").json()
    assert (found["state"], found["counted"], found["right"]) == ("done", 1, 0)
    assert lying(caller.enterprise) == {(A1, "SKU-1"): (3, 2)}
    check_reserved(caller.enterprise)


def test_a_bin_that_looks_wrong_is_asked_for(caller):
    body = {"warehouse": "DUI1", "bin": "A-01", "because": "looks wrong"}
    for _ in range(2):
        assert caller.post("/counts/asked", body).status_code == 204
    assert caller.post("/counts/asked", body | {"bin": "A-09"}).status_code == 422

    assert [each["place"] for each in caller.get("/counts/asked").json()["items"]] == [A1]


def test_a_return_is_announced_received_decided_and_undone(caller):
    line = {"barcode": "SKU-1", "quantity": 2}
    back = asked(caller, "/returns", {"rma": "R", "lines": [line]})[1]
    body = {"scan": "1", "warehouse": "DUI1", "rma": "R", "lines": [line]}
    received = asked(caller, "/returns/receive", body)[1]
    assert received["id"] == back["id"]
    its = received["lines"][0]["id"]
    decide = {"scan": "2", "grade": "A", "quantity": 1}
    assert asked(caller, f"/returns/lines/{its}/decide", decide)[1]["lines"][0]["place"] == A1
    assert asked(caller, f"/returns/lines/{its}/undo", {"scan": "3"})[0] == 200

    assert caller.get(f"/returns/{back['id']}").json()["expected"] == [
        {"sku": "SKU-1", "quantity": 2, "received": 1}
    ]
    found = caller.get("/returns/lines?is_decided=true").json()["items"]
    assert [(each["sku"], each["outcome"]) for each in found] == [("SKU-1", "restock")]
    assert caller.get("/returns/lines?is_decided=false").json()["items"] == []


def test_what_cannot_be_meant_is_refused(caller):
    line = {"barcode": "SKU-1"}
    both = {"scan": "1", "warehouse": "DUI1", "tracking": "T", "parcel": "P", "lines": [line]}
    half = {"scan": "1", "warehouse": "DUI1", "order": "1", "lines": [line]}
    for path, body in (
        ("/returns/receive", both), ("/returns/receive", half),
        ("/counts", {"warehouse": "DUI1"}),
        ("/counts", {"warehouse": "DUI1", "zone": "Z", "abc": "A"}),
    ):  # fmt: skip
        assert asked(caller, path, body)[1]["code"] == "web.faulty"
    grades = {"grades": [{"code": "A"}, {"code": "A"}]}
    assert caller.ask("PUT", "/returns/grades", grades).json()["code"] == "web.faulty"


def test_grades_and_limits_are_set(caller):
    grades = {"grades": [{"code": "good", "outcome": "restock"}]}
    assert caller.ask("PUT", "/returns/grades", grades).json() == {
        "grades": [{"code": "good", "name": "", "outcome": "restock"}]
    }
    assert caller.get("/counts/limit").json() == {"units": 0, "percent": 0}
    wanted = {"units": 2, "percent": 5}
    assert caller.ask("PUT", "/counts/limit", wanted).json() == wanted
    assert caller.get("/counts/limit").json() == wanted


def test_a_pick_is_taken_back_until_it_is_in_a_parcel(caller):
    stock(caller.enterprise, A1, 3)
    scan = {"scan": "p", "warehouse": "DUI1", "of": "order", "target": reserved(caller, 3),
            "bin": "A-01", "barcode": "SKU-1", "quantity": 2}  # fmt: skip
    assert asked(caller, "/floor/picks", scan)[0] == 200

    back = scan | {"scan": "b", "quantity": 1}
    done = {"scan": "b", "sku": "SKU-1", "bin": "A-01", "quantity": 1}
    assert asked(caller, "/floor/unpicks", back) == (200, done)
    assert asked(caller, "/floor/unpicks", back) == (200, done)
    many = asked(caller, "/floor/unpicks", back | {"scan": "c", "quantity": 2})
    assert (many[0], many[1]["code"]) == (409, "warehouse.too_many")
    assert lying(caller.enterprise)[A1, "SKU-1"] == (2, 2)
    check_reserved(caller.enterprise)
    packed = asked(caller, "/parcels", {"order": scan["target"]})
    assert packed[0] == 201
    gone = asked(caller, "/floor/unpicks", back | {"scan": "d"})
    assert (gone[0], gone[1]["code"]) == (409, "warehouse.nothing_left")
