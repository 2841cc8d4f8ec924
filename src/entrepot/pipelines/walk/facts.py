# SPDX-License-Identifier: Apache-2.0
"""What a close says of declaration items and invoice lines: refund, advances, receipts, supplier.

Everything here is given as it goes into `--json`: days and amounts as texts, units as numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from entrepot.pipelines.walk.arrivals import Arrivals
from entrepot.pipelines.walk.closed import AT, IN_ORDER, PART, ClosedSeason, Row
from entrepot.pipelines.walk.find import Numbered, marks, rows_by

#: The columns that say which item a row is about.
_ITEM = ("declaration_no", "item_no")
#: Columns of an item's rows that the item itself already says.
_OF_ITEM = {*_ITEM, PART, AT}


def told(value: object) -> object:
    """A value as JSON holds it: decimals and days as texts, so that nothing is lost."""
    return str(value) if isinstance(value, Decimal | date) else value


def without(row: Row, names: Iterable[str]) -> Row:
    """A row as JSON holds it, without the columns `names`."""
    left_out = set(names)
    return {name: told(value) for name, value in row.items() if name not in left_out}


def sums(pieces: Sequence[Row]) -> Row:
    """Units of pieces, what they cost without VAT, and how many of them no invoice covers.

    Returns:
        units; net_amount (CNY, a text; None where no invoice covers any of them); uncovered.
    """
    amounts = [Decimal(piece["net_amount"]) for piece in pieces if piece["net_amount"] is not None]
    return {
        "units": sum(piece["quantity"] for piece in pieces),
        "net_amount": str(sum(amounts, Decimal("0.00"))) if amounts else None,
        "uncovered": sum(p["quantity"] for p in pieces if p["net_amount"] is None),
    }


def proof(of: str, total: int | str, parts: dict[str, int] | dict[str, str]) -> Row:
    """That a total is the sum of its parts: units as numbers, CNY as texts."""
    added = sum((Decimal(part) for part in parts.values()), Decimal(0))
    return {
        "of": of,
        "unit": "CNY" if isinstance(total, str) else "units",
        "total": total,
        "parts": parts,
        "holds": added == Decimal(total),
    }


def items(closed: ClosedSeason, keys: Sequence[Numbered], arrivals: Arrivals) -> list[Row]:
    """What the close says of declaration items, one entry each, in the order of `keys`."""
    refunds = rows_by(closed, "refunds", *_ITEM, keys)
    advances = rows_by(closed, "advances", *_ITEM, keys)
    filings = _filings(closed, keys)
    exceptions = _exceptions_by_item(closed, keys, arrivals, advances)
    return [
        {
            "declaration_no": key[0],
            "item_no": key[1],
            "skus": arrivals.declared[key],
            "refund": without(refunds[key][0], _OF_ITEM),
            "advances": [without(row, _OF_ITEM) for row in advances[key]],
            "filings": filings[key],
            "receipts": _receipts(key, arrivals),
            "exceptions": exceptions[key],
        }
        for key in keys
    ]


def _filings(closed: ClosedSeason, keys: Sequence[Numbered]) -> dict[Numbered, list[Row]]:
    """What is to be filed next, export line by export line, each with its purchase lines."""
    exports = rows_by(closed, "filing_exports", *_ITEM, keys)
    associations = [row["association_no"] for rows in exports.values() for row in rows]
    purchases: dict[str, list[Row]] = defaultdict(list)
    for row in closed.rows(
        f"SELECT * FROM filing_purchases WHERE association_no IN ({marks(associations)}) "
        f"{IN_ORDER}",
        associations,
    ):
        purchases[row["association_no"]].append(without(row, {"association_no", PART, AT}))
    return {
        key: [
            without(row, _OF_ITEM) | {"purchases": purchases[row["association_no"]]} for row in rows
        ]
        for key, rows in exports.items()
    }


def _receipts(key: Numbered, arrivals: Arrivals) -> list[Row]:
    """Receipts of an item; `item_certain` is False where another item has the SKU as well."""
    number = key[0]
    return [
        without(row, ()) | {"item_certain": (number, sku) in arrivals.certain}
        for sku in arrivals.declared[key]
        for row in arrivals.received.get((number, sku), [])
    ]


# --- Exceptions ----------------------------------------------------------------------------------


def exceptions(closed: ClosedSeason, table: str, keys: Sequence[str]) -> list[Row]:
    """The exceptions about rows of a table, by the keys of the rows, in their order."""
    rows = closed.rows(
        f'SELECT * FROM exceptions WHERE "table" = ? AND key IN ({marks(keys)}) {IN_ORDER}',
        [table, *keys],
    )
    return [without(row, {PART, AT}) for row in rows]


def _exceptions_by_item(
    closed: ClosedSeason,
    keys: Sequence[Numbered],
    arrivals: Arrivals,
    advances: dict[Numbered, list[Row]],
) -> dict[Numbered, list[Row]]:
    """The exceptions that name an item: by their key, or, those of a receipt, in their sentence."""
    of: dict[tuple[str, str], Numbered] = {}
    for key in keys:
        item = f"{key[0]}/{key[1]}"
        of["declarations", item] = key
        of |= {("declarations", f"{item}/{sku}"): key for sku in arrivals.declared[key]}
        of |= {("refund_claims", f"{row['claim_no']}/{item}"): key for row in advances[key]}
    found: dict[Numbered, list[Row]] = {key: [] for key in keys}
    for table in ("declarations", "refund_claims"):
        asked = [each for about, each in of if about == table]
        for row in exceptions(closed, table, asked):
            found[of[table, row["key"]]].append(row)
    receipts = closed.rows(f"SELECT * FROM exceptions WHERE \"table\" = 'receipts' {IN_ORDER}")
    named = {f"{key[0]}/{key[1]}": key for key in keys}
    for row in receipts:
        # Such a sentence names the item first, or last but one.
        words = row["found"].split(" ")
        for word in (words[0], words[-2] if len(words) > 1 else ""):
            if word in named:
                found[named[word]].append(without(row, {PART, AT}))
    return found


# --- Invoices ------------------------------------------------------------------------------------


def invoices(closed: ClosedSeason, keys: Sequence[Numbered]) -> list[Row]:
    """Invoice lines as the book has them, in the order of `keys`: supplier, day, units by SKU."""
    numbers = sorted({number for number, _ in keys})
    bought: dict[Numbered, list[Row]] = defaultdict(list)
    for row in closed.rows(
        f"SELECT * FROM book WHERE document_kind = 'purchase' "
        f"AND document_no IN ({marks(numbers)}) {IN_ORDER}",
        numbers,
    ):
        bought[row["document_no"], row["document_line"]].append(row)
    return [
        {
            "invoice_no": key[0],
            "line_no": key[1],
            "supplier_uscc": _first(bought[key], "from_place").removeprefix("supplier/"),
            "issued_on": told(bought[key][0]["on"]) if bought[key] else None,
            "skus": {row["item"]: row["quantity"] for row in bought[key]},
        }
        for key in keys
    ]


def _first(rows: Sequence[Row], column: str) -> str:
    return str(rows[0][column]) if rows else ""
