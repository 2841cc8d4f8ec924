# SPDX-License-Identifier: Apache-2.0
"""The drawings of a container: every piece in each of them, within the walls, the nearer on top."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entrepot.pages.inbound.drawing import owners_of, views
from entrepot.papers.load_picture import Drawn, LoadPicture

LOW = Drawn("LOW", "ONE", 0, 0, 0, 600, 500, 400, 1_000)
TOP = Drawn("TOP", "TWO", 0, 0, 400, 300, 200, 100, 1_000)


def picture(*pieces, room=(3000, 2000, 2000)):
    return LoadPicture(1, "BOX", "", room, 2_000, (0, 0, 0), pieces)


def boxes(view):
    return [(each.title.split(" · ")[1], each.x, each.y, each.wide, each.high)
            for each in view.shapes]  # fmt: skip


def test_each_side_shows_where_a_piece_lies():
    above, left, door = views(picture(LOW, TOP))

    assert boxes(above) == [("LOW", 0, 0, 600, 500), ("TOP", 0, 0, 300, 200)]
    assert boxes(left) == [("LOW", 0, 1600, 600, 400), ("TOP", 0, 1500, 300, 100)]
    assert ("LOW", 0, 1600, 500, 400) in boxes(door)


def test_what_is_nearer_to_who_looks_is_drawn_later():
    front = Drawn("FRONT", "ONE", 0, 0, 0, 500, 500, 500, 1)
    behind = Drawn("DOOR", "ONE", 500, 0, 0, 500, 500, 500, 1)
    right = Drawn("RIGHT", "ONE", 0, 500, 0, 500, 500, 500, 1)
    _, left, door = views(picture(front, behind, right))

    assert boxes(left)[0][0] == "RIGHT"
    assert boxes(door)[-1][0] == "DOOR"


def test_a_piece_too_small_for_its_number_goes_without():
    small = Drawn("S", "ONE", 0, 0, 0, 90, 90, 90, 1)

    assert {each.label for view in views(picture(small)) for each in view.shapes} == {""}
    assert {each.label for view in views(picture(LOW)) for each in view.shapes} == {"A1"}


def test_owners_are_told_apart_by_letters():
    assert [(each.name, each.letter) for each in owners_of(picture(TOP, LOW)).values()] == [
        ("ONE", "A"), ("TWO", "B"),
    ]  # fmt: skip


_AT = st.integers(0, 900)
_SIDE = st.integers(1, 600)


@given(st.lists(st.builds(Drawn, st.text(), st.sampled_from("abc"), _AT, _AT, _AT, _SIDE, _SIDE,
                          _SIDE, st.just(1)), min_size=1, max_size=20))  # fmt: skip
def test_what_is_within_the_walls_is_drawn_within_them(pieces):
    for view in views(picture(*pieces, room=(1500, 1500, 1500))):
        assert len(view.shapes) == len(pieces)
        assert all(
            0 <= each.x <= each.x + each.wide <= view.wide
            and 0 <= each.y <= each.y + each.high <= view.high
            for each in view.shapes
        )
