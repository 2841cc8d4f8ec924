# SPDX-License-Identifier: Apache-2.0
"""What a cost invoice says, as data: what is sent, kept, copied and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final
from uuid import UUID

from entrepot.costing.models import Invoice, InvoiceLine, Share

#: Columns of a line that say what it paid for, besides its shares.
_NAMED: Final = (
    "account", "amount", "paid_for", "label", "declaration_no", "item_no", "consignment",
    "container_no", "channel", "order_no", "sku", "warehouse", "first_on", "last_on", "spread",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewShare:
    """A declared line, and its part of the sum of all shares."""

    declaration_no: str
    item_no: int
    sku: str
    share: int

    @property
    def key(self) -> tuple[str, int, str]:
        """The declared line."""
        return self.declaration_no, self.item_no, self.sku


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line; see `models.InvoiceLine`. `amount` is in hundredths."""

    account: str
    amount: int
    paid_for: str
    label: str = ""
    declaration_no: str = ""
    item_no: int | None = None
    consignment: str = ""
    container_no: str = ""
    channel: str = ""
    order_no: str = ""
    sku: str = ""
    warehouse: str = ""
    first_on: date | None = None
    last_on: date | None = None
    spread: str = ""
    shares: Sequence[NewShare] = ()


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice, as it is drafted; see `models.Invoice`."""

    payee: str
    number: str
    invoiced_on: date
    currency: str
    lines: Sequence[NewLine] = ()
    posted_on: date | None = None
    note: str = ""

    @property
    def total(self) -> int:
        """What its lines come to."""
        return sum(each.amount for each in self.lines)

    @property
    def digest(self) -> bytes:
        """What tells it from another."""
        said = json.dumps(asdict(self), default=str, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode()).digest()


def lines_of(invoices: Iterable[Invoice]) -> dict[UUID, list[InvoiceLine]]:
    """The lines of invoices, in their order, each with its shares as `given`."""
    ids = [each.id for each in invoices]
    found: dict[UUID, list[InvoiceLine]] = {id: [] for id in ids}
    by_line: dict[UUID, list[NewShare]] = {}
    shares = Share.objects.filter(line__invoice_id__in=ids).order_by(
        "line_id", "declaration_no", "item_no", "sku"
    )
    for each in shares:
        its = NewShare(each.declaration_no, each.item_no, each.sku, each.share)
        by_line.setdefault(each.line_id, []).append(its)
    for line in InvoiceLine.objects.filter(invoice_id__in=ids).order_by("invoice_id", "line_no"):
        line.given = by_line.get(line.id, [])  # type: ignore[attr-defined]
        found[line.invoice_id].append(line)
    return found


def said(invoice: Invoice, lines: Sequence[InvoiceLine]) -> NewInvoice:
    """An invoice that is kept, as it was drafted."""
    return NewInvoice(
        invoice.payee, invoice.number, invoice.invoiced_on, invoice.currency,
        [line_said(each) for each in lines], invoice.posted_on, invoice.note,
    )  # fmt: skip


def line_said(line: InvoiceLine) -> NewLine:
    """A line that is kept, as it was drafted: shares only where they were given by hand."""
    given: list[NewShare] = line.given if line.paid_for == "shares" else []  # type: ignore[attr-defined]
    return NewLine(**{name: getattr(line, name) for name in _NAMED}, shares=given)


def kept(invoice: Invoice, new: Sequence[NewLine]) -> list[InvoiceLine]:
    """Lines as rows, not stored yet, numbered from 1."""
    return [
        InvoiceLine(
            invoice=invoice, line_no=line_no, **{name: getattr(each, name) for name in _NAMED}
        )
        for line_no, each in enumerate(new, 1)
    ]
