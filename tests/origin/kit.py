# SPDX-License-Identifier: Apache-2.0
"""Products and materials given as rows, judged without a file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from entrepot.engine.write import held_schema
from entrepot.origin.judging import judge
from entrepot.origin.tables import GIVEN

Row = Mapping[str, Any]
DAY = date(2026, 3, 2)
PRODUCT = {
    "name": "Kettle", "hs_code": "851679", "made_in": "CN", "judged_on": DAY, "quantity": "1",
    "unit": "piece", "fob": 10_000, "currency": "USD",
}  # fmt: skip
MATERIAL = {
    "material": "part", "hs_code": "851690", "quantity": "1", "unit": "piece", "currency": "USD",
}  # fmt: skip


def judged(
    products: Sequence[Row],
    materials: Sequence[Row],
    rules: Sequence[Row],
    rates: Sequence[Row] = (),
) -> dict[str, list[dict[str, Any]]]:
    """The tables of results as rows; amounts are whole hundredths, as the engine holds them."""
    connection = duckdb.connect()
    given = {"products": products, "materials": materials, "rules": rules, "fx_rates": rates}
    for table in GIVEN:
        rows = pa.Table.from_pylist([dict(each) for each in given[table.name]], held_schema(table))
        connection.register("given", rows)
        connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM given")
    judge(connection)
    found = {
        name: connection.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist()
        for name in ("verdicts", "tests", "lines", "missing", "certificate")
    }
    connection.close()
    return found


def write(folder: Path, name: str, rows: Sequence[Row]) -> None:
    """A table as a CSV file."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
