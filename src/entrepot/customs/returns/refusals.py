# SPDX-License-Identifier: Apache-2.0
"""What cases of return and scans of their units are refused for."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault
from entrepot.errors import Refused


class Unfit(Refused):
    """What was sent names what is not there, or contradicts itself; every fault is listed."""

    code = "returning.unfit"


class SaysOtherwise(Refused):
    """There is one of this number, and it says something else."""

    code = "returning.says_otherwise"


class WrongState(Refused):
    """What was asked cannot happen in this state."""

    code = "returning.wrong_state"


class NotAllowed(Refused):
    """A rule of customs forbids this return."""

    code = "returning.not_allowed"


class NeedsReason(Refused):
    """What no rule decides is decided by a person, who says why."""

    code = "returning.needs_reason"


class OwnCase(Refused):
    """What no rule decides is not decided by whoever drafted the case."""

    code = "returning.own_case"


class OtherAmount(Refused):
    """Another amount was repaid than the close says is to be, and nobody said why."""

    code = "returning.other_amount"


def refuse_faults(asked: str, faults: Sequence[Fault]) -> None:
    """Refuse what has faults.

    Raises:
        Unfit: there are any; the first is said, all are listed.
    """
    if faults:
        raise unfit(Unfit, asked, faults)
