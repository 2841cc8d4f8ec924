# SPDX-License-Identifier: Apache-2.0
"""What did not fit: facts that the close carries on with, each named with its key and a remedy."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.ledger.entries import unmet_adjustments, unmet_sales, unmet_transfers
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.producing import VatPosition
from entrepot.pipelines.tracing import Traced
from entrepot.taxrefund.producing.steps import not_entered

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
    "no_figures": "Add the rate that is missing, or take the line out of vat_exports.",
    "not_entered": "Enter these units in the VAT period that is filed next.",
    "advance_sold": "Confirm the advance, or reverse it and enter the value of the sale.",
    "input_vat_differs": "Compare the VAT return with the invoices; the return counts.",
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


def rate_misfits(rated: Frame) -> list[Frame]:
    """Exports of goods that no refund rate is in force for.

    Args:
        rated: one row per declaration line with refund_rate.
    """
    lines = rated.filter(nw.col("refund_rate").is_null())
    return [
        misfit(
            lines.with_columns(day="exported_on", **_NO_AMOUNT),
            "no_rate",
            "declarations",
            ["declaration_no", "item_no", "sku"],
            ["HS code ", nw.col("hs_code"), " has no refund rate on ", text("exported_on"), "."],
        )
    ]


def coverage_misfits(rated: Frame, uncovered: Frame, weighed: Frame) -> list[Frame]:
    """Exports without invoice, and claims beyond what is covered.

    Args:
        rated: one row per declaration line.
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
            excess,
            "claimed_beyond_covered",
            "declarations",
            ["declaration_no", "item_no"],
            [text("filed_quantity"), " units claimed, ", text("covered"), " covered by invoices."],
        ),
    ]


def advance_misfits(advances: Frame, table: str = "refund_claims") -> list[Frame]:
    """Advances past their day, and those whose last filing day is not known.

    Args:
        advances: one row per advance claim (`taxrefund.steps.judge_advances`).
        table: where they were entered.
    """
    late = advances.with_columns(day="legal_until")
    claim = ["claim_no", "declaration_no", "item_no"]
    is_open = ~nw.col("finished_on").is_null() & nw.col("settled_as").is_null()
    return [
        misfit(
            late.filter(nw.col("state") == "overdue"),
            "advance_overdue",
            table,
            claim,
            ["Not reconciled by ", text("legal_until"), "."],
        ),
        misfit(
            late.filter(is_open, nw.col("file_by").is_null()),
            "filing_day_unknown",
            table,
            claim,
            [
                "The last filing day of the period that ends on ",
                text("legal_until"),
                " is not known.",
            ],
        ),
    ]


def period_misfits(vat: VatPosition) -> list[Frame]:
    """Lines without figures, sold goods that no period has, and input VAT told in two ways.

    Args:
        vat: what a producing firm files (`producing.work_out_periods`).
    """
    line = ["claim_no", "declaration_no", "item_no"]
    item = ["declaration_no", "item_no"]
    missing = not_entered(vat.entries, vat.counted).join(
        vat.counted.select("item", "exported_on", *item), on="item"
    )
    sold = vat.advances.filter(nw.col("state") == "waiting", nw.col("unsold") == 0)
    differs = vat.stated.with_columns(
        day=nw.lit(None, nw.Date),
        quantity=nw.lit(None, nw.Int64),
        amount=nw.col("listed") - nw.col("stated"),
    )
    return [
        misfit(
            vat.lines.filter(nw.col("export_cny").is_null()).with_columns(
                day="rate_on", **_NO_AMOUNT
            ),
            "no_figures",
            "vat_exports",
            line,
            [_why_no_figures()],
        ),
        misfit(
            missing.with_columns(day="exported_on", quantity="missing", **_NO_AMOUNT),
            "not_entered",
            "declarations",
            item,
            [text("missing"), " of ", text("sold"), " units sold are in no VAT period."],
        ),
        misfit(
            sold.with_columns(day="legal_until"),
            "advance_sold",
            "vat_exports",
            line,
            ["All of the item is sold; to be reconciled by ", text("legal_until"), "."],
        ),
        misfit(
            differs,
            "input_vat_differs",
            "vat_periods",
            ["period"],
            ["The invoices for credit do not come to the input VAT of ", nw.col("period"), "."],
        ),
    ]


def _why_no_figures() -> nw.Expr:
    """The first reason why a line has no figures."""
    rate, exported = nw.col("refund_rate"), text("exported_on")

    def said(*parts: nw.Expr | str) -> nw.Expr:
        return nw.concat_str([nw.lit(part) if isinstance(part, str) else part for part in parts])

    return (
        nw.when(nw.col("is_exempt"))
        .then(nw.lit("Exempt: 9610 with statistics flag A has no refund."))
        .when(rate.is_null())
        .then(said("HS code ", nw.col("hs_code"), " has no refund rate on ", exported, "."))
        .when(rate == 0)
        .then(said("HS code ", nw.col("hs_code"), " has the refund rate 0 on ", exported, "."))
        .when(rate > nw.col("vat_rate"))
        .then(nw.lit("The refund rate is above the VAT rate of the line."))
        .when(nw.col("cny_per_unit").is_null())
        .then(said(nw.col("fob_currency"), " has no exchange rate on ", text("rate_on"), "."))
        .otherwise(nw.lit("The value in CNY is beyond what can be held exactly."))
    )
