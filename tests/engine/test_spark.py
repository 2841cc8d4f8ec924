# SPDX-License-Identifier: Apache-2.0
"""Spark does what every engine does, across processes; and what is its own."""

from __future__ import annotations

from random import Random

import pytest

from tests.engine import test_engines as alike
from tests.on_spark import SPARK, worker_processes

pytestmark = SPARK

#: What is asked of every engine, asked of this one.
ASKED_OF_ALL = (
    alike.test_rows_are_kept_in_order_and_numbered,
    alike.test_an_index_counts_rows_across_blocks,
    alike.test_a_kept_frame_does_not_change_with_what_it_was_made_from,
    alike.test_a_name_may_be_kept_again,
    alike.test_forgetting_what_is_not_there_is_no_mistake,
    alike.test_nothing_comes_last_in_a_stream,
    alike.test_running_columns_hold_at_the_bounds,
)


@pytest.mark.parametrize("asked", ASKED_OF_ALL, ids=lambda asked: asked.__name__[5:])
def test_it_is_alike(asked, spark):
    asked(spark)


def test_a_large_sum_stays_a_whole_number(spark, tmp_path):
    alike.test_a_large_sum_stays_a_whole_number(spark, tmp_path)


@pytest.mark.parametrize(
    "name", ["plain", "with 'quotes' and % and space", "with * and [a] and {b}"]
)
def test_a_parquet_file_is_read_and_its_rows_counted(name, spark, tmp_path):
    alike.test_a_parquet_file_is_read_and_its_rows_counted(spark, tmp_path, name)


@pytest.mark.parametrize("count", [0, 7])
def test_a_stream_gives_all_rows_in_order_in_batches(count, spark, monkeypatch):
    monkeypatch.setattr("entrepot.engine.spark.engine.BATCH_ROWS", 3)
    alike.test_a_stream_gives_all_rows_in_order_in_batches(spark, monkeypatch, count)


def test_running_columns_are_those_of_a_plain_loop(spark):
    rng = Random(5)
    rows = [(rng.randrange(40), no, rng.randrange(6), rng.randrange(6)) for no in range(3000)]

    assert alike.ran_along(spark, rows, "own") == alike.in_test_order(alike.run_along(rows))


def test_more_than_one_process_works(spark):
    assert len(worker_processes(spark.session)) >= 2
