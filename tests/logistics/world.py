# SPDX-License-Identifier: Apache-2.0
"""A row of everything of logistics, named by a tag, for tests of the whole API."""

from __future__ import annotations

from typing import Any

from tests.catalog.kit import PARTNER_A, WAREHOUSE_A
from tests.jobs.callers import Caller


def add_inbound(caller: Caller, tag: str) -> None:
    """From the factory to the claim: for somebody who has the masters of that tag."""
    home, carrier, sku = f"{tag}H", f"{tag}C", f"{tag}-SKU"
    declaration = f"{tag}-31012026000001"[:18].ljust(18, "0")

    def put(path: str, body: Any) -> Any:
        answered = caller.post(path, body)
        assert answered.status_code < 300, (path, answered.content)
        return answered.json() if answered.content else None

    put("/warehouses", WAREHOUSE_A | {"code": home, "kind": "home"})
    put("/partners", PARTNER_A | {"code": carrier, "roles": ["carrier"]})
    put("/claim-terms", {"carrier": carrier, "days": 14})
    bought = put("/purchases", {
        "supplier": f"{tag}P", "invoice_no": f"{tag}-INV", "issued_on": "2026-02-01",
        "lines": [{"line_no": 0, "sku": sku, "quantity": 20, "net_amount": 100, "vat_rate": 1300}],
    })  # fmt: skip
    put(f"/purchases/{bought['id']}/receipts", {
        "number": f"{tag}-HR", "warehouse": home,
        "lines": [{"line_no": 0, "sku": sku, "quantity": 15}],
    })  # fmt: skip
    put("/declarations/bulk", {"lines": [{
        "declaration_no": declaration, "item_no": 1, "sku": sku, "mode": "9810",
        "exported_on": "2026-02-02", "quantity": 9, "fob_amount": 900, "fob_currency": "USD",
        "destination": "DE", "warehouse": f"{tag}W",
    }]})  # fmt: skip
    put("/invoice-links/bulk", {"lines": [{
        "declaration_no": declaration, "item_no": 1, "invoice_no": f"{tag}-INV", "line_no": 0,
        "sku": sku, "quantity": 9,
    }]})  # fmt: skip
    for number, units in ((f"{tag}-C1", 4), (f"{tag}-C2", 5)):
        sent = put("/consignments", {
            "number": number, "from_warehouse": home, "to_warehouse": f"{tag}W",
            "carrier": carrier, "lines": [{
                "line_no": 1, "sku": sku, "quantity": units, "declaration_no": declaration,
                "item_no": 1}],
        })  # fmt: skip
        put(f"/consignments/{sent['id']}/dispatch", {})
        barcodes = [sku] if number.endswith("C1") else [sku, f"{tag}?"]
        for barcode in barcodes:
            put("/scans", {"number": f"{number}-{barcode}", "barcode": barcode,
                           "consignment": number})  # fmt: skip
        if number.endswith("C1"):
            put(f"/consignments/{sent['id']}/close", {})
