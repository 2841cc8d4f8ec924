# SPDX-License-Identifier: Apache-2.0
"""What cost invoices are refused for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault
from entrepot.errors import Refused


class Unfit(Refused):
    """Lines that name what is not there, or contradict themselves; every fault is listed."""

    code: ClassVar[str] = "costing.unfit"


class SaysOtherwise(Refused):
    """There is an invoice of this payee and number, and it says something else."""

    code: ClassVar[str] = "costing.says_otherwise"


class WrongState(Refused):
    """An invoice that is booked is never changed; one that is not cannot be undone."""

    code: ClassVar[str] = "costing.wrong_state"


class ChangedMeanwhile(Refused):
    """Somebody else changed the draft."""

    code: ClassVar[str] = "costing.changed_meanwhile"


class CannotSpread(Refused):
    """Lines that cannot be spread over what they paid for; every reason is listed."""

    code: ClassVar[str] = "costing.cannot_spread"


class ClosedMonth(Refused):
    """A day of a month that was closed."""

    code: ClassVar[str] = "costing.closed_month"


class NotYet(Refused):
    """A day that has not come, or before what is undone was booked."""

    code: ClassVar[str] = "costing.not_yet"


class FaultyFile(Refused):
    """A file with mistakes; every one is listed with its row and column."""

    code: ClassVar[str] = "costing.faulty_file"


class TakenOver(Refused):
    """A file that is not in the state for what was asked."""

    code: ClassVar[str] = "costing.file_state"


class Outdated(Refused):
    """A file that would do something else by now than its preview says."""

    code: ClassVar[str] = "costing.outdated_preview"


def refuse_faults(asked: str, faults: Sequence[Fault], kind: type[Refused] = Unfit) -> None:
    """Refuse what has faults.

    Raises:
        Unfit: or another kind; the first is said, all are listed.
    """
    if faults:
        raise unfit(kind, asked, faults)
