# SPDX-License-Identifier: Apache-2.0
"""Where Narwhals says something else on Spark than on other engines, made to say the same.

The steps are the same expressions on every engine, so each of these is a difference between
engines that a step would have to know of. `tests/engine/test_spark_meaning.py` shows each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from narwhals._spark_like.dataframe import SparkLikeLazyFrame
from narwhals._spark_like.expr import SparkLikeExpr
from narwhals._spark_like.expr_str import SparkLikeExprStringNamespace
from pyspark.sql import Column
from pyspark.sql import functions as sql


def mean_the_same() -> None:
    """Put the meanings of this module in the place of those of Narwhals, once for the process."""
    frame: Any = SparkLikeLazyFrame
    expression: Any = SparkLikeExpr
    texts: Any = SparkLikeExprStringNamespace
    expression.__floordiv__ = _floor_division
    expression.__rfloordiv__ = _floor_division_of
    texts.contains = _contains
    frame.unique = _unique


def _floor_division(self: Any, other: Any) -> Any:
    """Whole numbers divided as whole numbers: Narwhals would take a double, of 53 bits."""
    return self._with_binary(_floor, other)


def _floor_division_of(self: Any, other: Any) -> Any:
    return self._with_binary(lambda expr, other: _floor(other, expr), other).alias("literal")


def _floor(number: Column, other: Column) -> Column:
    """Divided down. `div` divides towards 0, so the remainder, never negative, goes first."""
    whole = sql.call_function("div", number - sql.pmod(number, other), other)
    return sql.when(other != sql.lit(0), whole)


def _contains(self: Any, pattern: Any, *, literal: bool) -> Any:
    """Java's `$` also matches before a line break at the end; elsewhere it is the very end."""
    compliant = self.compliant
    if literal:
        return compliant._with_elementwise(
            lambda expr, pattern: sql.contains(expr, pattern), expression_args={"pattern": pattern}
        )
    return compliant._with_elementwise(
        lambda expr, pattern: sql.regexp(
            expr, sql.regexp_replace(pattern, sql.lit(r"\$$"), sql.lit(r"\\z"))
        ),
        expression_args={"pattern": pattern},
    )


def _unique(
    self: Any, subset: Sequence[str] | None, *, keep: str, order_by: Sequence[str] | None
) -> Any:
    """Grouped, so that equal rows meet before they travel; a window would move and sort all."""
    assert keep == "any"
    assert not order_by
    return self._with_native(self.native.dropDuplicates(list(subset) if subset else None))
