# SPDX-License-Identifier: Apache-2.0
"""Foreign exchange of a random season: drawn, and counted one receipt after another."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle.costs import converted, cut
from tests.oracle.margin import Sold, in_cny
from tests.oracle.money import CURRENCIES
from tests.oracle.refunds import fen, months_after, yuan

if TYPE_CHECKING:
    from tests.oracle.seasons import _Maker
    from tests.oracle.simulation import Row, Season

NETTED = ("platform", "storage", "logistics", "tax", "marketing", "other", "moved", "pooled")
STEPS = ("fob", "sent_home", "written_off", "price", "refunds", "netted", "exchange")
CAME = ("received", "receipts", "insurance", "deemed")
NAMED = {"receipt": "receipts", "insurance": "insurance", "deemed": "deemed"}
#: Insurance counts from this year on.
INSURED = date(2022, 1, 1)


# --- Drawn ---


def draw_collections(maker: _Maker) -> None:
    """Receipts of declarations, some of all that was declared, and days that contracts set."""
    declared = maker.tables["declarations"]

    def receipt() -> Row | None:
        if not declared:
            return None
        of = maker.one_of(declared)
        kind = maker.one_of(("receipt", "receipt", "insurance", "deemed"))
        fits = maker.chance(2)
        return {
            "declaration_no": of["declaration_no"],
            "collection_no": maker.number(),
            "kind": kind,
            "collected_on": maker.day(),
            "currency": of["fob_currency"] if fits else maker.one_of((*CURRENCIES, "USD")),
            "amount": of["fob_amount"] if fits else maker.money(),
            "reason": "Buyer bankrupt" if kind == "deemed" else None,
            "reference": None,
        }

    def term() -> Row | None:
        if not declared:
            return None
        of = maker.one_of(declared)
        months = maker.one_of((0, 12, 17, 36, 48))
        return {
            "declaration_no": of["declaration_no"],
            "collect_by": months_after(of["exported_on"], months),
            "contract_no": None,
        }

    maker.rows("collections", maker.size, receipt)
    maker.rows("collection_terms", maker.one_of((0, maker.size)), term)


# --- Closed by hand ---


def simulate_collection(
    season: Season, as_of: date, sold: Sold, banks: dict[str, list[Row]], refunds: list[Row]
) -> dict[str, list[Row]]:
    """The foreign exchange of every declaration, and receipts that have no rate.

    banks: what `simulate_banks` gives. refunds: the refund of every declaration item.
    """
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in season["declarations"]:
        if row["exported_on"] <= as_of:
            groups[row["declaration_no"], row["fob_currency"]].append(row)
    receipts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in season.get("collections", []):
        mine = sorted(at for at in groups if at[0] == row["declaration_no"])
        if mine and row["collected_on"] <= as_of:
            own = (row["declaration_no"], row["currency"])
            receipts[own if own in groups else mine[0]].append(row)
    is_recorded = "collected" in banks or bool(receipts)
    collected = {line(row): row for row in banks.get("collected", [])}
    terms = {row["declaration_no"]: row["collect_by"] for row in season.get("collection_terms", [])}
    units: dict[Any, list[Any]] = defaultdict(list)
    for unit in sold.units:
        if unit.declaration is not None:
            units[unit.line].append(unit)
    came_on: dict[Any, list[date]] = defaultdict(list)
    for row in banks.get("allocated", []):
        came_on[line(row)].append(row["booked_on"])
    found = []
    for at in sorted(groups):
        rows = sorted(groups[at], key=line)
        told = declaration(season, rows, receipts[at], collected, units)
        days = [day for row in rows for day in came_on[line(row)]]
        days += [row["collected_on"] for row in receipts[at]]
        about = {
            "declaration_no": at[0],
            "fob_currency": at[1],
            "exported_on": min(row["exported_on"] for row in rows),
            "contract_by": terms.get(at[0]),
            "fob_amount": sum(row["fob_amount"] for row in rows),
            "claimed": yuan(claimed(season, as_of, at, refunds)),
            "last_on": max(days, default=None),
        }
        about["due_by"] = due_by(about["exported_on"], about["contract_by"])
        found.append(about | standing(told, about["due_by"] >= as_of, is_recorded))
    without = [
        {
            "code": "no_fx_rate",
            "table": "collections",
            "key": f"{row['declaration_no']}/{row['collection_no']}",
            "currency": row["currency"],
            "day": row["collected_on"],
            "amount": row["amount"],
        }
        for rows in receipts.values()
        for row in rows
        if in_cny(season, row, "collected_on") is None
    ]
    return {"collection": found, "money_exceptions": without}


def line(row: Row) -> tuple[Any, ...]:
    return row["declaration_no"], row["item_no"], row["sku"]


def due_by(exported_on: date, contract_by: date | None) -> date:
    """30 April of the next year, or the contract's later day, at most 36 months after export."""
    rule = date(exported_on.year + 1, 4, 30)
    year, month = exported_on.year + 3, exported_on.month
    latest = date(year, month, min(exported_on.day, monthrange(year, month)[1]))
    if contract_by is None or contract_by <= rule:
        return rule
    return max(rule, min(contract_by, latest))


