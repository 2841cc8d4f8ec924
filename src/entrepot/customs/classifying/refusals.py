# SPDX-License-Identifier: Apache-2.0
"""What classifying is refused for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from entrepot.errors import Refused

#: Missing pieces that the facts of a refusal list.
_MOST: Final = 1_000


class FaultyTable(Refused):
    """A tariff, or a table of goods, with mistakes; every one is listed."""

    code = "classifying.faulty_table"


class NoSuchGoods(Refused):
    """A SKU that no product in use has."""

    code = "classifying.no_such_goods"


class NotThere(Refused):
    """Classifications that are not there."""

    code = "classifying.not_there"


class WrongState(Refused):
    """What was asked cannot happen to a classification in this state."""

    code = "classifying.wrong_state"


class SameEyes(Refused):
    """Whoever proposed does not accept, as the enterprise asks."""

    code = "classifying.same_eyes"


class Unfit(Refused):
    """A check refuses; every finding is listed with its reason."""

    code = "classifying.unfit"


class NotClassified(Refused):
    """Goods that cannot be declared yet; everything that is missing is listed."""

    code = "classifying.not_classified"

    def __init__(
        self,
        asked: str,
        found: str,
        remedy: str,
        missing: Sequence[dict[str, str]],
        **facts: object,
    ) -> None:
        """As every refusal; `missing`: SKU, check and reason of each, of which facts have some."""
        super().__init__(asked, found, remedy, missing=missing[:_MOST], **facts)
        self.missing = missing


class WrongSettings(Refused):
    """Settings of classifying that make no sense; every one is listed."""

    code = "classifying.wrong_settings"
