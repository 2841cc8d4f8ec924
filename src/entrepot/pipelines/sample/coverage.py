# SPDX-License-Identifier: Apache-2.0
"""What the invoices cover of each declaration item, and what refund that comes to.

The claims of the sample are filed on these amounts, to the fen, so that a close finds advances
that need no adjustment. Worked out here from the tables as they were written, by the rule that the
close follows too: declared links first, then first in, first out.
"""

from __future__ import annotations

from entrepot.pipelines.sample.ground import Ground, day

_LINK_ORDER = "exported_on, declaration_no, item_no, issued_on, invoice_no, line_no, sku"


def cover(ground: Ground) -> None:
    """Keep `items`: one row per declaration item, with what is covered of it.

    Columns: item (number), declaration_no, item_no, mode, exported_on, sold_at_export,
    statistics_flag, era, units (declared), covered (units), refundable (fen; null where an HS code
    has no rate), refunded (whether any rate is above 0).
    Needs `bought`, `links`, `declared` and `rates` (hs_code, valid_from, valid_to, per_myriad).
    """
    ground.tell("Working out what is refundable")
    _lay(ground)
    ground.run("""
        CREATE OR REPLACE TEMP TABLE pieces AS
        WITH starts AS (
            SELECT sid, start, 0 AS side, start + quantity AS bought_end, p, NULL AS declared_end,
                NULL AS d FROM bought_line WHERE quantity > 0
            UNION ALL
            SELECT sid, start, 1, NULL, NULL, start + quantity, d FROM declared_line
            WHERE quantity > 0
        ), filled AS (
            SELECT sid, start, lead(start) OVER line AS next,
                last_value(bought_end IGNORE NULLS) OVER line AS bought_end,
                last_value(p IGNORE NULLS) OVER line AS p,
                last_value(declared_end IGNORE NULLS) OVER line AS declared_end,
                last_value(d IGNORE NULLS) OVER line AS d
            FROM starts WINDOW line AS (PARTITION BY sid ORDER BY start, side)
        ), cut AS (
            SELECT sid, start, p, d, least(next, bought_end, declared_end) - start AS quantity
            FROM filled WHERE p IS NOT NULL AND d IS NOT NULL
        )
        SELECT d, p, linked + cut.start - bought_line.start AS start, cut.quantity
        FROM cut JOIN bought_line USING (p) WHERE cut.quantity > 0
        UNION ALL
        SELECT d, p, start, quantity FROM linked_line
    """)
    _sum(ground)
    ground.run("""
        DROP TABLE pieces; DROP TABLE linked_line; DROP TABLE bought_line; DROP TABLE declared_line
    """)


def _lay(ground: Ground) -> None:
    """Keep the two lines per SKU, without what is linked, and where the linked units lie."""
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE linked_line AS
        SELECT d.rowid AS d, p.rowid AS p, links.quantity,
            (sum(links.quantity) OVER (PARTITION BY p.rowid ORDER BY {
        ", ".join("links." + name for name in _LINK_ORDER.split(", "))
    } ROWS UNBOUNDED PRECEDING))::BIGINT - links.quantity AS start
        FROM links JOIN declared AS d USING (declaration_no, item_no, sid)
        JOIN bought AS p USING (invoice_no, line_no, sid)
    """)
    for name, table, number, order in (
        ("bought_line", "bought", "p", "issued_on, invoice_no, line_no"),
        ("declared_line", "declared", "d", "exported_on, declaration_no, item_no"),
    ):
        ground.run(f"""
            CREATE OR REPLACE TEMP TABLE {name} AS
            SELECT sid, {number}, linked, left_over AS quantity,
                (sum(left_over) OVER (PARTITION BY sid ORDER BY {order} ROWS UNBOUNDED PRECEDING))
                    ::BIGINT - left_over AS start
            FROM (
                SELECT {table}.* EXCLUDE (quantity), coalesce(taken, 0) AS linked,
                    {table}.rowid AS {number}, quantity - coalesce(taken, 0) AS left_over
                FROM {table} LEFT JOIN (
                    SELECT {number}, sum(quantity)::BIGINT AS taken FROM linked_line
                    GROUP BY {number}
                ) AS links ON links.{number} = {table}.rowid
            )
        """)


def _sum(ground: Ground) -> None:
    """Keep `items`: shares by position, rounded once per item and invoice line."""
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE items AS
        WITH rated AS (
            SELECT declared.rowid AS d, declaration_no, item_no, per_myriad
            FROM declared JOIN articles USING (sid) LEFT JOIN rates ON
                rates.hs_code = articles.hs_code AND valid_from <= exported_on
                AND (valid_to IS NULL OR exported_on < valid_to)
        ), parts AS (
            SELECT declaration_no, item_no, invoice_no, line_no,
                pieces.quantity, ({_share("start + pieces.quantity")} - {_share("start")})
                    * least(per_myriad, vat_rate) AS refund
            FROM pieces JOIN rated USING (d) JOIN bought ON bought.rowid = pieces.p
        ), lines AS (
            SELECT declaration_no, item_no, invoice_no, line_no, sum(quantity) AS quantity,
                (sum(refund) + 5000) // 10000 AS refund, count(refund) = count(*) AS known
            FROM parts GROUP BY ALL
        ), covered AS (
            SELECT declaration_no, item_no, sum(quantity)::BIGINT AS covered,
                CASE WHEN bool_and(known) THEN sum(refund)::BIGINT END AS refundable
            FROM lines GROUP BY ALL
        ), whole AS (
            SELECT declaration_no, item_no, any_value(mode) AS mode,
                any_value(exported_on) AS exported_on,
                coalesce(any_value(sold_at_export), false) AS sold_at_export,
                any_value(statistics_flag) AS statistics_flag, any_value(era) AS era,
                sum(declared.quantity)::BIGINT AS units,
                bool_and(per_myriad IS NOT NULL) AS rated, max(per_myriad) > 0 AS refunded
            FROM declared JOIN rated USING (declaration_no, item_no)
            WHERE declared.rowid = rated.d
            GROUP BY declaration_no, item_no
        )
        SELECT row_number() OVER (ORDER BY declaration_no, item_no) - 1 AS item, whole.*,
            coalesce(covered, 0) AS covered, CASE WHEN rated THEN coalesce(refundable, 0) END
                AS refundable
        FROM whole LEFT JOIN covered USING (declaration_no, item_no)
        WHERE exported_on <= {day(ground.as_of)}
    """)


def _share(unit: str) -> str:
    """SQL for the fen that the first `unit` units of an invoice row carry, rounded half up."""
    return f"((2 * net::HUGEINT * ({unit}) + bought.quantity) // (2 * bought.quantity))"
