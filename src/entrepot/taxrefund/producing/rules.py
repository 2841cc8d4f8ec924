# SPDX-License-Identifier: Apache-2.0
"""Decide what a VAT period of a producing firm comes to (免抵退税). Whole fen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Given:
    """What a VAT period is worked out from.

    `output_vat`, `input_vat`: of the VAT return; `input_vat` as certified for credit.
    `non_creditable`, `refundable`: N and R of the export lines, less their reductions for duty-free
    materials. Every one may be below zero: returns, red-letter invoices, reversals.
    """

    period: str
    output_vat: int
    input_vat: int
    non_creditable: int
    refundable: int


@dataclass(frozen=True, slots=True)
class Carried:
    """What one period hands to the next: credit (>= 0), and refundable still to offset (<= 0)."""

    credit: int = 0
    refundable: int = 0


@dataclass(frozen=True, slots=True)
class Filed:
    """What a VAT period comes to.

    `tax`: T; below zero it is the credit at the end of the period, before the refund.
    `refundable`: R, never below zero. `refund`: of it, paid out. `offset`: of it, set off.
    `payable`: VAT to pay. `before`, `after`: what is carried in and on.
    """

    given: Given
    before: Carried
    tax: int
    refundable: int
    refund: int
    offset: int
    payable: int
    after: Carried


def file_period(given: Given, before: Carried) -> Filed:
    """Work out one period.

    Holds:
        refund = min(credit at the end of the period, R); refund + offset = R;
        before.credit + input - N - output = refund + after.credit - payable;
        before.refundable + R of the lines = R + after.refundable.

    Source:
        Exempt-credit-refund method of a producing firm, as public implementations work it out
        (steps: T = output - (input - N) - credit; refund the lesser of credit and R). STA
        announcement 2025 No. 3, article 4: what a reversal takes below zero offsets the next
        period.
    """
    tax = given.output_vat - (given.input_vat - given.non_creditable) - before.credit
    net = before.refundable + given.refundable
    refundable, credit = max(net, 0), max(-tax, 0)
    refund = min(credit, refundable)
    return Filed(
        given=given,
        before=before,
        tax=tax,
        refundable=refundable,
        refund=refund,
        offset=refundable - refund,
        payable=max(tax, 0),
        after=Carried(credit - refund, min(net, 0)),
    )


def file_periods(periods: Iterable[Given], before: Carried) -> Iterator[Filed]:
    """Work out periods one after another, each on what the one before it carries on.

    Args:
        periods: in order.
        before: what is carried into the first.

    Source:
        Exempt-credit-refund method, as `file_period`.
    """
    for given in periods:
        filed = file_period(given, before)
        yield filed
        before = filed.after
