# SPDX-License-Identifier: Apache-2.0
"""A firm with declared goods and consignments, and invoices for what was paid for them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.costing import booking, drafting
from entrepot.costing.models import Invoice, Share
from entrepot.costing.previewing import LineSpread, preview
from entrepot.costing.saying import NewInvoice, NewLine
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from tests.jobs.callers import Caller
from tests.logistics.dock import DECLARATION, declare, on_its_way, open_dock, sent

TODAY = timezone.now().date()
USCC = "91110000600037341L"
PAYEE = "Ocean Forwarder"
#: Who drafts, and who books.
ADA, BEN = (f"user:{UUID(int=n)}" for n in (1, 2))


def open_firm(enterprise: UUID) -> UUID:
    """A declaration of 100 SKU-1 (100 g each), 50 SKU-2 (400 g, 1,000 cm3) and 7 SKU-3 (no weight);
    consignment C-1 took 60 SKU-1 and 30 SKU-2 of it, in container MSCU1.
    """
    open_dock(enterprise)
    with within(enterprise):
        Profile.objects.update_or_create(
            defaults={"name": "Lanting", "uscc": USCC, "kind": "trading"}
        )
        masters.put(PRODUCT, [
            {"sku": "SKU-1", "weight_g": 100, "hs_code": "8504401400"},
            {"sku": "SKU-2", "weight_g": 400, "length_mm": 100, "width_mm": 100,
             "height_mm": 100, "hs_code": "8504401400"},
            {"sku": "SKU-3", "hs_code": "8504401400"},
        ])  # fmt: skip
    declare(enterprise, (1, "SKU-1", 100), (2, "SKU-2", 50), (3, "SKU-3", 7))
    on_its_way(enterprise, "C-1", sent(1, "SKU-1", 60, 1), sent(2, "SKU-2", 30, 2))
    return enterprise


def line(amount: int = 10_000, paid_for: str = "declaration", **says: Any) -> NewLine:
    """Freight for the declaration, unless it says otherwise."""
    given: dict[str, Any] = {"account": "freight"}
    if paid_for == "declaration":
        given["declaration_no"] = DECLARATION
    if paid_for == "consignment":
        given["consignment"] = "C-1"
    return NewLine(amount=amount, paid_for=paid_for, **(given | says))


def invoice(*lines: NewLine, number: str = "F-1", **says: Any) -> NewInvoice:
    given: dict[str, Any] = {"payee": PAYEE, "invoiced_on": date(2026, 3, 5), "currency": "CNY"}
    return NewInvoice(number=number, lines=list(lines) or [line()], **(given | says))


def drafted(enterprise: UUID, *lines: NewLine, **says: Any) -> UUID:
    with within(enterprise, ADA):
        return drafting.draft(invoice(*lines, **says)).id


def booked(enterprise: UUID, *lines: NewLine, on: date | None = None, **says: Any) -> UUID:
    id = drafted(enterprise, *lines, **says)
    with within(enterprise, BEN):
        booking.book(id, on)
    return id


def shares(enterprise: UUID, id: UUID) -> list[tuple[int, int, str, int]]:
    """Of an invoice: line, item, SKU, share."""
    with within(enterprise):
        rows = Share.objects.filter(line__invoice_id=id).order_by("line__line_no", "item_no", "sku")
        return list(rows.values_list("line__line_no", "item_no", "sku", "share"))


def spread(enterprise: UUID, *lines: NewLine) -> list[LineSpread]:
    """What booking lines would do."""
    with within(enterprise):
        return preview(invoice(*lines))


def parts(found: LineSpread) -> dict[str, int]:
    """What each article gets."""
    return {each.sku: each.amount for each in found.parts}


def why(found: LineSpread) -> list[tuple[str, str, int | None]]:
    """Why a line cannot be spread."""
    return [(each.field, each.found, each.row) for each in found.faults]


def states(enterprise: UUID) -> dict[str, str]:
    with within(enterprise):
        return dict(Invoice.objects.order_by("number").values_list("number", "state"))


def add_costs(caller: Caller, tag: str) -> None:
    """A draft, a booked invoice, one undone, and a file, named by the tag, for tests of the API."""
    from entrepot.costing.importing import upload

    declaration = f"{tag}-31012026000001"[:18].ljust(18, "0")
    with within(caller.enterprise):
        for number in ("D", "B", "R"):
            of_goods = line(900, declaration_no=declaration, label=f"{tag} sea freight")
            of_all = line(100, "all", account="other", label=f"{tag} fees")
            made = drafting.draft(
                invoice(of_goods, of_all, number=f"{tag}-{number}", payee=f"{tag} Forwarder")
            )
            if number != "D":
                booking.book(made.id)
            if number == "R":
                booking.reverse(made.id, note=f"{tag} twice")
        text = f"payee,number,date,currency,account,amount\n{tag},{tag}-F,2026-03-05,CNY,other,1\n"
        upload(f"{tag}.csv", text.encode())
