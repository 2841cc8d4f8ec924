# SPDX-License-Identifier: Apache-2.0
"""Which bookings of a bank are told again, and where each of them counts.

Source: our own policy, that of `bank.footing` across files: a statement is better than a table, a
table better than a report, a report better than a notice. Where a better message tells of a day,
what others say of it does not count; what was matched before stays, and stands for its like.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from entrepot.bank.tables import KINDS

REPEATED, COVERED = "repeated", "covered"


@dataclass(frozen=True, slots=True)
class Known:
    """A booking that is stored: in which kind of message, and whether it is matched."""

    id: UUID
    kind: str
    account: str
    day: date
    amount: int
    said: str
    is_matched: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A booking as a message tells it. `said`: what tells it from another of its day and amount:
    the bank's own reference, or else its text and the balance after it.
    """

    kind: str
    account: str
    day: date
    amount: int
    said: str


@dataclass(frozen=True, slots=True)
class Span:
    """From which day to which a message tells of an account."""

    kind: str
    account: str
    begins: date
    ends: date


def tell(
    new: Sequence[Told], spans: Sequence[Span], known: Sequence[Known], before: Sequence[Span]
) -> tuple[list[str], list[UUID]]:
    """Why each of the new ones does not count, empty where it does; and which known ones do not
    count any more.

    Args:
        spans, before: of the new messages, and of those that are stored.
    """
    twice = Counter((k.kind, k.account, k.day, k.amount, k.said) for k in known)
    # A matched one stands for its like in a better message, whatever that says beside.
    stands = Counter((k.kind, k.account, k.day, k.amount) for k in known if k.is_matched)
    every, fresh = _Days((*spans, *before)), _Days(spans)
    asides = []
    for each in new:
        place = (each.account, each.day, each.amount)
        key = (each.kind, *place, each.said)
        worse = next((w for w in _worse(each.kind) if stands[w, *place] > 0), None)
        if every.has_better(each.kind, each.account, each.day):
            asides.append(COVERED)
        elif twice[key] > 0:
            twice[key] -= 1
            asides.append(REPEATED)
        elif worse is not None:
            stands[worse, *place] -= 1
            asides.append(REPEATED)
        else:
            asides.append("")
    gone = [
        each.id
        for each in known
        if not each.is_matched and fresh.has_better(each.kind, each.account, each.day)
    ]
    return asides, gone


def _worse(kind: str) -> tuple[str, ...]:
    return KINDS[KINDS.index(kind) + 1 :]


class _Days:
    """Which days of an account messages of a kind tell of."""

    def __init__(self, spans: Iterable[Span]) -> None:
        found = defaultdict[tuple[str, str], list[tuple[date, date]]](list)
        for each in spans:
            found[each.kind, each.account].append((each.begins, each.ends))
        self._spans = {key: _joined(sorted(its)) for key, its in found.items()}

    def has_better(self, kind: str, account: str, day: date) -> bool:
        """Whether a better kind of message tells of the day."""
        for better in KINDS[: KINDS.index(kind)]:
            spans = self._spans.get((better, account), [])
            at = bisect_right(spans, day, key=lambda span: span[0])
            if at and day <= spans[at - 1][1]:
                return True
        return False


def _joined(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Spans in order, of which none reaches into the next."""
    joined: list[tuple[date, date]] = []
    for begins, ends in spans:
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined
