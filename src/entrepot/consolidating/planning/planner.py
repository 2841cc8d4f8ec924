# SPDX-License-Identifier: Apache-2.0
"""Plan containers: many orders of the pieces are tried, and the best load of each is kept.

The same pieces give the same plan, in whatever order they are named: nothing asks the clock, and
what is left to chance is seeded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from entrepot.consolidating.planning.cargo import (
    Kind,
    Limits,
    Loaded,
    Out,
    Piece,
    Placed,
    Plan,
    Reason,
    Segregation,
    Sides,
)  # fmt: skip
from entrepot.consolidating.planning.hold import RULES, Hold, alike
from entrepot.consolidating.planning.settling import balanced, in_loading_order

#: What comes first within pieces that must go and those that need not.
ORDERS: Final[dict[str, Callable[[Piece], tuple[Any, ...]]]] = {
    "volume": lambda each: (-each.volume,),
    "base": lambda each: (-each.length * each.width, -each.height),
    "height": lambda each: (-each.height, -each.length * each.width),
    "side": lambda each: (-max(each.length, each.width, each.height), -each.volume),
    "bearing": lambda each: (-each.bears_g, -each.volume),
    "owner": lambda each: (each.owner, -each.volume),
}
#: Further orders of each load, made of the best one by exchanging; fewer for many pieces.
_TRIES: Final = 12
_EFFORT: Final = 900

#: Up to how many pieces all ways of filling a container are tried.
_FEW: Final = 60

#: Told what has been done of what there is to do; it may raise to stop.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to fill: the order of pieces, how places are ranked; piece by piece or by place."""

    order: str
    rank: str
    by_place: bool


