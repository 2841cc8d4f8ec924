# SPDX-License-Identifier: Apache-2.0
"""A month of a firm through the API, from the factory's invoice to a close that agrees with it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entrepot.closing.comparing import compare, stock_of
from entrepot.closing.exporting import export_season, today
from entrepot.jobs.models import DONE, FAILED
from entrepot.ledger.audit import audit
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.runs import Options, run_close
from entrepot.warehouse.auditing import audit_orders
from tests.jobs.callers import new_caller, token_for
from tests.jobs.working import until_state, working

TODAY = date.today()  # noqa: DTZ011
BEFORE = {days: (TODAY - timedelta(days)).isoformat() for days in (20, 15, 12, 10)}
DECLARATION = "310120260000000001"
FACTORY = {
    "code": "FACT", "name": "Ningbo Lamp Factory", "name_zh": "宁波灯具厂", "roles": ["supplier"],
    "country": "CN", "uscc": "91110000600037341L",
}  # fmt: skip


class Firm:
    """A firm's program, that does what its people do, and refuses to go on where it is refused."""

    def __init__(self) -> None:
        self.caller = new_caller()
        self.enterprise = self.caller.enterprise
        with within(self.enterprise):
            Profile.objects.update(uscc="91110000600037341L")

    def ask(self, method: str, path: str, body: object = None) -> object:
        answer = self.caller.ask(method, path, body)
        assert answer.status_code < 300, (method, path, answer.json())
        return answer.json() if answer.content else None

    def post(self, path: str, **body: object):
        return self.ask("POST", path, body)

    def get(self, path: str):
        return self.ask("GET", path)

    def stock(self, warehouse: str) -> dict[tuple[str, str], int]:
        """What lies where in a warehouse."""
        found = self.get(f"/balances?place={warehouse}/&limit=500")["items"]
        return {(b["place"].removeprefix(f"{warehouse}/"), b["item"]): b["quantity"] for b in found}


@pytest.fixture
def firm(desk):
    return Firm()


def test_a_month_from_the_factory_to_the_close(firm, tmp_path):
    set_up(firm)
    buy_and_send(firm)
    receive(firm)
    orders = sell(firm)
    send_on(firm)
    take_back(firm, orders)
    count(firm)

    found = audit(firm.enterprise)
    audit_orders(found)
    assert found.findings == []
    # What came back today of what was sold today counts tomorrow.
    as_of = today("Asia/Shanghai") + timedelta(1)
    from_desk = close_on_the_desk(firm, as_of)
    season, out = tmp_path / "season", tmp_path / "out"
    exported = export_season(firm.enterprise, season, as_of)
    run = run_close(season, out, Options(), lambda _: None)
    assert compare(exported.stock, stock_of(out)) == from_desk["stock"]["stocks"] == 3
    assert run["summary"] == from_desk["summary"]
    assert run["summary"]["units"]["sold"] == 13
    # 80 lamps at 100 yuan and 40 bulbs at 10, at 13 %.
    assert run["summary"]["refund"]["refundable"] == "1092.00"
    # What was sold and came back did so on one day.
    assert run["summary"]["exceptions"] == {"over_received": 1, "return_not_after_sale": 2}


def set_up(firm):
    firm.post("/partners", **FACTORY)
    firm.post("/partners", code="SHIP", name="Sea Line", roles=["carrier"], country="CN")
    for code, kind, zone, country in (
        ("NB1", "home", "Asia/Shanghai", "CN"),
        ("DUI1", "overseas", "Europe/Berlin", "DE"),
        ("LON1", "overseas", "Europe/London", "GB"),
    ):
        firm.post("/warehouses", code=code, name=code, kind=kind, time_zone=zone, country=country)
    firm.post("/bins/bulk", lines=[
        {"warehouse": warehouse, "code": code, "pick_sequence": at}
        for warehouse in ("DUI1", "LON1") for at, code in enumerate(("A-01", "A-02", "A-03"))
    ])  # fmt: skip
    firm.post("/products/bulk", lines=[
        {"sku": "LAMP", "name": "Desk lamp", "name_zh": "台灯", "gtin": "4006381333931",
         "hs_code": "9405210090", "weight_g": 700},
        {"sku": "BULB", "name": "Bulb", "name_zh": "灯泡", "hs_code": "8539520000", "weight_g": 50},
    ])  # fmt: skip


