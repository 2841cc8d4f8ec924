# SPDX-License-Identifier: Apache-2.0
"""The costs of a random season: drawn, and carried along with single units, one step at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.oracle.refunds import fen, half_away, yuan

if TYPE_CHECKING:
    from tests.oracle.seasons import _Maker
    from tests.oracle.simulation import Row, Season, Unit

PAYEES = ("Forwarder", "é")
CURRENCIES = ("CNY", "EUR", "EUR")
ACCOUNTS = ("freight", "freight", "duty", "import_vat", "storage")
#: Where the money is while units are in each state; "booked" is where it comes from.
PLACES = {
    "ahead": "landed/ahead",
    "in_transit": "landed/transit",
    "unsold": "landed/stock",
    "sold": "cost",
    "scrapped": "scrapped",
    "lost": "lost",
    "sent_home": "landed/home",
    "unspread": "landed/unspread",
    "tax": "tax",
}
_STATES = ("booked", *PLACES)
#: In the order in which a line's movements are numbered.
RANK = {state: at for at, state in enumerate(_STATES)}
LIES = {
    "transit": ("in_transit",),
    "stock": ("unsold",),
    "sold": ("sold",),
    "gone": ("scrapped", "lost", "sent_home"),
}


# --- Drawn ---


def draw_costs(maker: _Maker) -> None:
    """Costs of goods and of sales, with shares by hand, undone again, late and early."""
    for product in maker.tables["products"]:
        product["weight_g"] = maker.one_of((None, 1, 3, 1000))
        product["volume_cm3"] = maker.one_of((1, 7))
    declared = maker.tables["declarations"]
    maker.tables["cost_shares"] = []
    costs: list[Row] = []

    def scope() -> Row:
        if not declared or maker.chance(4):
            channel = maker.one_of((None, "B"))
            return {"channel": channel, "order_no": maker.number() if channel else None}
        line = maker.one_of(declared)
        return {
            "declaration_no": line["declaration_no"],
            "item_no": line["item_no"] if maker.chance(2) else None,
            "sku": line["sku"] if maker.chance(3) else None,
        }

    def cost() -> Row:
        row = {
            "payee": maker.one_of(PAYEES),
            **maker.key("cost_no", "line_no"),
            "posted_on": maker.day(),
            "account": maker.one_of(ACCOUNTS),
            "currency": maker.one_of(CURRENCIES),
            "amount": maker.money() * maker.one_of((1, 1, -1, 0)),
            "spread": maker.one_of((None, "quantity", "value", "weight", "volume")),
            **dict.fromkeys(
                ("declaration_no", "item_no", "sku", "channel", "order_no", "reverses_no",
                 "reverses_line")
            ),
        }  # fmt: skip
        if costs and maker.chance(4):
            undone = maker.one_of(costs)
            row |= {**undone, "cost_no": row["cost_no"], "line_no": row["line_no"]}
            row |= {"amount": -undone["amount"], "reverses_no": undone["cost_no"]}
            row |= {"reverses_line": undone["line_no"], "posted_on": maker.day()}
        else:
            row |= scope()
        costs.append(row)
        return row

    maker.rows("costs", maker.size, cost)
    for row in maker.tables["costs"]:
        if row["reverses_no"] is not None and not is_undone(maker.tables["costs"], row):
            row |= {"reverses_no": None, "reverses_line": None}
    draw_shares(maker)
    if maker.chance(4):
        del maker.tables["costs"], maker.tables["cost_shares"]


def draw_shares(maker: _Maker) -> None:
    """Shares by hand of some of the costs that name nothing else."""
    declared = maker.tables["declarations"]
    taken: set[tuple[object, ...]] = set()
    for row in maker.tables["costs"]:
        is_free = row["declaration_no"] is None and row["channel"] is None and row["sku"] is None
        if not declared or not is_free or not maker.chance(2):
            continue
        for _ in range(maker.whole(1, 3)):
            line = maker.one_of(declared)
            key = (*key_of(row), line["declaration_no"], line["item_no"], line["sku"])
            if key not in taken:
                taken.add(key)
                names = ("payee", "cost_no", "line_no", "declaration_no", "item_no", "sku")
                share = {**dict(zip(names, key, strict=True)), "share": maker.whole(1, 5)}
                maker.tables["cost_shares"].append(share)


def is_undone(costs: list[Row], row: Row) -> bool:
    """Whether the line that a cost says it undoes is that line turned round."""
    number = row["payee"], row["reverses_no"], row["reverses_line"]
    undone = next((each for each in costs if key_of(each) == number), None)
    if undone is None:
        return False
    apart = {"cost_no", "line_no", "posted_on", "amount", "reverses_no", "reverses_line"}
    same = all(row[name] == undone[name] for name in row.keys() - apart)
    return same and row["amount"] == -undone["amount"]


# --- Carried by hand ---


def key_of(row: Row) -> tuple[str, str, int]:
    """The key of the cost that a cost or a share is of."""
    return row["payee"], row["cost_no"], row["line_no"]


@dataclass(frozen=True)
class Part:
    """What a cost lays on a declared line: fen of its currency, and fen of CNY where known."""

    cost: Row
    line: tuple[str, int, str]
    fen: int
    cny: int | None


@dataclass(frozen=True)
class Costs:
    """Rows of tables, the parts of costs, and the costs that were paid for sales."""

    rows: dict[str, list[Row]]
    parts: list[Part]
    direct: list[Row]


def simulate_costs(
    season: Season,
    as_of: date,
    lines: dict[tuple[str, int, str], list[Unit]],
    has_costs: bool,
) -> Costs:
    """The movements of costs, what goods have come to cost, margins, and what does not fit.

    Args:
        season: with all its rows, later ones too.
        lines: the units of every line exported by `as_of`, with what has become of them.
        has_costs: whether there are costs here or elsewhere, so that it is asked what goods cost.
    """
    costs = [row for row in season.get("costs", []) if row["posted_on"] <= as_of]
    parts: list[Part] = []
    direct: list[Row] = []
    moves, misfits = [], []
    for cost in sorted(costs, key=key_of):
        found, first = laid(season, cost)
        parts += found
        direct += [cost] if first == "sold" else []
        moves += numbered(cost, carried(cost, found, first, lines))
        about = ("costs", "/".join(map(str, key_of(cost))), cost["currency"], cost["posted_on"])
        if first == "unspread":
            misfits.append(("cost_not_spread", *about, cost["amount"]))
        if in_cny(season, cost) is None:
            misfits.append(("no_fx_rate", *about, cost["amount"]))
    names = ("code", "table", "key", "currency", "day", "amount")
    return Costs(
        {
            "money_book": moves,
            "landed": landed(parts, lines) if has_costs else [],
            "money_exceptions": [dict(zip(names, row, strict=True)) for row in misfits],
        },
        [part for part in parts if part.line in lines],
        direct,
    )


def laid(season: Season, cost: Row) -> tuple[list[Part], str]:
    """The parts of a cost by declared line, and the place that it is booked to first."""
    shares = [row for row in season.get("cost_shares", []) if key_of(row) == key_of(cost)]
    if cost["account"] == "import_vat":
        return [], "tax"
    if cost["declaration_no"] is None and not shares:
        return [], "sold"
    weights = {(row["declaration_no"], row["item_no"], row["sku"]): row["share"] for row in shares}
    products = {row["sku"]: row for row in season["products"]}
    for row in season["declarations"]:
        if row["declaration_no"] == cost["declaration_no"] and all(
            cost[name] in (None, row[name]) for name in ("item_no", "sku")
        ):
            line = row["declaration_no"], row["item_no"], row["sku"]
            weights[line] = weight(cost["spread"], row, products[row["sku"]])
    if None in weights.values() or not sum(weights.values()):
        return [], "unspread"
    whole, before, found = sum(weights.values()), 0, []
    cny = in_cny(season, cost)
    for line in sorted(weights):
        after = before + weights[line]
        given = [
            None if amount is None else cut(amount, before, after, whole)
            for amount in (fen(cost["amount"]), cny)
        ]
        found.append(Part(cost, line, given[0], given[1]))
        before = after
    return found, "ahead"


def weight(spread: str | None, row: Row, product: Row) -> int | None:
    """What a declared line weighs in a cost."""
    if spread == "value":
        return fen(row["fob_amount"])
    if spread in ("weight", "volume"):
        each = product["weight_g" if spread == "weight" else "volume_cm3"]
        return None if each is None else each * row["quantity"]
    return row["quantity"]


def cut(amount: int, before: int, after: int, whole: int) -> int:
    """The part of an amount between two places on its line."""
    upto = [half_away(Fraction(abs(amount) * place, whole)) for place in (before, after)]
    return (upto[1] - upto[0]) * (1 if amount > 0 else -1)


def in_cny(season: Season, cost: Row) -> int | None:
    """A cost in fen of CNY."""
    return converted(season, fen(cost["amount"]), cost["currency"], cost["posted_on"])


def converted(season: Season, amount: int, currency: str, on: date) -> int | None:
    """An amount in fen of CNY, at the rate of its day or the last within seven days before."""
    if currency == "CNY":
        return amount
    young = [
        row
        for row in season.get("fx_rates", [])
        if row["currency"] == currency and timedelta(0) <= on - row["on"] <= timedelta(days=7)
    ]
    if not young:
        return None
    rate = max(young, key=lambda row: row["on"])["cny_per_unit"]
    return half_away(Fraction(abs(amount)) * Fraction(rate)) * (1 if amount > 0 else -1)


Move = tuple[date, str, str]


def carried(
    cost: Row, parts: list[Part], first: str, lines: dict[tuple[str, int, str], list[Unit]]
) -> dict[Move, int]:
    """What each step of each unit takes along, by day and places, in fen."""
    posted_on = cost["posted_on"]
    moves: dict[Move, int] = defaultdict(int)
    ends: dict[str, int] = defaultdict(int)
    ends[first] += fen(cost["amount"])
    for part in parts:
        units = lines.get(part.line, [])
        for unit in units:
            amount = cut(part.fen, unit.position, unit.position + 1, len(units))
            place, day = "ahead", date.min
            for on, state in unit.history:
                day = max(day, on, unit.history[0][0])
                if day <= posted_on:
                    ends[place] -= amount
                    ends[state] += amount
                else:
                    moves[day, place, state] += amount
                place = state
    for place, amount in ends.items():
        moves[posted_on, "booked", place] += amount
    return moves


def numbered(cost: Row, moves: dict[Move, int]) -> list[Row]:
    """Movements of a cost as rows of the book, numbered in order."""
    found = []
    for (on, source, target), amount in moves.items():
        ends = (source, target) if amount > 0 else (target, source)
        if amount:
            found.append((on, RANK[ends[0]], RANK[ends[1]], ends, abs(amount)))
    owed = f"payable/{cost['payee']}"

    def name(state: str) -> str:
        return owed if state == "booked" else f"{PLACES[state]}/{cost['account']}"

    return [
        {
            "on": on,
            "document_kind": "cost",
            "document_no": f"{cost['payee']}/{cost['cost_no']}",
            "document_line": cost["line_no"],
            "part": part,
            "item": cost["currency"],
            "amount": yuan(amount),
            "from_place": name(ends[0]),
            "to_place": name(ends[1]),
        }
        for part, (on, _, _, ends, amount) in enumerate(sorted(found))
    ]


def landed(parts: list[Part], lines: dict[tuple[str, int, str], list[Unit]]) -> list[Row]:
    """What each line's goods have come to cost, by account and currency, and where that lies."""
    lies: dict[tuple[object, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    cny: dict[tuple[object, ...], list[int | None]] = defaultdict(list)
    for part in parts:
        key = (*part.line, part.cost["account"], part.cost["currency"])
        units = lines.get(part.line, [])
        if units:
            cny[key].append(part.cny)
        for unit in units:
            lies[key][unit.fate] += cut(part.fen, unit.position, unit.position + 1, len(units))
    for line, units in lines.items():
        for unit in units:
            if unit.fen is not None:
                lies[*line, "goods", "CNY"][unit.fate] += unit.fen
    names = ("declaration_no", "item_no", "sku", "account", "currency")
    return [
        {
            **dict(zip(names, key, strict=True)),
            "quantity": len(lines[key[:3]]),
            "amount": yuan(sum(lies[key].values())),
            **{
                column: yuan(sum(lies[key][state] for state in states))
                for column, states in LIES.items()
            },
            "cny": yuan(sum(lies[key].values()))
            if key[3] == "goods"
            else (None if None in cny[key] else yuan(sum(cny[key]))),
        }
        for key in sorted(lies)
    ]
