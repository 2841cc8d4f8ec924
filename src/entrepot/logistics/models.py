# SPDX-License-Identifier: Apache-2.0
"""What was bought, declared, sent and received, and what carriers owe for what they lost.

Tables that are not managed are made by SQL in the migrations; they are written in sets. Quantities
are stock units; amounts fen, or the smallest unit of the currency beside them; rates
ten-thousandths. Warehouses are named by their code, or by their place in the book
(`warehouse/DUI1`, `home/NB1`) in columns that end in `_place`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Greatest
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

DRAFT, DISPATCHED, ARRIVED, CLOSED, CANCELLED = (
    "draft", "dispatched", "arrived", "closed", "cancelled",
)  # fmt: skip
#: Of a consignment: being written, on its way, some of it received, done, given up.
STATES = (DRAFT, DISPATCHED, ARRIVED, CLOSED, CANCELLED)
GOOD, DAMAGED = "good", "damaged"
RECEIVED, UNKNOWN, UNDONE, DROPPED = "received", "unknown", "undone", "dropped"
#: Of a scan: in the book, an open question, taken back, no goods of ours.
SCANS = (RECEIVED, UNKNOWN, UNDONE, DROPPED)
OPEN, CLAIMED, SETTLED = "open", "claimed", "settled"
CLAIMS = (OPEN, CLAIMED, SETTLED, DROPPED)


def _one_of(names: tuple[str, ...], **options: Any) -> models.CharField[str, str]:
    return models.CharField(max_length=10, choices=[(name, name) for name in names], **options)


class Made(Walled):
    """What has somebody who made it."""

    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)

    class Meta:
        abstract = True


class Purchase(Made):
    """Goods bought from a factory. The invoice is named once, at once or later.

    `hash` is over what was bought: the same purchase sent twice is told by it from another.
    """

    number = codes(64)
    supplier = codes(40)
    invoice_no = codes(64, blank=True)
    issued_on = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="logistics_purchase_number"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "invoice_no"],
                name="logistics_purchase_invoice",
                condition=~models.Q(invoice_no=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "supplier", "id"], name="logistics_purchase_from"),
        ]


class PurchaseLine(models.Model):
    """So many units of a SKU; a line of an invoice may name several SKUs.

    `net_amount` (fen, without VAT) and `vat_rate` are null until there is an invoice. `received` at
    home, `short`: will not come. `open` is what is still to come, `linked` what is declared to
    belong to declaration items.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "purchase_id", "line_no", "sku")
    enterprise_id = models.UUIDField()
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    line_no = models.IntegerField()
    sku = models.TextField()
    quantity = models.BigIntegerField()
    net_amount = models.BigIntegerField(null=True)
    vat_rate = models.IntegerField(null=True)
    received = models.BigIntegerField()
    short = models.BigIntegerField()
    linked = models.BigIntegerField()
    open = models.GeneratedField(
        expression=Greatest(models.F("quantity") - models.F("received") - models.F("short"), 0),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        managed = False


class HomeReceipt(Made):
    """Goods of a purchase taken into a home warehouse; `document` is its document in the book."""

    number = codes(64)
    purchase = reference("logistics.Purchase", related_name="receipts")
    warehouse = codes(40)
    received_on = models.DateField()
    document = reference("ledger.Document", related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="logistics_homereceipt_number"
            ),
        ]


class HomeReceiptLine(models.Model):
    """Units of a purchase line that came; `line` is that of the document in the book.

    `over`: those of them that are more than was bought.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "receipt_id", "line")
    enterprise_id = models.UUIDField()
    receipt = models.ForeignKey(
        HomeReceipt, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    line = models.IntegerField()
    line_no = models.IntegerField()
    sku = models.TextField()
    lot = models.TextField()
    place = models.TextField()
    quantity = models.BigIntegerField()
    over = models.BigIntegerField()

    class Meta:
        managed = False


class Declaration(Made):
    """An export declaration; its lines say what it declares."""

    declaration_no = codes(18)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "declaration_no"], name="logistics_declaration_number"
            ),
        ]


class DeclarationLine(models.Model):
    """A declaration item and SKU, with the columns that a season's declarations have.

    Empty texts, and null in `sold_at_export`, where a season has nothing. `sent`: units on
    consignments that are not cancelled; `linked`: units whose invoice is declared.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "declaration_no", "item_no", "sku")
    enterprise_id = models.UUIDField()
    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    declaration_no = models.TextField()
    item_no = models.IntegerField()
    sku = models.TextField()
    mode = models.TextField()
    exported_on = models.DateField()
    quantity = models.BigIntegerField()
    fob_amount = models.BigIntegerField()
    fob_currency = models.TextField()
    destination = models.TextField()
    warehouse = models.TextField()
    sold_at_export = models.BooleanField(null=True)
    statistics_flag = models.TextField()
    channel = models.TextField()
    order_no = models.TextField()
    sent = models.BigIntegerField()
    linked = models.BigIntegerField()

    class Meta:
        managed = False


class InvoiceLink(models.Model):
    """Units of an invoice line that are declared to have left with a declaration item."""

    pk = models.CompositePrimaryKey(
        "enterprise_id", "declaration_no", "item_no", "purchase_id", "line_no", "sku"
    )
    enterprise_id = models.UUIDField()
    declaration_no = models.TextField()
    item_no = models.IntegerField()
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, db_constraint=False, related_name="links"
    )
    line_no = models.IntegerField()
    sku = models.TextField()
    quantity = models.BigIntegerField()

    class Meta:
        managed = False


