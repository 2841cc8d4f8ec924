# SPDX-License-Identifier: Apache-2.0
"""Pick lists: along the bins, one cart a page."""

from dataclasses import replace

import pytest

from entrepot.papers.pick_list import Stop, pick_list
from entrepot.papers.refusals import Unfit
from tests.papers.examples import CABLE, CART, POWER_BANK
from tests.papers.reading import characters, symbols, texts


def test_bins_are_in_the_order_given_with_bar_codes_that_a_decoder_reads():
    pdf = pick_list([CART])
    [text] = texts(pdf)

    assert symbols(pdf) == [("]C0", "C-7"), ("]C0", "A-01-02"), ("]C0", "A-01-04")]
    assert text.index("A-01-02") < text.index("A-01-04")
    for said in ("拣货车 Cart C-7", "BP-00001", "移动电源", "Power bank", "B × 2", "B: ORD-2"):
        assert said in text


def test_a_cart_is_a_page_and_a_long_one_goes_on_on_the_next():
    stops = tuple(Stop(f"A-{place:02d}", CABLE, 1) for place in range(1, 24))
    pages = texts(pick_list([CART, replace(CART, number="C-8", stops=stops)]))

    assert len(pages) == 4
    assert "Page 1 of 1" in pages[0]
    assert all("C-8" in page and f"Page {n} of 3" in page for n, page in enumerate(pages[1:], 1))
    assert "A-23" in pages[-1]


def test_a_code_that_cannot_be_a_bar_code_is_given_in_letters():
    stops = (Stop("货架甲", POWER_BANK, 1), Stop("NORTH-AISLE-0001-LEVEL-09-LEFT-SIDE", CABLE, 1))
    pdf = pick_list([replace(CART, stops=stops)])

    assert [text for _, text in symbols(pdf)] == ["C-7"]
    assert "货架甲" in texts(pdf)[0]


def test_nothing_stands_outside_the_page():
    goods = replace(POWER_BANK, name="name " * 90, name_zh="名称" * 90, sku="S" * 64, lot="L" * 60)
    stop = Stop("B" * 40, goods, 10**9, tuple((f"tote-{n}", 1) for n in range(9)))
    stop = replace(stop, totes=(*stop.totes, ("rest", 10**9 - 9)))
    orders = tuple((f"T{n}", f"ORDER-{n:06d}") for n in range(99))
    pdf = pick_list([replace(CART, number="C" * 60, orders=orders, stops=(stop,) * 12)])

    for page in range(2):
        boxes = characters(pdf, page)
        assert all(each.left >= 11 and each.right <= 199 for each in boxes)
        assert all(each.top >= 9 and each.bottom <= 292 for each in boxes)


@pytest.mark.parametrize(
    "carts",
    [
        [],
        [replace(CART, stops=())],
        [replace(CART, stops=(Stop("A-01", CABLE, 0),))],
        [replace(CART, stops=(Stop("A-01", CABLE, 2, (("A", 1),)),))],
    ],
)
def test_a_pick_list_that_makes_no_sense_is_refused(carts):
    with pytest.raises(Unfit):
        pick_list(carts)


def test_the_same_cart_is_the_same_bytes():
    assert pick_list([CART]) == pick_list([CART])
