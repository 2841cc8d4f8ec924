# SPDX-License-Identifier: Apache-2.0
"""Which rows of a season count for a day: a close for it is the same as long as they are.

What counts may hold more than the close uses, never less: a row that changes here and moves no
figure costs time, one that is missing here would let a sealed figure change unseen. What came
later does not count, so that a season may grow without touching what is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.schema import Column, Kind, Table
from entrepot.pipelines.producing import is_over
from entrepot.pipelines.season import PRODUCING, SEASON
from entrepot.taxrefund.producing.tables import VAT_PERIODS

#: Columns that no figure of a close rests on: a name may be corrected without a word.
_NO_FIGURE = {"products": {"name"}, "refund_rates": {"source"}}
_LINE = ["declaration_no", "item_no", "sku"]
_INVOICE_LINE = ["invoice_no", "line_no", "sku"]


def counted_tables(tables: Mapping[str, object]) -> tuple[Table, ...]:
    """The tables of a season that count: those of a producing firm where it is one's.

    Args:
        tables: something by the name of each table that the season has.
    """
    return (*SEASON, *PRODUCING) if VAT_PERIODS.name in tables else SEASON


def counted_columns(table: Table) -> list[Column]:
    """The columns of a table that count, in order."""
    return [column for column in table.columns if column.name not in _NO_FIGURE.get(table.name, ())]


def counted(tables: Mapping[str, Frame], as_of: date) -> dict[str, Frame]:
    """The rows of every table that count for `as_of`, each with the columns that count.

    Rows dated later are out, with them products and links that only they name, and rates that
    come into force later; a day that a row was given later, such as that of a finished claim, is
    empty.
    """
    counting = counted_tables(tables)
    rows = {table.name: _happened(table, tables[table.name], as_of) for table in counting}
    for name in rows.keys() & {table.name for table in PRODUCING}:
        rows[name] = rows[name].filter(is_over("period", as_of))
    declared, bought = rows["declarations"], rows["purchases"]
    rows["products"] = _known(rows["products"], declared, ["sku"])
    rows["invoice_links"] = _known(
        _known(rows["invoice_links"], declared, _LINE), bought, _INVOICE_LINE
    )
    rows["refund_rates"] = rows["refund_rates"].filter(nw.col("valid_from") <= nw.lit(as_of))
    return {
        table.name: rows[table.name].select(column.name for column in counted_columns(table))
        for table in counting
    }


def _happened(table: Table, rows: Frame, as_of: date) -> Frame:
    """The rows up to `as_of`, with the later ones of their own later days empty."""
    if table.day:
        rows = rows.filter(nw.col(table.day) <= nw.lit(as_of))
    later = [column.name for column in table.columns if column.kind is Kind.DAY and column.empty]
    for name in later:
        has_come = nw.col(name) <= nw.lit(as_of)
        rows = rows.with_columns(nw.when(has_come).then(nw.col(name)).alias(name))
    return rows


def _known(rows: Frame, among: Frame, key: list[str]) -> Frame:
    """The rows whose key some row of `among` has."""
    return rows.join(among.select(key).unique(), on=key, how="semi")
