# SPDX-License-Identifier: Apache-2.0
"""Plan containers: whole plans are made in several ways, and the best is kept.

The same pieces give the same plan, in whatever order they are named: what is left to chance is
seeded, and only who watches asks the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.consolidating.planning.cargo import (
    Kind,
    Loaded,
    Out,
    Piece,
    Placed,
    Plan,
    Reason,
)  # fmt: skip
from entrepot.consolidating.planning.filling import Way
from entrepot.consolidating.planning.lowering import lowered
from entrepot.consolidating.planning.packing import WAYS, Asked, Loading, worth

#: What whole plans are made in: those ways that do best, many ways for each container, the others.
_RUNS: Final = (*WAYS[:6], None, *WAYS[6:])
#: Told what has been done of what there is to do; it may raise to stop.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Watch:
    """Who is told how far planning is, and who says that the time is up.

    `done` counts whole plans, `percent` what has been placed in the next one.

    When it is up, the best plan so far is kept, and the first one is ended in the quickest way. A
    plan that was not cut short is the same on every machine.
    """

    progress: Progress = lambda *_: None
    is_late: Callable[[], bool] = lambda: False
    done: int = 0
    percent: int = 0
    cut_short: bool = False

    def goes_on(self) -> bool:
        """Whether there is time for more."""
        self.progress(100 * self.done + self.percent, 100 * len(_RUNS))
        self.cut_short = self.cut_short or self.is_late()
        return not self.cut_short


class _Late(Exception):
    """The time is up, and there is a plan already."""


def plan(pieces: Sequence[Piece], asked: Asked, watch: Watch | None = None) -> Plan:
    """Plan the loading of pieces into containers.

    One container goes to one destination. Pieces that must go come first, then destinations
    in the order of what has to go there. The next container is the smallest that takes all that
    is left, or else the largest that there is, unless a smaller one takes as much. The best plan
    takes most of what must go, then most of all, in the least room, in the fewest containers.
    What does not fill its container lies as low in it as was found.

    Args:
        pieces: each with an id of its own.
        asked: containers, and what the firm allows.
        watch: told of ways done; says when to be quick.

    Returns:
        containers, each with its pieces in loading order, and pieces left out with the reason.
    """
    watch = watch or Watch()
    fitting, never = _sorted_out(pieces, asked.kinds)
    best: Plan | None = None
    for way in _RUNS:
        try:
            found = _whole(fitting, asked, way, watch, is_first=best is None)
        except _Late:
            break
        best = min(best or found, found, key=_cost)
        watch.done, watch.percent = watch.done + 1, 0
        if not best.out and _is_least(best, asked.kinds):
            break
    watch.progress(100 * len(_RUNS), 100 * len(_RUNS))
    kept = best or Plan((), ())
    out = sorted((*never, *kept.out), key=lambda each: each.piece.piece)
    loaded = kept.loaded
    if not watch.cut_short:
        loaded = tuple(lowered(one, asked) for one in loaded)
    return Plan(loaded, tuple(out), watch.cut_short)


def _whole(
    pieces: Sequence[Piece], asked: Asked, way: Way | None, watch: Watch, *, is_first: bool
) -> Plan:
    """A plan in one way, or, without one, with many ways for each container."""

    def goes_on() -> bool:
        if watch.goes_on():
            return True
        if not is_first:
            raise _Late
        return False

    left = dict(asked.kinds)
    loaded: list[Loaded] = []
    out: list[Out] = []
    for destination in _destinations(pieces):
        waiting = [each for each in pieces if each.destination == destination]
        loading = Loading(asked, way, goes_on)
        while waiting:
            found = _next(waiting, left, loading)
            if found is None:
                break
            kind, placed = found
            loaded.append(Loaded(len(loaded) + 1, kind, destination, tuple(placed)))
            count = left[kind]
            left[kind] = None if count is None else count - 1
            gone = {each.piece.piece for each in placed}
            waiting = [each for each in waiting if each.piece not in gone]
            watch.percent = 100 * sum(len(each.placed) for each in loaded) // len(pieces)
        here = [each for each in loaded if each.destination == destination]
        out += [Out(each, _why(each, here, loading)) for each in waiting]
    return Plan(tuple(loaded), tuple(out))


def _cost(found: Plan) -> tuple[int, ...]:
    """What speaks against a plan: what is left out, then the room it takes."""
    return (
        sum(each.piece.volume for each in found.out if each.piece.must_go),
        sum(each.piece.volume for each in found.out),
        sum(each.kind.volume for each in found.loaded),
        len(found.loaded),
    )


def _is_least(found: Plan, kinds: Mapping[Kind, int | None]) -> bool:
    """Whether no plan takes less: one container a destination, the smallest that has the volume."""
    if len({each.destination for each in found.loaded}) < len(found.loaded):
        return False
    return all(
        one.kind.volume == min(kind.volume for kind in kinds if kind.volume >= one.volume)
        for one in found.loaded
    )


def _sorted_out(
    pieces: Sequence[Piece], kinds: Mapping[Kind, int | None]
) -> tuple[list[Piece], list[Out]]:
    """Pieces that some kind takes, and those that none does."""
    fitting, out = [], []
    for each in sorted(pieces, key=lambda each: each.piece):
        reason = _never(each, kinds)
        if reason:
            out.append(Out(each, reason))
        else:
            fitting.append(each)
    return fitting, out


def _never(piece: Piece, kinds: Mapping[Kind, int | None]) -> Reason | None:
    """Why a piece goes into none of the kinds."""
    large = [kind for kind in kinds if any(kind.takes(way) for way in piece.turned())]
    if not large:
        return "too_large"
    return None if any(piece.weight_g <= kind.payload_g for kind in large) else "too_heavy"


def _destinations(pieces: Sequence[Piece]) -> list[str]:
    """In the order in which they take containers: what must go there, then all, by volume."""
    must: dict[str, int] = {}
    whole: dict[str, int] = {}
    for each in pieces:
        whole[each.destination] = whole.get(each.destination, 0) + each.volume
        must[each.destination] = must.get(each.destination, 0) + each.volume * each.must_go
    return sorted(whole, key=lambda name: (-must[name], -whole[name], name))


def _next(
    waiting: Sequence[Piece], left: Mapping[Kind, int | None], loading: Loading
) -> tuple[Kind, list[Placed]] | None:
    """The next container for a destination, and what goes into it; None: nothing goes anywhere."""
    there = sorted(
        (kind for kind, count in left.items() if count != 0),
        key=lambda kind: (kind.volume, kind.kind),
    )
    volume = sum(each.volume for each in waiting)
    found: dict[Kind, list[Placed]] = {}
    for kind in there:
        if volume <= kind.volume:
            found[kind] = loading.load(kind, waiting)
            if len(found[kind]) == len(waiting):
                return kind, found[kind]
    for kind in reversed(there):
        most = found[kind] if kind in found else loading.load(kind, waiting)
        if most:
            # A smaller one that takes as much is enough.
            for smaller, placed in found.items():
                if worth(placed) == worth(most):
                    return smaller, placed
            return kind, most
    return None


def _why(piece: Piece, here: Sequence[Loaded], loading: Loading) -> Reason:
    """Why a piece that would fit is left out."""
    is_unbalanced = piece.piece in loading.unbalanced
    if not here:
        return "balance" if is_unbalanced else "no_container"
    light = [each for each in here if each.weight_g + piece.weight_g <= each.kind.payload_g]
    if not light:
        return "payload"
    between = loading.asked.pairs.between
    if piece.dg_class and all(
        any(between(piece, other.piece) is None for other in each.placed) for each in light
    ):
        return "segregation"
    return "balance" if is_unbalanced else "no_room"
