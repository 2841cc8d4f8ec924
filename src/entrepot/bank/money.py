# SPDX-License-Identifier: Apache-2.0
"""Amounts as whole smallest units of their currency, and back; exact, whatever the currency."""

from __future__ import annotations

import re
from functools import cache

from entrepot.packs.read import read

PACK = "world/currency_digits"
#: No amount has more digits before its decimal mark.
WHOLE_DIGITS = 13
_FORMS = {
    mark: re.compile(
        rf"(?P<whole>[0-9]{{1,{WHOLE_DIGITS}}}|[0-9]{{1,3}}(?:[{parts}][0-9]{{3}}){{1,4}})"
        rf"(?:{re.escape(mark)}(?P<rest>[0-9]{{0,12}}))?"
    )
    for mark, parts in ((".", ",'’ \u00a0\u202f"), (",", r".'’ \u00a0\u202f"))
}


@cache
def digits() -> dict[str, int]:
    """How many decimals each currency has."""
    return {row.text("currency"): row.whole("digits") for row in read(PACK).rows}


def minor_units(text: str, decimals: int, mark: str = ".") -> int | None:
    """The smallest units that a text without a sign means; None where they are not whole.

    Decimals beyond the currency's own are read only where they are zeros: 1000.00 is a thousand
    yen, 1000.50 is no amount in yen.
    """
    found = _FORMS[mark].fullmatch(text)
    if not found:
        return None
    rest = found["rest"] or ""
    if rest[decimals:].strip("0"):
        return None
    whole = re.sub("[^0-9]", "", found["whole"])
    return int(whole + rest[:decimals].ljust(decimals, "0"))


def signed_units(text: str, decimals: int, mark: str = ".") -> int | None:
    """The same with a sign before or behind, or brackets for less than zero."""
    cell = text.strip(" \u00a0\u202f\t").replace("\u2212", "-")
    if cell.startswith("(") and cell.endswith(")"):
        size, sign = minor_units(cell[1:-1], decimals, mark), -1
    elif cell.startswith(("-", "+")):
        size, sign = minor_units(cell[1:].lstrip(), decimals, mark), -1 if cell[0] == "-" else 1
    elif cell.endswith("-"):
        size, sign = minor_units(cell[:-1].rstrip(), decimals, mark), -1
    else:
        size, sign = minor_units(cell, decimals, mark), 1
    return None if size is None else sign * size


def decimal(minor: int, currency: str) -> str:
    """Smallest units as the decimal that a person reads."""
    places = digits()[currency]
    whole, rest = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"
