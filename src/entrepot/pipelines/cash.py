# SPDX-License-Identifier: Apache-2.0
"""Cash tied up in goods, added up; and one lot opened to the units that it ties up."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from entrepot.errors import Misused
from entrepot.pipelines.walk.closed import open_closed

#: By what lots can be added up, and where each is in the table.
BY: Final = {
    "invoice": "invoice_no",
    "month": "strftime(paid_on, '%Y-%m')",
    "sku": "sku",
}
_SUMS: Final = (
    "quantity",
    "amount",
    "home",
    "home_amount",
    "home_days",
    "open_amount",
    "open_days",
)
_TYPES: Final = {"quantity": "BIGINT", "home": "BIGINT"}

Row = dict[str, Any]


class NoSuchLot(Misused):
    """No VAT invoice of a close has the number that is asked for."""

    code = "margin.no_such_lot"


def add_up(out: Path, by: str) -> list[Row]:
    """What lots tie up, added up: what ties up most first.

    Args:
        out: the folder that `entrepot close` wrote. by: a name of BY.

    Returns:
        one row per group: the name of `by`; sums of CASH_TIED as decimals and whole numbers, and
        home_average and open_average (days, rounded down; None: there is nothing).

    Raises:
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
    """
    sums = ", ".join(f"sum({n})::{_TYPES.get(n, 'DECIMAL(38, 2)')} AS {n}" for n in _SUMS)
    query = f'SELECT {BY[by]} AS "{by}", {sums} FROM cash_tied GROUP BY 1'
    with open_closed(out, ("cash_tied",)) as closed:
        rows = closed.rows(f"{query} ORDER BY open_days DESC, home_days DESC, 1")
    return [row | _averages(row) for row in rows]


def _averages(row: Row) -> Row:
    return {
        f"{part}_average": int(row[f"{part}_days"] // row[f"{part}_amount"])
        if row[f"{part}_amount"]
        else None
        for part in ("home", "open")
    }


def open_lot(out: Path, invoice: str) -> list[Row]:
    """What has become of the units of an invoice, and how long each tied up its cash.

    Args:
        invoice: its number, or NUMBER/LINE.

    Returns:
        one row per line, article, fate and order line: line_no, sku, fate (as the trace has it;
        undeclared: not in it), channel, order_no, order_line_no, quantity, amount, paid_on,
        home_on (None: open), until (home_on, or the day of the close), days, amount_days.

    Holds:
        per lot amount and amount_days sum to its row in CASH_TIED.

    Raises:
        NoSuchLot: no invoice has this number.
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
    """
    number, _, line = invoice.partition("/")
    with open_closed(out, ("cash_tied", "trace", "margin")) as closed:
        rows = closed.rows(_OPENED, [number, line, line, closed.run["as_of"]])
    if not rows:
        raise NoSuchLot(
            "Cannot open the invoice.",
            f"No VAT invoice line of the close is {invoice}.",
            "Name it as in purchases: NUMBER or NUMBER/LINE.",
        )
    return rows


#: Units of a lot by fate and order line; what the trace does not have of it is undeclared.
_OPENED: Final = """
    WITH lots AS (
        SELECT * FROM cash_tied
        WHERE invoice_no = ? AND (? = '' OR line_no::VARCHAR = ?)
    ), traced AS (
        SELECT t.invoice_no, t.invoice_line_no AS line_no, t.sku, t.fate, t.channel, t.order_no,
            t.order_line_no, sum(t.quantity)::BIGINT AS quantity, sum(t.net_amount) AS amount
        FROM trace t JOIN lots l
            ON t.invoice_no = l.invoice_no AND t.invoice_line_no = l.line_no AND t.sku = l.sku
        GROUP BY ALL
    ), rest AS (
        SELECT l.invoice_no, l.line_no, l.sku, 'undeclared' AS fate, NULL AS channel,
            NULL AS order_no, NULL AS order_line_no,
            l.quantity - coalesce(sum(t.quantity), 0)::BIGINT AS quantity,
            l.amount - coalesce(sum(t.amount), 0) AS amount
        FROM lots l LEFT JOIN traced t USING (invoice_no, line_no, sku)
        GROUP BY l.invoice_no, l.line_no, l.sku, l.quantity, l.amount
    ), units AS (
        FROM traced UNION ALL FROM (FROM rest WHERE quantity > 0)
    ), told AS (
        SELECT u.*, l.paid_on, CASE WHEN u.fate = 'sold' THEN m.home_on END AS home_on
        FROM units u JOIN lots l USING (invoice_no, line_no, sku)
        LEFT JOIN margin m
            ON u.channel = m.channel AND u.order_no = m.order_no AND u.order_line_no = m.line_no
    ), dated AS (
        SELECT *, coalesce(home_on, ?::DATE) AS until FROM told
    )
    SELECT line_no, sku, fate, channel, order_no, order_line_no, quantity,
        amount::DECIMAL(38, 2) AS amount, paid_on, home_on, until, until - paid_on AS days,
        (amount * (until - paid_on))::DECIMAL(38, 2) AS amount_days
    FROM dated
    ORDER BY line_no, sku, home_on IS NULL, home_on, channel, order_no, order_line_no, fate
"""
