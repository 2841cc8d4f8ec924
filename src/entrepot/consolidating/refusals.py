# SPDX-License-Identifier: Apache-2.0
"""What pieces and containers are refused for."""

from __future__ import annotations

from entrepot.errors import Refused


class Unfit(Refused):
    """What was sent names what is not there, or cannot happen; every fault is listed."""

    code = "consolidating.unfit"


class NotThere(Refused):
    """A piece or a container that is not there."""

    code = "consolidating.not_there"


class WrongState(Refused):
    """What was asked cannot happen in this state."""

    code = "consolidating.wrong_state"


class NotReleased(Refused):
    """A piece that is not released is not put into a container."""

    code = "consolidating.not_released"


class Lacking(Refused):
    """An event without something that has to be said of it."""

    code = "consolidating.lacking"


class SaysOtherwise(Refused):
    """There is one of this number, and it says something else."""

    code = "consolidating.says_otherwise"
