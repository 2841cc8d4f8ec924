# SPDX-License-Identifier: Apache-2.0
"""From the trace to what a producing firm files in each VAT period (免抵退税)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.engine.frames import arrow_type
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.refunding import (
    Position,
    advance_deadlines,
    declaration_items,
    form_value,
)
from entrepot.taxrefund import steps as trading
from entrepot.taxrefund.producing import steps
from entrepot.taxrefund.producing.rules import Carried, Filed, Given, file_periods
from entrepot.taxrefund.producing.tables import VAT_FILING

_KEY = ["claim_no", "declaration_no", "item_no"]


@dataclass(frozen=True, slots=True)
class VatPosition:
    """What a producing firm files, kept by the engine.

    entries: one row per line entered up to `as_of`, confirmations included.
    lines: one row per line of the export detail, as it is written, with cny_per_unit, is_exempt.
    filing: one row per VAT period, as it is written.
    stated: one row per period that states its input VAT and lists invoices: period, stated, listed.
    counted: one row per declaration item: item, declaration_no, item_no, exported_on, sold,
        unsold (units for the tax).
    advances: one row per advance, judged.
    """

    entries: Frame
    lines: Frame
    filing: Frame
    stated: Frame
    counted: Frame
    advances: Frame


def work_out_periods(
    engine: Engine, documents: Documents, position: Position, tables: Mapping[str, Frame]
) -> VatPosition:
    """Say what each VAT period comes to, and what of the exports is entered in none."""
    d = documents
    items = engine.keep(_items(position.rated), "vat_items")
    entries = engine.keep_in_order(
        _entered(tables["vat_exports"], items, d.as_of), "vat_entries", ["period", *_KEY], "entry"
    )
    fx_rates = tables["fx_rates"].filter(nw.col("on") <= nw.lit(d.as_of))
    priced = engine.keep(steps.priced(steps.valued(entries, items), fx_rates), "vat_priced")
    both = nw.concat([priced, steps.reversals(entries, priced)])
    lines = engine.keep(_typed_in(both, d.as_of), "vat_lines_priced")
    periods = tables["vat_periods"].filter(is_over("period", d.as_of))
    invoices = _credited(tables["input_invoices"])
    filing = _filing(engine, periods, invoices, lines)
    stated = (
        periods.select("period", stated="input_vat")
        .join(invoices, on="period")
        .filter(nw.col("stated") != nw.col("listed"))
    )
    counted = engine.keep(
        items.select("item", "declaration_no", "item_no", "exported_on").join(
            trading.count_units(trading.tax_units(position.fates, position.rated, d.bought)),
            on="item",
        ),
        "vat_counted",
    )
    advances = _advances(engine, entries, lines, counted, d.as_of)
    return VatPosition(entries, lines, filing, stated, counted, advances)


def without_trading(position: Position, advances: Frame) -> Position:
    """The position of a producing firm: nothing of it is claimed as a trading firm does."""
    nothing = nw.col("item") < 0
    return replace(
        position,
        weighed=position.weighed.filter(nothing),
        advances=advances,
        refunds=position.refunds.filter(nothing),
        filing_exports=position.filing_exports.filter(nothing),
        filing_purchases=position.filing_purchases.filter(nw.col("association") < 0),
    )


def _items(rated: Frame) -> Frame:
    """One row per declaration item, with what its lines are entered by."""
    sums = rated.group_by("item").agg(units=nw.col("quantity").sum().cast(nw.Int64))
    exempt = rated.filter(nw.col("dline") == nw.col("item")).select("item", "is_exempt")
    return (
        declaration_items(rated)
        .join(sums, on="item")
        .join(exempt, on="item")
        .select(
            "item",
            "declaration_no",
            "item_no",
            "exported_on",
            "hs_code",
            "units",
            "fob",
            "refund_rate",
            "is_exempt",
            currency="fob_currency",
        )
    )


def _entered(vat_exports: Frame, items: Frame, as_of: date) -> Frame:
    """The lines of periods that are over, on items that are in."""
    finished = nw.when(nw.col("finished_on") <= nw.lit(as_of)).then(nw.col("finished_on"))
    return (
        vat_exports.filter(is_over("period", as_of))
        .join(items.select("item", "declaration_no", "item_no"), on=["declaration_no", "item_no"])
        .drop("declaration_no", "item_no")
        .with_columns(finished_on=finished)
        .join(items.select("item", "declaration_no", "item_no"), on="item")
    )


def is_over(column: str, as_of: date) -> nw.Expr:
    """Whether a period, named by its last month, had ended by `as_of`."""
    is_last_day = (as_of + timedelta(days=1)).day == 1
    month = nw.lit(f"{as_of:%Y-%m}")
    return nw.col(column) <= month if is_last_day else nw.col(column) < month


def _typed_in(lines: Frame, as_of: date) -> Frame:
    advance_type = nw.lit(form_value("business_type_advance", as_of), nw.String)
    is_advance = nw.col("kind").is_in(["advance", "reversal"])
    return lines.with_columns(business_type=nw.when(is_advance).then(advance_type))


def _credited(input_invoices: Frame) -> Frame:
    """One row per period with invoices: the input VAT that is certified for credit."""
    credit = nw.when(nw.col("purpose") == "credit").then(nw.col("vat_amount")).otherwise(0)
    return (
        input_invoices.with_columns(listed=credit)
        .group_by("period")
        .agg(nw.col("listed").sum().cast(nw.Int64))
    )


def _filing(engine: Engine, periods: Frame, invoices: Frame, lines: Frame) -> Frame:
    """Work out the periods one after another; there are few, a row each."""
    given = engine.rows(
        periods.join(invoices, on="period", how="left")
        .join(steps.sums_by_period(lines), on="period", how="left")
        .with_columns(
            input_vat=nw.coalesce("input_vat", "listed"),
        ),
        ["period"],
    )
    rows = [{name: 0 if value is None else value for name, value in row.items()} for row in given]
    first = rows[0] if rows else {"credit_before": 0, "refundable_before": 0}
    before = Carried(first["credit_before"], first["refundable_before"])
    filed = file_periods(map(_given, rows), before)
    written = [_row(each, row) for each, row in zip(filed, rows, strict=True)]
    table = pa.table(
        {
            column.name: pa.array([row[column.name] for row in written], arrow_type(column.kind))
            for column in VAT_FILING.columns
        }
    )
    return engine.keep(engine.table(table), VAT_FILING.name)


def _given(row: Mapping[str, Any]) -> Given:
    return Given(
        row["period"],
        row["output_vat"],
        row["input_vat"],
        row["non_creditable"] - row["non_creditable_reduction"],
        row["refundable"] - row["refundable_reduction"],
    )


def _row(filed: Filed, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `vat_filing`."""
    return {
        "period": filed.given.period,
        "output_vat": filed.given.output_vat,
        "input_vat": filed.given.input_vat,
        "credit_before": filed.before.credit,
        "export_cny": row["export_cny"],
        "non_creditable": filed.given.non_creditable,
        "tax": filed.tax,
        "refundable_before": filed.before.refundable,
        "refundable": filed.refundable,
        "refund": filed.refund,
        "offset": filed.offset,
        "payable": filed.payable,
        "credit_after": filed.after.credit,
        "refundable_after": filed.after.refundable,
        "open_lines": row["open_lines"],
    }


def _advances(engine: Engine, entries: Frame, lines: Frame, counted: Frame, as_of: date) -> Frame:
    """What each advance waits for. What its goods were sold for, only the firm can say."""
    amounts = lines.filter(nw.col("kind") == "advance").select("entry", amount="refundable")
    claims = entries.join(amounts, on="entry", how="left").with_columns(
        claim="entry", filed_on="period"
    )
    settled = engine.keep(trading.settle_advances(claims), "vat_advances")
    weighed = counted.with_columns(difference=nw.lit(None, nw.Int64))
    deadlines = advance_deadlines(engine, distinct(entries, "finished_on"))
    return engine.keep(
        trading.judge_advances(settled, weighed, deadlines, as_of), "vat_advances_judged"
    )
