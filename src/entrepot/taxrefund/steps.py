# SPDX-License-Identifier: Apache-2.0
"""Work out the export VAT refund position of a trading firm.

Amounts are whole fen, rates whole ten-thousandths; quantities are stock units.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.distinct import distinct
from entrepot.taxrefund import rules

#: Ten-thousandths in one: rates are whole ten-thousandths.
_ONE = 10_000


def rates_in_force(declared: Frame, refund_rates: Frame) -> Frame:
    """Add refund_rate, in force on exported_on for the line's HS code; null where none is.

    Args:
        declared: one row per declaration line: hs_code, exported_on and more.
        refund_rates: one row per HS code and period; valid_to is out, empty is still in force.
    """
    asked = distinct(declared, "hs_code", "exported_on")
    found = (
        asked.join(
            refund_rates.select("hs_code", "valid_from", "valid_to", "refund_rate"), on="hs_code"
        )
        .filter(
            nw.col("valid_from") <= nw.col("exported_on"),
            nw.col("valid_to").is_null() | (nw.col("exported_on") < nw.col("valid_to")),
        )
        .select("hs_code", "exported_on", "refund_rate")
    )
    return declared.join(found, on=["hs_code", "exported_on"], how="left")


def tax_units(fates: Frame, rated: Frame, bought: Frame) -> Frame:
    """Say how the units of each declaration line count for the tax, per invoice line.

    Where tax follows the sale (9810, not sold at export) by their fate; everywhere else all units
    are sold on export except those sent home.

    Args:
        fates: one row per declaration line, invoice line and fate: dline, pline, fate (word),
            quantity, net_amount.
        rated: one row per declaration line: dline, item, by_sale, refund_rate, is_exempt.
        bought: one row per invoice line and SKU: pline, iline, vat_rate.

    Returns:
        one row each: item, dline, pline, iline (null where no invoice covers), counts_as (sold,
        unsold, other), quantity, net_amount, applied_rate (ten-thousandths; null where none is in
        force).

    Source:
        STA announcement 2025 No. 3: sold goods are claimed in the ordinary way, unsold ones in
        advance. A special invoice of a lower VAT rate caps the refund rate (a 3% invoice: 3%).
    """
    fate = nw.col("fate")
    counts_as = (
        nw.when(nw.col("by_sale") & (fate == "sold"))
        .then(nw.lit("sold"))
        .when(nw.col("by_sale") & fate.is_in(["unsold", "in_transit"]))
        .then(nw.lit("unsold"))
        .when(nw.col("by_sale") | (fate == "sent_home"))
        .then(nw.lit("other"))
        .otherwise(nw.lit("sold"))
    )
    applied = nw.min_horizontal("refund_rate", "vat_rate")
    return (
        fates.join(rated.select("dline", "item", "by_sale", "refund_rate", "is_exempt"), on="dline")
        .join(bought.select("pline", "iline", "vat_rate"), on="pline", how="left")
        .select(
            "item",
            "dline",
            "pline",
            "iline",
            "quantity",
            "net_amount",
            counts_as=counts_as,
            applied_rate=nw.when(~nw.col("refund_rate").is_null()).then(
                nw.when(nw.col("is_exempt")).then(0).otherwise(applied)
            ),
        )
    )


def refundable(units: Frame) -> Frame:
    """Sum what may be refunded: over everything covered, and over what is sold.

    Each invoice line of an item is summed over its SKUs and rounded once, half up, to the fen.

    Returns:
        one row per item with covered units: item, refundable, refundable_on_sold (fen).
    """
    product = nw.col("net_amount") * nw.col("applied_rate")
    on_sold = nw.when(nw.col("counts_as") == "sold").then(product).otherwise(0)
    # Whole fen and the rest are summed apart: several products at the bound would overflow.
    lines = (
        units.filter(~nw.col("iline").is_null())
        .with_columns(
            whole=product // _ONE,
            rest=product % _ONE,
            sold=on_sold // _ONE,
            sold_rest=on_sold % _ONE,
        )
        .group_by("item", "iline")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("whole", "rest", "sold", "sold_rest"))
    )
    return (
        lines.with_columns(
            refundable=nw.col("whole") + (nw.col("rest") + _ONE // 2) // _ONE,
            refundable_on_sold=nw.col("sold") + (nw.col("sold_rest") + _ONE // 2) // _ONE,
        )
        .group_by("item")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("refundable", "refundable_on_sold"))
    )


def count_units(units: Frame) -> Frame:
    """Count the units of each item: declared, covered, sold, unsold, other, covered_unsold."""

    def units_where(condition: nw.Expr) -> nw.Expr:
        return nw.when(condition).then(nw.col("quantity")).otherwise(0)

    is_covered = ~nw.col("iline").is_null()
    counted = units.with_columns(
        covered=units_where(is_covered),
        covered_unsold=units_where(is_covered & (nw.col("counts_as") == "unsold")),
        **{name: units_where(nw.col("counts_as") == name) for name in ("sold", "unsold", "other")},
    )
    names = ("covered", "covered_unsold", "sold", "unsold", "other")
    return counted.group_by("item").agg(
        nw.col("quantity").sum().cast(nw.Int64).alias("declared"),
        *(nw.col(name).sum().cast(nw.Int64) for name in names),
    )


def sum_claims(claims: Frame) -> Frame:
    """Sum what was filed on each item.

    Returns:
        one row per item with claims: item, advanced, claimed (fen), filed_quantity (units claimed
        less units reversed, recovered or repaid).
    """
    is_ordinary = nw.col("kind") == "ordinary"
    quantity = (
        nw.when(nw.col("kind").is_in(["ordinary", "advance"]))
        .then(nw.col("quantity"))
        .when(nw.col("kind") == "confirmation")
        .then(0)
        .otherwise(0 - nw.col("quantity"))
    )
    return (
        claims.with_columns(
            advanced=nw.when(is_ordinary).then(0).otherwise(nw.col("amount")),
            claimed=nw.when(is_ordinary).then(nw.col("amount")).otherwise(0),
            filed_quantity=quantity,
        )
        .group_by("item")
        .agg(
            nw.col(name).sum().cast(nw.Int64) for name in ("advanced", "claimed", "filed_quantity")
        )
    )


def settle_advances(claims: Frame) -> Frame:
    """Pair every advance with the earliest claim that settles it.

    Returns:
        one row per advance: claim, claim_no, item, quantity, amount, finished_on, settled_by
        (claim_no), settled_as (word); the last two are null while it is open.
    """
    first = {"order_by": ["filed_on", "claim_no"]}
    settling = claims.filter(nw.col("kind").is_in(list(rules.SETTLED_AS)))
    settlements = (
        settling.with_columns(
            place=nw.col("quantity").cum_count().over("item", "of_claim", **first)
        )
        .filter(nw.col("place") == 1)
        .select(
            "item",
            claim_no="of_claim",
            settled_by="claim_no",
            settled_as=_word(nw.col("kind")),
        )
    )
    return (
        claims.filter(nw.col("kind") == "advance")
        .select("claim", "claim_no", "item", "quantity", "amount", "finished_on")
        .join(settlements, on=["item", "claim_no"], how="left")
    )


def _word(kind: nw.Expr) -> nw.Expr:
    chain = nw.when(kind == "confirmation").then(nw.lit("confirmed"))
    for name, settled in rules.SETTLED_AS.items():
        chain = chain.when(kind == name).then(nw.lit(settled))
    return chain.otherwise(nw.lit(None, nw.String))


def weigh_items(
    items: Frame, units: Frame, claims: Frame, advances: Frame, deadlines: Frame
) -> Frame:
    """Put together what each declaration item comes to, without its state.

    Args:
        items: one row per item: item, declaration_no, item_no, mode, statistics_flag,
            exported_on, by_sale, refund_rate (lowest of its SKUs, null where any has none).
        units: `tax_units`.
        claims: the claims filed.
        advances: `settle_advances`.
        deadlines: one row per exported_on: claim_by, lapses_on.
    """
    is_open = nw.col("settled_as").is_null()
    open_advances = (
        advances.filter(is_open)
        .group_by("item")
        .agg(open_advance=nw.col("amount").sum().cast(nw.Int64))
    )
    known = ~nw.col("refund_rate").is_null()
    zero = (
        "refundable",
        "refundable_on_sold",
        "advanced",
        "claimed",
        "filed_quantity",
        "open_advance",
    )
    return (
        items.join(count_units(units), on="item")
        .join(refundable(units), on="item", how="left")
        .join(sum_claims(claims), on="item", how="left")
        .join(open_advances, on="item", how="left")
        .join(deadlines, on="exported_on")
        .with_columns(nw.col(name).fill_null(0) for name in zero)
        .with_columns(
            nw.when(known).then(nw.col(name)).alias(name)
            for name in ("refundable", "refundable_on_sold")
        )
        .with_columns(
            difference=nw.col("refundable_on_sold") - nw.col("advanced") - nw.col("claimed"),
            treatment=rules.treatment(),
            data_gap=rules.data_gap(),
        )
    )


def judge_advances(advances: Frame, weighed: Frame, deadlines: Frame, as_of: date) -> Frame:
    """Say what each advance claim is waiting for, and until when.

    Args:
        deadlines: one row per finished_on: reconcile_from, legal_until, file_by (null where the tax
            calendar does not say).
    """
    return (
        advances.join(
            weighed.select("item", "declaration_no", "item_no", "unsold", "difference"), on="item"
        )
        .join(deadlines, on="finished_on", how="left")
        .with_columns(state=rules.advance_state(nw.lit(as_of)))
    )


def judge_items(weighed: Frame, judged: Frame, as_of: date) -> Frame:
    """Add the state of each declaration item."""
    marks = (
        judged.with_columns(
            has_overdue=nw.col("state") == "overdue",
            has_to_settle=nw.col("state").is_in(["confirm", "adjust"]),
            has_open=nw.col("settled_as").is_null(),
        )
        .group_by("item")
        .agg(nw.col(name).max() for name in ("has_overdue", "has_to_settle", "has_open"))
    )
    return (
        weighed.join(marks, on="item", how="left")
        .with_columns(
            nw.col(name).fill_null(value=False)
            for name in ("has_overdue", "has_to_settle", "has_open")
        )
        .with_columns(state=rules.item_state(nw.lit(as_of)))
    )
