# SPDX-License-Identifier: Apache-2.0
"""Banks in the close: their entries as a book, and what came of every settlement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.finance import netting
from entrepot.finance.spreading import with_cny
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.finance.tables_bank import PLACES

#: Days after which a payout should be in the bank; as `entrepot bank match` looks for it.
ON_ITS_WAY: Final = 7
#: What to do about each code.
REMEDIES: Final = {
    "bank_unclassified": "Say what the entry is, and of which settlement or payee.",
    "bank_without_settlement": "Read the report of this settlement as well, or correct the entry.",
    "no_fx_rate": "Enter a rate of that day, or of one of the seven days before.",
    "payout_not_received": "Look for it at the bank, or ask the payer where it went.",
    "payout_received_otherwise": "Look for a fee, an exchange or another receipt that explains it.",
}
_KEY: Final = ["account", "entry_no", "line_no"]
_SETTLEMENT: Final = ["channel", "settlement_no"]


@dataclass(frozen=True, slots=True)
class Bank:
    """What a season's bank entries come to, in hundredths of their currencies.

    entries: the season's rows up to `as_of`, with cny. receipts: those of payouts, in the currency
    of the settlement, numbered (`receipt`) in the order in which they came, with cny of what the
    bank booked. moved: one row per movement, with the columns of MONEY_BOOK. settled: settlements
    with what came of them. exceptions: what did not fit.
    """

    entries: Frame
    receipts: Frame
    moved: Frame
    settled: Frame
    exceptions: Frame


def work_out_bank(
    engine: Engine, tables: Mapping[str, Frame], settled: Frame, as_of: date
) -> Bank | None:
    """Book every entry, and lay what came beside the settlements; None without entries.

    Args:
        settled: what was settled and paid out (`Money.settled`).
    """
    rows = tables["bank"].filter(nw.col("booked_on") <= nw.lit(as_of))
    if engine.is_empty(rows):
        return None
    dated = with_cny(rows.with_columns(posted_on="booked_on"), tables["fx_rates"])
    entries = engine.keep(dated.drop("posted_on"), "bank_entries")
    places = engine.table(pa.table({"kind": list(PLACES), "place": list(PLACES.values())}))
    receipts = engine.keep_in_order(
        netting.receipts(entries),
        "bank_receipts",
        ["booked_on", *_KEY],
        "receipt",
    )
    moved = engine.keep(netting.movements(entries, places), "bank_moved")
    came = engine.keep(netting.with_received(settled, receipts), "settled_received")
    found = _misfits(entries, receipts, came, as_of)
    return Bank(entries, receipts, moved, came, engine.keep(found, "bank_exceptions"))


def _misfits(entries: Frame, receipts: Frame, settled: Frame, as_of: date) -> Frame:
    key = nw.concat_str(
        [nw.col("account"), nw.col("entry_no"), nw.col("line_no").cast(nw.String)], separator="/"
    )
    entered = entries.with_columns(key=key, day="booked_on", table=nw.lit("bank"))
    known = settled.select(*_SETTLEMENT, "currency")
    unknown = (
        receipts.with_columns(key=key, day="booked_on", table=nw.lit("bank"))
        .join(known, on=[*_SETTLEMENT, "currency"], how="anti")
    )  # fmt: skip
    its = nw.concat_str([nw.col(name) for name in _SETTLEMENT], separator="/")
    paid = settled.filter(~nw.col("payout").is_null(), nw.col("payout") != 0).with_columns(
        key=its, table=nw.lit("payouts")
    )
    late = nw.col("paid_on").dt.offset_by(f"{ON_ITS_WAY}d").cast(nw.Date) < nw.lit(as_of)
    absent = paid.filter(nw.col("received_on").is_null(), late)
    other = paid.filter(
        ~nw.col("received_on").is_null(), nw.col("received") != nw.col("payout")
    ).with_columns(amount=nw.col("received") - nw.col("payout"), day="received_on")
    return nw.concat(
        [
            _misfit(entered.filter(nw.col("kind") == "other"), "bank_unclassified",
                    "Nothing says what it is."),
            _misfit(unknown, "bank_without_settlement",
                    "No such settlement was read or paid out in this currency."),
            _misfit(entered.filter(nw.col("cny").is_null()), "no_fx_rate",
                    "There is no rate to CNY."),
            _misfit(absent.with_columns(amount="payout", day="paid_on"), "payout_not_received",
                    f"No bank says that it came in the {ON_ITS_WAY} days after."),
            _misfit(other, "payout_received_otherwise", "What came is not what was paid out."),
        ]
    )  # fmt: skip


def _misfit(rows: Frame, code: str, found: str) -> Frame:
    return rows.select(
        "currency", "amount", "day", "table", "key",
        code=nw.lit(code), found=nw.lit(found), remedy=nw.lit(REMEDIES[code]),
    ).select(MONEY_EXCEPTIONS.names)  # fmt: skip


def every_entry_is_booked(bank: Bank) -> Frame:
    """Per account and currency, the entries are what the book of money moved there."""
    read = bank.entries.group_by("account", "currency").agg(
        expected=nw.col("amount").sum().cast(nw.Int64)
    )
    ours = [
        bank.moved.select(
            place=end,
            currency="item",
            signed=nw.col("amount") if sign > 0 else 0 - nw.col("amount"),
        )
        for end, sign in (("to_place", 1), ("from_place", -1))
    ]
    booked = (
        nw.concat(ours)
        .group_by("place", "currency")
        .agg(found=nw.col("signed").sum().cast(nw.Int64))
    )
    place = nw.concat_str([nw.lit("bank"), nw.col("account")], separator="/")
    both = read.with_columns(place=place).join(booked, on=["place", "currency"], how="left")
    return both.filter(nw.col("expected") != nw.col("found").fill_null(0))
