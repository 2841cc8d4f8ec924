# SPDX-License-Identifier: Apache-2.0
"""Sheets about refunds: the position, the calendar, the papers to be on file, what to type in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from entrepot.pipelines.report.language import Heads, Words
from entrepot.pipelines.report.sheet import (
    Cell,
    Column,
    Sheet,
    amounts,
    day,
    decimal,
    laid,
    shown,
)

Figures = Mapping[str, Any]


def refund_sheet(figures: Figures, words: Words) -> Sheet:
    """The refund position in figures: one row per figure."""
    head = Heads(words)
    order = ("refundable", "refundable_on_sold", "claimed", "advanced", "open_advance")
    rows = [
        {"name": words("refund", name), "money": Decimal(figures["refund"][name])} for name in order
    ]
    columns = [Column("name", head("name")), Column("money", head("money"), "money", "money")]
    return laid(
        "refund",
        words("sheets", "refund"),
        columns,
        rows,
        note=words("sheet_notes", "refund"),
        more=words("page", "whole_table", file=file_of(figures, "refunds")),
    )


def calendar_sheet(figures: Figures, words: Words) -> Sheet:
    """The refund calendar: one row per kind and day."""
    head = Heads(words)
    as_of = date.fromisoformat(figures["season"]["as_of"])
    rows = []
    for line in figures["calendar"]["lines"]:
        by = day(line["by"])
        rows.append(
            {
                "tone": line["urgency"],
                "state": words("urgency", line["urgency"]),
                "by": by,
                "days_left": (by - as_of).days if by else None,
                "what": words("due", line["what"], "what"),
                "do": words("due", line["what"], "do"),
                "lines": line["lines"],
                "money": Decimal(line["money"]),
                "sure": _sure(line, words),
                "examples": _examples(line, figures, words),
            }
        )
    columns = [
        Column("state", head("state")),
        Column("by", head("by"), "day"),
        Column("days_left", head("days_left"), "count"),
        Column("what", head("what")),
        Column("lines", head("lines"), "count"),
        Column("money", head("money"), "money"),
        Column("do", head("do")),
        Column("sure", head("sure")),
        Column("examples", head("examples"), "list"),
    ]
    title, note = words("sheets", "calendar"), words("sheet_notes", "calendar")
    return laid("calendar", title, columns, rows, note=note)


def _sure(line: Mapping[str, Any], words: Words) -> str:
    """How sure a line's day is, and whether the last filing day is not known yet."""
    if line["sure"] is None:
        return words("sure", "none")
    mark = words("sure", line["sure"])
    return mark if line["announced"] else f"{mark}; {words('sure', 'unannounced')}"


def _examples(line: Mapping[str, Any], figures: Figures, words: Words) -> tuple[str, ...]:
    """The documents of a line, the largest first, and where the others are."""
    found = []
    for each in line["examples"]:
        item = f"{each['declaration_no']}/{each['item_no']}"
        claim = f"{each['claim_no']} · " if each["claim_no"] else ""
        found.append(f"{claim}{item}: {shown('money', Decimal(each['money']))}")
    rest = line["lines"] - len(found)
    if rest > 0:
        found.append(words("page", "more", count=f"{rest:,}", file=file_of(figures, line["table"])))
    return tuple(found)


def months_due_sheet(figures: Figures, words: Words) -> Sheet:
    """Money that falls due, by month, claims and advances apart."""
    head = Heads(words)
    named = words.keys("months_due")
    rows = [
        {
            "tone": row["month"] if row["month"] == "late" else "",
            "month": words("months_due", row["month"]) if row["month"] in named else row["month"],
            "claims": Decimal(row["claims"]),
            "advances": Decimal(row["advances"]),
        }
        for row in figures["calendar"]["months"]
    ]
    columns = [
        Column("month", head("month")),
        Column("claims", head("claims_money"), "money", "money"),
        Column("advances", head("advances_money"), "money", "money"),
    ]
    title, note = words("sheets", "months_due"), words("sheet_notes", "months_due")
    return laid("months_due", title, columns, rows, note=note)


