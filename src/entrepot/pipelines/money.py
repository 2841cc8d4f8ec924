# SPDX-License-Identifier: Apache-2.0
"""Money in the close: what was settled and paid out, as a book, by settlement and by order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.finance import steps
from entrepot.finance.spreading import with_cny
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.settlement.tables_season import PARTS, PLACES

#: What to do about each code.
REMEDIES = {
    "not_footed": "Look for lines that are missing, or ask the payer what the rest is.",
    "payout_without_lines": "Read the report of this payout as well.",
    "unclassified": "Say in a pack of labels which account it belongs to, and read again.",
    "order_not_sold": "Enter the sale, or correct channel or number of the order.",
}


@dataclass(frozen=True, slots=True)
class Money:
    """What a season's settlements come to, in hundredths of their currencies.

    lines, payouts, sales: the season's rows up to `as_of`. valued: the lines with cny (null: no
    rate of the day), kept. moved: one row per movement. settled: per settlement and currency.
    proceeds: per order and currency. exceptions: what did not fit.
    has_lines: whether anything was settled.
    """

    lines: Frame
    valued: Frame
    payouts: Frame
    sales: Frame
    moved: Frame
    settled: Frame
    proceeds: Frame
    exceptions: Frame
    has_lines: bool


def work_out_money(engine: Engine, tables: Mapping[str, Frame], as_of: date) -> Money:
    """Book every amount of the settlements, foot them, and lay them beside the orders."""
    day = nw.lit(as_of)
    lines = tables["settlements"].filter(nw.col("posted_on") <= day)
    payouts = tables["payouts"].filter(nw.col("paid_on") <= day)
    sales = tables["sales"].filter(nw.col("shipped_on") <= day)
    places = engine.table(pa.table({"account": list(PLACES), "place": list(PLACES.values())}))
    settled = engine.keep(steps.settled(lines, payouts), "settled")
    proceeds = steps.proceeds(lines, sales, PARTS)
    has_lines = not engine.is_empty(lines)
    if not has_lines:
        # Nothing was settled: that every order is unsettled says nothing.
        proceeds = proceeds.head(0)
    proceeds = engine.keep(proceeds, "proceeds")
    columns = ["channel", "settlement_no", "posted_on", "account", "currency", "amount"]
    valued = with_cny(lines.select(*columns, "order_no", "sku"), tables["fx_rates"])
    return Money(
        lines,
        engine.keep(valued, "money_valued"),
        payouts,
        sales,
        steps.movements(lines, payouts, places),
        settled,
        proceeds,
        engine.keep(_misfits(lines, settled, proceeds), "money_exceptions"),
        has_lines,
    )


def _misfits(lines: Frame, settled: Frame, proceeds: Frame) -> Frame:
    its = ["channel", "settlement_no"]
    paid = settled.with_columns(day="paid_on", amount="residual")
    labels = (
        lines.filter(nw.col("account") == "unclassified")
        .group_by(*its, "currency", "label")
        .agg(
            day=nw.col("posted_on").max(),
            amount=nw.col("amount").sum().cast(nw.Int64),
            times=nw.len(),
        )
        .with_columns(label=nw.col("label").fill_null(""))
    )
    unknown = proceeds.filter(nw.col("state") == "unknown").with_columns(
        day="settled_on", amount="net"
    )
    return nw.concat(
        [
            _misfit(
                paid.filter(nw.col("state") == "not_footed"),
                "not_footed", "payouts", its, "The lines do not come to the payout.",
            ),
            _misfit(
                paid.filter(nw.col("state") == "no_lines"),
                "payout_without_lines", "payouts", its, "No line says what was paid out.",
            ),
            _misfit(
                labels, "unclassified", "settlements", [*its, "label"], "The label is not known."
            ),
            _misfit(
                unknown, "order_not_sold", "settlements", ["channel", "order_no"],
                "No sale has this order.",
            ),
        ]
    )  # fmt: skip


def _misfit(rows: Frame, code: str, table: str, key: list[str], found: str) -> Frame:
    return rows.select(
        "currency",
        "day",
        "amount",
        code=nw.lit(code),
        table=nw.lit(table),
        key=nw.concat_str([nw.col(name) for name in key], separator="/"),
        found=nw.lit(found),
        remedy=nw.lit(REMEDIES[code]),
    ).select(MONEY_EXCEPTIONS.names)


def every_amount_is_booked(money: Money) -> Frame:
    """Per kind of document and currency, what was read is what the book of money moved."""
    read = nw.concat(
        [
            rows.group_by("currency")
            .agg(
                expected=nw.col("amount").sum().cast(nw.Int64),
                rows=(nw.col("amount") != 0).cast(nw.Int64).sum().cast(nw.Int64),
            )
            .select("currency", "expected", "rows", kind=nw.lit(kind))
            for kind, rows in (("settlement", money.lines), ("payout", money.payouts))
        ]
    )
    is_owed = nw.col("to_place").str.starts_with("receivable/")
    is_payout = nw.col("document_kind") == "payout"
    # A line above 0 is owed to us; a payout above 0 is owed no longer.
    sign = nw.when(is_owed == is_payout).then(nw.lit(-1)).otherwise(nw.lit(1))
    booked = (
        money.moved.select("item", "document_kind", signed=nw.col("amount") * sign)
        .group_by("item", "document_kind")
        .agg(found=nw.col("signed").sum().cast(nw.Int64), moves=nw.len().cast(nw.Int64))
        .select("found", "moves", currency="item", kind="document_kind")
    )
    both = read.join(booked, on=["currency", "kind"], how="left").with_columns(
        found=nw.col("found").fill_null(0), moves=nw.col("moves").fill_null(0)
    )
    return both.filter(
        (nw.col("found") != nw.col("expected")) | (nw.col("moves") != nw.col("rows"))
    )


def moves_between_places(moved: Frame) -> Frame:
    """Every movement of money leaves one place and enters another."""
    source, target = nw.col("from_place"), nw.col("to_place")
    return moved.filter(source.is_null() | target.is_null() | (source == target))
