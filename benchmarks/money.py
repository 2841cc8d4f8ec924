# SPDX-License-Identifier: Apache-2.0
"""Settlement lines booked, footed and laid beside their orders, in the close's own steps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.measure import Line, in_turns
from entrepot.engine.duck import Duck
from entrepot.engine.lookup import Rows
from entrepot.finance.netting import with_received
from entrepot.finance.tables import MONEY_BOOK, MONEY_EXCEPTIONS, PROCEEDS, SETTLED
from entrepot.finance.tables_bank import NETTING
from entrepot.pipelines.collecting import work_out_netting
from entrepot.pipelines.money import work_out_money

#: Of DuckDB reading and writing the same Parquet with one sort; its own budget leaves room for the
#: rest of the process.
AT_MOST, MEMORY, MEMORY_GB = 5.0, "1700MB", 2.0
AS_OF = date(2026, 12, 31)


def measure(folder: Path, lines: int, times: int) -> Iterator[Line]:
    """Book `lines` settlement lines of as many order lines, in turns with the yardstick."""
    data = make_data(folder, lines)
    peaks: list[float] = []
    with tempfile.TemporaryDirectory(dir=folder) as made:
        seconds = in_turns(
            {
                "raw": lambda: _process("raw", data, Path(made)),
                "money": lambda: peaks.append(_process("book", data, Path(made))),
            },
            times,
        )
    above = " above" if max(peaks) > MEMORY_GB else ""
    note = f"{max(peaks):.1f} GB at the peak, at most {MEMORY_GB:.0f}{above}"
    yield Line(f"money of {lines:,}", seconds["money"], seconds["raw"], AT_MOST, note)


def make_data(folder: Path, lines: int) -> Path:
    """Orders of two lines and two amounts each, of four channels, paid out every 14 days."""
    data = folder / f"money-{lines}"
    if (data / "fx_rates.parquet").is_file():
        return data
    data.mkdir(exist_ok=True)
    order = """
        'shop-' || n % 4 AS channel, 'P' || lpad((n % 365 // 14)::VARCHAR, 3, '0') AS settlement_no,
        DATE '2026-01-01' + (n % 365)::INTEGER AS day, 'O-' || lpad(n::VARCHAR, 9, '0') AS order_no,
        499 + (n * 7919) % 20000 AS price
    """
    connection = duckdb.connect()
    connection.execute(f"""
        COPY (SELECT channel, order_no, part AS line_no, day AS shipped_on, price // 2 AS amount,
                'EUR' AS currency FROM (SELECT {order} FROM range({lines // 2}) AS o (n)),
                range(2) AS parts (part))
        TO '{data}/sales.parquet';
        COPY (SELECT channel, settlement_no, 2 * n + part AS line_no, day + 1 AS posted_on,
                ['sales', 'marketplace_fees'][part + 1] AS account, 'EUR' AS currency,
                [price // 2 * 2, -price // 7][part + 1] AS amount, order_no, NULL::VARCHAR AS sku,
                NULL::VARCHAR AS label
            FROM (SELECT n, {order} FROM range({lines // 2}) AS o (n)), range(2) AS parts (part))
        TO '{data}/settlements.parquet';
        COPY (SELECT channel, settlement_no, max(posted_on) AS paid_on, currency,
                sum(amount)::BIGINT AS amount, NULL::VARCHAR AS reference
            FROM '{data}/settlements.parquet' GROUP BY ALL)
        TO '{data}/payouts.parquet';
        COPY (SELECT DATE '2026-01-01' + n::INTEGER AS "on", 'EUR' AS currency,
                7800000 + 100 * n AS cny_per_unit FROM range(367) AS days (n))
        TO '{data}/fx_rates.parquet';
    """)
    return data


def book(data: Path, out: Path) -> None:
    """What a close does with them, from Parquet to Parquet."""
    engine = Duck(out, MEMORY)
    names = ("settlements", "payouts", "sales", "fx_rates")
    tables = {name: engine.scan(data / f"{name}.parquet") for name in names}
    money = work_out_money(engine, tables, AS_OF)
    writer = engine.writer(out, "parquet")
    for table, rows in (
        (MONEY_BOOK, money.moved),
        (SETTLED, with_received(money.settled, None)),
        (NETTING, work_out_netting(engine, money)),
        (PROCEEDS, money.proceeds),
        (MONEY_EXCEPTIONS, money.exceptions),
    ):
        writer.write(table, [Rows(rows, table.key)])
    engine.close()


def raw(data: Path, out: Path) -> None:
    """Read and write the same tables, the lines in the order of their key."""
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(out)})
    connection.execute(f"""
        COPY (FROM '{data}/settlements.parquet' ORDER BY channel, settlement_no, line_no)
        TO '{out}/settlements.parquet';
        COPY (FROM '{data}/sales.parquet') TO '{out}/sales.parquet';
    """)


def _process(name: str, data: Path, made: Path) -> float:
    """Do it in a process of its own; the gigabytes at its peak."""
    out = made / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    code = f"from pathlib import Path; from benchmarks.money import {name}; "
    code += f"{name}(Path({str(data)!r}), Path({str(out)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{name} failed"
    return used.ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
