# SPDX-License-Identifier: Apache-2.0
"""Take in what a season has on paper: invoices, declarations, links, and the tables that are sent.

Amounts are whole fen in a season, and the smallest unit of their currency in the book.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from entrepot.closing import kept
from entrepot.closing.loading.masters import DIGITS, Masters
from entrepot.closing.loading.reading import Row, Season, refuse_faults
from entrepot.errors import Refused
from entrepot.logistics import declaring, linking, purchasing
from entrepot.logistics.declaring import Declared
from entrepot.logistics.linking import Linked
from entrepot.logistics.purchasing import Bought, NewPurchase

_AT_ONCE: Final = 10_000


def take_papers(season: Season, masters: Masters) -> dict[str, Any]:
    """Take in purchases with their invoices, declarations, links, and the tables that are sent.

    Returns:
        ids of purchases by the numbers of their invoices.

    Raises:
        Unloadable: with every row that the desk does not take.
    """
    purchases = _purchases(season.rows["purchases"], masters)
    ids = {}
    for at in range(0, len(purchases), _AT_ONCE):
        for taken in purchasing.add(purchases[at : at + _AT_ONCE]):
            ids[taken.number] = taken.id
    _take(season, "declarations", lambda row: _declared(row, season, masters), declaring.put)
    _take(season, "invoice_links", _linked, linking.link)
    for name, content in season.kept.items():
        kept.keep(name, content)
    return ids


def smallest(season: Season, table: str, row: Row, column: str, digits: int | None) -> int:
    """An amount in fen as one in the smallest unit of its currency.

    Raises:
        Unloadable: the currency has fewer decimals than the amount.
    """
    fen: int = row[column]
    if digits is None or digits == DIGITS:
        return fen
    if digits > DIGITS:
        return fen * int(10 ** (digits - DIGITS))
    units, rest = divmod(fen, int(10 ** (DIGITS - digits)))
    if rest:
        fault = season.fault(
            table, row, column, "cell.decimals", f"{fen / 100:.2f}",
            f"at most {digits} decimals, as the book has of this currency",
            "Correct the amount or its currency.",
        )  # fmt: skip
        refuse_faults(season.folder, [fault])
    return units


def _purchases(rows: Sequence[Row], masters: Masters) -> list[NewPurchase]:
    invoices: dict[str, list[Row]] = {}
    for row in rows:
        invoices.setdefault(row["invoice_no"], []).append(row)
    return [
        NewPurchase(
            masters.suppliers[its[0]["supplier_uscc"]],
            [
                Bought(
                    row["line_no"], row["sku"], row["quantity"], row["net_amount"], row["vat_rate"]
                )
                for row in its
            ],
            invoice_no=number,
            issued_on=its[0]["issued_on"],
        )
        for number, its in invoices.items()
    ]


def _declared(row: Row, season: Season, masters: Masters) -> Declared:
    digits = masters.digits.get(row["fob_currency"])
    return Declared(
        row["declaration_no"], row["item_no"], row["sku"], row["mode"], row["exported_on"],
        row["quantity"], smallest(season, "declarations", row, "fob_amount", digits),
        row["fob_currency"], row["destination"], row["warehouse"] or "", row["sold_at_export"],
        row["statistics_flag"] or "", row["channel"] or "", row["order_no"] or "",
    )  # fmt: skip


def _linked(row: Row) -> Linked:
    return Linked(
        row["declaration_no"], row["item_no"], row["invoice_no"], row["line_no"], row["sku"],
        row["quantity"],
    )  # fmt: skip


def _take(
    season: Season, table: str, made: Callable[[Row], Any], put: Callable[[Sequence[Any]], Any]
) -> None:
    """Put rows, so many at once; what is refused is named as the rows of the season that it is."""
    rows = season.rows[table]
    for at in range(0, len(rows), _AT_ONCE):
        part = rows[at : at + _AT_ONCE]
        try:
            put([made(row) for row in part])
        except Refused as refused:
            listed: Any = refused.facts.get("faults", ())
            faults = [
                season.fault(
                    table, part[fault["row"] - 1], fault["field"], "cell.unloadable",
                    fault["found"], fault["expected"], "Correct the row.",
                )
                for fault in listed
                if "row" in fault
            ]  # fmt: skip
            refuse_faults(season.folder, faults)
            raise
