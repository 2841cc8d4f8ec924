# SPDX-License-Identifier: Apache-2.0
"""Amounts and revaluations given as rows, and a simulation that shares no code with the steps."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from entrepot.engine.base import Engine
from entrepot.engine.frames import typed_table
from entrepot.exchange.booking import book_gains
from entrepot.exchange.tables import FLOWS, REVALUATIONS

Row = dict[str, Any]


def half_up(value: Fraction) -> int:
    """To a whole number, half away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


def worth(amount: int, rate: Fraction) -> int:
    """Fen of hundredths."""
    return half_up(amount * rate)


@dataclass
class Booked:
    settled: list[Row]
    revalued: list[Row]
    movements: list[Row]


def booked(engine: Engine, flows: Sequence[Row], revaluations: Sequence[Row]) -> Booked:
    """What comes of flows and revaluations; amounts are hundredths, values fen."""
    found = book_gains(
        engine,
        engine.table(typed_table(FLOWS, [_of_hundredths(row) for row in flows])),
        engine.table(typed_table(REVALUATIONS, revaluations)),
    )
    key = ["place", "currency"]
    return Booked(
        engine.rows(found.settled, [*key, "closed_on", "closed_no", "opened_on", "opened_no"]),
        engine.rows(found.revalued, [*key, "on"]),
        engine.rows(found.movements, ["on", *key, "booking", "document_no", "document_line"]),
    )


def _of_hundredths(row: Row) -> Row:
    return {**row, "amount": Decimal(row["amount"]) / 100}


def signed(movement: Row) -> int:
    """A movement as a gain of its place."""
    return movement["quantity"] * (1 if movement["to_place"] == movement["place"] else -1)


def simulated(flows: Sequence[Row], revaluations: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Bookings by a walk through the days, cent by cent.

    Each is on, place, currency, booking, number, fen.
    """
    out: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    keys = {(row["place"], row["currency"]) for row in (*flows, *revaluations)}
    for place, currency in keys:
        mine = [f for f in flows if (f["place"], f["currency"]) == (place, currency)]
        rates = {
            r["on"]: Fraction(str(r["rate"]))
            for r in revaluations
            if (r["place"], r["currency"]) == (place, currency)
        }
        open_units: deque[list[Any]] = deque()  # [way, opening fen of the cent, carried fen]
        for on in sorted({f["on"] for f in mine} | set(rates)):
            today = sorted(
                (f for f in mine if f["on"] == on),
                key=lambda f: (f["document_kind"], f["document_no"], f["document_line"]),
            )
            for flow in today:
                total = flow["value_fen"]
                for at in range(flow["amount"]):
                    fen = _part(total, at, flow["amount"])
                    sign = 1 if flow["way"] == "in" else -1
                    if open_units and open_units[0][0] != sign:
                        _, cost, carried = open_units.popleft()
                        number = flow["document_no"]
                        out[on, place, currency, "realised", number] += (cost - fen) * sign
                        out[on, place, currency, "reversed", number] -= carried
                    else:
                        open_units.append([sign, fen, 0])
            if on in rates:
                for at, unit in enumerate(open_units):
                    sign, cost, carried = unit
                    value = worth(at + 1, rates[on]) - worth(at, rates[on])
                    unrealised = (value - cost) * sign
                    out[on, place, currency, "revalued", None] += unrealised - carried
                    unit[2] = unrealised
    return sorted(((*key, fen) for key, fen in out.items() if fen), key=repr)


def _part(total: int, at: int, whole: int) -> int:
    return half_up(Fraction(total * (at + 1), whole)) - half_up(Fraction(total * at, whole))


def flow(number: int, on: date, way: str, amount: int, value: int | None = None) -> Row:
    """A row of `money_flows`; `value` in fen."""
    return {
        "place": "bank/usd",
        "currency": "USD",
        "on": on,
        "document_kind": "payment",
        "document_no": f"P{number:04d}",
        "document_line": 0,
        "way": way,
        "amount": amount,
        "value": None if value is None else Decimal(value) / 100,
        "value_fen": value,
    }
