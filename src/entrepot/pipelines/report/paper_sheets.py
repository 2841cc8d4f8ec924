# SPDX-License-Identifier: Apache-2.0
"""Sheets about the close itself: the measure board, its inputs, its tables, its rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.packs.read import read
from entrepot.pipelines.report import goods_sheets as goods
from entrepot.pipelines.report import refund_sheets as refund
from entrepot.pipelines.report.board import MEASURES
from entrepot.pipelines.report.language import Heads, Words
from entrepot.pipelines.report.sheet import Column, Sheet, amounts, laid, shown

Figures = Mapping[str, Any]


def all_sheets(figures: Figures, words: Words) -> dict[str, Sheet]:
    """Every table of a report by its id, in the order in which the page shows them."""
    sheets = [
        measures_sheet(figures, words),
        goods.units_sheet(figures, words),
        refund.refund_sheet(figures, words),
        refund.calendar_sheet(figures, words),
        refund.months_due_sheet(figures, words),
        refund.filing_sheet(figures, words),
        refund.documents_sheet(figures, words),
        refund.proofs_sheet(figures, words),
        goods.aged_sheet(figures, words, "on_hand"),
        goods.aged_sheet(figures, words, "in_transit"),
        goods.slow_sheet(figures, words),
        goods.exceptions_sheet(figures, words),
        goods.months_sheet(figures, words),
        goods.modes_sheet(figures, words),
        goods.lead_sheet(figures, words),
        goods.countries_sheet(figures, words),
        inputs_sheet(figures, words),
        totals_sheet(figures, words),
        outputs_sheet(figures, words),
        rules_sheet(figures, words),
    ]
    return {sheet.id: sheet for sheet in sheets}


def fact_texts(fact: Mapping[str, Any], words: Words) -> tuple[str, tuple[str, ...]]:
    """A fact of the measure board as a person reads it: what it is, and its values."""
    values = {name: fact[name] for name in ("by", "mode") if name in fact}
    label = words("facts", fact["what"], **values)
    value = fact["value"]
    match fact["kind"]:
        case "amounts":
            return label, amounts(value) or (words("page", "none"),)
        case "days":
            return label, (words("page", "unit_days", days=value),)
        case "money":
            label = words("page", "in_cny", label=label)
            return label, (shown("money", Decimal(value)),)
        case "percent":
            return label, (shown("percent", value),)
    return label, (shown("count", value),)


def measures_sheet(figures: Figures, words: Words) -> Sheet:
    """The measure board: one row per fact, or one per measure of which there is none."""
    head = Heads(words)
    about = {row.whole("number"): row for row in read(MEASURES).rows}
    rows: list[dict[str, Any]] = []
    for measure in figures["measures"]:
        row = about[measure["number"]]
        start = {
            "number": measure["number"],
            "chapter": row.text(f"chapter_{words.language}"),
            "measure": row.text(f"title_{words.language}"),
            "missing": words("missing", measure["missing"]),
        }
        facts = [fact_texts(fact, words) for fact in measure["facts"]]
        uncovered: list[tuple[str, tuple[str, ...]]] = [(words("status", "uncovered"), ())]
        rows += [start | {"fact": fact, "value": value} for fact, value in facts or uncovered]
    columns = [
        Column("number", head("number"), "count"),
        Column("chapter", head("chapter")),
        Column("measure", head("measure")),
        Column("fact", head("fact")),
        Column("value", head("value"), "list"),
        Column("missing", head("missing")),
    ]
    return laid("measures", words("sheets", "measures"), columns, rows)


def inputs_sheet(figures: Figures, words: Words) -> Sheet:
    """The input files: one row per file."""
    head = Heads(words)
    columns = [
        Column("table", head("table"), "code"),
        Column("file", head("file"), "code"),
        Column("rows", head("rows"), "count"),
        Column("sha256", head("sha256"), "code"),
    ]
    return laid("inputs", words("sheets", "inputs"), columns, figures["inputs"])


def totals_sheet(figures: Figures, words: Words) -> Sheet:
    """Control totals of the inputs: one row per table."""
    head = Heads(words)
    rows = [
        {
            "table": name,
            "rows": each.get("rows"),
            "quantity": each.get("quantity"),
            "amounts": amounts(each.get("money", {})),
        }
        for name, each in figures["control_totals"].items()
    ]
    columns = [
        Column("table", head("table"), "code"),
        Column("rows", head("rows"), "count"),
        Column("quantity", head("quantity"), "count"),
        Column("amounts", head("amounts"), "list"),
    ]
    title, note = words("sheets", "totals"), words("sheet_notes", "totals")
    return laid("totals", title, columns, rows, note=note)


def outputs_sheet(figures: Figures, words: Words) -> Sheet:
    """The tables of the close: one row per table."""
    head = Heads(words)
    rows = [{"table": name} | each for name, each in figures["outputs"].items()]
    columns = [
        Column("table", head("table"), "code"),
        Column("file", head("file"), "code"),
        Column("rows", head("rows"), "count"),
        Column("digest", head("digest"), "code"),
    ]
    title, note = words("sheets", "outputs"), words("sheet_notes", "outputs")
    return laid("outputs", title, columns, rows, note=note)


def rules_sheet(figures: Figures, words: Words) -> Sheet:
    """Where the days come from: one row per rule."""
    head = Heads(words)
    rows = [
        {
            "rule": words("rules", row["rule"]),
            "sure": words("sure", row["confidence"]),
            "source": row["source"],
            "checked": row["checked"],
        }
        for row in figures["rules"]
    ]
    columns = [
        Column("rule", head("rule")),
        Column("sure", head("sure")),
        Column("source", head("source")),
        Column("checked", head("checked")),
    ]
    marks = "; ".join(f"{mark} {words('marks', mark)}" for mark in words.keys("marks"))
    note = words("sheet_notes", "rules", marks=marks)
    return laid("rules", words("sheets", "rules"), columns, rows, note=note)
