# SPDX-License-Identifier: Apache-2.0
"""Which differences of a count need nobody's approval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """A SKU in a bin: what the book had, and what was counted."""

    place: str
    sku: str
    expected: int
    counted: int

    @property
    def units(self) -> int:
        """More than zero where units were found, less where they are missing."""
        return self.counted - self.expected


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many units, and at most so many of a hundred of what the book has."""

    units: int = 0
    percent: int = 0


def is_within(difference: Difference, limit: Limit) -> bool:
    """Whether a difference needs nobody's approval: it is within both limits.

    Source: our own policy, docs/guide/floor.md
    """
    units = abs(difference.units)
    return units <= limit.units and units * 100 <= limit.percent * difference.expected
