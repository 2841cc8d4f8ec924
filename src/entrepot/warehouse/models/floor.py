# SPDX-License-Identifier: Apache-2.0
"""What was scanned, by the ids that the hand-helds gave."""

from __future__ import annotations

from django.db import models


class Scan(models.Model):
    """Something that a hand-held asked for and that was done: what it asked, what it was told.

    What was refused is not among them, and may be sent again.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "number")
    enterprise_id = models.UUIDField()
    number = models.TextField()
    #: sha256 over what was asked: the same id with something else is refused.
    hash = models.BinaryField(max_length=32)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        managed = False
