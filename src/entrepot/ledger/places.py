# SPDX-License-Identifier: Apache-2.0
"""Places of the live book: paths whose first part says what kind of place it is."""

from __future__ import annotations

import re
from typing import Final

#: Where goods lie: what is not there cannot leave.
HOLDING: Final = ("home", "port", "voyage", "warehouse")
#: Where goods come from and go to.
OUTSIDE: Final = ("supplier", "customer", "scrapped", "lost", "unknown")
#: Where money is, comes from and goes to.
MONEY: Final = ("bank", "receivable", "payable", "cost", "revenue", "tax", "equity")
ROOTS: Final = (*HOLDING, *OUTSIDE, *MONEY)

#: Parts of every warehouse that are no bins: what lies there is not offered to orders.
RECEIVING, PACKING, DAMAGED, RETURNS = "@receiving", "@packing", "@damaged", "@returns"
#: What was not found on its shelf, until a count decides.
MISSING = "@missing"
AREAS: Final = (RECEIVING, PACKING, DAMAGED, RETURNS, MISSING)

LONGEST: Final = 200
#: A root, then one to five names without blanks at their ends.
PATTERN: Final = (
    rf"^({'|'.join(ROOTS)})(/[^/\s\x00-\x1f\x7f]([^/\x00-\x1f\x7f]*[^/\s\x00-\x1f\x7f])?){{1,5}}$"
)


def is_place(path: str) -> bool:
    """Whether a text is the path of a place."""
    return len(path) <= LONGEST and re.fullmatch(PATTERN, path) is not None


def may_go_below(path: str) -> bool:
    """Whether more may leave a place than came: everywhere but where goods lie."""
    return path.split("/", 1)[0] not in HOLDING


def warehouse_of(path: str) -> str:
    """The place of the warehouse that a bin or an area is a part of: warehouse/DUI1."""
    return "/".join(path.split("/", 2)[:2])
