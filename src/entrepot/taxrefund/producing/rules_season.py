# SPDX-License-Identifier: Apache-2.0
"""What the tables of a producing firm must keep across rows."""

from __future__ import annotations

from decimal import Decimal

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.faults import ROW
from entrepot.engine.relations import Rule
from entrepot.taxrefund.rules_season import claims_of_a_claim, settlements_of_nothing

_ITEM = ("declaration_no", "item_no")
_ENTERING = ("ordinary", "advance")
_SETTLING = ("reversal", "confirmation")
_CARRIED = ("credit_before", "refundable_before")


def settlements_of_no_advance(lines: Frame) -> Frame:
    """Find lines that settle no advance: of the same item and quantity, in no later period.

    Args:
        lines: one row per line entered: ROW, its key, period, kind, of_claim, quantity.

    Returns:
        the faulty rows.

    Source:
        STA announcement 2025 No. 3, article 4: an advance is confirmed or taken back in full.
    """
    advances = lines.filter(nw.col("kind") == "advance").select(
        *_ITEM, "quantity", of_claim="claim_no", since="period"
    )
    settlements = lines.filter(nw.col("kind").is_in(_SETTLING), ~nw.col("of_claim").is_null())
    met = settlements.join(advances, on=[*_ITEM, "quantity", "of_claim"]).filter(
        nw.col("since") <= nw.col("period")
    )
    return settlements.join(met.select(ROW), on=ROW, how="anti")


def settled_again(lines: Frame) -> Frame:
    """Find lines that settle an advance which another line settles as well.

    Args:
        lines: one row per line entered: ROW, its key, kind, of_claim.

    Returns:
        the faulty rows but the first of each advance.

    Source:
        STA announcement 2025 No. 3, article 4: an advance is reconciled once.
    """
    settlements = lines.filter(nw.col("kind").is_in(_SETTLING), ~nw.col("of_claim").is_null())
    place = nw.col("quantity").cum_count().over(*_ITEM, "of_claim", order_by=ROW)
    return settlements.with_columns(place=place).filter(nw.col("place") > 1)


def advances_among_others(lines: Frame) -> Frame:
    """Find advances that share their serial number with lines of another kind.

    Args:
        lines: one row per line entered: ROW, claim_no, kind.

    Returns:
        the faulty rows.

    Source:
        STA announcement 2025 No. 3, article 2: an advance has a serial number of its own.
    """
    others = lines.filter(nw.col("kind") != "advance").select("claim_no")
    return lines.filter(nw.col("kind") == "advance").join(others, on="claim_no", how="semi")


def without_vat_rate(lines: Frame) -> Frame:
    """Find lines that enter goods and say no VAT rate.

    Args:
        lines: one row per line entered: ROW, kind, vat_rate.

    Returns:
        the faulty rows.

    Source:
        our own table definition: N is worked out with it.
    """
    return lines.filter(nw.col("kind").is_in(_ENTERING), nw.col("vat_rate").is_null())


def values_by_half(lines: Frame) -> Frame:
    """Find lines with a value and no currency, or the reverse, or either where none belongs.

    Args:
        lines: one row per line entered: ROW, kind, fob_amount, fob_currency.

    Returns:
        the faulty rows.

    Source:
        our own table definition: what settles an advance has the value of the advance.
    """
    no_value, no_currency = nw.col("fob_amount").is_null(), nw.col("fob_currency").is_null()
    return lines.filter(
        (no_value != no_currency) | (nw.col("kind").is_in(_SETTLING) & ~(no_value & no_currency))
    )


def values_beyond_declared(lines: Frame, declarations: Frame) -> Frame:
    """Find the line with which an item's declared value is used up, and that says no other.

    Args:
        lines: one row per line entered: ROW, its key, period, kind, quantity, fob_amount.
        declarations: one row per declaration item and SKU: its item, quantity.

    Returns:
        one row per item with too many: ROW of the first line too many, linked (units of all such
        lines), whole (units declared).

    Source:
        our own table definition: goods entered again, after a reversal, have the value of their
        sale.
    """
    whole = declarations.group_by(*_ITEM).agg(whole=nw.col("quantity").sum().cast(nw.Int64))
    units = nw.col("quantity")
    so_far = units.cum_sum().over(*_ITEM, order_by=["period", "claim_no"]).cast(nw.Int64)
    return (
        lines.filter(nw.col("kind").is_in(_ENTERING), nw.col("fob_amount").is_null(), units > 0)
        .join(whole, on=list(_ITEM))
        .with_columns(so_far=so_far, linked=units.sum().over(*_ITEM).cast(nw.Int64))
        .filter(nw.col("so_far") > nw.col("whole"), nw.col("so_far") - units <= nw.col("whole"))
        .select(ROW, *_ITEM, "linked", "whole")
    )


def carried_again(periods: Frame) -> Frame:
    """Find periods after the first that say what is carried into them.

    Args:
        periods: one row per VAT period: ROW, period, credit_before, refundable_before.

    Returns:
        the faulty rows.

    Source:
        our own table definition: from the second on it is worked out.
    """
    first = periods.select(nw.col("period").min().alias("first"))
    said = ~nw.col("credit_before").is_null() | ~nw.col("refundable_before").is_null()
    return periods.filter(said).join(first, how="cross").filter(nw.col("period") > nw.col("first"))


