# SPDX-License-Identifier: Apache-2.0
"""Buy from factories: purchases, their invoices, and goods that come in at home.

Called within an enterprise (`people.tenancy.within`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.forms import Fault, shown
from entrepot.errors import Refused
from entrepot.logistics import looking
from entrepot.logistics.models import Purchase, PurchaseLine
from entrepot.logistics.refusals import Taken, digest, refuse_faults, refuse_otherwise
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

_ADD: Final = """
    WITH added AS (
        INSERT INTO logistics_purchase (enterprise_id, id, number, supplier, invoice_no, issued_on,
            note, hash, created_at, created_by)
        SELECT %(enterprise)s, p.*, %(at)s, %(by)s
        FROM unnest(%(ids)s::uuid[], %(numbers)s::text[], %(suppliers)s::text[],
            %(invoices)s::text[], %(issued)s::date[], %(notes)s::text[], %(hashes)s::bytea[])
            AS p (id, number)
        ORDER BY number
        ON CONFLICT DO NOTHING
        RETURNING id
    ),
    lines AS (
        INSERT INTO logistics_purchaseline (enterprise_id, purchase_id, line_no, sku, quantity,
            net_amount, vat_rate)
        SELECT %(enterprise)s, l.*
        FROM unnest(%(of)s::uuid[], %(line_nos)s::int[], %(skus)s::text[], %(quantities)s::bigint[],
            %(amounts)s::bigint[], %(rates)s::int[]) AS l (purchase_id, line_no)
        WHERE purchase_id IN (SELECT id FROM added)
    )
    SELECT id FROM added
"""
_KNOWN: Final = """
    SELECT number, id, hash FROM logistics_purchase
    WHERE enterprise_id = %(enterprise)s AND number = ANY(%(numbers)s)
"""
_PRICE: Final = """
    UPDATE logistics_purchaseline AS l SET net_amount = p.net_amount, vat_rate = p.vat_rate
    FROM unnest(%(line_nos)s::int[], %(skus)s::text[], %(amounts)s::bigint[], %(rates)s::int[])
        AS p (line_no, sku, net_amount, vat_rate)
    WHERE l.enterprise_id = %(enterprise)s AND l.purchase_id = %(purchase)s
        AND l.line_no = p.line_no AND l.sku = p.sku
