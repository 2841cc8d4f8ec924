# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with bank statements and payouts, said all at once and with its place."""

from __future__ import annotations

from typing import ClassVar

from entrepot.errors import Refused


class Unreadable(Refused):
    """A file of a bank, or of payouts, does not have the form it should have; nothing was taken."""

    code: ClassVar[str] = "bank.unreadable"


class BadMapping(Refused):
    """The mapping of a table of a bank cannot be used as it is."""

    code: ClassVar[str] = "bank.bad_mapping"


class Contradicting(Refused):
    """Two statements of one number, or two payouts, say different things."""

    code: ClassVar[str] = "bank.contradicting"


class MoneyLost(Refused):
    """What came out of a matching is not what went in: a mistake in the matching itself."""

    code: ClassVar[str] = "bank.money_lost"