def carried_above_zero(periods: Frame) -> Frame:
    """Find periods that begin with something to offset that is above zero.

    Args:
        periods: one row per VAT period: ROW, refundable_before (fen).

    Returns:
        the faulty rows.

    Source:
        our own table definition: only what is below zero is carried.
    """
    return periods.filter(nw.col("refundable_before") > 0)


def trading_claims(claims: Frame) -> Frame:
    """Find claims of a trading firm, which a producing firm does not file.

    Args:
        claims: the rows of refund_claims: ROW and more.

    Returns:
        all rows.

    Source:
        our own table definition: a producing firm's lines are rows of vat_exports.
    """
    return claims


_KEY = ("claim_no", *_ITEM)

RULES = (
    Rule(
        code="claim.of_nothing",
        column="of_claim",
        reads={"vat_exports": ("kind", "of_claim")},
        rows=settlements_of_nothing,
        found=lambda _: "nothing",
        expected=lambda row: f"the number of the advance that this {row['kind']} settles",
        remedy="Fill it in.",
    ),
    Rule(
        code="claim.of_another",
        column="of_claim",
        reads={"vat_exports": ("kind", "of_claim")},
        rows=claims_of_a_claim,
        found=lambda row: f'"{row["of_claim"]}"',
        expected=lambda row: f"nothing: kind {row['kind']} settles no other claim",
        remedy="Empty the cell, or correct the kind.",
    ),
    Rule(
        code="claim.of_no_advance",
        column="of_claim",
        reads={"vat_exports": (*_KEY, "period", "kind", "of_claim", "quantity")},
        rows=settlements_of_no_advance,
        found=lambda row: f'"{row["of_claim"]}", {row["quantity"]} units in {row["period"]}',
        expected=lambda row: (
            f"an advance on item {row['item_no']} of {row['declaration_no']}, of as many units, "
            "entered in that period or an earlier one"
        ),
        remedy="Settle the advance in full, or correct its number.",
    ),
    Rule(
        code="claim.settled_again",
        column="of_claim",
        reads={"vat_exports": (*_KEY, "kind", "of_claim", "quantity")},
        rows=settled_again,
        found=lambda row: f'"{row["of_claim"]}", which another line settles',
        expected=lambda _: "one reversal or confirmation of an advance",
        remedy="Delete the line that was not filed.",
    ),
    Rule(
        code="claim.not_alone",
        column="claim_no",
        reads={"vat_exports": ("claim_no", "kind")},
        rows=advances_among_others,
        found=lambda row: f'"{row["claim_no"]}", which lines of another kind have as well',
        expected=lambda _: "a serial number of its own for an advance",
        remedy="Give the advance another number.",
    ),
    Rule(
        code="claim.no_vat_rate",
        column="vat_rate",
        reads={"vat_exports": ("kind", "vat_rate")},
        rows=without_vat_rate,
        found=lambda _: "nothing",
        expected=lambda row: f"the VAT rate of the goods, for kind {row['kind']}",
        remedy="Fill it in.",
    ),
    Rule(
        code="claim.value",
        column="fob_amount",
        reads={"vat_exports": ("kind", "fob_amount", "fob_currency")},
        rows=values_by_half,
        found=lambda row: f"{_decimal(row['fob_amount'])} and {row['fob_currency'] or 'nothing'}",
        expected=lambda row: (
            f"no value: kind {row['kind']} has that of its advance"
            if row["kind"] in _SETTLING
            else "a value with its currency, or neither"
        ),
        remedy="Fill in both, or empty both.",
    ),
    Rule(
        code="claim.value_used_up",
        column="fob_amount",
        reads={
            "vat_exports": (*_KEY, "period", "kind", "quantity", "fob_amount"),
            "declarations": (*_ITEM, "quantity"),
        },
        rows=values_beyond_declared,
        found=lambda row: f"nothing, {row['linked']} units without a value of their own in all",
        expected=lambda row: (
            f"at most the {row['whole']} declared with item {row['item_no']} of "
            f"{row['declaration_no']}"
        ),
        remedy="Write the value of the sale where goods are entered again, or correct the units.",
    ),
    Rule(
        code="claim.of_trading",
        column="kind",
        reads={"refund_claims": ("kind",)},
        rows=trading_claims,
        found=lambda row: f"a claim of kind {row['kind']}",
        expected=lambda _: "no claim: a producing firm's lines are rows of vat_exports",
        remedy="Move the row to vat_exports.",
    ),
    Rule(
        code="claim.carried_again",
        column=", ".join(_CARRIED),
        reads={"vat_periods": ("period", *_CARRIED)},
        rows=carried_again,
        found=lambda row: ", ".join(_decimal(row[n]) for n in _CARRIED if row[n] is not None),
        expected=lambda row: f"nothing after {row['first']}, the first period: it is worked out",
        remedy="Empty the cells; compare them with vat_filing instead.",
    ),
    Rule(
        code="claim.carried_sign",
        column="refundable_before",
        reads={"vat_periods": ("refundable_before",)},
        rows=carried_above_zero,
        found=lambda row: _decimal(row["refundable_before"]),
        expected=lambda _: "0 or less: what the first period still has to offset",
        remedy="Correct the sign.",
    ),
)


def _decimal(fen: int | None) -> str:
    return "nothing" if fen is None else f"{Decimal(fen).scaleb(-2):f}"
