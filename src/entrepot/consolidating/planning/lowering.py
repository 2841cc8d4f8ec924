# SPDX-License-Identifier: Apache-2.0
"""Lay what does not fill a container as low as it goes: no tower stands where the floor is free."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from entrepot.consolidating.planning.cargo import Loaded, Placed
from entrepot.consolidating.planning.filling import Way
from entrepot.consolidating.planning.packing import SPARSE, Asked, Loading

#: How many heights are tried; each halves what is left to gain.
_TRIES: Final = 6
_WAYS: Final = (Way("layers", "base"), Way("walls", "sparing"), Way("walls", "base"))


def lowered(one: Loaded, asked: Asked) -> Loaded:
    """The container with the same pieces under the lowest ceiling that was found for them.

    Holds:
        the same pieces, within the same limits; no piece reaches higher than the highest did.
    """
    if 100 * one.volume > SPARSE * one.kind.volume:
        return one
    best = one.placed
    low, high = max(_least(each) for each in best), _top(best)
    tried = low
    for _ in range(_TRIES):
        if low >= high:
            break
        found = _under(tried, one, asked)
        if found is None:
            low = tried + 1
        else:
            best, high = found, _top(found)
        tried = (low + high) // 2
    return replace(one, placed=best)


def _under(ceiling: int, one: Loaded, asked: Asked) -> tuple[Placed, ...] | None:
    """All pieces of a container below a height; None: no way was found."""
    kind = replace(one.kind, height=ceiling)
    pieces = [each.piece for each in one.placed]
    for way in _WAYS:
        placed = Loading(asked, way, lambda: True).load(kind, pieces)
        if len(placed) == len(pieces):
            return tuple(placed)
    return None


def _least(each: Placed) -> int:
    """The least height that a piece lies under."""
    return min(high for _, _, high in each.piece.turned())


def _top(placed: tuple[Placed, ...]) -> int:
    return max(each.ends[2] for each in placed)
