# SPDX-License-Identifier: Apache-2.0
"""Loose cargo of the demo: pieces in every state, containers loaded and gone, a loading plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from entrepot.consolidating import bills, containers, load_plans, terms
from entrepot.consolidating.announcing import NewPiece, announce
from entrepot.consolidating.judging import Happened
from entrepot.consolidating.measuring import NewMeasure, measure
from entrepot.consolidating.planning.cargo import Kind
from entrepot.consolidating.recording import record_all
from entrepot.consolidating.rules import Event

#: How far each of the pieces is, in turn.
_WAYS: Final[tuple[tuple[Event, ...], ...]] = (
    ("arrived", "declared", "not_selected", "released", "consolidated"),
    ("arrived", "declared", "selected", "inspecting", "passed", "released", "consolidated"),
    ("arrived", "declared", "not_selected", "released"),
    ("arrived", "declared", "selected", "inspecting", "failed"),
    ("arrived", "declared", "selected", "inspecting"),
    ("arrived", "declared", "selected"),
    ("arrived", "declared"),
    ("arrived",),
    (),
)
_OWNERS: Final = ("Ningbo Lamps", "华东家具", "Yiwu Toys")
_SIZES: Final = ((600, 400, 300), (500, 400, 400), (400, 300, 300))
_KIND: Final = Kind("20GP", 5867, 2330, 2350, 2286, 2261, 21_700_000)
_PIECES: Final = 27
_LEFT: Final = 6


def load_loose(now: datetime, site: str) -> None:
    """Announce pieces, let things happen to them, and let one container go."""
    gone = containers.open_container("DEMU0000017", site)
    leaves = [f"DEMO-L{at:03d}" for at in range(_LEFT)]
    marks = [f"DEMO-P{at:03d}" for at in range(_PIECES)]
    announce([
        NewPiece(mark, 8_000 + 350 * at, 64_000 + 1_500 * at, "310120260000000101", "",
                 "Carton of the demo")
        for at, mark in enumerate([*leaves, *marks])
    ])  # fmt: skip
    record_all(
        [each for mark in leaves for each in _events(mark, _WAYS[0], now, site, gone.number)]
    )
    containers.seal(gone.id, "DEMO-SEAL-1", now - timedelta(hours=9))
    containers.load(gone.id, now - timedelta(hours=8))
    containers.gate_out(gone.id, now - timedelta(hours=7))
    containers.depart(gone.id, now - timedelta(hours=1))
    here = containers.open_container("DEMU0000038", site)
    record_all([
        each for at, mark in enumerate(marks)
        for each in _events(mark, _WAYS[at % len(_WAYS)], now, site, here.number)
    ])  # fmt: skip
    measure([
        NewMeasure(
            mark, _OWNERS[at % len(_OWNERS)], *_SIZES[at % len(_SIZES)], bears_g=40_000,
            destination="HAMBURG",
        )
        for at, mark in enumerate([*leaves, *marks])
    ])  # fmt: skip
    bills.name(here.id, "DEMO-M-1")
    bills.name(here.id, "DEMO-H-1", _OWNERS[0])
    terms.put_kinds([(_KIND, 1, "Remembered sizes of the demo: measure the container")])
    load_plans.make(site, None, load_plans.SECONDS, lambda *_: None)


def _events(
    mark: str, way: tuple[Event, ...], now: datetime, site: str, container: str
) -> Iterator[Happened]:
    """The events of a way, an hour apart, the first of them a day ago."""
    for at, event in enumerate(way):
        yield Happened(
            f"demo-{event}",
            mark,
            event,
            site,
            location="A-01",
            container=container if event == "consolidated" else "",
            reason="another quantity than declared" if event == "failed" else "",
            disposition="hold" if event == "failed" else "",
            at=now - timedelta(hours=24 - at),
        )
