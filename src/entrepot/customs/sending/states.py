# SPDX-License-Identifier: Apache-2.0
"""What state a document is in: a function of the set of its receipts, whatever their order.

Of all that customs said of a document, the receipt whose state ranks highest holds, the later of
two alike. So receipts that come late, twice or out of order change nothing about where a document
ends up, and no receipt takes it back. What each state means, where it ranks and which answers may
report it lie in the packs `cn/customs_states` and `cn/customs_state_uses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from entrepot.packs.read import in_force, read

STATES, USES = "cn/customs_states", "cn/customs_state_uses"
#: How the pack names every value below zero.
BELOW_ZERO: Final = "below_0"
#: What a document may come to; `new`, `queued` and `sent` are before customs says anything.
NEW, QUEUED, SENT = "new", "queued", "sent"
UNDER_WAY, FAILED, TAKEN_IN, HELD = "under_way", "failed", "taken_in", "held"
EXAMINED, REJECTED, RELEASED, CLOSED = "examined", "rejected", "released", "closed"
OUTCOMES: Final = (
    *(NEW, QUEUED, SENT),
    *(UNDER_WAY, FAILED, TAKEN_IN, HELD, EXAMINED, REJECTED, RELEASED, CLOSED),
)
#: What opens a document again: it may be corrected and sent as a new version.
OPENS: Final = frozenset({FAILED, REJECTED})
#: What is followed by another receipt soon; an officer, an inspection and a ship take their time.
AWAITS: Final = frozenset({SENT, UNDER_WAY, TAKEN_IN})
#: What a rejected document cannot be.
_PASSED: Final = frozenset({EXAMINED, RELEASED, CLOSED})
_STATUS = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What customs says of a document once.

    `answer`: the message that says it, as CEB604Message. `status`, `at`: returnStatus and
    returnTime as they are written.
    """

    answer: str
    status: str
    at: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means in an answer.

    `outcome`: empty where the state is in no pack, as is `rank` then: such a receipt moves
    nothing. `is_expected`: whether this answer may report it. `ends`: nothing more is to come.
    """

    status: str
    zh: str = ""
    en: str = ""
    outcome: str = ""
    rank: int = 0
    is_expected: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a document stands.

    `status`, `at`: of the receipt that holds; empty before any came. `is_contradicted`: customs
    says that it is rejected, and that it passed. `is_unexpected`: some receipt has a state that
    the packs do not know, or not in that answer.
    """

    outcome: str = SENT
    rank: int = 0
    status: str = ""
    at: str = ""
    ends: bool = False
    is_contradicted: bool = False
    is_unexpected: bool = False

    @property
    def awaits(self) -> bool:
        """Whether another receipt is to come soon, so that its absence is an alert."""
        return self.outcome in AWAITS and not self.ends


def meaning(answer: str, status: str, on: date) -> Meaning:
    """What a state means on a day.

    Source: the comments of the message classes, as the packs cite them; the ranks are our own
    reading, docs/decisions/0026
    """
    return _meaning(answer, status if len(status) <= 10 else status[:11], on)


@lru_cache(maxsize=4096)
def _meaning(answer: str, status: str, on: date) -> Meaning:
    if not _STATUS.fullmatch(status):
        return Meaning(status)
    name = BELOW_ZERO if int(status) < 0 else str(int(status))
    state = in_force(read(STATES), on, state=name)
    if state is None:
        return Meaning(status)
    use = in_force(read(USES), on, answer=answer, state=name)
    # An error may be said by any answer, 900 too: no table of states names them.
    is_expected = use is not None or name == BELOW_ZERO
    return Meaning(
        status, state.text("zh"), state.text("en"), state.text("outcome"), state.whole("rank"),
        is_expected, use is not None and use.text("ends") == "yes",
    )  # fmt: skip


def state_of(receipts: Iterable[Receipt]) -> State:
    """Where a document stands after these receipts.

    Holds:
        the same for every order and any number of copies of the same receipts; a further receipt
        never lowers `rank`.

    Source: our own policy, docs/decisions/0026
    """
    found = [(meaning(each.answer, each.status, day_of(each.at)), each) for each in receipts]
    known = [pair for pair in found if pair[0].outcome]
    is_unexpected = any(not said.is_expected for said, _ in found)
    if not known:
        return State(is_unexpected=is_unexpected)
    said, holds = max(known, key=lambda pair: (pair[0].rank, pair[1].at, pair[1].status))
    outcomes = {each.outcome for each, _ in known}
    return State(
        said.outcome, said.rank, holds.status, holds.at,
        ends=said.ends,
        is_contradicted=REJECTED in outcomes and bool(outcomes & _PASSED),
        is_unexpected=is_unexpected,
    )  # fmt: skip


def day_of(at: str) -> date:
    """The day of a time as customs writes it, in China; the newest rules where it is none."""
    try:
        return date(int(at[:4]), int(at[4:6]), int(at[6:8]))
    except ValueError:
        return date.max
