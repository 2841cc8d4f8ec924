# SPDX-License-Identifier: Apache-2.0
"""Loading plans of mixed cargo, beside the volume alone and beside plain shelves.

The shelves keep no limit but the walls: pieces in rows, rows in layers, layers up to the roof, each
as high as its highest piece, whatever bears or weighs what. A plan that fills as well as they do
pays nothing for its limits.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure import Line
from entrepot.consolidating.planning.cargo import Kind, Limits, Piece, Plan, Segregation
from entrepot.consolidating.planning.checking import faults
from entrepot.consolidating.planning.packing import Asked
from entrepot.consolidating.planning.planner import Watch, plan

#: Inside sizes as remembered, not verified; only the same for both.
BOX = Kind("40HC", 11_998, 2_330, 2_655, 2_286, 2_566, 26_580_000)
#: Seconds that a plan may take, and what ending it may take besides.
LIMIT, AT_MOST = 10.0, 12.0
#: How many shapes there are: few, many, each piece its own.
_SHAPES = (12, 100, 0)


def measure(folder: Path, pieces: int, times: int) -> Iterator[Line]:
    """Plan a fifth of so many pieces, and all of them, of few shapes and of many."""
    for count in sorted({max(pieces // 5, 10), max(pieces, 10)}):
        for shapes in _SHAPES:
            cargo = mixed(count, shapes or count)
            asked = Asked({BOX: None}, Limits(), Segregation())
            seconds = []
            for _ in range(times):
                begun = time.perf_counter()
                made = plan(cargo, asked, Watch(is_late=_after(begun + LIMIT)))
                seconds.append(time.perf_counter() - begun)
            wrong = faults(made, cargo, asked.kinds, asked.limits, asked.pairs)
            if wrong:
                raise AssertionError(wrong[0])
            name = f"plan of {count:,}, {f'{shapes} shapes' if shapes else 'all different'}"
            yield Line(name, median(seconds), 0, AT_MOST, _told(made, cargo))


def mixed(count: int, shapes: int, seed: int = 2) -> list[Piece]:
    """Cartons and crates, 80 to 300 kg a cubic metre; nine of ten bear six times their weight."""
    chance = random.Random(seed)
    sizes = [
        (chance.randrange(200, 1200, 10), chance.randrange(200, 1000, 10),
         chance.randrange(150, 900, 10))
        for _ in range(shapes)
    ]  # fmt: skip
    made = []
    for at in range(count):
        long, wide, high = sizes[at % shapes]
        weight = max(1, long * wide * high // 1000 * chance.randrange(80, 300) // 1000)
        bears = weight * 6 if chance.random() < 0.9 else 0
        made.append(Piece(f"P{at:05}", f"O{at % 3}", long, wide, high, weight, "flat", bears))
    return made


def shelves(pieces: Sequence[Piece], box: Kind = BOX) -> int:
    """How many containers plain shelves take, first the highest pieces."""
    containers, x, y, z = 1, 0, 0, 0
    row = layer = 0
    for each in sorted(pieces, key=lambda each: (-each.height, -each.width, each.piece)):
        if x + each.length > box.length:
            x, y, row = 0, y + row, 0
        if y + each.width > box.width:
            x, y, z, row, layer = 0, 0, z + layer, 0, 0
        if z + each.height > box.height:
            containers, x, y, z, row, layer = containers + 1, 0, 0, 0, 0, 0
        x += each.length
        row, layer = max(row, each.width), max(layer, each.height)
    return containers


def _told(made: Plan, cargo: Sequence[Piece]) -> str:
    filled = ", ".join(str(100 * one.volume // one.kind.volume) for one in made.loaded)
    least = -(-sum(each.volume for each in cargo) // BOX.volume)
    out = f", {len(made.out)} left out" if made.out else ""
    short = ", the time was up" if made.cut_short else ""
    return (
        f"{filled}% in {len(made.loaded)}{out}; the volume asks for {least}, shelves without limits"
        f" for {shelves(cargo)}{short}"
    )


def _after(end: float) -> Callable[[], bool]:
    return lambda: time.perf_counter() > end
