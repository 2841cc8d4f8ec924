# SPDX-License-Identifier: Apache-2.0
"""Half a million real order lines with money made up around them, closed and counted again.

    python -m benchmarks.real_money REAL

REAL is the folder that `make real` made. Orders to other countries are taken as sold in EUR. Every
14 days what was sold and given back is settled, less 15 % and storage, and paid out; a bank books
it three days later, EUR as CNY. Each declaration has freight that comes 10 to 90 days late.
"""

from __future__ import annotations

import shutil
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import click
import duckdb

from entrepot.pipelines.runs import Options, run_close

AS_OF = date(2012, 4, 30)
#: Of the season, with what is made of it; `first` is the first day of the first settlement.
_MADE = """
    CREATE TABLE sold AS
        SELECT * REPLACE (CASE destination WHEN 'GB' THEN 'GBP' ELSE 'EUR' END AS currency)
        FROM '{season}/sales.parquet';
    CREATE TABLE given AS
        SELECT s.channel, s.currency, s.shipped_on AS day, 'sales' AS account, s.amount, s.order_no,
            s.sku FROM sold AS s
        UNION ALL SELECT channel, currency, shipped_on, 'marketplace_fees',
            -round(amount * 0.15, 2), order_no, sku FROM sold
        UNION ALL SELECT s.channel, s.currency, greatest(r.returned_on, s.shipped_on), 'refunds',
            -round(s.amount * r.quantity / s.quantity, 2), s.order_no, s.sku
            FROM '{season}/returns.parquet' AS r JOIN sold AS s
            ON (s.channel, s.order_no, s.line_no) = (r.channel, r.order_no, r.order_line_no);
    CREATE TABLE lines AS SELECT *, currency || '-' || lpad((date_diff('day',
        DATE '2010-12-01', day) // 14)::VARCHAR, 3, '0') AS settlement_no FROM given;
    INSERT INTO lines SELECT channel, currency, max(day), 'storage', -12.34, NULL, NULL,
        settlement_no FROM lines GROUP BY ALL;
    CREATE TABLE paid AS SELECT channel, settlement_no, currency, max(day) + 2 AS paid_on,
        sum(amount)::DECIMAL(18, 2) AS amount FROM lines GROUP BY ALL;
    COPY sold TO '{out}/sales.parquet';
    COPY (SELECT channel, settlement_no, row_number() OVER (PARTITION BY channel, settlement_no
            ORDER BY day, order_no, sku, account, amount) AS line_no, day AS posted_on, account,
            currency, amount::DECIMAL(18, 2) AS amount, order_no, sku, account AS label FROM lines)
        TO '{out}/settlements.parquet';
    COPY (SELECT channel, settlement_no, paid_on, currency, amount, settlement_no AS reference
        FROM paid) TO '{out}/payouts.parquet';
    COPY (SELECT 'ACC-' || currency AS account, channel || ' ' || settlement_no AS entry_no,
            0 AS line_no, paid_on + 3 AS booked_on, 'payout' AS kind,
            CASE currency WHEN 'EUR' THEN 'CNY' ELSE currency END AS currency,
            (CASE currency WHEN 'EUR' THEN round(amount * 8.1, 2) ELSE amount END)::DECIMAL(18, 2)
                AS amount, channel, settlement_no, NULL::VARCHAR AS payee,
            CASE currency WHEN 'EUR' THEN 'EUR' END AS of_currency,
            CASE currency WHEN 'EUR' THEN amount END AS of_amount, settlement_no AS reference
        FROM paid WHERE amount <> 0) TO '{out}/bank.parquet';
    COPY (SELECT 'Forwarder' AS payee, 'F-' || declaration_no AS cost_no, 0 AS line_no,
            max(exported_on) + 10 + (hash(declaration_no) % 81)::INTEGER AS posted_on,
            'freight' AS account, 'CNY' AS currency, round(sum(fob_amount) * 0.4, 2) AS amount,
            'value' AS spread, declaration_no
        FROM '{season}/declarations.parquet' GROUP BY declaration_no) TO '{out}/costs.parquet';
    COPY (SELECT * FROM '{season}/fx_rates.parquet' UNION ALL SELECT last.on + n::INTEGER, currency,
            cny_per_unit FROM (SELECT DISTINCT ON (currency) * FROM '{season}/fx_rates.parquet'
            ORDER BY currency, "on" DESC) AS last, range(1, 200) AS days (n)
        UNION ALL SELECT first.on - n::INTEGER, currency, cny_per_unit FROM (SELECT DISTINCT ON
            (currency) * FROM '{season}/fx_rates.parquet' ORDER BY currency, "on") AS first,
            range(1, 1500) AS days (n)) TO '{out}/fx_rates.parquet';
"""
#: What has to be so, as two figures that are the same.
_SAME = {
    "settled = lines": (
        "SELECT sum(amount) FROM '{season}/settlements.parquet'",
        "SELECT sum(amount) FROM '{out}/settled.parquet'",
    ),
    "netting = lines": (
        "SELECT sum(amount) FROM '{season}/settlements.parquet'",
        "SELECT sum(amount) FROM '{out}/netting.parquet'",
    ),
    "payouts foot": (
        "SELECT 0",
        "SELECT count(*) FROM '{out}/settled.parquet' WHERE residual <> 0",
    ),
    "received = bank": (
        "SELECT sum(coalesce(of_amount, amount)) FROM '{season}/bank.parquet'",
        "SELECT sum(received) FROM '{out}/settled.parquet'",
    ),
    "allocated = receipts": (
        "SELECT sum(coalesce(of_amount, amount)) FROM '{season}/bank.parquet' WHERE amount > 0",
        "SELECT sum(amount) FROM '{out}/allocated.parquet'",
    ),
    "collected = allocated to declared lines, CNY": (
        "SELECT sum(cny) FROM '{out}/allocated.parquet' WHERE declaration_no IS NOT NULL",
        "SELECT sum(received) FROM '{out}/collected.parquet'",
    ),
    "costs = booked": (
        "SELECT sum(amount) FROM '{season}/costs.parquet'",
        "SELECT sum(amount) FROM '{out}/money_book.parquet' WHERE from_place = 'payable/Forwarder'",
    ),
}


@click.command()
@click.argument("real", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(real: Path) -> None:
    """Make the money, close, and count what came out."""
    season, out = real / "money", real / "money-closed"
    shutil.rmtree(season, ignore_errors=True)
    shutil.copytree(real / "season", season)
    duckdb.connect().execute(_MADE.format(season=real / "season", out=season))
    began = time.monotonic()
    run = run_close(season, out, Options(as_of=AS_OF, memory="2GB"), lambda _: None)
    click.echo(f"closed in {time.monotonic() - began:.1f} s")
    for currency, sums in run["summary"]["money"].items():
        click.echo(f"{currency}: {sums['lines']:,} amounts, settled {sums['settled']}")
    click.echo(f"collected: {run['summary']['collected']}")
    click.echo(f"exceptions: {run['summary']['money_exceptions']}")
    wrong = 0
    for what, queries in _SAME.items():
        left, right = (
            Decimal(duckdb.sql(each.format(season=season, out=out)).fetchall()[0][0] or 0)
            for each in queries
        )
        wrong += left != right
        click.echo(f"{'holds' if left == right else 'BROKEN':<8}{what}: {left:,} {right:,}")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
