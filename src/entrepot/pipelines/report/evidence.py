# SPDX-License-Identifier: Apache-2.0
"""Papers to be on file: those of a refund claim, and the proof of a sale, each by its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.numbers import SOLD
from entrepot.packs.read import read
from entrepot.pipelines.close import Closed
from entrepot.pipelines.report.few import EXAMPLES, by_currency, first_of, money, only, total
from entrepot.taxrefund.deadlines import DEADLINES, NoDeadline, due

#: Days that have passed and are listed one by one; later ones are summed.
MOST_DAYS = 20
CLAIM_RULE, SALE_RULE = "filing_documents_on_file", "sales_proof_on_file"


def claim_documents(
    engine: Engine, closed: Closed, unknown: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Say by which day the documents of each claim are to be on file.

    Args:
        unknown: by table, columns that the season's version does not record; with `documents_on`
            among them nothing is said to be on file or to be missing.

    Returns:
        recorded: whether the season says when documents were filed; on_file, on_file_late, missing,
        waiting: claims and money of each (without records: `past` and `waiting` only); days: one
        per day by which documents are due that are not known to be on file, what has passed first;
        more: days, claims and money left out of `days`.
    """
    recorded = "documents_on" not in unknown.get("refund_claims", ())
    claims = closed.documents.claims.filter(nw.col("kind").is_in(["ordinary", "advance"]))
    if not recorded:
        claims = claims.drop("documents_on", strict=False).with_columns(
            documents_on=nw.lit(None, nw.Date)
        )
    grouped = engine.rows(
        claims.group_by("filed_on", "documents_on").agg(
            *total("amount"), claims=nw.col("claim_no").n_unique(), lines=nw.len()
        ),
        ["filed_on", "documents_on"],
    )
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    open_days = []
    for row in grouped:
        row["due_on"] = _due(CLAIM_RULE, row["filed_on"])
        state = _state(row, closed.documents.as_of, recorded=recorded)
        sums[state][0] += row["claims"]
        sums[state][1] += row["amount"]
        if state in ("missing", "waiting"):
            open_days.append(row | {"state": state})
    # Every day to come is listed, and of those that have passed the first.
    missing = [row for row in open_days if row["state"] == "missing"]
    rest = missing[MOST_DAYS:]
    listed = missing[:MOST_DAYS] + [row for row in open_days if row["state"] == "waiting"]
    examples = _claim_examples(engine, claims, [row["filed_on"] for row in listed])
    return {
        "recorded": recorded,
        "sums": {
            state: {"claims": count, "money": money(fen)} for state, (count, fen) in sums.items()
        },
        "days": [_day(row, examples[row["filed_on"]]) for row in listed],
        "more": {
            "days": len(rest),
            "claims": sum(row["claims"] for row in rest),
            "money": money(sum(row["amount"] for row in rest)),
        },
    }


def _day(row: dict[str, Any], examples: list[dict[str, Any]]) -> dict[str, Any]:
    """The claims of one day that are not known to have their documents."""
    return {
        "state": row["state"],
        "filed_on": row["filed_on"].isoformat(),
        "due_on": row["due_on"].isoformat(),
        "claims": row["claims"],
        "money": money(row["amount"]),
        "examples": examples,
    }


def _state(row: dict[str, Any], as_of: date, *, recorded: bool) -> str:
    """Where the documents of a day's claims stand."""
    if row["documents_on"] is not None:
        return "on_file" if row["documents_on"] <= row["due_on"] else "on_file_late"
    if row["due_on"] >= as_of:
        return "waiting"
    return "missing" if recorded else "past"


