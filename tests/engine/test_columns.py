# SPDX-License-Identifier: Apache-2.0
"""Columns to take from: the same from memory and from disk, whatever is in them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.engine.base import Frame
from entrepot.engine.columns import Columns
from entrepot.engine.duck import Duck

TYPES = {
    "whole": pa.int64(),
    "small": pa.int8(),
    "day": pa.date32(),
    "text": pa.string(),
    "filled": pa.string(),
}
ROWS = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.integers(-128, 127),
    st.none() | st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["", "a", "红", "😀" * 40]),
)


class Batches(Duck):
    """An engine that hands a table over in batches of given sizes, slices of one larger batch.

    `lies`: the order in which its rows lie when no order is asked for.
    """

    def __init__(self, table: pa.Table, sizes: list[int], shelf: Path, lies: list[int]) -> None:
        self.held, self.sizes, self.shelf, self.lies = table, sizes, shelf, lies

    def stream(self, frame: Frame, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        rows = self.held if order else self.held.take(pa.array(self.lies, pa.int64()))
        whole = pa.RecordBatch.from_arrays(
            [pa.concat_arrays(each.chunks) for each in rows.columns],
            names=rows.column_names,
        )
        at = turn = 0
        while at < len(whole) or not turn:
            size = self.sizes[turn % len(self.sizes)]
            yield whole.slice(at, size)
            at, turn = at + size, turn + 1


@given(st.data(), st.lists(ROWS, max_size=70), st.lists(st.integers(1, 20), min_size=1))
@settings(deadline=None)
def test_columns_on_disk_are_those_in_memory(
    data: st.DataObject, rows: list[tuple[object, ...]], sizes: list[int]
) -> None:
    expected = pa.table(
        {
            name: pa.array([row[at] for row in rows], kind)
            for at, (name, kind) in enumerate(TYPES.items())
        }
    )
    numbered = expected.append_column("number", pa.array(range(len(rows)), pa.int64()))
    in_order = list(range(len(rows)))
    lies = data.draw(st.just(in_order) | st.permutations(in_order))
    asked = pa.array(data.draw(st.lists(st.sampled_from([*in_order, None]))), pa.int64())

    with tempfile.TemporaryDirectory() as folder:
        engine = Batches(numbered, sizes, Path(folder), lies)
        found = Columns(engine, nw.from_native(numbered), "number", list(TYPES))
        for name, kind in TYPES.items():
            found[name].validate(full=True)
            taken = found[name].take(asked).cast(kind)
            assert taken.equals(expected[name].combine_chunks().take(asked)), name


def held_in_memory(engine: Duck) -> int:
    """The bytes that columns of 200,000 rows keep of Arrow's memory."""
    engine.run("CREATE TABLE texts AS SELECT range AS number, 'text ' || range AS text "
               "FROM range(200_000)")  # fmt: skip
    before = pa.total_allocated_bytes()
    columns = Columns(engine, nw.from_native(engine.connection.table("texts")), "number", ["text"])
    assert columns["text"].take(pa.array([199_999])).to_pylist() == ["text 199999"]
    return pa.total_allocated_bytes() - before


def test_columns_take_memory_only_without_a_budget(tmp_path):
    (tmp_path / "without").mkdir()

    assert held_in_memory(Duck(tmp_path, "100MB")) < 10_000
    assert held_in_memory(Duck(tmp_path / "without")) > 2_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux counts it")
def test_pages_that_were_read_are_given_back(tmp_path):
    engine = Duck(tmp_path, "200MB")
    engine.run("CREATE TABLE wide AS SELECT range AS number, repeat('x', 500) AS text "
               "FROM range(200_000)")  # fmt: skip
    columns = Columns(engine, nw.from_native(engine.connection.table("wide")), "number", ["text"])
    every = pa.array(range(0, 200_000, 7))

    def mapped_bytes() -> int:
        text = Path("/proc/self/status").read_text("utf-8")
        return 1024 * int(text.partition("RssFile:")[2].split()[0])

    before = mapped_bytes()
    taken = columns["text"].take(every)
    read = mapped_bytes()
    for _ in range(16):
        asked = columns["text"]

    assert read - before > 80_000_000
    assert mapped_bytes() - before < 10_000_000
    assert asked.take(every).equals(taken)
