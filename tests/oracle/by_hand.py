# SPDX-License-Identifier: Apache-2.0
"""Makes seasons small enough to be worked out by hand, row by row, and closes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from tests.oracle.seasons import KEYS
from tests.oracle.simulation import Row, Season, simulate

AS_OF = date(2025, 6, 30)
FILING_DAYS = {2026: date(2026, 5, 22)}
V = {"warehouse": "V"}
D1, D2 = "D1".ljust(18, "0"), "D2".ljust(18, "0")
TRACE = (
    "declaration_no item_no invoice_no invoice_line_no basis warehouse sku fate channel order_no "
    "order_line_no day quantity net_amount"
)
STOCK = "warehouse sku declaration_no item_no received_on quantity net_amount"
REFUNDS = (
    "declaration_no item_no mode exported_on refund_rate declared covered sold unsold other "
    "refundable refundable_on_sold advanced claimed difference open_advance treatment data_gap "
    "state claim_by lapses_on"
)
ADVANCES = (
    "claim_no declaration_no item_no quantity amount finished_on reconcile_from legal_until "
    "file_by settled_by state"
)
yuan = Decimal
day = partial(date, 2025)


def season(**tables: list[Row]) -> Season:
    """A season of two articles with a 13% refund rate, and these tables."""
    made: Season = {name: [] for name in KEYS}
    hs_codes = {"A": "9405110000", "B": "8544422100"}
    made["products"] = [row("sku name hs_code", sku, sku, hs_codes[sku]) for sku in hs_codes]
    made["refund_rates"] = [rate(hs_code, "0.1300") for hs_code in hs_codes.values()]
    return made | tables


def row(columns: str, *values: Any, **other: Any) -> Row:
    """A row of these columns and values, with some replaced or added by name."""
    return dict(zip(columns.split(), values, strict=True)) | other


def rate(hs_code: str, refund_rate: str) -> Row:
    columns = "hs_code valid_from valid_to refund_rate source"
    return row(columns, hs_code, date(2020, 1, 1), None, Decimal(refund_rate), "by hand")


def purchase(invoice_no: str, quantity: int, net: str, **other: Any) -> Row:
    columns = "invoice_no line_no sku issued_on quantity net_amount vat_rate"
    values = invoice_no, 0, "A", day(1, 1), quantity, Decimal(net), Decimal("0.1300")
    return row(columns, *values, **other)


def declaration(quantity: int, **other: Any) -> Row:
    columns = (
        "declaration_no item_no sku mode exported_on quantity warehouse fob_currency fob_amount"
    )
    worth = "USD", Decimal(quantity)
    return row(columns, D1, 0, "A", "9810", day(1, 10), quantity, "W", *worth, **other)


def link(invoice_no: str, quantity: int, **other: Any) -> Row:
    columns = "declaration_no item_no invoice_no line_no sku quantity"
    return row(columns, D1, 0, invoice_no, 0, "A", quantity, **other)


def receipt(receipt_no: str, on: date, quantity: int, **other: Any) -> Row:
    columns = "receipt_no line_no received_on warehouse declaration_no item_no sku quantity"
    return row(columns, receipt_no, 0, on, "W", D1, 0, "A", quantity, **other)


def sale(order_no: str, on: date, quantity: int, **other: Any) -> Row:
    columns = "channel order_no line_no shipped_on warehouse sku quantity"
    return row(columns, "shop", order_no, 0, on, "W", "A", quantity, **other)


def returned(return_no: str, order_no: str, on: date, quantity: int, **other: Any) -> Row:
    columns = "return_no line_no channel order_no order_line_no returned_on warehouse quantity"
    values = return_no, 0, "shop", order_no, 0, on, "W", quantity
    return row(columns, *values, outcome="restocked") | other


def adjustment(adjustment_no: str, on: date, quantity: int, reason: str) -> Row:
    columns = "adjustment_no line_no on warehouse sku quantity reason"
    return row(columns, adjustment_no, 0, on, "W", "A", quantity, reason)


def transfer(
    transfer_no: str, left: date, arrived: date | None, quantity: int, **other: Any
) -> Row:
    columns = "transfer_no line_no shipped_on from_warehouse to_warehouse sku quantity arrived_on"
    return row(columns, transfer_no, 0, left, "W", "V", "A", quantity, arrived, **other)


def claim(claim_no: str, kind: str, amount: str, quantity: int, **other: Any) -> Row:
    columns = "claim_no declaration_no item_no kind of_claim quantity amount filed_on finished_on"
    values = claim_no, D1, 0, kind, None, quantity, Decimal(amount), day(2, 1), day(2, 13)
    return row(columns, *values, **other)


def close(made: Season, as_of: date = AS_OF) -> dict[str, list[Row]]:
    return simulate(made, as_of, FILING_DAYS)


def closed_with(as_of: date = AS_OF, **tables: list[Row]) -> dict[str, list[Row]]:
    """The close of a season with these tables."""
    return close(season(**tables), as_of)


def position(made: Season, as_of: date, *names: str) -> tuple[Any, ...]:
    """The named columns of the only row of `refunds`."""
    (found,) = chosen(close(made, as_of)["refunds"], *names)
    return found


def chosen(rows: list[Row], *names: str) -> list[tuple[Any, ...]]:
    """The named columns of every row."""
    return [tuple(row[name] for name in names) for row in rows]


def codes(closed: dict[str, list[Row]]) -> list[tuple[Any, ...]]:
    return chosen(closed["exceptions"], "code", "key", "day", "quantity")
