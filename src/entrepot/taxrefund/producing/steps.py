# SPDX-License-Identifier: Apache-2.0
"""Price the lines that a producing firm enters: CNY, non-creditable amount, refundable amount.

Amounts are whole fen, rates whole ten-thousandths, exchange rates whole millionths. Every line is
rounded once; a period is the sum of its lines.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.amounts import FEN_LIMIT, at_rate, share
from entrepot.engine.base import Frame
from entrepot.ledger.line import lay

#: Millionths in one: exchange rates are whole millionths.
_MILLION = 1_000_000
#: An exchange rate above this, a million CNY, could overflow when it is multiplied.
_LARGEST_RATE = 10**12

FIGURES = ("export_cny", "non_creditable", "refundable")


def valued(entries: Frame, items: Frame) -> Frame:
    """Add to each ordinary or advance line its value, rate day and currency.

    A line that says no value takes its units' part of the declared FOB value. Such lines lie one
    after another along the item, in order of period and number, so that their parts sum to the
    whole.

    Args:
        entries: one row per line: entry (its number, in order of period and key), item, kind,
            quantity, fob_amount, fob_currency (null: as declared), rate_on (null: export date).
        items: one row per declaration item: item, exported_on, units, fob, currency and more.

    Returns:
        one row per line, with what its item has: fob_amount, fob_currency, rate_on never null.

    Source:
        our own policy: what is declared is the value until the firm says another.
    """
    lines = entries.filter(nw.col("kind").is_in(["ordinary", "advance"])).join(items, on="item")
    said = lines.filter(~nw.col("fob_amount").is_null()).with_columns(
        rate_on=nw.coalesce("rate_on", "exported_on")
    )
    declared = lay(lines.filter(nw.col("fob_amount").is_null()), ["item"], ["entry"]).with_columns(
        fob_amount=share(nw.col("fob"), nw.col("start"), nw.col("quantity"), nw.col("units")),
        fob_currency=nw.col("currency"),
        rate_on=nw.coalesce("rate_on", "exported_on"),
    )
    names = said.collect_schema().names()
    return nw.concat([said.select(names), declared.select(names)])


def priced(lines: Frame, fx_rates: Frame) -> Frame:
    """Add CNY, N and R to each line; null where a rate is missing or no refund is due.

    Args:
        lines: `valued`, with vat_rate, refund_rate (null where none is in force), is_exempt.
        fx_rates: one row per day and currency: on, currency, cny_per_unit.

    Returns:
        lines + cny_per_unit, export_cny, non_creditable, refundable (fen).

    Source:
        Exempt-credit-refund method: CNY = FOB x exchange rate; N = CNY x (VAT rate - refund rate);
        R = CNY x refund rate. Which day's rate counts is the firm's to say.
    """
    rates = fx_rates.select(rate_on="on", fob_currency="currency", found="cny_per_unit")
    is_cny = nw.col("fob_currency") == "CNY"
    cny, vat, refund = nw.col("export_cny"), nw.col("vat_rate"), nw.col("refund_rate")
    fits = (nw.col("cny_per_unit") <= _LARGEST_RATE) & (
        nw.col("fob_amount") // _MILLION < FEN_LIMIT // nw.col("cny_per_unit")
    )
    may_refund = (refund > 0) & (refund <= vat) & ~nw.col("is_exempt")
    return (
        lines.join(rates, on=["rate_on", "fob_currency"], how="left")
        .with_columns(cny_per_unit=nw.when(is_cny).then(_MILLION).otherwise(nw.col("found")))
        .drop("found")
        .with_columns(
            export_cny=nw.when(fits & may_refund).then(
                in_cny(nw.col("fob_amount"), nw.col("cny_per_unit"))
            )
        )
        .with_columns(non_creditable=at_rate(cny, vat - refund), refundable=at_rate(cny, refund))
    )


def in_cny(amount: nw.Expr, cny_per_unit: nw.Expr) -> nw.Expr:
    """`amount` (hundredths, >= 0) x `cny_per_unit` (millionths), rounded half up to the fen."""
    whole = amount // _MILLION
    rest = amount - whole * _MILLION
    return whole * cny_per_unit + (rest * cny_per_unit + _MILLION // 2) // _MILLION


def reversals(entries: Frame, lines: Frame) -> Frame:
    """The lines that take an advance back: all of it, at the figures it was entered with.

    Args:
        entries: one row per line entered: entry, claim_no, item, kind, of_claim, period.
        lines: `priced`.

    Returns:
        one row per reversal, as `priced`; quantity, value and figures are negative.

    Source:
        STA announcement 2025 No. 3, article 4: the earlier advance is entered in full as negative
        lines.
    """
    negative = ("quantity", "fob_amount", *FIGURES)
    of = ("entry", "claim_no", "period", "kind", "of_claim")
    taken = lines.filter(nw.col("kind") == "advance").drop("entry", "period", "kind", "of_claim")
    return (
        entries.filter(nw.col("kind") == "reversal")
        .select("item", *of)
        .join(
            taken.rename({"claim_no": "taken"}),
            left_on=["item", "of_claim"],
            right_on=["item", "taken"],
        )
        .with_columns((0 - nw.col(name)).alias(name) for name in negative)
        .select(lines.collect_schema().names())
    )


def sums_by_period(lines: Frame) -> Frame:
    """Sum the lines of each period.

    Returns:
        one row per period with lines: period, export_cny, non_creditable, refundable (fen),
        open_lines (lines that have no figures).
    """
    return (
        lines.with_columns(open_lines=nw.when(nw.col("export_cny").is_null()).then(1).otherwise(0))
        .with_columns(nw.col(name).fill_null(0) for name in FIGURES)
        .group_by("period")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in (*FIGURES, "open_lines"))
    )


def not_entered(entries: Frame, counted: Frame) -> Frame:
    """How many units of each item are sold for the tax and entered in no period.

    Args:
        entries: one row per line: item, kind, quantity.
        counted: one row per item: item, sold (units).

    Returns:
        one row per item with such units: item, sold, missing (units > 0).
    """
    sign = (
        nw.when(nw.col("kind") == "reversal")
        .then(-1)
        .when(nw.col("kind") == "confirmation")
        .then(0)
        .otherwise(1)
    )
    entered = (
        entries.with_columns(entered=sign * nw.col("quantity"))
        .group_by("item")
        .agg(nw.col("entered").sum().cast(nw.Int64))
    )
    return (
        counted.select("item", "sold")
        .join(entered, on="item", how="left")
        .with_columns(missing=nw.col("sold") - nw.col("entered").fill_null(0))
        .filter(nw.col("missing") > 0)
        .select("item", "sold", "missing")
    )
