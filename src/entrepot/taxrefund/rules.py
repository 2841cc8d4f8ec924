# SPDX-License-Identifier: Apache-2.0
"""Decide what a declaration item and an advance claim are waiting for. Columns in, a column out."""

from __future__ import annotations

import narwhals as nw

SETTLED_AS = {
    "confirmation": "confirmed",
    "reversal": "reversed",
    "recovery": "recovered",
    "repayment": "repaid",
}


def treatment() -> nw.Expr:
    """How the export is treated: exempt, none (rate 0) or refund.

    Columns: mode, statistics_flag, refund_rate (null where none is in force).

    Source:
        GACC announcement 2018 No. 194 and practice notes: 9610 released for summary statistics
        (flag A) forgoes the refund. A refund rate of 0 leaves nothing to refund.
    """
    is_exempt = (nw.col("mode") == "9610") & (nw.col("statistics_flag") == "A")
    return (
        nw.when(is_exempt)
        .then(nw.lit("exempt"))
        .when(nw.col("refund_rate") == 0)
        .then(nw.lit("none"))
        .otherwise(nw.lit("refund"))
    )


def data_gap() -> nw.Expr:
    """What the data lacks: no_rate, not_covered, partly_covered, or null.

    Columns: refund_rate, covered, declared.

    Source: our own policy: a gap is named, never read as zero.
    """
    return (
        nw.when(nw.col("refund_rate").is_null())
        .then(nw.lit("no_rate"))
        .when(nw.col("covered") == 0)
        .then(nw.lit("not_covered"))
        .when(nw.col("covered") < nw.col("declared"))
        .then(nw.lit("partly_covered"))
        .otherwise(nw.lit(None, nw.String))
    )


def advance_state(as_of: nw.Expr) -> nw.Expr:
    """What an advance claim is waiting for, first that fits.

    Columns: finished_on, settled_as (null while open), legal_until, unsold and difference (of the
    item; difference is null where no rate is in force).

    Source:
        STA announcement 2025 No. 3, articles 3 and 4: reconcile from the month after the advance
        was finished to 30 April of the next year; confirm where the amounts agree, otherwise
        adjust; what is still unsold by then is paid back in full.
    """
    is_last_month = (as_of.dt.year() == nw.col("legal_until").dt.year()) & (
        as_of.dt.month() == nw.col("legal_until").dt.month()
    )
    is_sold = nw.col("unsold") == 0
    return (
        nw.when(nw.col("finished_on").is_null())
        .then(nw.lit("pending"))
        .when(~nw.col("settled_as").is_null())
        .then(nw.col("settled_as"))
        .when(as_of > nw.col("legal_until"))
        .then(nw.lit("overdue"))
        .when(is_sold & (nw.col("difference") == 0))
        .then(nw.lit("confirm"))
        .when(is_sold & (nw.col("difference") != 0))
        .then(nw.lit("adjust"))
        .when(~is_sold & is_last_month)
        .then(nw.lit("adjust"))
        .otherwise(nw.lit("waiting"))
    )


def item_state(as_of: nw.Expr) -> nw.Expr:
    """What a declaration item is waiting for, first that fits, so that a deadline outranks a gap.

    Columns: has_overdue, has_to_settle, has_open (its advances), difference, claim_by, lapses_on,
    by_sale, treatment, covered_unsold.

    Source:
        STA announcement 2025 No. 3 for advances; STA announcement 2026 No. 5 and MoF-STA
        announcement 2026 No. 11 for the claim window and the 36 months.
    """
    is_due = nw.col("difference") > 0
    may_advance = (
        nw.col("by_sale") & (nw.col("treatment") == "refund") & (nw.col("covered_unsold") > 0)
    )
    return (
        nw.when(nw.col("has_overdue"))
        .then(nw.lit("overdue"))
        .when(nw.col("has_to_settle"))
        .then(nw.lit("settle"))
        .when(nw.col("has_open"))
        .then(nw.lit("waiting"))
        .when(nw.col("difference") < 0)
        .then(nw.lit("pay_back"))
        .when(is_due & (as_of > nw.col("lapses_on")))
        .then(nw.lit("lapsed"))
        .when(is_due & (as_of > nw.col("claim_by")))
        .then(nw.lit("late"))
        .when(is_due)
        .then(nw.lit("claim"))
        .when(may_advance)
        .then(nw.lit("claim_advance"))
        .otherwise(nw.lit("settled"))
    )
