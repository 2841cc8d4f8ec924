# SPDX-License-Identifier: Apache-2.0
"""What every engine must do alike: keep, order, run along lines, stream, forget."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot.engine import base
from entrepot.engine.base import Engine, Frame, Windowed
from entrepot.engine.duck import Duck
from entrepot.errors import Misused
from tests.on_engines import ENGINES, open_engine

#: Texts whose order by code point is neither alphabetic nor that of UTF-16.
TEXTS = ["R10", "R2", "Z", "a", "é", "\uff83", "\U00020bb7", "", None]


def numbers(rows: list[tuple[int, ...]], *names: str) -> pa.Table:
    return pa.table(
        {name: pa.array([row[at] for row in rows], pa.int64()) for at, name in enumerate(names)}
    )


def names_of(frame: Frame) -> list[str]:
    return frame.collect_schema().names()


# --- Order ---


def test_rows_are_kept_in_order_and_numbered(engine):
    table = pa.table({"text": [*reversed(TEXTS), "a"], "no": [*range(len(TEXTS)), -1]})

    kept = engine.keep_in_order(engine.table(table), "kept", ["text", "no"], "index")

    rows = engine.rows(kept, ["index"])
    assert [row["index"] for row in rows] == list(range(len(TEXTS) + 1))
    assert [row["text"] for row in rows] == [*sorted([*TEXTS[:-1], "a"]), None]
    assert [row["no"] for row in rows if row["text"] == "a"] == [-1, 5]
    assert kept.collect_schema()["index"] == nw.Int64


def test_an_index_counts_rows_across_blocks(engine):
    count = 300_001  # more than two blocks of DuckDB's tables
    table = pa.table({"no": pa.array(range(count - 1, -1, -1), pa.int64())})

    kept = engine.keep_in_order(engine.table(table), "kept", ["no"], "index")

    wrong = kept.filter(nw.col("index") != nw.col("no"))
    assert engine.rows(wrong) == []
    assert engine.rows(kept.select(nw.len().alias("n"))) == [{"n": count}]


def test_a_kept_frame_does_not_change_with_what_it_was_made_from(engine):
    first = engine.keep(engine.table(numbers([(1,), (2,)], "no")), "one")
    second = engine.keep(first.with_columns(no=nw.col("no") * 10), "two")
    engine.forget("one")

    assert engine.rows(second, ["no"]) == [{"no": 10}, {"no": 20}]


def test_a_name_may_be_kept_again(engine):
    engine.keep(engine.table(numbers([(1,)], "no")), "one")
    again = engine.keep(engine.table(numbers([(2,), (3,)], "no")), "one")

    assert engine.rows(again, ["no"]) == [{"no": 2}, {"no": 3}]


def test_forgetting_what_is_not_there_is_no_mistake(engine):
    engine.forget("never kept")


# --- Streams ---


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_stream_gives_all_rows_in_order_in_batches(engine, monkeypatch, count):
    monkeypatch.setattr("entrepot.engine.duck.BATCH_ROWS", 3)
    monkeypatch.setattr("entrepot.engine.polar.BATCH_ROWS", 3)
    assert base.BATCH_ROWS > 3
    rows = engine.table(numbers([(no,) for no in reversed(range(count))], "no"))

    batches = list(engine.stream(rows, ["no"]))

    assert [no for batch in batches for no in batch.column("no").to_pylist()] == list(range(count))
    assert all(batch.schema == pa.schema([("no", pa.int64())]) for batch in batches)
    assert len(batches) >= 1, "without rows one empty batch tells the columns"


def test_nothing_comes_last_in_a_stream(engine):
    table = pa.table({"on": pa.array([None, date(2025, 1, 2), date(2024, 1, 1)], pa.date32())})

    assert [row["on"] for row in engine.rows(engine.table(table), ["on"])] == [
        date(2024, 1, 1),
        date(2025, 1, 2),
        None,
    ]


def test_a_large_sum_stays_a_whole_number(engine, tmp_path):
    """A sum of whole numbers is wider on DuckDB and would be written as a float."""
    table = numbers([(2**53,), (1,)], "no")
    summed = engine.table(table).select(nw.col("no").sum().cast(nw.Int64))

    assert engine.collect(summed).to_pydict() == {"no": [2**53 + 1]}


# --- Files ---


@pytest.mark.parametrize("name", ["plain", "with 'quotes'", "with * and [a] and {b}"])
def test_a_parquet_file_is_read_and_its_rows_counted(engine, tmp_path, name):
    path = tmp_path / f"{name}.parquet"
    pq.write_table(numbers([(no,) for no in range(5)], "no"), path, row_group_size=2)

    frame = engine.scan(path, number="row")

    assert engine.rows(frame.select("row", "no"), ["row"]) == [
        {"row": no, "no": no} for no in range(5)
    ]
    assert names_of(engine.scan(path)) == ["no"]


# --- Running columns ---

lines = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 5), st.integers(0, 5)),
    max_size=20,
)


def run_along(rows: list[tuple[int, ...]]) -> list[dict[str, int]]:
    """What running columns are, one row after another."""
    found = []
    for _, group in groupby(sorted(rows), key=lambda row: row[0]):
        out = come = short = before = 0
        highest = None
        for line, moment, went, came in group:
            out, come = out + went, come + came
            short = out - come
            highest = short if highest is None else max(highest, short)
            found.append(
                {
                    "line": line,
                    "moment": moment,
                    "went": went,
                    "out": out,
                    "come": come,
                    "highest": highest,
                    "before": before,
                }
            )
            before = highest
    return found


def ran_along(engine: Engine, rows: list[tuple[int, ...]], how: str) -> list[dict[str, int]]:
    frame = engine.table(numbers(rows, "line", "moment", "went", "came"))
    order = ["moment", "went", "came"]
    if how == "windowed":
        kept = engine.keep_in_order(frame, "rows", ["line", *order], "row")
        running = Windowed(engine, kept, "line", ["row"])
    else:
        running = engine.running(frame, "rows", "line", order)
    columns = ["line", "moment", "went", "out", "come", "highest", "before"]
    result = (
        running.totals(out="went", come="came")
        .compute(short=nw.col("out") - nw.col("come"))
        .highest(highest="short")
        .before(before="highest")
        .keep("ran", columns)
    )
    assert set(result.collect_schema().values()) == {nw.Int64()}
    return engine.rows(result, ["line", "moment", "went", "out", "come"])


def in_test_order(rows: list[dict[str, int]]) -> list[dict[str, int]]:
    return sorted(rows, key=lambda r: [r[n] for n in ("line", "moment", "went", "out", "come")])


@pytest.mark.parametrize("how", ["own", "windowed"])
@pytest.mark.parametrize("name", ENGINES)
@given(lines)
@example([(0, 0, 1, 0), (0, 1, 2, 5), (1, 0, 0, 3), (1, 1, 4, 0)])
def test_running_columns_are_those_of_a_plain_loop(name, how, rows):
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        found = ran_along(engine, rows, how)

    assert found == in_test_order(run_along(rows))


def test_running_columns_hold_at_the_bounds(engine):
    """A line of 2**61 units, lines on both sides of it, and a shortage as large as all of it."""
    most = 2**61 - 1
    rows = [(0, 0, 5, 0), (1, 0, 0, most - 7), (1, 1, most, 0), (1, 2, 0, 3), (2, 0, 1, 1)]

    assert ran_along(engine, rows, "own") == in_test_order(run_along(rows))


def test_running_columns_cross_blocks_and_lines(engine):
    rows = [(no // 70_000, no, no % 7, no % 5) for no in range(280_001)]

    assert ran_along(engine, rows, "own") == in_test_order(run_along(rows))


# --- DuckDB's own ---


@pytest.mark.parametrize("memory", ["lots", "2 cats"])
def test_a_memory_budget_that_is_no_size_is_refused(tmp_path, memory):
    with pytest.raises(Misused, match=f"--memory {memory}"):
        Duck(tmp_path, memory)


def test_a_memory_budget_is_kept_and_what_is_beyond_it_spills(tmp_path):
    engine = Duck(tmp_path, "100MB")
    query = "SELECT range AS no, hash(range)::VARCHAR AS text FROM range(4_000_000)"
    frame = nw.from_native(engine.connection.sql(query))

    kept = engine.keep_in_order(frame, "sorted", ["text"], "index")

    assert engine.rows(kept.select(nw.len().alias("n"))) == [{"n": 4_000_000}]
    limit = engine.connection.execute("SELECT current_setting('memory_limit')").fetchone()
    assert limit is not None
    assert limit[0].startswith("95")  # MiB
    engine.close()
