# SPDX-License-Identifier: Apache-2.0
"""A VAT period: what is refunded, set off, paid and carried on, for any amounts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from entrepot.taxrefund.producing.rules import Carried, Given, file_period, file_periods

FEN = st.integers(-(10**12), 10**12)
PERIOD = st.builds(Given, st.just("2025-01"), FEN, FEN, FEN, FEN)
BEFORE = st.builds(Carried, st.integers(0, 10**12), st.integers(-(10**12), 0))


@given(PERIOD, BEFORE)
def test_the_refund_is_the_lesser_of_credit_and_r_and_the_rest_of_r_is_set_off(period, before):
    filed = file_period(period, before)

    credit = max(-filed.tax, 0)
    assert filed.refund == min(credit, filed.refundable)
    assert filed.refund + filed.offset == filed.refundable
    assert min(filed.refund, filed.offset, filed.payable, filed.after.credit) >= 0
    assert filed.after.refundable <= 0
    assert not (filed.payable and (filed.refund or filed.after.credit))


@given(st.lists(PERIOD, max_size=24), BEFORE)
def test_nothing_is_lost_between_periods(periods, before):
    filed = list(file_periods(periods, before))

    for one, following in pairwise(filed):
        assert following.before == one.after
    after = filed[-1].after if filed else before
    came = sum(g.input_vat - g.non_creditable - g.output_vat for g in periods)
    paid = sum(f.payable - f.refund for f in filed)
    assert before.credit + came + paid == after.credit
    net = sum(g.refundable for g in periods)
    assert before.refundable + net == sum(f.refundable for f in filed) + after.refundable


@given(PERIOD)
def test_the_three_cases_of_the_form_say_the_same(period):
    """Steps 5 to 7 as they are published, one by one."""
    filed = file_period(period, Carried())

    t, r = filed.tax, max(period.refundable, 0)
    if t >= 0:
        expected = (t, 0, r, 0)
    elif -t <= r:
        expected = (0, -t, r + t, 0)
    else:
        expected = (0, r, 0, -t - r)
    assert (filed.payable, filed.refund, filed.offset, filed.after.credit) == expected
