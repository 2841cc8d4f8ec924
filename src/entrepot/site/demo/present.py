# SPDX-License-Identifier: Apache-2.0
"""What happens in the demo today: goods that come, orders in every state, a return, a count.

Everything goes through the actions that people and hand-helds use, and looks at the calendar: the
same happens on every day, dated from that day on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from entrepot.catalog.models import Bin, Partner, Product, Warehouse
from entrepot.ledger.places import RECEIVING
from entrepot.logistics import (
    arriving_home,
    closing,
    consigning,
    declaring,
    dispatching,
    purchasing,
    receiving,
)
from entrepot.logistics.arriving_home import Came as CameHome
from entrepot.logistics.consigning import NewConsignment, Says, Sent
from entrepot.logistics.declaring import Declared
from entrepot.logistics.models import Consignment
from entrepot.logistics.purchasing import Bought, NewPurchase
from entrepot.logistics.receiving import Scanned
from entrepot.site.demo.channels import connect_shop, route_all, send_file
from entrepot.site.demo.classified import classify
from entrepot.site.demo.costed import bill
from entrepot.site.demo.customs import declare
from entrepot.site.demo.declaring import open_demo_flow
from entrepot.site.demo.loose import load_loose
from entrepot.site.demo.money import settle
from entrepot.site.demo.ordering import order_all
from entrepot.site.demo.returning import return_some
from entrepot.warehouse.counts import opening as counts
from entrepot.warehouse.counts.entering import Entry, enter
from entrepot.warehouse.counts.opening import Which, open_count
from entrepot.warehouse.floor.moving import Shift, put_away
from entrepot.warehouse.models import Order, ShippedLine
from entrepot.warehouse.returns import receiving as returns
from entrepot.warehouse.returns.receiving import Came, Sender

#: How many SKUs the present is about, and units of each that a consignment brings.
SKUS, UNITS = 8, 40
_CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the present needs to know: the hour, the goods, the warehouses overseas by code."""

    now: datetime
    skus: Sequence[str]
    warehouses: Mapping[str, str]  # their countries
    supplier: str
    home: str

    @property
    def today(self) -> date:
        """Today, at home and for what is dated by hand."""
        return self.now.date()

    def ago(self, days: int) -> date:
        """So many days before today."""
        return self.today - timedelta(days=days)


def happen(setting: Mapping[str, Any]) -> None:
    """Let today happen, within an enterprise that has masters."""
    overseas = Warehouse.objects.filter(kind="overseas", is_active=True).order_by("code")[:3]
    home = Warehouse.objects.filter(kind="home", is_active=True).order_by("code")[0]
    suppliers = Partner.objects.filter(roles__contains=["supplier"]).order_by("code")
    stage = Stage(
        timezone.now(),
        list(Product.objects.order_by("sku").values_list("sku", flat=True)[:SKUS]),
        {each.code: each.country for each in overseas},
        suppliers[0].code,
        home.code,
    )
    _come(stage)
    route_all(stage.warehouses)
    connect_shop()
    order_all(stage.now, stage.warehouses, stage.skus, setting["recipients"])
    country = next(iter(stage.warehouses.values()))
    send_file(stage.now, country, stage.skus, setting["recipients"].get(country, ()))
    first = next(iter(stage.warehouses))
    _come_back(first)
    _count(first, stage)
    declare(stage.now)
    classify(stage.today, stage.skus)
    open_demo_flow(stage.now, stage.home)
    settle(stage.today)
    bill(stage.today, f"SEA-{first}-01", f"SEA-{first}-02")
    load_loose(stage.now, stage.home)
    return_some(stage.today, stage.home, first, _declaration(stage, 1), stage.skus)


