# SPDX-License-Identifier: Apache-2.0
"""How many units for customs one stock unit is: exact, as a decimal or a fraction such as 1/12."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

#: Decimals of a quantity in a declaration list (N19.5 in the messages).
PLACES: Final = 5
#: The same for digits before the point.
MOST: Final = 10**14
_WRITTEN = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9})|/([0-9]{1,9}))?")
EXPECTED: Final = "a number above 0 such as 1, 0.25 or 1/12"


def factor(text: str) -> Fraction | None:
    """The factor that a text says; None where it says none, or nought."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    if found[3] is not None:
        return Fraction(int(found[1]), int(found[3])) if int(found[3]) and int(found[1]) else None
    return Fraction(Decimal(text)) or None


def written(value: Fraction) -> str:
    """A factor as a text that `factor` reads: a decimal where it ends, else a fraction."""
    found = exactly(value, 9)
    return str(value) if found is None else f"{found:f}"


def exactly(value: Fraction, places: int = PLACES) -> Decimal | None:
    """A number in so many decimals, without nought at its end; None where it does not end there."""
    shifted = value * 10**places
    if shifted.denominator != 1:
        return None
    plain = Decimal(shifted.numerator).scaleb(-places)
    return plain.quantize(Decimal(1)) if value.denominator == 1 else plain.normalize()


def of_grams(weight_g: int) -> Fraction:
    """Kilograms of one stock unit."""
    return Fraction(weight_g, 1000)