def declaration(
    season: Season,
    rows: list[Row],
    receipts: list[Row],
    collected: dict[Any, Row],
    units: dict[Any, list[Any]],
) -> Counter[str] | None:
    """What has to come of the lines of a declaration and what came, in fen; None without a rate."""
    sums: Counter[str] = Counter()
    for row in rows:
        fob = converted(season, fen(row["fob_amount"]), row["fob_currency"], row["exported_on"])
        its = collected.get(line(row))
        if fob is None or (its is not None and its["received"] is None):
            return None
        sums["fob"] += fob
        from_abroad = row["mode"] == "9810" and not row.get("sold_at_export")
        for unit in units[line(row)]:
            value = cut(fob, unit.position, unit.position + 1, row["quantity"])
            if unit.fate == "sent_home":
                sums["sent_home"] -= value
            elif unit.fate in ("scrapped", "lost"):
                sums["written_off"] -= value
            elif from_abroad and (unit.fate != "sold" or unit.order_line_no is None):
                sums["waits"] += value
        for name in ("price", "refunds", "exchange", "received"):
            sums[name] += fen(its[name]) if its else 0
        sums["netted"] += sum(fen(its[name]) for name in NETTED) if its else 0
    whole, fob, done = sum(fen(row["fob_amount"]) for row in rows), sums["fob"], 0
    for receipt in sorted(receipts, key=lambda r: (r["collected_on"], r["collection_no"])):
        amount, worth = fen(receipt["amount"]), in_cny(season, receipt, "collected_on")
        if worth is None:
            return None
        covers = worth
        if receipt["currency"] == rows[0]["fob_currency"]:
            inside = max(0, min(whole, done + amount) - done)
            if inside:
                covers += cut(fob, done, done + inside, whole) - cut(worth, 0, inside, amount)
            done += amount
        is_deemed = receipt["kind"] == "deemed"
        sums[NAMED[receipt["kind"]]] += covers if is_deemed else worth
        sums["exchange"] += 0 if is_deemed else worth - covers
    return sums


def claimed(season: Season, as_of: date, at: tuple[str, str], refunds: list[Row]) -> int:
    """What was claimed on the items whose first line is of this currency."""
    first: dict[Any, str] = {}
    for row in sorted(season["declarations"], key=line):
        if row["exported_on"] <= as_of:
            item = row["declaration_no"], row["item_no"]
            first.setdefault(item, row["fob_currency"])
    return sum(
        fen(row["claimed"]) + fen(row["advanced"])
        for row in refunds
        if (row["declaration_no"], first[row["declaration_no"], row["item_no"]]) == at
    )


def standing(sums: Counter[str] | None, is_in_time: bool, is_recorded: bool) -> Row:
    """The amounts of a declaration, what is missing, and its state."""
    if sums is None:
        names = (*STEPS, *CAME, "not_sold", "open", "over")
        return {**dict.fromkeys(names), "state": "unknown"}
    gap = sum(sums[name] for name in STEPS) - sum(sums[name] for name in CAME)
    missing = max(gap, 0)
    not_sold = min(sums["waits"], missing)
    if missing:
        late = "late" if is_recorded else "unknown"
        state = "waiting" if is_in_time else late
    else:
        proven = sums["written_off"] or sums["insurance"] or sums["deemed"]
        state = "explained" if proven else "collected"
    told = {name: sums[name] for name in (*STEPS, *CAME)}
    told |= {"not_sold": not_sold, "open": missing - not_sold, "over": max(-gap, 0)}
    return {**{name: yuan(amount) for name, amount in told.items()}, "state": state}
