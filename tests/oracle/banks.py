# SPDX-License-Identifier: Apache-2.0
"""The bank entries of a random season, and whose money they are: worked out one part at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.oracle.costs import converted, cut
from tests.oracle.entries import PLACES, booked, entries_of, entry_key, misfits
from tests.oracle.margin import Sold, in_cny, key, shares, weights
from tests.oracle.money import CURRENCIES, NUMBERS, its, signed
from tests.oracle.refunds import fen, yuan
from tests.oracle.years import years

if TYPE_CHECKING:
    from tests.oracle.seasons import _Maker
    from tests.oracle.simulation import Row, Season

KINDS = {
    "gross": ("sales", "shipping_income", "promotions"),
    "refunds": ("refunds", "disputes"),
    "platform": ("marketplace_fees", "payment_fees"),
    "storage": ("storage",),
    "logistics": ("fulfilment", "inbound", "returns_handling", "shipping_cost"),
    "tax": ("sales_tax", "tax_withheld", "fee_tax"),
    "marketing": ("advertising",),
    "other": ("reimbursements", "adjustments", "unclassified"),
    "moved": ("reserve", "transfers", "loans", "conversion"),
}
KIND_OF = {account: kind for kind, accounts in KINDS.items() for account in accounts}
BASES = {"gross": "proceeds", "refunds": "proceeds", "moved": "moved", "marketing": "bank_policy"}
BASES |= dict.fromkeys(("storage", "logistics", "tax"), "rule")
CARRIED = (*KINDS, "due", "settled")
#: The day of the policy that adds marketing.
POLICY = date(2024, 6, 8)


# --- Drawn ---


def draw_bank(maker: _Maker) -> None:
    """Entries of accounts: of payouts that are there and not, exchanged and not, and others."""
    payouts = maker.tables.get("payouts", [])
    lines = maker.tables.get("settlements", [])
    earned = [row for row in lines if row["order_no"] is not None and row["amount"] > 0]
    known = (*payouts, *earned, *earned, *earned)

    def entry() -> Row:
        of = maker.one_of(known) if known and not maker.chance(4) else None
        kind = "payout" if of else maker.one_of(tuple(PLACES))
        currency = of["currency"] if of and maker.chance(2) else maker.one_of(CURRENCIES)
        amount = signed(maker)
        if of and maker.chance(2):
            amount = abs(of["amount"]) or amount
        row = {
            "account": maker.one_of(("CN1", "é")),
            **maker.key("entry_no", "line_no"),
            "booked_on": maker.day(),
            "kind": kind,
            "currency": currency,
            "amount": amount,
            "channel": of["channel"] if of else maker.one_of(("B", "a")),
            "settlement_no": of["settlement_no"] if of else maker.one_of(NUMBERS),
            "payee": maker.one_of(("Forwarder", "é")),
            "of_currency": None,
            "of_amount": None,
            "reference": None,
        }
        if amount and (maker.chance(3) or (of and of["currency"] != currency)):
            other = of["currency"] if of else maker.one_of(CURRENCIES)
            if other != currency:
                sign = 1 if amount > 0 else -1
                row |= {"of_currency": other, "of_amount": maker.money() * sign}
        return row

    maker.rows("bank", maker.size, entry)
    if maker.chance(4):
        del maker.tables["bank"]


# --- Closed by hand ---


@dataclass
class Group:
    """A settlement in a currency: its lines, and the receipts of it in order."""

    lines: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)


@dataclass
class Part:
    """What a settlement has for the units of an order line that one declared line has."""

    group: tuple[str, str, str]
    sale: int
    line: tuple[str, int, str] | None
    carried: dict[str, int]
    unknown: bool
    got: int = 0
    received: int = 0
    last_on: date | None = None


def simulate_banks(season: Season, as_of: date, sold: Sold) -> dict[str, list[Row]]:
    """Netting, and where there are entries their book, whose money they are, what came home."""
    lines, entries = lines_of(season, as_of), entries_of(season, as_of)
    found = {"netting": netting(lines), "receipts_year": years(season, lines, entries)}
    if not entries:
        return found
    sales, units, parts, allocated = received(season, as_of, sold, lines, entries)
    return found | {
        "money_book": booked(entries),
        "allocated": sorted(
            allocated, key=lambda r: (r["account"], r["entry_no"], r["entry_line"], r["part"])
        ),
        "collected": collected(season, as_of, sales, units, parts, lines, sold),
        "money_exceptions": misfits(season, as_of, entries, lines, allocated),
    }


def lines_of(season: Season, as_of: date) -> list[Row]:
    """The amounts of settlements up to the day, with their kinds, in CNY."""
    return [
        {**row, "kind": KIND_OF[row["account"]], "cny": in_cny(season, row, "posted_on")}
        for row in season.get("settlements", [])
        if row["posted_on"] <= as_of
    ]


def received(
    season: Season, as_of: date, sold: Sold, lines: list[Row], entries: list[Row]
) -> tuple[list[Row], list[Counter[Any]], list[Part], list[Row]]:
    """The order lines with their units, what settlements have for each, and whose receipts are."""
    groups: dict[tuple[str, str, str], Group] = defaultdict(Group)
    for row in lines:
        groups[its(row)].lines.append(row)
    for row in sorted(entries, key=lambda r: (r["booked_on"], *entry_key(r))):
        if row["kind"] == "payout" and row["own"] > 0:
            at = row["channel"], row["settlement_no"], row["own_currency"]
            groups[at].receipts.append(row)
    sales = sorted((row for row in season["sales"] if row["shipped_on"] <= as_of), key=key)
    units = units_of(sales, sold)
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, sale in enumerate(sales):
        places[sale["channel"], sale["order_no"]].append(number)
    parts: list[Part] = []
    allocated: list[Row] = []
    for at in sorted(groups):
        mine, strangers = parts_of(at, groups[at], sales, places, units)
        allocated += allocate(at, groups[at], sales, mine, strangers)
        parts += mine
    return sales, units, parts, allocated


def netting(lines: list[Row]) -> list[Row]:
    """Both gross sides of each settlement."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in lines:
        basis = BASES.get(row["kind"], "unnamed")
        if basis == "bank_policy" and row["posted_on"] < POLICY:
            basis = "unnamed"
        groups[*its(row), row["kind"], basis].append(row)
    names = ("channel", "settlement_no", "currency", "kind", "basis")
    nothing = Decimal("0.00")
    return [
        {
            **dict(zip(names, at, strict=True)),
            "lines": len(rows),
            "given": sum((row["amount"] for row in rows if row["amount"] > 0), nothing),
            "taken": sum((-row["amount"] for row in rows if row["amount"] < 0), nothing),
            "amount": sum((row["amount"] for row in rows), nothing),
            "cny": total_cny(rows),
        }
        for at, rows in sorted(groups.items())
    ]


