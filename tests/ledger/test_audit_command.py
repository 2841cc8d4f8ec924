# SPDX-License-Identifier: Apache-2.0
"""`entrepot audit`: what it says, what it exports, and what it holds books against."""

from __future__ import annotations

import json

import pytest

from entrepot.ledger.sealing import seal_all
from entrepot.site.auditing import NotAChain, audit_books, read_chain
from tests.ledger.books import document, intruder, open_book, posted


@pytest.fixture
def book(enterprise):
    open_book(enterprise)
    posted(enterprise, *(document(f"P-{n}") for n in range(3)))
    seal_all(enterprise)
    return enterprise


def change_something(book):
    with intruder() as owner:
        owner.execute("UPDATE ledger_movement SET quantity = 6 WHERE enterprise_id = %s", [book])


def test_a_clean_book_is_said_to_be_clean(book, capsys):
    assert audit_books(book, None, None, as_json=False)

    assert capsys.readouterr().out.splitlines() == [
        "1 book, 3 documents, 3 movements, 1 seal; 0 documents not sealed yet",
        "All is as it was posted.",
    ]


def test_every_finding_is_named_and_the_chain_is_not_exported(book, capsys, tmp_path):
    change_something(book)

    assert not audit_books(book, tmp_path / "chain.json", None, as_json=False)
    said = capsys.readouterr()
    assert f"Enterprise {book}: 8 findings" in said.out
    assert "movement_changed: purchase P-1, line 1:" in said.out
    assert "The chain is not exported" in said.err
    assert list(tmp_path.iterdir()) == []


def test_the_same_as_json(book, capsys):
    change_something(book)
    audit_books(book, None, None, as_json=True)

    (found,) = json.loads(capsys.readouterr().out)
    assert (found["enterprise"], found["found"]) == (str(book), 8)
    assert found["findings"][0].keys() == {"code", "about", "found", "expected"}


def test_a_book_is_held_against_a_chain_that_was_kept(book, capsys, tmp_path):
    kept = tmp_path / "chain.json"
    assert audit_books(book, kept, None, as_json=False)
    posted(book, document("P-3"))
    seal_all(book)

    assert audit_books(book, None, kept, as_json=False)
    found = json.loads(kept.read_text())
    found["enterprises"][str(book)][0]["chain"] = "00" * 32
    kept.write_text(json.dumps(found))
    assert not audit_books(book, None, kept, as_json=False)
    assert "seal_differs: batch 1" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "x"}', "\0"])
def test_what_is_no_chain_is_refused(text, tmp_path):
    path = tmp_path / "chain.json"
    path.write_text(text)

    with pytest.raises(NotAChain):
        read_chain(path)
