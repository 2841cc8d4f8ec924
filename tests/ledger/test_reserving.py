# SPDX-License-Identifier: Apache-2.0
"""What is reserved in a place can be neither taken nor reserved again, and moves as it is."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection

from entrepot.ledger.actions import BelowZero, post
from entrepot.ledger.audit import audit
from entrepot.ledger.document import Document, Line, hashes
from entrepot.ledger.models import Balance
from entrepot.ledger.reserving import Held, NotFree, release, reserve
from entrepot.people.tenancy import within
from tests.ledger.books import ABROAD, CUSTOMER, DAY, HOME, SUPPLIER, VOYAGE, at_once, open_book

SKU = "SKU-1"


@pytest.fixture
def book(enterprise):
    """Ten units at home."""
    open_book(enterprise, SKU, "SKU-2")
    move(enterprise, Line(SKU, 10, SUPPLIER, HOME))
    return enterprise


def move(book, *lines, on=DAY):
    with within(book):
        number = str(Balance.objects.count()) + str(sum(b.times for b in Balance.objects.all()))
        return post(Document("move", number, on, lines))


def held(quantity, place=HOME, item=SKU):
    return [Held(place, item, "", quantity)]


def at(book, place):
    """Quantity and what of it is reserved."""
    with within(book):
        found = Balance.objects.filter(place=place, item=SKU).first()
        return (found.quantity, found.reserved) if found else None


def test_reserved_units_move_only_as_reserved(book):
    with within(book):
        reserve(held(7))
    with pytest.raises(BelowZero) as refused:
        move(book, Line(SKU, 4, HOME, VOYAGE))
    assert refused.value.found == "There are 10, of which 7 are reserved."

    move(book, Line(SKU, 3, HOME, VOYAGE), Line(SKU, 5, HOME, ABROAD, is_reserved=True))

    assert [at(book, place) for place in (HOME, VOYAGE, ABROAD)] == [(2, 2), (3, 0), (5, 5)]


def test_units_that_leave_the_firm_are_reserved_no_more(book):
    with within(book):
        reserve(held(10))
    move(book, Line(SKU, 10, HOME, CUSTOMER, is_reserved=True))

    assert [at(book, place) for place in (HOME, CUSTOMER)] == [(0, 0), (10, 0)]


def test_more_than_is_reserved_does_not_move_as_reserved(book):
    with within(book):
        reserve(held(2))
    with pytest.raises(BelowZero):
        move(book, Line(SKU, 3, HOME, ABROAD, is_reserved=True))

    assert at(book, HOME) == (10, 2)


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        (reserve, held(11)),
        (reserve, held(6) + held(5)),
        (reserve, held(1, VOYAGE)),
        (reserve, held(1, CUSTOMER)),
        (reserve, held(1, "home/nowhere")),
        (reserve, held(1, HOME, "SKU-9")),
        (release, held(1)),
    ],
)
def test_what_is_not_free_is_refused_and_nothing_changes(book, action, asked):
    with pytest.raises(NotFree), within(book):
        action(asked)

    assert at(book, HOME) == (10, 0)


def test_sixteen_who_reserve_get_no_more_than_there_is(book):
    def ask():
        with within(book):
            reserve(held(3))

    found = at_once(*[ask] * 16)

    assert sum(isinstance(each, NotFree) for each in found) == 13
    assert at(book, HOME) == (10, 9)


def test_the_database_itself_keeps_reserved_within_what_is_there(book):
    with pytest.raises(IntegrityError), within(book), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET reserved = 11 WHERE place = %s", [HOME])


def test_stock_is_as_old_as_the_place_has_held_some_without_a_break(book):
    def since():
        with within(book):
            return Balance.objects.get(place=HOME, item=SKU).since

    assert since() == DAY
    move(book, Line(SKU, 5, SUPPLIER, HOME), on=date(2026, 4, 1))
    assert since() == DAY
    move(book, Line(SKU, 15, HOME, VOYAGE), on=date(2026, 4, 2))
    move(book, Line(SKU, 1, VOYAGE, HOME), on=date(2026, 4, 3))
    assert since() == date(2026, 4, 3)


def test_promises_are_no_movements(book):
    plain = Document("move", "1", DAY, [Line(SKU, 1, HOME, VOYAGE)])
    reserved = Document("move", "1", DAY, [Line(SKU, 1, HOME, VOYAGE, is_reserved=True)])

    assert hashes(book, plain) == hashes(book, reserved)
    with within(book):
        reserve(held(4))
    assert audit(book).is_clean