def total_cny(rows: list[Row]) -> Decimal | None:
    """What rows are in CNY together; None where one is not known."""
    amounts = [row["cny"] for row in rows]
    return None if None in amounts else yuan(sum(amounts))


def units_of(sales: list[Row], sold: Sold) -> list[Counter[tuple[str, int, str] | None]]:
    """By order line how many of its units each declared line has; None: no declaration has."""
    at = {key(sale): number for number, sale in enumerate(sales)}
    found: list[Counter[Any]] = [Counter() for _ in sales]
    for unit in sold.units:
        if unit.declaration is not None:
            for order in unit.orders:
                found[at[order]][unit.line] += 1
    for sale, counted in zip(sales, found, strict=True):
        if rest := sale["quantity"] - sum(counted.values()):
            counted[None] = rest
    return found


def parts_of(
    at: tuple[str, str, str],
    group: Group,
    sales: list[Row],
    places: dict[tuple[str, str], list[int]],
    units: list[Counter[Any]],
) -> tuple[list[Part], list[tuple[str, int]]]:
    """What a settlement has for each part; and what is due of orders that no sale has."""
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in group.lines:
        if row["order_no"] is not None:
            orders[row["order_no"]].append(row)
    nobody = [row for row in group.lines if row["order_no"] is None]
    amounts = {order: sum(fen(row["amount"]) for row in rows) for order, rows in orders.items()}
    total = sum(fen(row["amount"]) for row in group.lines)
    whole = {kind: of_kind(nobody, kind) for kind in KINDS}
    whole |= {"due": total, "settled": sum(row["cny"] or 0 for row in group.lines)}
    earning = [order for order in sorted(amounts) if amounts[order] > 0] if total > 0 else []
    shared = {
        name: dict(zip(earning, shares(whole[name], [amounts[o] for o in earning]), strict=True))
        for name in CARRIED
    }
    unknown = any(row["cny"] is None for row in (*group.lines, *group.receipts))
    parts, strangers = [], []
    for order, rows in sorted(orders.items()):
        mine = places.get((at[0], order), [])
        if not mine:
            strangers += [(order, shared["due"][order])] if order in shared["due"] else []
            continue
        carried = {name: shared[name].get(order, 0) for name in CARRIED}
        shares_in = any(order in shared[name] for name in CARRIED)
        for number, its_own in spread(rows, carried if shares_in else None, mine, sales).items():
            lines = sorted(units[number], key=lambda line: (line is not None, line or ()))
            split = {
                name: shares(amount, [units[number][line] for line in lines])
                for name, amount in its_own.items()
            }
            parts += [
                Part(at, number, line, {name: split[name][n] for name in CARRIED}, unknown)
                for n, line in enumerate(lines)
            ]
    return parts, strangers


