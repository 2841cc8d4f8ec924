# SPDX-License-Identifier: Apache-2.0
"""Sums that plots are drawn from: counted before, since a book is too long to add up at sight."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from entrepot.ledger.models import code
from entrepot.people.walled import Walled

STOCK, RECEIVED, SHIPPED, RETURNED, SENT = "stock", "received", "shipped", "returned", "sent"
#: What is summed up. `stock`: what lies in a warehouse since a day. `received`, `shipped`,
#: `returned`: what crossed the border of an overseas warehouse on a day. `sent`: what went to a
#: country on a day.
NAMES = (STOCK, RECEIVED, SHIPPED, RETURNED, SENT)


class Figure(Walled):
    """A sum of units: of what (`name`), of which warehouse's place or country, and of which day.

    `times`: of how many orders it is the sum, where it is of what was sent.
    """

    name = models.CharField(max_length=8, choices=[(name, name) for name in NAMES])
    about = code(200)
    on = models.DateField()
    units = models.BigIntegerField()
    times = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "name", "on", "about"], name="pages_figure_key"
            ),
        ]


class Counted(Walled):
    """When the sums of an enterprise were last brought up to date: one row, or none yet."""

    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="pages_counted_one"),
        ]
