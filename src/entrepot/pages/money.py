# SPDX-License-Identifier: Apache-2.0
"""Amounts as they are written: the book holds whole numbers of a currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Final
from uuid import UUID

from entrepot.ledger.models import Item
from entrepot.people.tenancy import acting

#: Decimals of what the book of the enterprise has no currency for.
_ELSE: Final = 2


def in_units(value: int, currency: str) -> Decimal:
    """An amount in the unit that people name: 1999 and USD is 19.99, 1999 and JPY is 1999."""
    return Decimal(value).scaleb(-decimals(currency))


def money(value: int, currency: str) -> str:
    """The same with thousands apart and every decimal of the currency."""
    return f"{in_units(value, currency):,.{decimals(currency)}f}"


def decimals(currency: str) -> int:
    """The decimals of a currency, as the book of the acting enterprise has it."""
    try:
        return _decimals(acting().enterprise, currency)
    except Item.DoesNotExist:
        return _ELSE


@lru_cache(maxsize=10_000)
def _decimals(enterprise: UUID, currency: str) -> int:
    """They never change once the book knows the currency; that it does not know it may."""
    return int(Item.objects.get(code=currency, kind="money").digits)
