# SPDX-License-Identifier: Apache-2.0
"""What becomes of a filled container: an order to load it in, and its weight in the middle."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import replace

from entrepot.consolidating.planning.cargo import (
    Kind,
    Limits,
    Placed,
    is_balanced,
    moments,
)  # fmt: skip


def goes_before(one: Placed, other: Placed) -> bool:
    """Whether `one` has to be in before `other`: it lies below or behind it, seen from the door.

    Source: our own policy: a piece goes in straight from the door, at the height at which it lies.
    """
    x1, y1, z1 = one.ends
    a1, b1, c1 = other.ends
    if one.y >= b1 or other.y >= y1:
        return False
    is_below = z1 <= other.z and one.x < a1 and other.x < x1
    is_behind = x1 <= other.x and one.z < c1 and other.z < z1
    return is_below or is_behind


def in_loading_order(placed: Iterable[Placed]) -> list[Placed]:
    """The pieces in an order in which each can be brought in, from the front wall to the door.

    Those that wait for each other in a ring are left out, with all that lie upon them.
    """
    pieces = sorted(placed, key=lambda each: (each.x, each.z, each.y))
    after: list[list[int]] = [[] for _ in pieces]
    waits = [0] * len(pieces)
    boxes = [(each.x, each.y, each.z, *each.ends) for each in pieces]
    for at, (x0, y0, z0, x1, y1, z1) in enumerate(boxes):
        # `goes_before`, written out: it is asked of every two pieces.
        for to, (a0, b0, c0, a1, b1, c1) in enumerate(boxes):
            if (y0 < b1 and b0 < y1
                    and ((x1 <= a0 and z0 < c1 and c0 < z1)
                         or (z1 <= c0 and x0 < a1 and a0 < x1))):  # fmt: skip
                after[at].append(to)
                waits[to] += 1
    ready = [at for at, count in enumerate(waits) if not count]
    order = []
    while ready:
        at = heapq.heappop(ready)
        order.append(pieces[at])
        for to in after[at]:
            waits[to] -= 1
            if not waits[to]:
                heapq.heappush(ready, to)
    return order


def balanced(kind: Kind, limits: Limits, placed: list[Placed]) -> list[Placed]:
    """The pieces moved together so that the centre of gravity is within the firm's limits.

    Where no move does it, pieces that carry nothing are taken out, that which weighs most on the
    wrong side first, until it does. The order stays.
    """
    kept = list(placed)
    while kept:
        moved = _centred(kind, limits, kept)
        if is_balanced(kind, limits, moved):
            return moved
        kept.remove(_worst(kind, limits, kept))
    return kept


def _centred(kind: Kind, limits: Limits, placed: list[Placed]) -> list[Placed]:
    """All pieces moved by the least that is asked, as far as there is room."""
    weight = sum(each.piece.weight_g for each in placed)
    along, across, _ = moments(placed)
    x = _move(
        along, weight, kind.length, limits.along,
        min(each.x for each in placed), max(each.ends[0] for each in placed),
    )  # fmt: skip
    y = _move(
        across, weight, kind.width, limits.across,
        min(each.y for each in placed), max(each.ends[1] for each in placed),
    )  # fmt: skip
    return [replace(each, x=each.x + x, y=each.y + y) for each in placed] if x or y else placed


def _move(moment: int, weight: int, room: int, percent: int, first: int, last: int) -> int:
    """How far to move along an axis: to the nearest edge of what is allowed, within the walls."""
    least = -(-(weight * room * (100 - 2 * percent) - 100 * moment) // (200 * weight))
    most = (weight * room * (100 + 2 * percent) - 100 * moment) // (200 * weight)
    wanted = least if least > 0 else min(most, 0)
    return max(-first, min(wanted, room - last))


def _worst(kind: Kind, limits: Limits, placed: list[Placed]) -> Placed:
    """The piece that carries nothing and without which the centre is nearest to its limits."""
    weight = sum(each.piece.weight_g for each in placed)
    along, across, up = moments(_centred(kind, limits, placed))
    # What is too much on each axis, in parts of the room; the piece that adds most to it goes.
    sides = (
        (along - weight * kind.length, limits.along, kind.length),
        (across - weight * kind.width, limits.across, kind.width),
    )
    tops: dict[int, list[Placed]] = {}
    for each in placed:
        tops.setdefault(each.ends[2], []).append(each)
    bearing = {
        below.piece.piece for one in placed for below in tops.get(one.z, ())
        if goes_before(below, one)
    }  # fmt: skip
    free = [each for each in placed if each.piece.piece not in bearing]

    def excess(each: Placed) -> tuple[int, ...]:
        middle = (2 * each.x + each.long, 2 * each.y + each.wide)
        pull = 0
        for (off, percent, room), at in zip(sides, middle, strict=True):
            if 100 * abs(off) > 2 * percent * weight * room:
                side = 1 if off > 0 else -1
                pull += side * (at - room) * each.piece.weight_g * 1000 // room
        if 100 * up > 2 * limits.high * weight * kind.height:
            pull += (2 * each.z + each.high) * each.piece.weight_g * 1000 // kind.height
        return pull, each.x, each.y, each.z

    return max(free, key=excess)
