# SPDX-License-Identifier: Apache-2.0
"""Sheets about refunds: the position, the calendar, the papers to be on file, what to type in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from entrepot.pipelines.report.language import Words
from entrepot.pipelines.report.sheet import Cell, Columns, Sheet, amounts, day, decimal, laid, shown

Figures = Mapping[str, Any]


def refund_sheet(figures: Figures, words: Words) -> Sheet:
    """The refund position in figures: one row per figure."""
    column = Columns(words)
    order = ("refundable", "refundable_on_sold", "claimed", "advanced", "open_advance")
    rows = [
        {"name": words("refund", name), "money": Decimal(figures["refund"][name])} for name in order
    ]
    columns = [column("name"), column("money", "money", "money")]
    return laid(
        words,
        "refund",
        columns,
        rows,
        note=words("sheet_notes", "refund"),
        more=words("page", "whole_table", file=file_of(figures, "refunds")),
    )


def calendar_sheet(figures: Figures, words: Words) -> Sheet:
    """The refund calendar: one row per kind and day."""
    column = Columns(words)
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
                "money": decimal(line["money"]),
                "sure": _sure(line, words),
                "examples": _examples(line, figures, words),
            }
        )
    columns = [
        column("state"),
        column("by", "day"),
        column("days_left", "count"),
        column("what"),
        column("lines", "count"),
        column("money", "money"),
        column("do"),
        column("sure"),
        column("examples", "list"),
    ]
    return laid(words, "calendar", columns, rows, note=words("sheet_notes", "calendar"))


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
        item = each["declaration_no"]
        if each["item_no"] is not None:
            item += f"/{each['item_no']}"
        claim = f"{each['claim_no']} · " if each["claim_no"] else ""
        found.append(f"{claim}{item}: {shown('money', decimal(each['money']))}")
    rest = line["lines"] - len(found)
    if rest > 0:
        found.append(words("page", "more", count=f"{rest:,}", file=file_of(figures, line["table"])))
    return tuple(found)


def months_due_sheet(figures: Figures, words: Words) -> Sheet:
    """Money that falls due, by month: claims, advances and foreign exchange apart."""
    column = Columns(words)
    named = words.keys("months_due")
    rows = [
        {
            "tone": row["month"] if row["month"] == "late" else "",
            "month": words("months_due", row["month"]) if row["month"] in named else row["month"],
            "claims": Decimal(row["claims"]),
            "advances": Decimal(row["advances"]),
            # A report of before has none.
            "exchange": Decimal(row.get("exchange", 0)),
        }
        for row in figures["calendar"]["months"]
    ]
    columns = [
        column("month"),
        column("claims", "money", "money", heading="claims_money"),
        column("advances", "money", "money", heading="advances_money"),
        column("exchange", "money", "money", heading="exchange_money"),
    ]
    return laid(words, "months_due", columns, rows, note=words("sheet_notes", "months_due"))


def filing_sheet(figures: Figures, words: Words) -> Sheet:
    """What lies ready to be typed into the refund form: one row per kind of filing."""
    column = Columns(words)
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
        column("filing"),
        column("lines", "count"),
        column("units", "count"),
        column("money", "money"),
    ]
    return laid(
        words,
        "filing",
        columns,
        rows,
        note=words("sheet_notes", "filing"),
        more=words("page", "whole_table", file=file_of(figures, "filing_exports")),
    )


def documents_sheet(figures: Figures, words: Words) -> Sheet:
    """The papers of claims: one row per day of claim that is not known to have them."""
    column = Columns(words)
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
        column("state"),
        column("due_on", "day"),
        column("days_left", "count"),
        column("filed_on", "day"),
        column("claims", "count"),
        column("money", "money"),
        column("examples", "list"),
    ]
    more = ""
    if found["more"]["days"]:
        count = f"{found['more']['claims']:,}"
        more = words("page", "more_rows", count=count)
    note = _documents_note(found, words)
    return laid(words, "documents", columns, rows, note=note, more=more)


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
    column = Columns(words)
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
        column("due_on", "day"),
        column("days_left", "count"),
        column("shipped_on", "day"),
        column("lines", "count", heading="order_lines"),
        column("units", "count"),
        column("amounts", "list"),
        column("examples", "list"),
    ]
    note = words("sheet_notes", "proofs", units=f"{figures['proofs']['earlier_units']:,}")
    if not figures["proofs"]["is_ruled"]:
        note = words("sheet_notes", "proofs_unruled", as_of=figures["season"]["as_of"])
    return laid(words, "proofs", columns, rows, note=note)


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
