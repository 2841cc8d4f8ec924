# SPDX-License-Identifier: Apache-2.0
"""A loading plan as a picture: from above, from the left and from the door, then piece by piece.

Owners differ by colour and by a letter, so that it can be read in black and white.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.papers.amounts import kilograms
from entrepot.papers.fitting import MM
from entrepot.papers.fonts import printable, width
from entrepot.papers.sheet import SOFT, Sheet, document
from entrepot.papers.words import Language, Words

_PAGE: Final = (297.0, 210.0)
_EDGE: Final = 12.0
_ROOM: Final = _PAGE[0] - 2 * _EDGE
#: Light enough for a number in ink; the next owners begin again, told apart by their letters.
COLOURS: Final = (
    (0.98, 0.86, 0.55), (0.66, 0.84, 0.95), (0.74, 0.90, 0.69), (0.96, 0.74, 0.72),
    (0.84, 0.78, 0.94), (0.93, 0.93, 0.93), (0.80, 0.93, 0.90), (0.95, 0.82, 0.92),
)  # fmt: skip
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROWS_ON_PAGE: Final = 34


@dataclass(frozen=True, slots=True)
class Drawn:
    """A piece where it lies; millimetres and grams."""

    mark: str
    owner: str
    x: int
    y: int
    z: int
    long: int
    wide: int
    high: int
    weight_g: int
    dg_class: str = ""


@dataclass(frozen=True, slots=True)
class LoadPicture:
    """A container with its pieces in loading order; `room`: its free length, width, height."""

    number: int
    kind: str
    destination: str
    room: tuple[int, int, int]
    weight_g: int
    centre: tuple[int, int, int]
    pieces: tuple[Drawn, ...]


def load_picture(given: LoadPicture, language: Language = "zh+en") -> bytes:
    """The picture as a PDF on A4 across; the same container gives the same bytes."""
    words = Words(language)
    title = words("load_picture", between=" · ", number=given.number)
    owners = sorted({each.owner for each in given.pieces})

    def draw(sheet: Sheet) -> None:
        _head(sheet, given, title, words)
        _legend(sheet, owners, words)
        _views(sheet, given, owners, words)
        for first in range(0, len(given.pieces), 2 * _ROWS_ON_PAGE):
            sheet.next()
            _list(sheet, given, first, owners, title, words)

    return document(_PAGE, title, draw)


def _head(sheet: Sheet, given: LoadPicture, title: str, words: Words) -> None:
    sheet.text(_EDGE, 16, title, 15, strong=True)
    said = words(
        "load_kind", between=" · ", kind=given.kind, destination=given.destination or "–",
        pieces=f"{len(given.pieces):,}", weight=kilograms(given.weight_g),
    )  # fmt: skip
    sheet.fit(_EDGE, 18.5, _ROOM, printable(said), 10)
    x, y, z = given.centre
    centre = words("load_centre", between=" · ", x=f"{x:,}", y=f"{y:,}", z=f"{z:,}")
    gap = words(
        "load_gap", between=" · ", x=f"{min(each.x for each in given.pieces):,}",
        y=f"{min(each.y for each in given.pieces):,}",
    )  # fmt: skip
    sheet.fit(_EDGE, 24, _ROOM, centre, 8, grey=SOFT)
    sheet.fit(_EDGE, 28, _ROOM, gap, 8)
    sheet.fit(_EDGE, 200, _ROOM, words("load_note", between=" · "), 7.5, grey=SOFT)


def _legend(sheet: Sheet, owners: Sequence[str], words: Words) -> None:
    x = _EDGE
    sheet.text(x, 36.5, words("load_owner"), 8, grey=SOFT)
    x += 20
    for at, owner in enumerate(owners):
        named = f"{_letter(at)}  {printable(owner)}"
        wide = width(named, 8) / MM + 10
        if x + wide > _PAGE[0] - _EDGE:
            sheet.text(x, 36.5, "…", 8)
            return
        _rect(sheet, x, 33.5, 4, 3.6, COLOURS[at % len(COLOURS)])
        sheet.text(x + 5.5, 36.5, named, 8)
        x += wide


def _views(sheet: Sheet, given: LoadPicture, owners: Sequence[str], words: Words) -> None:
    long, wide, high = given.room
    # From above and from the left one below the other, the view from the door beside or below.
    scale = min(172 / long, 58 / wide, 62 / high)
    top, side = 45.0, 45.0 + wide * scale + 14
    left = _EDGE
    sheet.text(left, top - 1.5, words("load_top"), 8)
    sheet.text(left, side - 1.5, words("load_side"), 8)
    for start, deep in ((top, wide), (side, high)):
        sheet.rect(left, start, long * scale, deep * scale, line=0.6)
        sheet.text(left, start + deep * scale + 3.6, words("load_front"), 7, grey=SOFT)
        sheet.text(
            left + long * scale, start + deep * scale + 3.6, words("load_door"), 7,
            align="right", grey=SOFT,
        )  # fmt: skip
    numbered = list(enumerate(given.pieces, 1))
    for no, each in sorted(numbered, key=lambda one: one[1].z + one[1].high):
        # Seen from the door the left wall is on the left: it is the lower one here.
        _face(sheet, no, each, owners,
              (left + each.x * scale, top + (wide - each.y - each.wide) * scale,
               each.long * scale, each.wide * scale))  # fmt: skip
    for no, each in sorted(numbered, key=lambda one: -one[1].y):
        _face(sheet, no, each, owners,
              (left + each.x * scale, side + (high - each.z - each.high) * scale,
               each.long * scale, each.high * scale))  # fmt: skip
    _oblique(sheet, given, owners, words)


def _face(
    sheet: Sheet, no: int, each: Drawn, owners: Sequence[str],
    at: tuple[float, float, float, float],
) -> None:  # fmt: skip
    x, y, wide, high = at
    owner = owners.index(each.owner)
    _rect(sheet, x, y, wide, high, COLOURS[owner % len(COLOURS)])
    _number(sheet, f"{no}{_letter(owner)}", x + wide / 2, y + high / 2, wide, high)


def _number(sheet: Sheet, said: str, x: float, y: float, wide: float, high: float) -> None:
    """A number as large as its face takes; left out where it could not be read."""
    size = min(9.0, high * MM * 0.8, wide * MM * 0.9 / (width(said, 1) or 1))
    if size >= 2.5:
        sheet.text(x, y + size * 0.36 / MM, said, size, align="centre")


def _oblique(sheet: Sheet, given: LoadPicture, owners: Sequence[str], words: Words) -> None:
    """The load as it is seen from the door, from the right and above."""
    long, wide, high = given.room
    slant_x, slant_y = 0.62, 0.36
    scale = min(88 / (wide + slant_x * long), 130 / (high + slant_y * long))
    left, floor = _PAGE[0] - _EDGE - 88, 184.0
    sheet.text(left, 43.5, words("load_view"), 8)

    def at(x: float, y: float, z: float) -> tuple[float, float]:
        # What is at the door is nearest to who looks.
        deep = long - x
        return (
            left + (y + deep * slant_x) * scale,
            floor - (z + deep * slant_y) * scale,
        )

    for z in (0, high):
        sheet.shape([at(0, 0, z), at(0, wide, z), at(long, wide, z), at(long, 0, z)], line=0.3)
    for x, y in ((0, 0), (0, wide)):
        sheet.shape([at(x, y, 0), at(x, y, high)], line=0.3)
    # What lies behind or below is drawn before, as it is loaded; from left to right beside it.
    for no, each in _from_the_back(given.pieces):
        owner = owners.index(each.owner)
        colour = COLOURS[owner % len(COLOURS)]
        x0, y0, z0 = each.x, each.y, each.z
        x1, y1, z1 = x0 + each.long, y0 + each.wide, z0 + each.high
        dark = tuple(0.82 * part for part in colour)
        sheet.shape([at(x0, y0, z1), at(x0, y1, z1), at(x1, y1, z1), at(x1, y0, z1)], fill=colour)
        sheet.shape(
            [at(x0, y1, z0), at(x1, y1, z0), at(x1, y1, z1), at(x0, y1, z1)],
            fill=(dark[0], dark[1], dark[2]),
        )
        front = [at(x1, y0, z0), at(x1, y1, z0), at(x1, y1, z1), at(x1, y0, z1)]
        sheet.shape(front, fill=colour)
        middle = at(x1, (y0 + y1) / 2, (z0 + z1) / 2)
        _number(sheet, str(no), *middle, each.wide * scale, each.high * scale)
    for x, y in ((long, 0), (long, wide)):
        sheet.shape([at(x, y, 0), at(x, y, high)], line=0.3)
    sheet.text(left, floor + 4, words("load_door"), 7, grey=SOFT)


def _from_the_back(pieces: Iterable[Drawn]) -> list[tuple[int, Drawn]]:
    """Pieces so that each is drawn before those that hide it: nearer, higher, or further right."""
    numbered = list(enumerate(pieces, 1))
    order: list[tuple[int, Drawn]] = []
    while numbered:
        # In a ring, which boxes rarely make, the one furthest back goes first.
        ready = [one for one in numbered if not any(
            _hides(one[1], other[1]) for other in numbered if other is not one
        )] or [min(numbered, key=lambda one: (one[1].x, one[1].z, one[1].y))]  # fmt: skip
        order += ready
        gone = {no for no, _ in ready}
        numbered = [one for one in numbered if one[0] not in gone]
    return order


def _hides(one: Drawn, other: Drawn) -> bool:
    """Whether `one` may hide `other`, and so has to be drawn after it."""
    if one.x >= other.x + other.long:
        return True
    if other.x >= one.x + one.long:
        return False
    if one.z >= other.z + other.high:
        return True
    if other.z >= one.z + one.high:
        return False
    return one.y >= other.y + other.wide


def _list(
    sheet: Sheet, given: LoadPicture, first: int, owners: Sequence[str], title: str, words: Words
) -> None:
    sheet.text(_EDGE, 14, title, 11, strong=True)
    sheet.text(_EDGE, 19, words("load_list", between=" · "), 8, grey=SOFT)
    for half in range(2):
        left = _EDGE + half * (_ROOM / 2 + 2)
        start = first + half * _ROWS_ON_PAGE
        rows = given.pieces[start : start + _ROWS_ON_PAGE]
        if not rows:
            return
        heads = (
            words("load_order"), words("piece_mark"), words("load_owner"), words("load_place"),
            words("load_size"), words("gross_kg"), words("load_class"),
        )  # fmt: skip
        _row(sheet, left, 22, heads, grey=SOFT)
        sheet.line(left, 27, left + _ROOM / 2 - 2)
        for at, each in enumerate(rows):
            cells = (
                str(start + at + 1), printable(each.mark),
                f"{_letter(owners.index(each.owner))} {printable(each.owner)}",
                f"{each.x:,} / {each.y:,} / {each.z:,}",
                f"{each.long:,} × {each.wide:,} × {each.high:,}", kilograms(each.weight_g),
                each.dg_class,
            )  # fmt: skip
            _row(sheet, left, 28 + at * 5, cells)


def _row(sheet: Sheet, left: float, y: float, cells: Sequence[str], grey: float = 0.0) -> None:
    x = left
    for said, room in zip(cells, (9, 26, 24, 29, 29, 15, 8), strict=False):
        sheet.fit(x, y, room - 1, said, 7, least=4.5, grey=grey)
        x += room * (_ROOM / 2 - 2) / 140


def _rect(
    sheet: Sheet, x: float, y: float, wide: float, high: float, fill: tuple[float, float, float]
) -> None:
    sheet.shape([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], fill=fill)


def _letter(at: int) -> str:
    """A, B, … Z, AA: an owner's letter."""
    said = LETTERS[at % 26]
    return said if at < 26 else _letter(at // 26 - 1) + said