def buy_and_send(firm):
    lines = [
        {"line_no": 0, "sku": "LAMP", "quantity": 100, "net_amount": 1_000_000, "vat_rate": 1300},
        {"line_no": 1, "sku": "BULB", "quantity": 50, "net_amount": 50_000, "vat_rate": 1300},
    ]
    bought = firm.post(
        "/purchases", supplier="FACT", invoice_no="I-1", issued_on=BEFORE[20], lines=lines
    )
    firm.post(f"/purchases/{bought['id']}/receipts", number="HR-1", warehouse="NB1",
              on=BEFORE[15], lines=[
        {"line_no": 0, "sku": "LAMP", "quantity": 100},
        {"line_no": 1, "sku": "BULB", "quantity": 50},
    ])  # fmt: skip
    said = {
        "mode": "9810", "exported_on": BEFORE[12], "fob_currency": "USD", "destination": "DE",
        "warehouse": "DUI1", "declaration_no": DECLARATION,
    }  # fmt: skip
    firm.post("/declarations/bulk", lines=[
        {**said, "item_no": 1, "sku": "LAMP", "quantity": 80, "fob_amount": 160_000},
        {**said, "item_no": 2, "sku": "BULB", "quantity": 40, "fob_amount": 8_000},
    ])  # fmt: skip
    sent = firm.post("/consignments", number="C-1", from_warehouse="NB1", to_warehouse="DUI1",
                     carrier="SHIP", container_no="MSKU1234565", lines=[
        {"line_no": 1, "sku": "LAMP", "quantity": 80, "declaration_no": DECLARATION, "item_no": 1},
        {"line_no": 2, "sku": "BULB", "quantity": 40, "declaration_no": DECLARATION, "item_no": 2},
    ])  # fmt: skip
    firm.post(f"/consignments/{sent['id']}/dispatch", on=BEFORE[10])


def receive(firm):
    """One lamp is damaged and one is short; one bulb is over, and one box nobody knows."""
    (consignment,) = firm.get("/consignments?number=C-1")["items"]

    def scan(number, barcode, quantity, **says):
        return firm.post("/scans", number=number, barcode=barcode, quantity=quantity,
                         consignment="C-1", **says)  # fmt: skip

    assert scan("S-1", "4006381333931", 78)["outcome"] == "expected"
    assert scan("S-1", "4006381333931", 78)["is_new"] is False
    scan("S-2", "LAMP", 1, condition="damaged")
    assert scan("S-3", "BULB", 41)["over"] == 1
    assert scan("S-4", "5901234123457", 1)["state"] == "unknown"
    (question,) = firm.get("/scans/questions")["items"]
    firm.post(f"/scans/{question['id']}/drop", note="A box of the neighbour")
    firm.post(f"/consignments/{consignment['id']}/close")
    assert [c["quantity"] for c in firm.get("/claims")["items"]] == [1, 1]
    firm.post("/floor/put-aways", scan="P-1", warehouse="DUI1", lines=[
        {"barcode": "LAMP", "quantity": 50, "source": "@receiving", "target": "A-01"},
        {"barcode": "LAMP", "quantity": 28, "source": "@receiving", "target": "A-02"},
        {"barcode": "BULB", "quantity": 41, "source": "@receiving", "target": "A-03"},
    ])  # fmt: skip
    assert firm.stock("warehouse/DUI1") == {
        ("A-01", "LAMP"): 50, ("A-02", "LAMP"): 28, ("A-03", "BULB"): 41, ("@damaged", "LAMP"): 1,
    }  # fmt: skip


