# SPDX-License-Identifier: Apache-2.0
"""Running columns in one pass over batches of rows that lie in order along their lines.

What a batch leaves to the next is one number per column, so memory does not grow with the rows.
Several times cheaper than window functions, which sort or build a tree for every partition.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

#: Columns of a batch by name.
Columns = dict[str, pa.Array]

_ROOM = 2**62


class Batch:
    """A batch of rows in order and where lines start in it."""

    def __init__(self, columns: Columns, line: str, line_before: int | None) -> None:
        self.columns = columns
        numbers = columns[line]
        changes = pc.not_equal(numbers[1:], numbers[:-1])
        starts = len(numbers) > 0 and numbers[0].as_py() != line_before
        self.is_first: pa.Array = pa.concat_arrays([pa.array([starts], pa.bool_()), changes])


class Operation(ABC):
    """Adds one column to each batch in turn."""

    @abstractmethod
    def add(self, batch: Batch) -> None: ...


class Total(Operation):
    """The total of a column from the line's start to the row."""

    def __init__(self, name: str, column: str) -> None:
        self.name, self.column = name, column
        self._overall, self._base = 0, 0

    def add(self, batch: Batch) -> None:
        values = batch.columns[self.column]
        overall = pc.cumulative_sum_checked(values, start=self._overall)
        # A total over all lines less what it was where the line began.
        begun = pc.if_else(batch.is_first, pc.subtract(overall, values), _NONE)
        base = pc.fill_null(pc.fill_null_forward(begun), self._base)
        self._overall, self._base = overall[-1].as_py(), base[-1].as_py()
        batch.columns[self.name] = pc.subtract(overall, base)


class Highest(Operation):
    """The highest value of a column from the line's start to the row."""

    def __init__(self, name: str, column: str) -> None:
        self.name, self.column = name, column
        self._so_far: int | None = None

    def add(self, batch: Batch) -> None:
        values = batch.columns[self.column]
        starts = pc.indices_nonzero(batch.is_first)
        before = starts[0].as_py() if len(starts) else len(values)
        found = _highest(values, batch.is_first, starts)
        if before and self._so_far is not None:
            # The first rows go on with the line of the batch before.
            carried = pc.max_element_wise(found[:before], self._so_far)
            found = pa.concat_arrays([carried, found[before:]])
        self._so_far = found[-1].as_py()
        batch.columns[self.name] = found


class Before(Operation):
    """The value of a column in the row before; 0 at the line's start."""

    def __init__(self, name: str, column: str) -> None:
        self.name, self.column = name, column
        self._last = 0

    def add(self, batch: Batch) -> None:
        values = batch.columns[self.column]
        shifted = pa.concat_arrays([pa.array([self._last], values.type), values[:-1]])
        self._last = values[-1].as_py()
        batch.columns[self.name] = pc.if_else(batch.is_first, pa.scalar(0, values.type), shifted)


class Computed(Operation):
    """Columns that are computed within a row."""

    def __init__(self, expressions: dict[str, nw.Expr]) -> None:
        self.expressions = expressions

    def add(self, batch: Batch) -> None:
        rows = nw.from_native(pa.table(batch.columns), eager_only=True)
        added = rows.select(**self.expressions).to_native()
        for name in self.expressions:
            batch.columns[name] = added.column(name).combine_chunks()


_NONE = pa.scalar(None, pa.int64())


def _highest(values: pa.Array, is_first: pa.Array, starts: pa.Array) -> pa.Array:
    """The highest value so far in each stretch that starts where `is_first` is true."""
    low, high = pc.min_max(values).values()
    low, high = low.as_py(), high.as_py()
    if (len(starts) + 1) * (high - low + 1) < _ROOM:
        # Lift every line above the one before it; then one running maximum serves all.
        lift = pc.multiply(pc.cumulative_sum(is_first.cast(pa.int64())), high - low + 1)
        lifted = pc.cumulative_max(pc.add(pc.subtract(values, low), lift))
        return pc.add(pc.subtract(lifted, lift), low)
    edges = sorted({0, *starts.to_pylist(), len(values)})
    return pa.concat_arrays([pc.cumulative_max(values[a:b]) for a, b in pairwise(edges)])


def passed(
    batches: pa.RecordBatchReader,
    line: str,
    operations: Sequence[Operation],
    columns: Sequence[str],
) -> Iterator[pa.RecordBatch]:
    """Take batches through the operations one after another; hand on the columns asked for.

    At least one batch comes out, if only an empty one.
    """
    line_before: int | None = None
    for rows in batches:
        if not rows.num_rows:
            continue
        batch = Batch(dict(zip(rows.schema.names, rows.columns, strict=True)), line, line_before)
        for operation in operations:
            operation.add(batch)
        line_before = rows.column(line)[-1].as_py()
        yield pa.record_batch([batch.columns[name] for name in columns], names=list(columns))
    if line_before is None:
        kinds = {field.name: field.type for field in batches.schema}
        empty = [pa.array([], kinds.get(name, pa.int64())) for name in columns]
        yield pa.record_batch(empty, names=list(columns))
