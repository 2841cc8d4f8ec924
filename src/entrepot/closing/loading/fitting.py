# SPDX-License-Identifier: Apache-2.0
"""What the desk asks of a season beyond what a close does.

How long codes are, and that an order or an invoice is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from entrepot.catalog.forms import Check, Wrong, code, name, shown, whole
from entrepot.closing.loading.reading import Row, Season
from entrepot.engine.faults import ROW, Fault

_SKU: Final = code(64, has_spaces=True)
_WAREHOUSE: Final = code(40, is_place=True)
_CHANNEL: Final = code(40, is_place=True)
_ORDER: Final = code(80, has_spaces=True)
_INVOICE: Final = code(64, has_spaces=True)
#: Documents and places of ours are named after these, with a few characters around them.
_DOCUMENT: Final = code(60, has_spaces=True)
_PLACE: Final = code(32, is_place=True, has_spaces=True)
_NAME: Final = name(200)
_LINE: Final = whole(0, 2**31 - 1)
_AMOUNT: Final = whole(0, 2**53 - 1)

#: Which columns have to be what the desk keeps.
_CHECKS: Final[Sequence[tuple[str, str, Check]]] = (
    ("products", "sku", _SKU),
    ("products", "name", lambda value: _NAME(one_line(value)) and value),
    ("purchases", "invoice_no", _INVOICE),
    ("purchases", "line_no", _LINE),
    ("declarations", "item_no", _LINE),
    ("declarations", "warehouse", _WAREHOUSE),
    ("declarations", "channel", _CHANNEL),
    ("receipts", "receipt_no", _PLACE),
    ("receipts", "warehouse", _WAREHOUSE),
    ("transfers", "transfer_no", _PLACE),
    ("transfers", "from_warehouse", _WAREHOUSE),
    ("transfers", "to_warehouse", _WAREHOUSE),
    ("sales", "channel", _CHANNEL),
    ("sales", "order_no", _ORDER),
    ("sales", "line_no", _LINE),
    ("sales", "warehouse", _WAREHOUSE),
    ("sales", "amount", _AMOUNT),
    ("returns", "return_no", _DOCUMENT),
    ("returns", "warehouse", _WAREHOUSE),
    ("adjustments", "adjustment_no", _PLACE),
    ("adjustments", "warehouse", _WAREHOUSE),
)
#: What all rows of one document have to say alike: table, what names it, what they say.
_ALIKE: Final = (
    ("purchases", ("invoice_no",), ("supplier_uscc", "issued_on"), "invoice"),
    ("sales", ("channel", "order_no"), ("currency", "destination"), "order"),
)
_REMEDY: Final = "Correct it, or close the season as it is with entrepot close."


def faults_of(season: Season) -> list[Fault]:
    """Everything for which a season cannot become a live book, by table, column and row."""
    return [
        *(fault for check in _CHECKS for fault in _wrong(season, *check)),
        *(fault for alike in _ALIKE for fault in _unlike(season, *alike)),
    ]


def one_line(value: object) -> str:
    """A name as the desk keeps it: on one line."""
    return " ".join(str(value).split())


def _wrong(season: Season, table: str, column: str, check: Check) -> Iterator[Fault]:
    known: dict[object, str] = {}
    for row in season.rows[table]:
        value = row[column]
        if value is None:
            continue
        if value not in known:
            known[value] = _expected(check, value)
        if expected := known[value]:
            yield season.fault(
                table, row, column, "cell.unloadable", str(value)[:60], expected, _REMEDY
            )


def _expected(check: Check, value: object) -> str:
    """What a value should have been; nothing where it is right."""
    try:
        return "" if check(value) == value else "no blanks at its ends"
    except Wrong as wrong:
        return wrong.expected


def _unlike(
    season: Season, table: str, key: Sequence[str], columns: Sequence[str], what: str
) -> Iterator[Fault]:
    first: dict[tuple[object, ...], Row] = {}
    for row in season.rows[table]:
        begun = first.setdefault(tuple(row[each] for each in key), row)
        for column in columns:
            if row[column] != begun[column]:
                at = season.sources[table].row(begun[ROW])
                yield season.fault(
                    table, row, column, "cell.not_one", shown(str(row[column])),
                    f"{shown(str(begun[column]))}, as row {at} of the same {what} says",
                    f"An {what} of the desk has one: give the other lines a number of their own.",
                )  # fmt: skip