def sell(firm):
    """Three orders in a wave, picked by scanner; in one bin a lamp is missing."""
    said = {
        "channel": "amazon-de", "country": "DE", "postcode": "47051", "currency": "EUR",
        "ordered_at": f"{TODAY}T08:00:00Z", "promised_on": TODAY.isoformat(),
    }  # fmt: skip
    taken = firm.post("/orders/bulk", orders=[
        {**said, "number": str(n), "lines": [
            {"line_no": 1, "sku": "LAMP", "quantity": 3, "amount": 8997},
            {"line_no": 2, "sku": "BULB", "quantity": 2, "amount": 998},
        ]} for n in (1, 2, 3)
    ])  # fmt: skip
    ids = [each["id"] for each in taken["taken"]]
    assert [each["waiting"] for each in taken["allocated"]] == [0, 0, 0]
    wave = firm.post("/waves", warehouse="DUI1", most=10)
    walk = firm.get(f"/floor/walk?warehouse=DUI1&of=wave&target={wave['id']}")
    for at, stop in enumerate(walk["stops"]):
        firm.post("/floor/picks", scan=f"K-{at}", warehouse="DUI1", of="wave", target=wave["id"],
                  bin=stop["bin"], barcode=stop["sku"], quantity=stop["quantity"])  # fmt: skip
    parcels = firm.post("/parcels/bulk", parcels=[{"order": id, "carrier": "DHL"} for id in ids])
    firm.post("/parcels/ship", parcels=[each["id"] for each in parcels])
    assert {firm.get(f"/orders/{id}")["state"] for id in ids} == {"done"}
    return ids


def send_on(firm):
    """Ten lamps go from Duisburg to London; nine have come, one is on its way."""
    lamps = {"line_no": 1, "sku": "LAMP", "quantity": 10, "from_bin": "A-02"}
    sent = firm.post(
        "/consignments", number="T-1", from_warehouse="DUI1", to_warehouse="LON1", lines=[lamps]
    )
    firm.post(f"/consignments/{sent['id']}/dispatch")
    firm.post("/scans", number="S-9", barcode="LAMP", quantity=9, consignment="T-1")
    assert firm.stock("warehouse/LON1") == {("@receiving", "LAMP"): 9}


def take_back(firm, orders):
    """Of the first order a lamp comes back as new, and a bulb in pieces."""
    firm.post("/returns/receive", scan="B-1", warehouse="DUI1", channel="amazon-de", order="1",
              lines=[
        {"barcode": "LAMP", "quantity": 1, "grade": "A", "target": "A-01"},
        {"barcode": "BULB", "quantity": 1, "outcome": "scrap"},
    ])  # fmt: skip


def count(firm):
    """A bin is counted blind: a bulb is missing, and somebody else approves."""
    opened = firm.post("/counts", warehouse="DUI1", bins=["A-03"])
    there = firm.stock("warehouse/DUI1")["A-03", "BULB"]
    firm.post(f"/counts/{opened['id']}/entries", lines=[
        {"scan": "N-1", "bin": "A-03", "barcode": "BULB", "quantity": there - 1},
    ])  # fmt: skip
    assert firm.post(f"/counts/{opened['id']}/close")["differs"] == ["A-03"]
    refused = firm.caller.ask("POST", f"/counts/{opened['id']}/approve", {})
    assert refused.json()["code"] == "warehouse.own_count"
    supervisor = token_for(firm.caller.user, firm.enterprise, "floor.read", "floor.approve")
    answer = firm.caller.client.post(
        f"/api/v1/counts/{opened['id']}/approve", data={}, content_type="application/json",
        headers={"Authorization": f"Bearer {supervisor}"},
    )  # fmt: skip
    assert answer.json()["posted"] == ["A-03"]


def close_on_the_desk(firm, as_of):
    rates = "hs_code,valid_from,valid_to,refund_rate,source\n" + "".join(
        f"{code},2020-01-01,,0.13,made up for this test\n" for code in ("9405210090", "8539520000")
    )
    sent = firm.caller.client.put(
        "/api/v1/season-tables/refund_rates", rates, content_type="text/csv",
        headers={"Authorization": f"Bearer {firm.caller.token}"},
    )  # fmt: skip
    assert sent.status_code == 200
    asked = firm.post("/closes", as_of=as_of.isoformat())
    with working():
        job = until_state(firm.enterprise, asked["job"], DONE, FAILED)
    assert job.problem is None
    return firm.get(f"/closes/{asked['id']}")
