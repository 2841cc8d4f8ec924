# SPDX-License-Identifier: Apache-2.0
"""Sheets about goods: what became of them, what lies where, what moved, what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.ledger.numbers import FATES
from entrepot.packs.read import read
from entrepot.pipelines.report.few import share
from entrepot.pipelines.report.language import Heads, Words, band_names
from entrepot.pipelines.report.refund_sheets import file_of
from entrepot.pipelines.report.sheet import Column, Sheet, amounts, day, decimal, laid, shown

Figures = Mapping[str, Any]
#: Table that holds what a sheet of goods sums up.
_STOCK, _TRACE = "stock", "trace"


def units_sheet(figures: Figures, words: Words) -> Sheet:
    """What became of the units: one row per fate."""
    head = Heads(words)
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
        Column("fate", head("fate")),
        Column("units", head("units"), "count", "units"),
        Column("share", head("share"), "percent"),
    ]
    return laid(
        "units",
        words("sheets", "units"),
        columns,
        rows,
        note=words("sheet_notes", "units"),
        more=words("page", "whole_table", file=file_of(figures, _TRACE)),
        total={"fate": words("page", "total"), "units": whole},
    )


def aged_sheet(figures: Figures, words: Words, which: str) -> Sheet:
    """Stock on hand or on its way: one row per warehouse, units by age."""
    head, bands = Heads(words), band_names(words, figures["stock"]["bands"])
    found = figures["stock"][which]
    rows = [
        _aged_row(row, row["warehouse"] or words("page", "no_warehouse"))
        for row in found["warehouses"]
    ]
    if found["more"]:
        name = words("page", "rest", count=f"{found['more']:,}")
        rows.append(_aged_row(found["rest"], name) | {"tone": "rest"})
    columns = [
        Column("warehouse", head("warehouse")),
        *(Column(f"age{at}", name, "count", "age") for at, name in enumerate(bands)),
        Column("units", head("units"), "count"),
        Column("cost", head("cost"), "money"),
        Column("uncosted", head("uncosted"), "count"),
    ]
    table = _STOCK if which == "on_hand" else _TRACE
    return laid(
        which,
        words("sheets", which),
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
    head, days = Heads(words), figures["stock"]["slow_after"]
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
        Column("warehouse", head("warehouse")),
        Column("sku", head("sku"), "code"),
        Column("old_units", head("old_units", days=days), "count"),
        Column("old_cost", head("old_cost"), "money", "cost"),
        Column("units", head("units"), "count"),
        Column("oldest", head("oldest"), "day"),
        Column("sold", head("sold_recently", days=days), "count"),
        Column("last_sold", head("last_sold"), "day"),
    ]
    more, count = "", figures["stock"]["slow_more"]
    if count:
        more = words("page", "more", count=f"{count:,}", file=file_of(figures, _STOCK))
    note = words("sheet_notes", "slow", days=days)
    return laid("slow", words("sheets", "slow"), columns, rows, note=note, more=more)


def exceptions_sheet(figures: Figures, words: Words) -> Sheet:
    """What does not fit: one row per kind."""
    head = Heads(words)
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
        Column("what", head("what")),
        Column("rows", head("rows"), "count"),
        Column("units", head("units"), "count"),
        Column("money", head("money"), "money"),
        Column("means", head("means")),
        Column("do", head("do")),
        Column("examples", head("examples"), "list"),
        Column("code", head("code"), "code"),
    ]
    return laid("exceptions", words("sheets", "exceptions"), columns, rows)


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
    head = Heads(words)
    names = ("exported", "sold", "returned")
    earlier = figures["movement"]["earlier"]
    note = ""
    if earlier:
        counts = {name: f"{earlier[name]:,}" for name in names}
        note = words("sheet_notes", "months_earlier", **counts)
    columns = [
        Column("month", head("month")),
        *(Column(name, head(name), "count") for name in names),
    ]
    rows = figures["movement"]["months"]
    return laid("months", words("sheets", "months"), columns, rows, more=note)


def modes_sheet(figures: Figures, words: Words) -> Sheet:
    """Declarations: one row per supervision mode."""
    head = Heads(words)
    names = {row.text("mode"): row.text(words.language) for row in read(_MODES).rows}
    rows = [
        row | {"name": names.get(row["mode"], ""), "fob": amounts(row["fob"])}
        for row in figures["modes"]
    ]
    columns = [
        Column("mode", head("mode"), "code"),
        Column("name", head("mode_name")),
        Column("declarations", head("declarations"), "count"),
        Column("items", head("items"), "count"),
        Column("units", head("units"), "count", "units"),
        Column("fob", head("fob"), "list"),
    ]
    return laid("modes", words("sheets", "modes"), columns, rows)


_MODES = "cn/supervision_modes"


def lead_sheet(figures: Figures, words: Words) -> Sheet:
    """Days from export to receipt: one row per warehouse."""
    head = Heads(words)
    found = figures["lead"]
    columns = [
        Column("warehouse", head("warehouse")),
        Column("units", head("units"), "count"),
        Column("median", head("median"), "count", "days"),
        Column("ninth", head("ninth"), "count", "days"),
        Column("longest", head("longest"), "count"),
    ]
    return laid(
        "lead",
        words("sheets", "lead"),
        columns,
        found["warehouses"],
        note=words("sheet_notes", "lead"),
        more=words("page", "more_rows", count=f"{found['more']:,}") if found["more"] else "",
        total={"warehouse": words("page", "total")} | found["all"] if found["all"] else None,
    )


def countries_sheet(figures: Figures, words: Words) -> Sheet:
    """Sales abroad: one row per country."""
    head = Heads(words)
    found = figures["sales"]
    rows = [row | {"amounts": amounts(row["amounts"])} for row in found["countries"]]
    columns = [
        Column("country", head("country"), "code"),
        Column("lines", head("order_lines"), "count"),
        Column("units", head("units"), "count", "units"),
        Column("amounts", head("amounts"), "list"),
    ]
    return laid(
        "countries",
        words("sheets", "countries"),
        columns,
        rows,
        more=words("page", "more_rows", count=f"{found['more']:,}") if found["more"] else "",
    )
