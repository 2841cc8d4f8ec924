# SPDX-License-Identifier: Apache-2.0
"""Random work on live books: after every step the books are what a dictionary says they are."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from entrepot.ledger.actions import BelowZero, NotReversible, post_all, reverse
from entrepot.ledger.audit import audit
from entrepot.ledger.models import Document as Kept
from entrepot.ledger.models import Movement
from entrepot.ledger.sealing import seal
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.ledger.books import (
    ABROAD,
    CUSTOMER,
    DAY,
    HOME,
    SUPPLIER,
    VOYAGE,
    balances,
    document,
    line,
    open_book,
)

PLACES = (SUPPLIER, HOME, VOYAGE, ABROAD, CUSTOMER)
LINES = st.lists(
    st.builds(
        lambda quantity, way, item, lot: line(quantity, *way, item, lot),
        st.integers(1, 4),
        st.permutations(PLACES).map(lambda places: places[:2]),
        st.sampled_from(["SKU-1", "SKU-2"]),
        st.sampled_from(["", "L1"]),
    ),
    min_size=1,
    max_size=4,
)


class Books(RuleBasedStateMachine):
    """Two enterprises; each step is somebody's, and the other sees nothing of it."""

    documents = Bundle("documents")

    def __init__(self) -> None:
        super().__init__()
        self.books = [open_book(Enterprise.objects.create().id, "SKU-1", "SKU-2") for _ in range(2)]
        self.expected = [Counter(), Counter()]
        self.posted = [{}, {}]
        self.reversals = [{}, {}]

    def moved(self, which, lines):
        """What a book would hold with these lines; nothing where a place would go below zero."""
        after = Counter(self.expected[which])
        for each in lines:
            after[each.from_place, each.item, each.lot] -= each.quantity
            after[each.to_place, each.item, each.lot] += each.quantity
        below = [key for key, n in after.items() if n < 0 and key[0] not in (SUPPLIER, CUSTOMER)]
        return None if below else after

    @rule(
        target=documents,
        which=st.integers(0, 1),
        given=st.lists(st.tuples(st.integers(0, 30), LINES), min_size=1, max_size=3),
    )
    def post(self, which, given):
        fresh = {n: lines for n, lines in given if str(n) not in self.posted[which]}
        after = self.moved(which, [each for lines in fresh.values() for each in lines])
        work = [document(str(n), *lines) for n, lines in fresh.items()]
        try:
            with within(self.books[which]):
                found = post_all(work)
        except BelowZero:
            assert after is None
            return (which, None)
        assert after is not None
        self.expected[which] = after
        self.posted[which] |= {each.number: (each.id, fresh[int(each.number)]) for each in found}
        return (which, found[0].number if found else None)

    @rule(known=documents)
    def post_again(self, known):
        which, number = known
        if number is None:
            return
        id, lines = self.posted[which][number]
        with within(self.books[which]):
            (found,) = post_all([document(number, *lines)])
        assert (found.id, found.is_new) == (id, False)

    @rule(known=consumes(documents), by_another=st.booleans())
    def reverse(self, known, by_another):
        which, number = known
        if number is None:
            return
        id, lines = self.posted[which][number]
        if by_another:
            with pytest.raises(NotReversible), within(self.books[1 - which]):
                reverse(id, f"R-{number}", DAY, "")
            return
        back = [line(x.quantity, x.to_place, x.from_place, x.item, x.lot) for x in lines]
        after = self.moved(which, back) if id not in self.reversals[which] else None
        try:
            with within(self.books[which]):
                found = reverse(id, f"R-{number}", DAY, "")
        except BelowZero:
            assert after is None
            return
        if found.is_new:
            self.expected[which] = after
            self.reversals[which][id] = found.id

    @rule(which=st.integers(0, 1))
    def seal(self, which):
        seal(self.books[which])

    @invariant()
    def what_lies_where_is_as_expected(self):
        for book, expected in zip(self.books, self.expected, strict=True):
            assert balances(book) == {key: n for key, n in expected.items() if n}

    @invariant()
    def nothing_is_seen_of_another(self):
        for book, posted, back in zip(self.books, self.posted, self.reversals, strict=True):
            with within(book):
                assert Kept.objects.count() == len(posted) + len(back)
                assert set(Movement.objects.values_list("enterprise_id", flat=True)) <= {book}

    def teardown(self):
        for book in self.books:
            assert audit(book).is_clean


def test_books_are_what_was_posted(desk):
    run_state_machine_as_test(Books, settings=settings(stateful_step_count=25))
