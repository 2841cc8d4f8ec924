# SPDX-License-Identifier: Apache-2.0
"""A month of a firm through its pages, from the factory's invoice to a close that agrees with it.

Once in Chinese on a hand-held's width with a scanner, once in English on a screen without a mouse.
In the middle of picking the network goes: what is scanned meanwhile arrives once. `test_scan` cuts
it for longer, and in worse moments.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PARTNER, PRODUCT, WAREHOUSE
from entrepot.closing.exporting import today
from entrepot.closing.models import Close
from entrepot.ledger.audit import audit
from entrepot.ledger.models import Document
from entrepot.ledger.opening import open_items
from entrepot.logistics.models import Claim, Consignment, Purchase, Scan
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.warehouse.auditing import audit_orders
from entrepot.warehouse.models import Count, Order, OrderFile, Parcel, ReturnedLine, Wave
from tests.jobs.working import until as until_by
from tests.jobs.working import working
from tests.pages.browser import NARROW, WIDE
from tests.pages.journey import Worker
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import lying

TODAY = date.today()  # noqa: DTZ011
DECLARATION = "310120260000000002"
USCC = "91110000600037341L"
PACKING = "warehouse/DUI1/@packing"


def until(look: Callable[[], Any]) -> Any:
    """Wait until there is something; a job may have others before it."""
    return until_by(look, 120.0)


def before(days: int) -> str:
    return (TODAY - timedelta(days)).isoformat()


@pytest.fixture
def owner(desk: None) -> Person:
    """The owner of a firm with a factory, a carrier, two warehouses and two products."""
    person = new_person()
    with person.within():
        Profile.objects.update(uscc=USCC)
        for code in ("CNY", "USD", "EUR"):
            open_items([code], kind="money", digits=2)
        masters.put(PARTNER, [
            {"code": "FACT", "name": "Ningbo Lamp Factory", "roles": ["supplier"],
             "country": "CN", "uscc": USCC},
            {"code": "SHIP", "name": "Sea Line", "roles": ["carrier"], "country": "CN"},
        ])  # fmt: skip
        masters.put(WAREHOUSE, [
            {"code": "NB1", "name": "NB1", "kind": "home", "time_zone": "Asia/Shanghai",
             "country": "CN"},
            {"code": "DUI1", "name": "DUI1", "kind": "overseas", "time_zone": "Europe/Berlin",
             "country": "DE"},
        ])  # fmt: skip
        masters.put(BIN, [
            {"warehouse": "DUI1", "code": code, "pick_sequence": at}
            for at, code in enumerate(("A-01", "A-02", "A-03"))
        ])  # fmt: skip
        masters.put(PRODUCT, [
            {"sku": "LAMP", "name": "Desk lamp", "name_zh": "台灯", "gtin": "4006381333931",
             "hs_code": "9405210090", "weight_g": 700},
            {"sku": "BULB", "name": "Bulb", "name_zh": "灯泡", "hs_code": "8539520000",
             "weight_g": 50},
        ])  # fmt: skip
    return person


@pytest.mark.parametrize(
    ("language", "size", "by"), [("zh", NARROW, "touch"), ("en", WIDE, "keys")],
    ids=["zh-narrow-scanner", "en-wide-keyboard"],
)  # fmt: skip
def test_a_month_from_the_factory_to_the_close(
    browser, address, owner, language, size, by, tmp_path
):
    worker = Worker(browser, address, language, size, by)
    worker.sign_in(owner)
    with working():
        buy_and_send(worker, owner)
        receive(worker, owner)
        put_away(worker, owner)
        wave = order(worker, owner, tmp_path)
        pick(worker, owner, wave)
        pack_and_ship(worker, owner, wave)
        take_back(worker, owner)
        count(worker, owner, browser, address)
        close(worker, owner, tmp_path)

    found = audit(owner.enterprise)
    audit_orders(found)
    assert found.findings == []
    assert [said for said in worker.page.complaints if "ERR_INTERNET" not in said] == []
    worker.page.context.close()


def buy_and_send(worker: Worker, owner: Person) -> None:
    worker.to("/inbound/purchases/new/")
    worker.table(
        "line_no\tsku\tquantity\tnet_amount\tvat_rate", "1\tLAMP\t6\t600\t13", "2\tBULB\t4\t40\t13",
        supplier="FACT", number="PO-1", invoice_no="I-1", issued_on=before(20),
    )  # fmt: skip
    worker.press("main a[href$='/receive/']")
    worker.table(
        "line_no\tsku\tquantity", "1\tLAMP\t6", "2\tBULB\t4",
        number="HR-1", warehouse="NB1", on=before(15),
    )  # fmt: skip
    said = f"9810\t{before(12)}"
    worker.to("/inbound/declarations/new/")
    worker.table(
        "declaration_no\titem_no\tsku\tmode\texported_on\tquantity\tfob_amount\tfob_currency"
        "\tdestination\twarehouse",
        f"{DECLARATION}\t1\tLAMP\t{said}\t6\t120\tUSD\tDE\tDUI1",
        f"{DECLARATION}\t2\tBULB\t{said}\t4\t8\tUSD\tDE\tDUI1",
    )
    worker.to("/inbound/consignments/new/")
    worker.table(
        "line_no\tsku\tquantity\tdeclaration_no\titem_no", f"1\tLAMP\t6\t{DECLARATION}\t1",
        f"2\tBULB\t4\t{DECLARATION}\t2",
        number="C-1", from_warehouse="NB1", to_warehouse="DUI1", carrier="SHIP",
    )  # fmt: skip
    worker.send("form[action$='/dispatch'] button")
    with owner.within():
        until(lambda: Consignment.objects.get().state == "dispatched")
        assert Purchase.objects.get().number == "PO-1"


def receive(worker: Worker, owner: Person) -> None:
    """One lamp is damaged and one is short, and one box nobody knows."""
    worker.scanning("")
    worker.choose("#warehouse", "DUI1")
    worker.scanning("")
    worker.page.evaluate("document.activeElement.blur()")
    worker.page.keyboard.type("C-1")
    worker.page.keyboard.press("Enter")
    worker.page.wait_for_url("**/scan/receive/**")
    worker.awake()
    for code in ("4006381333931", "LAMP", "LAMP", "LAMP", "BULB", "BULB", "BULB", "BULB"):
        assert worker.scan(code) in ("right", "done")
    worker.button("receive", "damaged")
    assert worker.scan("LAMP") == "right"
    worker.button("receive", "good")
    assert worker.scan("5901234123457") == "attention"
    worker.sent()
    with owner.within():
        question = Scan.objects.get(state="unknown").id
        consignment = Consignment.objects.get().id
    worker.to(f"/inbound/receiving/scans/{question}/")
    worker.press("details:has(form[action$='/drop']) summary")
    worker.write("form[action$='/drop'] [name=note]", "A box of the neighbour")
    worker.send("form[action$='/drop'] button")
    worker.to(f"/inbound/consignments/{consignment}/close/")
    worker.send("button[name=step][value=close]")
    with owner.within():
        until(lambda: Consignment.objects.get().state == "closed")
        assert Claim.objects.count() == 2
    worker.to("/inbound/claims/")
    assert worker.page.locator("main tbody tr").count() == 2


def put_away(worker: Worker, owner: Person) -> None:
    """Into the bins that are suggested."""
    worker.scanning("put/")
    for sku in ("LAMP", "BULB"):
        worker.scan(sku)
        worker.button("put", "all", count=4)
        assert worker.scan(worker.big()) == "right"
        worker.sent()
    there = lying(owner.enterprise)
    assert sum(n for (place, _), (n, _) in there.items() if "/A-0" in place) == 8


def order(worker: Worker, owner: Person, folder: Path) -> Wave:
    """A file with two orders, taken over by a job, and a wave of them."""
    file = folder / "orders.csv"
    at = f"{before(0)} 00:30"
    file.write_text(
        "channel,number,ordered_at,country,currency,sku,quantity,amount,recipient,street,city\n"
        f"shop,1001,{at},DE,EUR,LAMP,2,59.98,Frieda <b>Ost</b>,Seestr. 1,Köln\n"
        f"shop,1001,{at},DE,EUR,BULB,1,4.99,Frieda <b>Ost</b>,Seestr. 1,Köln\n"
        f"shop,1002,{at},DE,EUR,LAMP,1,29.99,Theo,Mühlweg 2,Bremen\n",
        encoding="utf-8",
    )
    worker.to("/orders/files/send/")
    worker.page.set_input_files("main [name=file]", file)
    worker.send("main form[enctype] button")
    worker.send("form[action$='/take'] button")
    with owner.within():
        until(lambda: OrderFile.objects.get().allocated == 2)
    # The page of the file opens itself anew once its job is done.
    worker.page.wait_for_selector("form[action$='/undo']")
    worker.page.wait_for_load_state()
    worker.to("/orders/")
    assert worker.page.locator("main tbody tr").count() == 2
    worker.to("/outbound/new/")
    worker.choose("main [name=warehouse]", "DUI1")
    worker.send("main form.sheet button, main form.panel button")
    with owner.within():
        return Wave.objects.get()


def pick(worker: Worker, owner: Person, wave: Wave) -> None:
    """Along the bins; after the first unit the network is gone, until everything is picked."""
    worker.scanning("")
    worker.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    worker.scanning(f"pick/?of=wave&target={wave.id}")
    scans = 0
    while "A-0" in (bin := worker.big()):
        assert worker.scan(bin) == "right"
        while (sku := worker.big()) in ("LAMP", "BULB"):
            assert worker.scan(sku) in ("right", "done", "attention")
            scans += 1
            worker.page.context.set_offline(True)
    assert scans == 4
    with owner.within():
        assert Document.objects.filter(kind="pick").count() <= 1
    worker.page.context.set_offline(False)
    worker.sent()
    there = lying(owner.enterprise)
    assert (there[PACKING, "LAMP"], there[PACKING, "BULB"]) == ((3, 3), (1, 1))


def pack_and_ship(worker: Worker, owner: Person, wave: Wave) -> None:
    """One order by scanner, the other on the desk: packed, unpacked, packed again; both leave."""
    worker.scanning("pack/")
    worker.page.keyboard.type("1001")
    worker.page.keyboard.press("Enter")
    worker.page.wait_for_url("**/?order=*")
    worker.awake()
    for sku in ("LAMP", "BULB", "LAMP"):
        assert worker.scan(sku) in ("right", "done")
    worker.button("pack", "close")
    with owner.within():
        until(Parcel.objects.exists)
    for _ in range(2):
        worker.to(f"/outbound/waves/{wave.id}/")
        worker.send("form[action$='/pack'] button")
        with owner.within():
            until(lambda: Parcel.objects.count() == 2)
            last = Parcel.objects.order_by("-id")[0].id
        worker.to(f"/outbound/parcels/{last}/")
        if not _:
            worker.send("form[action$='/unpack'] button")
            with owner.within():
                until(lambda: Parcel.objects.count() == 1)
    label = worker.page.get_attribute("a[href*='/label']", "href")
    printed = worker.page.request.get(label)
    assert (printed.status, printed.body()[:5]) == (200, b"%PDF-")
    with owner.within():
        parcels = list(Parcel.objects.values_list("id", flat=True))
    for parcel in parcels:
        worker.to(f"/outbound/parcels/{parcel}/")
        worker.send("form[action$='/ship'] button")
        with owner.within():
            until(lambda parcel=parcel: Parcel.objects.get(id=parcel).state == "shipped")
    with owner.within():
        assert set(Order.objects.values_list("state", flat=True)) == {"done"}


def take_back(worker: Worker, owner: Person) -> None:
    """A lamp of the first order comes back as new."""
    worker.to("/returns/receive/")
    worker.choose("main [name=warehouse]", "DUI1")
    for name, text in (("channel", "shop"), ("order", "1001"), ("sku_1", "LAMP"),
                       ("quantity_1", "1")):  # fmt: skip
        worker.write(f"main [name={name}]", text)
    worker.choose("main [name=grade_1]", "A")
    worker.send("main form.sheet button[type=submit], main form.sheet .buttons button")
    with owner.within():
        until(ReturnedLine.objects.exists)
        assert ReturnedLine.objects.get().outcome == "restock"


def count(worker: Worker, owner: Person, browser: Any, address: str) -> None:
    """The bulbs are counted blind: one is missing, and somebody else approves."""
    there = lying(owner.enterprise)
    [(place, units)] = [(p, n) for (p, sku), (n, _) in there.items() if sku == "BULB"]
    bin = place.rsplit("/", 1)[1]
    worker.scanning("count/")
    worker.page.keyboard.type(bin)
    worker.page.keyboard.press("Enter")
    worker.page.wait_for_url("**/?count=*")
    worker.awake()
    assert worker.scan(bin) == "right"
    for _ in range(units - 1):
        assert worker.scan("BULB") == "right"
    for sku in ("LAMP",) * there.get((place, "LAMP"), (0, 0))[0]:
        assert worker.scan(sku) == "right"
    worker.button("count", "done")
    with owner.within():
        until(lambda: Count.objects.get().bins.get().state == "differs")
        count = Count.objects.get().id
    other = Worker(browser, address, worker.language, worker.size, worker.by)
    other.sign_in(new_person("operations", owner.enterprise))
    other.to(f"/counts/{count}/")
    other.send("form[action$='/approve'] button")
    with owner.within():
        until(lambda: Count.objects.get().bins.get().state == "posted")
    assert other.page.complaints == []
    other.page.context.close()


def close(worker: Worker, owner: Person, folder: Path) -> None:
    """The table of refund rates is sent, the book is closed, and both have the same stock."""
    rates = folder / "refund_rates.csv"
    rates.write_text(
        "hs_code,valid_from,valid_to,refund_rate,source\n"
        + "".join(f"{code},2020-01-01,,0.13,made up for this test\n"
                  for code in ("9405210090", "8539520000"))
    )  # fmt: skip
    worker.to("/closes/tables/")
    worker.choose("main [name=table]", "refund_rates")
    worker.page.set_input_files("main [name=file]", rates)
    worker.send("main form[enctype] button")
    worker.to("/closes/")
    worker.page.fill("main [name=as_of]", (today("Asia/Shanghai") + timedelta(1)).isoformat())
    worker.send("form[action$='/closes/ask'] button")

    def done() -> Close | None:
        with within(owner.enterprise):
            return Close.objects.filter(closed_at__isnull=False).first()

    closed = until(done)
    worker.to(f"/closes/{closed.id}/")
    assert worker.page.locator("main table").count() >= 2
    report = worker.page.request.get(f"/closes/{closed.id}/report")
    assert (report.status, "text/html" in report.headers["content-type"]) == (200, True)
    assert closed.summary["units"]["sold"] == 3
    # 6 lamps at 100 yuan and 4 bulbs at 10, at 13 %.
    assert closed.summary["refund"]["refundable"] == "83.20"
    assert closed.differences == [] if hasattr(closed, "differences") else True
