# SPDX-License-Identifier: Apache-2.0
"""Text fits where it is put, and pages hold what they are given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.papers.fitting import fitted, paged
from entrepot.papers.fonts import must_print, printable, width
from entrepot.papers.refusals import Unprintable

TEXTS = st.text("ab WW-/，。（）海外仓\nŁ", max_size=200)


@given(TEXTS, st.floats(20, 300), st.integers(1, 5))
def test_no_line_is_wider_and_no_text_higher_than_its_room(text, room, lines):
    held = fitted(text, room, 12, least=6, lines=lines)

    assert all(width(line, held.size) <= room + 1e-6 for line in held.lines)
    assert len(held.lines) * held.size <= lines * 12 + 1e-6


@given(TEXTS, st.floats(20, 300))
def test_text_with_enough_room_is_all_there(text, room):
    held = fitted(text, room, 12, least=12, lines=1000)

    assert "".join(held.lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_text_is_wrapped_then_shrunk_then_cut():
    room = width("one two three", 10)

    assert fitted("one two three four", room, 10, least=5, lines=2).lines == (
        "one two three",
        "four",
    )
    smaller = fitted("one two three four", room, 10, least=5, lines=1)
    assert (smaller.lines, smaller.size < 10) == (("one two three four",), True)
    assert fitted("one two three four " * 9, room, 10, least=8, lines=1).lines[0].endswith("…")


def test_no_line_begins_with_a_closing_mark():
    held = fitted("海外仓，海外仓。", width("海外仓", 10), 10, least=10, lines=9)

    assert held.lines == ("海外", "仓，海", "外仓。")


def test_a_word_breaks_after_a_hyphen_before_it_breaks_anywhere():
    held = fitted("ORDER-12345678", width("ORDER-123", 10), 10, least=10, lines=9)

    assert held.lines == ("ORDER-", "12345678")


@pytest.mark.parametrize(
    ("heights", "first", "later", "tail", "pages"),
    [
        ([], 10, 20, 5, [range(0)]),
        ([4, 4], 10, 20, 2, [range(2)]),
        ([4, 4], 10, 20, 3, [range(1), range(1, 2)]),
        ([4, 4, 4], 10, 20, 3, [range(2), range(2, 3)]),
        ([12, 4], 10, 20, 3, [range(0), range(2)]),
        ([4], 5, 20, 3, [range(1), range(1, 1)]),
    ],
)
def test_rows_are_shared_out_over_pages(heights, first, later, tail, pages):
    assert paged(heights, first, later, tail) == pages


@given(st.lists(st.floats(1, 10), max_size=60), st.floats(0, 40), st.floats(20, 60))
def test_every_row_stands_on_one_page_that_has_room_for_it(heights, first, later):
    pages = paged(heights, first, later, 8)

    assert [row for page in pages for row in page] == list(range(len(heights)))
    for place, page in enumerate(pages):
        room = (later if place else first) - (8 if place == len(pages) - 1 else 0)
        used = sum(heights[row] for row in page)
        assert used <= room + 1e-6 or (place == 0 and len(pages) == 1 and not heights)


def test_what_the_font_lacks_shows_and_is_refused_where_it_must_be_there():
    assert printable("Cable \U0001f50c 1 m\u200b") == "Cable □ 1 m"
    with pytest.raises(Unprintable, match=r"ש \(U\+05E9\)"):
        must_print("שלום", "the recipient's address")


@pytest.mark.parametrize(
    "text",
    [
        "Ærøskøbing, Þingvellir, Łódź, Győr, Iași, Çeşme, Tiếng Việt, Ħamrun",
        "Αθήνα, София, Київ, Ђорђе",
        "广东省深圳市 臺北市 東京都 서울특별시",
    ],
)
def test_addresses_of_europe_and_east_asia_can_be_printed(text):
    assert must_print(text, "an address") == text
