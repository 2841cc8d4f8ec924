# SPDX-License-Identifier: Apache-2.0
"""What a paper or a number of GS1 refuses."""

from __future__ import annotations

from typing import ClassVar

from entrepot.errors import Refused


class Unprintable(Refused):
    """A character that has to be printed, and that the font of the papers does not have."""

    code: ClassVar[str] = "papers.unprintable"


class Unfit(Refused):
    """What was given makes no paper: no lines, a parcel beyond the last, weights the wrong way."""

    code: ClassVar[str] = "papers.unfit"


class WrongNumber(Refused):
    """A number that is not of the form GS1 gives it, or whose check digit is wrong."""

    code: ClassVar[str] = "papers.wrong_number"


class NumbersUsedUp(Refused):
    """A serial number that has more digits than its company prefix leaves room for."""

    code: ClassVar[str] = "papers.numbers_used_up"
