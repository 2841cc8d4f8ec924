# SPDX-License-Identifier: Apache-2.0
"""A container being filled: a piece goes where every hard limit is kept, or it does not go.

Of each piece the hold knows what lies on it. The weight of a piece, and what it carries, goes to
those it lies on by the area with which it touches each, rounded up for every one: what a piece
bears is never said too small.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.consolidating.planning.cargo import (
    Kind,
    Limits,
    Piece,
    Placed,
    Segregation,
    Sides,
)  # fmt: skip
from entrepot.consolidating.planning.spaces import Box, cut

#: A piece below, and the area with which one above touches it.
Contact = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """Pieces that lie alike: how many along, across and up, from where along the container."""

    pieces: Sequence[Piece]
    sides: Sides
    counts: Sides
    begin: int


class Hold:
    """A container, and what is in it so far."""

    def __init__(self, kind: Kind, limits: Limits, pairs: Segregation) -> None:
        self._kind, self._limits, self._pairs = kind, limits, pairs
        self.spaces: list[Box] = [(0, 0, 0, kind.length, kind.width, kind.height)]
        self.placed: list[Placed] = []
        self.weight_g = 0
        self._loads: list[int] = []
        self._below: list[list[Contact]] = []
        self._tops: dict[int, list[int]] = defaultdict(list)
        self._bottoms: dict[int, list[int]] = defaultdict(list)
        self._dangerous: list[Placed] = []
        #: For each piece, what those that it came to lie on bore before.
        self._undo: list[list[tuple[int, int]]] = []

    def room_g(self, space: Box) -> int:
        """Grams that a space may take at most: of the payload, and of what is below it."""
        left = self._kind.payload_g - self.weight_g
        x0, y0, z0, x1, y1, _ = space
        if not z0:
            return left
        borne = 0
        for at in self._tops.get(z0, ()):
            each = self.placed[at]
            if (each.x < x1 and x0 < each.x + each.long
                    and each.y < y1 and y0 < each.y + each.wide):  # fmt: skip
                borne += each.piece.bears_g - self._loads[at]
        return min(left, borne)

    def begins(self, piece: Piece, space: Box) -> int | None:
        """Where along a space a piece may begin, for the dangerous goods that are there.

        None: it may not be in this container.
        """
        if not piece.dg_class:
            return space[0]
        begin = space[0]
        for each in self._dangerous:
            apart = self._pairs.between(piece, each.piece)
            if apart is None:
                return None
            begin = max(begin, each.ends[0] + apart) if apart else begin
        return begin

    def lay(self, block: Block, space: Box, least: int) -> int:
        """Lay a block of pieces into a space, layer by layer, as far as it is borne.

        Returns:
            how many pieces it took: of whole layers, the first ones.
        """
        long, wide, high = block.sides
        nx, ny, nz = block.counts
        x0, y0, z0 = block.begin, space[1], space[2]
        layers = 0
        for up in range(nz):
            laid = 0
            for at in range(nx * ny):
                piece = block.pieces[up * nx * ny + at]
                x, y = x0 + at // ny * long, y0 + at % ny * wide
                if not self._lay(Placed(piece, x, y, z0 + up * high, long, wide, high)):
                    break
                laid += 1
            if laid < nx * ny:
                for _ in range(laid):
                    self._take_back()
                break
            layers += 1
        if layers:
            taken = (x0, y0, z0, x0 + nx * long, y0 + ny * wide, z0 + layers * high)
            self.spaces = cut(self.spaces, space, taken, least, self._limits.support)
        return layers * nx * ny

    def _lay(self, new: Placed) -> bool:
        """Put a piece where nothing else is, if it is borne there, and apart from what it must."""
        below = self._contacts(new)
        if below is None or not self._is_apart(new):
            return False
        loads = self._loads_with(new, below)
        if loads is None:
            return False
        at = len(self.placed)
        self._undo.append([(below_at, self._loads[below_at]) for below_at in loads])
        for below_at, load in loads.items():
            self._loads[below_at] = load
        self.placed.append(new)
        self.weight_g += new.piece.weight_g
        self._loads.append(0)
        self._below.append(below)
        self._tops[new.z + new.high].append(at)
        self._bottoms[new.z].append(at)
        if new.piece.dg_class:
            self._dangerous.append(new)
        return True

    def _take_back(self) -> None:
        """Take out the piece that was laid last."""
        new = self.placed.pop()
        for at, load in self._undo.pop():
            self._loads[at] = load
        self.weight_g -= new.piece.weight_g
        self._loads.pop()
        self._below.pop()
        self._tops[new.z + new.high].pop()
        self._bottoms[new.z].pop()
        if new.piece.dg_class:
            self._dangerous.pop()

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
        # What is above has handed down all that it bears before what is below it is looked at.
        gains = {-1: new.piece.weight_g}
        waiting = [(-new.z - new.high, -1)]
        while waiting:
            _, at = heapq.heappop(waiting)
            gain, contacts = gains[at], below if at < 0 else self._below[at]
            piece = new.piece if at < 0 else self.placed[at].piece
            total = piece.weight_g + (0 if at < 0 else loads[at])
            area = sum(each for _, each in contacts)
            for under, touching in contacts:
                more = _share(total, touching, area) - _share(total - gain, touching, area)
                loads[under] = loads.get(under, self._loads[under]) + more
                lower = self.placed[under]
                if loads[under] > lower.piece.bears_g:
                    return None
                if under not in gains:
                    heapq.heappush(waiting, (-lower.z - lower.high, under))
                gains[under] = gains.get(under, 0) + more
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
