# SPDX-License-Identifier: Apache-2.0
"""A container being filled: a piece goes where every hard limit is kept, or it does not go.

Of each piece the hold knows what lies on it. The weight of a piece, and what it carries, goes to
those it lies on by the area with which it touches each, rounded up for every one: what a piece
bears is never said too small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from entrepot.consolidating.planning.cargo import (
    Kind,
    Limits,
    Piece,
    Placed,
    Segregation,
    Sides,
)  # fmt: skip
from entrepot.consolidating.planning.spaces import Box, cut

#: Which of two places is tried first; see `RULES`.
Rank = Callable[[Box], tuple[int, ...]]

#: From the front wall to the door, from the floor up; or lying down in layers.
RULES: dict[str, Rank] = {
    "walls": lambda box: (box[0], box[2], box[1], *box[3:]),
    "layers": lambda box: (box[2], box[0], box[1], *box[3:]),
    "columns": lambda box: (box[0], box[1], box[2], *box[3:]),
}
#: A piece below, and the area with which one above touches it.
Contact = tuple[int, int]


class Hold:
    """A container, and what is in it so far."""

    def __init__(
        self, kind: Kind, limits: Limits, pairs: Segregation, rank: Rank, least: int
    ) -> None:
        self._kind, self._limits, self._pairs = kind, limits, pairs
        self._rank, self._least = rank, least
        self._spaces: list[Box] = [(0, 0, 0, kind.length, kind.width, kind.height)]
        self.placed: list[Placed] = []
        self.weight_g = 0
        self._loads: list[int] = []
        self._below: list[list[Contact]] = []
        self._tops: dict[int, list[int]] = defaultdict(list)
        self._bottoms: dict[int, list[int]] = defaultdict(list)
        self._dangerous: list[Placed] = []

    def put(self, piece: Piece, ways: Sequence[Sides]) -> bool:
        """Put a piece into the first place where it may lie; False: there is none."""
        if self.weight_g + piece.weight_g > self._kind.payload_g:
            return False
        if self._is_barred(piece):
            return False
        for x0, y0, z0, x1, y1, z1 in self._spaces:
            if z0 and piece.floor_only:
                continue
            beyond = max((x0, *self._beyond(piece)))
            for at in dict.fromkeys((x0, beyond)):
                for long, wide, high in ways:
                    if at + long > x1 or y0 + wide > y1 or z0 + high > z1:
                        continue
                    if self._lay(Placed(piece, at, y0, z0, long, wide, high)):
                        return True
        return False

    def _beyond(self, piece: Piece) -> list[int]:
        """From where on a piece is as far from dangerous goods as it must be."""
        if not piece.dg_class:
            return []
        return [
            each.ends[0] + (self._pairs.between(piece, each.piece) or 0) for each in self._dangerous
        ]

    def fill(self, waiting: Sequence[Piece], ways: Mapping[Piece, Sequence[Sides]]) -> list[Piece]:
        """Fill place by place: on the floor the first piece that fits, above the largest base.

        Answers with what is left. Of alike pieces that follow each other one is tried.
        """
        on_floor, above = list(waiting), sorted(waiting, key=_base, reverse=True)
        gone: set[str] = set()
        dead: set[Box] = set()
        while True:
            space = next((each for each in self._spaces if each not in dead), None)
            if space is None:
                return [each for each in waiting if each.piece not in gone]
            order = above if space[2] else on_floor
            taken = self._first_of(space, order, gone, ways)
            if taken is None:
                dead.add(space)
                continue
            gone.add(taken.piece)
            if len(gone) % 32 == 0:
                on_floor = [each for each in on_floor if each.piece not in gone]
                above = [each for each in above if each.piece not in gone]

    def _first_of(
        self,
        space: Box,
        order: Sequence[Piece],
        gone: set[str],
        ways: Mapping[Piece, Sequence[Sides]],
    ) -> Piece | None:
        x0, y0, z0, x1, y1, z1 = space
        long_room, wide_room, high_room = x1 - x0, y1 - y0, z1 - z0
        room_g = self._kind.payload_g - self.weight_g
        before: Piece | None = None
        for piece in order:
            if piece.piece in gone or piece.weight_g > room_g or (z0 and piece.floor_only):
                continue
            if before is not None and is_alike(before, piece):
                continue
            before = piece
            for long, wide, high in ways[piece]:
                if long > long_room or wide > wide_room or high > high_room:
                    continue
                if self._is_barred(piece):
                    break
                if self._lay(Placed(piece, x0, y0, z0, long, wide, high)):
                    return piece
        return None

    def _is_barred(self, piece: Piece) -> bool:
        return any(self._pairs.between(piece, each.piece) is None for each in self._dangerous)

    def _lay(self, new: Placed) -> bool:
        """Put a piece where nothing else is, if it is borne there, and apart from what it must."""
        below = self._contacts(new)
        if below is None or not self._is_apart(new):
            return False
        loads = self._loads_with(new, below)
        if loads is None:
            return False
        for at, load in loads.items():
            self._loads[at] = load
        at = len(self.placed)
        self.placed.append(new)
        self.weight_g += new.piece.weight_g
        self._loads.append(0)
        self._below.append(below)
        x1, y1, z1 = new.ends
        self._tops[z1].append(at)
        self._bottoms[new.z].append(at)
        if new.piece.dg_class:
            self._dangerous.append(new)
        self._spaces = cut(self._spaces, (new.x, new.y, new.z, x1, y1, z1), self._least)
        self._spaces.sort(key=self._rank)
        return True

    def _contacts(self, new: Placed) -> list[Contact] | None:
        """What it would lie on; None: on too little, or it would come to lie under another."""
        if self._limits.support < 100 and any(
            _touching(new, self.placed[at]) for at in self._bottoms.get(new.z + new.high, ())
        ):
            return None
        if not new.z:
            return []
        found = [
            (at, area)
            for at in self._tops.get(new.z, ())
            if (area := _touching(new, self.placed[at]))
        ]
        area = sum(area for _, area in found)
        enough = area * 100 >= new.long * new.wide * self._limits.support
        return found if found and enough else None

    def _loads_with(self, new: Placed, below: list[Contact]) -> dict[int, int] | None:
        """What pieces bear that come to bear more; None: one would bear more than it may."""
        loads: dict[int, int] = {}
        more = [(new.piece.weight_g, new.piece.weight_g, below)]
        # What is said of a piece below is the difference that one above makes to its share.
        while more:
            before_and_after = more.pop()
            added, total, contacts = before_and_after
            area = sum(each for _, each in contacts)
            for at, touching in contacts:
                was = _share(total - added, touching, area)
                gain = _share(total, touching, area) - was
                load = loads.get(at, self._loads[at]) + gain
                piece = self.placed[at].piece
                if load > piece.bears_g:
                    return None
                loads[at] = load
                more.append((gain, piece.weight_g + load, self._below[at]))
        return loads

    def _is_apart(self, new: Placed) -> bool:
        return not new.piece.dg_class or all(
            gap(new, each) >= (self._pairs.between(new.piece, each.piece) or 0)
            for each in self._dangerous
        )


def gap(one: Placed, other: Placed) -> int:
    """Millimetres between two pieces along the floor, along x or y, whichever is more."""
    return max(
        one.x - other.x - other.long, other.x - one.x - one.long,
        one.y - other.y - other.wide, other.y - one.y - one.wide, 0,
    )  # fmt: skip


def _touching(one: Placed, other: Placed) -> int:
    """The area that two pieces have in common, seen from above."""
    long = min(one.x + one.long, other.x + other.long) - max(one.x, other.x)
    if long <= 0:
        return 0
    wide = min(one.y + one.wide, other.y + other.wide) - max(one.y, other.y)
    return long * wide if wide > 0 else 0


def _share(weight: int, part: int, whole: int) -> int:
    """A part of a weight, rounded up."""
    return -(-weight * part // whole)


def is_alike(one: Piece, other: Piece) -> bool:
    """Whether what does not go for one does not go for the other."""
    return alike(one) == alike(other)


def alike(piece: Piece) -> tuple[object, ...]:
    """What decides whether a piece may lie somewhere, but for what may lie upon it."""
    return (
        piece.length, piece.width, piece.height, piece.weight_g, piece.turn, piece.floor_only,
        piece.un_no, piece.dg_class,
    )  # fmt: skip


def _base(piece: Piece) -> tuple[int, ...]:
    sides = sorted((piece.length, piece.width))
    return piece.length * piece.width, piece.bears_g, sides[1], piece.height, piece.weight_g
