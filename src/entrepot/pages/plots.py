# SPDX-License-Identifier: Apache-2.0
"""Lay out plots and the map; templates draw them. Sizes are in units of the picture itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from entrepot.pages.land import HEIGHT, WIDTH, Point, land, middle

#: A plot of days: as wide as it has days, and so high.
HIGH: Final = 100.0
_LEAST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of a day or days: where it stands, how high it is, what it says and opens."""

    x: int
    y: float
    height: float
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of columns side by side, each a unit wide."""

    title: str
    total: int
    highest: int
    bars: Sequence[Bar]
    ticks: Sequence[str]
    kind: str = ""

    @property
    def width(self) -> int:
        return len(self.bars)

    @property
    def total_said(self) -> str:
        return f"{self.total:,}"

    @property
    def highest_said(self) -> str:
        return f"{self.highest:,}"


def by_day(
    title: str,
    kind: str,
    units: dict[date, int],
    days: Sequence[date],
    to: Callable[[date], str],
) -> Plot:
    """What happened on each of some days, drawn to the scale of the most."""
    bars, scale = [], max((units.get(day, 0) for day in days), default=0)
    for x, day in enumerate(days):
        height = _height(units.get(day, 0), scale)
        label = f"{day:%Y-%m-%d}: {units.get(day, 0):,}"
        bars.append(Bar(x, round(HIGH - height, 2), height, label, to(day)))
    ticks = [f"{days[at]:%m-%d}" for at in (0, len(days) // 2, len(days) - 1)]
    shown = [units.get(day, 0) for day in days]
    return Plot(title, sum(shown), max(shown, default=0), bars, ticks, kind)


def _height(units: int, scale: int) -> float:
    """How high a column is; one with any units is seen, however few."""
    return round(max(_LEAST, HIGH * units / scale), 2) if units > 0 and scale > 0 else 0.0


def shares(rows: Iterable[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Rows with the `share` in hundredths that each has of the largest, to draw a bar of."""
    rows = list(rows)
    most = max((row[name] for row in rows), default=0)
    return [
        row | {"share": round(100 * max(row[name], 0) / most, 1) if most else 0} for row in rows
    ]


def last_days(count: int, today: date) -> list[date]:
    """So many days up to today."""
    return [today - timedelta(days=count - 1 - at) for at in range(count)]


# --- The map -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the map: where, how large, what it is called and opens."""

    x: float
    y: float
    r: float
    name: str
    label: str
    href: str = ""
    anchor: str = "start"

    @property
    def text_x(self) -> float:
        return round(self.x + (self.r + 4) * (1 if self.anchor == "start" else -1), 1)

    @property
    def text_y(self) -> float:
        return round(self.y + 4, 1)


@dataclass(frozen=True, slots=True)
class Way:
    """Goods on the way from one country to another, as an arc."""

    path: str
    width: float
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """The world, with what lies where, what is on its way, and where it was sent."""

    stock: Sequence[Mark]
    ways: Sequence[Way]
    sent: Sequence[Mark]
    land: str = ""
    width: int = round(WIDTH)
    height: int = HEIGHT


def world(
    stock: Sequence[dict[str, Any]], ways: Sequence[dict[str, Any]], sent: Sequence[dict[str, Any]]
) -> Map:
    """The map.

    Args:
        stock: country, name, units, label, href; warehouses of one country are one mark.
        ways: source and target (countries), units, label, href.
        sent: country, units, label, href.
    """
    return Map(
        _marks(stock, 6, 22), _ways(ways), _marks(sent, 3, 16), land()
    )  # fmt: skip


def _marks(rows: Sequence[dict[str, Any]], least: float, most: float) -> list[Mark]:
    """Marks whose area tells the units, the largest first, so that none is covered."""
    top = max((row["units"] for row in rows), default=0)
    found = []
    for row in sorted(rows, key=lambda each: -each["units"]):
        at = middle(row["country"])
        if at is None:
            continue
        r = round(max(least, most * math.sqrt(max(row["units"], 0) / top)) if top else least, 1)
        anchor = "end" if at[0] > WIDTH * 0.85 else "start"
        found.append(Mark(*at, r, row["name"], row["label"], row["href"], anchor))
    return found


def _ways(rows: Sequence[dict[str, Any]]) -> list[Way]:
    top = max((row["units"] for row in rows), default=0)
    found = []
    for row in rows:
        source, target = middle(row["source"]), middle(row["target"])
        if source is None or target is None or source == target:
            continue
        width = round(1.5 + 3 * math.sqrt(row["units"] / top), 1) if top else 1.5
        found.append(Way(_arc(source, target), width, row["label"], row["href"]))
    return found


def _arc(source: Point, target: Point) -> str:
    """A line that rises on its way, the more the farther it goes."""
    (x, y), (to_x, to_y) = source, target
    rise = max(min(y, to_y) - 0.22 * math.dist(source, target), 8)
    return f"M{x:g} {y:g}Q{(x + to_x) / 2:g} {rise:g} {to_x:g} {to_y:g}"
