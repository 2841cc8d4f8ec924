# SPDX-License-Identifier: Apache-2.0
"""What has to be done about refunds and foreign exchange, by which day and in how much money."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.pipelines.close import Closed

#: States that ask for something to be done, by what they are states of.
ADVANCES = ("overdue", "confirm", "adjust", "waiting")
ITEMS = ("claim", "late", "lapsed", "pay_back", "claim_advance")
#: States of a declaration whose foreign exchange is not in, or not known to be.
COLLECT = ("late", "waiting", "unknown")
#: Everything that may have to be done, as it is named in run.json and in the report.
WHAT = (
    *(f"advance.{state}" for state in ADVANCES),
    *(f"item.{state}" for state in ITEMS),
    *(f"collect.{state}" for state in COLLECT),
)
_COLUMNS = ("what", "by", "since", "lapses_on", "declaration_no", "item_no", "claim_no", "fen")


def obligations(closed: Closed) -> Frame:
    """Say what each open advance, each declaration item and each declaration asks for.

    Returns:
        one row per advance, item or declaration that asks for something: what (one of `WHAT`), by
        (its last day; null: at once, or at any time), since (the day the term counts from),
        lapses_on (of an item), declaration_no, item_no (null: all of it), claim_no (of an advance),
        fen (CNY; below 0: to be paid; of a declaration the foreign exchange that is missing, null
        where it is not known).
    """
    position = closed.position
    none = nw.lit(None, nw.Date)
    advances = position.advances.filter(nw.col("state").is_in(list(ADVANCES))).with_columns(
        what=nw.concat_str([nw.lit("advance."), nw.col("state")]),
        fen=nw.col("amount"),
        by=nw.coalesce("file_by", "legal_until"),
        since=nw.col("finished_on"),
        lapses_on=none,
    )
    # An advance may be claimed on what is covered and not sold yet.
    may_claim = nw.col("refundable") - nw.col("refundable_on_sold")
    items = position.refunds.filter(
        nw.col("state").is_in(list(ITEMS)) & ~nw.col("difference").is_null()
    ).with_columns(
        what=nw.concat_str([nw.lit("item."), nw.col("state")]),
        fen=nw.when(nw.col("state") == "claim_advance")
        .then(may_claim)
        .otherwise(nw.col("difference")),
        by=nw.when(nw.col("state") == "claim").then(nw.col("claim_by")),
        since=nw.col("exported_on"),
        claim_no=nw.lit(None, nw.String),
    )
    columns = list(_COLUMNS)
    parts = [advances, items, _to_collect(closed)]
    return nw.concat([rows.select(columns) for rows in parts])


def _to_collect(closed: Closed) -> Frame:
    """Declarations whose foreign exchange is not in, or not known to be."""
    rows = closed.finance.collection.rows.filter(nw.col("state").is_in(list(COLLECT)))
    missing = nw.col("not_sold") + nw.col("open")
    return rows.with_columns(
        what=nw.concat_str([nw.lit("collect."), nw.col("state")]),
        # An amount beside unknown ones would read as all of them.
        fen=nw.when(nw.col("state") != "unknown").then(missing),
        by=nw.col("due_by"),
        since=nw.col("exported_on"),
        lapses_on=nw.lit(None, nw.Date),
        item_no=nw.lit(None, nw.Int64),
        claim_no=nw.lit(None, nw.String),
    )


def due_lines(engine: Engine, closed: Closed) -> list[dict[str, Any]]:
    """Sum what has to be done by what it is and by its day; the nearest first.

    Returns:
        one dictionary per line: what, by (None: at once, or at any time), lines (how many advances,
        items or declarations), fen (None: not known), since and until (the first and last day that
        the terms count from). Late items lapse day after day: their line's day is that of the
        first.
    """
    found = engine.rows(
        obligations(closed)
        .group_by("what", "by")
        .agg(
            nw.col("fen").sum().cast(nw.Int64),
            known=nw.col("fen").count().cast(nw.Int64),
            lines=nw.len(),
            lapses_on=nw.col("lapses_on").min(),
            first=nw.col("since").min(),
            until=nw.col("since").max(),
        )
    )
    for row in found:
        row["since"] = row.pop("first")
        lapses_on = row.pop("lapses_on")
        if not row.pop("known"):
            row["fen"] = None
        if row["what"] == "item.late":
            row["by"] = lapses_on
    first = closed.documents.as_of
    return sorted(found, key=lambda each: (each["by"] or first, each["what"]))
