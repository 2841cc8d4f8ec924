# SPDX-License-Identifier: Apache-2.0
"""What was bought for what was declared: VAT invoices, and the links the firm keeps to them."""

from __future__ import annotations

from entrepot.pipelines.sample.batches import batch_of, batches, start_of
from entrepot.pipelines.sample.ground import Ground, day, day_no, money, padded, rate

#: Lines of one invoice at most.
_LINES = 12


def buy(ground: Ground) -> None:
    """Write `purchases`; keep `bought`, one row per invoice line and SKU, with its batch.

    Per SKU, what was declared is cut into batches of a few declaration lines; a batch is invoiced
    one to three weeks before the first of them leaves. One batch in fifty is invoiced short, one in
    sixteen weeks late (so the newest are not invoiced yet by the end), one supplier's not at all.
    """
    ground.tell("Collecting invoices")
    _need(ground)
    _bill(ground)
    _number(ground)
    ground.write(
        "purchases",
        f"""
        SELECT invoice_no, line_no, sku, issued_on, uscc AS supplier_uscc, quantity,
            {money("net")} AS net_amount, {rate("vat_rate")} AS vat_rate
        FROM bought ORDER BY invoice_no, line_no, sku
        """,
    )


def _need(ground: Ground) -> None:
    """Keep `needed`: what was declared along a line per SKU, but for what nobody bills."""
    ground.run("""
        CREATE OR REPLACE TEMP TABLE needed AS
        SELECT declared.*, exported_on AS day, (sid * 2 + era) AS salt, size, total,
            (sum(quantity) OVER (PARTITION BY era, sid
                ORDER BY exported_on, declaration_no, item_no ROWS UNBOUNDED PRECEDING))::BIGINT
                - quantity AS start
        FROM declared JOIN articles USING (sid) JOIN (
            SELECT era, sid, sum(quantity)::BIGINT AS total,
                greatest(4, 4 * sum(quantity) // count(*))::BIGINT AS size
            FROM declared GROUP BY era, sid
        ) USING (era, sid)
        WHERE billed OR era = 0
    """)


def _bill(ground: Ground) -> None:
    """Keep `billed`: one row per batch of which the invoice is there by the end."""
    chance = ground.chance
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE billed AS
        WITH cut AS (
            SELECT era, sid, salt, batch, day, ends - starts AS units,
                era > 0 AND {chance.below(16, "billed late", "salt", "batch")} = 0 AS late,
                era > 0 AND {chance.below(50, "billed short", "salt", "batch")} = 0 AS short
            FROM {batches(chance, "purchase", "needed")}
        ), dated AS (
            SELECT cut.*, supplier, uscc, hs_code, sku, vat_rate, cost,
                CASE WHEN short THEN greatest(1, units * 4 // 5) ELSE units END AS quantity,
                CASE WHEN late
                    THEN day + (15 + {chance.below(60, "billed on", "salt", "batch")})::INTEGER
                    -- A supplier bills on its own day of every ten.
                    ELSE DATE '1970-01-01' + (({day_no("day")} - 4 - supplier % 10) // 10 * 10
                        + supplier % 10)::INTEGER END AS issued_on
            FROM cut JOIN articles USING (sid)
        )
        SELECT * FROM dated WHERE issued_on <= {day(ground.as_of)}
    """)


def _number(ground: Ground) -> None:
    """Keep `bought`: the batches on the lines of their invoices.

    A supplier's batches of one day are one invoice, or several where they are many.
    """
    chance = ground.chance
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE bought AS
        WITH lined AS (
            SELECT *, sum(own_line) OVER (PARTITION BY supplier, issued_on
                ORDER BY hs_code, sid, era, batch ROWS UNBOUNDED PRECEDING)::BIGINT - 1 AS line
            FROM (
                SELECT *, CASE WHEN {chance.below(3, "shared line", "salt", "batch")} = 0
                    -- A line may name goods of several SKUs, of one HS code, each once.
                    AND lag(hs_code) OVER sheet = hs_code AND lag(sid) OVER sheet <> sid
                    THEN 0 ELSE 1 END AS own_line
                FROM billed
                WINDOW sheet AS (PARTITION BY supplier, issued_on
                    ORDER BY hs_code, sid, era, batch)
            )
        )
        SELECT era, sid, salt, batch, short, issued_on, uscc, sku, quantity, vat_rate,
            dense_rank() OVER (ORDER BY issued_on, supplier, line // {_LINES}) AS serial,
            line % {_LINES} + 1 AS line_no,
            greatest(1, quantity * cost * (97 + {chance.below(7, "haggled", "salt", "batch")})
                // 100) AS net
        FROM lined
    """)
    ground.run(f"""
        ALTER TABLE bought ADD COLUMN invoice_no VARCHAR;
        UPDATE bought SET invoice_no = strftime(issued_on, '%y') || '332'
            || {padded("serial * 7 + 1000000000", 15)}
    """)
    ground.run("DROP TABLE billed")


def link(ground: Ground) -> None:
    """Write `invoice_links`: for one declaration in eight, which invoice lines its goods came on.

    The links follow the cut that the invoices were made by, so they stay within both sides. A batch
    that was invoiced short is left alone. Keeps `links`: sid, declaration_no, item_no,
    invoice_no, line_no, quantity, and the days that order them.
    """
    chance = ground.chance
    end = f"least({start_of(chance, 'purchase', 'batch + 1')}, total)"
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE links AS
        SELECT declaration_no, item_no, invoice_no, line_no, pieces.sku, pieces.sid,
            exported_on, issued_on, units::BIGINT AS quantity
        FROM (
            SELECT *, least(start + quantity, {end})
                - greatest(start, {start_of(chance, "purchase", "batch")}) AS units
            FROM (
                SELECT *, unnest(range({batch_of(chance, "purchase", "start")},
                    {batch_of(chance, "purchase", "start + quantity - 1")} + 1)) AS batch
                FROM needed WHERE linked
            )
        ) AS pieces JOIN bought USING (salt, batch)
        WHERE NOT short AND units > 0
    """)
    ground.write(
        "invoice_links",
        """
        SELECT declaration_no, item_no, invoice_no, line_no, sku, quantity
        FROM links ORDER BY declaration_no, item_no, invoice_no, line_no, sku
        """,
    )
    ground.run("DROP TABLE needed")
