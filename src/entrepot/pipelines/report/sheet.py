# SPDX-License-Identifier: Apache-2.0
"""A sheet: one table of a report, laid out once for the page and for the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from entrepot.pipelines.report.language import Words

#: What a column holds: a text, a code or number (one width), units or rows, money, percent, a day,
#: several short texts.
KINDS = ("text", "code", "count", "money", "percent", "day", "list")
NUMBERS = ("count", "money", "percent")
Cell = str | int | Decimal | date | tuple[str, ...] | None
MINUS, NO_VALUE = "−", "–"
#: The most characters of a text that the page shows.
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in the rows, its heading, what it holds.

    `bar`: columns of one name draw their numbers as bars of one scale.
    """

    key: str
    heading: str
    kind: str = "text"
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.

    `rows`: a dictionary per row, by key of the columns; `tone` names what kind of row it is, for
    its looks. `total`: a last row, or None. `note`: said above it; `more`: said below it.
    """

    id: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""
    more: str = ""
    total: Mapping[str, Any] | None = None
    most: Mapping[str, Decimal] = field(default_factory=dict)


class Columns:
    """Makes columns with their headings in a language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __call__(
        self, key: str, kind: str = "text", bar: str = "", *, heading: str = "", **values: object
    ) -> Column:
        """The column `key`; its heading is the word of that key, or that of `heading`."""
        return Column(key, self._words("columns", heading or key, **values), kind, bar)


def laid(
    words: Words,
    id: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    **more: Any,
) -> Sheet:
    """A sheet with its title, and the highest number of each of its bars.

    Sums of the rest are no bar.
    """
    most: dict[str, Decimal] = {}
    for column in columns:
        if column.bar:
            bars = [row for row in rows if row.get("tone") != "rest"]
            values = [abs(Decimal(row.get(column.key) or 0)) for row in bars]
            most[column.bar] = max([most.get(column.bar, Decimal(0)), *values])
    return Sheet(id, words("sheets", id), columns, rows, most=most, **more)


def shown(kind: str, value: Cell) -> str:
    """A cell as a person reads it; an empty one is a dash."""
    if value is None or value == "" or value == ():
        return NO_VALUE
    if isinstance(value, tuple):
        return "; ".join(cut(text) for text in value)
    if kind == "count":
        return f"{value:,}".replace("-", MINUS)
    if kind == "money":
        return f"{Decimal(str(value)):,.2f}".replace("-", MINUS)
    if kind == "percent":
        return f"{value}%"
    return value.isoformat() if isinstance(value, date) else cut(str(value))


def cut(text: str) -> str:
    """A text as the page shows it: one that nobody reads to its end is cut; the tables hold it."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def amounts(by_currency: Mapping[str, str]) -> tuple[str, ...]:
    """Amounts by currency, each a short text: EUR 1,234.00."""
    return tuple(f"{name} {shown('money', Decimal(text))}" for name, text in by_currency.items())


def length(column: Column, value: Cell, most: Mapping[str, Decimal]) -> str:
    """How long a bar is, 0 to 100, with two places."""
    highest = most.get(column.bar, Decimal(0))
    if not highest or value is None or isinstance(value, (tuple, date)):
        return "0"
    return str((abs(Decimal(value)) * 100 / highest).quantize(Decimal("0.01")))


def day(text: str | None) -> date | None:
    """A day of the figures."""
    return date.fromisoformat(text) if text else None


def decimal(text: str | None) -> Decimal | None:
    """An amount of the figures."""
    return None if text is None else Decimal(text)
