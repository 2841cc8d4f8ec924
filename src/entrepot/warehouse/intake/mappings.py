# SPDX-License-Identifier: Apache-2.0
"""Mappings of the enterprise: how the files of each channel are read, by name."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.utils import timezone

from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.tenancy import acting
from entrepot.warehouse.importing.mapping import parse_mapping
from entrepot.warehouse.models import OrderMapping

MOST: Final = 100
#: Characters of a mapping.
MOST_TEXT: Final = 64 * 1024


class TooManyMappings(Refused):
    """More mappings than an enterprise may have."""

    code = "warehouse.too_many_mappings"


def put_mapping(name: str, content: str) -> OrderMapping:
    """Add a mapping, or put another in its place; files that were sent keep theirs.

    Raises:
        BadMapping: with every mistake.
        TooManyMappings: there are a hundred.
    """
    parse_mapping(name, content.encode(), is_of_desk=True)
    if OrderMapping.objects.exclude(name=name).count() >= MOST:
        raise TooManyMappings(
            f"Cannot add the mapping {name}.", f"There are {MOST}.", "Remove one that is not used."
        )
    said = {"content": content, "changed_at": timezone.now(), "changed_by": acting().actor}
    made, _ = OrderMapping.objects.update_or_create(name=name, defaults=said)
    record("order_mapping.put", name, mapping=str(made.id))
    return made


def remove_mapping(id: UUID) -> None:
    """Remove a mapping.

    Raises:
        OrderMapping.DoesNotExist: there is none.
    """
    found = OrderMapping.objects.select_for_update().get(id=id)
    found.delete()
    record("order_mapping.removed", found.name, mapping=str(id))
