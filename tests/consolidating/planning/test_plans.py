# SPDX-License-Identifier: Apache-2.0
"""No plan breaks a hard limit, loses a piece or depends on the order in which pieces are named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.consolidating.planning.cargo import Limits, Segregation
from entrepot.consolidating.planning.checking import faults, faults_of
from entrepot.consolidating.planning.packing import Asked
from entrepot.consolidating.planning.planner import Watch, plan
from tests.consolidating.planning.kit import ANYWHERE, BOX, CARGO, LONG, PAIRS, cubes, piece

LIMITS = st.builds(
    Limits, st.sampled_from((60, 80, 100)), st.sampled_from((0, 5, 10, 50)),
    st.sampled_from((1, 5, 50)), st.sampled_from((40, 60, 100)),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(CARGO, LIMITS, st.sampled_from(({BOX: 1}, {BOX: 2, LONG: 1}, {LONG: None})))
def test_no_plan_breaks_a_limit_or_loses_a_piece(pieces, limits, kinds):
    found = plan(pieces, Asked(kinds, limits, PAIRS))

    assert faults(found, pieces, kinds, limits, PAIRS) == []


@settings(max_examples=15, deadline=None)
@given(CARGO, st.randoms(use_true_random=False))
def test_the_same_pieces_in_another_order_give_the_same_plan(pieces, chance):
    asked = Asked({BOX: 2}, Limits(), PAIRS)
    mixed = chance.sample(pieces, len(pieces))

    assert plan(mixed, asked) == plan(pieces, asked)


@settings(max_examples=15, deadline=None)
@given(CARGO, st.integers(0, 900))
def test_what_fits_fits_in_a_larger_container_when_moved_to_its_middle(pieces, more):
    limits = Limits()
    larger = replace(
        BOX, length=BOX.length + 2 * more, width=BOX.width + 2 * more, height=BOX.height + more,
        payload_g=BOX.payload_g + more,
    )  # fmt: skip

    for one in plan(pieces, Asked({BOX: 2}, limits, PAIRS)).loaded:
        moved = tuple(replace(each, x=each.x + more, y=each.y + more) for each in one.placed)
        assert list(faults_of(replace(one, kind=larger, placed=moved), limits, PAIRS)) == []


def test_a_container_that_cubes_fill_is_filled():
    small = replace(BOX, door_width=2000, door_height=2000)
    found = plan(cubes(96, weight_g=1_000), Asked({small: 1}, ANYWHERE))

    assert (len(found.loaded[0].placed), found.out) == (96, ())


@pytest.mark.parametrize(("count", "top"), [(3, 500), (24, 500), (26, 1000), (40, 1000)])
def test_what_does_not_fill_a_container_lies_low(count, top):
    (one,) = plan(cubes(count, weight_g=1_000), Asked({BOX: 1})).loaded

    assert max(each.ends[2] for each in one.placed) == top
    assert len(one.placed) == count


def reasons(pieces, asked):
    return {each.piece.piece: each.reason for each in plan(pieces, asked).out}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"length": 3001, "turn": "none"}, "too_large"),
        ({"width": 1901, "turn": "none"}, "too_large"),
        ({"weight_g": 4_000_001}, "too_heavy"),
    ],
)
def test_a_piece_that_goes_nowhere_is_left_out_with_the_reason(said, reason):
    assert reasons([piece(**said)], Asked({BOX: None})) == {"A": reason}


def test_a_piece_that_no_container_is_left_for_says_so():
    assert reasons([piece()], Asked({BOX: 0})) == {"A": "no_container"}


def test_more_than_the_payload_is_left_out():
    heavy = cubes(2, weight_g=3_000_000)

    assert list(reasons(heavy, Asked({BOX: 1})).values()) == ["payload"]


def test_what_has_no_room_is_left_out():
    flat = cubes(7, length=1000, width=900, height=1900, bears_g=0)

    assert list(reasons(flat, Asked({BOX: 1}, ANYWHERE)).values()) == ["no_room"]


def test_what_must_go_goes_before_what_need_not():
    flat = cubes(7, length=1000, width=900, height=1900, bears_g=0)
    flat[6] = replace(flat[6], must_go=True)

    assert "A006" not in reasons(flat, Asked({BOX: 1}, ANYWHERE))


def test_classes_that_no_row_allows_never_share_a_container():
    both = [piece("A", un_no="1263", dg_class="3"), piece("B", un_no="1824", dg_class="8")]

    assert reasons(both, Asked({BOX: 1}, ANYWHERE)) == {"B": "segregation"}
    assert len(plan(both, Asked({BOX: None}, ANYWHERE)).loaded) == 2


def test_classes_that_a_row_allows_lie_apart_as_it_says():
    both = [piece("A", un_no="1263", dg_class="3"), piece("B", un_no="1824", dg_class="8")]
    far = Segregation({frozenset(("3", "8")): 1000})

    found = plan(both, Asked({BOX: 1}, ANYWHERE, far))

    assert found.out == ()
    assert list(faults_of(found.loaded[0], ANYWHERE, far)) == []


def test_one_container_goes_to_one_destination():
    two = [piece("A", destination="LAX"), piece("B", destination="HAMBURG")]

    found = plan(two, Asked({BOX: None}))

    assert {each.destination: len(each.placed) for each in found.loaded} == {"LAX": 1, "HAMBURG": 1}


def test_nothing_lies_on_what_bears_nothing():
    found = plan(cubes(30, bears_g=0), Asked({BOX: 1}, ANYWHERE))

    assert {each.z for each in found.loaded[0].placed} == {0}


def test_when_the_time_is_up_there_is_a_whole_plan_that_breaks_nothing():
    asked = Asked({BOX: None})
    pieces = [piece(f"A{at:03}", length=300 + 7 * at, width=200 + 3 * at) for at in range(60)]

    found = plan(pieces, asked, Watch(is_late=lambda: True))

    assert (found.cut_short, found.out) == (True, ())
    assert faults(found, pieces, asked.kinds, asked.limits, asked.pairs) == []


def test_whoever_watches_is_told_of_every_container_and_of_the_end():
    told = []

    plan(cubes(200, bears_g=0), Asked({BOX: None}), Watch(lambda *said: told.append(said)))

    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert len({done for done, _ in told if done < 100}) > 5


def test_whoever_watches_may_stop_it():
    class Stopped(Exception):
        pass

    def stop(*_):
        raise Stopped

    with pytest.raises(Stopped):
        plan(cubes(3), Asked({BOX: None}), Watch(progress=stop))


def test_equal_shapes_lie_in_blocks_that_fill_a_mixed_load():
    pieces = [
        piece(f"{name}{at:02}", length=long, width=wide, height=high, weight_g=10_000)
        for name, long, wide, high in (("A", 500, 500, 500), ("B", 250, 500, 500),
                                       ("C", 1000, 500, 250))
        for at in range(32)
    ]  # fmt: skip
    small = replace(BOX, door_width=2000, door_height=2000)

    found = plan(pieces, Asked({small: 1}, ANYWHERE))

    assert found.loaded[0].volume * 100 >= 80 * small.volume
