# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with settlement reports, said all at once and with its place."""

from __future__ import annotations

from typing import ClassVar

from entrepot.errors import Refused


class BadMapping(Refused):
    """The mapping of a settlement table cannot be used as it is."""

    code: ClassVar[str] = "settlement.bad_mapping"


class UnreadableReport(Refused):
    """A settlement report does not have the form it should have; nothing of it was taken."""

    code: ClassVar[str] = "settlement.unreadable"


class Contradicting(Refused):
    """Two reports of one settlement, or two entries of one number, say different things."""

    code: ClassVar[str] = "settlement.contradicting"


class NotOurs(Refused):
    """The folder to write holds something that no reading of settlements wrote."""

    code: ClassVar[str] = "settlement.not_ours"


class LinesLost(Refused):
    """What came out of the reports is not what went in: a mistake in the reading itself."""

    code: ClassVar[str] = "settlement.lines_lost"
