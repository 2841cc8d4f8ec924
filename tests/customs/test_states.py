# SPDX-License-Identifier: Apache-2.0
"""The state of a document: a function of the set of its receipts, which never goes backwards."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from entrepot.customs.sending.states import (
    OUTCOMES,
    STATES,
    USES,
    Receipt,
    State,
    meaning,
    state_of,
)
from entrepot.packs.read import read

ANSWERS = [*sorted({row.text("answer") for row in read(USES).rows}), "CEB214Message"]
STATUSES = [
    *("1", "2", "3", "4", "100", "120", "300", "399", "500", "501", "599", "700", "800", "899"),
    *("-1", "-304001", "777", "", "abc", "00120"),
]
TIMES = [f"2026112712{minute:02d}00000" for minute in range(6)]
RECEIPTS = some.builds(
    Receipt, some.sampled_from(ANSWERS), some.sampled_from(STATUSES), some.sampled_from(TIMES)
)
TODAY = date(2026, 11, 27)


def of(*statuses, answer="CEB604Message"):
    return state_of(
        Receipt(answer, status, f"20261127120000{at:03d}") for at, status in enumerate(statuses)
    )


@given(some.lists(RECEIPTS, max_size=8).flatmap(
    lambda found: some.tuples(some.just(found), some.permutations(found + found[:3]))
))  # fmt: skip
def test_any_order_and_any_copies_give_the_same_state(both):
    once, again = both

    assert state_of(once) == state_of(again)


@given(some.lists(RECEIPTS, max_size=8), RECEIPTS)
def test_a_further_receipt_never_takes_a_document_back(before, further):
    state, then = state_of(before), state_of([*before, further])

    assert then.rank >= state.rank
    assert not (state.is_contradicted and not then.is_contradicted)
    assert not (state.is_unexpected and not then.is_unexpected)


@given(some.lists(RECEIPTS, max_size=8))
def test_the_state_is_that_of_one_receipt_of_the_highest_rank(receipts):
    state = state_of(receipts)
    ranks = [meaning(each.answer, each.status, TODAY).rank for each in receipts]

    assert state.rank == max(ranks, default=0)
    assert state.outcome in OUTCOMES
    assert (state.status, state.at) in {("", ""), *((each.status, each.at) for each in receipts)}


@pytest.mark.parametrize(
    ("case", "statuses", "outcome", "ends"),
    [
        ("nothing came", [], "sent", False),
        ("stored only", ["1"], "under_way", False),
        ("could not be sent, then it could", ["1", "2", "4", "3"], "under_way", False),
        ("could not be sent", ["1", "2", "4"], "failed", False),
        ("an error after it was sent", ["1", "2", "3", "-304001"], "failed", False),
        ("taken in after an error was mended there", ["-304001", "120"], "taken_in", False),
        ("rejected after it was taken in", ["2", "120", "100"], "rejected", True),
        ("released", ["2", "120", "300", "399", "800"], "released", False),
        ("closed, and older ones come late", ["899", "800", "2", "120"], "closed", True),
        ("a state that no table names moves nothing", ["120", "777"], "taken_in", False),
        ("zeros before it", ["00120"], "taken_in", False),
    ],
)
def test_where_a_declaration_list_stands(case, statuses, outcome, ends):
    state = of(*statuses)

    assert (state.outcome, state.ends) == (outcome, ends), case


def test_what_ends_depends_on_the_answer():
    assert of("120", answer="CEB304Message").ends
    assert not of("120", answer="CEB604Message").ends
    assert of("399", answer="CEB606Message").ends
    assert not of("399", answer="CEB604Message").ends


def test_rejected_and_released_is_said_to_be_both():
    assert of("100", "800").is_contradicted
    assert of("800", "100").is_contradicted
    assert not of("120", "100").is_contradicted
    assert not of("120", "800").is_contradicted


def test_states_that_an_answer_should_not_report_are_marked_and_count():
    state = of("120", "800", answer="CEB304Message")

    assert state.is_unexpected
    assert state.outcome == "released"
    assert not of("120", "300", "399", "800", "899").is_unexpected
    assert not of("-5", answer="CEB900Message").is_unexpected


def test_only_what_is_followed_soon_awaits_a_receipt():
    assert State().awaits
    assert of("3").awaits
    assert of("120").awaits
    assert not of("120", answer="CEB304Message").awaits
    for status in ("300", "800", "899", "100", "-1", "4"):
        assert not of(status).awaits


def test_every_use_names_a_state_that_is_known():
    known = {row.text("state") for row in read(STATES).rows}

    assert {row.text("state") for row in read(USES).rows} <= known
    assert {row.text("outcome") for row in read(STATES).rows} <= set(OUTCOMES)
    ranks = [row.whole("rank") for row in read(STATES).rows]
    assert len(set(ranks)) == len(ranks)
