# SPDX-License-Identifier: Apache-2.0
"""Sheets about goods: what became of them, what lies where, what moved, what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.ledger.numbers import FATES
from entrepot.packs.read import read
from entrepot.pipelines.report.few import share
from entrepot.pipelines.report.language import Words, band_names
from entrepot.pipelines.report.refund_sheets import file_of
from entrepot.pipelines.report.sheet import (
    Column,
    Columns,
    Sheet,
    amounts,
    day,
    decimal,
    laid,
    shown,
)

Figures = Mapping[str, Any]
#: Table that holds what a sheet of goods sums up.
_STOCK, _TRACE = "stock", "trace"


def units_sheet(figures: Figures, words: Words) -> Sheet:
    """What became of the units: one row per fate."""
    column = Columns(words)
    units = figures["units"]
    whole = sum(units.values())
    rows = [
        {
            "fate": words("fates", fate),
            "units": units.get(fate, 0),
            "share": decimal(share(units.get(fate, 0), whole)),
        }
        for fate in FATES
    ]
    columns = [
        column("fate"),
        column("units", "count", "units"),
        column("share", "percent"),
    ]
    return laid(
        words,
        "units",
        columns,
        rows,
        note=words("sheet_notes", "units"),
        more=words("page", "whole_table", file=file_of(figures, _TRACE)),
        total={"fate": words("page", "total"), "units": whole},
    )


def aged_sheet(figures: Figures, words: Words, which: str) -> Sheet:
    """Stock on hand or on its way: one row per warehouse, units by age."""
    column, bands = Columns(words), band_names(words, figures["stock"]["bands"])
    found = figures["stock"][which]
    rows = [
        _aged_row(row, row["warehouse"] or words("page", "no_warehouse"))
        for row in found["warehouses"]
    ]
    if found["more"]:
        name = words("page", "rest", count=f"{found['more']:,}")
        rows.append(_aged_row(found["rest"], name) | {"tone": "rest"})
    columns = [
        column("warehouse"),
        *(Column(f"age{at}", name, "count", "age") for at, name in enumerate(bands)),
        column("units", "count"),
        column("cost", "money"),
        column("uncosted", "count"),
    ]
    table = _STOCK if which == "on_hand" else _TRACE
    return laid(
        words,
        which,
        columns,
        rows,
        note=words("sheet_notes", which),
        more=words("page", "whole_table", file=file_of(figures, table)),
        total=_aged_row(found["total"], words("page", "total")),
    )


def _aged_row(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    ages = {f"age{at}": units for at, units in enumerate(row["units_by_age"])}
    costs = {f"cost{at}": Decimal(cost) for at, cost in enumerate(row["cost_by_age"])}
    return {
        "warehouse": name,
        "units": row["units"],
        # No invoice covers any of them: their cost is unknown, not nothing.
        "cost": None if 0 < row["units"] == row["uncosted"] else Decimal(row["cost"]),
        "uncosted": row["uncosted"],
        **ages,
        **costs,
    }


def slow_sheet(figures: Figures, words: Words) -> Sheet:
    """The SKUs whose old units cost most: one row per warehouse and SKU."""
    column, days = Columns(words), figures["stock"]["slow_after"]
    rows = [
        row
        | {
            "old_cost": decimal(row["old_cost"]),
            "oldest": day(row["oldest"]),
            "last_sold": day(row["last_sold"]),
        }
        for row in figures["stock"]["slow"]
    ]
    columns = [
        column("warehouse"),
        column("sku", "code"),
        column("old_units", "count", days=days),
        column("old_cost", "money", "cost"),
        column("units", "count"),
        column("oldest", "day"),
        column("sold", "count", heading="sold_recently", days=days),
        column("last_sold", "day"),
    ]
    more, count = "", figures["stock"]["slow_more"]
    if count:
        more = words("page", "more", count=f"{count:,}", file=file_of(figures, _STOCK))
    note = words("sheet_notes", "slow", days=days)
    return laid(words, "slow", columns, rows, note=note, more=more)


def exceptions_sheet(figures: Figures, words: Words) -> Sheet:
    """What does not fit: one row per kind."""
    column = Columns(words)
    file = file_of(figures, "exceptions")
    rows = []
    for row in sorted(figures["exceptions"], key=lambda each: (-each["rows"], each["code"])):
        examples = [_example(each, words) for each in row["examples"]]
        if row["rows"] > len(examples):
            count = f"{row['rows'] - len(examples):,}"
            examples.append(words("page", "more", count=count, file=file))
        code = row["code"]
        rows.append(
            {
                "what": words("exceptions", code, "title"),
                "code": code,
                "rows": row["rows"],
                "units": row["units"],
                "money": decimal(row["money"]),
                "means": words("exceptions", code, "means"),
                "do": words("exceptions", code, "do"),
                "examples": tuple(examples),
            }
        )
    columns = [
        column("what"),
        column("rows", "count"),
        column("units", "count"),
        column("money", "money"),
        column("means"),
        column("do"),
        column("examples", "list"),
        column("code", "code"),
    ]
    return laid(words, "exceptions", columns, rows)


def _example(each: Mapping[str, Any], words: Words) -> str:
    parts = [each["key"]]
    if each["day"]:
        parts.append(each["day"])
    if each["units"] is not None:
        parts.append(f"{words('columns', 'units')} {each['units']:,}")
    if each["money"] is not None:
        parts.append(f"{words('page', 'cny')} {shown('money', Decimal(each['money']))}")
    return " · ".join(parts)


def months_sheet(figures: Figures, words: Words) -> Sheet:
    """Units exported, sold and come back: one row per month."""
    column = Columns(words)
    names = ("exported", "sold", "returned")
    earlier = figures["movement"]["earlier"]
    note = ""
    if earlier:
        counts = {name: f"{earlier[name]:,}" for name in names}
        note = words("sheet_notes", "months_earlier", **counts)
    columns = [
        column("month"),
        *(column(name, "count") for name in names),
    ]
    rows = figures["movement"]["months"]
    return laid(words, "months", columns, rows, more=note)


def modes_sheet(figures: Figures, words: Words) -> Sheet:
    """Declarations: one row per supervision mode."""
    column = Columns(words)
    names = {row.text("mode"): row.text(words.language) for row in read(_MODES).rows}
    rows = [
        row | {"name": names.get(row["mode"], ""), "fob": amounts(row["fob"])}
        for row in figures["modes"]
    ]
    columns = [
        column("mode", "code"),
        column("name", heading="mode_name"),
        column("declarations", "count"),
        column("items", "count"),
        column("units", "count", "units"),
        column("fob", "list"),
    ]
    return laid(words, "modes", columns, rows)


_MODES = "cn/supervision_modes"


def lead_sheet(figures: Figures, words: Words) -> Sheet:
    """Days from export to receipt: one row per warehouse."""
    column = Columns(words)
    found = figures["lead"]
    columns = [
        column("warehouse"),
        column("units", "count"),
        column("median", "count", "days"),
        column("ninth", "count", "days"),
        column("longest", "count"),
    ]
    return laid(
        words,
        "lead",
        columns,
        found["warehouses"],
        note=words("sheet_notes", "lead"),
        more=words("page", "more_rows", count=f"{found['more']:,}") if found["more"] else "",
        total={"warehouse": words("page", "total")} | found["all"] if found["all"] else None,
    )


def countries_sheet(figures: Figures, words: Words) -> Sheet:
    """Sales abroad: one row per country."""
    column = Columns(words)
    found = figures["sales"]
    rows = [row | {"amounts": amounts(row["amounts"])} for row in found["countries"]]
    columns = [
        column("country", "code"),
        column("lines", "count", heading="order_lines"),
        column("units", "count", "units"),
        column("amounts", "list"),
    ]
    return laid(
        words,
        "countries",
        columns,
        rows,
        more=words("page", "more_rows", count=f"{found['more']:,}") if found["more"] else "",
    )
