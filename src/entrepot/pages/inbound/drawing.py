# SPDX-License-Identifier: Apache-2.0
"""A planned container as drawings for a page: from above, from the left and from the door.

Shapes with whole millimetres for a template to write as SVG, which escapes every text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from entrepot.papers.load_picture import COLOURS, LETTERS, Drawn, LoadPicture

_COLOURS: Final = tuple(
    f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
    for red, green, blue in COLOURS
)
#: Height of a number, and the room that it asks for.
_LETTER_MM: Final = 110


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece as a rectangle; `label` is empty where there is no room for it."""

    x: int
    y: int
    wide: int
    high: int
    colour: str
    label: str
    title: str

    @property
    def middle(self) -> tuple[int, int]:
        """Where the label stands."""
        return self.x + self.wide // 2, self.y + self.high // 2 + _LETTER_MM // 3


@dataclass(frozen=True, slots=True)
class View:
    """One side of a container: `name` is the word that says which.

    `share`: how wide it is drawn, in percent of the widest, so that all have one scale.
    """

    name: str
    wide: int
    high: int
    share: int
    shapes: list[Shape]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose pieces have which colour and letter."""

    name: str
    colour: str
    letter: str


def owners_of(given: LoadPicture) -> dict[str, Owner]:
    """The owners, by name."""
    names = sorted({each.owner for each in given.pieces})
    return {
        name: Owner(name, _COLOURS[at % len(_COLOURS)], LETTERS[at % len(LETTERS)])
        for at, name in enumerate(names)
    }


def views(given: LoadPicture) -> list[View]:
    """Three views; what is nearer to who looks is drawn later."""
    long, wide, high = given.room
    most = max(long, wide)
    owners = owners_of(given)
    placed = list(enumerate(given.pieces, 1))

    def side(order: Callable[[Drawn], int], box: Callable[[Drawn], tuple[int, ...]]) -> list[Shape]:
        nearer = sorted(placed, key=lambda each: order(each[1]))
        return list(_shapes(nearer, owners, box))

    return [
        View("above", long, wide, 100 * long // most,
             side(lambda e: e.z + e.high, lambda e: (e.x, e.y, e.long, e.wide))),
        View("left", long, high, 100 * long // most,
             side(lambda e: -e.y, lambda e: (e.x, high - e.z - e.high, e.long, e.high))),
        View("door", wide, high, 100 * wide // most,
             side(lambda e: e.x + e.long, lambda e: (e.y, high - e.z - e.high, e.wide, e.high))),
    ]  # fmt: skip


def _shapes(
    placed: Iterable[tuple[int, Drawn]],
    owners: dict[str, Owner],
    box: Callable[[Drawn], tuple[int, ...]],
) -> Iterable[Shape]:
    for place, each in placed:
        x, y, wide, high = box(each)
        owner = owners[each.owner]
        label = f"{owner.letter}{place}"
        has_room = high >= _LETTER_MM and wide >= len(label) * _LETTER_MM * 2 // 3
        title = f"{place} · {each.mark} · {each.owner}"
        yield Shape(x, y, wide, high, owner.colour, label if has_room else "", title)
