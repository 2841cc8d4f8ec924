# SPDX-License-Identifier: Apache-2.0
"""What has to be done about refunds, by which day and in how much money."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.pipelines.close import Closed

#: States that ask for something to be done, by what they are states of.
ADVANCES = ("overdue", "confirm", "adjust", "waiting")
ITEMS = ("claim", "late", "lapsed", "pay_back", "claim_advance")
#: Everything that may have to be done, as it is named in run.json and in the report.
WHAT = (
    *(f"advance.{state}" for state in ADVANCES),
    *(f"item.{state}" for state in ITEMS),
)
_COLUMNS = ("what", "by", "since", "lapses_on", "declaration_no", "item_no", "claim_no", "fen")


def obligations(closed: Closed) -> Frame:
    """Say what each open advance and each declaration item asks for.

    Returns:
        one row per advance or item that asks for something: what (one of `WHAT`), by (its last
        day; null: at once, or at any time), since (the day the term counts from), lapses_on (of an
        item), declaration_no, item_no, claim_no (of an advance), fen (CNY; below 0: to be paid).
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
    return nw.concat([advances.select(columns), items.select(columns)])


def due_lines(engine: Engine, closed: Closed) -> list[dict[str, Any]]:
    """Sum what has to be done by what it is and by its day; the nearest first.

    Returns:
        one dictionary per line: what, by (None: at once, or at any time), lines (how many advances
        or items), fen, since and until (the first and last day that the terms count from). Late
        items lapse day after day: their line's day is that of the first.
    """
    found = engine.rows(
        obligations(closed)
        .group_by("what", "by")
        .agg(
            nw.col("fen").sum().cast(nw.Int64),
            lines=nw.len(),
            lapses_on=nw.col("lapses_on").min(),
            first=nw.col("since").min(),
            until=nw.col("since").max(),
        )
    )
    for row in found:
        row["since"] = row.pop("first")
        lapses_on = row.pop("lapses_on")
        if row["what"] == "item.late":
            row["by"] = lapses_on
    first = closed.documents.as_of
    return sorted(found, key=lambda each: (each["by"] or first, each["what"]))
