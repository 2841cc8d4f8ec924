# SPDX-License-Identifier: Apache-2.0
"""Text made to fit: wrapped, then set smaller, then cut with an ellipsis; it never overflows.

Sizes and lengths are points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from entrepot.papers.fonts import width

#: From one line to the next, as a part of the size.
LEADING: Final = 1.28
ELLIPSIS: Final = "…"
#: A millimetre in points.
MM: Final = 72 / 25.4
#: Between two sizes that are tried.
_STEP: Final = 0.5

_WIDE: Final = "\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffe6"
_OPENING: Final = "（《「『【〈［"
_CLOSING: Final = "、。，．：；？！）》」』】〉］％…"
#: What stays together on a line: a word, up to a hyphen or slash in it, or an ideograph with the
#: punctuation that must not be parted from it.
_PIECES: Final = re.compile(
    f" +|[{_OPENING}]*[{_WIDE}][{_CLOSING}]*|[^ {_WIDE}/-]+[/-]*[{_CLOSING}]*|[/-]+"
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines at a size that fit where they were made for."""

    lines: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LEADING


def fitted(text: str, room: float, size: float, *, least: float, lines: float) -> Fitted:
    """`text` in lines no wider than `room`, as high as `lines` lines at `size` at most.

    It is set smaller, down to `least`, until it fits; what does not fit even so is cut.
    """
    high = lines * size
    tried = size
    while True:
        found = _wrapped(text, room, tried)
        if len(found) * tried <= high + 1e-6:
            return Fitted(tuple(line.rstrip() for line in found), tried)
        if tried <= least:
            break
        tried = max(least, tried - _STEP)
    kept = max(1, int((high + 1e-6) / tried))
    last = _cut("".join(found[kept - 1 :]), room, tried)
    return Fitted((*(line.rstrip() for line in found[: kept - 1]), last), tried)


def _wrapped(text: str, room: float, size: float) -> list[str]:
    """`text` by the breaks in it and between words; a line may end with blanks beyond the room."""
    parts = text.split("\n")
    lines = [line for part in parts[:-1] for line in _wrapped_part(part + " ", room, size)]
    return lines + _wrapped_part(parts[-1], room, size)


def _wrapped_part(text: str, room: float, size: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for piece in _PIECES.findall(text):
        wide = width(piece, size)
        if piece.isspace():
            line, used = (line + piece, used + wide) if line else ("", 0.0)
            continue
        if used + wide > room and line:
            lines.append(line)
            line, used = "", 0.0
        if used + wide > room and not line:
            *whole, piece = _chopped(piece, room, size)
            lines.extend(whole)
            wide = width(piece, size)
        line, used = line + piece, used + wide
    return [*lines, line] if line or not lines else lines


def _chopped(piece: str, room: float, size: float) -> list[str]:
    """A word that is wider than a line, in parts that are not."""
    parts, part, used = [], "", 0.0
    for each in piece:
        wide = width(each, size)
        if part and used + wide > room:
            parts.append(part)
            part, used = "", 0.0
        part, used = part + each, used + wide
    return [*parts, part]


def _cut(line: str, room: float, size: float) -> str:
    while line and width(line + ELLIPSIS, size) > room:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS


def paged(heights: list[float], first: float, later: float, tail: float) -> list[range]:
    """Which rows stand on which page: those of `heights` in order, `tail` after the last.

    Args:
        first: the height for rows on the first page.
        later: the height for rows on each other page, at least that of the highest row.
        tail: what has to stand below the last row on the same page.

    Returns:
        A range of rows for each page. The last has one at least, but where that row is so high
        that the tail has no room below it.
    """
    starts, used, room = [0], 0.0, first
    for row, high in enumerate(heights):
        if used + high > room and (row > starts[-1] or len(starts) == 1):
            starts.append(row)
            used, room = 0.0, later
        used += high
    if used + tail > room:
        # The last row goes along, so that totals do not stand alone.
        starts.append(max(starts[-1] + 1, len(heights) - 1) if heights else 0)
    return [range(a, b) for a, b in pairwise([*starts, len(heights)])]
