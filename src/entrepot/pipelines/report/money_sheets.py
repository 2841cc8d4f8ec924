# SPDX-License-Identifier: Apache-2.0
"""Sheets about money: foreign exchange by its day, what of money does not fit, VAT periods."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.pipelines.report.language import Words
from entrepot.pipelines.report.refund_sheets import file_of
from entrepot.pipelines.report.sheet import Columns, Sheet, amounts, day, decimal, laid, shown

Figures = Mapping[str, Any]
#: Amounts of declarations, in order.
_COLLECTION = ("fob", "explained", "came", "counts", "not_sold", "open", "over", "claimed")
#: Figures of a VAT period, in order.
_PERIOD = ("refund", "offset", "payable", "credit_after", "refundable_after")


def money_sheets(figures: Figures, words: Words) -> list[Sheet]:
    """Those that a close has anything for: a season without money has none."""
    made = (
        (money_exceptions_sheet, "money_exceptions"),
        (periods_sheet, "periods"),
    )
    # Figures of a close before these were kept do not have them.
    found = [sheet(figures, words) for sheet, name in made if figures.get(name)]
    if figures.get("collection", {}).get("rows"):
        found.insert(0, collection_sheet(figures, words))
    return found


def collection_sheet(figures: Figures, words: Words) -> Sheet:
    """Foreign exchange of declarations: one row per state and last day."""
    column = Columns(words)
    found = figures["collection"]
    rows = [
        {
            "tone": "late" if row["state"] == "late" else "",
            "state": words("collection", row["state"]),
            "by": day(row["by"]),
            "declarations": row["declarations"],
            "fob_amounts": amounts(row["fob_amounts"]),
            **{name: decimal(row[name]) for name in _COLLECTION},
        }
        for row in found["rows"]
    ]
    columns = [
        column("state"),
        column("by", "day"),
        column("declarations", "count"),
        column("fob_amounts", "list", heading="fob"),
        *(column(name, "money", heading=f"collection_{name}") for name in _COLLECTION),
    ]
    more = words("page", "whole_table", file=file_of(figures, "collection"))
    if found["more"]:
        more = words(
            "page", "more", count=f"{found['more']:,}", file=file_of(figures, "collection")
        )
    note = words("sheet_notes", "collection")
    return laid(words, "collection", columns, rows, note=note, more=more)


def money_exceptions_sheet(figures: Figures, words: Words) -> Sheet:
    """What of money does not fit: one row per kind and currency."""
    column = Columns(words)
    file = file_of(figures, "money_exceptions")
    rows = []
    for row in figures["money_exceptions"]:
        examples = [
            " · ".join(
                (each["key"], *([each["day"]] if each["day"] else []),
                 shown("money", Decimal(each["money"])))
            )
            for each in row["examples"]
        ]  # fmt: skip
        if row["rows"] > len(examples):
            count = f"{row['rows'] - len(examples):,}"
            examples.append(words("page", "more", count=count, file=file))
        rows.append(
            {
                "what": words("money_exceptions", row["code"], "title"),
                "currency": row["currency"],
                "rows": row["rows"],
                "amount": decimal(row["money"]),
                "do": words("money_exceptions", row["code"], "do"),
                "examples": tuple(examples),
                "code": row["code"],
            }
        )
    columns = [
        column("what"),
        column("currency", "code"),
        column("rows", "count"),
        column("amount", "money"),
        column("do"),
        column("examples", "list"),
        column("code", "code"),
    ]
    more = words("page", "whole_table", file=file)
    return laid(words, "money_exceptions", columns, rows, more=more)


def periods_sheet(figures: Figures, words: Words) -> Sheet:
    """The VAT periods of a producing firm: one row per period."""
    column = Columns(words)
    rows = [
        {"period": row["period"], "open_lines": row["open_lines"]}
        | {name: decimal(row[name]) for name in _PERIOD}
        for row in figures["periods"]
    ]
    columns = [
        column("period", "code"),
        *(column(name, "money", heading=f"period_{name}") for name in _PERIOD),
        column("open_lines", "count"),
    ]
    note = words("sheet_notes", "periods")
    return laid(words, "periods", columns, rows, note=note)