_WAYS: Final = tuple(
    _Way(order, rank, by_place) for by_place in (False, True) for rank in RULES for order in ORDERS
)
_BEST: Final = (
    _Way("bearing", "layers", True), _Way("height", "columns", False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked of: containers of each kind that there are, None: as many as needed."""

    kinds: Mapping[Kind, int | None]
    limits: Limits = field(default_factory=Limits)
    pairs: Segregation = field(default_factory=Segregation)


def plan(pieces: Sequence[Piece], asked: Asked, progress: Progress = lambda *_: None) -> Plan:
    """Plan the loading of pieces into containers.

    One container goes to one destination. Pieces that must go come first, then destinations
    in the order of what has to go there. The next container is the smallest that takes all that
    is left, or else the largest that there is,
    unless a smaller one takes as much.

    Args:
        pieces: each with an id of its own.
        asked: containers, and what the firm allows.
        progress: told of pieces done.

    Returns:
        containers, each with its pieces in loading order, and pieces left out with the reason.
    """
    left = dict(asked.kinds)
    loaded: list[Loaded] = []
    out: list[Out] = []
    fitting = []
    for each in sorted(pieces, key=lambda each: each.piece):
        reason = _never(each, asked.kinds)
        if reason:
            out.append(Out(each, reason))
        else:
            fitting.append(each)
    for destination in _destinations(fitting):
        waiting = [each for each in fitting if each.destination == destination]
        unbalanced: set[str] = set()
        while waiting:
            progress(len(pieces) - len(waiting), len(pieces))
            found = _next(waiting, left, asked, unbalanced)
            if found is None:
                break
            kind, placed = found
            loaded.append(Loaded(len(loaded) + 1, kind, destination, tuple(placed)))
            if left[kind] is not None:
                left[kind] = (left[kind] or 0) - 1
            gone = {each.piece.piece for each in placed}
            waiting = [each for each in waiting if each.piece not in gone]
        here = [each for each in loaded if each.destination == destination]
        out += [Out(each, _why(each, here, asked, unbalanced)) for each in waiting]
    progress(len(pieces), len(pieces))
    return Plan(tuple(loaded), tuple(sorted(out, key=lambda each: each.piece.piece)))


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
    waiting: Sequence[Piece], left: Mapping[Kind, int | None], asked: Asked, unbalanced: set[str]
) -> tuple[Kind, list[Placed]] | None:
    """The next container for a destination, and what goes into it; None: nothing goes anywhere."""
    there = sorted(
        (kind for kind, count in left.items() if count != 0),
        key=lambda kind: (kind.volume, kind.kind),
    )
    volume = sum(each.volume for each in waiting)
    found = {}
    for kind in there:
        if volume <= kind.volume:
            found[kind] = fill(kind, waiting, asked, unbalanced)
            if len(found[kind]) == len(waiting):
                return kind, found[kind]
    for kind in reversed(there):
        most = found[kind] if kind in found else fill(kind, waiting, asked, unbalanced)
        if most:
            # A smaller one that takes as much is enough.
            for smaller, placed in found.items():
                if _worth(placed) == _worth(most):
                    return smaller, placed
            return kind, most
    return None


def fill(
    kind: Kind,
    pieces: Sequence[Piece],
    asked: Asked,
    unbalanced: set[str] | None = None,
) -> list[Placed]:
    """The best load of one container that was found, in loading order.

    `unbalanced` is told what was taken out again for the balance.
    """
    ways = {each: [way for way in each.turned() if kind.takes(way)] for each in set(pieces)}
    fitting = [each for each in pieces if ways[each] and each.weight_g <= kind.payload_g]
    if not fitting:
        return []
    best: list[Placed] = []
    way, order = _WAYS[0], fitting
    for tried_way in _first_tries(len(fitting)):
        tried = sorted(fitting, key=lambda each: _place(each, tried_way.order))
        placed = _load(kind, tried, ways, asked, tried_way, unbalanced)
        if _worth(placed) > _worth(best):
            best, way, order = placed, tried_way, tried
        if len(best) == len(fitting):
            return best
    chance = random.Random(len(fitting))
    for _ in range(min(_TRIES, _EFFORT // len(fitting)) if best else 0):
        tried = _exchanged(order, chance)
        placed = _load(kind, tried, ways, asked, way, unbalanced)
        if _worth(placed) > _worth(best):
            best, order = placed, tried
        if len(best) == len(fitting):
            break
    return best


def _first_tries(count: int) -> Sequence[_Way]:
    """Ways to fill a container; for many pieces those that were found to do best."""
    return _WAYS if count <= _FEW else _BEST


def _place(piece: Piece, name: str) -> tuple[Any, ...]:
    """What is alike lies together; the id decides only between the same."""
    alike = (piece.length, piece.width, piece.height, piece.weight_g)
    return (not piece.must_go, *ORDERS[name](piece), alike, piece.piece)


def _load(
    kind: Kind,
    order: Sequence[Piece],
    ways: Mapping[Piece, Sequence[Sides]],
    asked: Asked,
    way: _Way,
    unbalanced: set[str] | None,
) -> list[Placed]:
    """A load of the pieces in this order: filled, put into loading order, balanced."""
    least = min(min(way) for each in order for way in ways[each])
    hold = Hold(kind, asked.limits, asked.pairs, RULES[way.rank], least)
    waiting = list(order)
    if way.by_place:
        for must in (True, False):
            hold.fill([each for each in waiting if each.must_go == must], ways)
        gone = {each.piece.piece for each in hold.placed}
        waiting = [each for each in waiting if each.piece not in gone]
    while waiting:
        before = len(hold.placed)
        waiting = _round(hold, waiting, ways)
        if len(hold.placed) == before:
            break
    ordered = in_loading_order(hold.placed)
    placed = balanced(kind, asked.limits, ordered)
    if unbalanced is not None and len(placed) < len(ordered):
        unbalanced |= {each.piece.piece for each in ordered}
        unbalanced -= {each.piece.piece for each in placed}
    return placed


def _round(
    hold: Hold, waiting: Sequence[Piece], ways: Mapping[Piece, Sequence[Sides]]
) -> list[Piece]:
    """Put what goes; what is left. What did not go goes no better until something else has."""
    left = []
    failed: dict[tuple[object, ...], int] = {}
    for each in waiting:
        same = alike(each)
        if failed.get(same) == len(hold.placed) or not hold.put(each, ways[each]):
            failed[same] = len(hold.placed)
            left.append(each)
    return left


def _exchanged(order: Sequence[Piece], chance: random.Random) -> list[Piece]:
    """The order with some pieces moved forward among those that must go, or need not."""
    moved = list(order)
    for _ in range(1 + len(moved) // 10):
        at = chance.randrange(len(moved))
        to = chance.randrange(len(moved))
        if moved[at].must_go == moved[to].must_go:
            moved[at], moved[to] = moved[to], moved[at]
    return moved


def _worth(placed: Sequence[Placed]) -> tuple[int, int]:
    """What must go that goes, then all that goes, by volume."""
    must = sum(each.piece.volume for each in placed if each.piece.must_go)
    return must, sum(each.piece.volume for each in placed)


def _why(piece: Piece, here: Sequence[Loaded], asked: Asked, unbalanced: set[str]) -> Reason:
    """Why a piece that would fit is left out."""
    if not here:
        return "balance" if piece.piece in unbalanced else "no_container"
    light = [
        each for each in here if each.weight_g + piece.weight_g <= each.kind.payload_g
    ]  # fmt: skip
    if not light:
        return "payload"
    if all(
        any(asked.pairs.between(piece, other.piece) is None for other in each.placed)
        for each in light
    ):
        return "segregation"
    return "balance" if piece.piece in unbalanced else "no_room"
