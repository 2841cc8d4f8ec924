# SPDX-License-Identifier: Apache-2.0
"""Fill a container place by place: into each the block of equal pieces that suits it best.

Pieces of the same shape are laid together, those that bear most first. A place that takes nothing
now takes nothing later: what is left only becomes less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.consolidating.planning.cargo import Kind, Piece, Sides
from entrepot.consolidating.planning.hold import Block, Hold
from entrepot.consolidating.planning.spaces import Box

#: Which of two places is filled first: from the front wall to the door, from the floor up, or
#: lying down in layers.
RANKS: Final[dict[str, Callable[[Box], tuple[int, ...]]]] = {
    "walls": lambda box: (box[0], box[2], box[1], -box[4], -box[3], box[5]),
    "layers": lambda box: (box[2], box[0], box[1], -box[4], -box[3], box[5]),
    "columns": lambda box: (box[0], box[1], box[2], -box[4], -box[3], box[5]),
}
#: What suits a place best: the largest block of strong pieces, sparing them at the top; one with
#: the largest base; one that fills the place across and up; one of strong pieces, or the largest.
Choice = Literal["sparing", "base", "slab", "strong", "volume", "large"]
CHOICES: Final[tuple[Choice, ...]] = ("sparing", "base", "slab", "strong", "volume", "large")
#: How many blocks are tried in a place before it is given up; a block may be borne by nothing.
_TRIED: Final = 12


@dataclass(frozen=True, slots=True)
class Way:
    """A way to fill: how places are ranked, and what suits them.

    `liking`: a factor in whole percent for each shape, by its place in the order of shapes.
    """

    rank: str
    choice: Choice
    liking: tuple[int, ...] = ()


class _Shape:
    """Pieces that may lie in the same places; those that bear most come first."""

    def __init__(self, pieces: list[Piece], liking: int) -> None:
        self.pieces = sorted(
            pieces, key=lambda each: (-each.bears_g, -each.weight_g, each.owner, each.piece)
        )
        self.liking = liking
        first = self.pieces[0]
        self.volume, self.floor_only = first.volume, first.floor_only
        self.is_dangerous = bool(first.dg_class)
        self._look()

    def _look(self) -> None:
        self.left = len(self.pieces)
        if self.left:
            self.weight_g, self.bears_g = self.pieces[0].weight_g, self.pieces[0].bears_g

    def take(self, count: int) -> None:
        """The first pieces have been laid."""
        del self.pieces[:count]
        self._look()


#: A shape and how it lies.
_Row = tuple[_Shape, int, int, int]
_Found = tuple[int, int, _Row, Sides]


def shapes(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces by shape, in an order that does not depend on how they were named."""
    found: dict[tuple[object, ...], list[Piece]] = {}
    for each in sorted(pieces, key=lambda each: (-each.volume, *_shape(each), each.piece)):
        found.setdefault(_shape(each), []).append(each)
    return list(found.values())


def _shape(piece: Piece) -> tuple[int | str | bool, ...]:
    return (
        piece.length, piece.width, piece.height, piece.turn, piece.floor_only, piece.un_no,
        piece.dg_class, piece.must_go,
    )  # fmt: skip


def fill(hold: Hold, kind: Kind, groups: Sequence[list[Piece]], way: Way) -> int:
    """Fill a hold with pieces by shape: those that must go before those that need not.

    Returns:
        how many places were looked at.
    """
    likings = way.liking or (100,) * len(groups)
    looked = 0
    for must_go in (True, False):
        rows: list[_Row] = []
        for group, liking in zip(groups, likings, strict=True):
            if group[0].must_go == must_go:
                shape = _Shape(group, liking)
                rows += [(shape, *way) for way in group[0].turned() if kind.takes(way)]
        if rows:
            looked += _fill(hold, rows, way)
    return looked


def _fill(hold: Hold, rows: list[_Row], way: Way) -> int:
    rank, measure = RANKS[way.rank], _MEASURES[way.choice]
    dead: set[Box] = set()
    least = min(min(row[1:]) for row in rows)
    looked = 0
    while rows:
        space = min((each for each in hold.spaces if each not in dead), key=rank, default=None)
        if space is None:
            break
        looked += 1
        shape = _lay_best(hold, rows, space, measure, least)
        if shape is None:
            dead.add(space)
        elif not shape.left:
            rows = [row for row in rows if row[0] is not shape]
            least = min((min(row[1:]) for row in rows), default=least)
    return looked


def _lay_best(
    hold: Hold, rows: list[_Row], space: Box, measure: _Measure, least: int
) -> _Shape | None:
    """Lay the block that suits a space best; None: nothing goes there."""
    for _, _, (shape, long, wide, high), most in _suiting(hold, rows, space, measure)[:_TRIED]:
        begin = hold.begins(shape.pieces[0], space)
        if begin is None or begin + long > space[3]:
            continue
        counts = (min(most[0], (space[3] - begin) // long), most[1], most[2])
        for tried in dict.fromkeys((counts, (1, 1, 1))):
            block = Block(shape.pieces, (long, wide, high), tried, begin)
            laid = hold.lay(block, space, least)
            if laid:
                shape.take(laid)
                return shape
    return None


def _suiting(hold: Hold, rows: list[_Row], space: Box, measure: _Measure) -> list[_Found]:
    """Blocks that a space has room for, the best first."""
    x0, y0, z0, x1, y1, z1 = space
    along, across, up = x1 - x0, y1 - y0, z1 - z0
    room_g = hold.room_g(space)
    found: list[_Found] = []
    for at, row in enumerate(rows):
        shape, long, wide, high = row
        weight = shape.weight_g
        if long > along or wide > across or high > up or weight > room_g:
            continue
        if z0 and shape.floor_only:
            continue
        count = min(shape.left, room_g // weight)
        nz = 1 if shape.floor_only else min(up // high, 1 + shape.bears_g // weight, count)
        ny = min(across // wide, count // nz)
        nx = min(along // long, count // (nz * ny))
        counts = nx, ny, nz
        found.append((-measure(row, counts, up) * shape.liking, at, row, counts))
    found.sort(key=lambda each: each[:2])
    return found


_Measure = Callable[[_Row, Sides, int], int]


def _strong(row: _Row, counts: Sides, up: int) -> int:
    """The volume of a block, by the part of the room above it that it can bear of its own kind."""
    shape, high = row[0], row[3]
    above = shape.weight_g * max(1, up // high)
    return _volume(row, counts, up) * min(100, 10 + 90 * shape.bears_g // above) // 100


def _sparing(row: _Row, counts: Sides, up: int) -> int:
    """The same, but what bears little is taken first where little room is left above it."""
    shape, high = row[0], row[3]
    if (up - counts[2] * high) * 5 < up:
        return _volume(row, counts, up) * (100 if shape.bears_g > shape.weight_g else 150) // 100
    return _strong(row, counts, up)


def _volume(row: _Row, counts: Sides, up: int) -> int:
    return row[0].volume * counts[0] * counts[1] * counts[2]


_MEASURES: Final[dict[Choice, _Measure]] = {
    "volume": _volume,
    "strong": _strong,
    "sparing": _sparing,
    "slab": lambda row, counts, up: counts[1] * row[2] * counts[2] * row[3],
    "base": lambda row, counts, up: counts[0] * row[1] * counts[1] * row[2],
    "large": lambda row, counts, up: row[0].volume,
}
