# SPDX-License-Identifier: Apache-2.0
"""The tables an import writes, each in the order of its key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from entrepot.engine.duck import text
from entrepot.warehouse.importing.faults import Fault
from entrepot.warehouse.importing.mapping import Mapping

#: The code of a cancellation that finds no sale to take back.
WITHOUT_ORDER = "return_without_order"
_WITHOUT_ORDER_REMEDY = (
    "Find the order and name it in the export; where there is none, book the units as found."
)


def write(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    reasons: Sequence[Fault],
    file: str,
    folder: Path,
) -> None:
    """Write sales, returns, exceptions, names and lines as Parquet into `folder`.

    The connection has the tables `raw`, `lines`, `taken` and `unmatched`; `lines.fault` counts
    along `reasons`; `file` is the export's name, for the messages.
    """
    connection.execute(_returned(mapping))
    connection.execute(reported(mapping, reasons, file))
    tables = {
        "sales": _SALES,
        "returns": _RETURNS,
        "exceptions": _EXCEPTIONS,
        "lines": _LINES,
    }
    if "name" in mapping.columns:
        tables["names"] = _NAMES
    connection.execute("SET preserve_insertion_order = true")
    for name, query in tables.items():
        target = text(str(folder / f"{name}.parquet"))
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")


#: One row per order line shipped.
_SALES = """
    SELECT channel, order_no, line_no, day AS shipped_on, warehouse, sku, units AS quantity,
        money AS amount,        currency, country AS destination
    FROM lines WHERE fault IS NULL AND NOT cancelled
    ORDER BY channel, order_no, line_no
"""


def _returned(mapping: Mapping) -> str:
    """`returned`: one row per return line; a cancellation of several sale lines has several."""
    return f"""
        CREATE OR REPLACE TEMP TABLE returned AS
        SELECT back.row, back.order_no AS return_no,
            row_number() OVER (PARTITION BY back.order_no ORDER BY back.row, taken.part) - 1
                AS line_no,
            sale.channel, sale.order_no, sale.line_no AS order_line_no, back.day AS returned_on,
            back.warehouse, taken.quantity, {text(mapping.outcome)} AS outcome
        FROM taken
        JOIN lines AS back ON back.row = taken.row
        JOIN lines AS sale ON sale.row = taken.sale_row
    """


_RETURNS = "SELECT * EXCLUDE (row) FROM returned ORDER BY return_no, line_no"


def reported(mapping: Mapping, reasons: Sequence[Fault], file: str) -> str:
    """SQL for `reported`: one row per line of the export that is neither a sale nor a return.

    It reads `lines`, `unmatched` and nothing else.
    """
    known = ", ".join(
        f"({place}, {text(each.code)}, {text(mapping.columns.get(each.at, each.at))},"
        f" {text(each.says)}, {text(each.remedy)})"
        for place, each in enumerate(reasons)
    )
    shown = " ".join(
        f"WHEN {place} THEN {'line_no_text' if each.at == 'line_no' else each.at}"
        for place, each in enumerate(reasons)
    )
    place = f"{text(file)} || ':' || row"
    return f"""
        CREATE OR REPLACE TEMP TABLE reported AS
        WITH reasons (fault, code, header, says, remedy) AS (VALUES {known}),
        faulty AS (SELECT *, CASE fault {shown} END AS cell FROM lines WHERE fault IS NOT NULL),
        told AS (
            SELECT * EXCLUDE (says, header, cell), {place} || ', ' || header ||
                CASE WHEN coalesce(cell, '') = '' THEN ' is empty'
                    ELSE ': "' || cell || '" ' || says END || '.' AS found
            FROM faulty JOIN reasons USING (fault)
            UNION ALL BY NAME
            SELECT lines.*, {text(WITHOUT_ORDER)} AS code, {place} || ': ' || why || '.' AS found,
                {text(_WITHOUT_ORDER_REMEDY)} AS remedy
            FROM lines JOIN unmatched USING (row)
        )
        SELECT row, code, CASE WHEN cancelled THEN 'returns' ELSE 'sales' END AS "table",
            CASE WHEN coalesce(order_no, '') = '' OR line_no IS NULL THEN 'row ' || row
                ELSE order_no || '/' || line_no END AS key,
            day, units AS quantity, money AS amount, currency, found, remedy
        FROM told
    """


_EXCEPTIONS = """
    SELECT * EXCLUDE (row, currency) FROM reported ORDER BY code, "table", key, day NULLS LAST, row
"""

#: One row per article sold: what its lines call it most often, or its SKU where they are silent.
_NAMES = """
    WITH called AS (
        SELECT sku, name, count(*) AS times FROM lines
        WHERE fault IS NULL AND NOT cancelled AND trim(name) <> '' GROUP BY sku, name
    ), best AS (
        SELECT DISTINCT ON (sku) sku, name FROM called ORDER BY sku, times DESC, name
    )
    SELECT sku, coalesce(best.name, sku) AS name
    FROM (SELECT DISTINCT sku FROM lines WHERE fault IS NULL AND NOT cancelled)
    LEFT JOIN best USING (sku) ORDER BY sku
"""

#: One row per line of the export: in which table it stands, under which number, in how many rows.
_LINES = """
    WITH back AS (
        SELECT row, min(line_no) AS line_no, count(*) AS rows FROM returned GROUP BY row
    )
    SELECT lines.row, CASE WHEN reported.row IS NOT NULL THEN 'exceptions'
            WHEN cancelled THEN 'returns' ELSE 'sales' END AS "table",
        reported.code, channel, order_no AS number,
        CASE WHEN back.row IS NOT NULL THEN back.line_no ELSE lines.line_no END AS line_no,
        coalesce(back.rows, 1) AS rows, lines.sku, lines.units AS quantity,
        lines.money AS amount, lines.currency
    FROM lines LEFT JOIN back USING (row) LEFT JOIN reported USING (row)
    ORDER BY lines.row
"""
