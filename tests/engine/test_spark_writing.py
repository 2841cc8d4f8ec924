# SPDX-License-Identifier: Apache-2.0
"""Executors write a table as parts, and its digest is that of one file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.engine.base import Engine
from entrepot.engine.duck import Duck
from entrepot.engine.lookup import Finder, Numbered, Rows, look
from entrepot.engine.parts import parts_of
from entrepot.engine.schema import Column, Kind, Table
from entrepot.engine.write import Written
from tests.on_spark import SPARK

pytestmark = SPARK

BLOCK, PART = 8, 16
TABLE = Table(
    "trace",
    "run of units",
    (
        Column("no", Kind.NUMBER, "number", key=True),
        Column("sku", Kind.TEXT, "SKU", empty=True),
        Column("on", Kind.DAY, "day", empty=True),
        Column("amount", Kind.MONEY, "amount", empty=True),
    ),
)


@pytest.fixture(autouse=True)
def small_parts(spark_session, monkeypatch):
    monkeypatch.setattr("entrepot.engine.digest.BLOCK_ROWS", BLOCK)
    monkeypatch.setattr("entrepot.engine.spark.writing.PART_BLOCKS", PART // BLOCK)


def rows_of(engine: Engine, count: int) -> list[Rows]:
    """Two parts of rows, out of order, whose SKU is looked up in a table of seven."""
    numbers = list(range(count))[::-1]
    table = pa.table(
        {
            "no": pa.array(numbers, pa.int64()),
            "sku_no": pa.array([None if no % 5 == 4 else no % 7 for no in numbers], pa.int64()),
            "on": pa.array([None if no % 3 else date(2025, 1, 1 + no % 28) for no in numbers]),
            "amount": pa.array([None if no % 11 == 3 else no * 10**14 for no in numbers]),
        }
    ).cast(
        pa.schema(
            [
                ("no", pa.int64()),
                ("sku_no", pa.int64()),
                ("on", pa.date32()),
                ("amount", pa.int64()),
            ]
        )
    )
    skus = pa.table({"sku": [f"台灯-{no}" for no in range(7)]})
    kept = engine.keep_in_order(engine.table(skus), "skus", ["sku"], "sku_no")
    sku = look("sku_no", Numbered(kept, "sku_no", ("sku",))["sku"])
    finders: dict[str, Finder] = {"sku": sku}
    frame = engine.table(table)
    middle = count // 3
    return [
        Rows(frame.filter(nw.col("no") >= middle), ["no"], finders),
        Rows(frame.filter(nw.col("no") < middle), ["no"], finders),
    ]


def write(engine: Engine, folder: Path, count: int, form: str = "parquet") -> Written:
    folder.mkdir()
    return engine.writer(folder, form).write(TABLE, rows_of(engine, count))


def read(path: Path) -> list[dict[str, Any]]:
    return [row for part in parts_of(path) for row in pq.ParquetFile(part).read().to_pylist()]


@pytest.mark.parametrize("count", [0, 1, PART, PART + 1, 3 * PART, 5 * PART + BLOCK - 1])
def test_what_executors_write_is_what_one_process_writes(count, spark, tmp_path):
    duck = Duck(tmp_path)
    one = write(duck, tmp_path / "one", count)
    duck.close()

    written = write(spark, tmp_path / "parts", count)

    assert written == one
    path = tmp_path / "parts" / written.file
    assert path.is_dir() == (count > PART)
    assert read(path) == read(tmp_path / "one" / one.file)
    assert [pq.read_metadata(part).num_rows for part in parts_of(path)][:-1] == [PART] * (
        max(0, count - 1) // PART
    )
    schemas = {str(pq.read_schema(p)) for p in (*parts_of(path), tmp_path / "one" / one.file)}
    assert len(schemas) == 1
    assert all(child.name.startswith("part-") for child in path.glob("*"))


def test_duckdb_reads_the_parts_as_one_table(spark, tmp_path):
    written = write(spark, tmp_path / "parts", 3 * PART)
    duck = Duck(tmp_path)

    frame = duck.scan(tmp_path / "parts" / written.file, number="row")

    counted = duck.rows(frame.select("row", "no"), ["row"])
    assert [row["row"] for row in counted] == list(range(3 * PART))
    assert [row["no"] for row in counted] == [*range(PART, 3 * PART), *range(PART)]
    duck.close()


def test_a_csv_file_of_many_rows_is_one_file(spark, tmp_path):
    duck = Duck(tmp_path)
    one = write(duck, tmp_path / "one", 3 * PART, "csv")
    duck.close()

    written = write(spark, tmp_path / "csv", 3 * PART, "csv")

    assert written == one
    assert (tmp_path / "csv" / written.file).read_bytes() == (
        tmp_path / "one" / one.file
    ).read_bytes()


def test_rows_that_are_lost_or_repeated_stop_the_writing(spark, tmp_path):
    """A numbered table with a number twice would repeat rows; no file says that it is whole."""
    parts = rows_of(spark, 2 * PART)
    twice = spark.table(pa.table({"sku_no": pa.array([1, 1], pa.int64()), "sku": ["a", "b"]}))
    finders = {"sku": look("sku_no", Numbered(twice, "sku_no", ("sku",))["sku"])}

    with pytest.raises(Exception, match="do not follow one another"):
        spark.writer(tmp_path, "parquet").write(TABLE, [Rows(parts[0].frame, ["no"], finders)])


@pytest.mark.parametrize("name", ["a.parquet", "part 1 %20 é"])
def test_rows_are_counted_across_the_parts_of_a_folder(name, spark, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    for part, numbers in (("part 0", [0, 1, 2]), ("part 1%", []), ("part-2", [3, 4])):
        pq.write_table(pa.table({"no": pa.array(numbers, pa.int64())}), folder / f"{part}.parquet")
    (folder / "_SUCCESS").touch()
    (folder / ".part-9.parquet.crc").touch()

    rows = spark.rows(spark.scan(folder, number="row"), ["row"])

    assert rows == [{"no": no, "row": no} for no in range(5)]
