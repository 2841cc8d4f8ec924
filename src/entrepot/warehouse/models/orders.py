# SPDX-License-Identifier: Apache-2.0
"""Orders, what is reserved for them where, and the rules by which a warehouse is chosen.

Tables that are not managed are made by SQL in the migrations; they are written in sets.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

OPEN, HELD, DONE, CANCELLED = "open", "held", "done", "cancelled"
STATES = (OPEN, HELD, DONE, CANCELLED)


class Order(Walled):
    """What a customer ordered on a channel. Who it goes to lies apart, in `Recipient`.

    `done`: everything was shipped or cancelled, and something was shipped.
    """

    channel = codes(40)
    number = codes(80)
    state = models.CharField(max_length=9, choices=[(each, each) for each in STATES], default=OPEN)
    ordered_at = models.DateTimeField()
    #: The day by which it is to leave: orders that cannot all be served are served in this order.
    promised_on = models.DateField()
    #: Among those promised for one day, the highest first.
    priority = models.SmallIntegerField(default=0)
    country = models.CharField(max_length=2)
    postcode = models.CharField(max_length=20, blank=True)
    #: Of the amounts of its lines.
    currency = models.CharField(max_length=3, blank=True)
    service = models.CharField(max_length=60, blank=True, help_text="how it is to be shipped")
    note = models.CharField(max_length=500, blank=True)
    held_because = models.CharField(max_length=200, blank=True)
    #: The order that this one was split from.
    split_from = reference("warehouse.Order", null=True, related_name="split_into")
    #: sha256 over what was ordered; the same order sent twice is told by it from a different one.
    hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)
    #: Since when it is done or cancelled; null while it is not.
    ended_at = models.DateTimeField(null=True)
    #: When what was kept of its buyer was erased, and by whom: nothing of them is taken in again.
    erased_at = models.DateTimeField(null=True)
    erased_by = models.CharField(max_length=45, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "channel", "number"], name="warehouse_order_number"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "number", "id"], name="warehouse_order_find"),
            models.Index(
                fields=["enterprise", "state", "promised_on", "id"],
                name="warehouse_order_waiting",
                condition=models.Q(state__in=[OPEN, HELD]),
            ),
            models.Index(fields=["enterprise", "state", "id"], name="warehouse_order_state"),
            models.Index(
                fields=["enterprise", "ended_at", "id"],
                name="warehouse_order_ended",
                condition=models.Q(ended_at__isnull=False, erased_at=None),
            ),
            models.Index(
                fields=["enterprise", "erased_at", "id"],
                name="warehouse_order_erased",
                condition=models.Q(erased_at__isnull=False),
            ),
        ]


class Recipient(models.Model):
    """Who an order goes to: name, address, telephone; encrypted, and apart, to be erased."""

    pk = models.CompositePrimaryKey("enterprise_id", "order_id")
    enterprise_id = models.UUIDField()
    order_id = models.UUIDField()
    content = models.BinaryField()

    class Meta:
        managed = False


class BuyerRetention(Walled):
    """How many days after the end of an order its buyer is kept: one row, or none for no end."""

    days = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="warehouse_buyerretention_one"),
        ]


class OrderLine(models.Model):
    """So many units of a SKU. What is neither cancelled, reserved nor shipped is `open`.

    `amount` is what the whole line costs, in the smallest unit of the order's currency.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "order_id", "line_no")
    enterprise_id = models.UUIDField()
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    line_no = models.IntegerField()
    sku = models.TextField()
    quantity = models.IntegerField()
    amount = models.BigIntegerField()
    cancelled = models.IntegerField()
    allocated = models.IntegerField()
    shipped = models.IntegerField()
    open = models.GeneratedField(
        expression=models.F("quantity")
        - models.F("cancelled")
        - models.F("allocated")
        - models.F("shipped"),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        managed = False


class Allocation(models.Model):
    """Units reserved for a line of an order, from the shelf to the door; gone once shipped.

    `place` is where they are now: a bin, or the packing area once picked, and then `picked_from` is
    the bin. The sum over all allocations of a place is what the book has reserved there.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "id")
    enterprise_id = models.UUIDField()
    id = models.UUIDField()
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, db_constraint=False, related_name="allocations"
    )
    line_no = models.IntegerField()
    warehouse = models.TextField()
    place = models.TextField()
    sku = models.TextField()
    lot = models.TextField()
    quantity = models.IntegerField()
    picked_from = models.TextField()
    wave_id = models.UUIDField(null=True)
    parcel_id = models.UUIDField(null=True)

    class Meta:
        managed = False


class Route(Walled):
    """That a warehouse may serve a destination, and what speaks for it.

    An empty country stands for every country, an empty postcode for every one; of those that fit,
    the longest postcode counts. Where no route fits an order, every overseas warehouse may serve
    it, those of its country first.
    """

    country = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=20, blank=True, help_text="how postcodes begin")
    warehouse = codes(40)
    rank = models.IntegerField(default=0, help_text="the lowest first")
    cost = models.BigIntegerField(default=0, help_text="of a parcel, in one currency for all")
    distance_km = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "country", "postcode", "warehouse"],
                name="warehouse_route_key",
            ),
        ]


class Policy(Walled):
    """How an enterprise chooses among warehouses: one row, or none for the defaults."""

    #: What is compared first, second, ...: rank, cost, distance, age.
    criteria = ArrayField(models.CharField(max_length=10))
    #: Whether one warehouse that has everything goes before all criteria.
    whole_first = models.BooleanField(default=True)
    may_split = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="warehouse_policy_one"),
        ]


class Counter(models.Model):
    """The last number given of a kind: waves, parcels, counts, returns."""

    pk = models.CompositePrimaryKey("enterprise_id", "kind")
    enterprise_id = models.UUIDField()
    kind = models.TextField()
    value = models.BigIntegerField()

    class Meta:
        managed = False