def of_kind(rows: list[Row], kind: str) -> int:
    """Amounts of a kind in CNY; what is not known counts as nothing."""
    return sum(row["cny"] or 0 for row in rows if row["kind"] == kind)


def spread(
    rows: list[Row], carried: dict[str, int] | None, mine: list[int], sales: list[Row]
) -> dict[int, dict[str, int]]:
    """What an order carries by its lines; an amount that names an article to that article's.

    Lines of which no amount is have no part.
    """
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CARRIED, 0))
    articles = {sales[number]["sku"] for number in mine}
    pools: list[tuple[dict[str, int], list[int]]] = []
    whole = [row for row in rows if row["sku"] not in articles]
    if whole or carried is not None:
        all_of_it = dict(carried or dict.fromkeys(CARRIED, 0))
        for kind in KINDS:
            all_of_it[kind] += of_kind(whole, kind)
        pools.append((all_of_it, mine))
    for sku in sorted({row["sku"] for row in rows} & articles):
        own = [row for row in rows if row["sku"] == sku]
        pools.append(
            (
                {kind: of_kind(own, kind) for kind in KINDS} | {"due": 0, "settled": 0},
                [number for number in mine if sales[number]["sku"] == sku],
            )
        )
    for amounts, at in pools:
        weighed = weights([sales[number] for number in at])
        for name, amount in amounts.items():
            for number, share in zip(at, shares(amount, weighed), strict=True):
                found[number][name] += share
    return found


def allocate(
    at: tuple[str, str, str],
    group: Group,
    sales: list[Row],
    parts: list[Part],
    strangers: list[tuple[str, int]],
) -> list[Row]:
    """Give the receipts of a settlement, in order, to those whose money it is, in order."""
    claims: list[tuple[Any, int, Part | None, str]] = [
        ((order, -1, ()), due, None, order) for order, due in strangers
    ]
    for part in parts:
        order = sales[part.sale]["order_no"]
        claims.append(((order, part.sale, part.line or ()), part.carried["due"], part, order))
    waiting = [
        [due, part, order] for _, due, part, order in sorted(claims, key=lambda c: c[0]) if due > 0
    ]
    found = []
    for receipt in group.receipts:
        whole, done, number = fen(receipt["own"]), 0, 0
        while done < whole:
            due, part, order = waiting[0] if waiting else (whole, None, None)
            piece = min(due, whole - done)
            cny = None if receipt["cny"] is None else cut(receipt["cny"], done, done + piece, whole)
            found.append(allocated_row(at, receipt, number, part, order, sales, piece, cny))
            if part:
                part.got += piece
                part.received += cny or 0
                part.last_on = receipt["booked_on"]
            done, number = done + piece, number + 1
            if waiting:
                waiting[0][0] -= piece
                if not waiting[0][0]:
                    waiting.pop(0)
    return found


