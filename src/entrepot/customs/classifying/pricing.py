# SPDX-License-Identifier: Apache-2.0
"""Whether a price lies far from those that were accepted before: by median and deviation, exactly.

Everything is whole numbers of a hundred-thousandth of the currency; nothing is divided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

#: Prices of declaration lists have five decimals.
_PLACES: Final = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a price is far from others; a firm's own data.

    Args:
        least: so many accepted prices there must be, else nothing is said.
        times_percent: so many hundredths of the median deviation a price may lie from the median.
        share_percent: or so many hundredths of the median, whichever is more: where all prices
            are alike their deviation is nought.
    """

    least: int = 5
    times_percent: int = 500
    share_percent: int = 30


@dataclass(frozen=True, slots=True)
class Spread:
    """Of accepted prices: how many, their median, and the median of how far they lie from it."""

    count: int
    median: Decimal
    deviation: Decimal


def far_from(price: Decimal, others: Sequence[Decimal], limits: Limits) -> Spread | None:
    """What the accepted prices are where this one is far from them; None where it is not.

    Of an even number of values the median is the mean of the middle two. With m the median of the
    accepted prices and d the median of |x - m| over them, a price p is far where
    |p - m| > max(times_percent / 100 * d, share_percent / 100 * m).

    Holds:
        the order of `others` does not matter; multiplying all prices alike changes nothing.

    Source: our own policy, docs/decisions/0030
    """
    if len(others) < limits.least or not others:
        return None
    # Twice the median, and four times the deviation: both are whole.
    values = sorted(_whole(each) for each in others)
    twice = _middle(values)
    fourfold = _middle(sorted(abs(2 * value - twice) for value in values))
    lies = 2 * abs(2 * _whole(price) - twice)
    if 100 * lies <= max(limits.times_percent * fourfold, 2 * limits.share_percent * twice):
        return None
    return Spread(len(values), _decimal(twice, 2), _decimal(fourfold, 4))


def _whole(price: Decimal) -> int:
    shifted = price.scaleb(_PLACES)
    assert shifted == shifted.to_integral_value(), "a price has five decimals at most"
    return int(shifted)


def _middle(ordered: Sequence[int]) -> int:
    """Twice the median of values in order."""
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


def _decimal(value: int, parts: int) -> Decimal:
    found = (Decimal(value) / parts).scaleb(-_PLACES).normalize()
    return found if found.as_tuple().exponent <= 0 else found.quantize(Decimal(1))  # type: ignore[operator]
