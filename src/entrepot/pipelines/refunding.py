# SPDX-License-Identifier: Apache-2.0
"""From the trace to the refund position of a trading firm and what it files next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.ledger.numbers import FATES, word
from entrepot.packs.read import in_force, read
from entrepot.pipelines.documents import Documents
from entrepot.taxrefund import deadlines, filing, steps

#: Packs that the position rests on.
FORM = "cn/refund_form"
PACKS = (deadlines.DEADLINES, FORM, deadlines.CALENDAR)


@dataclass(frozen=True, slots=True)
class Position:
    """The refund position, kept by the engine.

    rated: one row per declaration line with the refund rate in force.
    fates: one row per declaration line, invoice line and fate.
    weighed: one row per item, without its state.
    advances, refunds, filing_exports, filing_purchases: as they are written.
    """

    rated: Frame
    fates: Frame
    weighed: Frame
    advances: Frame
    refunds: Frame
    filing_exports: Frame
    filing_purchases: Frame


def work_out_refunds(
    engine: Engine, documents: Documents, trace: Frame, refund_rates: Frame
) -> Position:
    """Say for every declaration item what is refundable, claimed, due and until when."""
    d = documents
    fates = engine.keep(
        trace.filter(~nw.col("dline").is_null())
        .group_by("dline", "pline", "fate")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("quantity", "net_amount"))
        .with_columns(fate=word(FATES, nw.col("fate"))),
        "fates_by_line",
    )
    rated = engine.keep(
        steps.rates_in_force(d.declared, refund_rates).with_columns(
            is_exempt=(nw.col("mode") == "9610")
            & (nw.col("statistics_flag") == "A").fill_null(value=False)
        ),
        "rated",
    )
    units = engine.keep(steps.tax_units(fates, rated, d.bought), "tax_units")
    advances = engine.keep(steps.settle_advances(d.claims), "advances_settled")
    weighed = engine.keep(
        steps.weigh_items(
            declaration_items(rated),
            units,
            d.claims,
            advances,
            _export_deadlines(engine, d.declared),
        ),
        "weighed",
    )
    judged = engine.keep(
        steps.judge_advances(
            advances, weighed, advance_deadlines(engine, d.claims), documents.as_of
        ),
        "advances_judged",
    )
    refunds = engine.keep(steps.judge_items(weighed, judged, documents.as_of), "refund_items")
    exports, purchases = _filings(engine, documents, refunds, judged, units)
    return Position(rated, fates, weighed, judged, refunds, exports, purchases)


def declaration_items(rated: Frame) -> Frame:
    """One row per declaration item, told by its first line; the lowest rate of its SKUs."""
    rates = rated.group_by("item").agg(
        lowest=nw.col("refund_rate").min(),
        known=nw.col("refund_rate").count(),
        lines=nw.col("dline").count(),
        fob=nw.col("fob_amount").sum().cast(nw.Int64),
    )
    first = rated.filter(nw.col("dline") == nw.col("item")).drop("refund_rate")
    return first.join(rates, on="item").select(
        "item",
        "declaration_no",
        "item_no",
        "mode",
        "statistics_flag",
        "exported_on",
        "by_sale",
        "hs_code",
        "fob",
        "fob_currency",
        refund_rate=nw.when(nw.col("known") == nw.col("lines")).then(nw.col("lowest")),
    )


def _export_deadlines(engine: Engine, declared: Frame) -> Frame:
    rules = read(deadlines.DEADLINES)
    found = {}
    for day in _days(engine, declared, "exported_on"):
        limits = deadlines.claim_deadlines(day, rules)
        found[day] = (limits.claim_by, limits.lapses_on)
    return _calendar(engine, "exported_on", ("claim_by", "lapses_on"), found)


def advance_deadlines(engine: Engine, claims: Frame) -> Frame:
    """One row per finished_on of the claims: reconcile_from, legal_until, file_by."""
    rules, calendar = read(deadlines.DEADLINES), read(deadlines.CALENDAR)
    found = {}
    for day in _days(engine, claims, "finished_on"):
        limits = deadlines.advance_deadlines(day, rules, calendar)
        found[day] = (limits.reconcile_from, limits.legal_until, limits.file_by)
    return _calendar(engine, "finished_on", ("reconcile_from", "legal_until", "file_by"), found)


def _days(engine: Engine, rows: Frame, column: str) -> list[date]:
    days = engine.rows(distinct(rows.filter(~nw.col(column).is_null()), column), [column])
    return [row[column] for row in days]


def _calendar(
    engine: Engine,
    key: str,
    columns: tuple[str, ...],
    found: Mapping[date, tuple[date | None, ...]],
) -> Frame:
    """Deadlines are worked out once a day of the calendar, from packs, and joined."""
    day = pa.date32()
    rows = {key: pa.array(list(found), day)}
    for at, name in enumerate(columns):
        rows[name] = pa.array([each[at] for each in found.values()], day)
    return engine.keep(engine.table(pa.table(rows)), f"deadlines_by_{key}")


def _filings(
    engine: Engine, documents: Documents, refunds: Frame, judged: Frame, units: Frame
) -> tuple[Frame, Frame]:
    """The export and the purchase detail, tied by their association numbers."""
    items = _items_to_file(refunds, judged, units)
    ranges = engine.keep_in_order(
        filing.ranges_to_file(items, judged),
        "filing_ranges",
        ["item", "filing", "of_claim"],
        "association",
    )
    count: int = engine.rows(ranges.select(nw.len().alias("n")))[0]["n"]
    numbered = ranges.with_columns(association_no=_association_no(documents.as_of, count))
    laid = filing.lay_covered(units.join(distinct(ranges, "item"), on="item"), documents.declared)
    lines = engine.keep(filing.purchase_lines(engine, numbered, laid), "filing_purchase_lines")
    lines = lines.join(numbered.select("association", "association_no"), on="association")
    return (
        _export_detail(numbered, lines, items, documents.as_of),
        _purchase_detail(lines, documents.bought),
    )


def _items_to_file(refunds: Frame, judged: Frame, units: Frame) -> Frame:
    """The items with open_quantity and covered_sold, which say where on their line they stand."""
    open_quantity = (
        judged.filter(nw.col("settled_as").is_null())
        .group_by("item")
        .agg(open_quantity=nw.col("quantity").sum().cast(nw.Int64))
    )
    covered_sold = (
        units.filter(~nw.col("iline").is_null(), nw.col("counts_as") == "sold")
        .group_by("item")
        .agg(covered_sold=nw.col("quantity").sum().cast(nw.Int64))
    )
    return (
        refunds.join(open_quantity, on="item", how="left")
        .join(covered_sold, on="item", how="left")
        .with_columns(nw.col(n).fill_null(0) for n in ("open_quantity", "covered_sold"))
    )


def _export_detail(ranges: Frame, lines: Frame, items: Frame, as_of: date) -> Frame:
    sums = lines.group_by("association").agg(
        nw.col(name).sum().cast(nw.Int64) for name in ("refundable", "fob_amount")
    )
    is_negative = nw.col("filing").is_in([filing.REVERSAL, filing.REPAYMENT])
    is_advance = nw.col("filing").is_in([filing.REVERSAL, filing.ADVANCE])
    advance_type = nw.lit(form_value("business_type_advance", as_of), nw.String)
    about = ("declaration_no", "item_no", "exported_on", "hs_code", "fob_currency")
    return (
        ranges.join(sums, on="association")
        .join(items.select("item", *about), on="item")
        .with_columns(
            business_type=nw.when(is_advance).then(advance_type),
            filing=word(filing.FILINGS, nw.col("filing")),
            quantity=nw.when(is_negative).then(-1).otherwise(1) * nw.col("quantity"),
        )
    )


def _purchase_detail(lines: Frame, bought: Frame) -> Frame:
    about = bought.select(
        "pline",
        "invoice_no",
        "supplier_uscc",
        "issued_on",
        "vat_rate",
        invoice_line_no="line_no",
    )
    return lines.join(about, on="pline").with_columns(refund_rate="applied_rate")


def form_value(code: str, on: date) -> str | None:
    """What the form pack says for a code, where it says something on that day."""
    row = in_force(read(FORM), on, code=code)
    return None if row is None else row.text("value")


def _digits(code: str, on: date) -> int:
    value = form_value(code, on)
    if value is None:
        raise LookupError(f"{FORM} has no {code} on {on}")
    return int(value)


def _association_no(as_of: date, count: int) -> nw.Expr:
    """Year and month, batch and the firm's own serial number, as the form pack says.

    A full batch is followed by the next. All `count` numbers are of one length, so that they sort.
    """
    serial_digits = _digits("association_serial_digits", as_of)
    most = 10**serial_digits - 1
    batches = (max(count, 1) - 1) // most + 1
    batch_digits = max(_digits("association_batch_digits", as_of), len(str(batches)))
    batch = nw.col("association") // most
    serial = nw.col("association") - batch * most
    return nw.concat_str(
        [
            nw.lit(f"{as_of:%Y%m}"),
            _padded(batch + 1, batch_digits),
            _padded(serial + 1, serial_digits),
        ]
    )


def _padded(number: nw.Expr, digits: int) -> nw.Expr:
    """A whole number with zeros before it, `digits` long: one more digit leads, and is cut off."""
    padded: nw.Expr = (number + 10**digits).cast(nw.String).str.slice(1, digits)
    return padded
