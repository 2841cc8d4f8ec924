# SPDX-License-Identifier: Apache-2.0
"""A table may be a folder of Parquet parts: found, read and named like a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.engine.base import Engine
from entrepot.engine.faults import Fault
from entrepot.pipelines.opening import OpenSeason, open_season
from tests import season_files


def in_parts(season: Path, name: str, sizes: list[int]) -> Path:
    """Make a table's Parquet file a folder of parts of these numbers of rows."""
    file = season / f"{name}.parquet"
    rows = pq.read_table(file)
    assert rows.num_rows == sum(sizes)
    file.unlink()
    file.mkdir()
    start = 0
    for part, size in enumerate(sizes):
        pq.write_table(rows.slice(start, size), file / f"part-{part}.parquet")
        start += size
    return file


def opened(engine: Engine, season: Path, tmp_path: Path) -> OpenSeason:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return open_season(engine, season, work)


def places(faults: list[Fault]) -> list[str]:
    return [fault.place for fault in faults]


@pytest.fixture
def season(tmp_path: Path) -> Path:
    return season_files.write(tmp_path / "season", formats="parquet")


def test_a_folder_of_parts_is_a_table(engine, season, tmp_path):
    whole = opened(engine, season, tmp_path)
    folder = in_parts(season, "sales", [2, 0, 1])
    (folder / "_SUCCESS").touch()
    (folder / ".part-0.parquet.crc").write_bytes(b"crc")
    (folder / "notes.txt").write_text("no part")

    found = opened(engine, season, tmp_path)

    assert found.faults == whole.faults == []
    rows = [engine.rows(each.tables["sales"], ["order_no"]) for each in (found, whole)]
    assert rows[0] == rows[1] != []
    given = {one.table: one for one in found.inputs}["sales"]
    assert (given.file, given.rows) == ("sales.parquet", 3)


def test_its_digest_is_that_of_its_parts_one_after_another(engine, season, tmp_path):
    folder = in_parts(season, "sales", [1, 2])
    together = b"".join(part.read_bytes() for part in sorted(folder.iterdir()))

    found = opened(engine, season, tmp_path)

    given = {one.table: one for one in found.inputs}["sales"]
    assert given.sha256 == hashlib.sha256(together).hexdigest()


def test_a_faulty_row_is_named_by_its_part_and_its_row_in_it(engine, tmp_path):
    tables = season_files.valid()
    tables["sales"][1]["quantity"] = -1
    tables["sales"][2]["sku"] = "LAMP-9"
    again = dict(tables["sales"][0])
    tables["sales"].append(again)
    season = season_files.write(tmp_path / "season", tables, formats="parquet")
    in_parts(season, "sales", [1, 0, 2, 1])

    faults = opened(engine, season, tmp_path).faults

    assert places(faults) == [
        "sales.parquet/part-3.parquet:1, channel, order_no, line_no",
        "sales.parquet/part-2.parquet:2, sku",
        "sales.parquet/part-2.parquet:1, quantity",
    ]
    assert "row 1 of part-0.parquet has it already" in faults[0].text


def test_a_folder_without_parts_and_a_damaged_part_are_refused(engine, season, tmp_path):
    empty = in_parts(season, "returns", [1])
    (empty / "part-0.parquet").rename(empty / "_part-0.parquet")
    torn = in_parts(season, "sales", [1, 2])
    part = torn / "part-1.parquet"
    part.write_bytes(part.read_bytes()[:-20])

    faults = {fault.table: fault for fault in opened(engine, season, tmp_path).faults}

    assert faults["returns"].code == "file.empty"
    assert faults["returns"].found == "a folder without a .parquet file"
    assert faults["sales"].code == "file.unreadable"
    assert faults["sales"].found.startswith("part-1.parquet: ")


def test_a_part_whose_pages_are_damaged_is_named(engine, season, tmp_path):
    """The footer reads, so the damage shows only once the rows are read."""
    part = in_parts(season, "sales", [1, 2]) / "part-1.parquet"
    raw = bytearray(part.read_bytes())
    raw[4:200] = b"\xff" * 196
    part.write_bytes(raw)

    faults = [fault for fault in opened(engine, season, tmp_path).faults if fault.table == "sales"]

    assert [fault.code for fault in faults] == ["file.unreadable"]
    assert faults[0].found.startswith("part-1.parquet: ")


def test_parts_with_other_columns_or_types_are_refused(engine, season, tmp_path):
    folder = in_parts(season, "sales", [1, 2])
    part = folder / "part-1.parquet"
    rows = pq.read_table(part)
    at = rows.schema.get_field_index("quantity")
    pq.write_table(rows.set_column(at, "quantity", rows["quantity"].cast(pa.int32())), part)

    faults = opened(engine, season, tmp_path).faults

    assert [(fault.code, fault.found) for fault in faults if fault.table == "sales"] == [
        ("file.parts_differ", "part-1.parquet and part-0.parquet differ in quantity")
    ]


def test_a_folder_beside_a_file_is_one_too_many(engine, season, tmp_path):
    in_parts(season, "sales", [3])
    season_files.write_table(season, "sales", season_files.valid()["sales"], "csv")

    faults = opened(engine, season, tmp_path).faults

    assert [fault.code for fault in faults] == ["file.twice"]
