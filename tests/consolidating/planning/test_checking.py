# SPDX-License-Identifier: Apache-2.0
"""The checker finds what is wrong: each limit, broken alone, is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot.consolidating.planning.cargo import Loaded, Placed, Plan
from entrepot.consolidating.planning.checking import faults, faults_of
from tests.consolidating.planning.kit import ANYWHERE, BOX, PAIRS, piece

LOW = Placed(piece("A"), 0, 0, 0, 500, 500, 500)
TOP = Placed(piece("B"), 0, 0, 500, 500, 500, 500)


def told(*placed, limits=ANYWHERE, kind=BOX):
    return list(faults_of(Loaded(1, kind, "", placed), limits, PAIRS))


def test_what_is_right_has_no_faults():
    assert told(LOW, TOP) == []


def changed(**said):
    return replace(LOW, piece=replace(LOW.piece, **said))


@pytest.mark.parametrize(
    ("placed", "fault"),
    [
        ((), "nothing is in it"),
        ((changed(weight_g=4_000_001),), "more than its payload"),
        ((replace(LOW, x=2501),), "A is outside the walls"),
        ((replace(LOW, y=-1),), "A is outside the walls"),
        ((changed(length=400),), "A is turned as it may not be"),
        ((LOW, replace(TOP, z=499)), "A and B overlap"),
        ((LOW, replace(TOP, x=1)), "B lies on too little"),
        ((changed(bears_g=49_999), TOP), "A bears too much"),
        ((LOW, replace(TOP, piece=piece("B", floor_only=True))), "B does not lie on the floor"),
        ((TOP, LOW), "B keeps A out"),
        ((replace(TOP, x=600, z=0), LOW), "B keeps A out"),
        ((changed(destination="LAX"),), "A goes elsewhere"),
    ],
)
def test_each_limit_that_is_broken_is_named(placed, fault):
    assert fault in told(*placed)


def test_what_does_not_pass_the_door_is_named():
    high = Placed(piece("A", height=1950), 0, 0, 0, 500, 500, 1950)

    assert told(high) == ["A does not pass the door"]


def test_dangerous_goods_that_lie_too_near_or_may_not_meet_are_named():
    one = Placed(piece("A", un_no="1263", dg_class="3"), 0, 0, 0, 500, 500, 500)
    acid = Placed(piece("B", un_no="1824", dg_class="8"), 999, 0, 0, 500, 500, 500)
    other = replace(acid, piece=piece("B", un_no="2814", dg_class="6.2"))

    assert told(one, acid) == ["A and B lie too near"]
    assert told(one, replace(acid, x=1000)) == []
    assert told(one, other) == ["A and B may not share a container"]


def test_dangerous_goods_that_may_lie_together_may_lie_on_each_other():
    paint = replace(LOW, piece=piece("A", un_no="1263", dg_class="3"))
    fuel = replace(TOP, piece=piece("B", un_no="1202", dg_class="3"))

    assert told(paint, fuel) == []


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (replace(ANYWHERE, along=41), "the centre of gravity is off, along"),
        (replace(ANYWHERE, across=37), "the centre of gravity is off, across"),
        (replace(ANYWHERE, high=12), "the centre of gravity is too high"),
    ],
)
def test_a_centre_of_gravity_beyond_the_limits_is_named(limits, fault):
    assert told(LOW, limits=limits) == [fault]


def test_pieces_that_are_lost_or_doubled_are_named():
    whole = Plan((Loaded(1, BOX, "", (LOW, TOP)),), ())

    def count(pieces, kinds):
        return faults(whole, pieces, kinds, ANYWHERE, PAIRS)

    both = [LOW.piece, TOP.piece]
    assert count(both, {BOX: 1}) == []
    assert count(both[:1], {BOX: 1}) == ["pieces are lost or doubled"]
    assert count([*both, piece("C")], {BOX: 1}) == ["pieces are lost or doubled"]
    assert count(both, {BOX: 0}) == ["1 of BOX, there are 0"]
