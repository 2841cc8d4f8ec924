# SPDX-License-Identifier: Apache-2.0
"""What every table of an enterprise's rows has: a key, and the enterprise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models
from uuid_utils import compat


def new_id() -> UUID:
    """A UUID of version 7: later ones sort after earlier ones, so indexes grow at their end."""
    return compat.uuid7()


class CurrentEnterprise(models.Func):
    """The enterprise that the transaction is set to."""

    function = "entrepot_enterprise"
    template = "%(function)s()"
    output_field = models.UUIDField()


class Walled(models.Model):
    """A row of one enterprise. Django knows it by `id`; the key in the database is both."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enterprise = models.ForeignKey(
        "people.Enterprise",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        db_default=CurrentEnterprise(),
    )

    class Meta:
        abstract = True


def reference(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """A reference to a row of the same enterprise; `WallOff` makes the constraint of it."""
    given: dict[str, Any] = {"on_delete": models.PROTECT, "db_constraint": False, "db_index": False}
    return models.ForeignKey(to, **(given | options))
