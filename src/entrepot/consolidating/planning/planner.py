# SPDX-License-Identifier: Apache-2.0
"""Plan containers: many orders of the pieces are tried, and the best load of each is kept.

The same pieces give the same plan, in whatever order they are named: nothing asks the clock, and
what is left to chance is seeded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from entrepot.consolidating.planning.cargo import (
    Kind, Limits, Loaded, Out, Piece, Placed, Plan, Reason, Segregation, Sides,
)  # fmt: skip
from entrepot.consolidating.planning.hold import RULES, Hold
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
_EFFORT: Final = 3_000

#: Told what has been done of what there is to do; it may raise to stop.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked of: containers of each kind that there are, None: as many as needed."""

    kinds: Mapping[Kind, int | None]
    limits: Limits = Limits()
    pairs: Segregation = Segregation()


def plan(pieces: Sequence[Piece], asked: Asked, progress: Progress = lambda *_: None) -> Plan:
    """Plan the loading of pieces into containers.

    One container goes to one destination. Pieces that must go come first, then destinations in
    the order of what has to go there. The next container is the smallest that takes all that is left, or
    the one that is filled best.

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
    best: tuple[Any, ...] = ()
    found = None
    for kind in sorted(left, key=lambda kind: (kind.volume, kind.kind)):
        if left[kind] == 0:
            continue
        placed = fill(kind, waiting, asked.limits, asked.pairs, unbalanced)
        if not placed:
            continue
        must, volume = _worth(placed)
        takes_all = len(placed) == len(waiting)
        here = (takes_all, 0 if takes_all else must, volume / kind.volume)
        if not best or here > best:
            best, found = here, (kind, placed)
        if takes_all:
            break
    return found


def fill(
    kind: Kind,
    pieces: Sequence[Piece],
    limits: Limits,
    pairs: Segregation,
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
    order = fitting
    for name, rank in _first_tries(len(fitting)):
        tried = sorted(fitting, key=lambda each: _place(each, name))
        placed = _load(kind, tried, ways, limits, pairs, rank, unbalanced)
        if _worth(placed) > _worth(best):
            best, order, best_rank = placed, tried, rank
        if len(best) == len(fitting):
            return best
    chance = random.Random(len(fitting))
    for _ in range(min(_TRIES, _EFFORT // len(fitting))):
        if not best:
            break
        tried = _exchanged(order, chance)
        placed = _load(kind, tried, ways, limits, pairs, best_rank, unbalanced)
        if _worth(placed) > _worth(best):
            best, order = placed, tried
        if len(best) == len(fitting):
            break
    return best


def _first_tries(count: int) -> list[tuple[str, str]]:
    """Orders, each with how places are ranked; all of them for few pieces."""
    tries = [(name, rank) for rank in RULES for name in ORDERS]
    return tries


def _place(piece: Piece, name: str) -> tuple[Any, ...]:
    """What is alike lies together; the id decides only between the same."""
    alike = (piece.length, piece.width, piece.height, piece.weight_g)
    return (not piece.must_go, *ORDERS[name](piece), alike, piece.piece)


def _load(
    kind: Kind,
    order: Sequence[Piece],
    ways: Mapping[Piece, Sequence[Sides]],
    limits: Limits,
    pairs: Segregation,
    rank: str,
    unbalanced: set[str] | None,
) -> list[Placed]:
    """A load of the pieces in this order: filled, put into loading order, balanced."""
    least = min(min(way) for each in order for way in ways[each])
    hold = Hold(kind, limits, pairs, RULES[rank], least)
    waiting = list(order)
    while waiting:
        before = len(hold.placed)
        waiting = _round(hold, waiting, ways)
        if len(hold.placed) == before:
            break
    ordered = in_loading_order(hold.placed)
    placed = balanced(kind, limits, ordered)
    if unbalanced is not None and len(placed) < len(ordered):
        unbalanced |= {each.piece.piece for each in ordered}
        unbalanced -= {each.piece.piece for each in placed}
    return placed


def _round(
    hold: Hold, waiting: Sequence[Piece], ways: Mapping[Piece, Sequence[Sides]]
) -> list[Piece]:
    """Put what goes; what is left. What did not go goes no better until something else has."""
    left = []
    failed: dict[tuple[Any, ...], int] = {}
    for each in waiting:
        alike = (
            each.length, each.width, each.height, each.weight_g, each.turn, each.floor_only,
            each.un_no, each.dg_class,
        )  # fmt: skip
        if failed.get(alike) == len(hold.placed) or not hold.put(each, ways[each]):
            failed[alike] = len(hold.placed)
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
