# SPDX-License-Identifier: Apache-2.0
"""What lies where, for how long, at what cost; what is on its way; what hardly sells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.numbers import IN_TRANSIT, UNSOLD
from entrepot.pipelines.close import Closed
from entrepot.pipelines.report.few import first_of, money, total, where

#: Last day of each band of age; one more band holds what is older. Our own policy.
BANDS = (30, 60, 90, 180, 365)
#: Days after which units count as slow, and over which sales are counted. Our own policy.
SLOW = 90
MOST_WAREHOUSES, MOST_SLOW = 30, 20
_FIGURES = ("quantity", "fen", "uncosted")


def stock_figures(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Age what lies in the warehouses and what is on its way to them.

    Returns:
        bands: the last day of each band; on_hand, in_transit: each with warehouses (one per
        warehouse, most units first: units, cost and units without an invoice, in all and by band),
        more (how many warehouses are summed in `rest`), rest and total; slow: the SKUs whose units
        older than `SLOW` days cost most, with what they sold since; slow_more: how many more.
    """
    d = closed.documents
    lying = engine.keep(
        closed.traced.trace.filter(nw.col("fate") == UNSOLD)
        .group_by("warehouse_no", "sku_no", "day")
        .agg(*_sums()),
        "lying_by_day",
    )
    going = (
        closed.traced.trace.filter(nw.col("fate") == IN_TRANSIT)
        .select("dline", "warehouse_no", "day", "quantity", "net_amount")
        .join(d.declared.select("dline", declared_no="warehouse_no"), on="dline", how="left")
        # What is under way between two warehouses says itself where it goes.
        .with_columns(warehouse_no=nw.coalesce("warehouse_no", "declared_no"))
        .group_by("warehouse_no", "day")
        .agg(*_sums())
    )
    slow, more = _slow(engine, closed, lying)
    figures = {
        "bands": list(BANDS),
        "on_hand": _aged(engine, lying, d.warehouses, d.as_of),
        "in_transit": _aged(engine, going, d.warehouses, d.as_of),
        "slow_after": SLOW,
        "slow": slow,
        "slow_more": more,
    }
    engine.forget("lying_by_day")
    return figures


def _sums() -> list[nw.Expr]:
    """Units, fen, and units that no invoice covers."""
    uncosted = where(nw.col("net_amount").is_null()).sum().cast(nw.Int64)
    return [
        *total("quantity"),
        nw.col("net_amount").sum().cast(nw.Int64).fill_null(0).alias("fen"),
        uncosted.alias("uncosted"),
    ]


def _band(as_of: date) -> nw.Expr:
    """The place of a day's age in `BANDS`; the last place is for what is older than all."""
    chain = nw.when(nw.col("day") >= nw.lit(as_of - timedelta(BANDS[0]))).then(nw.lit(0))
    for place, days in enumerate(BANDS[1:], 1):
        chain = chain.when(nw.col("day") >= nw.lit(as_of - timedelta(days))).then(nw.lit(place))
    return chain.otherwise(nw.lit(len(BANDS)))


def _aged(engine: Engine, rows: Frame, warehouses: Frame, as_of: date) -> dict[str, Any]:
    """Sum rows of warehouse_no and day by warehouse and band."""
    found = engine.rows(
        rows.with_columns(band=_band(as_of))
        .group_by("warehouse_no", "band")
        .agg(total(*_FIGURES))
        .join(warehouses, on="warehouse_no", how="left"),
        ["warehouse", "band"],
    )
    by_name: dict[str | None, list[dict[str, Any]]] = {}
    for row in found:
        by_name.setdefault(row["warehouse"], []).append(row)
    order = sorted(
        by_name,
        key=lambda name: (-sum(row["quantity"] for row in by_name[name]), name is None, name or ""),
    )
    shown = order if len(order) <= MOST_WAREHOUSES + 1 else order[:MOST_WAREHOUSES]
    rest = [row for name in order[len(shown) :] for row in by_name[name]]
    return {
        "warehouses": [{"warehouse": name} | _summed(by_name[name]) for name in shown],
        "more": len(order) - len(shown),
        "rest": _summed(rest),
        "total": _summed(found),
    }


def _summed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Units, cost and units without an invoice, in all and by band."""

    def of(name: str, band: int) -> int:
        return sum(row[name] for row in rows if row["band"] == band)

    bands = range(len(BANDS) + 1)
    return {
        "units": sum(row["quantity"] for row in rows),
        "cost": money(sum(row["fen"] for row in rows)),
        "uncosted": sum(row["uncosted"] for row in rows),
        "units_by_age": [of("quantity", band) for band in bands],
        "cost_by_age": [money(of("fen", band)) for band in bands],
    }


def _slow(engine: Engine, closed: Closed, lying: Frame) -> tuple[list[dict[str, Any]], int]:
    """The SKUs in one warehouse whose old units cost most, and how many more have old units."""
    d = closed.documents
    since = nw.lit(d.as_of - timedelta(SLOW))
    is_old = nw.col("day") < since
    lanes = (
        lying.with_columns(
            old=where(is_old),
            old_fen=where(is_old, "fen"),
            old_uncosted=where(is_old, "uncosted"),
        )
        .group_by("warehouse_no", "sku_no")
        .agg(
            *total("quantity", "old", "old_fen", "old_uncosted"),
            oldest=nw.col("day").min(),
        )
        .filter(nw.col("old") > 0)
    )
    count: int = engine.rows(lanes.select(nw.len().alias("n")))[0]["n"]
    ranked = lanes.with_columns(
        by_cost=0 - nw.col("old_fen"), by_units=0 - nw.col("old"), all=nw.lit(1, nw.Int64)
    )
    order = ["by_cost", "by_units", "warehouse_no", "sku_no"]
    slowest = engine.keep(first_of(ranked, ["all"], order, MOST_SLOW), "slowest")
    key = ["warehouse_no", "sku_no"]
    sold = (
        d.sold.join(slowest.select(key), on=key, how="semi")
        .with_columns(recent=where(nw.col("day") > since))
        .group_by(key)
        .agg(*total("recent"), last=nw.col("day").max())
    )
    rows = engine.rows(
        slowest.join(sold, on=key, how="left")
        .join(d.skus, on="sku_no")
        .join(d.warehouses, on="warehouse_no"),
        ["place"],
    )
    engine.forget("slowest")
    return [
        {
            "warehouse": row["warehouse"],
            "sku": row["sku"],
            "units": row["quantity"],
            "old_units": row["old"],
            # No invoice covers any of them: their cost is unknown, not nothing.
            "old_cost": None if row["old_uncosted"] == row["old"] else money(row["old_fen"]),
            "oldest": row["oldest"].isoformat(),
            "sold": row["recent"] or 0,
            "last_sold": row["last"] and row["last"].isoformat(),
        }
        for row in rows
    ], count - len(rows)
