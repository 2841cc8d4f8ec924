# SPDX-License-Identifier: Apache-2.0
"""Render the page: one file, no script, nothing fetched, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from entrepot.packs.read import in_force, read
from entrepot.pipelines.report.board import MEASURES
from entrepot.pipelines.report.charts import months_chart
from entrepot.pipelines.report.evidence import CLAIM_RULE, SALE_RULE
from entrepot.pipelines.report.language import Words, words_of
from entrepot.pipelines.report.paper_sheets import all_sheets, fact_texts
from entrepot.pipelines.report.sheet import NUMBERS, cut, length, shown
from entrepot.taxrefund import guide
from entrepot.taxrefund.deadlines import DEADLINES

_PACKAGE = "entrepot.pipelines.report"
#: Sections of the page, in order; each is an anchor.
SECTIONS = (
    "board",
    "totals",
    "calendar",
    "evidence",
    "stock",
    "exceptions",
    "movement",
    "sales",
    "guide",
    "appendix",
)


def render_page(figures: Mapping[str, Any], language: str) -> str:
    """The whole page in a language, as HTML."""
    words = words_of(language)
    style = files(_PACKAGE).joinpath("style.css").read_text("utf-8")
    environment = Environment(
        loader=PackageLoader(_PACKAGE, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(words=words, shown=shown, cut=cut, length=length, numbers=NUMBERS)
    return environment.get_template("page.html.j2").render(
        figures=figures,
        sheets=all_sheets(figures, words),
        style=style,
        style_hash=_hash(style),
        sections=SECTIONS,
        board=_board(figures, words),
        glance=_glance(figures, words),
        notes=_notes(figures, words),
        chart=months_chart(figures, words),
        steps=guide.steps(language),
        digest=_in_groups(figures["close"]["digest"]),
        left_out=_left_out(figures, words),
        unknown=_unknown(figures),
    )


def _hash(style: str) -> str:
    """The hash by which the page's policy allows its one style."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _in_groups(digest: str) -> str:
    """A digest in groups of eight, which two people can compare by reading aloud."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _board(figures: Mapping[str, Any], words: Words) -> list[dict[str, Any]]:
    """The measures by chapter, each fact as a label and a value."""
    chapters: dict[int, dict[str, Any]] = {}
    for row, measure in zip(read(MEASURES).rows, figures["measures"], strict=True):
        chapter = chapters.setdefault(
            row.whole("chapter"),
            {"title": row.text(f"chapter_{words.language}"), "measures": []},
        )
        chapter["measures"].append(
            {
                "number": measure["number"],
                "title": row.text(f"title_{words.language}"),
                "facts": [
                    {
                        "label": fact_texts(fact, words)[0],
                        "value": fact_texts(fact, words)[1],
                        "section": fact["section"],
                        "is_duty": fact["is_duty"] and _is_open(fact["value"]),
                    }
                    for fact in measure["facts"]
                ],
                "missing": words("missing", measure["missing"]),
            }
        )
    return list(chapters.values())


def _is_open(value: object) -> bool:
    """Whether a duty is one: a count or an amount other than nothing."""
    if isinstance(value, dict):
        return any(Decimal(each) for each in value.values())
    return bool(Decimal(str(value or 0)))


def _glance(figures: Mapping[str, Any], words: Words) -> list[dict[str, str]]:
    """Four figures that a person looks for first."""
    # Foreign exchange that is to come in is no money of the tax office: it is not added to it.
    lines = [
        line for line in figures["calendar"]["lines"] if not line["what"].startswith("collect.")
    ]
    late = [line for line in lines if line["urgency"] == "late"]
    dated = [line for line in lines if line["urgency"] == "dated"]
    first = min((line["by"] for line in dated), default=None)
    soonest = [line for line in dated if line["by"] == first]
    stock = figures["stock"]["on_hand"]
    count = sum(row["rows"] for row in figures["exceptions"])

    def summed(some: list[dict[str, Any]]) -> str:
        return shown("money", sum((Decimal(line["money"]) for line in some), Decimal(0)))

    def counted(some: list[dict[str, Any]]) -> str:
        return f"{sum(line['lines'] for line in some):,}"

    return [
        {
            "id": "late",
            "section": "calendar",
            "tone": "late" if late else "",
            "value": summed(late),
            "note": words("glance", "late_note", lines=counted(late)),
        },
        {
            "id": "next",
            "section": "calendar",
            "tone": "",
            "value": first or shown("day", None),
            "note": words("glance", "next_note", money=summed(soonest), lines=counted(soonest))
            if first
            else words("glance", "next_none"),
        },
        {
            "id": "stock",
            "section": "stock",
            "tone": "",
            "value": shown("money", Decimal(stock["total"]["cost"])),
            "note": words(
                "glance",
                "stock_note",
                units=f"{stock['total']['units']:,}",
                warehouses=f"{len(stock['warehouses']) + stock['more']:,}",
            ),
        },
        {
            "id": "exceptions",
            "section": "exceptions",
            "tone": "",
            "value": f"{count:,}",
            "note": words("glance", "exceptions_note", kinds=len(figures["exceptions"])),
        },
    ]


def _notes(figures: Mapping[str, Any], words: Words) -> dict[str, str]:
    """What stands below the heading of each section that has a note, its figures filled."""
    as_of = date.fromisoformat(figures["season"]["as_of"])
    claim_days, sale_days = _days(CLAIM_RULE, as_of), _days(SALE_RULE, as_of)
    evidence = words("notes", "evidence_claims", claim_days=claim_days)
    if figures["proofs"]["is_ruled"]:
        evidence = words("notes", "evidence", claim_days=claim_days, sale_days=sale_days)
    filled = {
        "evidence": evidence,
        "sales": words("notes", "sales", as_of=as_of),
        "guide": words("notes", "guide", on=read(guide.GUIDE).about["retrieved"]),
    }
    return {name: words("notes", name) for name in words.keys("notes")} | filled


def _days(rule: str, on: date) -> str:
    """The days of a rule as in force on a day."""
    row = in_force(read(DEADLINES), on, rule=rule)
    return shown("count", None if row is None else row.whole("days"))


def _left_out(figures: Mapping[str, Any], words: Words) -> str:
    """Which tables have rows that were left out, and how many; empty where none has."""
    found = [
        words("page", "left_out_of", rows=f"{rows:,}", table=table)
        for table, rows in figures["left_out"].items()
        if rows
    ]
    if not found:
        return ""
    as_of = figures["season"]["as_of"]
    return words("page", "left_out", as_of=as_of, tables=", ".join(found))


def _unknown(figures: Mapping[str, Any]) -> str:
    """The columns that the season does not record, as table.column."""
    return ", ".join(
        f"{table}.{column}"
        for table, columns in figures["close"]["unknown"].items()
        for column in columns
    )
