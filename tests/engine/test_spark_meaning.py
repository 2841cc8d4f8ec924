# SPDX-License-Identifier: Apache-2.0
"""An expression means on Spark what it means elsewhere, at the bounds too."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import narwhals as nw
import pyarrow as pa
import pytest

from entrepot.engine.amounts import FEN_LIMIT, QUANTITY_LIMIT, at_rate, share
from entrepot.engine.schema import Column, Kind
from entrepot.engine.typed import cell
from tests.on_spark import SPARK

pytestmark = SPARK

LARGE = [2**62 + 1, 2**53 + 1, 2**61 - 1, 7, 0, -1, -7, -(2**53) - 1, -(2**62) - 1]


@pytest.mark.parametrize("by", [1, 2, 3, 10_000, 2**40, 2**61 - 1])
def test_whole_numbers_divide_down_and_exactly(by, spark):
    frame = spark.table(pa.table({"no": pa.array(LARGE, pa.int64())}))

    rows = spark.rows(frame.select("no", down=nw.col("no") // by, rest=nw.col("no") % by))

    assert [(row["down"], row["rest"]) for row in rows] == [divmod(no, by) for no in LARGE]
    assert type(rows[0]["down"]) is int


def test_a_division_by_nothing_gives_nothing(spark):
    frame = spark.table(
        pa.table({"no": pa.array([5, 0], pa.int64()), "by": pa.array([0, 0], pa.int64())})
    )

    assert spark.rows(frame.select(down=nw.col("no") // nw.col("by"))) == [{"down": None}] * 2


def test_shares_and_rates_are_exact_at_the_bounds(spark):
    """Amounts that a double cannot hold: split in three, and taken at a rate."""
    whole, amount = QUANTITY_LIMIT - 1, FEN_LIMIT - 1
    starts = [0, 1, whole - 2]
    table = pa.table({"start": starts, "units": [1, whole - 3, 2], "amount": [amount] * 3})
    part = share(nw.col("amount"), nw.col("start"), nw.col("units"), nw.lit(whole, nw.Int64))
    rate = at_rate(nw.col("amount"), nw.lit(1300, nw.Int64))

    rows = spark.rows(spark.table(table).select(part=part, rate=rate))

    assert sum(row["part"] for row in rows) == amount
    assert {row["rate"] for row in rows} == {(amount * 1300 + 5000) // 10_000}


def test_a_sum_that_does_not_fit_stops_the_run(spark):
    frame = spark.table(pa.table({"no": pa.array([2**62, 2**62], pa.int64())}))

    with pytest.raises(Exception, match=r"(?i)overflow"):
        spark.rows(frame.select(nw.col("no").sum()))
    with pytest.raises(Exception, match=r"(?i)overflow"):
        spark.rows(frame.select(nw.col("no") * 4))


@pytest.mark.parametrize(
    ("kind", "texts", "values"),
    [
        (Kind.QUANTITY, ["5", "5\n", "5\r\n", " 5", "٥", "1e3"], [5, None, None, None, None, None]),
        (Kind.MONEY, ["12.50", "12.5\n", "12,50", "-0.01"], [1250, None, None, -1]),
        (Kind.DAY, ["2024-02-29", "2026-02-29", "2026-01-01\n"], [date(2024, 2, 29), None, None]),
    ],
    ids=["units", "money", "days"],
)
def test_texts_are_read_as_elsewhere(kind, texts, values, spark, engine):
    column = Column("cell", kind, "")
    read = cell(column, nw.String())
    expressions = {"value": read.value, "unreadable": read.is_unreadable}
    table = pa.table({"cell": texts, "at": list(range(len(texts)))})

    here = spark.rows(spark.table(table).select("at", **expressions), ["at"])

    assert [row["value"] for row in here] == values
    assert [row["unreadable"] for row in here] == [value is None for value in values]
    assert here == engine.rows(engine.table(table).select("at", **expressions), ["at"])


def test_a_decimal_of_any_scale_is_read_exactly(spark):
    amounts = [Decimal("90071992547409.93"), Decimal("-0.01"), Decimal("1.005")]
    read = cell(Column("cell", Kind.MONEY, ""), nw.Decimal(38, 6))
    table = pa.table({"cell": pa.array(amounts, pa.decimal128(38, 6))})

    rows = spark.rows(spark.table(table).select(value=read.value, unreadable=read.is_unreadable))

    assert [row["value"] for row in rows] == [9007199254740993, -1, None]
    assert [row["unreadable"] for row in rows] == [False, False, True]


def test_rows_are_unique_once_and_nothing_equals_nothing(spark):
    table = pa.table({"a": ["x", None, "x", None, "y"], "b": [1, 1, 1, 1, None]})

    rows = spark.rows(spark.table(table).unique(), ["a", "b"])

    assert rows == [{"a": "x", "b": 1}, {"a": "y", "b": None}, {"a": None, "b": 1}]
