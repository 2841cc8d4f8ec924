# SPDX-License-Identifier: Apache-2.0
"""What is planned: pieces, kinds of containers, what a firm allows, and the plan that comes out.

Lengths are millimetres, weights grams. In a container x runs from the front wall to the door, y
from the left wall to the right as seen from the door, z up from the floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

#: How a piece may be turned: not at all (its length lies along the container), about its upright
#: axis, or onto any of its faces.
TURNS: Final = ("none", "flat", "any")
Turn = Literal["none", "flat", "any"]
#: Why a piece was left out; the first that holds.
REASONS: Final = (
    "too_large", "too_heavy", "no_container", "payload", "segregation", "balance", "no_room",
)  # fmt: skip
Reason = Literal[
    "too_large", "too_heavy", "no_container", "payload", "segregation", "balance", "no_room"
]
Sides = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A package. `bears_g`: how much may lie on it in all; `floor_only`: it lies on nothing."""

    piece: str
    owner: str
    length: int
    width: int
    height: int
    weight_g: int
    turn: Turn = "flat"
    bears_g: int = 0
    floor_only: bool = False
    un_no: str = ""
    dg_class: str = ""
    destination: str = ""
    must_go: bool = False

    @property
    def volume(self) -> int:
        """Cubic millimetres."""
        return self.length * self.width * self.height

    def turned(self) -> tuple[Sides, ...]:
        """The ways in which it may lie, as extents along x, y and z; each once."""
        a, b, c = self.length, self.width, self.height
        ways: list[Sides] = [(a, b, c)]
        if self.turn != "none":
            ways.append((b, a, c))
        if self.turn == "any":
            ways += [(a, c, b), (c, a, b), (b, c, a), (c, b, a)]
        return tuple(dict.fromkeys(ways))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of container: what is free inside it, its door, and what it may carry."""

    kind: str
    length: int
    width: int
    height: int
    door_width: int
    door_height: int
    payload_g: int

    @property
    def volume(self) -> int:
        """Cubic millimetres."""
        return self.length * self.width * self.height

    def takes(self, sides: Sides) -> bool:
        """Whether something lying so passes the door and fits inside."""
        long, wide, high = sides
        return (
            long <= self.length
            and wide <= min(self.width, self.door_width)
            and high <= min(self.height, self.door_height)
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What the firm allows, in whole percent.

    `support`: the least part of a base that lies on something. `along` and `across`: how far the
    centre of gravity may be from the middle, of the length and the width; `high`: how high it may
    be, of the height.

    Source: our own policy; no rule was read. A firm gives its own.
    """

    support: int = 100
    along: int = 10
    across: int = 5
    high: int = 60


@dataclass(frozen=True)
class Segregation:
    """Which classes of dangerous goods may share a container: how far apart, in millimetres.

    A pair that is not named may not share one. The same UN number may lie with itself.

    Source: our own policy, the cautious one; the table of the IMDG Code is not part of this.
    """

    apart: Mapping[frozenset[str], int] = field(default_factory=dict)

    def between(self, one: Piece, other: Piece) -> int | None:
        """Millimetres that must lie between two pieces; None: never in one container."""
        if not (one.dg_class and other.dg_class) or one.un_no == other.un_no:
            return 0
        return self.apart.get(frozenset((one.dg_class, other.dg_class)))


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece in a container: its corner nearest to front, left and floor, and its extents."""

    piece: Piece
    x: int
    y: int
    z: int
    long: int
    wide: int
    high: int

    @property
    def ends(self) -> Sides:
        """Its opposite corner."""
        return self.x + self.long, self.y + self.wide, self.z + self.high


@dataclass(frozen=True)
class Loaded:
    """A container with what is in it, in the order in which it is loaded."""

    number: int
    kind: Kind
    destination: str
    placed: tuple[Placed, ...]

    @cached_property
    def weight_g(self) -> int:
        return sum(each.piece.weight_g for each in self.placed)

    @cached_property
    def volume(self) -> int:
        """Cubic millimetres of the pieces."""
        return sum(each.piece.volume for each in self.placed)

    def centre(self) -> tuple[int, int, int]:
        """Millimetres of the centre of gravity, rounded down."""
        twice = moments(self.placed)
        return tuple(each // (2 * self.weight_g) for each in twice)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Out:
    """A piece that is in no container, and why."""

    piece: Piece
    reason: Reason


@dataclass(frozen=True)
class Plan:
    """Containers, and what is in none of them; `cut_short`: not all that could be was tried."""

    loaded: tuple[Loaded, ...]
    out: tuple[Out, ...]
    cut_short: bool = False


def moments(placed: tuple[Placed, ...] | list[Placed]) -> tuple[int, int, int]:
    """Twice the sum of weight times the middle of each piece, along x, y and z: whole numbers."""
    return (
        sum(each.piece.weight_g * (2 * each.x + each.long) for each in placed),
        sum(each.piece.weight_g * (2 * each.y + each.wide) for each in placed),
        sum(each.piece.weight_g * (2 * each.z + each.high) for each in placed),
    )


def is_balanced(kind: Kind, limits: Limits, placed: tuple[Placed, ...] | list[Placed]) -> bool:
    """Whether the centre of gravity lies within the firm's limits."""
    weight = sum(each.piece.weight_g for each in placed)
    along, across, up = moments(placed)
    return (
        100 * abs(along - weight * kind.length) <= 2 * limits.along * weight * kind.length
        and 100 * abs(across - weight * kind.width) <= 2 * limits.across * weight * kind.width
        and 100 * up <= 2 * limits.high * weight * kind.height
    )