def allocated_row(
    at: tuple[str, str, str],
    receipt: Row,
    number: int,
    part: Part | None,
    order: str | None,
    sales: list[Row],
    piece: int,
    cny: int | None,
) -> Row:
    sale = sales[part.sale] if part else None
    line = part.line if part and part.line else (None, None, None)
    return {
        **{name: receipt[name] for name in ("account", "entry_no")},
        "entry_line": receipt["line_no"],
        "part": number,
        "booked_on": receipt["booked_on"],
        **dict(zip(("channel", "settlement_no"), at, strict=False)),
        "order_no": order,
        "line_no": sale["line_no"] if sale else None,
        "declaration_no": line[0],
        "item_no": line[1],
        "sku": line[2] or (sale["sku"] if sale else None),
        "currency": at[2],
        "amount": yuan(piece),
        "cny": None if cny is None else yuan(cny),
    }


def collected(
    season: Season,
    as_of: date,
    sales: list[Row],
    units: list[Counter[Any]],
    parts: list[Part],
    lines: list[Row],
    sold: Sold,
) -> list[Row]:
    """By declared line that orders have units of: from what was declared to what came home."""
    names = (*KINDS, "pooled", "exchange", "outstanding", "received")
    sums: dict[Any, Counter[str]] = defaultdict(Counter)
    for part in parts:
        settled, due = part.carried["settled"], part.carried["due"]
        came = cut(settled, 0, part.got, due) if due > 0 else 0
        mine = {kind: part.carried[kind] for kind in KINDS}
        mine |= {"pooled": settled - sum(mine.values()), "received": part.received}
        mine |= {"exchange": part.received - came, "outstanding": came - settled}
        sums[part.line].update(mine)
        sums[part.line]["unknown"] += part.unknown
    named = {(row["channel"], row["order_no"]) for row in lines}
    for sale, counted in zip(sales, units, strict=True):
        if (sale["channel"], sale["order_no"]) in named:
            continue
        amount = in_cny(season, sale, "shipped_on")
        at = sorted(counted, key=lambda line: (line is not None, line or ()))
        for line, share in zip(
            at, shares(amount or 0, [counted[each] for each in at]), strict=True
        ):
            sums[line].update({"gross": share, "outstanding": -share})
            sums[line]["unknown"] += amount is None
    by_line: dict[Any, list[Any]] = defaultdict(list)
    for unit in sold.units:
        if unit.declaration is not None:
            by_line[unit.line].append(unit)
    found = []
    for row in season["declarations"]:
        line = row["declaration_no"], row["item_no"], row["sku"]
        from_abroad = row["mode"] == "9810" and not row.get("sold_at_export")
        if row["exported_on"] <= as_of and (from_abroad or line in sums):
            found.append(collected_row(season, row, by_line[line], sums[line], names))
    return sorted(found, key=lambda r: (r["declaration_no"], r["item_no"], r["sku"]))


def collected_row(
    season: Season, row: Row, units: list[Any], sums: Counter[str], names: tuple[str, ...]
) -> Row:
    fob = converted(season, fen(row["fob_amount"]), row["fob_currency"], row["exported_on"])
    values: Counter[str] = Counter()
    step = {"sold": "with_buyers", "scrapped": "written_off", "lost": "written_off"}
    step |= {"sent_home": "sent_home", "unsold": "not_sold", "in_transit": "not_sold"}
    for unit in units:
        at = unit.position
        at_export = unit.fate == "sold" and unit.order_line_no is None
        values["not_sold" if at_export else step[unit.fate]] += cut(
            fob or 0, at, at + 1, row["quantity"]
        )
    steps = {"fob": fob} | {
        name: -values[name] for name in ("not_sold", "written_off", "sent_home")
    }
    steps["price"] = sums["gross"] - values["with_buyers"]
    steps |= {name: sums[name] for name in names[1:]}
    is_known = fob is not None and not sums["unknown"]
    about = ("declaration_no", "item_no", "sku", "exported_on", "quantity", "fob_currency")
    return {
        **{name: row[name] for name in (*about, "fob_amount")},
        "sold": sum(unit.fate == "sold" and unit.order_line_no is not None for unit in units),
        **{name: yuan(amount) if is_known else None for name, amount in steps.items()},
    }
