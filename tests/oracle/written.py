# SPDX-License-Identifier: Apache-2.0
"""Writes down what has become of single units: the trace and the stock of the simulation."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle.refunds import Row, yuan

if TYPE_CHECKING:
    from tests.oracle.simulation import Unit


def trace(declared: list[Unit], unknown: list[Unit]) -> list[Row]:
    """One row per run of adjacent units with equal columns; unknown units come last."""
    rows = []
    for _, run in groupby(
        in_place(declared, unknown), key=lambda unit: (unit.line, described(unit))
    ):
        rows.append(piece(list(run)))
    return rows


def in_place(declared: list[Unit], unknown: list[Unit]) -> list[Unit]:
    """All units in the order in which they lie on their lines; unknown units come last."""

    def place(unit: Unit) -> tuple[Any, ...]:
        return *unit.line, unit.position

    return sorted(declared, key=place) + sorted(unknown, key=place)


def described(unit: Unit) -> Row:
    """The trace columns of a unit, without quantity and amount."""
    declaration, invoice = unit.declaration or {}, unit.invoice or {}
    return {
        "declaration_no": declaration.get("declaration_no"),
        "item_no": declaration.get("item_no"),
        "invoice_no": invoice.get("invoice_no"),
        "invoice_line_no": invoice.get("line_no"),
        "basis": unit.basis,
        "warehouse": unit.warehouse,
        "sku": unit.sku,
        "fate": unit.fate,
        "channel": unit.channel,
        "order_no": unit.order_no,
        "order_line_no": unit.order_line_no,
        "day": unit.day,
    }


def piece(run: list[Unit]) -> Row:
    """The trace row of a run of like units."""
    return {**described(run[0]), "quantity": len(run), "net_amount": worth(run)}


def stock(units: list[Unit]) -> list[Row]:
    """One row per warehouse, SKU, declaration item and day of entry, of what is on hand."""
    lots: defaultdict[tuple[Any, ...], list[Unit]] = defaultdict(list)
    for unit in units:
        if unit.fate == "unsold":
            row = described(unit)
            names = ("warehouse", "sku", "declaration_no", "item_no", "day")
            lots[tuple(row[name] for name in names)].append(unit)
    return [
        {
            "warehouse": lot[0],
            "sku": lot[1],
            "declaration_no": lot[2],
            "item_no": lot[3],
            "received_on": lot[4],
            "quantity": len(lots[lot]),
            "net_amount": worth(lots[lot]),
        }
        for lot in sorted(lots, key=nulls_last)
    ]


def nulls_last(parts: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Something to sort by in which None comes after everything."""
    return [(1,) if part is None else (0, part) for part in parts]


def worth(units: list[Unit]) -> Decimal | None:
    """What the units cost without VAT, in CNY; None where no invoice covers any of them."""
    known = [unit.fen for unit in units if unit.fen is not None]
    return yuan(sum(known)) if known else None