def filing_sheet(figures: Figures, words: Words) -> Sheet:
    """What lies ready to be typed into the refund form: one row per kind of filing."""
    head = Heads(words)
    rows = [
        {
            "filing": words("filings", row["filing"]),
            "lines": row["lines"],
            "units": row["units"],
            "money": Decimal(row["money"]),
        }
        for row in figures["calendar"]["filing"]
    ]
    columns = [
        Column("filing", head("filing")),
        Column("lines", head("lines"), "count"),
        Column("units", head("units"), "count"),
        Column("money", head("money"), "money"),
    ]
    return laid(
        "filing",
        words("sheets", "filing"),
        columns,
        rows,
        note=words("sheet_notes", "filing"),
        more=words("page", "whole_table", file=file_of(figures, "filing_exports")),
    )


def documents_sheet(figures: Figures, words: Words) -> Sheet:
    """The papers of claims: one row per day of claim that is not known to have them."""
    head = Heads(words)
    found = figures["documents"]
    rows = [
        {
            "tone": "late" if row["state"] == "missing" else "",
            "state": words("evidence", row["state"]),
            "due_on": day(row["due_on"]),
            "days_left": _days_left(figures, row["due_on"]),
            "filed_on": day(row["filed_on"]),
            "claims": row["claims"],
            "money": Decimal(row["money"]),
            "examples": _keys(row["examples"], row["claims"], words),
        }
        for row in found["days"]
    ]
    columns = [
        Column("state", head("state")),
        Column("due_on", head("due_on"), "day"),
        Column("days_left", head("days_left"), "count"),
        Column("filed_on", head("filed_on"), "day"),
        Column("claims", head("claims"), "count"),
        Column("money", head("money"), "money"),
        Column("examples", head("examples"), "list"),
    ]
    more = ""
    if found["more"]["days"]:
        count = f"{found['more']['claims']:,}"
        more = words("page", "more_rows", count=count)
    title = words("sheets", "documents")
    return laid("documents", title, columns, rows, note=_documents_note(found, words), more=more)


def _documents_note(found: Mapping[str, Any], words: Words) -> str:
    """How many claims have their papers; that nothing is recorded, where nothing is."""
    none = {"claims": 0, "money": "0.00"}
    if not found["recorded"]:
        past = found["sums"].get("past", none)
        return words(
            "sheet_notes",
            "documents_unrecorded",
            past=f"{past['claims']:,}",
            money=shown("money", Decimal(past["money"])),
        )
    states = ("on_file", "on_file_late", "missing", "waiting")
    claims = {state: f"{found['sums'].get(state, none)['claims']:,}" for state in states}
    return words("sheet_notes", "documents_recorded", **claims)


def proofs_sheet(figures: Figures, words: Words) -> Sheet:
    """The proofs of sale within their term: one row per day of sale."""
    head = Heads(words)
    rows = [
        {
            "due_on": day(row["due_on"]),
            "days_left": _days_left(figures, row["due_on"]),
            "shipped_on": day(row["shipped_on"]),
            "lines": row["lines"],
            "units": row["units"],
            "amounts": amounts(row["amounts"]),
            "examples": _keys(row["examples"], row["lines"], words),
        }
        for row in figures["proofs"]["days"]
    ]
    columns = [
        Column("due_on", head("due_on"), "day"),
        Column("days_left", head("days_left"), "count"),
        Column("shipped_on", head("shipped_on"), "day"),
        Column("lines", head("order_lines"), "count"),
        Column("units", head("units"), "count"),
        Column("amounts", head("amounts"), "list"),
        Column("examples", head("examples"), "list"),
    ]
    note = words("sheet_notes", "proofs", units=f"{figures['proofs']['earlier_units']:,}")
    if not figures["proofs"]["is_ruled"]:
        note = words("sheet_notes", "proofs_unruled", as_of=figures["season"]["as_of"])
    return laid("proofs", words("sheets", "proofs"), columns, rows, note=note)


def _keys(examples: Sequence[Mapping[str, Any]], of: int, words: Words) -> tuple[str, ...]:
    """Examples with their money, and how many more there are."""
    found = []
    for each in examples:
        money = decimal(each["money"])
        found.append(each["key"] if money is None else f"{each['key']}: {shown('money', money)}")
    if of > len(found):
        found.append(words("page", "more_rows", count=f"{of - len(found):,}"))
    return tuple(found)


def _days_left(figures: Figures, by: str) -> Cell:
    return (date.fromisoformat(by) - date.fromisoformat(figures["season"]["as_of"])).days


def file_of(figures: Figures, table: str) -> str:
    """The file of this close that holds a table."""
    file: str = figures["outputs"][table]["file"]
    return file
