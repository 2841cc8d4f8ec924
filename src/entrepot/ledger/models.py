# SPDX-License-Identifier: Apache-2.0
"""The live book: documents and their movements, and what lies where.

`ledger.posting` writes these rows, and nothing else does: the program's role may add documents
and movements, and neither change nor delete them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from entrepot.people.walled import Walled, reference

#: Numbers and codes compare by code point, as everywhere in the book, and are found by prefix.
BY_CODE_POINT = "C"


def code(length: int, **options: Any) -> models.CharField[str, str]:
    """A column of numbers, codes or paths."""
    return models.CharField(max_length=length, db_collation=BY_CODE_POINT, **options)


class Item(Walled):
    """What moves: a SKU in stock units, or a currency in its smallest unit."""

    code = code(64)
    kind = models.CharField(max_length=5, choices=[("goods", "goods"), ("money", "money")])
    digits = models.SmallIntegerField(default=0, help_text="decimals of a currency")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "code"], name="ledger_item_code"),
        ]


class Place(Walled):
    """Where things are: a path, such as warehouse/DUI1/A-01-02 or customer/amazon-de."""

    path = code(200)
    may_go_below = models.BooleanField(
        help_text="whether more may leave it than came: a supplier, a customer"
    )
    opened_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "path"], name="ledger_place_path"),
            # What balances refer to, so that a balance cannot say otherwise than its place.
            models.UniqueConstraint(
                fields=["enterprise", "path", "may_go_below"], name="ledger_place_floor"
            ),
        ]


class Document(Walled):
    """What moved something, as one transaction: all of its movements are booked, or none."""

    kind = code(40)
    number = code(80)
    on = models.DateField()
    lines = models.IntegerField()
    note = models.CharField(max_length=500, blank=True)
    reverses = reference("ledger.Document", null=True, related_name="reversed_by")
    #: sha256 over what it says; the same document sent twice is told by it from a different one.
    hash = models.BinaryField(max_length=32)
    posted_at = models.DateTimeField()
    posted_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "number"], name="ledger_document_number"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "reverses"],
                condition=models.Q(reverses__isnull=False),
                name="ledger_document_reversed_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "number", "id"], name="ledger_document_find"),
            models.Index(fields=["enterprise", "on", "id"], name="ledger_document_day"),
        ]


class Movement(models.Model):
    """Something left one place and entered another. In the database's order: as it was posted."""

    pk = models.CompositePrimaryKey("enterprise_id", "document_id", "line")
    enterprise_id = models.UUIDField()
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, db_constraint=False, related_name="movements"
    )
    line = models.IntegerField()
    on = models.DateField()
    item = models.TextField()
    lot = models.TextField()
    quantity = models.BigIntegerField()
    from_place = models.TextField()
    to_place = models.TextField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        managed = False


class Balance(models.Model):
    """How much of an item, by lot, is in a place: the sum of what came less what left.

    `reserved` is what of it is spoken for, and `since` the day from which on the place has held it
    without a break: the age of stock.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "place", "item", "lot")
    enterprise_id = models.UUIDField()
    place = models.TextField()
    item = models.TextField()
    lot = models.TextField()
    quantity = models.BigIntegerField()
    change = models.BigIntegerField()
    times = models.BigIntegerField()
    reserved = models.BigIntegerField()
    reserved_change = models.BigIntegerField()
    since = models.DateField()
    may_go_below = models.BooleanField()

    class Meta:
        managed = False


class Unsealed(models.Model):
    """A posted document that no seal covers yet."""

    pk = models.CompositePrimaryKey("enterprise_id", "document_id")
    enterprise_id = models.UUIDField()
    document_id = models.UUIDField()

    class Meta:
        managed = False


class Seal(Walled):
    """A batch of documents under one Merkle root, chained to the batch before."""

    number = models.IntegerField()
    documents = models.IntegerField()
    root = models.BinaryField(max_length=32)
    #: sha256 over the chain of the batch before, and this batch's number, count and root.
    chain = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="ledger_seal_number"),
        ]


class SealedDocument(models.Model):
    """A document in a batch: where it stands, and the leaf that stands for it."""

    pk = models.CompositePrimaryKey("enterprise_id", "seal", "position")
    enterprise_id = models.UUIDField()
    seal = models.IntegerField()
    position = models.IntegerField()
    document_id = models.UUIDField()
    leaf = models.BinaryField(max_length=32)

    class Meta:
        managed = False
