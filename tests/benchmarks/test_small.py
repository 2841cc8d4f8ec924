# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run. On little data their figures mean nothing, but the code cannot rot."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks import spark
from benchmarks.__main__ import BENCHMARKS
from benchmarks.line import YARDSTICK, make_data, pieces_of, run_duckdb, run_polars, run_yardstick
from benchmarks.measure import Line, row

ROOT = Path(__file__).parents[2]


def test_every_benchmark_runs(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--sales", "20000", "--times", "1"]
    # Spark takes a minute however little it is given: the next test runs all of it but Spark.
    asked = [argument for name in BENCHMARKS if name != "spark" for argument in ("--only", name)]
    done = subprocess.run(
        [*command, *asked, "--data", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for name in ("entrepot --help", "check examples/season", "duckdb", "polars", "close", "SKU"):
        assert name in done.stdout


def test_the_benchmark_of_spark_compares_sizes(tmp_path, monkeypatch):
    closed: list[tuple[str, str]] = []
    monkeypatch.setattr(
        spark, "close", lambda season, out, engine: closed.append((season.name, engine))
    )
    monkeypatch.setattr(spark, "why_not", lambda: "")

    lines = list(spark.measure(tmp_path, 20_000, 1))

    assert [line.name for line in lines] == [
        "Spark, 2,000 sales",
        "Spark, 6,000 sales",
        "Spark, 20,000 sales",
        "Spark, a million rows of 20,000",
    ]
    assert closed == [
        (f"season-{size}", engine)
        for size in (2000, 6000, 20_000)
        for engine in ("duckdb", "spark")
    ]


def test_yardstick_and_both_engines_give_the_same_pieces(tmp_path):
    data = make_data(tmp_path, 5000)
    for run in (run_yardstick, run_duckdb, run_polars):
        run(data, tmp_path / f"{run.__name__}.parquet")

    expected = pieces_of(tmp_path / "run_yardstick.parquet", "sale_id, lot_id, qty")
    assert expected[0] > 1000
    for name in ("run_duckdb", "run_polars"):
        assert pieces_of(tmp_path / f"{name}.parquet", "sale_id, lot_id, quantity") == expected


def test_yardstick_is_first_in_first_out():
    with duckdb.connect() as connection:
        connection.execute("""
            CREATE TABLE lots AS SELECT * FROM (VALUES
                (0, 'a', DATE '2025-01-01', 70), (1, 'a', DATE '2025-01-02', 5), (2, 'b', NULL, 1)
            ) AS rows(lot_id, sku, date, qty);
            CREATE TABLE sales AS SELECT * FROM (VALUES
                (0, 'a', DATE '2025-02-02', 2), (1, 'a', DATE '2025-02-01', 69)
            ) AS rows(sale_id, sku, ts, qty)
        """)
        found = connection.execute(YARDSTICK).fetchall()

    assert sorted(found) == [(0, 0, 1), (0, 1, 1), (1, 0, 69)]


def test_a_ratio_above_its_bound_is_marked():
    assert row(Line("work", 3.0, 2.0, 1.4)).endswith("1.50     1.40  above")
    assert row(Line("work", 3.0, 2.0, 1.5)).endswith("1.50     1.50")
    assert row(Line("work", 0.6, 0, 0.5)).endswith("0.5 s  above")
