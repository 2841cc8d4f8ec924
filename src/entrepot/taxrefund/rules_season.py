# SPDX-License-Identifier: Apache-2.0
"""What the refund tables of a season must keep across rows: links, claims, rates, check digits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import narwhals as nw
from stdnum.cn import uscc

from entrepot.engine.base import Frame
from entrepot.engine.faults import ROW
from entrepot.engine.relations import Row, Rule

OPENING = ("advance", "ordinary")
SETTLING = ("reversal", "confirmation", "recovery", "repayment")

#: Why a negative invoice line is refused, in place of the words for any other negative amount.
RED_LETTER = (
    "no negative line: red-letter invoices of a trading firm are not worked out yet",
    "Leave the red-letter line out and lower the line that it corrects.",
)

_ITEM = ("declaration_no", "item_no", "sku")
_LINE = ("invoice_no", "line_no", "sku")
_LINK = ("declaration_no", "item_no", "invoice_no", "line_no", "sku")


def linked_beyond_declared(links: Frame, declarations: Frame) -> Frame:
    """Find the link with which more is linked to a declaration line than it holds.

    Args:
        links: one row per declared link: ROW, its key, quantity (units).
        declarations: one row per declaration item and SKU: its key, quantity (units).

    Returns:
        one row per declaration line with too many: ROW of the first link too many in key order,
        its key, linked (all of them), whole (declared).

    Source:
        our own table definition: a link takes units of both its sides.
    """
    return _linked_beyond(links, declarations, _ITEM)


def linked_beyond_bought(links: Frame, purchases: Frame) -> Frame:
    """Find the link with which more is linked to an invoice line than it holds.

    Args:
        links: one row per declared link: ROW, its key, quantity (units).
        purchases: one row per invoice line and SKU: its key, quantity (units).

    Returns:
        one row per invoice line with too many: ROW of the first link too many in key order, its
        key, linked (all of them), whole (bought).

    Source:
        our own table definition: a link takes units of both its sides.
    """
    return _linked_beyond(links, purchases, _LINE)


def settlements_of_nothing(claims: Frame) -> Frame:
    """Find settlements that name no claim.

    Args:
        claims: one row per claim or settlement: ROW, kind, of_claim.

    Returns:
        the faulty rows.

    Source:
        our own table definition: of_claim is empty for advance and ordinary, given otherwise.
    """
    return claims.filter(nw.col("kind").is_in(list(SETTLING)) & nw.col("of_claim").is_null())


def claims_of_a_claim(claims: Frame) -> Frame:
    """Find advances and ordinary claims that name a claim as if they settled it.

    Args:
        claims: one row per claim or settlement: ROW, kind, of_claim.

    Returns:
        the faulty rows.

    Source:
        our own table definition: of_claim is empty for advance and ordinary, given otherwise.
    """
    return claims.filter(nw.col("kind").is_in(list(OPENING)) & ~nw.col("of_claim").is_null())


def settlements_of_no_claim(claims: Frame) -> Frame:
    """Find settlements whose claim is no advance or ordinary claim on the same declaration item.

    Args:
        claims: one row per claim or settlement: ROW, claim_no, declaration_no, item_no, kind,
            of_claim.

    Returns:
        the faulty rows.

    Source:
        our own table definition: of_claim is the claim that the row settles.
    """
    item = ["declaration_no", "item_no"]
    # A claim of a kind that is no kind is reported for that, and may be named here.
    named = claims.filter(nw.col("kind").is_null() | ~nw.col("kind").is_in(list(SETTLING)))
    settlements = claims.filter(
        nw.col("kind").is_in(list(SETTLING)),
        *(~nw.col(name).is_null() for name in ("of_claim", *item)),
    )
    return settlements.join(
        named.select("claim_no", *item),
        left_on=["of_claim", *item],
        right_on=["claim_no", *item],
        how="anti",
    )


def claimed_with_wrong_sign(claims: Frame) -> Frame:
    """Find claims whose amount has a sign that their kind forbids.

    Args:
        claims: one row per claim or settlement: ROW, kind, amount (fen).

    Returns:
        the faulty rows.

    Source:
        our own table definition: advance, ordinary > 0; confirmation 0; the others < 0.
    """
    amount, kind = nw.col("amount"), nw.col("kind")
    return claims.filter(
        (kind.is_in(list(OPENING)) & (amount <= 0))
        | ((kind == "confirmation") & (amount != 0))
        | (kind.is_in(["reversal", "recovery", "repayment"]) & (amount >= 0))
    )


def rates_that_end_before_they_start(rates: Frame) -> Frame:
    """Find refund rates that are in force on no day; the day `valid_to` itself is out.

    Args:
        rates: one row per HS code and period: ROW, valid_from, valid_to (may be empty).

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    return rates.filter(nw.col("valid_to") <= nw.col("valid_from"))


def rates_that_overlap(rates: Frame) -> Frame:
    """Find refund rates that start while the rate before them is still in force.

    Args:
        rates: one row per HS code and period: ROW, hs_code, valid_from, valid_to (may be empty).

    Returns:
        the faulty rows with before_from and before_to, the period of the rate before.

    Source:
        our own table definition: one rate per HS code and day.
    """
    start, end = nw.col("valid_from"), nw.col("valid_to")
    # Sorted by start, two periods overlap only if two neighbours do. The same start twice is a
    # repeated key, and a period that ends before it starts is reported for that.
    return (
        rates.filter(end.is_null() | (end > start), ~nw.col("hs_code").is_null(), ~start.is_null())
        .with_columns(
            before_from=start.shift(1).over("hs_code", order_by=["valid_from", ROW]),
            before_to=end.shift(1).over("hs_code", order_by=["valid_from", ROW]),
        )
        .filter(
            nw.col("before_from") < start,
            nw.col("before_to").is_null() | (nw.col("before_to") > start),
        )
    )


