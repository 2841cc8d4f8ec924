# SPDX-License-Identifier: Apache-2.0
"""The margin of a random season, worked out order line by order line and unit by unit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from entrepot.settlement.tables_season import PARTS
from tests.oracle.costs import Part, converted, cut, key_of
from tests.oracle.refunds import fen, half_away, yuan
from tests.oracle.written import described

if TYPE_CHECKING:
    from tests.oracle.simulation import Row, Season, Unit

MOVED = ("reserve", "transfers", "loans", "conversion")
OF_ORDERS = (
    "price_difference", "shipping_income", "promotions", "refunds", "taxes", "fees", "other",
)  # fmt: skip
PART_OF = {
    account: "price_difference" if part == "price" else part
    for part, accounts in PARTS.items()
    for account in accounts
    if account not in MOVED
}
SCOPE = ("channel", "order_no", "warehouse", "sku")


@dataclass(frozen=True)
class Sold:
    """What a margin is made of.

    units: every unit, of known and unknown origin, in order, with what has become of it.
    parts: what costs lay on declared lines. direct: the costs that were paid for sales.
    claims: refund claims that had been filed.
    """

    units: list[Unit]
    parts: list[Part]
    direct: list[Row]
    claims: list[Row]


def simulate_margin(
    season: Season, as_of: date, sold: Sold, gained: dict[int, int | None]
) -> dict[str, list[Row]]:
    """What was earned with each order line, and what does not fit.

    Args:
        gained: by order line what exchange brought; None: not known.
    """
    sales = sorted(
        (row for row in season["sales"] if row["shipped_on"] <= as_of),
        key=lambda row: (row["channel"], row["order_no"], row["line_no"]),
    )
    lines = [
        {**row, "part": PART_OF[row["account"]], "cny": in_cny(season, row, "posted_on")}
        for row in season.get("settlements", [])
        if row["posted_on"] <= as_of and row["account"] in PART_OF
    ]
    of_orders = spread_orders(sales, [row for row in lines if row["order_no"] is not None])
    shared, unborne = spread_shared(sales, lines)
    of_many, unmet = spread_pools(sales, pools_of(season, sold.direct))
    goods = goods_of(season, sold.units, sold.parts)
    rows = [
        margin_of(
            season,
            sale,
            of_orders.get(at),
            {
                "shared": shared.get(at, 0),
                "costs": of_many.get(at, 0),
                "exchange": gained.get(at, 0),
            },
            goods.get(key(sale), {}),
        )
        for at, sale in enumerate(sales)
    ]
    return {"margin": rows, "money_exceptions": misfits(season, sales, lines, unborne + unmet)}


def key(sale: Row) -> tuple[str, str, int]:
    """The key of an order line."""
    return sale["channel"], sale["order_no"], sale["line_no"]


def in_cny(season: Season, row: Row, day: str) -> int | None:
    """An amount in fen of CNY."""
    return converted(season, fen(row["amount"]), row["currency"], row[day])


def weights(sales: list[Row]) -> list[int]:
    """What sales were sold for, or their units where that is nothing."""
    amounts = [abs(fen(row["amount"])) for row in sales]
    return amounts if sum(amounts) else [row["quantity"] for row in sales]


def shares(amount: int, weighed: list[int]) -> list[int]:
    """An amount, spread by position."""
    found, before = [], 0
    for weight in weighed:
        found.append(cut(amount, before, before + weight, sum(weighed)))
        before += weight
    return found


def spread_orders(sales: list[Row], lines: list[Row]) -> dict[int, dict[str, int]]:
    """By order line what its settlements say; to the article where they name one of the order."""
    articles = {(row["channel"], row["order_no"], row["sku"]) for row in sales}
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in lines:
        named = row["channel"], row["order_no"], row["sku"]
        groups[named if named in articles else (*named[:2], None)].append(row)
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (channel, order_no, sku), rows in groups.items():
        at = [
            number
            for number, sale in enumerate(sales)
            if (sale["channel"], sale["order_no"]) == (channel, order_no)
            and sku in (None, sale["sku"])
        ]
        for part in OF_ORDERS:
            amount = sum(row["cny"] or 0 for row in rows if row["part"] == part)
            weighed = weights([sales[number] for number in at])
            for number, share in zip(at, shares(amount, weighed), strict=True):
                found[number][part] += share
        for number in at:
            found[number]["priced"] += any(row["part"] == OF_ORDERS[0] for row in rows)
            found[number]["unknown"] += any(row["cny"] is None for row in rows)
    return found


def spread_shared(sales: list[Row], lines: list[Row]) -> tuple[dict[int, int], list[Row]]:
    """By order line what settlements have for no order; and what no order line bears."""
    orders: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    amounts: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in lines:
        its = row["channel"], row["settlement_no"]
        if row["order_no"] is None:
            amounts[its][row["currency"]].append(row)
        else:
            orders[its].add((row["channel"], row["order_no"]))
    found: dict[int, int] = defaultdict(int)
    unmet = []
    for its, rows in amounts.items():
        at = [
            number
            for number, sale in enumerate(sales)
            if (sale["channel"], sale["order_no"]) in orders[its]
        ]
        amount = sum(row["cny"] or 0 for each in rows.values() for row in each)
        for number, share in zip(
            at, shares(amount, weights([sales[number] for number in at])), strict=True
        ):
            found[number] += share
        if not at:
            unmet += [
                {
                    "table": "settlements",
                    "key": "/".join(its),
                    "currency": currency,
                    "day": max(row["posted_on"] for row in each),
                    "amount": sum((row["amount"] for row in each), Decimal("0.00")),
                }
                for currency, each in rows.items()
            ]
    return found, unmet


def pools_of(season: Season, direct: list[Row]) -> list[Row]:
    """Costs that are of many sales."""
    pools = []
    for cost in direct:
        cny = in_cny(season, cost, "posted_on")
        if cny is not None:
            pools.append(
                {
                    **{name: cost.get(name) for name in (*SCOPE, "first_on", "last_on")},
                    "costs": -cny,
                    "table": "costs",
                    "key": "/".join(map(str, key_of(cost))),
                    "currency": cost["currency"],
                    "day": cost["posted_on"],
                    "amount": cost["amount"],
                }
            )
    return pools


def spread_pools(sales: list[Row], pools: list[Row]) -> tuple[dict[int, int], list[Row]]:
    """By order line its part of costs, first by day, then by line; and the costs of no sale."""
    found: dict[int, int] = defaultdict(int)
    unmet = []
    cells: dict[tuple[Any, ...], int] = defaultdict(int)
    for pool in pools:
        shape = tuple(name for name in SCOPE if pool[name] is not None)
        mine: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for at, sale in enumerate(sales):
            day = sale["shipped_on"]
            if (
                all(sale[name] == pool[name] for name in shape)
                and (pool["first_on"] is None or pool["first_on"] <= day)
                and (pool["last_on"] is None or pool["last_on"] >= day)
            ):
                mine[(*(sale[name] for name in shape), day)].append(at)
        if not mine:
            unmet.append(pool)
            continue
        days = sorted(mine)
        amounts = [sum(abs(fen(sales[at]["amount"])) for at in mine[day]) for day in days]
        units = [sum(sales[at]["quantity"] for at in mine[day]) for day in days]
        parts = shares(pool["costs"], amounts if sum(amounts) else units)
        for day, share in zip(days, parts, strict=True):
            cells[shape, day, tuple(mine[day])] += share
    for (_, _, at), amount in cells.items():
        parts = shares(amount, weights([sales[number] for number in at]))
        for number, share in zip(at, parts, strict=True):
            found[number] += share
    return found, unmet


def goods_of(
    season: Season, units: list[Unit], parts: list[Part]
) -> dict[tuple[str, str, int], dict[str, int | None]]:
    """By order line what the units came to that stayed sold, or were scrapped coming back."""
    laid: dict[tuple[str, int, str], list[int | None]] = defaultdict(list)
    for part in parts:
        laid[part.line].append(part.cny)
    wholes = {
        (row["declaration_no"], row["item_no"], row["sku"]): row["quantity"]
        for row in season["declarations"]
    }
    found: dict[Any, dict[str, int | None]] = defaultdict(lambda: defaultdict(int))
    for _, group in groupby(units, key=lambda unit: (unit.line, described(unit))):
        run = list(group)
        first = run[0]
        if first.order_line_no is None or first.fate not in ("sold", "scrapped"):
            continue
        sums = found[first.channel, first.order_no, first.order_line_no]
        sums["kept"] += len(run)
        net = sum(unit.fen or 0 for unit in run)
        sums["uncovered"] += len(run) if first.invoice is None else 0
        sums["goods"] -= net
        if first.invoice is not None:
            lost = first.invoice["vat_rate"] - refunded(season, first)
            sums["vat"] -= half_away(Fraction(net) * Fraction(lost))
        costs = laid.get(first.line, []) if first.declaration else []
        if None in costs:
            sums["unknown"] += 1
        else:
            end = first.position + len(run)
            whole = wholes.get(first.line, 1)
            sums["landed"] -= cut(sum(costs), first.position, end, whole)
    return found


def refunded(season: Season, unit: Unit) -> Decimal:
    """The rate at which the input VAT of a unit is refunded."""
    declaration = unit.declaration
    if declaration is None:
        return Decimal(0)
    if declaration["mode"] == "9610" and declaration.get("statistics_flag") == "A":
        return Decimal(0)
    hs_code = next(row["hs_code"] for row in season["products"] if row["sku"] == unit.sku)
    day = declaration["exported_on"]
    for row in season["refund_rates"]:
        is_open = row["valid_to"] is None or day < row["valid_to"]
        if row["hs_code"] == hs_code and row["valid_from"] <= day and is_open:
            return min(row["refund_rate"], unit.invoice["vat_rate"])
    return Decimal(0)


def margin_of(
    season: Season,
    sale: Row,
    orders: dict[str, int] | None,
    many: dict[str, int | None],
    goods: dict[str, int | None],
) -> Row:
    """The row of an order line."""
    sold = in_cny(season, sale, "shipped_on")
    said = dict(orders or {})
    parts: dict[str, int | None] = {name: said.get(name, 0) for name in OF_ORDERS}
    if not said.get("priced"):
        parts["price_difference"] = 0
    elif sold is None:
        parts["price_difference"] = None
    else:
        parts["price_difference"] -= sold
    if said.get("unknown"):
        parts = dict.fromkeys(parts)
    parts |= many
    parts |= {name: goods.get(name, 0) for name in ("goods", "landed", "vat")}
    if goods.get("unknown"):
        parts["landed"] = None
    every = [sold, *parts.values()]
    names = ("channel", "order_no", "line_no", "shipped_on", "warehouse", "destination", "sku")
    return {
        **{name: sale[name] for name in (*names, "quantity")},
        "kept": goods.get("kept", 0),
        "uncovered": goods.get("uncovered", 0),
        "currency": sale["currency"],
        "sold": yuan(sold),
        **{name: yuan(amount) for name, amount in parts.items()},
        "margin": None if None in every else yuan(sum(every)),
    }


def misfits(season: Season, sales: list[Row], lines: list[Row], unmet: list[Row]) -> list[Row]:
    """Amounts of many sales that no sale bears, and amounts without a rate."""
    names = ("code", "table", "key", "currency", "day", "amount")
    found = [("cost_without_sales", *(pool[name] for name in names[1:])) for pool in unmet]
    for table, rows, day in (("sales", sales, "shipped_on"), ("settlements", lines, "posted_on")):
        missing: dict[tuple[str, date], Decimal] = defaultdict(lambda: Decimal("0.00"))
        for row in rows:
            if in_cny(season, row, day) is None:
                missing[row["currency"], row[day]] += row["amount"]
        found += [
            ("no_fx_rate", table, f"{currency}/{on}", currency, on, amount)
            for (currency, on), amount in missing.items()
        ]
    return [dict(zip(names, row, strict=True)) for row in found]
