# SPDX-License-Identifier: Apache-2.0
"""What a trading firm types into the refund form next, line by line.

The covered units of an item lie on one line: sold units first, then unsold, then the rest. Claims
filed so far took units from its front, an open advance those that follow. So every filing is a
range of that line, and its purchase detail is what the range covers.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.amounts import share
from entrepot.engine.base import Engine, Frame
from entrepot.ledger.line import lay

_ONE = 10_000

#: What is filed, in the order in which it is typed in.
FILINGS = ("reversal", "repayment", "ordinary", "advance")
REVERSAL, REPAYMENT, ORDINARY, ADVANCE = range(4)


def ranges_to_file(items: Frame, advances: Frame) -> Frame:
    """Say which units of each item are to be filed, and as what.

    Args:
        items: one row per item: item, state, difference, covered_sold, covered_unsold, by_sale,
            treatment, filed_quantity, open_quantity (units of open advances).
        advances: one row per advance claim: item, claim, claim_no, quantity, amount, state.

    Returns:
        one row per filing: item, filing (code), of_claim, start, quantity (> 0), target (fen that
        the lines must sum to; null where only the lines say).

    Source:
        STA announcement 2025 No. 3: sold and unsold goods are claimed apart; an adjustment enters
        the advance in full as negative lines, then claims again on real sales.
    """
    taken = nw.max_horizontal(
        nw.col("filed_quantity") - nw.col("open_quantity"), nw.lit(0, nw.Int64)
    )
    items = items.with_columns(taken=taken)
    adjusting = advances.filter(nw.col("state") == "adjust")
    before = nw.col("quantity").cum_sum().over("item", order_by=["claim"]).cast(nw.Int64)
    reversals = (
        adjusting.with_columns(start=before - nw.col("quantity"))
        .join(items.select("item", "taken"), on="item")
        .select(
            "item",
            "quantity",
            filing=nw.lit(REVERSAL, nw.Int64),
            of_claim="claim_no",
            start=nw.col("start") + nw.col("taken"),
            target=0 - nw.col("amount"),
        )
    )
    reversed_amount = adjusting.group_by("item").agg(
        reversed_amount=nw.col("amount").sum().cast(nw.Int64)
    )
    items = items.join(reversed_amount, on="item", how="left").with_columns(
        reversed_amount=nw.col("reversed_amount").fill_null(0)
    )
    claims_sales = nw.col("state").is_in(["claim", "late"]) | (nw.col("reversed_amount") > 0)
    ordinary = items.filter(claims_sales).select(
        "item",
        quantity=nw.col("covered_sold") - nw.col("taken"),
        filing=nw.lit(ORDINARY, nw.Int64),
        of_claim=nw.lit(None, nw.String),
        start="taken",
        target=nw.col("difference") + nw.col("reversed_amount"),
    )
    repayment = items.filter(nw.col("state") == "pay_back").select(
        "item",
        quantity=nw.col("taken") - nw.col("covered_sold"),
        filing=nw.lit(REPAYMENT, nw.Int64),
        of_claim=nw.lit(None, nw.String),
        start="covered_sold",
        target="difference",
    )
    start = nw.max_horizontal("covered_sold", "taken")
    may_advance = (
        nw.col("state").is_in(["claim", "late", "claim_advance"])
        & nw.col("by_sale")
        & (nw.col("treatment") == "refund")
        & ~nw.col("refund_rate").is_null()
    )
    advance = items.filter(may_advance).select(
        "item",
        quantity=nw.col("covered_sold") + nw.col("covered_unsold") - start,
        filing=nw.lit(ADVANCE, nw.Int64),
        of_claim=nw.lit(None, nw.String),
        start=start,
        target=nw.lit(None, nw.Int64),
    )
    columns = ["item", "filing", "of_claim", "start", "quantity", "target"]
    ranges = [reversals, repayment, ordinary, advance]
    return nw.concat([each.select(columns) for each in ranges]).filter(nw.col("quantity") > 0)


def purchase_lines(engine: Engine, ranges: Frame, units: Frame, declared: Frame) -> Frame:
    """Lay each filing over the invoice lines that cover its units.

    Args:
        ranges: `ranges_to_file`, numbered: association (its number) and more.
        units: `tax_units`.
        declared: one row per declaration line: dline, hs_code.

    Returns:
        one row per filing, invoice line, HS code and rates: association, pline (of the invoice
        line), hs_code, vat_rate, applied_rate, quantity, net_amount, refundable (fen), negative
        for a reversal or repayment; refundable sums to the filing's target where it has one, the
        last line taking what rounding leaves.
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
        .join(ranges.select("item").unique(), on="item")
        .with_columns(rank=rank.cast(nw.Int64))
        .group_by("item", "rank", "dline", "pline", "iline", "applied_rate")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("quantity", "net_amount"))
    )
    laid = lay(covered, ["item"], ["rank", "dline", "pline"]).select(
        "item",
        "dline",
        "pline",
        "iline",
        "applied_rate",
        piece_start="start",
        piece_quantity="quantity",
        piece_amount="net_amount",
    )
    first = nw.max_horizontal("start", "piece_start")
    last = nw.min_horizontal(
        nw.col("start") + nw.col("quantity"), nw.col("piece_start") + nw.col("piece_quantity")
    )
    is_negative = nw.col("filing").is_in([REVERSAL, REPAYMENT])
    lines = (
        ranges.join(laid, on="item")
        .with_columns(first=first, taken=last - first)
        .filter(nw.col("taken") > 0)
        .with_columns(
            net_amount=share(
                nw.col("piece_amount"),
                nw.col("first") - nw.col("piece_start"),
                nw.col("taken"),
                nw.col("piece_quantity"),
            )
        )
        .join(declared.select("dline", "hs_code"), on="dline")
        .group_by("association", "filing", "target", "iline", "hs_code", "applied_rate")
        .agg(
            pline=nw.col("pline").min(),
            quantity=nw.col("taken").sum().cast(nw.Int64),
            net_amount=nw.col("net_amount").sum().cast(nw.Int64),
        )
        .with_columns(sign=nw.when(is_negative).then(-1).otherwise(1))
        .with_columns(
            refundable=nw.col("sign")
            * ((nw.col("net_amount") * nw.col("applied_rate") + _ONE // 2) // _ONE),
            quantity=nw.col("sign") * nw.col("quantity"),
            net_amount=nw.col("sign") * nw.col("net_amount"),
        )
    )
    kept = engine.keep_in_order(
        lines, "filing_lines", ["association", "iline", "hs_code", "applied_rate"], "row"
    )
    sums = kept.group_by("association").agg(
        summed=nw.col("refundable").sum().cast(nw.Int64), last_row=nw.col("row").max()
    )
    rounding = (
        nw.when((nw.col("row") == nw.col("last_row")) & ~nw.col("target").is_null())
        .then(nw.col("target") - nw.col("summed"))
        .otherwise(0)
    )
    return kept.join(sums, on="association").with_columns(
        refundable=nw.col("refundable") + rounding
    )
