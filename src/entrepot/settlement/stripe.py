# SPDX-License-Identifier: Apache-2.0
"""Stripe: the itemised payout reconciliation report, and itemised payouts beside it (CSV).

Where this was learned: Stripe's page on report types, "Itemized payout reconciliation"
(payout_reconciliation.itemized.5) and "Itemized payouts" (payouts.itemized.3): names of the
columns; gross, fee and net in major units; which time is in which zone; the decimal mark may be
chosen. The categories: the enumeration of reporting categories in Stripe's own client libraries.
Not verified with a live account: that net is gross less fee in every category (each row is
checked), and that gross of a payout is below zero in the report of payouts, as it is in the balance
that the report itemises.

The reconciliation report says what makes up each payout, not what the payout came to: give the
report of payouts as well, and each is footed.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from entrepot.engine.duck import quoted, text
from entrepot.settlement.decoding import Text
from entrepot.settlement.delimited import COMMAS, check_header, header, read_cells

SYSTEM = "stripe"
_MONEY = ("currency", "gross", "fee", "net", "reporting-category")
#: The columns of which the first that is there tells the payout, and the time.
_PAYOUT = ("automatic-payout-id", "payout-id")
_WHEN = ("created-utc", "effective-at-utc", "created", "effective-at", "available-on-utc")
_DEPOSITED = ("effective-at-utc", "effective-at")


def read(connection: duckdb.DuckDBPyConnection, source: Text, number: int) -> int:
    """Add a report to the store as file `number`; how many rows it has.

    Raises:
        UnreadableReport: it has other columns, or lines that cannot be split.
    """
    names = header(source, COMMAS)
    payout = next((name for name in _PAYOUT if name in names), _PAYOUT[0])
    check_header(source, names, (*_MONEY, payout), COMMAS, "a Stripe payout report")
    rows = read_cells(connection, source, names, COMMAS, names)
    common = ", ".join(
        (
            quoted(payout),
            '"reporting-category"',
            _first(names, _WHEN),
            _first(names, ("order-id", "payment-metadata[order-id]", "invoice-number")),
            _first(names, ("charge-id", "source-id")),
            "''",
            "''",
            "''",
        )
    )
    entry = _first(names, ("balance-transaction-id",))
    for part, (column, sign) in enumerate((("gross", 1), ("fee", -1))):
        connection.execute(f"""
            INSERT INTO entries SELECT {number}, row, {part}, {common}, {text(column)},
                "reporting-category", {quoted(column)}, {sign}, upper(currency), {entry},
                {text(column)}
            FROM rows
        """)
    connection.execute(f"""
        INSERT INTO totals SELECT {number}, row, {quoted(payout)}, net, upper(currency) FROM rows
    """)
    if "automatic-payout-id" in names:
        day = _first(names, ("automatic-payout-effective-at-utc", "automatic-payout-effective-at"))
    else:
        day = _first(names, _DEPOSITED)
    # What is paid out is not said here: the line of the payout says it.
    connection.execute(f"""
        INSERT INTO statements
        SELECT {number}, min(row), {quoted(payout)}, '', '', min({day}), '', upper(currency),
            {_state(names)}, '', ''
        FROM rows WHERE {quoted(payout)} <> '' GROUP BY {quoted(payout)}, upper(currency)
    """)
    return rows


def _state(names: Sequence[str]) -> str:
    return 'min("payout-status")' if "payout-status" in names else "''"


def _first(names: Sequence[str], wanted: Sequence[str]) -> str:
    """SQL for the first of these columns that is there."""
    return next((quoted(name) for name in wanted if name in names), "''")
