# SPDX-License-Identifier: Apache-2.0
"""What exchange brought each order line of a random season, and whose the booked gains are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tests.oracle.banks import lines_of, received
from tests.oracle.costs import cut
from tests.oracle.entries import entries_of
from tests.oracle.margin import Sold
from tests.oracle.refunds import fen, yuan

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season


@dataclass
class Gained:
    """Fen by order line (None: not known), and by channel and currency of those known; the days on
    which the money of order lines was home. `is_known`: there are entries of banks.
    """

    by_sale: dict[int, int | None] = field(default_factory=dict)
    by_channel: dict[tuple[str, str], int] = field(default_factory=dict)
    home: dict[int, date] = field(default_factory=dict)
    is_known: bool = False


def gained_by(season: Season, as_of: date, sold: Sold) -> Gained:
    """What came in CNY less what it was when it was settled."""
    entries = entries_of(season, as_of)
    if not entries:
        return Gained()
    _, _, parts, _ = received(season, as_of, sold, lines_of(season, as_of), entries)
    sales: dict[int, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    unknown = {part.sale for part in parts if part.unknown and part.got}
    for part in parts:
        if part.got:
            came = cut(part.carried["settled"], 0, part.got, part.carried["due"])
            sales[part.sale][part.group[0], part.group[2]] += part.received - came
    found = Gained(is_known=True)
    due = [part for part in parts if part.carried["due"] > 0]
    open_ones = {part.sale for part in due if part.got < part.carried["due"]}
    for part in due:
        if part.sale not in open_ones and part.last_on:
            found.home[part.sale] = max(part.last_on, found.home.get(part.sale, part.last_on))
    channels: dict[tuple[str, str], int] = defaultdict(int)
    for sale, amounts in sales.items():
        found.by_sale[sale] = None if sale in unknown else sum(amounts.values())
        for at, amount in amounts.items():
            channels[at] += 0 if sale in unknown else amount
    found.by_channel = dict(channels)
    return found


def with_days(margins: list[Row], gained: Gained) -> list[Row]:
    """The margins with the day on which the money of each was home."""
    return [{**row, "home_on": gained.home.get(at)} for at, row in enumerate(margins)]


HOLDERS = {"receivable": "channel", "payout": "channel", "bank": "bank", "payable": "payee"}


def borne(exchange: dict[str, list[Row]], gained: Gained) -> dict[str, list[Row]]:
    """The gains of the book beside those of orders, by who holds the money."""
    realised: dict[tuple[str, str, str], int] = defaultdict(int)
    left_out = set()
    for row in exchange["exchange_settled"]:
        realised[holder(row["place"], row["currency"])] += fen(row["realised"])
    for row in exchange["money_exceptions"]:
        if row["code"] == "exchange_without_rate":
            left_out.add(holder(row["key"], row["currency"]))
    orders = {("channel", *at): amount for at, amount in gained.by_channel.items()}
    rows = []
    for at in sorted({*realised, *orders, *left_out}):
        ours, of_orders = realised.get(at, 0), orders.get(at, 0)
        if not (ours or of_orders or at in left_out):
            continue
        is_known = at not in left_out
        rows.append(
            {
                **dict(zip(("holder", "name", "currency"), at, strict=True)),
                "realised": yuan(ours) if is_known else None,
                "of_orders": yuan(of_orders),
                "pooled": yuan(ours - of_orders) if is_known else None,
            }
        )
    return {"exchange_borne": rows}


def holder(place: str, currency: str) -> tuple[str, str, str]:
    kind, _, name = place.partition("/")
    return HOLDERS[kind], name, currency
