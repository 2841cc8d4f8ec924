# SPDX-License-Identifier: Apache-2.0
"""Closes of the live book, what they wrote, and the season's tables that are sent to the desk."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference


class KeptTable(Walled):
    """A table of a season that the desk has no documents for yet, as it was sent: refund rates,
    exchange rates, claims.
    """

    name = codes(40)
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField(default=timezone.now)
    sent_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "name"], name="closing_keptable_name"),
        ]


class Close(Walled):
    """A close of the live book: what was asked, and what came of it once its job is done.

    `summary` is that of run.json; `stock` says in how many warehouses and SKUs the desk and the
    close have the same, which is all of them or the close would have failed.
    """

    as_of = models.DateField()
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=45)
    job = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    summary = models.JSONField(null=True)
    stock = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "asked_at", "id"], name="closing_close_at"),
        ]


class ClosedFile(Walled):
    """A file that a close wrote: the report in its forms, run.json, and every table."""

    close = reference("closing.Close", related_name="files")
    name = codes(80)
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "close", "name"], name="closing_closedfile_name"
            ),
        ]
