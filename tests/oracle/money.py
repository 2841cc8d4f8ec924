# SPDX-License-Identifier: Apache-2.0
"""The money of a random season: settlements and payouts drawn, and closed by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from entrepot.settlement.tables_season import PARTS, PLACES

if TYPE_CHECKING:
    from tests.oracle.seasons import _Maker
    from tests.oracle.simulation import Row, Season

CURRENCIES = ("EUR", "JPY", "CNY")
NUMBERS = ("P1", "P10", "é")
LABELS = (None, "Odd", "é")
#: Codes of what `misfits` finds.
SETTLED_CODES = ("not_footed", "order_not_sold", "payout_without_lines", "unclassified")
NOTHING = Decimal("0.00")


# --- Drawn ---


def draw_money(maker: _Maker) -> None:
    """Settlements and payouts: of orders that are there and that are not, footed and not."""
    sales = maker.tables["sales"]

    def line() -> Row:
        sale = maker.one_of(sales) if sales and maker.chance(2) else None
        account = maker.one_of(tuple(PLACES))
        number = sale["order_no"] if sale else maker.one_of((None, maker.number()))
        amount = signed(maker)
        if sale and maker.chance(2):
            account, amount = "sales", maker.money()
        return {
            "channel": sale["channel"] if sale else maker.one_of(("B", "a")),
            "settlement_no": maker.one_of(NUMBERS),
            "line_no": maker.whole(0, 4),
            "posted_on": maker.day(),
            "account": account,
            "currency": maker.one_of((*CURRENCIES, "CNY")),
            "amount": amount,
            "order_no": number,
            "sku": sale["sku"] if sale and maker.chance(3) else None,
            "label": maker.one_of(LABELS),
        }

    def payout() -> Row:
        return {
            "channel": maker.one_of(("B", "a")),
            "settlement_no": maker.one_of(NUMBERS),
            "paid_on": maker.day(),
            "currency": maker.one_of(CURRENCIES),
            "amount": signed(maker),
            "reference": None,
        }

    maker.rows("settlements", 3 * maker.size, line)
    maker.rows("payouts", maker.size, payout)
    for row in maker.tables["payouts"]:
        if maker.chance(2):  # one that foots, by the end of the season
            row["amount"] = sum(
                (each["amount"] for each in maker.tables["settlements"] if its(each) == its(row)),
                NOTHING,
            )
    for optional in ("settlements", "payouts"):
        if maker.chance(4):
            del maker.tables[optional]


def signed(maker: _Maker) -> Decimal:
    """An amount on either side of 0, or 0."""
    return maker.money() * maker.one_of((1, -1, 1, 0))


# --- Closed by hand ---


def its(row: Row) -> tuple[str, str, str]:
    """The settlement and currency of an amount."""
    return row["channel"], row["settlement_no"], row["currency"]


def simulate_money(season: Season, as_of: date) -> dict[str, list[Row]]:
    """What a close says of the money, one amount after another."""
    lines = [row for row in season.get("settlements", []) if row["posted_on"] <= as_of]
    payouts = [row for row in season.get("payouts", []) if row["paid_on"] <= as_of]
    sales = [row for row in season["sales"] if row["shipped_on"] <= as_of]
    settled = settle(lines, payouts, entries_up_to(season, as_of))
    proceeds = proceeds_of(lines, sales) if lines else []
    return {
        "money_book": booked(lines, payouts),
        "settled": settled,
        "proceeds": proceeds,
        "money_exceptions": misfits(lines, settled, proceeds),
    }


def booked(lines: list[Row], payouts: list[Row]) -> list[Row]:
    """Each amount that is not 0 as a movement."""
    moves = []
    for row in lines:
        other, owed = f"{PLACES[row['account']]}/{row['channel']}", f"receivable/{row['channel']}"
        moves.append(("settlement", row["line_no"], row["posted_on"], row, other, owed))
    for row in payouts:
        owed, paid = f"receivable/{row['channel']}", f"payout/{row['channel']}"
        moves.append(("payout", 0, row["paid_on"], row, owed, paid))
    found = [
        {
            "on": on,
            "document_kind": kind,
            "document_no": f"{row['channel']}/{row['settlement_no']}",
            "document_line": line,
            "part": 0,
            "item": row["currency"],
            "amount": abs(row["amount"]),
            "from_place": source if row["amount"] > 0 else target,
            "to_place": target if row["amount"] > 0 else source,
        }
        for kind, line, on, row, source, target in moves
        if row["amount"] != 0
    ]
    key = ("document_kind", "document_no", "document_line", "item")
    return sorted(found, key=lambda row: tuple(row[name] for name in key))


def entries_up_to(season: Season, as_of: date) -> list[Row]:
    """The entries of banks up to the day."""
    return [row for row in season.get("bank", []) if row["booked_on"] <= as_of]


def settle(lines: list[Row], payouts: list[Row], entries: list[Row]) -> list[Row]:
    """Each settlement and currency, with what was paid out."""
    listed: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in lines:
        listed[its(row)].append(row)
    paid = {its(row): row for row in payouts}
    came: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in entries:
        if row["kind"] == "payout":
            currency = row["of_currency"] or row["currency"]
            came[row["channel"], row["settlement_no"], currency].append(row)
    found = []
    for key in sorted({*listed, *paid}):
        rows, out = listed.get(key, []), paid.get(key)
        amount = sum((row["amount"] for row in rows), NOTHING)
        residual = out["amount"] - amount if out else None
        state = "open" if out is None else "no_lines" if not rows else ""
        found.append(
            {
                **dict(zip(("channel", "settlement_no", "currency"), key, strict=True)),
                "lines": len(rows),
                "first_on": min((row["posted_on"] for row in rows), default=None),
                "last_on": max((row["posted_on"] for row in rows), default=None),
                "amount": amount,
                "paid_on": out["paid_on"] if out else None,
                "payout": out["amount"] if out else None,
                "residual": residual,
                "received": sum((own_amount(row) for row in came[key]), NOTHING)
                if entries
                else None,
                "received_on": max((row["booked_on"] for row in came[key]), default=None),
                "state": state or ("not_footed" if residual else "footed"),
            }
        )
    return found


def own_amount(entry: Row) -> Decimal:
    """What came, in the currency of its settlement."""
    return entry["amount"] if entry["of_amount"] is None else entry["of_amount"]


def proceeds_of(lines: list[Row], sales: list[Row]) -> list[Row]:
    """Each order and currency, with what came of it."""
    sold: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    came: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in sales:
        sold[row["channel"], row["order_no"], row["currency"]].append(row)
    for row in lines:
        if row["order_no"] is not None:
            came[row["channel"], row["order_no"], row["currency"]].append(row)
    found = []
    for key in sorted({*sold, *came}):
        ordered, rows = sold.get(key, []), came.get(key, [])
        amount = sum((row["amount"] for row in ordered), NOTHING)
        parts = {
            part: sum((row["amount"] for row in rows if row["account"] in accounts), NOTHING)
            for part, accounts in PARTS.items()
        }
        found.append(
            {
                **dict(zip(("channel", "order_no", "currency"), key, strict=True)),
                "shipped_on": min((row["shipped_on"] for row in ordered), default=None),
                "sold": amount,
                "lines": len(rows),
                "settled_on": max((row["posted_on"] for row in rows), default=None),
                **parts,
                "net": sum(parts.values(), NOTHING),
                "difference": parts["price"] - amount if ordered and rows else None,
                "state": "unknown" if not ordered else "settled" if rows else "unsettled",
            }
        )
    return found


def misfits(lines: list[Row], settled: list[Row], proceeds: list[Row]) -> list[Row]:
    """What does not fit, without its words."""
    found = []
    for row in settled:
        if row["state"] in ("not_footed", "no_lines"):
            code = "not_footed" if row["state"] == "not_footed" else "payout_without_lines"
            key = f"{row['channel']}/{row['settlement_no']}"
            found.append((code, "payouts", key, row["currency"], row["paid_on"], row["residual"]))
    labels: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in lines:
        if row["account"] == "unclassified":
            key = f"{row['channel']}/{row['settlement_no']}/{row['label'] or ''}"
            labels[key, row["currency"]].append(row)
    for (key, currency), rows in labels.items():
        last, amount = max(row["posted_on"] for row in rows), sum(row["amount"] for row in rows)
        found.append(("unclassified", "settlements", key, currency, last, amount))
    for row in proceeds:
        if row["state"] == "unknown":
            key = f"{row['channel']}/{row['order_no']}"
            found.append(
                ("order_not_sold", "settlements", key, row["currency"], row["settled_on"],
                 row["net"])
            )  # fmt: skip
    names = ("code", "table", "key", "currency", "day", "amount")
    return [dict(zip(names, row, strict=True)) for row in sorted(found, key=lambda row: row[:4])]
