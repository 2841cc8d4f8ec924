# SPDX-License-Identifier: Apache-2.0
"""Load one container: in one way, or in many, of which the best load is kept."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from entrepot.consolidating.planning.cargo import Kind, Limits, Piece, Placed, Segregation
from entrepot.consolidating.planning.filling import CHOICES, Way, fill, shapes
from entrepot.consolidating.planning.hold import Hold
from entrepot.consolidating.planning.settling import balanced, in_loading_order

#: Ways that fill well come first; layers do where bases may stand out, and walls where not.
WAYS: Final = tuple(
    Way(rank, choice)
    for ranks in (("walls", "layers"), ("columns",))
    for choice in CHOICES
    for rank in ranks
)
#: What may be spent on a container that is loaded in many ways: pieces times ways.
_EFFORT: Final = 16_000
_LEAST, _MOST = 6, 40
#: A container that is filled less than this, in whole percent, has room to lay pieces lower.
SPARSE: Final = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked of: containers of each kind that there are, None: as many as needed."""

    kinds: Mapping[Kind, int | None]
    limits: Limits = field(default_factory=Limits)
    pairs: Segregation = field(default_factory=Segregation)


@dataclass
class Loading:
    """How containers of one plan are loaded: in one way, or, without one, in many.

    `goes_on` says whether there is time for another way, and may raise to stop. `unbalanced`
    collects the pieces that were taken out for the balance.
    """

    asked: Asked
    way: Way | None
    goes_on: Callable[[], bool]
    unbalanced: set[str] = field(default_factory=set)
    _best: Way = WAYS[0]

    def load(self, kind: Kind, pieces: Sequence[Piece]) -> list[Placed]:
        """The best load of one container that was found, in loading order."""
        fitting = [
            each for each in pieces
            if each.weight_g <= kind.payload_g and any(map(kind.takes, each.turned()))
        ]  # fmt: skip
        if not fitting:
            return []
        groups = shapes(fitting)
        best: list[Placed] = []
        for tried in [self.way] if self.way else self._many(len(fitting), len(groups)):
            if not self.goes_on() and best:
                break
            placed = self._once(kind, groups, tried)
            if worth(placed) > worth(best):
                best, self._best = placed, tried
            if len(best) == len(fitting):
                break
        is_sparse = 100 * sum(each.volume for each in fitting) <= SPARSE * kind.volume
        if len(best) < len(fitting) and is_sparse and self.unbalanced:
            best = max(best, self._spread(kind, groups, len(fitting)), key=worth)
        return best

    def _spread(self, kind: Kind, groups: Sequence[list[Piece]], count: int) -> list[Placed]:
        """The best load under lower and lower ceilings: what lies low lies far from one side."""
        best: list[Placed] = []
        for eighths in range(7, 0, -1):
            low = replace(kind, height=kind.height * eighths // 8)
            placed = self._once(low, groups, self.way or self._best)
            best = max(best, placed, key=worth)
            if len(best) == count or not self.goes_on():
                break
        return best

    def _many(self, pieces: int, groups: int) -> Iterator[Way]:
        """The named ways, then the best so far with another liking for each shape."""
        count = min(max(_EFFORT // pieces, _LEAST), _MOST)
        self._best = WAYS[0]
        named = WAYS[: count * 3 // 4]
        yield from named
        chance = random.Random(pieces)
        for _ in range(count - len(named)):
            liking = tuple(chance.randrange(50, 101) for _ in range(groups))
            yield replace(self._best, liking=liking)

    def _once(self, kind: Kind, groups: Sequence[list[Piece]], way: Way) -> list[Placed]:
        """Pieces filled in, put into loading order, balanced."""
        hold = Hold(kind, self.asked.limits, self.asked.pairs)
        fill(hold, kind, groups, way)
        ordered = in_loading_order(hold.placed)
        placed = balanced(kind, self.asked.limits, ordered)
        if len(placed) < len(ordered):
            self.unbalanced |= {each.piece.piece for each in ordered}
            self.unbalanced -= {each.piece.piece for each in placed}
        return placed


def worth(placed: Sequence[Placed]) -> tuple[int, int]:
    """What must go that goes, then all that goes, by volume."""
    must = sum(each.piece.volume for each in placed if each.piece.must_go)
    return must, sum(each.piece.volume for each in placed)
