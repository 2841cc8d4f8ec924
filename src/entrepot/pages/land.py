# SPDX-License-Identifier: Apache-2.0
"""The land of the world as one shape, without borders, and where its countries lie on it.

Shapes and middles are those of the package countryinfo, drawn once in a process. Longitudes and
latitudes are straight lines; the map is cut in the Atlantic, so that ways from Asia over the
Pacific are not torn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final

from countryinfo import CountryInfo

Point = tuple[float, float]

WIDTH: Final = 1000.0
#: West of it the map ends in the east: the meridian of the cut, in degrees.
_CUT: Final = -28.0
#: Nothing of a book lies south of it.
_SOUTH: Final = -57.0
_NORTH: Final = 74.0
#: Land without a shape in the package, as a line through towns at its edges: longitude, latitude.
_MISSING: Final[tuple[tuple[Point, ...], ...]] = (
    # Hungary, Serbia and Montenegro
    ((16.4, 47.0), (17.2, 48.0), (20.5, 48.4), (22.6, 48.1), (22.4, 44.6), (22.5, 42.4),
     (20.6, 41.9), (19.4, 41.9), (18.5, 42.5), (19.3, 44.0), (18.9, 45.8), (16.6, 46.5)),
    # Myanmar
    ((92.3, 20.8), (92.7, 22.0), (94.2, 24.0), (95.1, 26.0), (97.0, 27.6), (97.5, 28.3),
     (98.6, 27.5), (98.0, 25.0), (98.8, 24.0), (99.2, 22.0), (101.1, 21.5), (100.1, 20.4),
     (97.6, 18.5), (98.6, 16.4), (98.4, 15.0), (99.4, 12.0), (98.6, 10.0), (98.6, 12.4),
     (98.1, 14.1), (97.6, 16.5), (96.2, 16.8), (95.3, 15.7), (94.2, 16.0), (94.4, 18.2),
     (92.9, 20.1)),
)  # fmt: skip

#: Widths are true at this latitude, where most warehouses and customers are.
_TRUE_AT: Final = 40.0
_EAST: Final = WIDTH / 360
_NORTHWARD: Final = _EAST / math.cos(math.radians(_TRUE_AT))
HEIGHT: Final = round((_NORTH - _SOUTH) * _NORTHWARD)


def on_map(longitude: float, latitude: float) -> Point:
    """Where a point of the globe lies on the map: from its left and its top."""
    east = (longitude - _CUT) % 360 - 180
    return _projected(east, latitude)


def _projected(east: float, latitude: float) -> Point:
    return round(WIDTH / 2 + east * _EAST, 1), round((_NORTH - latitude) * _NORTHWARD, 1)


@cache
def middle(country: str) -> Point | None:
    """Where a country (two letters) lies on the map; None for one that nobody knows."""
    for each in CountryInfo.all().values():
        if each.get("ISO", {}).get("alpha2") == country and len(at := each["latlng"]) == 2:
            return on_map(at[1], at[0])
    return None


@cache
def land() -> str:
    """The land as the path of an SVG picture."""
    return "".join(_path(ring) for ring in _rings())


def _rings() -> Iterator[Sequence[Point]]:
    """The outlines of all land, in degrees from the middle of the map."""
    for each in CountryInfo.all().values():
        for feature in each.get("geoJSON", {}).get("features", ()):
            for polygon in _polygons(feature["geometry"]):
                yield from _cut([(at[0], at[1]) for at in polygon[0]])
    for ring in _MISSING:
        yield from _cut(ring)


def _polygons(geometry: dict[str, Any]) -> Iterable[Any]:
    coordinates = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "Polygon" else coordinates


def _cut(ring: Sequence[Point]) -> Iterator[list[Point]]:
    """A ring in one piece, or in the two that the edge of the map makes of it."""
    for turn in (0, 360):
        moved = [(x + turn - _CUT - 180, y) for x, y in ring]
        for axis, at, sign in ((0, -180.0, 1), (0, 180.0, -1), (1, _SOUTH, 1), (1, _NORTH, -1)):
            moved = list(_inside(moved, axis, at, sign))
        if len(moved) > 2:
            yield moved


def _inside(ring: Sequence[Point], axis: int, at: float, sign: int) -> Iterator[Point]:
    """What of a ring lies on one side of a line (Sutherland and Hodgman)."""
    for before, here in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        a, b = sign * (before[axis] - at), sign * (here[axis] - at)
        if (a < 0) != (b < 0):
            share = a / (a - b)
            yield (
                before[0] + share * (here[0] - before[0]),
                before[1] + share * (here[1] - before[1]),
            )
        if b >= 0:
            yield here


def _path(ring: Sequence[Point]) -> str:
    """A ring as a path in steps of a tenth; nothing of one that could not be seen."""
    points = list(dict.fromkeys(_projected(*point) for point in ring))
    wide = max(x for x, _ in points) - min(x for x, _ in points)
    high = max(y for _, y in points) - min(y for _, y in points)
    if len(points) < 3 or wide * high < 1.5:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"
