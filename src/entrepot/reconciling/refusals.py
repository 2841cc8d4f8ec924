# SPDX-License-Identifier: Apache-2.0
"""What can be asked of the reconciliation that it does not do."""

from __future__ import annotations

from typing import ClassVar

from entrepot.errors import Misused, Refused


class TooLargeReport(Refused):
    """A file larger than what is read."""

    code: ClassVar[str] = "reconciling.too_large_file"


class NoSuchFormat(Misused):
    """A format that is none of a settlement, or none of a bank."""

    code: ClassVar[str] = "reconciling.no_such_format"


class NoSuchMapping(Misused):
    """There is no mapping of this name, or one where the format is known."""

    code: ClassVar[str] = "reconciling.no_such_mapping"


class ReadAlready(Refused):
    """A file that was read already."""

    code: ClassVar[str] = "reconciling.read_already"


class SaysOtherwise(Refused):
    """A file that says other things of what is there already."""

    code: ClassVar[str] = "reconciling.says_otherwise"


class MatchedOtherwise(Refused):
    """A payout that is matched, and of which a new report says another amount."""

    code: ClassVar[str] = "reconciling.matched_otherwise"


class MoneyMissing(Refused):
    """What is stored is not what was read: a mistake of the program."""

    code: ClassVar[str] = "reconciling.money_missing"


class NoSuchItem(Refused):
    """There is no item of this id."""

    code: ClassVar[str] = "reconciling.no_such_item"


class NotOpen(Refused):
    """Items that are not open any more."""

    code: ClassVar[str] = "reconciling.not_open"


class CannotMatch(Refused):
    """Items that cannot be matched with each other so."""

    code: ClassVar[str] = "reconciling.cannot_match"


class UndoneAlready(Refused):
    """A match that was undone already, or that is itself an undoing."""

    code: ClassVar[str] = "reconciling.undone_already"


class NoSuchProposal(Refused):
    """A proposal that is not there any more."""

    code: ClassVar[str] = "reconciling.no_such_proposal"
