# SPDX-License-Identifier: Apache-2.0
"""Find what a text names: an order, a declaration item, an invoice line; or what is nearly it.

Numbers may hold slashes, so a text is read in every way that it can be, and what exists counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from entrepot.errors import Refused
from entrepot.pipelines.walk.closed import IN_ORDER, ClosedSeason, Row
from entrepot.pipelines.walk.printable import printable

#: An order: channel and number. An item or an invoice line: number, and item or line.
Key = tuple[str, str]
Numbered = tuple[str, int]
#: How many near matches are named.
_NEAR = 5
#: More digits than a line or item can have.
_DIGITS = 18


class NothingFound(Refused):
    """Nothing of that name in the close; what is nearly it is named."""

    code: ClassVar[str] = "walk.not_found"


def both(keys: Iterable[Numbered]) -> tuple[list[str], list[int]]:
    """The numbers and the lines of keys, each once, in order."""
    known = set(keys)
    return sorted({number for number, _ in known}), sorted({line for _, line in known})


def marks(values: Sequence[object]) -> str:
    """As many `?` as there are values; for none, a list that nothing is in."""
    return ", ".join("?" for _ in values) or "NULL"


def rows_by(
    closed: ClosedSeason, table: str, number: str, line: str, keys: Sequence[Numbered]
) -> dict[Numbered, list[Row]]:
    """Rows of a table whose columns `number` and `line` are a key, in the order of the table."""
    numbers, lines = both(keys)
    rows = closed.rows(
        f"SELECT * FROM {table} WHERE {number} IN ({marks(numbers)}) "
        f"AND {line} IN ({marks(lines)}) {IN_ORDER}",
        [*numbers, *lines],
    )
    found: dict[Numbered, list[Row]] = {key: [] for key in keys}
    for row in rows:
        if (key := (row[number], row[line])) in found:
            found[key].append(row)
    return found


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order: its movements in the book and its rows of the trace, in their orders."""

    channel: str
    order_no: str
    shipped: list[Row]
    taken: list[Row]


def find_orders(closed: ClosedSeason, text: str) -> list[FoundOrder]:
    """The orders that `text`, a channel and an order number joined by "/", can mean.

    Raises:
        NothingFound: there is none.
    """
    splits = [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == "/"]
    numbers = sorted({number for _, number in splits})
    shipped: dict[Key, list[Row]] = defaultdict(list)
    for row in closed.rows(
        f"SELECT * FROM book WHERE document_kind = 'sale' AND document_no = ? {IN_ORDER}", [text]
    ):
        channel = row["to_place"].removeprefix("customer/")
        shipped[channel, text.removeprefix(f"{channel}/")].append(row)
    taken: dict[Key, list[Row]] = defaultdict(list)
    for row in closed.rows(
        f"SELECT * FROM trace WHERE order_no IN ({marks(numbers)}) {IN_ORDER}", numbers
    ):
        if (key := (row["channel"], row["order_no"])) in splits:
            taken[key].append(row)
    if not shipped and not taken:
        raise _nothing(closed, "order", text, _near_orders(closed, text, [text, *numbers]))
    return [FoundOrder(*key, shipped[key], taken[key]) for key in sorted({*shipped, *taken})]


def find_items(closed: ClosedSeason, text: str) -> list[Numbered]:
    """The declaration items that `text`, a declaration number with or without "/ITEM", can mean.

    Raises:
        NothingFound: there is none.
    """
    numbers = _numbers(text)
    rows = closed.rows(
        "SELECT declaration_no AS number, item_no AS line FROM refunds "
        f"WHERE declaration_no IN ({marks(numbers)}) {IN_ORDER}",
        numbers,
    )
    return _meant(closed, "declaration", text, rows, _DECLARATIONS)


def find_invoice_lines(closed: ClosedSeason, text: str) -> list[Numbered]:
    """The invoice lines that `text`, an invoice number with or without "/LINE", can mean.

    Raises:
        NothingFound: there is none.
    """
    numbers = _numbers(text)
    rows = closed.rows(
        "SELECT document_no AS number, document_line AS line FROM book "
        f"WHERE document_kind = 'purchase' AND document_no IN ({marks(numbers)}) {IN_ORDER}",
        numbers,
    )
    return _meant(closed, "invoice", text, rows, _INVOICES)


_DECLARATIONS = "SELECT DISTINCT declaration_no AS name FROM refunds"
_INVOICES = "SELECT DISTINCT document_no AS name FROM book WHERE document_kind = 'purchase'"


def _numbers(text: str) -> list[str]:
    """The numbers that a text can name: all of it, or what stands before a last "/LINE"."""
    head, slash, tail = text.rpartition("/")
    return [text, head] if slash and _is_line(tail) else [text]


def _is_line(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _meant(
    closed: ClosedSeason, kind: str, text: str, rows: list[Row], names: str
) -> list[Numbered]:
    head, _, tail = text.rpartition("/")
    found = [
        (row["number"], row["line"])
        for row in rows
        if row["number"] == text or (row["number"] == head and row["line"] == int(tail))
    ]
    if found:
        return list(dict.fromkeys(found))
    # The number exists but not that line of it: say which lines it has.
    near = list(dict.fromkeys(f"{row['number']}/{row['line']}" for row in rows))
    if not near:
        near = _nearest(closed, names, _numbers(text)[-1])
    raise _nothing(closed, kind, text, near)


def _near_orders(closed: ClosedSeason, text: str, numbers: Sequence[str]) -> list[str]:
    """Orders of that number on another channel; where there is none, orders of a like name."""
    rows = closed.rows(
        "SELECT DISTINCT channel || '/' || order_no AS name FROM trace "
        f"WHERE order_no IN ({marks(numbers)}) ORDER BY name LIMIT {_NEAR}",
        numbers,
    )
    if rows:
        return [row["name"] for row in rows]
    booked = "SELECT DISTINCT document_no AS name FROM book WHERE document_kind = 'sale'"
    return _nearest(closed, booked, text)


def _nearest(closed: ClosedSeason, names: str, text: str) -> list[str]:
    """The names that differ least from `text`, of those that share half of it.

    One slip leaves one half of a number whole, and looking for halves is far cheaper than
    comparing millions of numbers letter by letter.
    """
    half = len(text) // 2
    if not half:
        return []
    rows = closed.rows(
        f"SELECT name FROM ({names}) WHERE upper(left(name, $1)) = upper(left($2, $1)) "
        "OR upper(right(name, $1)) = upper(right($2, $1)) "
        f"ORDER BY levenshtein(upper(name), upper($2)), name LIMIT {_NEAR}",
        [half, text],
    )
    return [row["name"] for row in rows]


_ASKED = {
    "order": ("--order", "CHANNEL/NO"),
    "declaration": ("--declaration", "NO or NO/ITEM"),
    "invoice": ("--invoice", "NO or NO/LINE"),
}


def _nothing(closed: ClosedSeason, kind: str, text: str, near: Iterable[str]) -> NothingFound:
    option, form = _ASKED[kind]
    named = list(near)[:_NEAR]
    as_of = closed.run["as_of"]
    return NothingFound(
        f"Cannot walk {option} {printable(text)}.",
        f"There is no such {kind} in {closed.folder}, closed for {as_of}.",
        f"Near it: {', '.join(map(printable, named))}."
        if named
        else f"Give {form} as the tables write it.",
        near=named,
    )
