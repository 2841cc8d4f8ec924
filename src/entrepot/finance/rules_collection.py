# SPDX-License-Identifier: Apache-2.0
"""What `check` refuses of foreign exchange that comes beside payouts."""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.relations import Rule


def without_reason(collections: Frame) -> Frame:
    """Find what counts as collected without a reason.

    Args:
        collections: one row per receipt: ROW, kind, reason.

    Returns:
        the faulty rows.

    Source:
        State Taxation Administration, announcement 2026 No. 5, article 48: what is not in counts as
        collected where it fits the list of reasons and proofs. The list was not read.
    """
    return collections.filter(nw.col("kind") == "deemed", nw.col("reason").is_null())


def of_nothing(collections: Frame) -> Frame:
    """Find receipts of nothing.

    Args:
        collections: one row per receipt: ROW, amount (hundredths).

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    return collections.filter(nw.col("amount") == 0)


RULES = (
    Rule(
        code="collection.no_reason",
        column="reason",
        reads={"collections": ("kind", "reason")},
        rows=without_reason,
        found=lambda _: "deemed, without a reason",
        expected=lambda _: "the reason for which it counts as collected",
        remedy="Say the reason, as in the situation form (收汇情况表), or take the row out.",
    ),
    Rule(
        code="collection.nothing",
        column="amount",
        reads={"collections": ("amount",)},
        rows=of_nothing,
        found=lambda _: "an amount of 0",
        expected=lambda _: "what came in, above 0",
        remedy="Enter the amount, or take the row out.",
    ),
)
