# SPDX-License-Identifier: Apache-2.0
"""A month of a firm through its pages, from the factory's invoice to a close that agrees with it:
in Chinese by touch and scanner on a narrow screen, in English by the keyboard alone on a wide one.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from entrepot.closing.exporting import today
from entrepot.closing.models import Close
from entrepot.jobs.models import Job
from entrepot.ledger.audit import audit
from entrepot.ledger.models import Document
from entrepot.logistics.models import Claim, Consignment, Declaration, Purchase, Scan
from entrepot.warehouse.auditing import audit_orders
from entrepot.warehouse.models import Count, Order, OrderFile, Parcel, ReturnedLine, Wave
from tests.jobs.working import until, working
from tests.pages.month import served
from tests.pages.month_firm import HS, LAMP, STRANGER, Month
from tests.warehouse.floor import DUI, check_reserved, lying

TODAY = date.today()  # noqa: DTZ011
BEFORE = {days: (TODAY - timedelta(days)).isoformat() for days in (20, 15, 12, 10)}
DECLARATION = "310120260000000001"


@pytest.mark.parametrize(
    ("language", "is_wide"), [("zh", False), ("en", True)], ids=["zh-touch", "en-keyboard"]
)
def test_a_month_from_the_factory_to_the_close(browser, desk, tmp_path, language, is_wide):
    with served() as at:
        month = Month(browser, at, language, is_wide)
        set_up(month)
        buy(month)
        send(month)
        receive(month)
        put_away(month)
        send_orders(month, tmp_path)
        with working():
            gather_orders(month)
            pick(month)
            pack(month)
            take_back(month)
            count(month)
            close(month, tmp_path)
        month.hand.close()
        month.office.close()

    with month.within():
        found = audit(month.enterprise)
        audit_orders(found)
    assert found.findings == []
    check_reserved(month.enterprise)
    assert month.office.seen > 40


def set_up(month):
    """The owner signs in; a product is added by its form."""
    office = month.office
    office.sign_in(month.owner)
    office.section("today")
    office.section("masters")
    office.new("masters-new")
    office.fill(sku="BULB", name="Bulb", name_zh="灯泡", hs_code=HS["BULB"], weight_g="50")
    office.send(name="masters-one")


def buy(month):
    """A purchase with its invoice, received at home."""
    office = month.office
    office.section("inbound")
    office.link("inbound_purchases")
    office.new("purchase-new")
    office.fill(supplier="FACT", number="P-1", invoice_no="24332000000000000001",
                issued_on=BEFORE[20], text=sheet(
        "line_no sku quantity net_amount vat_rate", "0 LAMP many 10000 13"))  # fmt: skip
    office.send("button[value=check]", "purchase-mistakes")
    assert "many" in office.page.inner_text("#mistakes")
    office.fill(text=sheet(
        "line_no sku quantity net_amount vat_rate", "0 LAMP 100 10000 13", "1 BULB 50 500 13"
    ))  # fmt: skip
    office.send("button[value=check]", "purchase-checked")
    office.send("button[value=take]", "purchase")
    office.new("purchase-receive")
    office.fill(number="HR-1", warehouse="NB1", on=BEFORE[15])
    office.send("button[value=check]", "purchase-receive-checked")
    office.send("button[value=take]", "purchase-received")
    assert lying(month.enterprise) == {
        ("home/NB1", "LAMP"): (100, 0),
        ("home/NB1", "BULB"): (50, 0),
    }
    with month.within():
        assert Purchase.objects.get().number == "P-1"


def send(month):
    """A declaration, its invoices, and the consignment of it, which leaves."""
    office = month.office
    office.section("inbound")
    office.link("inbound_declarations")
    office.new("declaration-new")
    end = f"9810 {BEFORE[12]} USD DE DUI1"
    office.fill(text=sheet(
        "declaration_no item_no sku quantity fob_amount mode exported_on fob_currency destination"
        " warehouse",
        f"{DECLARATION} 1 LAMP 80 1600 {end}", f"{DECLARATION} 2 BULB 40 80 {end}",
    ))  # fmt: skip
    office.send("button[value=check]", "declaration-checked")
    office.send("button[value=take]", "declarations")
    declaration = month.id(Declaration)
    if f"/declarations/{declaration}/" not in office.page.url:
        office.link("inbound_declaration", declaration, shot="declaration")
    office.link("inbound_declaration_link", declaration, shot="declaration-link")
    office.send("button[value=check]", "declaration-link-checked")
    office.send("button[value=take]", "declaration-linked")
    office.new("consignment-new")
    office.fill(number="C-1", from_warehouse="NB1", to_warehouse="DUI1", carrier="SHIP",
                container_no="MSKU1234565")  # fmt: skip
    office.send("button[value=check]", "consignment-checked")
    office.send("button[value=take]", "consignment")
    office.act("inbound_consignment_dispatch", month.id(Consignment), shot="consignment-dispatched")
    assert lying(month.enterprise)["voyage/C-1", "LAMP"] == (80, 0)


def sheet(*rows: str) -> str:
    """Cells as they come out of a spreadsheet."""
    return "\n".join("\t".join(row.split()) for row in rows)


def receive(month):
    """A lamp is damaged and one is short; a bulb is over, and one box nobody knows."""
    hand, word = month.hand, month.hand.word
    hand.sign_in(month.worker)
    hand.flow("receive")
    hand.scan("C-1")
    hand.page.wait_for_url("**/?consignment=*")
    hand.awake()
    hand.press(word("type_times"))
    hand.look("scan-pad")
    hand.enter(77)
    assert hand.scan(LAMP, word("receive.expected")) == "right"
    hand.scan("LAMP", word("receive.expected"))
    hand.press(word("receive.damaged"))
    hand.scan("LAMP", word("receive.expected"))
    hand.press(word("receive.good"))
    hand.press(word("type_times"))
    hand.enter(40)
    hand.scan("BULB", word("receive.expected"))
    assert hand.scan("BULB", word("receive.outcomes.over")) == "attention"
    hand.look("scan-receive-over")
    assert hand.scan(STRANGER, word("receive.outcomes.unknown")) == "attention"
    hand.look("scan-receive-unknown")
    hand.kept(0)
    assert month.units("@receiving") == {"LAMP": 78, "BULB": 41}
    assert month.units("@damaged") == {"LAMP": 1}

    office, id = month.office, month.id(Consignment)
    office.section("inbound")
    office.link("inbound_receiving")
    question = month.id(Scan, state="unknown")
    office.link("inbound_scan", question, shot="question")
    office.use(office.page.locator("details.because summary"))
    office.fill(note="A box of the neighbour" if office.language == "en" else "邻居的箱子")
    office.look("question-why")
    office.send("details.because button", "question-dropped")
    office.section("inbound")
    office.link("inbound_consignment", id, shot="consignment-arrived")
    office.link("inbound_consignment_close", id, shot="consignment-close")
    office.send("button[value=close]", "consignment-closed")
    office.section("inbound")
    office.link("inbound_claims")
    with month.within():
        assert sorted(Claim.objects.values_list("quantity", flat=True)) == [1, 1]


def put_away(month):
    """Each SKU goes into the bin that is suggested."""
    hand, word = month.hand, month.hand.word
    hand.flow("put")
    for code, units in ((LAMP, 78), ("BULB", 41)):
        assert hand.scan(code, "× 1") == "right"
        bin = hand.big()
        assert bin.startswith("A-0")
        hand.press(word("put.all", count=units))
        hand.look("scan-put-all")
        assert hand.scan(bin, word("put.lies")) == "right"
    hand.kept(0)
    hand.look("scan-put-done")
    assert month.units("@receiving") == {}


def send_orders(month, folder):
    """A file of three orders is sent and looked at, then taken over as soon as a worker comes."""
    rows = [
        f"amazon-de,{n},{TODAY} 08:00,{TODAY},DE,47051,EUR,{line},{sku},{units},{amount},Ada"
        for n in (1, 2, 3)
        for line, sku, units, amount in ((1, "LAMP", 3, "89.97"), (2, "BULB", 2, "9.98"))
    ]
    file = folder / "orders.csv"
    heading = "channel,number,ordered_at,promised_on,country,postcode,currency,line_no,sku,quantity"
    file.write_text("\n".join([f"{heading},amount,recipient", *rows]))
    office = month.office
    office.section("orders")
    office.link("orders_files", shot="order-files")
    office.new("order-file-send")
    office.fill(file=str(file))
    office.send(name="order-file")
    office.act("orders_file_take", month.id(OrderFile), shot="order-file-progress")
    assert office.page.locator("#progress progress").is_visible()


def gather_orders(month):
    """The page of the file says when all is reserved; a wave is made of the orders."""
    office = month.office
    undoing = reverse("pages:orders_file_undo", args=[month.id(OrderFile)])
    office.page.wait_for_selector(f"form[action='{undoing}']", timeout=30_000)
    office.look("order-file-taken")
    with month.within():
        assert OrderFile.objects.get().allocated == 3
    office.section("orders")
    office.section("outbound")
    office.new("wave-new")
    office.fill(warehouse="DUI1", most="10")
    office.send(name="wave")


CODES, WANTED = {"LAMP": LAMP, "BULB": "BULB"}, {"LAMP": 9, "BULB": 6}


def pick(month):
    """The wave is picked while the network is away for a minute, the page is opened anew, the desk
    starts anew and its first answer is lost: every scan arrives once.
    """  # fmt: skip
    hand = month.hand
    with month.within():
        wave = Wave.objects.get()
    hand.open()
    hand.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    hand.scan(wave.number)
    hand.page.wait_for_url("**/scan/pick/**")
    hand.awake()
    in_bin(hand)
    first = hand.big()
    pick_one_and_again(hand, CODES[first])
    scans = pick_without_network(month, first)
    assert month.units("@packing") == {first: 1}
    come_back(month)
    assert month.units("@packing") == WANTED
    with month.within():
        # Each scan once; and the one that was taken back.
        assert Document.objects.filter(kind="pick").count() == scans + 2
        assert not Wave.objects.get().is_open
    check_reserved(month.enterprise)
    hand.look("scan-pick-done")


def in_bin(hand):
    assert hand.scan(hand.big(), hand.word("pick.in_bin")) == "right"


def take(hand, code, times):
    for _ in range(times):
        hand.scan(code, "1")


def pick_one_and_again(hand, code):
    """A unit is picked, put back and picked."""
    hand.look("scan-pick")
    take(hand, code, 1)
    hand.kept(0)
    hand.press(hand.word("undo"))
    hand.says(hand.word("undone_word"))
    hand.kept(0)
    take(hand, code, 1)
    hand.kept(0)


def pick_without_network(month, first):
    """All the rest, while nobody is reached; how many scans that is.

    A minute by the page's clock: what it does by time it does, and the test need not wait.
    """
    hand, word = month.hand, month.hand.word
    hand.page.clock.install()
    hand.cut()
    take(hand, CODES[first], 2)
    hand.kept(2)
    hand.page.clock.fast_forward("00:30")
    assert hand.scan(STRANGER, word("refusals.wrong_sku")) == "wrong"
    hand.look("scan-pick-away")
    hand.page.reload()
    hand.awake()
    assert hand.big() == first
    month.desk.stop()  # nobody is there once the network is back
    take(hand, CODES[first], WANTED[first] - 3)
    in_bin(hand)
    second = hand.big()
    take(hand, CODES[second], 2)
    hand.press(word("type_quantity"))
    hand.enter(WANTED[second] - 2)
    assert hand.says(word("pick.all_done")) == "done"
    hand.page.clock.fast_forward("00:30")
    scans = WANTED[first] - 1 + 3
    hand.kept(scans)
    hand.look("scan-pick-kept")
    return scans


def come_back(month):
    """The network, then the desk, whose first answer is lost."""
    hand = month.hand
    hand.cut(False)
    hand.page.wait_for_timeout(500)
    month.desk.lose("/floor/scans")
    month.desk.start()
    hand.page.clock.fast_forward("00:30")
    until(lambda: month.desk.lost)
    hand.page.clock.fast_forward("00:30")
    hand.kept(0)


def pack(month):
    """An order is packed by scanning and weighed, the others at once; all of them leave."""
    hand, word = month.hand, month.hand.word
    hand.press(word("flows.pack"))
    hand.page.wait_for_url("**/scan/pack/?wave=*")
    hand.awake()
    hand.look("scan-pack-wave")
    hand.use(hand.page.locator("#list button"))
    hand.page.wait_for_url("**/?order=*")
    hand.awake()
    order = hand.page.url.rpartition("=")[2]
    for each in (*[LAMP] * 3, "BULB"):
        hand.scan(each, " / ")
    assert hand.scan(STRANGER, word("refusals.unknown_barcode")) == "wrong"
    hand.look("scan-pack")
    assert hand.scan("BULB", word("pack.all")) == "done"
    hand.press(word("pack.weight"))
    hand.enter(2400)
    hand.press(word("pack.close"))
    hand.says(word("pack.packed"))
    hand.look("scan-packed")
    number = hand.big()
    with hand.page.context.expect_page() as opened:
        hand.press(word("pack.label"))
    opened.value.close()

    office = month.office
    office.section("outbound")
    wave = month.id(Wave)
    office.link("outbound_wave", wave, shot="wave-picked")
    office.act("outbound_pack", wave, shot="wave-packed")
    office.section("outbound")
    office.link("outbound_parcels")
    with month.within():
        parcel = Parcel.objects.get(number=number)
        assert (parcel.order_id.hex, parcel.weight_g) == (order.replace("-", ""), 2400)
        others = Parcel.objects.exclude(number=number)
        assert sorted(others.values_list("weight_g", flat=True)) == [2200, 2200]
    office.link("outbound_parcel", parcel.id, shot="parcel")
    office.fill(carrier="DHL", tracking="TRACK-1")
    office.send("form.sheet button", "parcel-tracked")
    label = office.page.locator("main .actions a[href*='/label']").get_attribute("href")
    pdf = office.page.context.request.get(label)
    assert (pdf.headers["content-type"], pdf.body()[:5]) == ("application/pdf", b"%PDF-")

    hand.press(word("flows.ship"))
    hand.page.wait_for_url("**/scan/ship/")
    hand.awake()
    assert hand.scan(number, word("kinds.parcel")) == "right"
    hand.look("scan-ship")
    hand.press(word("ship.hand_over", count=1))
    hand.says(word("ship.gone"))
    office.section("outbound")
    office.link("outbound_wave", wave)
    office.act("outbound_ship_wave", wave, shot="wave-shipped")
    office.section("orders")
    office.link("orders_one", order, shot="order")
    with month.within():
        assert {each.state for each in Order.objects.all()} == {"done"}
    assert month.units("@packing") == {}


def take_back(month):
    """A lamp comes back as new, and a bulb in pieces; a third is graded and taken back again."""
    hand, word = month.hand, month.hand.word
    hand.flow("return")
    assert hand.scan("TRACK-1", word("kinds.parcel")) == "right"
    hand.scan(LAMP, "LAMP")
    hand.look("scan-return-grade")
    hand.press(f"A · {word('return.grades.as new')}")
    hand.says(word("return.outcomes.restock"))
    hand.scan("BULB", "BULB")
    hand.press(word("return.grades.worth nothing"))
    hand.says(word("return.outcomes.scrap"))
    hand.look("scan-return")
    hand.scan("BULB", "BULB")
    hand.press(f"B · {word('return.grades.opened or used')}")
    hand.says(word("return.outcomes.decide"))
    hand.press(word("undo"))
    hand.says(word("undone_word"))
    hand.kept(0)
    with month.within():
        came = ReturnedLine.objects.values_list("sku", "grade", "outcome")
        assert sorted(came) == [("BULB", "scrap", "scrap"), ("LAMP", "A", "restock")]
    month.office.section("returns")


def count(month):
    """A bin is counted blind: a bulb is missing, and somebody else approves."""
    hand, word = month.hand, month.hand.word
    found = lying(month.enterprise)
    bin, there = next((at, n) for (at, sku), (n, _) in found.items() if sku == "BULB" and DUI in at)
    bin = bin.rpartition("/")[2]
    lamps = month.units(bin).get("LAMP")
    hand.flow("count")
    hand.scan(bin)
    hand.page.wait_for_url("**/?count=*")
    hand.awake()
    hand.scan(bin, word("kinds.bin"))
    for sku, units in (("BULB", there - 1), ("LAMP", lamps)):
        if units:
            hand.scan(sku, f"{sku} × 1")
            hand.press(word("count.set", sku=sku))
            hand.enter(units)
            hand.says(f"{sku} × {units}")
    hand.look("scan-count")
    hand.press(word("count.done"))
    assert hand.says(word("count.differs")) == "attention"
    hand.look("scan-counted")

    office, id = month.office, month.id(Count)
    office.section("counts")
    office.link("counts_one", id, shot="count")
    office.act("counts_approve", id, shot="count-approved")
    assert month.units(bin)["BULB"] == there - 1


def close(month, folder):
    """The desk's button closes the book, and what it found is what the desk has."""
    rates = folder / "rates.csv"
    rates.write_text("hs_code,valid_from,valid_to,refund_rate,source\n" + "".join(
        f"{code},2020-01-01,,0.13,made up for this test\n" for code in HS.values()
    ))  # fmt: skip
    office = month.office
    office.section("closes")
    office.link("closes_tables")
    office.fill(table="", file=str(rates))
    office.page.locator("main [name=table]").select_option("refund_rates")
    office.send(name="closes-table-sent")
    office.section("closes")
    office.fill(as_of=(today("Asia/Shanghai") + timedelta(1)).isoformat())
    office.act("closes_ask", shot="close-asked")
    id = month.id(Close)
    if f"/closes/{id}/" not in office.page.url:
        office.link("closes_one", id, shot="close-busy")
    report = office.page.locator(f"main .actions a[href*='{id}/report']")
    report.wait_for(timeout=60_000)
    office.look("close")
    with month.within():
        made = Close.objects.get()
        assert Job.objects.get(id=made.job).problem is None
    stock = {sku: sum(n for (at, of), (n, _) in lying(month.enterprise).items()
                      if of == sku and at.startswith(DUI)) for sku in HS}  # fmt: skip
    # 79 and 41 came, 9 and 6 were sold; a lamp came back; a bulb was missing.
    assert stock == {"LAMP": 71, "BULB": 34}
    assert made.stock["units"] == sum(stock.values())
    assert made.summary["units"]["sold"] == 13
    assert made.summary["refund"]["refundable"] == "1092.00"
    office.to(report, "report")
    office.page.go_back()
    office.section("stock")
    office.link("stock_one", "LAMP", shot="stock-lamp")
    office.section("movements")
    office.section("flows")
    office.section("jobs")
    office.section("today")
