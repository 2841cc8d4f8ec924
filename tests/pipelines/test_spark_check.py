# SPDX-License-Identifier: Apache-2.0
"""Spark finds the faults that DuckDB finds, in the same words and the same order."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.engine.base import Engine
from entrepot.engine.duck import Duck
from entrepot.pipelines.opening import OpenSeason, open_season
from tests import season_files
from tests.engine.test_parts import in_parts
from tests.on_spark import SPARK

pytestmark = SPARK


def opened(engine: Engine, season: Path, work: Path) -> OpenSeason:
    work.mkdir()
    return open_season(engine, season, work, limit=3)


def assert_alike(spark: Engine, season: Path, tmp_path: Path) -> OpenSeason:
    duck = Duck(tmp_path)
    expected = opened(duck, season, tmp_path / "duck")
    duck.close()

    found = opened(spark, season, tmp_path / "work")

    assert [asdict(fault) for fault in found.faults] == [asdict(f) for f in expected.faults]
    assert found.inputs == expected.inputs
    return found


def faulty() -> dict[str, list[dict[str, Any]]]:
    """A season with something wrong in most tables."""
    tables: dict[str, list[dict[str, Any]]] = season_files.valid()
    tables["products"] += [{"sku": "LAMP-1", "name": "again", "hs_code": "94052100"}]
    tables["purchases"][0] |= {"net_amount": "1e3", "supplier_uscc": "91110000600037341X"}
    tables["purchases"][1] |= {"quantity": "5\n", "vat_rate": "13"}
    tables["declarations"][0] |= {"exported_on": "2026-02-29", "mode": "9811"}
    tables["receipts"][0] |= {"quantity": "0", "declaration_no": "310120250000000009"}
    tables["returns"][0] |= {"order_no": "A-9", "outcome": "lost\n"}
    tables["adjustments"][0] |= {"sku": "", "quantity": "9" * 18}
    tables["fx_rates"][0] |= {"currency": "EURO", "cny_per_unit": "7.1234567"}
    sale = tables["sales"][0]
    tables["sales"] += [{**sale, "order_no": f"A-{no}", "sku": f"NONE-{no}"} for no in range(4, 9)]
    tables["sales"] += [dict(sale)]
    return tables


def test_faults_of_csv_files(spark, tmp_path):
    season = season_files.write(tmp_path / "season", faulty())

    found = assert_alike(spark, season, tmp_path)

    codes = {fault.code for fault in found.faults}
    assert {"cell.unreadable", "cell.bounds", "cell.form", "cell.value", "cell.empty"} <= codes
    assert {"key.repeated", "reference.missing", "uscc.check_digit"} <= codes


def test_faults_of_parquet_files_in_parts_damaged_and_of_every_type(spark, tmp_path):
    tables = season_files.valid()
    tables["sales"][1]["sku"] = "LAMP-9"
    tables["sales"].append(dict(tables["sales"][0]))
    tables["receipts"][1]["quantity"] = -5
    season = season_files.write(tmp_path / "season", tables, formats="parquet")
    in_parts(season, "sales", [1, 0, 2, 1])
    retype(season / "receipts.parquet", "line_no", pa.int8())
    retype(season / "receipts.parquet", "received_on", pa.timestamp("us"))
    retype(season / "declarations.parquet", "item_no", pa.uint16())
    retype(season / "declarations.parquet", "fob_amount", pa.decimal128(30, 7))
    retype(season / "purchases.parquet", "vat_rate", pa.float64())
    retype(season / "products.parquet", "sku", pa.dictionary(pa.int32(), pa.string()))
    retype(season / "adjustments.parquet", "on", pa.timestamp("ms", "Asia/Shanghai"))

    part = in_parts(season, "returns", [1]) / "part-0.parquet"
    raw = bytearray(part.read_bytes())
    raw[4:200] = b"\xff" * 196  # its footer reads, its pages do not
    part.write_bytes(raw)

    found = assert_alike(spark, season, tmp_path)

    assert ("returns", "file.unreadable") in [(f.table, f.code) for f in found.faults]
    assert "sales.parquet/part-2.parquet:1, sku" in [fault.place for fault in found.faults]
    assert {"column.type", "cell.negative", "key.repeated"} <= {f.code for f in found.faults}


def retype(path: Path, column: str, kind: pa.DataType) -> None:
    rows = pq.read_table(path)
    at = rows.schema.get_field_index(column)
    pq.write_table(rows.set_column(at, column, rows[column].cast(kind)), path)
