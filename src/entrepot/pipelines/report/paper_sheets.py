# SPDX-License-Identifier: Apache-2.0
"""Sheets about the close itself: the measure board, its inputs, its tables, its rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.packs.read import read
from entrepot.pipelines.report import goods_sheets as goods
from entrepot.pipelines.report import money_sheets as money
from entrepot.pipelines.report import refund_sheets as refund
from entrepot.pipelines.report.board import MEASURES
from entrepot.pipelines.report.language import Words
from entrepot.pipelines.report.sheet import Columns, Sheet, amounts, laid, shown

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
        *money.money_sheets(figures, words),
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
    column = Columns(words)
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
        column("number", "count"),
        column("chapter"),
        column("measure"),
        column("fact"),
        column("value", "list"),
        column("missing"),
    ]
    return laid(words, "measures", columns, rows)


def inputs_sheet(figures: Figures, words: Words) -> Sheet:
    """The input files: one row per file."""
    column = Columns(words)
    columns = [
        column("table", "code"),
        column("file", "code"),
        column("rows", "count"),
        column("sha256", "code"),
    ]
    return laid(words, "inputs", columns, figures["inputs"])


def totals_sheet(figures: Figures, words: Words) -> Sheet:
    """Control totals of the inputs: one row per table."""
    column = Columns(words)
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
        column("table", "code"),
        column("rows", "count"),
        column("quantity", "count"),
        column("amounts", "list"),
    ]
    return laid(words, "totals", columns, rows, note=words("sheet_notes", "totals"))


def outputs_sheet(figures: Figures, words: Words) -> Sheet:
    """The tables of the close: one row per table."""
    column = Columns(words)
    rows = [{"table": name} | each for name, each in figures["outputs"].items()]
    columns = [
        column("table", "code"),
        column("file", "code"),
        column("rows", "count"),
        column("digest", "code"),
    ]
    return laid(words, "outputs", columns, rows, note=words("sheet_notes", "outputs"))


def rules_sheet(figures: Figures, words: Words) -> Sheet:
    """Where the days come from: one row per rule."""
    column = Columns(words)
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
        column("rule"),
        column("sure"),
        column("source"),
        column("checked"),
    ]
    marks = "; ".join(f"{mark} {words('marks', mark)}" for mark in words.keys("marks"))
    note = words("sheet_notes", "rules", marks=marks)
    return laid(words, "rules", columns, rows, note=note)
