# SPDX-License-Identifier: Apache-2.0
"""Small answers from large tables: the first rows of each group, units where something holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.pipelines.summary import yuan

#: Examples that are shown of a kind.
EXAMPLES = 3


def first_of(frame: Frame, by: Sequence[str], order: Sequence[str], at_most: int) -> Frame:
    """The first rows of each group, `at_most` of each, in `order` (a total one), with `place`."""
    place = nw.col("one").cum_sum().over(*by, order_by=list(order)).cast(nw.Int64)
    return (
        frame.with_columns(one=nw.lit(1, nw.Int64))
        .with_columns(place=place)
        .filter(nw.col("place") <= at_most)
        .drop("one")
    )


def where(condition: nw.Expr, column: str = "quantity") -> nw.Expr:
    """A column's value where a condition holds, 0 elsewhere: to be summed."""
    return nw.when(condition).then(nw.col(column)).otherwise(nw.lit(0, nw.Int64))


def total(*columns: str) -> list[nw.Expr]:
    """The sums of whole numbers, as whole numbers."""
    return [nw.col(column).sum().cast(nw.Int64) for column in columns]


def only(engine: Engine, frame: Frame) -> dict[str, Any]:
    """The one row of a frame that sums up; sums over nothing are 0."""
    row = engine.rows(frame)[0]
    return {
        name: 0 if value is None and not isinstance(value, date) else value
        for name, value in row.items()
    }


def money(fen: int | None) -> str:
    """Whole fen as a decimal text with two places; nothing is 0.00."""
    return yuan(fen or 0) or ""


def by_currency(rows: Sequence[dict[str, Any]], currency: str, amount: str) -> dict[str, str]:
    """Amounts summed by currency, in the order of the currencies, as decimal texts."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[currency]] = sums.get(row[currency], 0) + (row[amount] or 0)
    return {name: money(sums[name]) for name in sorted(sums)}


def share(part: int, whole: int) -> str | None:
    """A part of a whole in percent with one place, as a decimal text; None of nothing."""
    return str((Decimal(part) * 100 / whole).quantize(Decimal("0.1"))) if whole else None
