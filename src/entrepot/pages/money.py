# SPDX-License-Identifier: Apache-2.0
"""Amounts as they are written: the book holds whole numbers of a currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Final
from uuid import UUID

from entrepot.bank.money import digits
from entrepot.ledger.models import Item
from entrepot.people.tenancy import acting

#: Decimals of what the book of the enterprise has no currency for.
_ELSE: Final = 2


def in_units(value: int, currency: str, *, iso: bool = False) -> Decimal:
    """An amount in the unit that people name: 1999 and USD is 19.99, 1999 and JPY is 1999.

    Args:
        iso: the decimals are those of ISO 4217, as banks have them, and not those of the book.
    """
    return Decimal(value).scaleb(-_places(currency, iso))


def money(value: int, currency: str, *, iso: bool = False) -> str:
    """The same with thousands apart and every decimal of the currency."""
    return f"{in_units(value, currency, iso=iso):,.{_places(currency, iso)}f}"


def _places(currency: str, iso: bool) -> int:
    return digits().get(currency, _ELSE) if iso else decimals(currency)


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
