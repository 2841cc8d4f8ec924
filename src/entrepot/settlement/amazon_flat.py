# SPDX-License-Identifier: Apache-2.0
"""Amazon's settlement reports as flat files: V2, and V1, which ended on 2026-03-25.

Where this was learned:
    The columns of V2: "Settlement reports attributes" in Amazon's SP-API documentation. Amounts in
    local form (95,00 in the EU), `posted-date` as MM/DD/YY, `posted-date-time` as YYYY-MM-DD
    HH:MM:SS UTC, and the end of V1: its changelog, "Deprecation of two payment settlement report
    types". That `order-id` may hold a shipment's number, and that every row has all cells: issue
    5353 of amzn/selling-partner-api-models.
    A first row that states period and total, columns of V1, days as 2099/01/05 01:00:00 UTC with
    amounts such as 1000.00 in JPY, rows of V1 that tell a quantity only, and which label of V1 is
    which of V2: public programs that read such reports, and their test files.
Not verified against a report of a live account: that cells are never quoted; days as
    05.01.2099 in the EU.

A row that has a total states a settlement; a row that has an amount is a line; some writers put
the total on every row, which says the same. In V1 one row may carry several amounts: each column
that ends in -amount is one, so that no column of money can be overlooked.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from entrepot.engine.duck import quoted, text
from entrepot.settlement.decoding import Text
from entrepot.settlement.delimited import TABS, check_header, header, read_cells

SYSTEM = "amazon"
_KEYS = ("settlement-id", "total-amount", "currency", "transaction-type")
_V2 = (*_KEYS, "amount-type", "amount-description", "amount")
_V1 = (*_KEYS, "price-amount", "item-related-fee-amount", "other-amount")
_WHEN = ("posted-date-time", "posted-date")
_PERIOD = ("settlement-start-date", "settlement-end-date", "deposit-date")
_SHARED = (
    *_WHEN,
    *_PERIOD,
    "order-id",
    "order-item-code",
    "sku",
    "quantity-purchased",
    "marketplace-name",
)
#: Of V1's columns of money: what V2 calls their group, and the column that holds their label.
_GROUPS = {
    "price-amount": ("ItemPrice", "price-type"),
    "item-related-fee-amount": ("ItemFees", "item-related-fee-type"),
    "shipment-fee-amount": ("ShipmentFees", "shipment-fee-type"),
    "order-fee-amount": ("OrderFees", "order-fee-type"),
    "promotion-amount": ("Promotion", "promotion-type"),
    "direct-payment-amount": ("DirectPayment", "direct-payment-type"),
    "other-fee-amount": ("OtherFees", "other-fee-reason-description"),
    "misc-fee-amount": ("MiscFees", "transaction-type"),
    "other-amount": ("other-transaction", "transaction-type"),
}
#: Older spellings of V1's columns.
_OTHER_NAMES = {"item-price-amount": "price-amount", "item-price-type": "price-type"}


def read_v2(connection: duckdb.DuckDBPyConnection, source: Text, number: int) -> int:
    """Add a report of V2 to the store as file `number`; how many rows it has.

    Raises:
        UnreadableReport: it has other columns, or lines that cannot be split.
    """
    names = header(source, TABS)
    check_header(source, names, _V2, TABS, "an Amazon settlement report V2")
    rows = read_cells(connection, source, names, TABS, {*_V2, *_SHARED})
    _put_statements(connection, names, number)
    money = (
        f"{_cell(names, 'amount-type')}, {_cell(names, 'amount-description')}, amount, 1,"
        " currency, '', 'amount'"
    )
    connection.execute(f"""
        INSERT INTO entries
        SELECT {number}, row, 0, {_common(names)}, {money}
        FROM rows WHERE amount <> '' OR "total-amount" = ''
    """)
    return rows


def read_v1(connection: duckdb.DuckDBPyConnection, source: Text, number: int) -> int:
    """Add a report of V1 to the store as file `number`; how many rows it has.

    Raises:
        UnreadableReport: it has other columns, or lines that cannot be split.
    """
    names = [_OTHER_NAMES.get(name, name) for name in header(source, TABS)]
    money = [name for name in names if name.endswith("-amount")]
    needed = dict.fromkeys((*_V1, *money))  # two columns of one name would hide money
    check_header(source, names, needed, TABS, "an Amazon settlement report V1")
    rows = read_cells(connection, source, names, TABS, names)
    _put_statements(connection, names, number)
    amounts = [name for name in money if name != "total-amount"]
    for part, column in enumerate(amounts):
        group, typed = _GROUPS.get(column, (column.removesuffix("-amount"), ""))
        sums = (
            f"{text(group)}, {_cell(names, typed or f'{group}-type')}, {quoted(column)}, 1,"
            f" currency, '', {text(column)}"
        )
        connection.execute(f"""
            INSERT INTO entries SELECT {number}, row, {part}, {_common(names)}, {sums}
            FROM rows WHERE {quoted(column)} <> ''
        """)
    empty = " AND ".join(f"{quoted(column)} = ''" for column in (*amounts, "total-amount"))
    connection.execute(f"""
        INSERT INTO entries
        SELECT {number}, row, 0, {_common(names)}, '', '', '0', 1, currency, '', ''
        FROM rows WHERE {empty}
    """)
    return rows


def _put_statements(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], number: int
) -> None:
    """What the report says is paid out: from every row with a total, each statement once."""
    said = ", ".join(_cell(names, name) for name in _PERIOD)
    connection.execute(f"""
        INSERT INTO statements
        SELECT {number}, min(row), "settlement-id", {said}, "total-amount", currency, '', '', ''
        FROM rows WHERE "total-amount" <> '' GROUP BY ALL
    """)


def _common(names: Sequence[str]) -> str:
    """What V1 and V2 say alike about an amount, as `entries` has it up to the marketplace."""
    posted = [quoted(name) for name in _WHEN if name in names]
    filled = ", ".join(f"nullif({each}, '')" for each in posted)
    when = f"coalesce({filled}, '')"
    return ", ".join(
        (
            '"settlement-id"',
            '"transaction-type"',
            when if posted else "''",
            _cell(names, "order-id"),
            _cell(names, "order-item-code"),
            _cell(names, "sku"),
            _cell(names, "quantity-purchased"),
            _cell(names, "marketplace-name"),
        )
    )


def _cell(names: Sequence[str], name: str) -> str:
    return quoted(name) if name in names else "''"