def _claim_examples(
    engine: Engine, claims: Frame, days: list[date]
) -> defaultdict[date, list[dict[str, Any]]]:
    """The largest few claims of each day that are not known to have their documents."""
    found: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)
    if not days:
        return found
    numbered = (
        claims.filter(
            nw.col("documents_on").is_null(),
            nw.col("filed_on") >= nw.lit(min(days)),
            nw.col("filed_on") <= nw.lit(max(days)),
        )
        .group_by("filed_on", "claim_no")
        .agg(total("amount"))
        .with_columns(rank=0 - nw.col("amount"))
    )
    first = first_of(numbered, ["filed_on"], ["rank", "claim_no"], EXAMPLES)
    for row in engine.rows(first, ["filed_on", "place"]):
        found[row["filed_on"]].append({"key": row["claim_no"], "money": money(row["amount"])})
    return found


def sale_proofs(
    engine: Engine, closed: Closed, sales: Frame, sold_by_day: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Say by which day the proof of each sale is to be on file, for goods that wait for their sale.

    No season records whether it is: every sale within its term is listed, earlier ones are summed.

    Args:
        sales: the season's sales with their amounts.
        sold_by_day: one row per day on which something was shipped: day.

    Returns:
        is_ruled: whether a rule about proofs is in force on `as_of`; days: one per day of sale
        within its term; earlier_units: units of earlier sales.
    """
    d = closed.documents
    within = [
        row["day"] for row in sold_by_day if (day := _due(SALE_RULE, row["day"])) and day >= d.as_of
    ]
    by_sale = d.declared.filter(nw.col("by_sale")).select("dline")
    fates = closed.position.fates.filter(nw.col("fate") == "sold").join(by_sale, on="dline")
    all_units = only(engine, fates.select(total("quantity")))["quantity"]
    is_ruled = _due(SALE_RULE, d.as_of) is not None
    if not within:
        return {"is_ruled": is_ruled, "days": [], "earlier_units": all_units}
    proofs = engine.keep(_sales_within(closed, sales, by_sale, min(within)), "proofs")
    days = engine.rows(proofs.group_by("day").agg(*total("quantity"), lines=nw.len()), ["day"])
    amounts = engine.rows(proofs.group_by("day", "currency").agg(total("amount")), ["currency"])
    first = first_of(
        proofs.select("day", "channel", "order_no", "line_no", rank=0 - nw.col("quantity")),
        ["day"],
        ["rank", "channel", "order_no", "line_no"],
        EXAMPLES,
    )
    examples: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in engine.rows(first, ["day", "place"]):
        key = f"{row['channel']}/{row['order_no']}/{row['line_no']}"
        examples[row["day"]].append({"key": key, "money": None})
    engine.forget("proofs")
    return {
        "is_ruled": is_ruled,
        "days": [
            {
                "shipped_on": row["day"].isoformat(),
                "due_on": due(read(DEADLINES), SALE_RULE, row["day"]).isoformat(),
                "lines": row["lines"],
                "units": row["quantity"],
                "amounts": by_currency(
                    [each for each in amounts if each["day"] == row["day"]], "currency", "amount"
                ),
                "examples": examples[row["day"]],
            }
            for row in days
        ],
        "earlier_units": all_units - sum(row["quantity"] for row in days),
    }


def _sales_within(closed: Closed, sales: Frame, by_sale: Frame, first: date) -> Frame:
    """One row per order line shipped since `first` with units whose tax waits for the sale."""
    d = closed.documents
    numbers = (
        closed.traced.trace.filter(nw.col("fate") == SOLD, ~nw.col("sale").is_null())
        .join(d.sold.filter(nw.col("day") >= nw.lit(first)).select("sale"), on="sale", how="semi")
        .join(by_sale, on="dline", how="semi")
        .group_by("sale")
        .agg(total("quantity"))
    )
    key = ["channel", "order_no", "line_no"]
    lines = (
        d.sold.select("sale", "channel_no", "order_no", "line_no", "day")
        .join(numbers, on="sale")
        .join(d.channels, on="channel_no")
    )
    asked = sales.filter(nw.col("shipped_on") >= nw.lit(first))
    return lines.join(asked.select(*key, "amount", "currency"), on=key)


def _due(rule: str, start: date) -> date | None:
    """The day that a rule comes to; None where none was in force."""
    try:
        return due(read(DEADLINES), rule, start)
    except NoDeadline:
        return None
