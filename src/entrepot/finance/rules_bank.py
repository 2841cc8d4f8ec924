# SPDX-License-Identifier: Apache-2.0
"""What `check` refuses of the entries of banks."""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.relations import Rule

_PAYOUT = nw.col("kind") == "payout"
_COST = nw.col("kind") == "cost"


def without_its_document(bank: Frame) -> Frame:
    """Find payouts that name no settlement, and costs that name no payee.

    Args:
        bank: one row per entry: ROW, kind, channel, settlement_no, payee.

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    of_none = nw.col("channel").is_null() | nw.col("settlement_no").is_null()
    return bank.filter((_PAYOUT & of_none) | (_COST & nw.col("payee").is_null()))


def exchanged_in_part(bank: Frame) -> Frame:
    """Find entries with an exchange that lacks its currency or amount, or goes the other way.

    Args:
        bank: one row per entry: ROW, currency, amount, of_currency, of_amount (hundredths).

    Returns:
        the faulty rows.

    Source:
        our own table definition: what is exchanged comes or goes as the entry does.
    """
    lacks_one = nw.col("of_currency").is_null() != nw.col("of_amount").is_null()
    amount, given = nw.col("amount"), nw.col("of_amount")
    turned = ((amount > 0) != (given > 0)) | ((amount < 0) != (given < 0))
    is_same = nw.col("of_currency") == nw.col("currency")
    return bank.filter(lacks_one | turned.fill_null(value=False) | is_same.fill_null(value=False))


RULES = (
    Rule(
        code="bank.no_document",
        column="kind",
        reads={"bank": ("kind", "channel", "settlement_no", "payee")},
        rows=without_its_document,
        found=lambda row: (
            "a payout without channel and settlement"
            if row["kind"] == "payout"
            else "a cost without its payee"
        ),
        expected=lambda _: "a payout with channel and settlement_no, a cost with payee",
        remedy="Fill the cells, or call the entry other until it is known.",
    ),
    Rule(
        code="bank.exchange",
        column="of_amount",
        reads={"bank": ("currency", "amount", "of_currency", "of_amount")},
        rows=exchanged_in_part,
        found=lambda row: f"{row['of_currency'] or 'no currency'} for {row['currency']}",
        expected=lambda _: "currency and amount together, another currency, the sign of amount",
        remedy="Correct what was exchanged, or leave both cells empty.",
    ),
)
