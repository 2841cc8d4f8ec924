# SPDX-License-Identifier: Apache-2.0
"""What a trading firm types into the refund form next, line by line.

The covered units of an item lie on one line: sold units first, then unsold, then the rest. Claims
filed so far took units from its front, an open advance those that follow. So every filing is a
range of that line, and its purchase detail is what the range covers.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.amounts import at_rate, share
from entrepot.engine.base import Engine, Frame
from entrepot.ledger.line import lay

#: What is filed, in the order in which it is typed in.
FILINGS = ("reversal", "repayment", "ordinary", "advance")
REVERSAL, REPAYMENT, ORDINARY, ADVANCE = range(4)


def ranges_to_file(items: Frame, advances: Frame) -> Frame:
    """Say which units of each item are to be filed, and as what.

    Args:
        items: one row per item: item, state, difference, covered_sold, covered_unsold, by_sale,
            treatment, refund_rate, filed_quantity, open_quantity (units of open advances).
        advances: one row per advance claim: item, claim, claim_no, quantity, amount, state.

    Returns:
        one row per filing: item, filing (code), of_claim, start, quantity (> 0), target (fen that
        the lines must sum to; null where only the lines say).

    Source:
        STA announcement 2025 No. 3: sold and unsold goods are claimed apart; an adjustment enters
        the advance in full as negative lines, then claims again on real sales.
    """
    adjusting = advances.filter(nw.col("state") == "adjust")
    reversed_amount = adjusting.group_by("item").agg(
        reversed_amount=nw.col("amount").sum().cast(nw.Int64)
    )
    none = nw.lit(0, nw.Int64)
    items = items.join(reversed_amount, on="item", how="left").with_columns(
        reversed_amount=nw.col("reversed_amount").fill_null(0),
        taken=nw.max_horizontal(nw.col("filed_quantity") - nw.col("open_quantity"), none),
    )
    # A reversal takes back what was paid; all other filings need a rate.
    rated = items.filter(~nw.col("refund_rate").is_null())
    filings = [
        _reversals(adjusting, items),
        _repayments(rated),
        _ordinary(rated),
        _advances(rated),
    ]
    columns = ["item", "filing", "of_claim", "start", "quantity", "target"]
    return nw.concat([each.select(columns) for each in filings]).filter(nw.col("quantity") > 0)


def _reversals(adjusting: Frame, items: Frame) -> Frame:
    """The whole of each advance that is to be adjusted, one after another."""
    up_to = nw.col("quantity").cum_sum().over("item", order_by=["claim"]).cast(nw.Int64)
    return (
        adjusting.with_columns(before=up_to - nw.col("quantity"))
        .join(items.select("item", "taken"), on="item")
        .select(
            "item",
            "quantity",
            filing=nw.lit(REVERSAL, nw.Int64),
            of_claim="claim_no",
            start=nw.col("before") + nw.col("taken"),
            target=0 - nw.col("amount"),
        )
    )


def _repayments(items: Frame) -> Frame:
    """What was claimed on units that are sold no longer."""
    return items.filter(nw.col("state") == "pay_back").select(
        "item",
        quantity=nw.col("taken") - nw.col("covered_sold"),
        filing=nw.lit(REPAYMENT, nw.Int64),
        of_claim=nw.lit(None, nw.String),
        start="covered_sold",
        target="difference",
    )


def _ordinary(items: Frame) -> Frame:
    """What is sold and not claimed yet, also where an advance on it is being reversed."""
    is_due = nw.col("state").is_in(["claim", "late"]) | (nw.col("reversed_amount") > 0)
    return items.filter(is_due).select(
        "item",
        quantity=nw.col("covered_sold") - nw.col("taken"),
        filing=nw.lit(ORDINARY, nw.Int64),
        of_claim=nw.lit(None, nw.String),
        start="taken",
        target=nw.col("difference") + nw.col("reversed_amount"),
    )


def _advances(items: Frame) -> Frame:
    """What is covered and not sold yet."""
    may_advance = (
        nw.col("state").is_in(["claim", "late", "claim_advance"])
        & nw.col("by_sale")
        & (nw.col("treatment") == "refund")
    )
    start = nw.max_horizontal("covered_sold", "taken")
    return items.filter(may_advance).select(
        "item",
        quantity=nw.col("covered_sold") + nw.col("covered_unsold") - start,
        filing=nw.lit(ADVANCE, nw.Int64),
        of_claim=nw.lit(None, nw.String),
        start=start,
        target=nw.lit(None, nw.Int64),
    )


def lay_covered(units: Frame, declared: Frame) -> Frame:
    """Lay the covered units of each item along its line: sold, then unsold, then the rest.

    Args:
        units: `tax_units`.
        declared: one row per declaration line: dline, hs_code, quantity, fob_amount.

    Returns:
        one row per piece: item, dline, pline, iline, applied_rate, hs_code, piece_start,
        piece_quantity, piece_amount (fen), line_start (covered units of its declaration line
        before it), line_quantity, line_fob (fen).
    """
    rank = (
        nw.when(nw.col("counts_as") == "sold")
        .then(0)
        .when(nw.col("counts_as") == "unsold")
        .then(1)
        .otherwise(2)
    )
    covered = (
        units.filter(~nw.col("iline").is_null())
        .with_columns(rank=rank.cast(nw.Int64))
        .group_by("item", "rank", "dline", "pline", "iline", "applied_rate")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("quantity", "net_amount"))
    )
    along_line = nw.col("quantity").cum_sum().over("dline", order_by=["rank", "pline"])
    return (
        lay(covered, ["item"], ["rank", "dline", "pline"])
        .with_columns(line_start=along_line.cast(nw.Int64) - nw.col("quantity"))
        .rename(
            {"start": "piece_start", "quantity": "piece_quantity", "net_amount": "piece_amount"}
        )
        .join(
            declared.select("dline", "hs_code", line_quantity="quantity", line_fob="fob_amount"),
            on="dline",
        )
    )


def purchase_lines(engine: Engine, ranges: Frame, laid: Frame) -> Frame:
    """Lay each filing over the invoice lines that cover its units.

    Args:
        engine: keeps the lines.
        ranges: `ranges_to_file`, numbered: association (its number) and more.
        laid: `lay_covered`.

    Returns:
        one row per filing, invoice line, HS code and rate: association, pline (of the invoice
        line), hs_code, applied_rate, quantity, net_amount, fob_amount, refundable (fen), negative
        for a reversal or repayment; refundable sums to the filing's target where it has one, the
        last line taking what rounding leaves.
    """
    first = nw.max_horizontal("start", "piece_start")
    last = nw.min_horizontal(
        nw.col("start") + nw.col("quantity"), nw.col("piece_start") + nw.col("piece_quantity")
    )
    into = nw.col("first") - nw.col("piece_start")
    parts = (
        ranges.join(laid, on="item")
        .with_columns(first=first, units=last - first)
        .filter(nw.col("units") > 0)
        .with_columns(
            net_amount=share(
                nw.col("piece_amount"), into, nw.col("units"), nw.col("piece_quantity")
            ),
            fob_amount=share(
                nw.col("line_fob"),
                nw.col("line_start") + into,
                nw.col("units"),
                nw.col("line_quantity"),
            ),
        )
    )
    sign = nw.when(nw.col("filing").is_in([REVERSAL, REPAYMENT])).then(-1).otherwise(1)
    lines = (
        parts.group_by("association", "filing", "target", "iline", "hs_code", "applied_rate")
        .agg(
            nw.col("pline").min(),
            *(nw.col(n).sum().cast(nw.Int64) for n in ("units", "net_amount", "fob_amount")),
        )
        .with_columns(sign=sign)
        .with_columns(
            # Without a rate only a reversal is filed, and its target says what it comes to.
            refundable=nw.col("sign")
            * at_rate(nw.col("net_amount"), nw.col("applied_rate")).fill_null(0),
            quantity=nw.col("sign") * nw.col("units"),
            net_amount=nw.col("sign") * nw.col("net_amount"),
            fob_amount=nw.col("sign") * nw.col("fob_amount"),
        )
    )
    kept = engine.keep_in_order(
        lines, "filing_lines", ["association", "iline", "hs_code", "applied_rate"], "row"
    )
    return _on_target(kept)


def _on_target(lines: Frame) -> Frame:
    """Let the last line of each filing take what rounding leaves of its target."""
    sums = lines.group_by("association").agg(
        summed=nw.col("refundable").sum().cast(nw.Int64), last_row=nw.col("row").max()
    )
    left = (
        nw.when((nw.col("row") == nw.col("last_row")) & ~nw.col("target").is_null())
        .then(nw.col("target") - nw.col("summed"))
        .otherwise(0)
    )
    return lines.join(sums, on="association").with_columns(refundable=nw.col("refundable") + left)
