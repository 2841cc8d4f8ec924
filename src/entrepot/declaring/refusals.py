# SPDX-License-Identifier: Apache-2.0
"""What stands in the way of declaring: told for every order and line at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from entrepot.errors import Refused

#: Missing pieces that one refusal lists.
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Missing:
    """What an order, or its line, lacks to be declared.

    `code` is what kind of thing, which the pages have words for; `name` which: the element of a
    message, or what the firm calls it; `found` what is there instead. Empty where it is of all.
    """

    code: str
    name: str = ""
    order_no: str = ""
    line_no: int = 0
    found: str = ""


class NotReady(Refused):
    """Something is not known that customs asks for; `missing` names all of it."""

    code: ClassVar[str] = "declaring.not_ready"


class NoWay(Refused):
    """The way that was named is closed, or hangs on what was not said, for some of the goods."""

    code: ClassVar[str] = "declaring.no_way"


class OutOfTurn(Refused):
    """A step whose turn it is not."""

    code: ClassVar[str] = "declaring.out_of_turn"


class UnfitSetup(Refused):
    """What is said in the setup does not fit the messages."""

    code: ClassVar[str] = "declaring.unfit_setup"


class NothingToDeclare(Refused):
    """No goods that can go this way were named."""

    code: ClassVar[str] = "declaring.nothing"


class NotOpen(Refused):
    """What was to be settled is not open."""

    code: ClassVar[str] = "declaring.not_open"


def not_ready(what: str, missing: Sequence[Missing]) -> NotReady:
    """The refusal that names everything that is missing."""
    once = list(dict.fromkeys(missing))
    orders = len({each.order_no for each in once if each.order_no})
    return NotReady(
        f"Cannot draft {what}.",
        f"Missing: {len(once):,}, in orders: {orders:,}.",
        "Fill in what is listed, and ask again; nothing was drafted.",
        missing=[asdict(each) for each in once[:_MOST]],
    )  # fmt: skip
