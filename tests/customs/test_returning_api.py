# SPDX-License-Identifier: Apache-2.0
"""Returns through customs by the API: led home, scanned by hand-helds, refused with a code."""

from __future__ import annotations

import pytest

from tests.customs.returning_kit import ONE, SHANGHAI, TODAY, TWO, open_firm, out, refunded
from tests.jobs.callers import new_caller, token_for
from tests.warehouse.floor import A1, lying


@pytest.fixture
def caller(desk):
    found = new_caller()
    open_firm(found.enterprise)
    return found


def draft(caller, number="RH-1", **says):
    line = {"declaration_no": ONE, "item_no": 1, "sku": "SKU-1", "quantity": 4, "from_place": A1}
    body = {
        "number": number, "purpose": "unsold", "home": "NB1", "returns_on": f"{TODAY}",
        "customs_out": SHANGHAI, "customs_back": SHANGHAI, "is_food": False, "is_original": True,
        "lines": [line],
    }  # fmt: skip
    return caller.post("/returns-home", body | says)


def test_a_return_is_led_home(caller):
    refunded(caller.enterprise, (ONE, 10, 1_000))
    out(caller.enterprise, "S-1")
    out(caller.enterprise, "S-2", number=TWO)
    at = f"/returns-home/{draft(caller).json()['id']}"
    assert caller.get(f"{at}/lines").json()["items"][0]["due"] == 400

    told = caller.post(f"{at}/scans", {"scans": [
        {"number": f"X-{n}", "identity": f"S-{n}"} for n in (1, 2, 3)
    ]}).json()  # fmt: skip
    for step, body in (
        ("check", {}), ("clear", {"certificate_no": "C-1"}),
        ("announce", {"declaration_no": "310120261000000009"}), ("arrive", {}),
    ):  # fmt: skip
        answered = caller.post(f"{at}/{step}", body)
        assert answered.status_code == 200, answered.content

    assert [(each["outcome"], each["why"]) for each in told["scans"]] == [
        ("proven", ""), ("refused", "other_line"), ("refused", "never_left"),
    ]  # fmt: skip
    assert answered.json()["state"] == "arrived"
    assert lying(caller.enterprise)["home/NB1", "SKU-1"] == (4, 0)
    proofs = caller.get(f"{at}/proofs").json()["proofs"]
    assert [(each["proof"], each["quantity"]) for each in proofs] == [
        ("identity", 1), ("assumed", 3),
    ]  # fmt: skip
    steps = caller.get(f"{at}/steps").json()["items"]
    assert [each["event"] for each in steps] == [
        "checked", "refund_repaid", "announced", "arrived",
    ]  # fmt: skip
    assert steps[1]["amount"] == 400


@pytest.mark.parametrize(
    ("says", "status", "code"),
    [
        ({"lines": []}, 422, "web.faulty"),
        ({"home": "DUI1"}, 422, "returning.unfit"),
        ({"customs_out": ""}, 409, "returning.needs_reason"),
        ({"customs_back": "Ningbo"}, 409, "returning.not_allowed"),
    ],
)
def test_what_is_refused_has_a_code_and_chinese(caller, says, status, code):
    answered = draft(caller, **says)
    if answered.status_code == 200:
        answered = caller.post(
            f"/returns-home/{answered.json()['id']}/check", {}, **{"Accept-Language": "zh"}
        )
        assert "退运 RH-1" in answered.json()["asked"]

    assert (answered.status_code, answered.json()["code"]) == (status, code)


def test_clocks_and_scans_are_listed(caller):
    out(caller.enterprise, "S-1")

    rows = caller.get("/return-clocks?within=3650").json()["items"]
    scans = caller.get("/unit-scans?way=out").json()["items"]

    assert [row["declaration_no"] for row in rows] == [ONE, TWO]
    assert rows[0]["customs_until"] >= rows[0]["lapses_on"] >= f"{TODAY}"
    assert caller.get("/return-clocks?within=0").json()["items"] == []
    assert [each["identity"] for each in scans] == ["S-1"]


def test_a_refund_is_cleared_and_taken_back_only_by_who_writes_of_money(caller):
    at = f"/returns-home/{draft(caller).json()['id']}"
    caller.post(f"{at}/check", {})
    customs = token_for(caller.user, caller.enterprise, "customs.write", "inbound.read")
    only = {"Authorization": f"Bearer {customs}"}
    paid = {"amount": 0, "note": "never claimed"}

    assert caller.post(f"{at}/clear", paid, **only).status_code == 403
    assert caller.post(f"{at}/clear", paid).status_code == 200
    assert caller.post(f"{at}/undo", {"note": "so"}, **only).status_code == 403
    assert caller.post(f"{at}/undo", {"note": "so"}).json()["state"] == "checked"
    assert caller.post(f"{at}/undo", {"note": "so"}, **only).json()["state"] == "drafted"
