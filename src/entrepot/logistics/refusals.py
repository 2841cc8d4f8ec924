# SPDX-License-Identifier: Apache-2.0
"""What purchases, declarations, consignments and receipts are refused for alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault
from entrepot.errors import Refused


class Unfit(Refused):
    """What was sent names what is not there, or contradicts itself; every fault is listed."""

    code = "logistics.unfit"


class SaysOtherwise(Refused):
    """There is one of this number, and it says something else."""

    code = "logistics.says_otherwise"


class WrongState(Refused):
    """What was asked cannot be done in this state."""

    code = "logistics.wrong_state"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in; `is_new` is false where it was there already, word for word."""

    id: UUID
    number: str
    is_new: bool


def refuse_faults(asked: str, faults: Sequence[Fault]) -> None:
    """Refuse what has faults.

    Raises:
        Unfit: there are any; the first is said, all are listed.
    """
    if faults:
        raise unfit(Unfit, asked, faults)


def refuse_otherwise(what: str, numbers: Sequence[str]) -> None:
    """Refuse what is there under the same number and says something else.

    Raises:
        SaysOtherwise: there are any.
    """
    if numbers:
        raise SaysOtherwise(
            f"Cannot take {what} {numbers[0]}"
            + (f" and {len(numbers) - 1:,} more." if len(numbers) > 1 else "."),
            f"There is a {what} of this number that says something else.",
            "Look at that one, or give this one a number of its own; nothing was changed.",
            numbers=list(numbers),
        )


def digest(*says: object) -> bytes:
    """sha256 over what somebody sent, so that the same sent again is known."""
    text = json.dumps(says, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()
