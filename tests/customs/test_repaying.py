# SPDX-License-Identifier: Apache-2.0
"""What of a refund units repay: exact parts that sum to the whole, each once."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.customs.returns import stepping
from entrepot.customs.returns.models import CaseLine, Refund
from entrepot.customs.returns.repaying import due, part
from entrepot.people.tenancy import within
from tests.customs.returning_kit import (
    ONE,
    TODAY,
    TWO,
    brought,
    drafted,
    open_firm,
    refunded,
    wanted,
)

DAY = timedelta(days=1)


@pytest.fixture
def firm(enterprise):
    return open_firm(enterprise)


def due_of(firm, case):
    with within(firm):
        return [each.amount for each in due(case, CaseLine.objects.filter(case_id=case))]


@given(
    amount=st.integers(0, 10**13),
    units=st.integers(1, 10**6),
    cuts=st.lists(st.integers(0, 10**6), max_size=12),
)
def test_parts_of_all_units_sum_to_the_refund_and_each_is_near_its_share(amount, units, cuts):
    ends = [0, *sorted(min(cut, units) for cut in cuts), units]
    parts = [part(amount, units, start, end) for start, end in pairwise(ends)]

    assert sum(parts) == amount
    for each, start, end in zip(parts, ends, ends[1:], strict=False):
        assert abs(each * units - amount * (end - start)) <= units
    assert part(amount, units, units, units + 5) == 0
    assert part(amount, 0, 0, 5) == 0


def test_lines_of_a_case_and_other_cases_repay_each_unit_once(firm):
    refunded(firm, (ONE, 10, 1_003), on=TODAY - 2 * DAY)
    first = brought(firm, "checked", wanted(3), wanted(2))
    assert due_of(firm, first) == [301, 201]
    with within(firm):
        stepping.clear(first, "C-1")

    second = drafted(firm, wanted(5), number="RH-2")

    assert due_of(firm, first) == [301, 201]
    assert due_of(firm, second) == [501]


def test_what_was_repaid_before_the_close_is_among_its_claims(firm):
    refunded(firm, (ONE, 10, 1_000), on=TODAY - 3 * DAY)
    first = brought(firm, "checked", wanted(4))
    with within(firm):
        stepping.clear(first, "C-1", on=TODAY - DAY)
    second = drafted(firm, wanted(2), number="RH-2")
    assert due_of(firm, second) == [200]

    # The next close has the repayment among its claims, and the four are still abroad.
    refunded(firm, (ONE, 10, 600), on=TODAY)
    assert due_of(firm, second) == [200]

    # Once they have arrived it has six units left.
    with within(firm):
        stepping.announce(first, "D", TODAY)
        stepping.arrive(first, TODAY)
    refunded(firm, (ONE, 6, 600), on=TODAY)
    assert due_of(firm, second) == [200]


def test_what_no_close_says_is_not_known_and_what_was_not_claimed_is_nothing(firm):
    refunded(firm, (ONE, 10, 0))
    case = drafted(firm, wanted(3), wanted(1, TWO))

    assert due_of(firm, case) == [0, None]


def test_an_earlier_day_that_is_closed_later_changes_nothing(firm):
    refunded(firm, (ONE, 10, 1_000), on=TODAY)
    refunded(firm, (ONE, 10, 7), (TWO, 10, 7), on=TODAY - DAY)

    with within(firm):
        assert list(Refund.objects.values_list("declaration_no", "amount")) == [(ONE, 1_000)]
