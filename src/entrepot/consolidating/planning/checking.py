# SPDX-License-Identifier: Apache-2.0
"""Check a plan by looking at every pair of pieces, apart from how it was made.

It shares no code with what fills containers: neither free room nor the loads that are kept there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from entrepot.consolidating.planning.cargo import (
    Kind,
    Limits,
    Loaded,
    Piece,
    Placed,
    Plan,
    Segregation,
)  # fmt: skip


def faults(
    plan: Plan,
    pieces: Sequence[Piece],
    kinds: Mapping[Kind, int | None],
    limits: Limits,
    pairs: Segregation,
) -> list[str]:
    """Everything that is wrong with a plan, a line each; none: it may be loaded."""
    found = []
    said = Counter(each.piece.piece for one in plan.loaded for each in one.placed)
    said.update(each.piece.piece for each in plan.out)
    if said != Counter(each.piece for each in pieces):
        found.append("pieces are lost or doubled")
    for kind, count in Counter(one.kind for one in plan.loaded).items():
        there = kinds.get(kind, 0)
        if there is not None and count > there:
            found.append(f"{count} of {kind.kind}, there are {there}")
    for one in plan.loaded:
        found += [f"container {one.number}: {each}" for each in faults_of(one, limits, pairs)]
    return found


def faults_of(one: Loaded, limits: Limits, pairs: Segregation) -> Iterator[str]:
    """Everything that is wrong with one container."""
    if not one.placed:
        yield "nothing is in it"
        return
    if sum(each.piece.weight_g for each in one.placed) > one.kind.payload_g:
        yield "more than its payload"
    for each in one.placed:
        yield from _of_piece(each, one)
    for a, b in combinations(one.placed, 2):
        if all(_common(a, b, axis) > 0 for axis in range(3)):
            yield f"{a.piece.piece} and {b.piece.piece} overlap"
        yield from _apart(a, b, pairs)
    yield from _borne(one, limits)
    yield from _order(one)
    yield from _balance(one, limits)


def _of_piece(each: Placed, one: Loaded) -> Iterator[str]:
    name, piece, kind = each.piece.piece, each.piece, one.kind
    if min(each.x, each.y, each.z) < 0 or any(
        end > room
        for end, room in zip(each.ends, (kind.length, kind.width, kind.height), strict=True)
    ):
        yield f"{name} is outside the walls"
    if each.wide > kind.door_width or each.high > kind.door_height:
        yield f"{name} does not pass the door"
    lies, stands = (each.long, each.wide, each.high), (piece.length, piece.width, piece.height)
    right = {
        "none": lies == stands,
        "flat": each.high == piece.height and sorted(lies) == sorted(stands),
        "any": sorted(lies) == sorted(stands),
    }
    if not right[piece.turn]:
        yield f"{name} is turned as it may not be"
    if piece.floor_only and each.z:
        yield f"{name} does not lie on the floor"
    if piece.destination != one.destination:
        yield f"{name} goes elsewhere"


def _extent(each: Placed, axis: int) -> tuple[int, int]:
    return ((each.x, each.y, each.z)[axis], each.ends[axis])


def _common(a: Placed, b: Placed, axis: int) -> int:
    (a0, a1), (b0, b1) = _extent(a, axis), _extent(b, axis)
    return min(a1, b1) - max(a0, b0)


def _area(a: Placed, b: Placed) -> int:
    return max(0, _common(a, b, 0)) * max(0, _common(a, b, 1))


def _apart(a: Placed, b: Placed, pairs: Segregation) -> Iterator[str]:
    one, other = a.piece, b.piece
    if not one.dg_class or not other.dg_class or one.un_no == other.un_no:
        return
    asked = pairs.apart.get(frozenset({one.dg_class, other.dg_class}))
    if asked is None:
        yield f"{one.piece} and {other.piece} may not share a container"
    elif max(-_common(a, b, 0), -_common(a, b, 1), 0) < asked:
        yield f"{one.piece} and {other.piece} lie too near"


def _borne(one: Loaded, limits: Limits) -> Iterator[str]:
    """Support and load, from the top down, in fractions: nothing is rounded."""
    loads = dict.fromkeys(one.placed, Fraction(0))
    for each in sorted(one.placed, key=lambda each: -each.z):
        under = [other for other in one.placed if other.ends[2] == each.z and _area(each, other)]
        area = sum(_area(each, other) for other in under)
        if each.z and area * 100 < limits.support * each.long * each.wide:
            yield f"{each.piece.piece} lies on too little"
        for other in under:
            loads[other] += (each.piece.weight_g + loads[each]) * Fraction(_area(each, other), area)
    for each, load in loads.items():
        if load > each.piece.bears_g:
            yield f"{each.piece.piece} bears too much"


def _order(one: Loaded) -> Iterator[str]:
    """Nothing that is in already lies above a place, or between it and the door."""
    for before, after in combinations(one.placed, 2):
        if _common(before, after, 1) <= 0:
            continue
        in_the_way = before.x >= after.ends[0] and _common(before, after, 2) > 0
        above = before.z >= after.ends[2] and _common(before, after, 0) > 0
        if in_the_way or above:
            yield f"{before.piece.piece} keeps {after.piece.piece} out"


def _balance(one: Loaded, limits: Limits) -> Iterator[str]:
    weight = sum(each.piece.weight_g for each in one.placed)
    for axis, room, percent, what in (
        (0, one.kind.length, limits.along, "along"), (1, one.kind.width, limits.across, "across"),
    ):  # fmt: skip
        centre = _centre(one, axis, weight)
        if abs(centre - Fraction(room, 2)) > Fraction(room * percent, 100):
            yield f"the centre of gravity is off, {what}"
    if _centre(one, 2, weight) > Fraction(one.kind.height * limits.high, 100):
        yield "the centre of gravity is too high"


def _centre(one: Loaded, axis: int, weight: int) -> Fraction:
    return (
        sum(
            (each.piece.weight_g * Fraction(sum(_extent(each, axis)), 2) for each in one.placed),
            Fraction(0),
        )
        / weight
    )
