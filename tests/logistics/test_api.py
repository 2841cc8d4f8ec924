# SPDX-License-Identifier: Apache-2.0
"""A shipment through the API, from the factory's invoice to the carrier's claim."""

from __future__ import annotations

import time
from typing import Any

import pytest

from entrepot.people.roles import ROLES
from tests.jobs.callers import Caller, new_caller
from tests.logistics.dock import DECLARATION, GTIN, open_dock
from tests.site.api_kit import new_world


@pytest.fixture
def caller(desk: None) -> Caller:
    found = new_caller()
    open_dock(found.enterprise, stock=0)
    return found


def put(caller: Caller, path: str, body: Any = None) -> Any:
    answered = caller.post(path, {} if body is None else body)
    assert answered.status_code == 200, (path, answered.content)
    return answered.json()


def items(caller: Caller, path: str) -> list[dict[str, Any]]:
    answered = caller.get(path)
    assert answered.status_code == 200, (path, answered.content)
    return answered.json()["items"]


def bought(caller: Caller, quantity: int = 100) -> None:
    """Goods at home."""
    made = put(caller, "/purchases", {
        "supplier": "FAC", "number": "P-1",
        "lines": [{"line_no": n, "sku": sku, "quantity": quantity}
                  for n, sku in enumerate(("SKU-1", "SKU-2"))],
    })  # fmt: skip
    put(caller, f"/purchases/{made['id']}/receipts", {
        "number": "HR-1", "warehouse": "NB1",
        "lines": [{"line_no": n, "sku": sku, "quantity": quantity}
                  for n, sku in enumerate(("SKU-1", "SKU-2"))],
    })  # fmt: skip


def dispatched(caller: Caller, number: str, *lines: dict[str, Any]) -> str:
    made = put(caller, "/consignments", {
        "number": number, "from_warehouse": "NB1", "to_warehouse": "DUI1", "carrier": "SEA",
        "expected_on": "2026-04-01", "lines": list(lines),
    })  # fmt: skip
    return str(put(caller, f"/consignments/{made['id']}/dispatch")["id"])


def test_a_shipment_from_the_factory_to_the_claim(caller):
    bought(caller)
    put(caller, "/declarations/bulk", {"lines": [{
        "declaration_no": DECLARATION, "item_no": 1, "sku": "SKU-1", "mode": "9810",
        "exported_on": "2026-03-01", "quantity": 50, "fob_amount": 5000, "fob_currency": "USD",
        "destination": "DE", "warehouse": "DUI1",
    }]})  # fmt: skip
    id = dispatched(
        caller, "C-1",
        {"line_no": 1, "sku": "SKU-1", "quantity": 50, "declaration_no": DECLARATION, "item_no": 1},
        {"line_no": 2, "sku": "SKU-2", "quantity": 3},
    )  # fmt: skip
    assert [(each["sku"], each["quantity"], each["expected_on"])
            for each in items(caller, "/expected?warehouse=DUI1")] == [
        ("SKU-1", 50, "2026-04-01"), ("SKU-2", 3, "2026-04-01"),
    ]  # fmt: skip
    scans = [
        {"number": f"S-{n}", "barcode": barcode, "consignment": "C-1", **says}
        for n, (barcode, says) in enumerate([
            ("SKU-1", {"quantity": 40}), ("SKU-1", {"condition": "damaged"}),
            (GTIN, {"quantity": 5}), ("SKU-3", {}), ("???", {}),
        ])
    ]  # fmt: skip
    found = put(caller, "/scans/bulk", {"scans": scans})["scans"]
    assert [each["outcome"] for each in found] == ["expected", "expected", "over",
                                                   "not_expected", ""]  # fmt: skip
    assert put(caller, "/scans", scans[0])["is_new"] is False
    (question,) = items(caller, "/scans/questions")
    put(caller, f"/scans/{question['id']}/resolve", {"sku": "SKU-1"})
    put(caller, f"/consignments/{id}/close", {"on": "2026-04-05"})

    names = ("sku", "expected", "good", "damaged", "over", "short", "open", "not_expected")
    assert [tuple(each[name] for name in names)
            for each in items(caller, f"/consignments/{id}/discrepancies")] == [
        ("SKU-1", 50, 41, 1, 0, 8, 0, 0), ("SKU-2", 3, 5, 0, 2, 0, 0, 0),
        ("SKU-3", 0, 1, 0, 1, 0, 0, 1),
    ]  # fmt: skip
    claims = items(caller, "/claims?state=open")
    assert sorted((each["kind"], each["quantity"], each["value"]) for each in claims) == [
        ("damaged", 1, 100), ("short", 8, 800),
    ]  # fmt: skip
    put(caller, f"/claims/{claims[0]['id']}/claim", {"amount": 800})
    assert put(caller, f"/claims/{claims[0]['id']}/settle", {"amount": 700})["settled"] == 700
    (line,) = items(caller, "/declaration-lines?sku=SKU-1")
    assert (line["sent"], line["received"]) == (50, 42)
    rows = items(caller, f"/receipt-lines?declaration_no={DECLARATION}")
    assert sum(row["quantity"] for row in rows) == 42


