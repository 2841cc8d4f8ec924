# SPDX-License-Identifier: Apache-2.0
"""How long cash is tied up in goods: from the factory's invoice until the buyer's money is home.

Money of an order line is home once all has come that its settlements have for it; the day is that
of the last receipt. A part that came earlier counts as if it had come then. `number` is that of a
day: days since some day, the same for all.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from entrepot.engine.base import Frame

#: No more days than this count on either side, so that fen of a lot (below
#: `engine.amounts.FEN_LIMIT`) times days are written in 18 digits.
LONGEST: Final = 4_000


def come_home(claims: Frame, pieces: Frame, receipts: Frame) -> Frame:
    """The order lines whose money has all come, and the day of the last of it.

    Args:
        claims: one row per part of an order line that is due: claim, sale (below 0: of no order
            line), due.
        pieces: what `collecting.allocate` gives: claim (null: of nobody), receipt, amount.
        receipts: one row per receipt: receipt, booked_on.

    Returns:
        one row per order line: sale, home_on.
    """
    came = (
        pieces.filter(~nw.col("claim").is_null())
        .join(receipts.select("receipt", "booked_on"), on="receipt")
        .group_by("claim")
        .agg(got=nw.col("amount").sum().cast(nw.Int64), last_on=nw.col("booked_on").max())
    )
    return (
        claims.filter(nw.col("sale") >= 0)
        .join(came, on="claim", how="left")
        .with_columns(got=nw.col("got").fill_null(0))
        .group_by("sale")
        .agg(
            due=nw.col("due").sum().cast(nw.Int64),
            got=nw.col("got").sum().cast(nw.Int64),
            home_on=nw.col("last_on").max(),
        )
        .filter(nw.col("got") == nw.col("due"))
        .select("sale", "home_on")
    )


def tied(runs: Frame, lots: Frame, closed: int) -> Frame:
    """What each lot ties up.

    Args:
        runs: one row per run of units with buyers whose money has come: pline, quantity,
            net_amount (fen), number (of the day it came).
        lots: one row per lot: pline, quantity, net_amount, number (of the day it was paid), more.
        closed: number of the day of the close.

    Returns:
        the lots with amount, home (units), home_amount, home_days, open_amount, open_days (fen
        times days), days (whole, down; null: the lot cost nothing).
    """
    of_lots = lots.select("pline", paid="number")
    amount = nw.col("net_amount")
    sums = (
        runs.join(of_lots, on="pline")
        .select(
            "pline",
            home="quantity",
            home_amount=amount,
            home_days=amount * _bounded(nw.col("number") - nw.col("paid")),
        )
        .group_by("pline")
        .agg(nw.col(n).sum().cast(nw.Int64) for n in ("home", "home_amount", "home_days"))
    )
    told = lots.join(sums, on="pline", how="left").with_columns(
        nw.col(name).fill_null(0) for name in ("home", "home_amount", "home_days")
    )
    rows = told.with_columns(amount=amount, open_amount=amount - nw.col("home_amount"))
    rows = rows.with_columns(
        open_days=nw.col("open_amount") * _bounded(nw.lit(closed) - nw.col("number"))
    )
    whole = nw.when(nw.col("amount") > 0).then(nw.col("amount"))
    return rows.with_columns(days=(nw.col("home_days") + nw.col("open_days")) // whole)


def _bounded(days: nw.Expr) -> nw.Expr:
    """Days, at most as many as count."""
    most = nw.lit(LONGEST, nw.Int64)
    few = nw.when(days > most).then(most).otherwise(days)
    return nw.when(few < 0 - most).then(0 - most).otherwise(few).cast(nw.Int64)
