# SPDX-License-Identifier: Apache-2.0
"""What reading and footing an Amazon settlement report takes, beside DuckDB reading its texts."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.measure import Line, in_turns
from entrepot.settlement.actions import Asked, read_settlements
from entrepot.settlement.money import decimal_text
from entrepot.settlement.reporting import fits

#: Of DuckDB reading every cell of the same file as text into a table.
AT_MOST = 5.0
#: The lines of an order: group, label, and cents of it in a thousand of the price.
_LABELS = (
    ("ItemPrice", "Principal", 1000),
    ("ItemPrice", "Tax", 82),
    ("ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", -82),
    ("ItemFees", "Commission", -150),
    ("ItemFees", "FBAPerUnitFulfillmentFee", -210),
)
_HEADER = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
)


def measure(folder: Path, lines: int, times: int) -> Iterator[Line]:
    """Read a report of `lines` lines in turns with the yardstick."""
    report = make_report(folder, lines)
    seconds = in_turns({"read": partial(_read, report), "raw": partial(_raw, report)}, times)
    unit = 2**30 if sys.platform == "darwin" else 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    note = f"{report.stat().st_size / 1e6:,.0f} MB, {peak:.1f} GB at its peak, both together"
    yield Line(f"settlement of {lines:,}", seconds["read"], seconds["raw"], AT_MOST, note)


def make_report(folder: Path, lines: int) -> Path:
    """A report of flat file V2 that foots; made once."""
    path = folder / f"settlement-{lines}.txt"
    if path.is_file():
        return path
    labels = ", ".join(f"({at}, '{g}', '{d}', {part})" for at, (g, d, part) in enumerate(_LABELS))
    cents = "((499 + (n * 7919) % 20000) * part) // 1000"
    texts = decimal_text("cents", "2")
    connection = duckdb.connect()
    connection.execute(f"""
        CREATE TABLE made AS
        SELECT n, place, "group", label, {cents} AS cents
        FROM range({lines // len(_LABELS)}) AS orders (n),
            (VALUES {labels}) AS labels (place, "group", label, part) ORDER BY n, place
    """)
    empty = dict.fromkeys(_HEADER, "''") | {"settlement-id": "'11000000001'"}
    first = empty | {
        "settlement-start-date": "'2026-03-11 06:10:11 UTC'",
        "settlement-end-date": "'2026-03-25 06:10:11 UTC'",
        "deposit-date": "'2026-03-27 06:10:11 UTC'",
        "total-amount": f"(SELECT {texts} FROM (SELECT sum(cents) AS cents FROM made))",
        "currency": "'USD'",
    }
    when = "TIMESTAMP '2026-03-11 06:10:11' + to_seconds((n * 104729) % 1209600)"
    rest = empty | {
        "transaction-type": "'Order'",
        "order-id": "'111-0000000-' || lpad(n::VARCHAR, 7, '0')",
        "marketplace-name": "'Amazon.com'",
        "amount-type": '"group"',
        "amount-description": "label",
        "amount": texts,
        "fulfillment-id": "'AFN'",
        "posted-date": f"strftime({when}, '%m/%d/%y')",
        "posted-date-time": f"strftime({when}, '%Y-%m-%d %H:%M:%S UTC')",
        "order-item-code": "(50000000000000 + n)::VARCHAR",
        "sku": "'SKU-' || (n * 31) % 5000",
        "quantity-purchased": "'1'",
    }
    chosen = [
        ", ".join(f'{value} AS "{name}"' for name, value in row.items()) for row in (first, rest)
    ]
    connection.execute(f"""
        COPY (SELECT {chosen[0]} UNION ALL SELECT {chosen[1]} FROM made)
        TO '{path}' (FORMAT csv, DELIMITER '\t', QUOTE '', ESCAPE '', HEADER)
    """)
    return path


def _read(report: Path) -> None:
    """Read the report, and look that it foots."""
    found = read_settlements(report, Asked("amazon-v2"))
    assert fits(found), found["exceptions"]


def _raw(report: Path) -> None:
    """Have DuckDB read every cell as text, and do nothing with it."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in _HEADER)
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE cells AS FROM read_csv('{report}', delim = '\t', quote = '',"
            f" escape = '', header = true, auto_detect = false, columns = {{{columns}}})"
        )
