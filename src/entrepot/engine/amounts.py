# SPDX-License-Identifier: Apache-2.0
"""Exact arithmetic on whole fen and whole ten-thousandths.

No step divides decimals: engines disagree on what a divided decimal is. Whole numbers divide
the same everywhere, so every split and every rate is written with floor division here.
"""

from __future__ import annotations

import narwhals as nw

#: Rates are whole ten-thousandths.
_ONE = 10_000
#: Exchange rates are whole millionths.
_MILLION = 1_000_000
#: Fen above this could overflow once multiplied by a rate in ten-thousandths (2**61 / 10,000).
FEN_LIMIT = 2**61 // 10_000
#: A quantity at or above this could overflow when an amount is split by position.
QUANTITY_LIMIT = 2**30
#: No table may hold more units, or more fen, than this in all.
TOTAL_LIMIT = 2**61


def share(amount: nw.Expr, start: nw.Expr, units: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """The part of `amount` that `units` units from `start` on carry; parts sum to the whole.

    It is what the units up to the end carry, half up, less what those up to the start carry. With
    d, r = divmod(amount, whole) the first b units carry d * b + (2 * r * b + whole) // (2 * whole):
    only r * b < whole squared grows, so nothing overflows below QUANTITY_LIMIT.

    Args:
        amount: fen >= 0.
        start: units before the part, 0 to `whole`.
        units: units of the part.
        whole: units > 0 that carry `amount`.
    """
    each = amount // whole
    return share_of_parts(each, amount - each * whole, whole, start, units)


def share_of_parts(
    each: nw.Expr, rest: nw.Expr, whole: nw.Expr, start: nw.Expr, units: nw.Expr
) -> nw.Expr:
    """Like `share`, with each, rest = divmod(amount, whole) worked out before."""
    return each * units + (
        (2 * rest * (start + units) + whole) // (2 * whole)
        - (2 * rest * start + whole) // (2 * whole)
    )


def at_rate(amount: nw.Expr, rate: nw.Expr) -> nw.Expr:
    """`amount` x `rate`, rounded half up to the fen.

    The amount is divided first, so that a sum of several amounts at the bound cannot overflow.

    Args:
        amount: fen >= 0, in all below TOTAL_LIMIT.
        rate: ten-thousandths, 0 to 10,000.
    """
    whole = amount // _ONE
    return whole * rate + ((amount - whole * _ONE) * rate + _ONE // 2) // _ONE


def signed_share(amount: nw.Expr, start: nw.Expr, units: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """Like `share`, of an amount on either side of 0: what is taken back splits as what was given.

    Args:
        amount: fen, the rest as `share` takes it.
    """
    part = share(amount.abs(), start, units, whole)
    return nw.when(amount < 0).then(0 - part).otherwise(part)


def at_fx_rate(amount: nw.Expr, rate: nw.Expr) -> nw.Expr:
    """`amount` x `rate`, rounded half away from zero.

    Args:
        amount: hundredths of a currency, on either side of 0.
        rate: millionths, below 10**10.
    """
    size = amount.abs()
    whole = size // _MILLION
    value = whole * rate + ((size - whole * _MILLION) * rate + _MILLION // 2) // _MILLION
    return nw.when(amount < 0).then(0 - value).otherwise(value)
