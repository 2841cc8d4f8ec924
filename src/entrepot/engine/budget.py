# SPDX-License-Identifier: Apache-2.0
"""A memory budget as people write it: 2GB."""

from __future__ import annotations

import re
from decimal import Decimal

from entrepot.errors import Misused

_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
#: Below this not even a season of a few rows can be worked on.
LEAST = 50 * 10**6


def budget_of(memory: str) -> int:
    """The bytes that `memory` stands for, such as 2000000000 for "2GB".

    Raises:
        Misused: it is no size, or too small to work with.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]I?)B\s*", memory.upper())
    if found is None:
        raise Misused(
            f"Cannot use --memory {memory}.",
            "It is not a size.",
            "Give a number with its unit, for example 2GB.",
        )
    size = int(Decimal(found[1]) * _UNITS[found[2]])
    if size < LEAST:
        raise Misused(
            f"Cannot use --memory {memory}.",
            f"It is less than the {LEAST // 10**6} MB that DuckDB needs to begin with.",
            "Give it more, for example 2GB.",
        )
    return size
