# SPDX-License-Identifier: Apache-2.0
"""What did not fit: facts that the close carries on with, each named with its key and a remedy."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.ledger.entries import unmet_adjustments, unmet_sales, unmet_transfers
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.tracing import Traced

#: What to do about each code.
REMEDIES = {
    "sold_without_stock": "Enter the receipt that is missing, or correct the sale's warehouse.",
    "adjusted_without_stock": "Count again: the warehouse did not hold these units that day.",
    "transferred_without_stock": "Enter what brought these units in, or correct day or warehouse.",
    "over_received": "Compare packing list and declaration; declare what was left out.",
    "received_before_export": "Correct the day of the receipt or of the export.",
    "received_elsewhere": "Correct the warehouse, or keep the transfer document on file.",
    "return_not_after_sale": "Correct the day of the return; it counts on the day after the sale.",
    "not_covered": "Obtain the VAT invoice, or link one that is there.",
    "no_rate": "Add the refund rate of the HS code for the export date to refund_rates.",
    "claimed_beyond_covered": "Withdraw the excess, or enter the invoices that cover it.",
    "advance_overdue": "The tax office recovers it; claim in the ordinary way once sold.",
    "filing_day_unknown": "Add that April's filing period to the tax calendar pack.",
}

_COLUMNS = ("code", "table", "key", "day", "quantity", "amount", "found", "remedy")


def text(column: str) -> nw.Expr:
    """A column as text, for a sentence or a key."""
    return nw.col(column).cast(nw.String)


def misfit(
    rows: Frame, code: str, table: str, key: Sequence[str], found: Sequence[nw.Expr | str]
) -> Frame:
    """Make exceptions of rows that have day, quantity and amount.

    Args:
        key: the columns that name the row, joined by "/".
        found: parts of one sentence, texts and columns.
    """
    parts = [nw.lit(part) if isinstance(part, str) else part for part in found]
    return rows.select(
        "day",
        "quantity",
        "amount",
        code=nw.lit(code),
        table=nw.lit(table),
        key=nw.concat_str([text(column) for column in key], separator="/"),
        found=nw.concat_str(parts),
        remedy=nw.lit(REMEDIES[code]),
    ).select(list(_COLUMNS))


_NO_AMOUNT = {"amount": nw.lit(None, nw.Int64)}


def stock_misfits(documents: Documents, traced: Traced) -> list[Frame]:
    """Units that left a warehouse which did not hold them."""
    d = documents
    sales = (
        unmet_sales(traced.unmet)
        .join(d.sold, on="sale")
        .join(d.warehouses, on="warehouse_no")
        .join(d.channels, on="channel_no")
        .with_columns(asked="quantity", quantity="unmet", **_NO_AMOUNT)
    )
    adjustments = (
        unmet_adjustments(traced.unmet)
        .join(d.adjusted, on="adj")
        .with_columns(asked=0 - nw.col("quantity"), quantity="unmet", **_NO_AMOUNT)
    )
    sentence: list[nw.Expr | str] = [
        text("quantity"),
        " of ",
        text("asked"),
        " units had no stock in ",
    ]
    found = [
        misfit(
            sales,
            "sold_without_stock",
            "sales",
            ["channel", "order_no", "line_no"],
            [*sentence, nw.col("warehouse"), "."],
        ),
        misfit(
            adjustments,
            "adjusted_without_stock",
            "adjustments",
            ["adjustment_no", "line_no"],
            [*sentence, nw.col("warehouse"), "."],
        ),
    ]
    if d.transferred is not None:
        transfers = (
            unmet_transfers(traced.unmet)
            .join(d.transferred, on="trf")
            .with_columns(asked="quantity", quantity="unmet", **_NO_AMOUNT)
        )
        key = ["transfer_no", "line_no"]
        ended = [*sentence, nw.col("from_warehouse"), "."]
        found.append(misfit(transfers, "transferred_without_stock", "transfers", key, ended))
    return found


def receipt_misfits(documents: Documents, traced: Traced) -> list[Frame]:
    """Receipts of more than was declared, before export, or at another warehouse."""
    over = (
        traced.arrivals.filter(~nw.col("receipt").is_null(), nw.col("dstart").is_null())
        .group_by("receipt")
        .agg(over=nw.col("quantity").sum().cast(nw.Int64))
    )
    declared = documents.declared.select(
        "dline", "declaration_no", "item_no", "exported_on", declared_warehouse="warehouse"
    )
    lines = documents.received.join(declared, on="dline").with_columns(**_NO_AMOUNT)
    item: list[nw.Expr | str] = [nw.col("declaration_no"), "/", text("item_no")]
    key = ["receipt_no", "line_no"]
    return [
        misfit(
            lines.join(over, on="receipt").with_columns(took="quantity", quantity="over"),
            "over_received",
            "receipts",
            key,
            [text("over"), " of ", text("took"), " units go beyond what ", *item, " declared."],
        ),
        misfit(
            lines.filter(nw.col("day") < nw.col("exported_on")),
            "received_before_export",
            "receipts",
            key,
            [*item, " was exported on ", text("exported_on"), "."],
        ),
        misfit(
            lines.filter(nw.col("warehouse") != nw.col("declared_warehouse")),
            "received_elsewhere",
            "receipts",
            key,
            [*item, " names ", nw.col("declared_warehouse"), ", not ", nw.col("warehouse"), "."],
        ),
    ]


def return_misfits(documents: Documents) -> list[Frame]:
    """Returns dated on or before the day of their sale."""
    early = documents.returned.filter(nw.col("is_early")).with_columns(
        counted_on="day", day="returned_on", **_NO_AMOUNT
    )
    return [
        misfit(
            early,
            "return_not_after_sale",
            "returns",
            ["return_no", "line_no"],
            ["Not after its sale; counts on ", text("counted_on"), "."],
        )
    ]


def refund_misfits(rated: Frame, uncovered: Frame, weighed: Frame) -> list[Frame]:
    """Exports without invoice or rate, and claims beyond what is covered.

    Args:
        rated: one row per declaration line with refund_rate.
        uncovered: one row per declaration line that has units no invoice covers: dline, uncovered.
        weighed: one row per item (`taxrefund.steps.weigh_items`).
    """
    line = ["declaration_no", "item_no", "sku"]
    lines = rated.with_columns(day="exported_on", **_NO_AMOUNT)
    excess = weighed.filter(nw.col("filed_quantity") > nw.col("covered")).with_columns(
        day="exported_on",
        quantity=nw.col("filed_quantity") - nw.col("covered"),
        amount=nw.col("advanced") + nw.col("claimed"),
    )
    return [
        misfit(
            lines.join(uncovered, on="dline").with_columns(units="quantity", quantity="uncovered"),
            "not_covered",
            "declarations",
            line,
            [text("uncovered"), " of ", text("units"), " units have no VAT invoice."],
        ),
        misfit(
            lines.filter(nw.col("refund_rate").is_null()),
            "no_rate",
            "declarations",
            line,
            ["HS code ", nw.col("hs_code"), " has no refund rate on ", text("exported_on"), "."],
        ),
        misfit(
            excess,
            "claimed_beyond_covered",
            "declarations",
            ["declaration_no", "item_no"],
            [text("filed_quantity"), " units claimed, ", text("covered"), " covered by invoices."],
        ),
    ]


def advance_misfits(advances: Frame) -> list[Frame]:
    """Advances past their day, and those whose last filing day is not known.

    Args:
        advances: one row per advance claim (`taxrefund.steps.judge_advances`).
    """
    late = advances.with_columns(day="legal_until")
    claim = ["claim_no", "declaration_no", "item_no"]
    is_open = ~nw.col("finished_on").is_null() & nw.col("settled_as").is_null()
    return [
        misfit(
            late.filter(nw.col("state") == "overdue"),
            "advance_overdue",
            "refund_claims",
            claim,
            ["Not reconciled by ", text("legal_until"), "."],
        ),
        misfit(
            late.filter(is_open, nw.col("file_by").is_null()),
            "filing_day_unknown",
            "refund_claims",
            claim,
            [
                "The last filing day of the period that ends on ",
                text("legal_until"),
                " is not known.",
            ],
        ),
    ]
