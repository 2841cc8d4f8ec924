# SPDX-License-Identifier: Apache-2.0
"""Splits and rates, to the last fen, on both engines, up to the bounds that `check` holds."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import floor
from pathlib import Path
from tempfile import TemporaryDirectory

import narwhals as nw
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot.engine.amounts import (
    FEN_LIMIT,
    QUANTITY_LIMIT,
    TOTAL_LIMIT,
    at_rate,
    share,
)
from tests.on_engines import ENGINES, open_engine

MOST_FEN, MOST_UNITS = FEN_LIMIT - 1, QUANTITY_LIMIT - 1
#: A rate of 1 in ten-thousandths.
ONE = 10_000


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def computed(name: str, rows: list[dict[str, int]], expr: nw.Expr) -> list[int]:
    """What an engine makes of `expr` on rows of whole numbers, in their order."""
    table = pa.Table.from_pylist(
        [row | {"at": at} for at, row in enumerate(rows)],
        pa.schema([(column, pa.int64()) for column in (*rows[0], "at")]),
    )
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        frame = engine.table(table).select("at", found=expr)
        assert frame.collect_schema()["found"] == nw.Int64
        return [row["found"] for row in engine.rows(frame, ["at"])]


def parts_of(name: str, amount: int, whole: int, cuts: list[int]) -> list[int]:
    rows = [
        {"amount": amount, "whole": whole, "start": start, "units": end - start}
        for start, end in itertools.pairwise(cuts)
    ]
    return computed(
        name, rows, share(nw.col("amount"), nw.col("start"), nw.col("units"), nw.col("whole"))
    )


@st.composite
def split(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """An amount, the units that carry it, and where they are cut."""
    whole = draw(st.one_of(st.integers(1, 12), st.integers(1, MOST_UNITS)))
    amount = draw(st.one_of(st.integers(0, 200), st.integers(0, MOST_FEN)))
    inner = draw(st.lists(st.integers(0, whole), max_size=6))
    return amount, whole, sorted({0, whole, *inner})


@pytest.mark.parametrize("name", ENGINES)
@given(split())
@example((MOST_FEN, MOST_UNITS, [0, 1, MOST_UNITS // 2, MOST_UNITS - 1, MOST_UNITS]))
@example((MOST_UNITS - 1, MOST_UNITS, [0, 1, MOST_UNITS - 1, MOST_UNITS]))
@example((5, 10, [0, 1, 2, 3, 10]))
def test_parts_carry_what_their_position_says_and_sum_to_the_whole(name, drawn):
    amount, whole, cuts = drawn

    found = parts_of(name, amount, whole, cuts)

    up_to = [half_up(Fraction(amount * cut, whole)) for cut in cuts]
    assert found == [b - a for a, b in itertools.pairwise(up_to)]
    assert sum(found) == amount


@pytest.mark.parametrize("name", ENGINES)
@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 200), st.integers(0, MOST_FEN)), st.integers(0, ONE)),
        min_size=1,
        max_size=8,
    )
)
@example([(MOST_FEN, ONE), (MOST_FEN, 1300), (50, 100), (49, 100), (150, 100), (0, 1300)])
def test_a_rate_is_rounded_half_up(name, drawn):
    rows = [{"fen": fen, "rate": rate} for fen, rate in drawn]

    found = computed(name, rows, at_rate(nw.col("fen"), nw.col("rate")))

    assert found == [half_up(Fraction(fen * rate, ONE)) for fen, rate in drawn]


def test_the_bounds_are_those_within_which_nothing_overflows():
    largest = 2**63 - 1

    assert largest >= MOST_FEN * ONE + ONE // 2
    assert largest >= 2 * (MOST_UNITS - 1) * MOST_UNITS + MOST_UNITS
    assert (FEN_LIMIT, QUANTITY_LIMIT, TOTAL_LIMIT) == (2**61 // 10_000, 2**30, 2**61)
