# SPDX-License-Identifier: Apache-2.0
"""Whoever changes the book is found out, whatever rights they have."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

import pytest

from entrepot.ledger import sealing
from entrepot.ledger.audit import audit, chain_of
from entrepot.ledger.merkle import chain, leaf, root
from entrepot.ledger.models import Document, Movement, Unsealed
from entrepot.ledger.sealing import BEGINNING, seal, seal_all
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.ledger.books import (
    HOME,
    SUPPLIER,
    VOYAGE,
    at_once,
    document,
    intruder,
    line,
    open_book,
    posted,
)


@pytest.fixture
def book(enterprise):
    """A book of six documents with two lines each, in seals of four."""
    open_book(enterprise)
    lines = (line(5, SUPPLIER, HOME), line(2, HOME, VOYAGE))
    posted(enterprise, *(document(f"P-{n}", *lines) for n in range(6)))
    return enterprise


@pytest.fixture
def sealed(book, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    seal_all(book)
    return book


def codes(enterprise, **options):
    return [finding.code for finding in audit(enterprise, **options).findings]


# --- Sealing ---


def test_a_seal_covers_what_was_posted_and_the_next_what_came_after(book):
    first = seal(book)
    assert seal(book) is None
    posted(book, document("P-6"))
    second = seal(book)

    assert (first.number, first.documents) == (1, 6)
    assert (second.number, second.documents) == (2, 1)
    assert second.chain == chain(first.chain, 2, 1, second.root)
    assert chain_of(book) == [first, second]


def test_several_sealers_seal_each_document_once(book, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 1)

    at_once(*[lambda: seal_all(book)] * 4)

    assert [link.number for link in chain_of(book)] == list(range(1, 7))
    assert audit(book).is_clean
    with within(book):
        assert not Unsealed.objects.exists()


def test_posting_goes_on_while_a_sealer_works(book):
    with within(book):
        assert seal(book) is not None
        (result,) = at_once(lambda: posted(book, document("P-6")))
        assert result[0].is_new
    assert audit(book).unsealed == 1


def test_each_enterprise_has_a_chain_of_its_own(sealed):
    other = open_book(Enterprise.objects.create().id)
    posted(other, document("P-1"))
    link = seal(other)

    assert link.number == 1
    assert link.chain == chain(BEGINNING, 1, 1, link.root)


def test_the_leaf_of_a_document_can_be_worked_out_without_the_program(book):
    """As docs/algorithms/sealed-book.md describes it, from the rows alone."""
    link = seal(book)

    def sha(says):
        return hashlib.sha256(
            json.dumps(says, ensure_ascii=False, separators=(",", ":")).encode()
        ).digest()

    leaves = []
    with within(book):
        for kept in Document.objects.order_by("id"):
            moved = [
                sha([str(book), kept.kind, kept.number, m.line, str(m.on), m.item, m.lot,
                     m.quantity, m.from_place, m.to_place])
                for m in Movement.objects.filter(document=kept).order_by("line")
            ]  # fmt: skip
            over = sha(
                [str(book), kept.kind, kept.number, str(kept.on), kept.note, None,
                 [each.hex() for each in moved]]
            )  # fmt: skip
            at = kept.posted_at.astimezone(UTC).isoformat(timespec="microseconds")
            says = json.dumps([str(kept.id), over.hex(), at, "system"], separators=(",", ":"))
            leaves.append(hashlib.sha256(b"\0" + says.encode()).digest())

    assert root(leaves) == link.root


# --- Trees ---


def test_a_root_is_that_of_the_rfc():
    one, two, three = (leaf(bytes([n])) for n in range(3))

    def node(left, right):
        return hashlib.sha256(b"\1" + left + right).digest()

    assert root([one]) == one
    assert root([one, two, three]) == node(node(one, two), three)
    five = [leaf(bytes([n])) for n in range(5)]
    four = node(node(five[0], five[1]), node(five[2], five[3]))
    assert root(five) == node(four, five[4])


# --- An audit ---


def test_an_untouched_book_is_clean(sealed):
    done = audit(sealed)

    assert done.is_clean
    assert (done.documents, done.movements, done.unsealed) == (6, 12, 0)
    assert [link.documents for link in done.links] == [4, 2]


def test_an_unsealed_book_is_clean_and_says_how_much_is_unsealed(book):
    done = audit(book)

    assert (done.is_clean, done.unsealed) == (True, 6)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ledger_movement SET quantity = 6 WHERE {of} AND line = 1", "movement_changed"),
        ("UPDATE ledger_movement SET lot = 'X' WHERE {of} AND line = 1", "movement_changed"),
        ("UPDATE ledger_movement SET \"on\" = '2026-01-01' WHERE {of}", "movement_changed"),
        ("UPDATE ledger_movement SET hash = sha256('x') WHERE {of}", "movement_changed"),
        ("DELETE FROM ledger_movement WHERE {of} AND line = 2", "movement_missing"),
        ("DELETE FROM ledger_document WHERE id = '{id}'", "document_missing"),
        ("UPDATE ledger_document SET note = 'x' WHERE id = '{id}'", "document_changed"),
        ("UPDATE ledger_document SET posted_by = 'x' WHERE id = '{id}'", "document_changed"),
        ("UPDATE ledger_document SET posted_at = now() WHERE id = '{id}'", "document_changed"),
        ("DELETE FROM ledger_sealeddocument WHERE {of}", "seal_broken"),
        ("UPDATE ledger_sealeddocument SET leaf = sha256('x') WHERE {of}", "seal_broken"),
        ("UPDATE ledger_seal SET documents = 3 WHERE number = 1", "seal_broken"),
        ("DELETE FROM ledger_seal WHERE number = 1", "seal_missing"),
        ("UPDATE ledger_balance SET quantity = 1 WHERE place = 'home/stock'", "balance_differs"),
        ("DELETE FROM ledger_balance WHERE place = 'home/stock'", "balance_differs"),
    ],
)
def test_what_an_intruder_changed_is_found(sealed, statement, code):
    with within(sealed):
        id = Document.objects.get(number="P-1").id
    with intruder() as owner:
        owner.execute(
            statement.format(id=id, of=f"document_id = '{id}'").replace(
                " WHERE", f" WHERE enterprise_id = '{sealed}' AND"
            )
        )

    assert code in codes(sealed)


def test_a_document_that_vanished_with_all_its_traces_but_the_seal_is_found(sealed):
    with within(sealed):
        id = Document.objects.get(number="P-1").id
    with intruder() as owner:
        owner.execute("DELETE FROM ledger_movement WHERE document_id = %s", [id])
        owner.execute("DELETE FROM ledger_document WHERE id = %s", [id])

    assert "document_missing" in codes(sealed)


def test_a_document_slipped_in_is_found(sealed):
    with intruder() as owner:
        owner.execute(
            "INSERT INTO ledger_document SELECT gen_random_uuid(), kind, number || 'x', \"on\","
            " lines, note, hash, posted_at, posted_by, enterprise_id, reverses_id"
            " FROM ledger_document WHERE enterprise_id = %s AND number = 'P-1'",
            [sealed],
        )

    assert "never_sealed" in codes(sealed)


def test_whoever_rewrites_everything_is_found_by_the_chain_kept_elsewhere(sealed):
    kept = {link.number: link.chain for link in chain_of(sealed)}
    assert codes(sealed, against=kept) == []
    with intruder() as owner:
        for table in ("sealeddocument", "seal", "unsealed", "movement", "document", "balance"):
            owner.execute(f"DELETE FROM ledger_{table} WHERE enterprise_id = %s", [sealed])
    posted(sealed, *(document(f"P-{n}") for n in range(6)))
    seal_all(sealed)

    assert codes(sealed) == []
    assert codes(sealed, against=kept) == ["seal_differs", "seal_differs"]
