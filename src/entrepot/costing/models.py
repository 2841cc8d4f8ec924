# SPDX-License-Identifier: Apache-2.0
"""Cost invoices, their lines, and over which declared lines each is spread.

Amounts are hundredths of the currency, with their sign. A draft may be changed; what is booked is
never changed nor deleted, which triggers see to. What undoes an invoice is another one.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db import models
from django.utils import timezone

from entrepot.costing.rules import DRAFT, PURPOSES, STATES
from entrepot.finance.tables_costs import ACCOUNTS, SPREADS
from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

PREVIEWED, COMMITTED, UNDONE = "previewed", "committed", "undone"
FILE_STATES: Final = (PREVIEWED, COMMITTED, UNDONE)


def _one_of(names: tuple[str, ...], length: int, **options: Any) -> models.CharField[str, str]:
    return models.CharField(max_length=length, choices=[(name, name) for name in names], **options)


class CostFile(Walled):
    """A file of cost invoices: what it would add, and whether it was taken over.

    `invoices`, `lines` count what it has; `totals` are hundredths by currency. The content is
    dropped once it is taken over.
    """

    file = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    state = _one_of(FILE_STATES, 10, default=PREVIEWED)
    invoices = models.IntegerField()
    lines = models.IntegerField()
    totals = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.CharField(max_length=45)
    committed_at = models.DateTimeField(null=True)
    committed_by = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "uploaded_at", "id"], name="costing_costfile_at"),
        ]


class Invoice(Walled):
    """An invoice for costs, a credit note, or what undoes one of them (`reverses`).

    `posted_on`: the day it is booked, null in a draft where it is the day of booking. `total`: the
    sum of its lines. `hash` is over what it says; `version` counts the changes of a draft.
    """

    payee = codes(80)
    number = codes(64)
    invoiced_on = models.DateField()
    posted_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500, blank=True)
    state = _one_of(STATES, 6, default=DRAFT)
    lines = models.IntegerField()
    total = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    version = models.IntegerField(default=1)
    reverses = reference("costing.Invoice", null=True, related_name="reversed_by")
    source = reference("costing.CostFile", null=True, related_name="drafts")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)
    booked_at = models.DateTimeField(null=True)
    booked_by = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "payee", "number"], name="costing_invoice_number"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "reverses"], name="costing_invoice_reversed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state=DRAFT)
                | models.Q(posted_on__isnull=False, booked_at__isnull=False),
                name="costing_invoice_booked",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "invoiced_on", "id"], name="costing_invoice_at"),
            models.Index(fields=["enterprise", "state", "id"], name="costing_invoice_state"),
            models.Index(fields=["enterprise", "posted_on", "id"], name="costing_invoice_posted"),
        ]


class InvoiceLine(Walled):
    """A line of an invoice: what it is for (`account`), and what it paid for (`paid_for`).

    Which of the fields below `paid_for` say something, `rules.NAMES` tells; the others are empty.
    `spread`: by what it is spread over declared goods.
    """

    invoice = reference("costing.Invoice", related_name="its_lines")
    line_no = models.IntegerField()
    account = _one_of(ACCOUNTS, 20)
    amount = models.BigIntegerField()
    label = models.CharField(max_length=200, blank=True)
    paid_for = _one_of(PURPOSES, 11)
    declaration_no = codes(18, blank=True)
    item_no = models.IntegerField(null=True)
    consignment = codes(40, blank=True)
    container_no = codes(20, blank=True)
    channel = codes(40, blank=True)
    order_no = codes(80, blank=True)
    sku = codes(64, blank=True)
    warehouse = codes(40, blank=True)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    spread = models.CharField(max_length=8, blank=True, choices=[(name, name) for name in SPREADS])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "invoice", "line_no"], name="costing_invoiceline_no"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "consignment"],
                name="costing_invoiceline_sent",
                condition=~models.Q(consignment=""),
            ),
            models.Index(
                fields=["enterprise", "sku"],
                name="costing_invoiceline_sku",
                condition=~models.Q(sku=""),
            ),
        ]


class Share(Walled):
    """How much of a line a declared line bears: of the sum of all shares of the line.

    Of a draft, only what was given by hand; once it is booked, of every line of goods.
    """

    line = reference("costing.InvoiceLine", related_name="its_shares")
    declaration_no = codes(18)
    item_no = models.IntegerField()
    sku = codes(64)
    share = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "line", "declaration_no", "item_no", "sku"],
                name="costing_share_once",
            ),
            models.CheckConstraint(condition=models.Q(share__gt=0), name="costing_share_some"),
        ]
