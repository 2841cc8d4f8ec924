# SPDX-License-Identifier: Apache-2.0
"""Put texts back in place of their numbers, batch by batch, as a table is written.

A column with few different texts travels through sorts and joins as a number: a tenth of the size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Texts:
    """What numbers stand for: `numbers[n]` for `texts[n]`."""

    numbers: pa.Array
    texts: pa.Array


def put_back(
    batches: Iterable[pa.RecordBatch], coded: Mapping[str, Texts]
) -> Iterator[pa.RecordBatch]:
    """Replace the numbers of coded columns by their texts; empty stays empty."""
    for batch in batches:
        columns = [
            _texts(column, coded[name]) if name in coded else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _texts(column: pa.Array, coded: Texts) -> pa.Array:
    if not pa.types.is_integer(column.type):
        return column
    places = pc.index_in(column.cast(pa.int64()), value_set=coded.numbers)
    return coded.texts.take(places)
