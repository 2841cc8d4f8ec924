# SPDX-License-Identifier: Apache-2.0
"""What moved: by month, by supervision mode, by country and currency, and how long it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.numbers import BASES, SOLD
from entrepot.pipelines.close import Closed
from entrepot.pipelines.report.few import by_currency, money, only, total, where

#: Months, warehouses and countries that are listed one by one.
MOST_MONTHS, MOST_ROWS = 24, 30


def units_by_day(engine: Engine, closed: Closed) -> dict[str, list[dict[str, Any]]]:
    """Units exported, sold and come back: one row per day on which any were.

    Sold are order lines shipped, and goods sold at export, which no warehouse received.
    """
    d = closed.documents
    at_export = closed.traced.trace.filter(nw.col("fate") == SOLD, nw.col("sale").is_null())
    sold = nw.concat([d.sold.select("day", "quantity"), at_export.select("day", "quantity")])
    frames = {
        "exported": d.declared.select("quantity", day="exported_on"),
        "sold": sold,
        "returned": d.returned.select("quantity", day="returned_on"),
    }
    return {
        name: engine.rows(frame.group_by("day").agg(total("quantity")), ["day"])
        for name, frame in frames.items()
    }


def months(by_day: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The last months from the first with units on, none left out; earlier ones summed."""
    sums: defaultdict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(by_day, 0))
    for name, rows in by_day.items():
        for row in rows:
            sums[row["day"].year * 12 + row["day"].month - 1][name] += row["quantity"]
    last = max(sums, default=0)
    first = min((month for month in sums if month > last - MOST_MONTHS), default=1)
    before = [sums[month] for month in sorted(sums) if month < first]
    return {
        "months": [
            {"month": f"{month // 12:04d}-{month % 12 + 1:02d}"} | sums[month]
            for month in range(first, last + 1)
        ],
        "earlier": {name: sum(each[name] for each in before) for name in by_day}
        if before
        else None,
    }


def by_mode(engine: Engine, closed: Closed) -> list[dict[str, Any]]:
    """One row per supervision mode: declarations, items, units and FOB value by currency."""
    d = closed.documents
    counted = engine.rows(
        d.declared.group_by("mode").agg(
            *total("quantity"),
            declarations=nw.col("declaration_no").n_unique(),
            items=nw.col("item").n_unique(),
        ),
        ["mode"],
    )
    amounts = engine.rows(
        d.declared.group_by("mode", "fob_currency").agg(total("fob_amount")), ["mode"]
    )
    return [
        {
            "mode": row["mode"],
            "declarations": row["declarations"],
            "items": row["items"],
            "units": row["quantity"],
            "fob": by_currency(
                [each for each in amounts if each["mode"] == row["mode"]],
                "fob_currency",
                "fob_amount",
            ),
        }
        for row in counted
    ]


def sales_abroad(engine: Engine, sales: Frame, as_of: date) -> dict[str, Any]:
    """Order lines and amounts of what was sold by `as_of`, by country and by currency."""
    rows = engine.rows(
        sales.filter(nw.col("shipped_on") <= nw.lit(as_of))
        .group_by("destination", "currency")
        .agg(*total("quantity", "amount"), lines=nw.len()),
        ["destination", "currency"],
    )
    countries: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        countries[row["destination"]].append(row)
    order = sorted(countries, key=lambda name: (-sum(r["quantity"] for r in countries[name]), name))
    return {
        "amounts": by_currency(rows, "currency", "amount"),
        "countries": [
            {
                "country": name,
                "lines": sum(row["lines"] for row in countries[name]),
                "units": sum(row["quantity"] for row in countries[name]),
                "amounts": by_currency(countries[name], "currency", "amount"),
            }
            for name in order[:MOST_ROWS]
        ],
        "more": max(0, len(order) - MOST_ROWS),
        "all": len(order),
    }


def days_to_receipt(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Days from export to receipt: median, the day by which nine of ten units came, longest.

    Goods received before they were exported are left out; `exceptions` names them.

    Returns:
        warehouses: one per warehouse, most units first; more: how many are left out; all: of
        everything received, None where nothing was.
    """
    d = closed.documents
    lines = d.received.select("dline", "day", "warehouse", "quantity").join(
        d.declared.select("dline", "exported_on"), on="dline"
    )
    pairs = engine.keep(
        lines.filter(nw.col("day") >= nw.col("exported_on"))
        .group_by("warehouse", "exported_on", "day")
        .agg(total("quantity")),
        "days_between",
    )
    numbers = _day_numbers(engine, pairs)
    rows = engine.rows(
        pairs.join(numbers.select(exported_on="date", left="number"), on="exported_on")
        .join(numbers.select(day="date", came="number"), on="day")
        .with_columns(days=nw.col("came") - nw.col("left"))
        .group_by("warehouse", "days")
        .agg(total("quantity")),
        ["warehouse", "days"],
    )
    engine.forget("days_between")
    names: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        names[row["warehouse"]].append(row)
    found = [{"warehouse": name} | _spread(each) for name, each in names.items()]
    found.sort(key=lambda each: (-each["units"], each["warehouse"]))
    return {
        "warehouses": found[:MOST_ROWS],
        "more": max(0, len(found) - MOST_ROWS),
        "all": _spread(rows) if rows else None,
    }


def _day_numbers(engine: Engine, pairs: Frame) -> Frame:
    """One row per day that `pairs` names: date, number. Engines differ in how days subtract."""
    ends = engine.rows(pairs.select(first=nw.col("exported_on").min(), last=nw.col("day").max()))[0]
    first, last = (each.toordinal() if each else 1 for each in (ends["first"], ends["last"]))
    days = range(first, last + 1)
    return engine.table(
        pa.table(
            {
                "date": pa.array([date.fromordinal(day) for day in days], pa.date32()),
                "number": pa.array(days, pa.int64()),
            }
        )
    )


def _spread(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median, ninth decile and longest of days, weighted by units."""
    units: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        units[row["days"]] += row["quantity"]
    whole = sum(units.values())
    reached, median, ninth = 0, None, None
    for days in sorted(units):
        reached += units[days]
        if median is None and 2 * reached >= whole:
            median = days
        if ninth is None and 10 * reached >= 9 * whole:
            ninth = days
    return {"units": whole, "median": median, "ninth": ninth, "longest": max(units)}


def purchasing(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Suppliers, the districts of their registration, invoice lines, and how goods are covered."""
    d = closed.documents
    bought = only(
        engine,
        d.bought.select(
            *total("net_amount"),
            lines=nw.len(),
            suppliers=nw.col("supplier_uscc").n_unique(),
            # Characters 3 to 8 of a credit code name the district of the registration.
            districts=nw.col("supplier_uscc").str.slice(2, 6).n_unique(),
        ),
    )
    linked = only(
        engine,
        closed.traced.covers.select(
            *total("quantity"),
            linked=where(nw.col("basis") == BASES.index("linked")).sum().cast(nw.Int64),
            covered=where(~nw.col("pline").is_null()).sum().cast(nw.Int64),
        ),
    )
    return {
        "lines": bought["lines"],
        "suppliers": bought["suppliers"],
        "districts": bought["districts"],
        "net_amount": money(bought["net_amount"]),
        "declared": linked["quantity"],
        "covered": linked["covered"],
        "linked": linked["linked"],
    }
