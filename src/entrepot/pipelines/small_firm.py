# SPDX-License-Identifier: Apache-2.0
"""What came from abroad in each calendar year, beside the limit for small firms."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.frames import arrow_type
from entrepot.finance.netting import in_usd
from entrepot.finance.spreading import with_cny
from entrepot.finance.tables_bank import KIND_OF, RECEIPTS_YEAR, SMALL_STATES
from entrepot.packs.read import in_force, read
from entrepot.pipelines.bank import Bank
from entrepot.pipelines.money import Money

SMALL_FIRM_PACK: Final = "cn/small_firm"
_CENTS: Final = 100
#: As many hundredths of a USD as make its rate, in millionths, a whole number of fen.
_RATED: Final = 1_000_000
_GROSS: Final = [account for account, kind in KIND_OF.items() if kind == "gross"]


def work_out_years(engine: Engine, rates: Frame, money: Money, bank: Bank | None) -> Frame:
    """Count receipts and gross proceeds by calendar year, in USD at the rate of each day.

    Years in which no limit was in force have no row. A year of which a day has no rate has no
    amount of that side.
    """
    gross = money.valued.filter(nw.col("account").is_in(_GROSS))
    sides = {"gross": _years(engine, gross, "posted_on", rates)}
    if bank is not None:
        came = bank.receipts.filter(nw.col("amount") > 0)
        sides["received"] = _years(engine, came, "booked_on", rates)
    every = sorted({year for side in sides.values() for year in side})
    rows = [row for year in every if (row := _row(year, sides)) is not None]
    columns = {
        column.name: pa.array([row[column.name] for row in rows], arrow_type(column.kind))
        for column in RECEIPTS_YEAR.columns
    }
    return engine.keep(engine.table(pa.table(columns)), "receipts_year")


def _years(engine: Engine, rows: Frame, day: str, rates: Frame) -> dict[int, dict[str, Any]]:
    """By year: how many rows, and what they are in cents of a USD; None where a rate is missing."""
    days = rows.group_by(day).agg(
        cny_of_day=nw.col("cny").sum().cast(nw.Int64),
        known=nw.col("cny").count().cast(nw.Int64),
        times=nw.len().cast(nw.Int64),
    )
    dollars = days.with_columns(
        posted_on=nw.col(day), currency=nw.lit("USD"), amount=nw.lit(_RATED, nw.Int64)
    )
    rated = with_cny(dollars, rates).with_columns(size=nw.col("cny_of_day").abs())
    usd = in_usd(nw.col("size"), nw.col("cny"))
    told = rated.with_columns(usd=usd).select("posted_on", "cny_of_day", "known", "times", "usd")
    years: dict[int, dict[str, Any]] = defaultdict(lambda: {"times": 0, "usd": 0})
    for row in engine.rows(told, ["posted_on"]):
        year = years[row["posted_on"].year]
        year["times"] += row["times"]
        if row["usd"] is None or row["known"] < row["times"] or year["usd"] is None:
            year["usd"] = None
        else:
            year["usd"] += row["usd"] if row["cny_of_day"] >= 0 else -row["usd"]
    return years


def _row(year: int, sides: dict[str, dict[int, dict[str, Any]]]) -> dict[str, Any] | None:
    pack, last = read(SMALL_FIRM_PACK), date(year, 12, 31)
    limit, near = (in_force(pack, last, figure=name) for name in ("limit", "near"))
    if limit is None or near is None:
        return None
    none = {"times": 0, "usd": 0}
    received, gross = (sides.get(name, {}).get(year, none) for name in ("received", "gross"))
    amounts = [received["usd"], gross["usd"]]
    state = None
    if None not in amounts:
        most = max(amounts)
        below, close_to, above = SMALL_STATES
        # The rule reads "below 200,000"; the lists of those near it, "from 180,000 to 200,000".
        state = above if most > limit.whole("amount") * _CENTS else close_to
        state = below if most < near.whole("amount") * _CENTS else state
    return {
        "year": year,
        "receipts": received["times"],
        "received": max(amounts[0], 0) if amounts[0] is not None else None,
        "gross": max(amounts[1], 0) if amounts[1] is not None else None,
        "limit": limit.whole("amount") * _CENTS,
        "valid_from": limit.day("valid_from"),
        "state": state,
    }