def test_a_refusal_is_a_problem(caller):
    bought(caller)
    dispatched(caller, "C-1", {"line_no": 1, "sku": "SKU-1", "quantity": 1})

    for body, status, code in (
        ({"number": "S-1", "barcode": "SKU-1", "consignment": "C-9"}, 409, "no_such_gate"),
        ({"number": "S-1", "barcode": "SKU-1"}, 422, "faulty"),
    ):
        answered = caller.post("/scans", body)
        assert (answered.status_code, answered.json()["code"].split(".")[1]) == (status, code)
    answered = caller.post("/consignments", {
        "number": "C-2", "from_warehouse": "NB1", "to_warehouse": "DUI1",
        "lines": [{"line_no": n, "sku": f"X{n}", "quantity": 1} for n in range(3)],
    })  # fmt: skip
    assert answered.status_code == 422
    assert [each["row"] for each in answered.json()["facts"]["faults"]] == [1, 2, 3]
    assert not items(caller, "/scans")


def test_lists_are_narrowed_and_paged(caller):
    bought(caller)
    for n in range(5):
        dispatched(caller, f"C-{n}", {"line_no": 1, "sku": "SKU-1", "quantity": 1})

    first = caller.get("/consignments?limit=3&sku=SKU-1&warehouse=DUI1").json()
    second = caller.get(f"/consignments?limit=3&sku=SKU-1&warehouse=DUI1&cursor={first['next']}")

    numbers = [each["number"] for each in first["items"] + second.json()["items"]]
    assert numbers == ["C-4", "C-3", "C-2", "C-1", "C-0"]
    assert [each["number"] for each in items(caller, "/consignments?number=C-3")] == ["C-3"]
    assert items(caller, "/consignments?sku=SKU-2") == []
    assert items(caller, "/consignments?state=draft") == []
    assert items(caller, "/consignments?warehouse=LON1") == []


def test_a_world_of_everything_can_be_made(desk):
    caller = new_world("WORLD")

    assert items(caller, "/claims")


def test_a_scan_is_answered_soon(caller):
    """Far below what a person notices; the measure proper is taken with the desk's benchmarks."""
    bought(caller, 500)
    dispatched(caller, "C-1", {"line_no": 1, "sku": "SKU-1", "quantity": 500})
    took = []
    for n in range(60):
        begun = time.perf_counter()
        put(caller, "/scans", {"number": f"S-{n}", "barcode": "SKU-1", "consignment": "C-1"})
        took.append(time.perf_counter() - begun)

    assert sorted(took)[30] < 0.05


def test_who_may_do_what():
    for role, scopes in ROLES.items():
        assert ("inbound.write" in scopes) == (
            role in {"owner", "operations", "customs", "warehouse"}
        )
        assert ("inbound.read" in scopes) == (role != "partner")
