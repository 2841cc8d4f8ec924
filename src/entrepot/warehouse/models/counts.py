# SPDX-License-Identifier: Apache-2.0
"""Counts of bins: what was to be counted, what was scanned, what the book said, what differed."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

OPEN, DONE, CANCELLED = "open", "done", "cancelled"
#: A bin of a count: nobody has been there; somebody is; it was as the book says; it differs and
#: waits for approval; its differences are in the book; it was left out when the count ended.
TO_COUNT, COUNTING, RIGHT, DIFFERS, POSTED, LEFT_OUT = (
    "to_count", "counting", "right", "differs", "posted", "left_out",
)  # fmt: skip
BIN_STATES = (TO_COUNT, COUNTING, RIGHT, DIFFERS, POSTED, LEFT_OUT)


class CountLimit(Walled):
    """Which differences need nobody's approval: one row, or none, and then all of them need it.

    A difference of a bin and SKU is within the limit where it is no more than so many units, and
    no more than so many of a hundred that the book has there.
    """

    units = models.IntegerField()
    percent = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="warehouse_countlimit_one"),
        ]


class Count(Walled):
    """Bins of one warehouse that are counted; where it is blind, nobody is shown what the book
    has before the bin is closed.
    """

    number = codes(20)
    warehouse = codes(200)
    about = models.CharField(max_length=200, blank=True)
    is_blind = models.BooleanField(default=True)
    state = models.CharField(max_length=9, default=OPEN)
    #: How many documents of the book it has made: they are numbered C000001-1, C000001-2.
    documents = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="warehouse_count_number"),
        ]


class CountedBin(Walled):
    """A bin of a count, or an area."""

    count = reference("warehouse.Count", related_name="bins")
    place = codes(200)
    state = models.CharField(max_length=8, default=TO_COUNT)
    #: How often it was begun, and why again: moved, rejected.
    attempt = models.IntegerField(default=0)
    again = models.CharField(max_length=8, blank=True)
    #: Later movements have later ids than this, taken when its first unit was counted.
    begun = models.UUIDField(null=True)
    counted_by = ArrayField(models.CharField(max_length=45), default=list)
    closed_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "count", "place"], name="warehouse_countedbin_place"
            ),
            # A bin is in one open count: two would find the same difference twice.
            models.UniqueConstraint(
                fields=["enterprise", "place"],
                name="warehouse_countedbin_open",
                condition=models.Q(state__in=[TO_COUNT, COUNTING, DIFFERS]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "place", "closed_at"],
                name="warehouse_countedbin_last",
                condition=models.Q(state__in=[RIGHT, POSTED]),
            ),
        ]


class CountLine(Walled):
    """A SKU in a bin: what the book had when the first unit was counted, and what was counted."""

    bin = reference("warehouse.CountedBin", related_name="lines")
    sku = codes(64)
    expected = models.BigIntegerField()
    counted = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "bin", "sku"], name="warehouse_countline_sku"
            ),
            models.CheckConstraint(
                condition=models.Q(counted__gte=0), name="warehouse_countline_counted"
            ),
        ]


class CountEntry(Walled):
    """What was scanned in a bin, as it came; without a SKU where the barcode is not known."""

    bin = reference("warehouse.CountedBin", related_name="entries")
    attempt = models.IntegerField()
    barcode = codes(100)
    sku = codes(64, blank=True)
    quantity = models.IntegerField()
    is_set = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=45)


class CountAsked(Walled):
    """A bin that somebody did not find as the book has it, and that is to be counted.

    `count` is the one that takes it up.
    """

    place = codes(200)
    because = models.CharField(max_length=200)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=45)
    count = reference("warehouse.Count", null=True, related_name="asked")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "place"],
                name="warehouse_countasked_open",
                condition=models.Q(count=None),
            ),
        ]