"""


class InvoiceTaken(Refused):
    """An invoice number that another purchase has."""

    code = "logistics.invoice_taken"


class AlreadyInvoiced(Refused):
    """A purchase whose invoice was named already."""

    code = "logistics.already_invoiced"


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of a purchase: units of a SKU, fen without VAT, ten-thousandths of VAT."""

    line_no: int
    sku: str
    quantity: int
    net_amount: int | None = None
    vat_rate: int | None = None


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """What was bought; its number is that of the invoice where it has none of its own.

    Without an invoice, `invoice_no` is empty, and `issued_on` and the amounts may be missing.
    """

    supplier: str
    lines: Sequence[Bought]
    number: str = ""
    invoice_no: str = ""
    issued_on: date | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """By what it is known."""
        return self.number or self.invoice_no

    @property
    def hash(self) -> bytes:
        """sha256 over all of it."""
        lines = [
            [line.line_no, line.sku, line.quantity, line.net_amount, line.vat_rate]
            for line in self.lines
        ]
        return digest(
            self.name, self.supplier, self.invoice_no, self.issued_on, self.note, lines
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Priced:
    """What an invoice says of a line of a purchase."""

    line_no: int
    sku: str
    net_amount: int
    vat_rate: int


def add(purchases: Sequence[NewPurchase]) -> list[Taken]:
    """Take purchases in: all of them, or none. Those that are there already stay as they are.

    Raises:
        Unfit: with every SKU and supplier that is not there, and all that is missing or twice.
        SaysOtherwise: one of this number is there and says something else.
        InvoiceTaken: another purchase has the invoice.
    """
    asked = f"Cannot take {len(purchases):,} purchase{'s' if len(purchases) > 1 else ''}."
    with raw_cursor() as cursor:
        refuse_faults(asked, list(_faults(cursor, purchases)))
        given = _given(purchases)
        added = {id for (id,) in cursor.execute(_ADD, given)}
        if len(added) == len(purchases):
            pairs = zip(given["ids"], purchases, strict=True)
            return [Taken(id, each.name, True) for id, each in pairs]
        return _with_known(cursor, purchases, given, added)


def name_invoice(
    purchase: UUID, invoice_no: str, issued_on: date, lines: Sequence[Priced] = ()
) -> None:
    """Name the invoice of a purchase that came without one, with the amounts that it lacks.

    The same invoice named again changes nothing.

    Raises:
        Purchase.DoesNotExist: there is no such purchase.
        AlreadyInvoiced: it has another invoice.
        InvoiceTaken: another purchase has this one.
        Unfit: a line is not on the purchase, or has no amount in the end.
    """
    found = Purchase.objects.select_for_update(no_key=True).get(id=purchase)
    asked = f"Cannot name invoice {invoice_no} for purchase {found.number}."
    there = {
        (line.line_no, line.sku): (line.net_amount, line.vat_rate)
        for line in PurchaseLine.objects.filter(purchase_id=purchase)
    }
    priced = {(line.line_no, line.sku): (line.net_amount, line.vat_rate) for line in lines}
    if found.invoice_no:
        if (found.invoice_no, found.issued_on) == (invoice_no, issued_on) and all(
            there.get(key) == price for key, price in priced.items()
        ):
            return
        raise AlreadyInvoiced(
            asked,
            f"It has invoice {found.invoice_no} of {found.issued_on}.",
            "An invoice is named once; take another in as a purchase of its own.",
        )
    refuse_faults(asked, list(_price_faults(there, lines)))
    if Purchase.objects.filter(invoice_no=invoice_no).exists():
        _refuse_taken(invoice_no)
    with raw_cursor() as cursor:
        cursor.execute(_PRICE, {
            "enterprise": acting().enterprise,
            "purchase": purchase,
            "line_nos": [line.line_no for line in lines],
            "skus": [line.sku for line in lines],
            "amounts": [line.net_amount for line in lines],
            "rates": [line.vat_rate for line in lines],
        })  # fmt: skip
    found.invoice_no, found.issued_on = invoice_no, issued_on
    found.save(update_fields=["invoice_no", "issued_on"])
    record("purchase.invoiced", found.number, invoice_no=invoice_no)


def close(purchase: UUID) -> None:
    """Say that what is open of a purchase will not come: it is short.

    Raises:
        Purchase.DoesNotExist: there is no such purchase.
    """
    found = Purchase.objects.select_for_update(no_key=True).get(id=purchase)
    lines = PurchaseLine.objects.filter(purchase_id=purchase, open__gt=0)
    if changed := lines.update(short=F("quantity") - F("received")):
        record("purchase.closed", found.number, lines=changed)


def reopen(purchase: UUID) -> None:
    """Say that what was said to be short is still to come.

    Raises:
        Purchase.DoesNotExist: there is no such purchase.
    """
    found = Purchase.objects.select_for_update(no_key=True).get(id=purchase)
    if changed := PurchaseLine.objects.filter(purchase_id=purchase, short__gt=0).update(short=0):
        record("purchase.reopened", found.number, lines=changed)


def _faults(cursor: Cursor[Any], purchases: Sequence[NewPurchase]) -> Iterator[Fault]:
    suppliers = looking.partners(cursor, (each.supplier for each in purchases), "supplier")
    skus = looking.skus(cursor, (line.sku for each in purchases for line in each.lines))
    names: set[str] = set()
    for index, each in enumerate(purchases):
        at = f"purchases[{index}]." if len(purchases) > 1 else ""
        if not each.name:
            yield Fault(f"{at}number", "nothing", "a number, or that of an invoice")
        if each.name in names:
            yield Fault(f"{at}number", shown(each.name), "each number once")
        names.add(each.name)
        if each.supplier not in suppliers:
            yield Fault(f"{at}supplier", shown(each.supplier), "a partner in use who supplies")
        if bool(each.invoice_no) != bool(each.issued_on):
            yield Fault(f"{at}issued_on", shown(each.issued_on), "the day of the invoice, if any")
        keys: set[tuple[int, str]] = set()
        for row, line in enumerate(each.lines):
            place = f"{at}lines[{row}]"
            if line.sku not in skus:
                yield Fault(f"{place}.sku", shown(line.sku), "a SKU of a product")
            if (line.line_no, line.sku) in keys:
                yield Fault(f"{place}.line_no", shown(line.line_no), "each line and SKU once")
            if each.invoice_no and None in (line.net_amount, line.vat_rate):
                yield Fault(place, "no amount or rate", "both, as the invoice says")
            keys.add((line.line_no, line.sku))


def _price_faults(
    there: Mapping[tuple[int, str], tuple[int | None, int | None]], lines: Sequence[Priced]
) -> Iterator[Fault]:
    for row, line in enumerate(lines, 1):
        if (line.line_no, line.sku) not in there:
            yield Fault("line_no", f"{line.line_no} of {line.sku}", "a line of the purchase", row)
    named = {(line.line_no, line.sku) for line in lines}
    for (line_no, sku), price in there.items():
        if None in price and (line_no, sku) not in named:
            yield Fault("lines", f"nothing of line {line_no}, {sku}", "its amount and VAT rate")


def _given(purchases: Sequence[NewPurchase]) -> dict[str, Any]:
    ids = [new_id() for _ in purchases]
    lines = [(id, line) for id, each in zip(ids, purchases, strict=True) for line in each.lines]
    return {
        "enterprise": acting().enterprise,
        "ids": ids,
        "numbers": [each.name for each in purchases],
        "suppliers": [each.supplier for each in purchases],
        "invoices": [each.invoice_no for each in purchases],
        "issued": [each.issued_on for each in purchases],
        "notes": [each.note for each in purchases],
        "hashes": [each.hash for each in purchases],
        "at": timezone.now(),
        "by": acting().actor,
        "of": [id for id, _ in lines],
        "line_nos": [line.line_no for _, line in lines],
        "skus": [line.sku for _, line in lines],
        "quantities": [line.quantity for _, line in lines],
        "amounts": [line.net_amount for _, line in lines],
        "rates": [line.vat_rate for _, line in lines],
    }


def _with_known(
    cursor: Cursor[Any],
    purchases: Sequence[NewPurchase],
    given: Mapping[str, Any],
    added: set[UUID],
) -> list[Taken]:
    """What was taken, where some were there already."""
    known = {
        number: (id, bytes(its_hash)) for number, id, its_hash in cursor.execute(_KNOWN, given)
    }
    taken, other = [], []
    for each, own in zip(purchases, given["ids"], strict=True):
        if each.name not in known:
            _refuse_taken(each.invoice_no)
        id, its_hash = known[each.name]
        if its_hash != each.hash:
            other.append(each.name)
        taken.append(Taken(id, each.name, own in added))
    refuse_otherwise("purchase", other)
    return taken


def _refuse_taken(invoice_no: str) -> None:
    raise InvoiceTaken(
        f"Cannot take invoice {invoice_no}.",
        "Another purchase has an invoice of this number.",
        "Look that purchase up; nothing was changed.",
        invoice_no=invoice_no,
    )
