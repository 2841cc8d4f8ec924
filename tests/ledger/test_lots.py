# SPDX-License-Identifier: Apache-2.0
"""A lot is walked back to where it came from, and on to where it went."""

from __future__ import annotations

import pytest

from entrepot.ledger.lots import walk
from entrepot.people.tenancy import within
from tests.ledger.books import (
    ABROAD,
    CUSTOMER,
    HOME,
    SUPPLIER,
    VOYAGE,
    document,
    line,
    open_book,
    posted,
)


@pytest.fixture
def book(enterprise):
    open_book(enterprise)
    posted(
        enterprise,
        document("P-1", line(9, SUPPLIER, HOME, lot="L1"), line(9, SUPPLIER, HOME, lot="L2")),
        document("E-1", line(6, HOME, VOYAGE, lot="L1")),
        document("E-2", line(6, HOME, VOYAGE, lot="L2")),
        document("R-1", line(6, VOYAGE, ABROAD, lot="L1")),
        document("S-1", line(2, ABROAD, CUSTOMER, lot="L1")),
        document("B-1", line(1, CUSTOMER, ABROAD, lot="L1")),
    )
    return enterprise


def walked(book, place, direction, **options):
    with within(book):
        return [(s.number, s.hops) for s in walk("SKU-1", "L1", place, direction, **options)]


def test_a_lot_is_walked_on(book):
    assert walked(book, SUPPLIER, "on") == [
        ("P-1", 1), ("E-1", 2), ("R-1", 3), ("S-1", 4), ("B-1", 5),
    ]  # fmt: skip
    assert walked(book, VOYAGE, "on") == [("R-1", 1), ("S-1", 2), ("B-1", 3)]


def test_a_lot_is_walked_back(book):
    assert walked(book, CUSTOMER, "back") == [("S-1", 1), ("R-1", 2), ("E-1", 3), ("P-1", 4)]
    assert walked(book, VOYAGE, "back") == [("E-1", 1), ("P-1", 2)]


def test_what_left_before_anything_came_is_not_on_the_way(book):
    posted(
        book,
        document("P-2", line(3, SUPPLIER, ABROAD, lot="L1")),
        document("X-1", line(1, ABROAD, "voyage/V1", lot="L1")),
    )

    assert ("R-1", 1) not in walked(book, ABROAD, "on")
    assert [number for number, _ in walked(book, HOME, "back")] == ["P-1"]


def test_a_walk_is_bounded(book):
    assert walked(book, SUPPLIER, "on", most_hops=2) == [("P-1", 1), ("E-1", 2)]
    assert walked(book, SUPPLIER, "on", most=1) == [("P-1", 1)]


def test_goods_without_a_lot_are_not_walked(book):
    posted(book, document("P-3"))

    with within(book):
        assert walk("SKU-1", "", SUPPLIER, "on") == []
