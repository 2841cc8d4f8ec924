# SPDX-License-Identifier: Apache-2.0
"""Whole smallest units as decimals for people: exact, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its three letters, and how many decimals its amounts are written with."""

    code: str
    decimals: int


def money(amount: int, currency: Currency) -> str:
    """An amount in the smallest unit of its currency: 123450 in EUR is 1,234.50."""
    return decimal(amount, currency.decimals)


def kilograms(grams: int) -> str:
    """Grams as kilograms: 12345 is 12.345."""
    return decimal(grams, 3)


def decimal(whole: int, decimals: int) -> str:
    """A whole number of the smallest unit with its decimal point, thousands apart."""
    units, rest = divmod(abs(whole), 10**decimals)
    sign = "-" if whole < 0 else ""
    return f"{sign}{units:,}" + (f".{rest:0{decimals}d}" if decimals else "")


def exact(value: Decimal, least: int = 0) -> str:
    """A decimal as it is, thousands apart, with at least so many decimals: 1250.5 is 1,250.50."""
    digits = f"{value:,f}"
    whole, _, rest = digits.partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{whole}.{rest}" if rest else whole