def is_uscc(code: str) -> bool:
    """Whether a text is a unified social credit code, check digit included, written plainly.

    Source:
        GB 32100-2015, the coding rule of the unified social credit identifier.
    """
    return bool(uscc.is_valid(code)) and uscc.compact(code) == code


def wrong_usccs(codes: Iterable[str]) -> list[str]:
    """The texts that are no unified social credit codes, in order.

    Source:
        GB 32100-2015, the coding rule of the unified social credit identifier.
    """
    return sorted(code for code in codes if not is_uscc(code))


def _linked_beyond(links: Frame, side: Frame, by: tuple[str, ...]) -> Frame:
    """The first link, in key order, that goes beyond what its side holds."""
    # A line that stands twice is reported as such; here it counts once.
    held = side.group_by(*by).agg(whole=nw.col("quantity").max())
    return (
        links.filter(nw.col("quantity") > 0)
        .join(held, on=list(by), how="inner")
        .with_columns(
            so_far=nw.col("quantity").cum_sum().over(*by, order_by=[*_LINK, ROW]).cast(nw.Int64),
            linked=nw.col("quantity").sum().over(*by).cast(nw.Int64),
        )
        .filter(
            (nw.col("so_far") > nw.col("whole"))
            & (nw.col("so_far") - nw.col("quantity") <= nw.col("whole"))
        )
        .select(ROW, *_LINK, "linked", "whole")
    )


def _sign_of(row: Row) -> str:
    if row["kind"] == "confirmation":
        return "0.00 for a confirmation"
    sign = "more" if row["kind"] in OPENING else "less"
    return f"{sign} than 0 for kind {row['kind']}"


RULES = (
    Rule(
        code="link.beyond_declared",
        column="quantity",
        reads={"invoice_links": (*_LINK, "quantity"), "declarations": (*_ITEM, "quantity")},
        rows=linked_beyond_declared,
        found=lambda row: f"{row['linked']} units linked in all",
        expected=lambda row: (
            f"at most the {row['whole']} of {row['sku']} declared with item {row['item_no']} of "
            f"{row['declaration_no']}"
        ),
        remedy="Lower the links of the item, or correct the declaration.",
    ),
    Rule(
        code="link.beyond_bought",
        column="quantity",
        reads={"invoice_links": (*_LINK, "quantity"), "purchases": (*_LINE, "quantity")},
        rows=linked_beyond_bought,
        found=lambda row: f"{row['linked']} units linked in all",
        expected=lambda row: (
            f"at most the {row['whole']} of {row['sku']} bought with line {row['line_no']} of "
            f"invoice {row['invoice_no']}"
        ),
        remedy="Lower the links of the invoice line, or correct the purchase.",
    ),
    Rule(
        code="claim.of_nothing",
        column="of_claim",
        reads={"refund_claims": ("kind", "of_claim")},
        rows=settlements_of_nothing,
        found=lambda _: "nothing",
        expected=lambda row: f"the number of the claim that this {row['kind']} settles",
        remedy="Fill it in.",
    ),
    Rule(
        code="claim.of_another",
        column="of_claim",
        reads={"refund_claims": ("kind", "of_claim")},
        rows=claims_of_a_claim,
        found=lambda row: f'"{row["of_claim"]}"',
        expected=lambda row: f"nothing: kind {row['kind']} settles no other claim",
        remedy="Empty the cell, or correct the kind.",
    ),
    Rule(
        code="claim.of_no_claim",
        column="of_claim",
        reads={"refund_claims": ("claim_no", "declaration_no", "item_no", "kind", "of_claim")},
        rows=settlements_of_no_claim,
        found=lambda row: f'"{row["of_claim"]}"',
        expected=lambda row: (
            f"an advance or ordinary claim on item {row['item_no']} of {row['declaration_no']}"
        ),
        remedy="Correct the number, or add the claim that it settles.",
    ),
    Rule(
        code="claim.sign",
        column="amount",
        reads={"refund_claims": ("kind", "amount")},
        rows=claimed_with_wrong_sign,
        found=lambda row: f"{Decimal(row['amount']).scaleb(-2):f}",
        expected=_sign_of,
        remedy="Correct the sign of the amount, or the kind.",
    ),
    Rule(
        code="rate.ends_before_start",
        column="valid_to",
        reads={"refund_rates": ("valid_from", "valid_to")},
        rows=rates_that_end_before_they_start,
        found=lambda row: str(row["valid_to"]),
        expected=lambda row: f"a day after {row['valid_from']}, on which the rate starts",
        remedy="Write the first day on which the rate is no longer in force.",
    ),
    Rule(
        code="rate.overlaps",
        column="valid_from",
        reads={"refund_rates": ("hs_code", "valid_from", "valid_to")},
        rows=rates_that_overlap,
        found=lambda row: f"{row['hs_code']} from {row['valid_from']}",
        expected=lambda row: (
            f"a day on or after the end of the rate from {row['before_from']}, "
            f"which is {row['before_to'] or 'still in force'}"
        ),
        remedy="End the earlier rate on the day on which this one starts.",
    ),
)
