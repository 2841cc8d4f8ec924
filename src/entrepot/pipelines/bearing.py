# SPDX-License-Identifier: Apache-2.0
"""Whose the realised gains of exchange are: of orders, or of what is tied to none."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.finance.tables_margin import EXCHANGE_BORNE
from entrepot.pipelines.collecting import Collected
from entrepot.pipelines.exchanging import Exchange
from entrepot.pipelines.margin import Margin

#: By what a place begins, who holds it. What a payer owes and what is on its way is of the payer.
_HOLDERS: Final = {
    "receivable/": "channel",
    "payout/": "channel",
    "bank/": "bank",
    "payable/": "payee",
}
_KEY: Final = ["holder", "name", "currency"]
_ZERO: Final = nw.lit(0, nw.Int64)


def work_out_borne(
    engine: Engine, exchange: Exchange | None, collected: Collected | None
) -> Frame | None:
    """Lay what the book realised beside what the margins of orders bear of it.

    Returns:
        the rows of EXCHANGE_BORNE, kept; None where there is nothing to share.

    Holds:
        realised = of_orders + pooled.
    """
    parts = []
    if exchange is not None:
        realised = exchange.settled.group_by("place", "currency").agg(
            realised=nw.col("realised").sum().cast(nw.Int64)
        )
        parts += [
            _held(realised).with_columns(of_orders=_ZERO, left_out=_ZERO),
            _held(exchange.left_out).with_columns(
                realised=_ZERO, of_orders=_ZERO, left_out=nw.lit(1, nw.Int64)
            ),
        ]
    if collected is not None:
        parts.append(
            collected.of_channels.with_columns(
                holder=nw.lit("channel"), name="channel", realised=_ZERO, left_out=_ZERO
            )
        )
    if not parts:
        return None
    figures = ["realised", "of_orders", "left_out"]
    sums = (
        nw.concat([rows.select(*_KEY, *figures) for rows in parts])
        .group_by(*_KEY)
        .agg(nw.col(name).sum().cast(nw.Int64) for name in figures)
        .filter((nw.col("realised") != 0) | (nw.col("of_orders") != 0) | (nw.col("left_out") > 0))
    )
    told = sums.with_columns(realised=nw.when(nw.col("left_out") == 0).then(nw.col("realised")))
    rows = told.with_columns(pooled=nw.col("realised") - nw.col("of_orders"))
    return engine.keep(rows.select(EXCHANGE_BORNE.names), "exchange_borne")


def _held(rows: Frame) -> Frame:
    """The rows with holder and name in place of the place."""
    place = nw.col("place")
    holder, name = nw.lit(None, nw.String), nw.lit(None, nw.String)
    for begins, who in _HOLDERS.items():
        is_its = place.str.starts_with(begins)
        holder = nw.when(is_its).then(nw.lit(who)).otherwise(holder)
        name = nw.when(is_its).then(place.str.slice(len(begins))).otherwise(name)
    return rows.with_columns(holder=holder, name=name)


def orders_bear_what_is_said(borne: Frame, margin: Margin) -> Frame:
    """Per channel, what exchange brought orders is the same in margins and beside the book."""
    said = (
        borne.filter(nw.col("holder") == "channel")
        .select("of_orders", channel="name")
        .group_by("channel")
        .agg(expected=nw.col("of_orders").sum().cast(nw.Int64))
    )
    found = margin.rows.group_by("channel").agg(found=nw.col("exchange").sum().cast(nw.Int64))
    both = found.join(said, on="channel", how="left").with_columns(
        nw.col(name).fill_null(0) for name in ("expected", "found")
    )
    return both.filter(nw.col("expected") != nw.col("found"))
