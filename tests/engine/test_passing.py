# SPDX-License-Identifier: Apache-2.0
"""Running columns in one pass: the same as reading row after row, wherever batches are cut."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from entrepot.engine import passing
from entrepot.engine.passing import passed

#: From units to far beyond what any line of goods holds.
VALUES = st.integers(-3, 9) | st.integers(-(2**59), 2**59)
LINES = st.lists(st.lists(VALUES, min_size=1, max_size=6), max_size=8)


def read_row_by_row(lines: list[list[int]]) -> list[tuple[int, int, int, int]]:
    """Line, highest so far, value before, and the total of values above zero."""
    rows = []
    for line, values in enumerate(lines):
        before, total = 0, 0
        for at, value in enumerate(values):
            total += max(value, 0)
            rows.append((line, max(values[: at + 1]), before, total))
            before = value
    return rows


@given(LINES, st.integers(1, 7))
def test_every_row_knows_its_line_so_far_wherever_batches_are_cut(
    lines: list[list[int]], size: int
) -> None:
    flat = [(line, value) for line, values in enumerate(lines) for value in values]
    table = pa.table(
        {
            "line": pa.array([line for line, _ in flat], pa.int64()),
            "value": pa.array([value for _, value in flat], pa.int64()),
        }
    )
    operations = [
        passing.Computed({"gain": nw.max_horizontal("value", nw.lit(0, nw.Int64))}),
        passing.Total("total", "gain"),
        passing.Highest("highest", "value"),
        passing.Before("before", "value"),
    ]
    wanted = ["line", "highest", "before", "total"]
    found = list(passed(table.to_reader(max_chunksize=size), "line", operations, wanted))
    assert [batch.schema.names for batch in found] == [wanted] * max(1, len(found))
    assert all(field.type == pa.int64() for batch in found for field in batch.schema)
    rows = [tuple(row.values()) for batch in found for row in batch.to_pylist()]
    assert rows == read_row_by_row(lines)
