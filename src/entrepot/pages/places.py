# SPDX-License-Identifier: Apache-2.0
"""Warehouses to choose from and how they are called, and the movements behind a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from entrepot.catalog.models import Warehouse
from entrepot.pages.wording import words

#: Warehouses that a choice shows.
_MOST: Final = 500


def warehouses(*, needs_one: bool = False) -> Iterator[tuple[str, str]]:
    """Overseas warehouses in use, by code; before them "any", where none need be chosen."""
    if not needs_one:
        yield "", words("common")["any"]
    in_use = Warehouse.objects.filter(is_active=True, kind="overseas").order_by("code")
    for code, name in in_use.values_list("code", "name")[:_MOST]:
        yield code, called(code, name)


def called(code: str, name: str) -> str:
    """Something by its code and its name, where that says more."""
    return code if name in ("", code) else f"{code} {name}"


def code_of(place: str) -> str:
    """The code of the warehouse of a place: of warehouse/DUI1 or warehouse/DUI1/A-01 it is DUI1."""
    return place.split("/")[1] if "/" in place else place


def bin_of(place: str) -> str:
    """The bin or area of a place: A-01 of warehouse/DUI1/A-01; of a warehouse itself its code."""
    return place.rpartition("/")[2]


def movements(**given: object) -> str:
    """The address of the movements behind a number: `item`, `place`, `document`, `lot`; none where
    all of these are empty.
    """
    narrowed = urlencode({name: value for name, value in given.items() if value})
    return f"{reverse('pages:movements')}?{narrowed}" if narrowed else ""
