# SPDX-License-Identifier: Apache-2.0
"""Exact money of two currencies on whole numbers: convert, and split by position.

Nothing divides but whole numbers, down. Where a product would not fit into 64 bits, it is divided
in two steps, by the upper and the lower half of one factor: quotient and remainder stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from entrepot.engine.base import Frame

#: Minor units of a flow or a balance stay below this.
LIMIT = 2**40
_HALF = 2**20


def converted(amount: nw.Expr, rate: nw.Expr, scale: nw.Expr) -> nw.Expr:
    """Fen that `amount` comes to at `rate`, rounded half up.

    Args:
        amount: minor units, 0 up to and below LIMIT.
        rate: millionths of CNY for one unit, up to `tables.LARGEST_RATE`.
        scale: 10 ** (decimals of the currency + 4): minor units of one unit x 1,000,000 / 100.

    Holds: what comes out has to be below 2**60.

    Source: our own policy.
    """
    each = amount // scale
    rest = amount - each * scale
    return each * rate + (2 * rest * rate + scale) // (2 * scale)


def with_parts(frame: Frame, parts: Mapping[str, tuple[str, str, str]]) -> Frame:
    """Add, for each name, what the first units of a whole carry of a value, half up.

    Parts by position sum to the whole: what units a to b carry is up to b less up to a.

    Args:
        parts: by name the columns value (fen, 0 up to and below 2**60), units (0 to whole) and
            whole (above 0 and below LIMIT).

    Source: our own policy.
    """
    names = frame.collect_schema().names()

    def step(column: str, name: str) -> nw.Expr:
        return nw.col(f"{name} {column}")

    # Column by column rather than as one expression, which would repeat itself many times over.
    stages = (
        ("rest", lambda n, v, u, w: v - v // w * w),
        ("upper", lambda n, v, u, w: u // _HALF),
        ("high", lambda n, v, u, w: step("rest", n) * step("upper", n)),
        ("times", lambda n, v, u, w: step("high", n) // w),
        (
            "low",
            lambda n, v, u, w: (
                (step("high", n) - step("times", n) * w) * _HALF
                + step("rest", n) * (u - step("upper", n) * _HALF)
            ),
        ),
        ("more", lambda n, v, u, w: step("low", n) // w),
        # Half up: once the double of what is left reaches the whole.
        ("round", lambda n, v, u, w: 2 * (step("low", n) - step("more", n) * w) // w),
    )
    for column, made in stages:
        frame = frame.with_columns(
            made(name, *map(nw.col, columns)).alias(f"{name} {column}")
            for name, columns in parts.items()
        )
    return frame.select(
        *names,
        *(
            (
                nw.col(value) // nw.col(whole) * nw.col(units)
                + step("times", name) * _HALF
                + step("more", name)
                + step("round", name)
            ).alias(name)
            for name, (value, units, whole) in parts.items()
        ),
    )
