# SPDX-License-Identifier: Apache-2.0
"""The bank entries of a random season: as they are, booked, and what of them does not fit."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.oracle.margin import in_cny
from tests.oracle.money import its

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season

PLACES = {
    "payout": "payout",
    "cost": "payable",
    "fee": "cost/bank",
    "conversion": "conversion/bank",
    "opening": "opening/bank",
    "spent": "spent/bank",
    "other": "unclassified/bank",
}
LATE = timedelta(days=7)


def entries_of(season: Season, as_of: date) -> list[Row]:
    """The entries up to the day, with what they are in CNY and in the settlement's currency."""
    return [
        {
            **row,
            "cny": in_cny(season, row, "booked_on"),
            "own_currency": row["of_currency"] or row["currency"],
            "own": row["amount"] if row["of_amount"] is None else row["of_amount"],
        }
        for row in season.get("bank", [])
        if row["booked_on"] <= as_of
    ]


def entry_key(row: Row) -> tuple[str, str, int]:
    """The key of an entry."""
    return row["account"], row["entry_no"], row["line_no"]


def booked(entries: list[Row]) -> list[Row]:
    """Each entry as one movement, or two where something was exchanged."""
    found = []
    for row in entries:
        owner = {"payout": row["channel"], "cost": row["payee"]}.get(row["kind"])
        other = PLACES[row["kind"]] + (f"/{owner}" if owner else "")
        ours, between = f"bank/{row['account']}", f"exchanged/{row['account']}"
        moves = [(0, row["currency"], row["amount"], other, ours)]
        if row["of_amount"] is not None:
            moves = [
                (0, row["of_currency"], row["of_amount"], other, between),
                (1, row["currency"], row["amount"], between, ours),
            ]
        found += [
            {
                "on": row["booked_on"],
                "document_kind": "bank",
                "document_no": f"{row['account']}/{row['entry_no']}",
                "document_line": row["line_no"],
                "part": part,
                "item": currency,
                "amount": abs(amount),
                "from_place": source if amount > 0 else target,
                "to_place": target if amount > 0 else source,
            }
            for part, currency, amount, source, target in moves
            if row["amount"] != 0
        ]
    return found


def misfits(
    season: Season, as_of: date, entries: list[Row], lines: list[Row], allocated: list[Row]
) -> list[Row]:
    """What does not fit, without its words."""
    names = ("code", "table", "key", "currency", "day", "amount")
    payouts = {its(row): row for row in season.get("payouts", []) if row["paid_on"] <= as_of}
    known = {*payouts, *map(its, lines)}
    found: list[tuple[Any, ...]] = []
    came: dict[Any, list[Row]] = defaultdict(list)
    for row in entries:
        at = "/".join(map(str, entry_key(row)))
        said = row["currency"], row["booked_on"], row["amount"]
        if row["kind"] == "other":
            found.append(("bank_unclassified", "bank", at, *said))
        if row["cny"] is None:
            found.append(("no_fx_rate", "bank", at, *said))
        if row["kind"] == "payout":
            its_own = row["channel"], row["settlement_no"], row["own_currency"]
            came[its_own].append(row)
            if its_own not in known:
                own = row["own_currency"], row["booked_on"], row["own"]
                found.append(("bank_without_settlement", "bank", at, *own))
    for at, out in payouts.items():
        text, rows = "/".join(at[:2]), came.get(at, [])
        last = max((row["booked_on"] for row in rows), default=None)
        rest = sum((row["own"] for row in rows), Decimal("0.00")) - out["amount"]
        if out["amount"] and not rows and out["paid_on"] + LATE < as_of:
            code = "payout_not_received"
            found.append((code, "payouts", text, at[2], out["paid_on"], out["amount"]))
        elif out["amount"] and rows and rest:
            found.append(("payout_received_otherwise", "payouts", text, at[2], last, rest))
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in allocated:
        if row["order_no"] is None or row["declaration_no"] is None:
            none = row["order_no"] is None
            code = "received_beyond_orders" if none else "proceeds_not_declared"
            at = f"{row['account']}/{row['entry_no']}/{row['entry_line']}"
            sums[code, "bank", at, row["currency"], row["booked_on"]] += row["amount"]
    found += [(*at, amount) for at, amount in sums.items()]
    return [dict(zip(names, row, strict=True)) for row in found]
