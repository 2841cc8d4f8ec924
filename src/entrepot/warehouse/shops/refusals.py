# SPDX-License-Identifier: Apache-2.0
"""What is wrong with shops and what they tell."""

from __future__ import annotations

from typing import ClassVar

from entrepot.errors import Misused, Refused


class UnfitEvent(Refused):
    """An event of a shop that makes no sense; it is kept, and nothing comes of it."""

    code: ClassVar[str] = "warehouse.unfit_event"


class OpenQuestion(Refused):
    """An order of a shop that lacks something here: it waits until it is there, and tried again."""

    code: ClassVar[str] = "warehouse.open_question"


class NotSigned(Misused):
    """A message that no shop of ours signed."""

    code: ClassVar[str] = "warehouse.not_signed"


class NotWaiting(Refused):
    """An event that was taken in, or is kept only, is not tried again."""

    code: ClassVar[str] = "warehouse.event_not_waiting"


class TooManyShops(Refused):
    """More shops than an enterprise may have."""

    code: ClassVar[str] = "warehouse.too_many_shops"
