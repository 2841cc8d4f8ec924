# SPDX-License-Identifier: Apache-2.0
"""A small firm for tests: a factory, a carrier, a warehouse at home and two overseas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PARTNER, PRODUCT, WAREHOUSE
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance
from entrepot.logistics import consigning, declaring, dispatching, receiving
from entrepot.logistics.consigning import NewConsignment, Says, Sent
from entrepot.logistics.declaring import Declared
from entrepot.logistics.models import Consignment, ConsignmentLine, ReceiptLine
from entrepot.logistics.receiving import Received, Scanned
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id

DAY = date(2026, 3, 1)
HOME, DUI, LON = "home/NB1", "warehouse/DUI1", "warehouse/LON1"
GATE, BROKEN = f"{DUI}/@receiving", f"{DUI}/@damaged"
SKUS = ("SKU-1", "SKU-2", "SKU-3")
#: Of SKU-2.
GTIN = "4006381333931"
DECLARATION = "310120260000000001"


def open_dock(enterprise: UUID, skus: Sequence[str] = SKUS, stock: int = 1000) -> UUID:
    """Masters, and so many units of every SKU at home."""
    with within(enterprise):
        masters.put(PARTNER, [
            {"code": "FAC", "name": "Factory", "country": "CN", "roles": ["supplier"]},
            {"code": "SEA", "name": "Sea line", "country": "DK", "roles": ["carrier"]},
        ])  # fmt: skip
        masters.put(WAREHOUSE, [
            {"code": code, "name": code, "kind": kind, "time_zone": zone, "country": country}
            for code, kind, zone, country in (
                ("NB1", "home", "Asia/Shanghai", "CN"),
                ("DUI1", "overseas", "Europe/Berlin", "DE"),
                ("LON1", "overseas", "Europe/London", "GB"),
            )
        ])  # fmt: skip
        masters.put(BIN, [
            {"warehouse": "NB1", "code": "H-01"}, {"warehouse": "DUI1", "code": "A-01"},
        ])  # fmt: skip
        masters.put(PRODUCT, [
            {"sku": sku, "name": sku, **({"gtin": GTIN} if sku == "SKU-2" else {})} for sku in skus
        ])  # fmt: skip
        if stock:
            lines = [Line(sku, stock, "supplier/FAC", HOME) for sku in skus]
            post(Document("opening", "O-1", DAY, lines))
    return enterprise


def declared(*items: tuple[int, str, int], no: str = DECLARATION, **says: object) -> list[Declared]:
    """Lines of a declaration: item, SKU and quantity; 100 in the smallest unit for each unit."""
    given = {
        "mode": "9810", "exported_on": DAY, "fob_currency": "USD", "destination": "DE",
        "warehouse": "DUI1",
    }  # fmt: skip
    return [
        Declared(no, item, sku, quantity=n, fob_amount=100 * n, **(given | says))  # type: ignore[arg-type]
        for item, sku, n in items
    ]


def sent(line_no: int, sku: str, quantity: int, item: int | None = None, **says: object) -> Sent:
    """A line; of an item of the declaration, if one is named."""
    no = "" if item is None else DECLARATION
    return Sent(line_no, sku, quantity, declaration_no=no, item_no=item, **says)  # type: ignore[arg-type]


def written(enterprise: UUID, number: str, *lines: Sent, route: str = "NB1 DUI1") -> UUID:
    """A draft, carried by SEA."""
    source, target = route.split()
    with within(enterprise):
        new = NewConsignment(number, source, target, lines, Says(carrier="SEA", expected_on=DAY))
        return consigning.create(new).id


def on_its_way(enterprise: UUID, number: str, *lines: Sent, route: str = "NB1 DUI1") -> UUID:
    """A consignment that was dispatched."""
    id = written(enterprise, number, *lines, route=route)
    with within(enterprise):
        dispatching.dispatch(id)
    return id


def declare(enterprise: UUID, *items: tuple[int, str, int]) -> None:
    with within(enterprise):
        declaring.put(declared(*items))


def scan(barcode: str = "SKU-1", consignment: str = "C-1", **says: object) -> Scanned:
    """A scan with an id of its own, unless it is given one."""
    given = {"number": str(new_id()), "barcode": barcode, "consignment": consignment}
    return Scanned(**(given | says))  # type: ignore[arg-type]


def scanned(enterprise: UUID, *scans: Scanned) -> list[Received]:
    """Scans received in one call."""
    with within(enterprise):
        return receiving.receive_scans(scans)


def lying(enterprise: UUID, *roots: str) -> dict[tuple[str, str], int]:
    """What lies where, over all lots; places by how they begin, and never the factory's."""
    found: dict[tuple[str, str], int] = {}
    with within(enterprise):
        for b in Balance.objects.exclude(quantity=0).exclude(place__startswith="supplier/"):
            if not roots or b.place.startswith(roots):
                found[b.place, b.item] = found.get((b.place, b.item), 0) + b.quantity
    return {key: n for key, n in found.items() if n}


def lines_of(enterprise: UUID, consignment: UUID) -> list[tuple[int, int, int, int, int, int]]:
    """Of each line: number, received, damaged, short, covered, open."""
    with within(enterprise):
        rows = ConsignmentLine.objects.filter(consignment_id=consignment).order_by("line_no")
        return list(rows.values_list("line_no", "received", "damaged", "short", "covered", "open"))


def state_of(enterprise: UUID, consignment: UUID) -> str:
    with within(enterprise):
        return Consignment.objects.get(id=consignment).state


def receipt_rows(enterprise: UUID) -> list[tuple[str, str | None, int | None, int, bool]]:
    """Of each receipt line, as they came: SKU, declaration, item, quantity, over."""
    with within(enterprise):
        rows = ReceiptLine.objects.order_by("document_id", "line_no")
        return list(rows.values_list("sku", "declaration_no", "item_no", "quantity", "is_over"))
