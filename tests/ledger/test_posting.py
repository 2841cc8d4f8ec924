# SPDX-License-Identifier: Apache-2.0
"""Documents are posted whole, once, and never below zero."""

from __future__ import annotations

import pytest

from entrepot.ledger import actions
from entrepot.ledger.actions import (
    BelowZero,
    NotKnown,
    NotReversible,
    SaysOtherwise,
    post,
    post_all,
    reverse,
)
from entrepot.ledger.document import MOST, Document, Unpostable
from entrepot.ledger.models import Document as Kept
from entrepot.ledger.models import Movement
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.ledger.books import (
    ABROAD,
    CUSTOMER,
    DAY,
    HOME,
    SUPPLIER,
    VOYAGE,
    at_once,
    balances,
    document,
    line,
    open_book,
    posted,
)


@pytest.fixture
def book(enterprise):
    return open_book(enterprise, "SKU-1", "SKU-2", "CNY")


def counts(book):
    with within(book):
        return Kept.objects.count(), Movement.objects.count()


# --- What is posted ---


def test_a_document_moves_what_it_says(book):
    (done,) = posted(book, document("P-1", line(5, SUPPLIER, HOME), line(2, HOME, VOYAGE)))

    assert done.is_new
    assert balances(book) == {
        (SUPPLIER, "SKU-1", ""): -5,
        (HOME, "SKU-1", ""): 3,
        (VOYAGE, "SKU-1", ""): 2,
    }
    with within(book):
        kept = Kept.objects.get(number="P-1")
        lines = list(kept.movements.order_by("line").values_list("line", "quantity", "on"))
    assert (kept.id, kept.lines, kept.on, kept.posted_by) == (done.id, 2, DAY, "system")
    assert lines == [(1, 5, DAY), (2, 2, DAY)]


def test_lots_are_told_apart_in_one_place(book):
    posted(
        book,
        document("P-1", line(5, SUPPLIER, HOME, lot="L1"), line(7, SUPPLIER, HOME, lot="L2")),
        document("S-1", line(4, HOME, VOYAGE, lot="L1")),
    )

    found = balances(book)
    assert found[HOME, "SKU-1", "L1"] == 1
    assert found[HOME, "SKU-1", "L2"] == 7


def test_what_a_line_brings_another_line_of_the_document_may_take(book):
    posted(book, document("P-1", line(3, HOME, VOYAGE), line(3, SUPPLIER, HOME)))

    assert balances(book) == {(SUPPLIER, "SKU-1", ""): -3, (VOYAGE, "SKU-1", ""): 3}


def test_many_documents_are_posted_as_one(book, monkeypatch):
    given = [document(f"P-{n}", line(n + 1, SUPPLIER, HOME)) for n in range(50)]
    with within(book):
        found = post_all(given)

    assert [each.number for each in found] == [each.number for each in given]
    assert balances(book)[HOME, "SKU-1", ""] == sum(range(51))
    assert counts(book) == (50, 50)


@pytest.mark.parametrize("copied", [True, False])
def test_copied_and_given_lines_give_the_same_rows(book, monkeypatch, copied):
    monkeypatch.setattr(actions, "COPY_FROM", 0 if copied else 10**9)
    given = document(
        "P-1",
        line(5, SUPPLIER, HOME, lot="批次\n1"),
        line(MOST, SUPPLIER, ABROAD, item="SKU-2"),
        note="say \"it\" \\ 'so'\t☃",
    )
    with within(book):
        (done,) = post_all([given])
        post_all([document("P-2")])
        rows = list(
            Movement.objects.filter(document=done.id)
            .order_by("line")
            .values_list("item", "lot", "quantity", "from_place", "to_place")
        )

    assert rows == [
        ("SKU-1", "批次\n1", 5, SUPPLIER, HOME),
        ("SKU-2", "", MOST, SUPPLIER, ABROAD),
    ]


def test_nothing_to_post_posts_nothing(book):
    with within(book):
        assert post_all([]) == []


# --- Once ---


