# SPDX-License-Identifier: Apache-2.0
"""How long the cash of each lot of a random season is tied up, unit by unit."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from tests.oracle.bearing import Gained
from tests.oracle.margin import Sold, key
from tests.oracle.refunds import fen, yuan

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season


def tied(season: Season, as_of: date, sold: Sold, gained: Gained) -> dict[str, list[Row]]:
    """A row for each lot, where there are entries of banks."""
    if not gained.is_known:
        return {"cash_tied": []}
    sales = sorted(map(key, (row for row in season["sales"] if row["shipped_on"] <= as_of)))
    home = {sales[at]: day for at, day in gained.home.items()}
    lots: dict[tuple[str, int, str], Counter[str]] = {}
    for unit in sold.units:
        if unit.invoice is None or unit.fate != "sold" or unit.order_line_no is None:
            continue
        day = home.get((unit.channel, unit.order_no, unit.order_line_no))
        if day is not None:
            amount, days = unit.fen or 0, (day - unit.invoice["issued_on"]).days
            lots.setdefault(lot(unit.invoice), Counter()).update(
                {"home": 1, "home_amount": amount, "home_days": amount * days}
            )
    bought = [row for row in season["purchases"] if row["issued_on"] <= as_of]
    return {
        "cash_tied": [
            tied_row(row, lots.get(lot(row), Counter()), (as_of - row["issued_on"]).days)
            for row in sorted(bought, key=lot)
        ]
    }


def lot(row: Row) -> tuple[str, int, str]:
    return row["invoice_no"], row["line_no"], row["sku"]


def tied_row(row: Row, home: Counter[str], days: int) -> Row:
    amount = fen(row["net_amount"])
    left = amount - home["home_amount"]
    return {
        **dict(zip(("invoice_no", "line_no", "sku"), lot(row), strict=True)),
        "paid_on": row["issued_on"],
        "quantity": row["quantity"],
        "amount": yuan(amount),
        "home": home["home"],
        "home_amount": yuan(home["home_amount"]),
        "home_days": yuan(home["home_days"]),
        "open_amount": yuan(left),
        "open_days": yuan(left * days),
        "days": (home["home_days"] + left * days) // amount if amount else None,
    }
