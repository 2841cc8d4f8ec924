# SPDX-License-Identifier: Apache-2.0
"""A close on Spark is the close on DuckDB and on Polars, and that of the simulation.

Hundreds of random seasons are laid into one, since every query costs Spark a tenth of a second
however few its rows are; small parts make even these outputs large.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from entrepot.engine.parts import parts_of
from tests import season_files
from tests.on_engines import ENGINES, IS_CI, Outputs, filing_days, run
from tests.on_spark import SPARK
from tests.oracle.together import laid_together, several, simulated_together
from tests.oracle.valid import check_valid
from tests.pipelines.test_close_oracle import OUTPUTS, assert_as_simulated

pytestmark = SPARK

LAID = 400 if IS_CI else 200
AS_OF = date(2026, 4, 15)
BLOCK_ROWS, PART_BLOCKS = 64, 4
#: Inputs of every kind: what they are must make no difference.
FORMATS = {"products": "csv", "receipts": "csv.gz", "returns": "csv", "refund_rates": "xlsx"}


@pytest.fixture
def small_parts(spark_session, monkeypatch):
    monkeypatch.setattr("entrepot.engine.digest.BLOCK_ROWS", BLOCK_ROWS)
    monkeypatch.setattr("entrepot.engine.spark.writing.PART_BLOCKS", PART_BLOCKS)


def in_parts(folder: Path, name: str, count: int) -> None:
    """Make a folder of parts of a table's Parquet file, as Spark itself would leave it."""
    file = folder / f"{name}.parquet"
    rows = pq.read_table(file)
    file.unlink()
    file.mkdir()
    each = -(-rows.num_rows // count)
    for part in range(count):
        pq.write_table(rows.slice(part * each, each), file / f"part-{part:05}.c000.snappy.parquet")
    (file / "_SUCCESS").touch()


def test_hundreds_of_seasons_close_alike_on_all_engines(small_parts, tmp_path):
    parts = several(AS_OF, LAID, seed=7)
    season = laid_together(parts)
    check_valid(season)
    about = {**season_files.ABOUT, "as_of": AS_OF}
    formats = {name: FORMATS.get(name, "parquet") for name in season}
    folder = season_files.write(tmp_path / "season", season, about, formats=formats)
    for name, count in (("sales", 5), ("declarations", 2), ("purchases", 1)):
        in_parts(folder, name, count)

    runs = {name: run(folder, tmp_path / name, name) for name in (*ENGINES, "spark")}

    facts = {name: {**one["outputs"]} for name, one in runs.items()}
    digests = {
        name: {table: (each["rows"], each["digest"]) for table, each in tables.items()}
        for name, tables in facts.items()
    }
    assert digests["spark"] == digests["duckdb"] == digests["polars"]
    assert set(digests["spark"]) == OUTPUTS
    for same in ("control_totals", "summary", "inputs", "left_out"):
        assert runs["spark"][same] == runs["duckdb"][same]
    outputs = rows_in(tmp_path / "spark", facts["spark"])
    assert_as_simulated(outputs, simulated_together(parts, AS_OF, filing_days()))
    assert_in_parts(tmp_path / "spark", facts["spark"])


def rows_in(out: Path, files: dict[str, dict[str, object]]) -> Outputs:
    return Outputs(
        {
            table: [
                row
                for part in parts_of(out / str(each["file"]))
                for row in pq.ParquetFile(part).read().to_pylist()
            ]
            for table, each in files.items()
        },
        {table: str(each["digest"]) for table, each in files.items()},
    )


def assert_in_parts(out: Path, files: dict[str, dict[str, object]]) -> None:
    """Large tables lie in parts, which anyone reads as one table in the order of their names."""
    folders = {table for table, each in files.items() if (out / str(each["file"])).is_dir()}
    assert {"trace", "book"} <= folders
    assert folders < OUTPUTS, "small ones are one file"
    for table in folders:
        rows = duckdb.sql(f"SELECT count(*) FROM read_parquet('{out}/{table}.parquet/*.parquet')")
        assert rows.fetchall() == [(files[table]["rows"],)]
    assert not [path for path in out.rglob("*") if path.name.startswith((".", "_"))]
