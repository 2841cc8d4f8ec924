# SPDX-License-Identifier: Apache-2.0
"""What the book calls the masters: products are its items, warehouses, bins and partners places.

The book never forgets a name, so a code stays what it was, and a master is put out of use, not
deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from entrepot.catalog.forms import Fault, shown
from entrepot.catalog.models import Warehouse
from entrepot.catalog.nouns import Noun
from entrepot.ledger.models import Balance, Item
from entrepot.ledger.opening import open_items, open_places
from entrepot.ledger.places import AREAS

#: In which part of the book each kind of warehouse lies.
WHERE: Final = {"home": "home", "overseas": "warehouse"}
#: The roles of a partner who takes part in movements of goods.
SIDES: Final = ("supplier", "customer")


def names(noun: Noun, masters: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """What the book calls each of these masters: an item, or places; nothing for a zone."""
    kinds: dict[str, str] = {}
    if noun.name == "bin":
        codes = {values["warehouse"] for values in masters}
        kinds = dict(Warehouse.objects.filter(code__in=codes).values_list("code", "kind"))
    return [_names(noun, values, kinds) for values in masters]


def _names(noun: Noun, values: Mapping[str, Any], kinds: Mapping[str, str]) -> list[str]:
    if noun.name == "product":
        return [values["sku"]]
    if noun.name == "warehouse":
        place = f"{WHERE[values['kind']]}/{values['code']}"
        return [place, *(f"{place}/{area}" for area in AREAS)]
    if noun.name == "bin" and values["warehouse"] in kinds:
        warehouse = values["warehouse"]
        return [f"{WHERE[kinds[warehouse]]}/{warehouse}/{values['code']}"]
    if noun.name == "partner":
        return [f"{side}/{values['code']}" for side in SIDES if side in values["roles"]]
    return []


def open_in_book(noun: Noun, masters: Sequence[Mapping[str, Any]]) -> None:
    """Open the items or places of masters, those that are there already aside."""
    opened = {name for its in names(noun, masters) for name in its}
    if noun.name == "product":
        open_items(opened)
    elif opened:
        open_places(opened)


def conflicts(noun: Noun, masters: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Fault]:
    """Products that would be called like a currency of the book."""
    if noun.name != "product" or not masters:
        return []
    items = Item.objects.filter(code__in=[values["sku"] for _, values in masters], kind="money")
    money = set(items.values_list("code", flat=True))
    return [
        Fault("sku", shown(values["sku"]), "a code that is no currency of the book", row)
        for row, values in masters
        if values["sku"] in money
    ]


def in_use(noun: Noun, names: Iterable[str]) -> set[str]:
    """Those of these items, or places, that a movement of the book names."""
    column = "item" if noun.name == "product" else "place"
    rows = Balance.objects.filter(**{f"{column}__in": list(names)})
    return set(rows.values_list(column, flat=True).distinct())
