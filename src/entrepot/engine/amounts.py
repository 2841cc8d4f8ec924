# SPDX-License-Identifier: Apache-2.0
"""Exact arithmetic on whole fen and whole ten-thousandths.

No step divides decimals: engines disagree on what a divided decimal is. Whole numbers divide
the same everywhere, so every split and every rate is written with floor division here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import narwhals as nw

from entrepot.engine.base import Frame

#: Rates are whole ten-thousandths.
_ONE = 10_000
#: Exchange rates are whole millionths.
_MILLION = 1_000_000
_DIGIT = 2**16
#: What the digits of a number below 2**48 count, the highest first.
_WIDE_PLACES = (_DIGIT**2, _DIGIT, 1)
#: Fen above this could overflow once multiplied by a rate in ten-thousandths (2**61 / 10,000).
FEN_LIMIT = 2**61 // 10_000
#: A quantity at or above this could overflow when an amount is split by position.
QUANTITY_LIMIT = 2**30
#: A whole below this splits exactly by `with_wide_shares`.
WIDE_LIMIT = 2**46
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


def with_shares(frame: Frame, names: Sequence[str], start: str, units: str, whole: str) -> Frame:
    """Put in the place of amounts the part of each that a row carries, as `share` does.

    What is taken back splits as what was given.

    Column by column: as one expression a share repeats itself so often that engines take longer to
    read it than to work it out.

    Args:
        frame: rows with amounts (fen, on either side of 0; null: null comes out), `start`, `units`
            and `whole` as `share` takes them.
        names: the columns of the amounts.
    """
    columns = frame.collect_schema().names()
    first, length, all_of_it = nw.col(start), nw.col(units), nw.col(whole)

    def of(name: str, step: str) -> nw.Expr:
        return nw.col(f"{name} {step}")

    stages: tuple[tuple[str, Callable[[str], nw.Expr]], ...] = (
        ("size", lambda n: nw.col(n).abs()),
        ("each", lambda n: of(n, "size") // all_of_it),
        ("rest", lambda n: 2 * (of(n, "size") - of(n, "each") * all_of_it)),
        ("end", lambda n: (of(n, "rest") * (first + length) + all_of_it) // (2 * all_of_it)),
        ("start", lambda n: (of(n, "rest") * first + all_of_it) // (2 * all_of_it)),
        ("part", lambda n: of(n, "each") * length + of(n, "end") - of(n, "start")),
    )
    for step, made in stages:
        frame = frame.with_columns(made(name).alias(f"{name} {step}") for name in names)
    return frame.select(
        *(name for name in columns if name not in names),
        *(
            nw.when(nw.col(name) < 0)
            .then(0 - of(name, "part"))
            .otherwise(of(name, "part"))
            .alias(name)
            for name in names
        ),
    )


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


def with_wide_shares(frame: Frame, parts: Mapping[str, tuple[str, str, str]]) -> Frame:
    """Add, for each name, what the first units of a whole carry of a value, half up.

    For wholes that `share` is too narrow for: rest * units is divided digit by digit of the units,
    the highest first, as on paper. With whole < 2**46 and digits of 16 bits no step reaches 2**63.

    Args:
        parts: by name the columns value (fen, 0 up to and below 2**60), units (0 to whole) and
            whole (above 0 and below WIDE_LIMIT).
    """
    names = frame.collect_schema().names()
    none = nw.lit(0, nw.Int64)

    def of(name: str, step: str) -> nw.Expr:
        return nw.col(f"{name} {step}")

    def digit(units: nw.Expr, place: int) -> nw.Expr:
        return units // place - units // (place * _DIGIT) * _DIGIT

    stages: list[tuple[str, Callable[[str, nw.Expr, nw.Expr, nw.Expr], nw.Expr]]] = [
        ("rest", lambda n, v, u, w: v - v // w * w),
        ("times", lambda n, v, u, w: none),
        ("left", lambda n, v, u, w: none),
    ]
    for place in _WIDE_PLACES:
        stages += [
            ("digit", partial(lambda place, n, v, u, w: digit(u, place), place)),
            ("all", lambda n, v, u, w: of(n, "left") * _DIGIT + of(n, "rest") * of(n, "digit")),
            ("more", lambda n, v, u, w: of(n, "all") // w),
            ("times", lambda n, v, u, w: of(n, "times") * _DIGIT + of(n, "more")),
            ("left", lambda n, v, u, w: of(n, "all") - of(n, "more") * w),
        ]
    # Half up: once the double of what is left reaches the whole.
    stages.append(("round", lambda n, v, u, w: 2 * of(n, "left") // w))
    for step, made in stages:
        frame = frame.with_columns(
            made(name, *map(nw.col, columns)).alias(f"{name} {step}")
            for name, columns in parts.items()
        )
    return frame.select(
        *names,
        *(
            (
                nw.col(value) // nw.col(whole) * nw.col(units) + of(n, "times") + of(n, "round")
            ).alias(n)
            for n, (value, units, whole) in parts.items()
        ),
    )
