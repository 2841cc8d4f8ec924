# SPDX-License-Identifier: Apache-2.0
"""A small warehouse for tests: two of them overseas, some bins, some products, stock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PRODUCT, WAREHOUSE
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance
from entrepot.ledger.opening import open_places
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Allocation, OrderLine
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.orders.order import NewOrder, Ordered

DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DUI, LON = "warehouse/DUI1", "warehouse/LON1"
A1, A2, L1 = f"{DUI}/A-01", f"{DUI}/A-02", f"{LON}/B-01"
SKUS = ("SKU-1", "SKU-2", "SKU-3")


def open_floor(enterprise: UUID, skus: Sequence[str] = SKUS) -> UUID:
    """Two warehouses with bins, and products that weigh 100 g."""
    with within(enterprise):
        for code, zone, country in (
            ("DUI1", "Europe/Berlin", "DE"),
            ("LON1", "Europe/London", "GB"),
        ):
            masters.add(WAREHOUSE, {
                "code": code, "name": code, "kind": "overseas", "time_zone": zone,
                "country": country,
            })  # fmt: skip
        for warehouse, bin_, at in (("DUI1", "A-01", 1), ("DUI1", "A-02", 2), ("LON1", "B-01", 1)):
            masters.add(BIN, {"warehouse": warehouse, "code": bin_, "pick_sequence": at})
        masters.put(
            PRODUCT,
            [{"sku": sku, "name": sku, "weight_g": 100, "hs_code": "8504401400"} for sku in skus],
        )
        open_places(["supplier/A"])
    return enterprise


def stock(enterprise: UUID, place: str, quantity: int, sku: str = "SKU-1", on: date = DAY) -> None:
    """Units that lie in a place from a day on."""
    with within(enterprise):
        post(Document("opening", str(new_id()), on, [Line(sku, quantity, "supplier/A", place)]))


def order(number: str, *lines: tuple[str, int], **says: object) -> NewOrder:
    """An order of SKUs and quantities, to Germany unless it says otherwise."""
    ordered = [Ordered(at, sku, quantity, quantity * 1000) for at, (sku, quantity) in
               enumerate(lines or [("SKU-1", 1)], 1)]  # fmt: skip
    given = {
        "channel": "shop", "number": number, "ordered_at": NOON, "promised_on": DAY,
        "country": "DE", "currency": "EUR", "lines": ordered,
    }  # fmt: skip
    return NewOrder(**(given | says))  # type: ignore[arg-type]


def taken(enterprise: UUID, *orders: NewOrder) -> list[UUID]:
    """Orders taken in; their ids."""
    with within(enterprise):
        return [each.id for each in create(orders)]


def lying(enterprise: UUID) -> dict[tuple[str, str], tuple[int, int]]:
    """What lies where goods lie, and how much of it is reserved; nothing left aside."""
    with within(enterprise):
        rows = Balance.objects.filter(may_go_below=False).exclude(quantity=0)
        return {(b.place, b.item): (b.quantity, b.reserved) for b in rows}


def lines(enterprise: UUID, order: UUID) -> list[tuple[str, int, int, int, int, int]]:
    """Of each line: SKU, quantity, cancelled, allocated, shipped, open."""
    with within(enterprise):
        rows = OrderLine.objects.filter(order_id=order).order_by("line_no")
        return [(r.sku, r.quantity, r.cancelled, r.allocated, r.shipped, r.open) for r in rows]


def check_reserved(enterprise: UUID) -> None:
    """What the book has reserved is what the orders have, place by place, and no more than lies
    there.
    """
    with within(enterprise):
        held: dict[tuple[str, str, str], int] = {}
        of_lines: dict[tuple[UUID, int], int] = {}
        for each in Allocation.objects.all():
            key = each.place, each.sku, each.lot
            held[key] = held.get(key, 0) + each.quantity
            line = each.order_id, each.line_no
            of_lines[line] = of_lines.get(line, 0) + each.quantity
        rows = Balance.objects.filter(may_go_below=False)
        assert all(0 <= b.reserved <= b.quantity for b in rows)
        assert {(b.place, b.item, b.lot): b.reserved for b in rows if b.reserved} == held
        counted = OrderLine.objects.exclude(allocated=0)
        assert {(r.order_id, r.line_no): r.allocated for r in counted} == of_lines