def test_the_same_document_twice_is_one(book):
    first, again = posted(book, document("P-1"), document("P-1"))

    assert (again.id, again.is_new) == (first.id, False)
    assert balances(book)[HOME, "SKU-1", ""] == 5
    assert counts(book) == (1, 1)


def test_the_same_document_twice_in_one_call_is_one(book):
    with within(book):
        first, again = post_all([document("P-1"), document("P-1")])

    assert first.id == again.id
    assert (first.is_new, again.is_new) == (True, False)
    assert counts(book) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        document("P-1", line(6, SUPPLIER, HOME)),
        document("P-1", line(5, SUPPLIER, HOME, lot="L")),
        document("P-1", line(5, SUPPLIER, VOYAGE)),
        document("P-1", line(2, SUPPLIER, HOME), line(3, SUPPLIER, HOME)),
        document("P-1", note="another note"),
    ],
    ids=["quantity", "lot", "place", "lines", "note"],
)
def test_the_same_number_saying_something_else_is_refused(book, other):
    posted(book, document("P-1"))

    with pytest.raises(SaysOtherwise) as refused, within(book):
        post_all([document("P-0"), other])

    assert refused.value.facts["documents"][0]["number"] == "P-1"
    assert counts(book) == (1, 1)


def test_two_enterprises_may_use_the_same_number(book):
    other = open_book(Enterprise.objects.create().id)
    posted(book, document("P-1"))
    posted(other, document("P-1", line(9, SUPPLIER, HOME)))

    assert balances(other) == {(SUPPLIER, "SKU-1", ""): -9, (HOME, "SKU-1", ""): 9}


def test_the_same_document_posted_at_once_by_many_is_one(book):
    def one():
        with within(book):
            return post(document("P-1"))

    found = at_once(*[one] * 8)

    assert len({each.id for each in found}) == 1
    assert sum(each.is_new for each in found) == 1
    assert balances(book)[HOME, "SKU-1", ""] == 5


# --- Never below zero ---


def test_more_than_there_is_cannot_leave_and_all_shortfalls_are_named(book):
    posted(book, document("P-1", line(5, SUPPLIER, HOME), line(2, SUPPLIER, HOME, item="SKU-2")))

    with pytest.raises(BelowZero) as refused, within(book):
        post(
            document(
                "S-1",
                line(1, SUPPLIER, VOYAGE),
                line(6, HOME, VOYAGE),
                line(3, HOME, VOYAGE, item="SKU-2"),
            )
        )

    assert refused.value.facts["below"] == [
        {"place": HOME, "item": "SKU-1", "lot": "", "there": 5, "reserved": 0, "taken": 6},
        {"place": HOME, "item": "SKU-2", "lot": "", "there": 2, "reserved": 0, "taken": 3},
    ]
    assert str(refused.value).splitlines()[1] == "There are 5."
    assert counts(book) == (1, 2)
    assert balances(book)[HOME, "SKU-1", ""] == 5


def test_the_last_units_leave_once_however_many_ask(book):
    posted(book, document("P-1", line(5, SUPPLIER, HOME)))

    def take(number):
        def one():
            with within(book):
                return post(document(f"S-{number}", line(1, HOME, CUSTOMER)))

        return one

    found = at_once(*[take(n) for n in range(16)])

    refused = [each for each in found if isinstance(each, BelowZero)]
    assert len(refused) == 11
    assert len(found) - len(refused) == 5
    assert balances(book) == {(SUPPLIER, "SKU-1", ""): -5, (CUSTOMER, "SKU-1", ""): 5}


def test_documents_that_touch_the_same_places_in_any_order_never_wait_in_a_circle(book):
    posted(book, document("P-1", *(line(500, SUPPLIER, place) for place in (HOME, VOYAGE, ABROAD))))
    ways = [(HOME, VOYAGE), (VOYAGE, ABROAD), (ABROAD, HOME), (VOYAGE, HOME), (HOME, ABROAD)]

    def move(number):
        def one():
            for n in range(12):
                way = [ways[(number + n + step) % 5] for step in range(3)]
                with within(book):
                    post(document(f"M-{number}-{n}", *(line(1, a, b) for a, b in way)))

        return one

    assert at_once(*[move(n) for n in range(6)]) == [None] * 6
    assert sum(balances(book).values()) == 0


