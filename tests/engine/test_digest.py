# SPDX-License-Identifier: Apache-2.0
"""A digest tells any two tables apart, and does not care how a table was cut into batches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.engine.digest import BLOCK_ROWS, Digest, digest_of

SCHEMA = pa.schema([("text", pa.string()), ("count", pa.int64()), ("on", pa.date32())])
Cells = tuple[str | None, int | None, date | None]

rows_of = st.lists(
    st.tuples(
        st.none() | st.text(st.sampled_from("ab\0é\U00020bb7"), max_size=3),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.dates(),
    ),
    max_size=12,
)


def batch(rows: list[Cells], schema: pa.Schema = SCHEMA) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.RecordBatch.from_arrays(
        [pa.array(list(c), f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
    )


def digest(*batches: pa.RecordBatch, schema: pa.Schema = SCHEMA, block_rows: int = 4) -> str:
    running = Digest(schema, block_rows=block_rows)
    for each in batches:
        running.update(each)
    assert running.rows == sum(each.num_rows for each in batches)
    return running.hexdigest()


@given(rows_of, st.data())
def test_it_is_the_same_however_rows_are_cut(rows, data):
    whole = batch(rows)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    parts = [whole.slice(a, b - a) for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]

    assert digest(*parts) == digest(whole) == digest(batch(rows))


@given(rows_of)
def test_blocks_may_be_worked_out_beside_and_apart(rows):
    """Side by side in threads, or by several processes that each have whole blocks."""
    whole = batch(rows)
    with ThreadPoolExecutor(2) as beside:
        running = Digest(SCHEMA, beside, block_rows=2)
        running.update(whole)
        in_threads = running.hexdigest()
    blocks: list[str] = []
    for start in range(0, len(rows), 4):
        part = Digest(SCHEMA, block_rows=2)
        part.update(whole.slice(start, 4))
        blocks += part.blocks()

    assert in_threads == digest(whole, block_rows=2)
    assert digest_of(SCHEMA, len(rows), blocks) == in_threads


def test_a_table_of_many_blocks_has_one_digest_a_block():
    running = Digest(SCHEMA)
    rows = batch([("a", 1, None)] * 1000)
    for _ in range(132):
        running.update(rows)

    blocks = running.blocks()

    assert BLOCK_ROWS == 65_536
    assert len(blocks) == 3
    assert blocks[0] == blocks[1] != blocks[2]


@given(rows_of, rows_of)
def test_two_tables_have_the_same_digest_only_if_they_are_equal(rows, others):
    assert (digest(batch(rows)) == digest(batch(others))) == (rows == others)


CHANGES: list[tuple[str, list[Any], list[Any]]] = [
    ("order", [("a", 1, None), ("b", 1, None)], [("b", 1, None), ("a", 1, None)]),
    ("where a text ends", [("ab", 0, None), ("c", 0, None)], [("a", 0, None), ("bc", 0, None)]),
    ("empty and nothing", [("", 0, None)], [(None, 0, None)]),
    ("0 and nothing", [("a", 0, None)], [("a", None, None)]),
    (
        "which row is empty",
        [("a", None, None), ("a", 0, None)],
        [("a", 0, None), ("a", None, None)],
    ),
    ("the first day and none", [("a", 0, date(1970, 1, 1))], [("a", 0, None)]),
    ("one more row of nothing", [(None, None, None)], [(None, None, None)] * 2),
    ("a sign", [("a", 5, None)], [("a", -5, None)]),
    ("digits beyond a double", [("a", 2**53, None)], [("a", 2**53 + 1, None)]),
    ("letters that look the same", [("é", 0, None)], [("e\u0301", 0, None)]),
]


@pytest.mark.parametrize(("case", "one", "other"), CHANGES, ids=[c[0] for c in CHANGES])
def test_it_tells_apart(case, one, other):
    assert digest(batch(one)) != digest(batch(other))


def test_names_and_types_count():
    renamed = pa.schema([("name", pa.string()), *list(SCHEMA)[1:]])
    columns = [pa.array([], field.type) for field in renamed]
    empty = pa.RecordBatch.from_arrays(columns, schema=renamed)

    assert digest(empty, schema=renamed) != digest(batch([]))


def test_flags_count_like_any_other_value():
    schema = pa.schema([("flag", pa.bool_())])
    cases: list[list[bool | None]] = [[True, None], [False, None], [None, True], [True, False]]
    tables = [pa.RecordBatch.from_arrays([pa.array(c, pa.bool_())], schema=schema) for c in cases]

    assert len({digest(table, schema=schema) for table in tables}) == len(cases)
    assert digest(tables[0].slice(1), schema=schema) == digest(tables[1].slice(1), schema=schema)


def test_it_stays_what_it_was_in_earlier_releases():
    """Digests are compared over years; change this only together with the schema version."""
    rows = [("a", 1, date(2025, 1, 2)), (None, None, None), ("é", -(2**62), date(1999, 12, 31))]

    assert digest(batch(rows)) == "4965c089e757d7feeb37c261c7bf5843eb563b10a4ab570ea6f4352991c864cd"
