# SPDX-License-Identifier: Apache-2.0
"""Foreign money that comes to a place which holds or owes it, and leaves it again.

Such places are `receivable/` (what payers owe), `payout/` (on its way), `bank/` and `payable/`
(what is owed to payees). What is earned or spent has its value for good, and gains nothing.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.finance.spreading import CNY, valued, with_rates

#: Whose value a flow has that is not the rate of its day's.
OF_BANK: Final = "bank"
_FLOW: Final = (
    "place", "currency", "on", "document_kind", "document_no", "document_line",
    "amount", "value", "rate", "rate_source",
)  # fmt: skip
_NO_RATE: Final = nw.lit(None, nw.Int64)


def flows(
    lines: Frame, payouts: Frame, costs: Frame | None, entries: Frame | None, rates: Frame
) -> Frame:
    """Every amount of foreign money that came to a place or left it, with its value in CNY.

    Of a settlement all amounts of a day and currency are one, since fees are taken off what came in
    on the same day: the document is its first line of that day.

    Args:
        lines, payouts: as in `finance.steps`. costs: payee, cost_no, line_no, posted_on, currency,
            amount. entries: as in `finance.netting`, with cny. None: the season has none.
        rates: one row per currency and day: currency, on, cny_per_unit (millionths).

    Returns:
        place, currency, on, document_kind, document_no, document_line, amount (hundredths; below
        0: it left), value (fen, with the same sign; null: no rate), rate (null: the bank says the
        value), rate_source.
    """
    dated = [_of_settlements(lines), *_of_payouts(payouts)]
    if costs is not None:
        dated.append(_of_costs(costs))
    foreign = nw.concat(dated).filter(nw.col("currency") != CNY, nw.col("amount") != 0)
    told = valued(with_rates(foreign, rates)).with_columns(
        on="posted_on", value="cny", rate_source=_of_day()
    )
    parts = [told.select(_FLOW)]
    if entries is not None:
        parts.append(_of_banks(entries, rates).select(_FLOW))
    return nw.concat(parts)


def _of_day() -> nw.Expr:
    """The source of a rate that `with_rates` found."""
    day = nw.concat_str([nw.lit("fx_rates"), nw.col("rate_on").cast(nw.String)], separator=" ")
    return nw.when(~nw.col("rate").is_null()).then(day)


def _at(kind: str, owner: str) -> nw.Expr:
    return nw.concat_str([nw.lit(kind), nw.col(owner)], separator="/")


def _of_settlements(lines: Frame) -> Frame:
    key = ["channel", "settlement_no", "currency", "posted_on"]
    days = lines.group_by(*key).agg(
        amount=nw.col("amount").sum().cast(nw.Int64), document_line=nw.col("line_no").min()
    )
    return days.select(
        "currency", "posted_on", "amount", "document_line",
        place=_at("receivable", "channel"),
        document_kind=nw.lit("settlement"),
        document_no=nw.concat_str([nw.col("channel"), nw.col("settlement_no")], separator="/"),
    ).select(_DATED)  # fmt: skip


_DATED: Final = [
    "place", "currency", "posted_on", "document_kind", "document_no", "document_line", "amount",
]  # fmt: skip


def _of_payouts(payouts: Frame) -> list[Frame]:
    """What is paid out leaves the payer, and is on its way."""
    amount = nw.col("amount")
    return [
        payouts.select(
            "currency",
            place=_at(kind, "channel"),
            posted_on="paid_on",
            document_kind=nw.lit("payout"),
            document_no=nw.concat_str([nw.col("channel"), nw.col("settlement_no")], separator="/"),
            document_line=nw.lit(0, nw.Int64),
            amount=signed,
        ).select(_DATED)
        for kind, signed in (("receivable", 0 - amount), ("payout", amount))
    ]


def _of_costs(costs: Frame) -> Frame:
    """A cost is owed from its day on."""
    return costs.select(
        "currency",
        "posted_on",
        place=_at("payable", "payee"),
        document_kind=nw.lit("cost"),
        document_no=nw.concat_str([nw.col("payee"), nw.col("cost_no")], separator="/"),
        document_line="line_no",
        amount=0 - nw.col("amount"),
    ).select(_DATED)


def _of_banks(entries: Frame, rates: Frame) -> Frame:
    """What comes to an account of ours, and what it settles.

    An exchange is worth what the bank gave for it: the side that is in CNY says so.
    """
    is_ours, is_other = nw.col("currency") == CNY, nw.col("of_currency") == CNY
    exchanged = ~nw.col("of_amount").is_null()
    said = nw.when(is_ours).then(nw.col("amount")).when(is_other).then(nw.col("of_amount"))
    told = with_rates(entries.with_columns(posted_on="booked_on"), rates).with_columns(
        value=nw.coalesce(said, "cny"),
        said=nw.when(is_ours | is_other).then(nw.lit(OF_BANK)),
        document_kind=nw.lit("bank"),
        document_no=nw.concat_str([nw.col("account"), nw.col("entry_no")], separator="/"),
        document_line="line_no",
        on="booked_on",
    )
    came = told.with_columns(
        place=_at("bank", "account"),
        rate=nw.when(~is_other | ~exchanged).then(nw.col("rate")),
        rate_source=nw.coalesce("said", _of_day()),
    )
    is_payout = nw.col("kind") == "payout"
    gone = told.filter(is_payout | (nw.col("kind") == "cost")).with_columns(
        place=nw.when(is_payout).then(_at("payout", "channel")).otherwise(_at("payable", "payee")),
        currency=nw.when(exchanged).then(nw.col("of_currency")).otherwise(nw.col("currency")),
        amount=0 - nw.when(exchanged).then(nw.col("of_amount")).otherwise(nw.col("amount")),
        value=0 - nw.col("value"),
        rate=nw.when(~exchanged).then(nw.col("rate")).otherwise(_NO_RATE),
        rate_source=nw.when(exchanged).then(nw.lit(OF_BANK)).otherwise(_of_day()),
    )
    both = nw.concat([came.select(_FLOW), gone.select(_FLOW)])
    return both.filter(nw.col("currency") != CNY, nw.col("amount") != 0)
