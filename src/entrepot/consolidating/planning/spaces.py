# SPDX-License-Identifier: Apache-2.0
"""The free room of a container as its largest empty boxes, which overlap.

Whatever lies within one of them touches nothing else, so no piece is compared with every other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Corners x, y, z, then the opposite ones.
Box = tuple[int, int, int, int, int, int]


def cut(spaces: Sequence[Box], taken: Box, least: int) -> list[Box]:
    """The empty boxes after one more place is taken; those thinner than `least` are dropped."""
    a0, b0, c0, a1, b1, c1 = taken
    kept: list[Box] = []
    parts: set[Box] = set()
    for space in spaces:
        x0, y0, z0, x1, y1, z1 = space
        if a0 >= x1 or a1 <= x0 or b0 >= y1 or b1 <= y0 or c0 >= z1 or c1 <= z0:
            kept.append(space)
        else:
            parts.update(_parts(space, taken, least))
    # Large ones first: only a larger one holds another.
    new: list[Box] = []
    for part in sorted(parts, key=_volume, reverse=True):
        if not _is_within(part, kept) and not _is_within(part, new):
            new.append(part)
    return kept + new


def _parts(space: Box, taken: Box, least: int) -> Iterator[Box]:
    """What is left of a space on each side of what is taken."""
    x0, y0, z0, x1, y1, z1 = space
    a0, b0, c0, a1, b1, c1 = taken
    if a0 - x0 >= least:
        yield x0, y0, z0, a0, y1, z1
    if x1 - a1 >= least:
        yield a1, y0, z0, x1, y1, z1
    if b0 - y0 >= least:
        yield x0, y0, z0, x1, b0, z1
    if y1 - b1 >= least:
        yield x0, b1, z0, x1, y1, z1
    if c0 - z0 >= least:
        yield x0, y0, z0, x1, y1, c0
    if z1 - c1 >= least:
        yield x0, y0, c1, x1, y1, z1


def _is_within(part: Box, spaces: Sequence[Box]) -> bool:
    x0, y0, z0, x1, y1, z1 = part
    return any(
        a0 <= x0 and b0 <= y0 and c0 <= z0 and a1 >= x1 and b1 >= y1 and c1 >= z1
        for a0, b0, c0, a1, b1, c1 in spaces
    )


def _volume(box: Box) -> tuple[int, Box]:
    x0, y0, z0, x1, y1, z1 = box
    return (x1 - x0) * (y1 - y0) * (z1 - z0), box
