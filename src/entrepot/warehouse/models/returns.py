# SPDX-License-Identifier: Apache-2.0
"""Goods that come back: announced, received against what was shipped, graded, and decided about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

RESTOCK, SCRAP, SEND_HOME = "restock", "scrap", "send_home"
OUTCOMES = (RESTOCK, SCRAP, SEND_HOME)


class Grade(Walled):
    """A condition in which goods come back, and what then becomes of them.

    An enterprise without any has those of `returns.grades.DEFAULTS`.
    """

    code = codes(20)
    name = models.CharField(max_length=80, blank=True)
    #: Empty where somebody has to decide.
    outcome = models.CharField(max_length=9, blank=True)
    position = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "code"], name="warehouse_grade_code"),
        ]


class Return(Walled):
    """Goods that came back together, or that were announced to; without an order where none is
    known.
    """

    number = codes(20)
    #: The number under which it was announced; empty where it was not.
    rma = codes(80, blank=True)
    order = reference("warehouse.Order", null=True, related_name="returns")
    #: Where it was received; empty until then.
    warehouse = codes(200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)
    received_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="warehouse_return_number"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "rma"],
                name="warehouse_return_rma",
                condition=~models.Q(rma=""),
            ),
        ]


class ExpectedLine(Walled):
    """So many units of a SKU that a return was announced with, and how many of them came."""

    back = reference("warehouse.Return", related_name="expected")
    sku = codes(64)
    quantity = models.IntegerField()
    received = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "back", "sku"], name="warehouse_expectedline_sku"
            ),
        ]


class ReturnedLine(Walled):
    """Units of a SKU that came back, of one grade and with one outcome.

    `shipped_document` and `shipped_line` are the shipped line they came from; none where they came
    without an order. What is decided of a part makes a line of its own of that part.
    """

    back = reference("warehouse.Return", related_name="lines")
    shipped_document = models.UUIDField(null=True)
    shipped_line = models.IntegerField(null=True)
    channel = codes(40)
    warehouse = codes(200)
    sku = codes(64)
    lot = codes(64, blank=True)
    quantity = models.IntegerField()
    #: The day, where the warehouse is.
    returned_on = models.DateField()
    grade = codes(20, blank=True)
    #: Empty until it is decided.
    outcome = models.CharField(max_length=9, blank=True)
    decided_on = models.DateField(null=True)
    #: Where the units went when it was decided.
    place = codes(200, blank=True)
    #: The documents of the book with which they came, and with which it was decided.
    received = reference("ledger.Document", related_name="+")
    decided = reference("ledger.Document", null=True, related_name="+")
    received_by = models.CharField(max_length=45)
    decided_by = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="warehouse_returnedline_quantity"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "warehouse", "id"],
                name="warehouse_returnedline_open",
                condition=models.Q(outcome=""),
            ),
            models.Index(
                fields=["enterprise", "returned_on", "id"], name="warehouse_returnedline_day"
            ),
        ]
