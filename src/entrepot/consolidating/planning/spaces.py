# SPDX-License-Identifier: Apache-2.0
"""The free room of a container as empty boxes, which overlap.

Whatever lies within one of them touches nothing else, so no piece is compared with every other. A
box above the floor begins on what was laid there, so that what lies in its corner is borne.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Corners x, y, z, then the opposite ones.
Box = tuple[int, int, int, int, int, int]


def cut(
    spaces: Sequence[Box], within: Box, taken: Box, least: int, support: int = 100
) -> list[Box]:
    """The empty boxes after a block is laid into one of them; those too thin are dropped.

    Args:
        within: the box that it was laid into.
        least: the shortest side of what is still to come.
        support: percent of a base that must lie on something; what lies on the block may stand
            out over it by the rest.
    """
    a0, b0, c0, a1, b1, c1 = taken
    kept: list[Box] = []
    parts: set[Box] = set()
    for space in spaces:
        x0, y0, z0, x1, y1, z1 = space
        if a0 >= x1 or a1 <= x0 or b0 >= y1 or b1 <= y0 or c0 >= z1 or c1 <= z0:
            kept.append(space)
        else:
            parts.update(_beside(space, taken, least))
    if within[5] - c1 >= least:
        out = 100 - support
        above = (
            a0, b0, c1,
            min(within[3], a1 + (a1 - a0) * out // support),
            min(within[4], b1 + (b1 - b0) * out // support), within[5],
        )  # fmt: skip
        parts.add(above)
        parts.update(_joined(above, kept))
    # Large ones first: only a larger one holds another.
    new: list[Box] = []
    for part in sorted(parts, key=_volume, reverse=True):
        if not _is_within(part, kept) and not _is_within(part, new):
            new.append(part)
    if new:
        kept = [each for each in kept if not (each[2] and _is_within(each, new))]
    return kept + new


def _beside(space: Box, taken: Box, least: int) -> Iterator[Box]:
    """What is left of a space on each side of what is taken, and below it."""
    x0, y0, z0, x1, y1, z1 = space
    a0, b0, c0, a1, b1, _ = taken
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


def _joined(above: Box, spaces: Sequence[Box]) -> Iterator[Box]:
    """Boxes on the new one and others of the same height beside it, which bear together."""
    x0, y0, z, x1, y1, top = above
    for a0, b0, c0, a1, b1, c1 in spaces:
        if c0 != z or a0 > x1 or a1 < x0 or b0 > y1 or b1 < y0:
            continue
        high = min(top, c1)
        wide0, wide1 = max(y0, b0), min(y1, b1)
        if wide0 < wide1:
            yield min(x0, a0), wide0, z, max(x1, a1), wide1, high
        long0, long1 = max(x0, a0), min(x1, a1)
        if long0 < long1:
            yield long0, min(y0, b0), z, long1, max(y1, b1), high


def _is_within(part: Box, spaces: Sequence[Box]) -> bool:
    x0, y0, z0, x1, y1, z1 = part
    return any(
        a0 <= x0 and b0 <= y0 and c0 <= z0 and a1 >= x1 and b1 >= y1 and c1 >= z1
        for a0, b0, c0, a1, b1, c1 in spaces
    )


def _volume(box: Box) -> tuple[int, Box]:
    x0, y0, z0, x1, y1, z1 = box
    return (x1 - x0) * (y1 - y0) * (z1 - z0), box
