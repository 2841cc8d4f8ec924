# SPDX-License-Identifier: Apache-2.0
"""Files of orders: how they are read, what was sent, and which orders came of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled

SENT, PREVIEWED, COMMITTED, UNDONE = "sent", "previewed", "committed", "undone"
STATES = (SENT, PREVIEWED, COMMITTED, UNDONE)


class OrderMapping(Walled):
    """How the files of a channel are to be read: the TOML that `entrepot import orders` takes."""

    name = codes(60)
    content = models.TextField()
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "name"], name="warehouse_ordermapping_name"
            ),
        ]


class OrderFile(Walled):
    """A file of orders that was sent, looked at, taken over and perhaps taken back."""

    file = models.CharField(max_length=200)
    #: The mapping by name, and as it was when the file was sent; both empty for our own columns.
    mapping = models.CharField(max_length=60, blank=True)
    toml = models.TextField(blank=True)
    #: Days from the order to the day by which it is to leave, where the file does not say.
    promise_days = models.SmallIntegerField()
    bytes = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=9, choices=[(each, each) for each in STATES], default=SENT)
    preview = models.JSONField(default=dict)
    #: Orders that it brought, and how many of them were asked to be reserved so far.
    orders = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    uploaded_by = models.CharField(max_length=45)
    committed_at = models.DateTimeField(null=True)
    committed_by = models.CharField(max_length=45, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "uploaded_at", "id"], name="warehouse_orderfile_at"),
        ]


class OrderFilePart(models.Model):
    """A megabyte of a file, encrypted, since it says who ordered; kept until it is taken over."""

    pk = models.CompositePrimaryKey("enterprise_id", "source_id", "at")
    enterprise_id = models.UUIDField()
    source_id = models.UUIDField()
    at = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        managed = False


class TakenOrder(models.Model):
    """That an order came of a file; `at` counts them from 0 in the order of promise."""

    pk = models.CompositePrimaryKey("enterprise_id", "source_id", "at")
    enterprise_id = models.UUIDField()
    source_id = models.UUIDField()
    at = models.IntegerField()
    order_id = models.UUIDField()

    class Meta:
        managed = False
