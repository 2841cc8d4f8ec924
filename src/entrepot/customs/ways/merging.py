# SPDX-License-Identifier: Apache-2.0
"""The monthly merge of 9610: lists of flag B that customs closed, into export declaration forms.

Quantities and values are whole hundred-thousandths, so that sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from entrepot.customs.ways.rules import merge_by
from entrepot.customs.ways.tables import HEAD_KEY, ITEM_KEY

_PLACES = 5
_ONE = 10**_PLACES
_head, _item = itemgetter(*HEAD_KEY), itemgetter(*ITEM_KEY)

Row = Mapping[str, Any]


@dataclass(slots=True)
class Item:
    """An item of a form: sums over what was merged into it."""

    quantity: int = 0
    value: int = 0
    list_items: int = 0


@dataclass(slots=True)
class Form:
    """A form: the month of its lists, the day it is due, its key, lists and items."""

    month: str
    due_on: date
    key: tuple[str, ...]
    lists: set[str] = field(default_factory=set)
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """Forms in the order of month and key; what is not merged; items in more than one unit.

    `placed`: by list and item, the item of a form that it is in; None for what is not merged.
    `units_differ`: form key and item key without its unit, where quantities do not add up.
    """

    forms: list[Form]
    placed: dict[tuple[str, int], Item | None]
    units_differ: list[tuple[str, ...]]


def merge(rows: Iterable[Row]) -> Merged:
    """Merge items of lists: those that agree in the key of the head, then of the item.

    Items of one HS code and country in different units stay apart: quantities cannot be added.

    Args:
        rows: items of lists, as the table `lists` has them.

    Source:
        flow of 9610 as told in a trade page (ssopdot.com/?p=6357): same consignor, transport mode,
        production or sales unit, country of arrival, exit customs; goods of the same country of
        final destination and HS code of 10 digits. S; that currencies must be the same is
        remembered (M).
    """
    forms: dict[tuple[str, ...], Form] = {}
    placed: dict[tuple[str, int], Item | None] = {}
    for row in rows:
        at = (row["list_no"], row["item_no"])
        if row["flag"] != "B":
            placed[at] = None
            continue
        closed_on: date = row["closed_on"]
        month, head, key = closed_on.isoformat()[:7], _head(row), _item(row)
        form = forms.get((month, *head))
        if form is None:
            form = forms[month, *head] = Form(month, merge_by(closed_on), head)
        form.lists.add(row["list_no"])
        item = form.items.get(key)
        if item is None:
            item = form.items[key] = Item()
        item.quantity += exact(row["quantity"])
        item.value += exact(row["value"])
        item.list_items += 1
        placed[at] = item
    ordered = [forms[key] for key in sorted(forms)]
    return Merged(ordered, placed, list(_differing(ordered)))


def _differing(forms: list[Form]) -> Iterator[tuple[str, ...]]:
    for form in forms:
        units: dict[tuple[str, ...], int] = {}
        for key in sorted(form.items):
            units[key[:-1]] = units.get(key[:-1], 0) + 1
        for key, count in units.items():
            if count > 1:
                yield (form.month, *form.key, *key)


def form_rows(merged: Merged) -> Iterator[dict[str, Any]]:
    """Forms as the table `merged_forms` has them, numbered in their order."""
    for number, form in enumerate(merged.forms, 1):
        yield {
            "form_no": number,
            "month": form.month,
            "due_on": form.due_on,
            **dict(zip(HEAD_KEY, form.key, strict=True)),
            "lists": len(form.lists),
            "items": len(form.items),
        }


def item_rows(merged: Merged) -> Iterator[dict[str, Any]]:
    """Items of forms as the table `merged_items` has them, numbered in the order of their key."""
    for number, form in enumerate(merged.forms, 1):
        for at, key in enumerate(sorted(form.items), 1):
            item = form.items[key]
            yield {
                "form_no": number,
                "item_no": at,
                **dict(zip(ITEM_KEY, key, strict=True)),
                "quantity": plain(item.quantity),
                "value": plain(item.value),
                "list_items": item.list_items,
            }


def place_rows(merged: Merged) -> Iterator[dict[str, Any]]:
    """Where every item of every list went, as the table `merged_lists` has it."""
    numbers = {
        id(form.items[key]): (number, at)
        for number, form in enumerate(merged.forms, 1)
        for at, key in enumerate(sorted(form.items), 1)
    }
    for (list_no, item_no), place in sorted(merged.placed.items()):
        form_no, form_item_no = numbers[id(place)] if place else (None, None)
        yield {
            "list_no": list_no,
            "item_no": item_no,
            "form_no": form_no,
            "form_item_no": form_item_no,
        }


def exact(amount: str | Decimal) -> int:
    """A decimal of at most five places as whole hundred-thousandths."""
    return int(Decimal(amount).scaleb(_PLACES))


def plain(amount: int) -> str:
    """Whole hundred-thousandths as a decimal, without spare zeros."""
    whole, rest = divmod(abs(amount), _ONE)
    places = f"{rest:0{_PLACES}d}".rstrip("0")
    return f"{'-' if amount < 0 else ''}{whole}" + (f".{places}" if places else "")