# --- What cannot be posted ---


def test_items_and_places_that_are_not_known_are_all_named(book):
    with pytest.raises(NotKnown) as refused, within(book):
        post(document("P-1", line(5, SUPPLIER, "home/nowhere"), line(5, SUPPLIER, HOME, "SKU-9")))

    assert refused.value.facts["not_known"] == [{"item": "SKU-9"}, {"place": "home/nowhere"}]
    assert counts(book) == (0, 0)


def test_the_faults_of_all_documents_are_listed(book):
    with pytest.raises(Unpostable) as refused, within(book):
        post_all(
            [
                Document("purchase", "P-1", DAY, ()),
                document("P-2", line(0, SUPPLIER, HOME), line(1, HOME, HOME)),
                document("P-3", line(MOST + 1, SUPPLIER, HOME)),
            ]
        )

    assert [(f["document"], f.get("line")) for f in refused.value.facts["faults"]] == [
        ("purchase P-1", None),
        ("purchase P-2", 1),
        ("purchase P-2", 2),
        ("purchase P-3", 1),
    ]
    assert counts(book) == (0, 0)


def test_a_sum_too_large_for_the_book_is_refused_and_changes_nothing(book):
    posted(book, *(document(f"P-{n}", line(MOST, SUPPLIER, HOME)) for n in range(3)))

    assert balances(book)[HOME, "SKU-1", ""] == 3 * MOST


# --- Reversing ---


def test_a_reversal_takes_every_line_back(book):
    (done,) = posted(book, document("P-1", line(5, SUPPLIER, HOME), line(2, HOME, VOYAGE)))
    with within(book):
        back = reverse(done.id, "R-1", DAY, "typed twice")

    assert balances(book) == {}
    with within(book):
        kept = Kept.objects.get(id=back.id)
    assert (kept.kind, kept.reverses_id, kept.note) == ("reversal", done.id, "typed twice")


def test_the_same_reversal_twice_is_one(book):
    (done,) = posted(book, document("P-1"))
    with within(book):
        first = reverse(done.id, "R-1", DAY, "")
    with within(book):
        again = reverse(done.id, "R-1", DAY, "")

    assert (again.id, again.is_new) == (first.id, False)
    assert balances(book) == {}


def test_a_document_is_reversed_once_and_a_reversal_not_at_all(book):
    (done,) = posted(book, document("P-1"))
    with within(book):
        back = reverse(done.id, "R-1", DAY, "")

    for which, found in (
        (done.id, "It was reversed by R-1."),
        (back.id, "It is itself a reversal."),
    ):
        with pytest.raises(NotReversible) as refused, within(book):
            reverse(which, "R-2", DAY, "")
        assert refused.value.found == found
    assert counts(book) == (2, 2)


def test_two_reversals_at_once_are_one_and_a_refusal(book):
    (done,) = posted(book, document("P-1"))

    def back(number):
        def one():
            with within(book):
                return reverse(done.id, number, DAY, "")

        return one

    found = at_once(*[back(f"R-{n}") for n in range(4)])

    assert sum(isinstance(each, NotReversible) for each in found) == 3
    assert balances(book) == {}


def test_what_has_left_again_cannot_be_taken_back(book):
    (done, _) = posted(book, document("P-1"), document("S-1", line(4, HOME, CUSTOMER)))

    with pytest.raises(BelowZero), within(book):
        reverse(done.id, "R-1", DAY, "")


def test_a_document_of_another_enterprise_is_not_there(book):
    other = open_book(Enterprise.objects.create().id)
    (done,) = posted(other, document("P-1"))

    with pytest.raises(NotReversible) as refused, within(book):
        reverse(done.id, "R-1", DAY, "")
    assert refused.value.found == "There is no such document."
