# SPDX-License-Identifier: Apache-2.0
"""Any delimited settlement table, read by a mapping."""

from __future__ import annotations

import duckdb

from entrepot.engine.duck import quoted, text
from entrepot.settlement.decoding import Text
from entrepot.settlement.delimited import (
    Form,
    check_header,
    folded,
    header,
    read_cells,
)
from entrepot.settlement.mapping import SIGNS, Mapping

#: Columns of the store that a mapping may name, in their order there.
_TOLD = (
    "settlement",
    "event",
    "posted_at",
    "order_no",
    "item_no",
    "sku",
    "quantity",
    "marketplace",
)


def read(connection: duckdb.DuckDBPyConnection, source: Text, number: int, mapping: Mapping) -> int:
    """Add a table to the store as file `number`; how many rows it has.

    A row whose amounts are all empty states its settlement, or is kept as a line without money.

    Raises:
        UnreadableReport: a column is missing, or lines cannot be split.
    """
    form = Form(mapping.delimiter)
    names = header(source, form)
    needed = [*mapping.columns.values(), *mapping.amounts]
    wanted = list(dict.fromkeys(folded(name) for name in needed))
    check_header(source, names, wanted, form, f"a table for {mapping.file}")
    rows = read_cells(connection, source, names, form, wanted)

    def cell(name: str) -> str:
        return quoted(folded(mapping.columns[name])) if name in mapping.columns else "''"

    currency = text(mapping.currency) if mapping.currency else f"upper(trim({cell('currency')}))"
    common = ", ".join(cell(name) for name in _TOLD)
    for part, (column, sign) in enumerate(mapping.amounts.items()):
        label = cell("label") if "label" in mapping.columns else text(column)
        amount = quoted(folded(column))
        connection.execute(f"""
            INSERT INTO entries SELECT {number}, row, {part}, {common}, {text(column)}, {label},
                {amount}, {SIGNS[sign]}, {currency}, {cell("entry_no")}, {text(column)}
            FROM rows WHERE {amount} <> ''
        """)
    amounts = [quoted(folded(column)) for column in mapping.amounts]
    empty = " AND ".join(f"{amount} = ''" for amount in amounts)
    total = cell("total")
    connection.execute(f"""
        INSERT INTO entries SELECT {number}, row, 0, {common}, '', '', '0', 1, {currency},
            {cell("entry_no")}, '' FROM rows WHERE {empty} AND {total} = ''
    """)
    said = ", ".join(cell(name) for name in ("begins", "ends", "deposited_on"))
    connection.execute(f"""
        INSERT INTO statements
        SELECT {number}, min(row), {cell("settlement")}, {said}, {total}, {currency},
            {cell("state")}, '', ''
        FROM rows WHERE {total} <> '' GROUP BY ALL
    """)
    return rows