def _come(stage: Stage) -> None:
    """What was sent: put away, being received at the gate, on its way, and not yet sent."""
    codes = list(stage.warehouses)
    for at, code in enumerate(codes, 1):
        number = _send(stage, at, f"SEA-{code}-01", code, 46 + at, -4, stage.skus, UNITS)
        _receive(stage, number, code, lost=3 if at == len(codes) else 0)
    _send(stage, 7, f"SEA-{codes[0]}-02", codes[0], 33, 0, stage.skus[:5], 60)
    _arrive(f"SEA-{codes[0]}-02", stage)
    _send(stage, 8, f"AIR-{codes[-1]}-03", codes[-1], 9, 6, stage.skus[2:6], 24, "AIR")
    _send(stage, 9, f"SEA-{codes[len(codes) // 2]}-04", codes[len(codes) // 2], 12, 19,
          stage.skus[1:7], 80)  # fmt: skip
    _draft(stage, codes[0])


def _send(
    stage: Stage,
    at: int,
    number: str,
    warehouse: str,
    left: int,
    due: int,
    skus: Sequence[str],
    units: int,
    carrier: str = "SEA",
) -> str:
    """Buy, declare and send so many units of each SKU; `left` days ago, due in `due` days."""
    invoice = f"{stage.today:%y}33200000{at:010}9"
    bought = [Bought(line, sku, units, 4_000 * units, 1300) for line, sku in enumerate(skus, 1)]
    (taken,) = purchasing.add([
        NewPurchase(stage.supplier, bought, invoice_no=invoice, issued_on=stage.ago(left + 12))
    ])  # fmt: skip
    came = [CameHome(line.line_no, line.sku, units) for line in bought]
    arriving_home.receive(taken.id, invoice, stage.home, came, stage.ago(left + 10))
    declaration = _declaration(stage, at)
    declaring.put([
        Declared(
            declaration, line.line_no, line.sku, "9810", stage.ago(left), units, 900 * units,
            _CURRENCY, stage.warehouses[warehouse], warehouse,
        )
        for line in bought
    ])  # fmt: skip
    lines = [
        Sent(line.line_no, line.sku, units, declaration_no=declaration, item_no=line.line_no)
        for line in bought
    ]
    says = Says(
        carrier=carrier, vessel="Morning Heron 027W" if carrier == "SEA" else "FW 808",
        container_no=f"BWKU{4_100_000 + at}" if carrier == "SEA" else "", incoterm="DAP",
        expected_on=stage.today + timedelta(days=due),
    )  # fmt: skip
    made = consigning.create(NewConsignment(number, stage.home, warehouse, lines, says))
    dispatching.dispatch(made.id, stage.ago(left))
    return number


def _declaration(stage: Stage, at: int) -> str:
    return f"2900{stage.today:%Y}0510{at + 990_000:06}"


def _receive(stage: Stage, number: str, warehouse: str, lost: int) -> None:
    """It came some days ago, and lies in its bins; of the last SKU so many units were lost."""
    at = stage.now - timedelta(days=4)
    last = stage.skus[-1]
    came = {sku: UNITS - (lost if sku == last else 0) for sku in stage.skus}
    receiving.receive_scans([
        Scanned(f"{number}-{line:02}", sku, number, quantity=units, at=at)
        for line, (sku, units) in enumerate(came.items(), 1)
    ])  # fmt: skip
    bins = _bins(warehouse)
    put_away(f"{number}-away", warehouse, [
        Shift(sku, units, RECEIVING, bins[at % len(bins)])
        for at, (sku, units) in enumerate(came.items())
    ])  # fmt: skip
    closing.close(_consignment(number), stage.ago(4))


def _arrive(number: str, stage: Stage) -> None:
    """Half of it came this morning: some is damaged, and one barcode nobody knows."""
    first, second, third, *_ = stage.skus
    receiving.receive_scans([
        Scanned(f"{number}-01", first, number, quantity=60),
        Scanned(f"{number}-02", second, number, quantity=36),
        Scanned(f"{number}-03", second, number, quantity=2, condition="damaged"),
        Scanned(f"{number}-04", third, number, quantity=12),
        Scanned(f"{number}-05", "4006381333931", number, quantity=4),
    ])  # fmt: skip


def _draft(stage: Stage, warehouse: str) -> None:
    lines = [Sent(at, sku, 20) for at, sku in enumerate(stage.skus[:3], 1)]
    expected = stage.today + timedelta(days=35)
    says = Says(carrier="SEA", incoterm="DAP", expected_on=expected)
    new = NewConsignment(f"SEA-{warehouse}-05", stage.home, warehouse, lines, says)
    consigning.create(new)


def _consignment(number: str) -> UUID:
    id: UUID = Consignment.objects.values_list("id", flat=True).get(number=number)
    return id


def _bins(warehouse: str) -> list[str]:
    its = Bin.objects.filter(warehouse__code=warehouse, is_active=True)
    return list(its.order_by("pick_sequence", "code").values_list("code", flat=True))


def _come_back(warehouse: str) -> None:
    """One return is announced, and one lies there to be graded."""
    shipped = ShippedLine.objects.filter(returned=0).order_by("-document_id")
    orders = dict(Order.objects.values_list("id", "channel"))
    numbers = dict(Order.objects.values_list("id", "number"))
    lines = [
        (orders[order], numbers[order], sku)
        for order, sku in shipped.values_list("order_id", "sku")[:2]
    ]
    (channel, number, sku), *more = lines
    returns.receive(
        "demo-return-1", warehouse, Sender(channel, number), [Came(sku, 1, grade="B")],
        "Box opened, charger missing",
    )  # fmt: skip
    for channel, number, sku in more:
        returns.announce("RMA-0001", Sender(channel, number), [(sku, 1)], "Wrong colour")


def _count(warehouse: str, stage: Stage) -> None:
    """A count is open, one bin of it is being counted; another bin was asked for."""
    bins = _bins(warehouse)
    count = open_count(warehouse, Which(bins=bins[:4]))
    enter(count.id, [Entry("demo-count-1", bins[1], stage.skus[1], 11)])
    counts.ask(warehouse, bins[5], "Label and shelf do not agree")
