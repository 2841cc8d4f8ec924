# SPDX-License-Identifier: Apache-2.0
"""The calendar of refunds and foreign exchange: what to do by which day, in how much money.

It says how sure each day is.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine
from entrepot.packs.read import CONFIDENCE, Row, in_force, read
from entrepot.pipelines.close import Closed
from entrepot.pipelines.due import due_lines, obligations
from entrepot.pipelines.report.few import EXAMPLES, first_of, money, total
from entrepot.taxrefund.deadlines import CALENDAR, DEADLINES
from entrepot.taxrefund.filing import FILINGS

#: How pressing a line is: its day has passed, it is due at once, it has a day, it may be done.
URGENCIES = ("late", "now", "dated", "may")
_URGENCY = {
    "advance.overdue": "late",
    "item.lapsed": "late",
    "item.late": "late",
    "item.pay_back": "now",
    "item.claim_advance": "may",
    "collect.late": "late",
}
#: The rule of the deadlines that gives a line its day.
_RULE = {
    "item.claim": "claim_by",
    "item.late": "lapse",
    "item.lapsed": "lapse",
    "collect.late": "foreign_exchange_by",
    "collect.waiting": "foreign_exchange_by",
    "collect.unknown": "foreign_exchange_by",
}
#: Table that holds what a kind of line sums up.
_TABLES = {"advance": "advances", "item": "refunds", "collect": "collection"}
_WEAKEST_FIRST = tuple(reversed(CONFIDENCE))


def refund_calendar(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Say what has to be done about refunds and their foreign exchange.

    Returns:
        lines: one per kind and day, what has passed first, then by day: what, urgency, by, lines,
        money (None: not
        known), sure (V, S or M; None where no rule sets the day), announced (False where the last
        filing day is not known yet and the last day of the law stands in), rules (names), examples;
        months: money per month that a line falls in; filing: what lies ready to be typed in.
    """
    examples = _examples(engine, closed)
    lines = []
    for line in due_lines(engine, closed):
        urgency = _URGENCY.get(line["what"], "dated")
        shown = None if urgency == "now" or urgency == "may" else line["by"]
        key = (line["what"], line["by"] if line["what"] != "item.late" else None)
        lines.append(
            {
                "what": line["what"],
                "urgency": urgency,
                "by": shown and shown.isoformat(),
                "lines": line["lines"],
                "money": None if line["fen"] is None else money(line["fen"]),
                **_certainty(line),
                "examples": examples[key],
                "table": _TABLES[line["what"].split(".")[0]],
            }
        )
    lines.sort(key=lambda each: (URGENCIES.index(each["urgency"]), each["by"] or "", each["what"]))
    return {"lines": lines, "months": _months(lines), "filing": _filing(engine, closed)}


def _examples(
    engine: Engine, closed: Closed
) -> defaultdict[tuple[str, date | None], list[dict[str, Any]]]:
    """The largest few of each line: documents and money."""
    ranked = obligations(closed).with_columns(rank=0 - nw.col("fen").fill_null(0).abs())
    order = ["rank", "declaration_no", "item_no", "claim_no"]
    found: defaultdict[tuple[str, date | None], list[dict[str, Any]]] = defaultdict(list)
    for row in engine.rows(first_of(ranked, ["what", "by"], order, EXAMPLES), ["what", "place"]):
        found[row["what"], row["by"]].append(
            {
                "declaration_no": row["declaration_no"],
                "item_no": row["item_no"],
                "claim_no": row["claim_no"],
                "money": None if row["fen"] is None else money(row["fen"]),
            }
        )
    return found


def _certainty(line: dict[str, Any]) -> dict[str, Any]:
    """How sure a line's day is: as sure as the weakest row of a pack that it rests on."""
    if line["by"] is None and line["what"] not in _RULE:
        return {"sure": None, "announced": True, "rules": []}
    announced = True
    rows: list[tuple[str, Row]] = []
    rule = _RULE.get(line["what"], "reconcile_until")
    for since in {line["since"], line["until"]}:
        row = in_force(read(DEADLINES), since, rule=rule)
        if row is not None:
            rows.append((rule, row))
    if rule == "reconcile_until":
        period = in_force(read(CALENDAR), line["by"], year=line["by"].year, month=line["by"].month)
        announced = period is not None
        if period is not None:
            rows.append(("filing_period", period))
    sure = min((row.text("confidence") for _, row in rows), key=_WEAKEST_FIRST.index, default=None)
    return {"sure": sure, "announced": announced, "rules": sorted({name for name, _ in rows})}


def _months(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Money per month of the dated lines, by what it is of; what has no day first."""
    sums: defaultdict[str, dict[str, list[str]]] = defaultdict(
        lambda: {kind: [] for kind in _TABLES}
    )
    for line in lines:
        dated = line["urgency"] == "dated"
        sums[line["by"][:7] if dated else line["urgency"]][line["what"].split(".")[0]].append(
            line["money"] or "0.00"
        )
    order = {"late": "0", "now": "1", "may": "9"}
    return [
        {
            "month": month,
            "claims": _sum(sums[month]["item"]),
            "advances": _sum(sums[month]["advance"]),
            "exchange": _sum(sums[month]["collect"]),
        }
        for month in sorted(sums, key=lambda each: order.get(each, "2" + each))
    ]


def _sum(texts: list[str]) -> str:
    return money(sum(int(text.replace(".", "")) for text in texts))


def _filing(engine: Engine, closed: Closed) -> list[dict[str, Any]]:
    """What lies ready to be typed into the form, by kind of filing."""
    found = engine.rows(
        closed.position.filing_exports.group_by("filing").agg(
            nw.len().alias("lines"), *total("quantity", "refundable")
        )
    )
    rows = {row["filing"]: row for row in found}
    return [
        {
            "filing": filing,
            "lines": rows[filing]["lines"],
            "units": rows[filing]["quantity"],
            "money": money(rows[filing]["refundable"]),
        }
        for filing in FILINGS
        if filing in rows
    ]
