# SPDX-License-Identifier: Apache-2.0
"""The money of the demo: what a marketplace settled and paid, what arrived, and what did not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from django.db.models import Count

from entrepot.reconciling import files
from entrepot.reconciling.following import follow
from entrepot.reconciling.mappings import put_mapping
from entrepot.reconciling.matching import match_items
from entrepot.reconciling.models import BANK, CREDIT, OPEN, SETTLEMENT, SHIPPED, Item

#: What a marketplace keeps of a sale, in percent: roughly.
_FEE: Final = 15
#: Orders of the last days are in no report yet.
_WAITS: Final = timedelta(days=14)
_ACCOUNT: Final = "DE89370400440532013000"
#: How each payout arrives, in turn: whole, whole, less, not at all.
_FATES: Final = ("whole", "whole", "less", "whole", "missing", "whole")
#: What the shareholders paid in, in the smallest unit.
_CAPITAL: Final = 5_000_000
_REPORT: Final = """
system = "marketplace"
[columns]
settlement = "settlement"
posted_at = "posted"
event = "event"
order_no = "order"
label = "event"
currency = "currency"
total = "payout"
deposited_on = "deposited"
[amounts]
amount = "as_printed"
fee = "as_printed"
[accounts]
Order = "sales"
fee = "marketplace_fees"
[events]
Order = "order"
"""
_STATEMENT: Final = """
account = "{account}"
currency = "{currency}"
[columns]
booked_on = "day"
amount = "amount"
counterparty = "from"
text = "text"
balance = "balance"
"""


def settle(today: date) -> None:
    """Read a marketplace's report and a bank's statement; leave some of it open."""
    follow(today)
    its = Item.objects.filter(stage=SHIPPED, state=OPEN, opened_on__lt=today - _WAITS)
    most = its.values("channel", "currency").annotate(n=Count("id")).order_by("-n").first()
    if most is None:
        return
    channel, currency = most["channel"], most["currency"]
    orders = its.filter(channel=channel, currency=currency).order_by("opened_on", "id")
    payouts = list(_payouts(channel, orders))
    put_mapping(SETTLEMENT, "marketplace", _REPORT)
    put_mapping(BANK, "house-bank", _STATEMENT.format(account=_ACCOUNT, currency=currency))
    report = _csv(_lines(payouts, currency))
    _read(SETTLEMENT, f"{channel}-settlements.csv", report, channel, "marketplace")
    _read(BANK, f"account-{currency}.csv", _csv(_bookings(payouts, channel)), "", "house-bank")
    capital = Item.objects.filter(stage=CREDIT, state=OPEN, amount=_CAPITAL).first()
    if capital is not None:
        match_items([capital.id], "Capital of the shareholders · 股东投资款")


_Payout = tuple[str, date, Sequence[Item], int]


def _payouts(channel: str, orders: Iterable[Item]) -> Iterable[_Payout]:
    """A payout for the orders of each month: number, day, orders, amount."""
    for month, its in groupby(orders, key=lambda each: (each.opened_on.year, each.opened_on.month)):
        of = list(its)
        number = f"{channel.upper()}-{month[0]}{month[1]:02}-0001"
        yield number, of[-1].opened_on + timedelta(9), of, sum(e.amount + _fee(e) for e in of)


def _fee(order: Item) -> int:
    return -(order.amount * _FEE // 100)


def _money(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


def _lines(payouts: Sequence[_Payout], currency: str) -> Iterable[Sequence[Any]]:
    yield (
        "settlement", "posted", "event", "order", "amount", "fee", "currency", "payout",
        "deposited",
    )  # fmt: skip
    for at, (number, on, orders, total) in enumerate(payouts):
        # One payout is more than its lines: what no line explains stays open.
        stated = total + (1_250 if at == 1 else 0)
        for order in orders:
            posted = order.opened_on + timedelta(3)
            yield (
                number, posted, "Order", order.number, _money(order.amount), _money(_fee(order)),
                currency, _money(stated), on,
            )  # fmt: skip


def _bookings(payouts: Sequence[_Payout], channel: str) -> Iterable[Sequence[Any]]:
    yield "day", "amount", "from", "text", "balance"
    balance = 0
    rows: list[tuple[date, int, str, str]] = []
    for at, (number, on, _, total) in enumerate(payouts):
        fate = _FATES[at % len(_FATES)]
        came = total + (1_250 if at == 1 else 0) - (1_500 if fate == "less" else 0)
        if fate != "missing":
            rows.append((on + timedelta(2), came, channel, f"PAYOUT {number}"))
    last = max((on for _, on, _, _ in payouts), default=date.min)
    rows.append((last, _CAPITAL, "Shareholders", "Capital increase"))
    rows.append((last + timedelta(3), 87_300, "Unknown GmbH", "Invoice 4711"))
    for day, amount, name, text in sorted(rows):
        balance += amount
        yield day, _money(amount), name, text, _money(balance)


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _read(kind: str, name: str, content: bytes, channel: str, mapping: str) -> None:
    sent = files.upload(kind, "table", name, io.BytesIO(content), channel, mapping)
    if sent.is_new:
        files.read(sent.source.id)
