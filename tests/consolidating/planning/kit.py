# SPDX-License-Identifier: Apache-2.0
"""Pieces and containers that plans are tried on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from entrepot.consolidating.planning.cargo import TURNS, Kind, Limits, Piece, Segregation

BOX = Kind("BOX", 3000, 2000, 2000, 1900, 1900, 4_000_000)
LONG = Kind("LONG", 5000, 2000, 2000, 1900, 1900, 6_000_000)
#: Limits that no load breaks.
ANYWHERE = Limits(100, 50, 50, 100)
PAIRS = Segregation({frozenset(("3", "8")): 500, frozenset(("3",)): 0})


def piece(name: str = "A", **said: Any) -> Piece:
    """A cube of half a metre and 50 kg that bears 200 kg."""
    given = {"owner": "ONE", "length": 500, "width": 500, "height": 500, "weight_g": 50_000,
             "bears_g": 200_000} | said  # fmt: skip
    return Piece(name, **given)


def cubes(count: int, **said: Any) -> list[Piece]:
    return [piece(f"A{at:03}", **said) for at in range(count)]


_SIDES = st.integers(1, 22).map(lambda tenth: tenth * 100)
DRAWN = st.builds(
    Piece,
    piece=st.just(""),
    owner=st.sampled_from(("ONE", "TWO", "THREE")),
    length=_SIDES,
    width=_SIDES,
    height=_SIDES,
    weight_g=st.integers(1, 1_500_000),
    turn=st.sampled_from(TURNS),
    bears_g=st.sampled_from((0, 10_000, 300_000, 5_000_000)),
    floor_only=st.booleans(),
    un_no=st.sampled_from(("", "1263", "1824", "1202")),
    dg_class=st.just(""),
    destination=st.sampled_from(("HAMBURG", "HAMBURG", "LAX")),
    must_go=st.booleans(),
)


def named(drawn: list[Piece]) -> list[Piece]:
    """Pieces that were drawn, each with an id, and the class of its UN number."""
    classes = {"": "", "1263": "3", "1824": "8", "1202": "3"}
    return [
        Piece(
            f"P{at:03}", each.owner, each.length, each.width, each.height, each.weight_g, each.turn,
            each.bears_g, each.floor_only, each.un_no, classes[each.un_no], each.destination,
            each.must_go,
        )
        for at, each in enumerate(drawn)
    ]  # fmt: skip


CARGO = st.lists(DRAWN, min_size=1, max_size=25).map(named)