class Consignment(Made):
    """Goods sent from one warehouse to another; one between warehouses overseas is a transfer.

    On the way they lie in `voyage/<number>`. `document` is the one with which they left;
    `dispatches` and `closings` count how often it was dispatched and closed, of which the numbers
    of documents are made. `carrier` is the code of a partner.
    """

    number = codes(40)
    state = _one_of(STATES, default=DRAFT)
    from_place = codes(200)
    to_place = codes(200)
    carrier = codes(40, blank=True)
    vessel = models.CharField(max_length=80, blank=True, help_text="vessel and voyage, or flight")
    container_no = codes(20, blank=True)
    tracking = codes(80, blank=True)
    incoterm = models.CharField(max_length=40, blank=True)
    expected_on = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)
    hash = models.BinaryField(max_length=32)
    dispatched_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    document = reference("ledger.Document", null=True, related_name="+")
    dispatches = models.IntegerField(default=0)
    closings = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="logistics_consignment_number"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "id"], name="logistics_consignment_state"),
            models.Index(fields=["enterprise", "to_place", "id"], name="logistics_consignment_to"),
            models.Index(
                fields=["enterprise", "to_place", "expected_on", "id"],
                name="logistics_consignment_due",
                condition=models.Q(state__in=[DISPATCHED, ARRIVED]),
            ),
        ]


class ConsignmentLine(models.Model):
    """So many units of a SKU and lot, perhaps of a declaration item.

    `received`: came, `damaged` of them; `short`: lost, said at closing; `covered`: instead of them
    as many came that were taken as more than was sent. What is none of these is `open`: on its way
    once the consignment is dispatched. The sum of `open` is what lies in the voyage.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "consignment_id", "line_no")
    enterprise_id = models.UUIDField()
    consignment = models.ForeignKey(
        Consignment, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    line_no = models.IntegerField()
    sku = models.TextField()
    lot = models.TextField()
    quantity = models.BigIntegerField()
    from_place = models.TextField()
    declaration_no = models.TextField(null=True)
    item_no = models.IntegerField(null=True)
    received = models.BigIntegerField()
    damaged = models.BigIntegerField()
    short = models.BigIntegerField()
    covered = models.BigIntegerField()
    open = models.GeneratedField(
        expression=models.F("quantity")
        - models.F("received")
        - models.F("short")
        - models.F("covered"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        managed = False


class Scan(Made):
    """What a hand-held scanned at a warehouse's gate, or a whole consignment taken in as announced.

    `number` is the id that the hand-held gave, or the number of the receipt; `barcode` and `sku`
    are empty where a consignment was taken in whole. `quantity` is how often the barcode was read,
    `units` what that is in stock units. `outcome`: expected, over (of which `over` units),
    not_expected, blind. What is `unknown` waits for somebody to say what it is.
    """

    number = codes(64)
    consignment = reference("logistics.Consignment", null=True, related_name="scans")
    place = codes(200)  # of the warehouse
    barcode = models.CharField(max_length=200, blank=True)
    quantity = models.BigIntegerField()
    condition = _one_of((GOOD, DAMAGED))
    lot = codes(64, blank=True)
    scanned_at = models.DateTimeField(null=True)
    state = _one_of(SCANS)
    sku = codes(64, blank=True)
    units = models.BigIntegerField(default=0)
    outcome = models.CharField(max_length=12, blank=True)
    over = models.BigIntegerField(default=0)
    received_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    document = reference("ledger.Document", null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="logistics_scan_number"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "id"],
                name="logistics_scan_question",
                condition=models.Q(state=UNKNOWN),
            ),
        ]


class ReceiptLine(models.Model):
    """Units received at a warehouse, by the declaration item that they left under, if any.

    `receipt_no` is the number of the scan, `line_no` the line of its document in the book. What is
    taken back is here no more. `is_over`: more than was announced.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "receipt_no", "line_no")
    enterprise_id = models.UUIDField()
    receipt_no = models.TextField()
    line_no = models.IntegerField()
    scan = models.ForeignKey(
        Scan, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    received_on = models.DateField()
    warehouse = models.TextField()
    declaration_no = models.TextField(null=True)
    item_no = models.IntegerField(null=True)
    sku = models.TextField()
    lot = models.TextField()
    quantity = models.BigIntegerField()
    condition = models.TextField()
    is_over = models.BooleanField()
    consignment_id = models.UUIDField(null=True)
    consignment_line = models.IntegerField(null=True)
    document_id = models.UUIDField()

    class Meta:
        managed = False


class Claim(Walled):
    """What a carrier owes for units of a consignment line that are `short` or `damaged`.

    `value` is their part of the declared FOB value, where there is one, in `currency`. What is
    found again makes `quantity` less.
    """

    consignment = reference("logistics.Consignment", related_name="claims")
    line_no = models.IntegerField()
    kind = _one_of(("short", DAMAGED))
    sku = codes(64)
    quantity = models.BigIntegerField()
    carrier = codes(40, blank=True)
    value = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    state = _one_of(CLAIMS, default=OPEN)
    claimed = models.BigIntegerField(null=True)
    settled = models.BigIntegerField(null=True)
    opened_on = models.DateField()
    deadline_on = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "consignment", "line_no", "kind"],
                name="logistics_claim_of_line",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "id"], name="logistics_claim_state"),
            models.Index(fields=["enterprise", "carrier", "id"], name="logistics_claim_carrier"),
        ]


class ClaimTerm(Walled):
    """Within how many days a carrier wants to be told; nothing is assumed where there is none."""

    carrier = codes(40)
    days = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "carrier"], name="logistics_claimterm_carrier"
            ),
        ]
