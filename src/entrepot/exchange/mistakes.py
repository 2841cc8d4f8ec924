# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with rates, said all at once and with its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from entrepot.engine.mistakes import SHOWN
from entrepot.errors import Misused, Refused


class Unreadable(Refused):
    """A table of rates does not have the form it should have; nothing was taken."""

    code: ClassVar[str] = "rates.unreadable"


class BadMapping(Refused):
    """The mapping of a table of rates cannot be used as it is."""

    code: ClassVar[str] = "rates.bad_mapping"


class NoRate(Refused):
    """No rate may be used for a day: none was published, or too long before."""

    code: ClassVar[str] = "rates.none"


class Contradicting(Refused):
    """One source says two rates for a day, or a season has others than those to be written."""

    code: ClassVar[str] = "rates.contradicting"


class NoUse(Misused):
    """No rule says which rate is used for this, or it leaves the choice to the firm."""

    code: ClassVar[str] = "rates.no_use"


class BadFlows(Refused):
    """Amounts of foreign currency that cannot be valued."""

    code: ClassVar[str] = "exchange.flows"


def told_of(noun: str, told: Sequence[str]) -> str:
    """How many there are, and the first of them."""
    count = len(told)
    lines = [
        f"{count:,} {noun}{'' if count == 1 else 's'}:",
        *(f"  {each}" for each in told[:SHOWN]),
    ]
    if count > SHOWN:
        lines.append(f"  and {count - SHOWN:,} more.")
    return "\n".join(lines)
