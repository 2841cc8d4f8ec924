# SPDX-License-Identifier: Apache-2.0
"""Waves of orders that are picked together, and the parcels that leave."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

PACKED, SHIPPED = "packed", "shipped"


class Wave(Walled):
    """Orders of one warehouse that are picked together, on one walk along the bins."""

    number = codes(20)
    warehouse = codes(200)  # the place: warehouse/DUI1
    is_open = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="warehouse_wave_number"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "warehouse", "id"],
                name="warehouse_wave_open",
                condition=models.Q(is_open=True),
            ),
        ]


class Parcel(Walled):
    """What was packed for an order; what is in it are its allocations until it is shipped.

    `number` is an SSCC-18 where the firm has a GS1 prefix, and else one of ours.
    """

    number = codes(20)
    order = reference("warehouse.Order", related_name="parcels")
    warehouse = codes(200)
    state = models.CharField(
        max_length=7, choices=[(each, each) for each in (PACKED, SHIPPED)], default=PACKED
    )
    weight_g = models.IntegerField(null=True)
    carton = models.CharField(max_length=40, blank=True)
    carrier = codes(40, blank=True)
    tracking = codes(80, blank=True)
    packed_at = models.DateTimeField(default=timezone.now)
    packed_by = models.CharField(max_length=45)
    shipped_at = models.DateTimeField(null=True)
    shipped_by = models.CharField(max_length=45, blank=True)
    #: The day, where the warehouse is.
    shipped_on = models.DateField(null=True)
    #: The document of the book with which it left.
    document = reference("ledger.Document", null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="warehouse_parcel_number"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "warehouse", "id"],
                name="warehouse_parcel_packed",
                condition=models.Q(state=PACKED),
            ),
            models.Index(
                fields=["enterprise", "tracking", "id"],
                name="warehouse_parcel_tracking",
                condition=~models.Q(tracking=""),
            ),
        ]


class Gs1Prefix(Walled):
    """The firm's company prefix at GS1: with it, parcels are numbered by SSCC-18. One row, or none.

    The prefix and the serial reference share 16 digits after the extension digit.
    """

    prefix = models.CharField(max_length=12)
    extension = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="warehouse_gs1prefix_one"),
        ]


class ShippedLine(models.Model):
    """What left in a parcel: line `line` of the parcel's document in the book.

    `returned` is how much of it has come back.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "document_id", "line")
    enterprise_id = models.UUIDField()
    document_id = models.UUIDField()
    line = models.IntegerField()
    parcel_id = models.UUIDField()
    order_id = models.UUIDField()
    line_no = models.IntegerField()
    sku = models.TextField()
    lot = models.TextField()
    quantity = models.IntegerField()
    returned = models.IntegerField()

    class Meta:
        managed = False
