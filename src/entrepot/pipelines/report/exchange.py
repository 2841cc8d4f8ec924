# SPDX-License-Identifier: Apache-2.0
"""Foreign exchange of declarations, summed by where they stand and by their last day."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine
from entrepot.finance.tables_collection import STATES, TO_COME
from entrepot.pipelines.close import Closed
from entrepot.pipelines.report.few import by_currency, money, total

#: Rows that are listed one by one.
MOST_ROWS = 30
#: What is late stands first.
_ORDER = ("late", "waiting", "unknown", "explained", "collected")
assert set(_ORDER) == set(STATES)


def collection_figures(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Sum the declarations of each state and last day.

    Returns:
        nothing where nothing was declared; else rows: state, by, declarations, fob_amounts (by
        currency), and in CNY fob, explained (all differences from it), came, counts, not_sold,
        open, over, claimed, missing (not_sold and open; None where a rate is missing, as all but
        claimed); more: how many are left out.
    """
    table = closed.finance.collection.rows
    of = nw.col
    told = table.select(
        "state", "due_by", "declaration_no", "fob_currency", "fob_amount", "fob", "not_sold",
        "open", "over", "claimed",
        explained=sum((of(name) for name in TO_COME[2:]), start=of(TO_COME[1])),
        came=of("received") + of("receipts"),
        counts=of("insurance") + of("deemed"),
    )  # fmt: skip
    key = ["state", "due_by"]
    names = ("fob", "explained", "came", "counts", "not_sold", "open", "over", "claimed")
    sums = engine.rows(
        told.group_by(*key).agg(
            *total(*names),
            declarations=of("declaration_no").n_unique(),
            rows=nw.len(),
            known=of("fob").count(),
        )
    )
    of_moneys = engine.rows(told.group_by(*key, "fob_currency").agg(*total("fob_amount")))
    sums.sort(key=lambda row: (_ORDER.index(row["state"]), row["due_by"]))
    rows = []
    for row in sums:
        mine = [each for each in of_moneys if all(each[name] == row[name] for name in key)]
        is_known = row["known"] == row["rows"]
        amounts = {name: money(row[name]) if is_known else None for name in names}
        missing = money((row["not_sold"] or 0) + (row["open"] or 0)) if is_known else None
        rows.append(
            {
                "state": row["state"],
                "by": row["due_by"].isoformat(),
                "declarations": row["declarations"],
                "fob_amounts": by_currency(mine, "fob_currency", "fob_amount"),
                **amounts,
                "claimed": money(row["claimed"]),
                "missing": None if row["state"] == "unknown" else missing,
            }
        )
    if not rows:
        return {"rows": [], "more": 0}
    return {"rows": rows[:MOST_ROWS], "more": max(0, len(rows) - MOST_ROWS)}
