# SPDX-License-Identifier: Apache-2.0
"""Lay many random seasons into one, so that one close tries all of them at once.

Each season's texts get a prefix of its own: a common prefix keeps their order, and no two seasons
meet. What one close says is then what the simulation says of each, put together.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

from tests.oracle.asked import OF_MONEY, asked_of, in_order
from tests.oracle.banks import simulate_banks
from tests.oracle.bearing import borne, gained_by, with_days
from tests.oracle.collecting import simulate_collection
from tests.oracle.exchange import simulate_exchange
from tests.oracle.margin import Sold, simulate_margin
from tests.oracle.money import SETTLED_CODES, simulate_money
from tests.oracle.refunded import with_refunds
from tests.oracle.seasons import KEYS, random_season
from tests.oracle.simulation import Row, Season, simulate
from tests.oracle.tying import tied

#: Texts that name a row or a place. Channels are shared: they keep no two orders apart.
OWN = (
    "sku",
    "warehouse",
    "from_warehouse",
    "to_warehouse",
    "invoice_no",
    "receipt_no",
    "transfer_no",
    "order_no",
    "return_no",
    "adjustment_no",
    "claim_no",
    "of_claim",
    "settlement_no",
    "cost_no",
    "reverses_no",
    "entry_no",
    "collection_no",
)
_DECLARATION_NO = 18  # characters of a declaration number


def several(as_of: date, count: int, seed: int = 0) -> list[Season]:
    """That many random seasons of several sizes, all closed on one day, none meeting another."""
    rng = random.Random(f"{as_of} {seed}")
    drawn = [random_season(rng, rng.choice((2, 4, 8, 16)), as_of)[0] for _ in range(count)]
    return [relabelled(season, number) for number, season in enumerate(drawn)]


def relabelled(season: Season, number: int) -> Season:
    """The same season with texts of its own, in the same order; exchange rates are left out."""
    own = f"{number:04d}~"

    def cell(name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in OWN:
            return own + value
        if name == "declaration_no":
            return (own + value)[:_DECLARATION_NO]
        if name == "hs_code":
            return f"{number:04d}{value[0]}{value[-5:]}"
        return value

    return {
        table: [{name: cell(name, value) for name, value in row.items()} for row in rows]
        for table, rows in season.items()
        if table != "fx_rates"
    }


def laid_together(parts: list[Season]) -> Season:
    """One season of all rows of all parts."""
    return {table: [row for part in parts for row in part.get(table, [])] for table in KEYS}


def simulated_together(
    parts: list[Season], as_of: date, filing_days: dict[int, date]
) -> dict[str, list[Row]]:
    """What the parts come to in one close: each for itself, put together in the tables' order."""
    asked = replace(asked_of(parts, as_of), has_margin=False, has_banks=False)
    whole = laid_together(parts)
    each = [simulate(part, as_of, filing_days, asked) for part in parts]
    together = {name: [row for one in each for row in one[name]] for name in each[0]}
    # Whether there is any money is asked of the whole season.
    known = {
        name: [row for row in together[name] if not is_settled(name, row)] for name in OF_MONEY
    }
    together |= in_order(simulate_money(whole, as_of), known)
    # Costs of a channel are borne by the sales of all parts.
    sold = Sold(
        [unit for one in asked.sold for unit in one.units],
        [part for one in asked.sold for part in one.parts],
        [cost for one in asked.sold for cost in one.direct],
        [claim for one in asked.sold for claim in one.claims],
    )
    gained = gained_by(whole, as_of, sold)
    if asked_of(parts, as_of).has_margin:
        margin = simulate_margin(whole, as_of, sold, gained.by_sale)
        margin["margin"] = with_refunds(whole, margin["margin"], sold, together["refunds"])
        margin["margin"] = with_days(margin["margin"], gained)
        together |= in_order(together, margin)
    banks, exchange = simulate_banks(whole, as_of, sold), simulate_exchange(whole, as_of)
    home = simulate_collection(whole, as_of, sold, banks, together["refunds"])
    held = borne(exchange, gained) | tied(whole, as_of, sold, gained)
    together |= in_order(together, banks, home, exchange, held)
    together["trace"].sort(key=lambda row: row["declaration_no"] is None)
    together["exceptions"].sort(
        key=lambda row: (row["code"], row["table"], row["key"], row["day"] or date.max)
    )
    return together


def is_settled(table: str, row: Row) -> bool:
    """Whether a row of money is one that `simulate_money` says."""
    if table == "money_book":
        return row["document_kind"] != "cost"
    if table == "money_exceptions":
        return row["code"] in SETTLED_CODES
    return table in ("settled", "proceeds")
