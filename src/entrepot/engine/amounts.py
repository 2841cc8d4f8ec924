# SPDX-License-Identifier: Apache-2.0
"""Exact arithmetic on whole fen and whole ten-thousandths.

No step divides decimals: engines disagree on what a divided decimal is. Whole numbers divide
the same everywhere, so every split and every rate is written with floor division here.
"""

from __future__ import annotations

import narwhals as nw

#: Fen above this could overflow once multiplied by a rate in ten-thousandths (2**61 / 10,000).
FEN_LIMIT = 2**61 // 10_000
#: A quantity at or above this could overflow when an amount is split by position.
QUANTITY_LIMIT = 2**30
#: No table may hold more units, or more fen, than this in all.
TOTAL_LIMIT = 2**61


def share_up_to(amount: nw.Expr, position: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """The part of `amount` that the first `position` of `whole` units carry, half up.

    With d, r = divmod(amount, whole) it is d * position + (2 * r * position + whole) // (2 * whole):
    only r * position < whole squared grows, so it cannot overflow below QUANTITY_LIMIT.

    Args:
        amount: fen >= 0.
        position: units, 0 to `whole`.
        whole: units > 0.
    """
    each, rest = amount // whole, amount % whole
    return each * position + (2 * rest * position + whole) // (2 * whole)


def share(amount: nw.Expr, start: nw.Expr, units: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """The part of `amount` that `units` units from `start` carry; parts sum to the whole."""
    return share_up_to(amount, start + units, whole) - share_up_to(amount, start, whole)


def rounded_rate(product: nw.Expr) -> nw.Expr:
    """Fen x ten-thousandths, >= 0, back to fen, rounded half up."""
    return (product + 5_000) // 10_000
