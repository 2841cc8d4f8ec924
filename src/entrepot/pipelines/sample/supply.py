# SPDX-License-Identifier: Apache-2.0
"""What must have stood behind given sales: lots received ahead of demand, and what befell them.

Per warehouse and SKU the sales are cut into lots (see `batches`). A lot is received some weeks
before its first unit is sold, except for a deliberate few that come too late.
"""

from __future__ import annotations

from entrepot.pipelines.sample.batches import batches
from entrepot.pipelines.sample.ground import Ground, day, day_no

#: What befalls lots, and how many in a hundred thousand, but at least so many.
#: Each lot has one fate at most; only lots wanted a month before the end are chosen from.
_FATES = (
    ("oversold", 350, 5),  # received days after its first sale
    ("elsewhere", 70, 1),  # received at another warehouse than declared
    ("over", 70, 1),  # more received than declared
    ("before", 8, 1),  # receipt dated before the export
    ("short", 300, 1),  # a unit or two never arrived
    ("lost", 900, 2),  # a unit or two gone in the warehouse
    ("scrapped", 500, 1),
    ("sent_home", 250, 1),
    ("found", 400, 1),
    ("late", 4000, 4),  # weeks on the way longer than others
    ("split", 7000, 5),  # received on two days
)


def want(ground: Ground) -> None:
    """Keep `wanted`: one row per day and lane (warehouse and SKU) that something is wanted on.

    Sales, and what the lane will sell in the eighty days after the end: somebody must have
    ordered for that as well, so that goods lie in the warehouses and are on their way at the end.
    Where a batch begins is all that is asked of the line, so the sales of a day are one demand:
    there are never more of them than lanes and days, however many sales there are.
    """
    ground.tell("Laying out demand")
    end = day(ground.as_of)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE demand AS
        SELECT wid, sid, shipped_on AS day, sum(quantity)::BIGINT AS quantity, count(*) AS lines
        FROM {ground.read("sales")} JOIN articles USING (sku) JOIN places USING (warehouse)
        GROUP BY wid, sid, shipped_on
    """)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE lanes AS
        SELECT *, (wid * 1000003 + sid) % 4294967296 AS salt,
            -- A lot serves about a dozen order lines, and not more than a quarter of its lane.
            greatest(5, least(units * 12 // lines, units // 4)) AS size, units + 4 * later AS total
        FROM (
            SELECT wid, sid, sum(quantity)::BIGINT AS units, sum(lines)::BIGINT AS lines,
                (sum(quantity) FILTER (day > {end} - 60))::BIGINT // 3 AS later
            FROM demand GROUP BY wid, sid
        ) WHERE units > 0
    """)
    ground.run("UPDATE lanes SET later = 0, total = units WHERE later IS NULL")
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT wid, sid, salt, size, total, day, quantity,
            (sum(quantity) OVER (PARTITION BY wid, sid ORDER BY day ROWS UNBOUNDED PRECEDING))
                ::BIGINT - quantity AS start
        FROM (
            SELECT wid, sid, day, quantity FROM demand
            UNION ALL
            SELECT wid, sid, {end} + (5 + 20 * part)::INTEGER, later
            FROM lanes, range(4) AS parts(part) WHERE later > 0
        ) JOIN lanes USING (wid, sid)
    """)
    ground.run("DROP TABLE demand")


def make_lots(ground: Ground) -> None:
    """Keep `lots`: one row per lot, with its sailing, its fate, and the day it is received.

    Columns: lot (number), wid (where it is received), declared_wid, sid, wanted_on, fate, first
    (whether its lane's first), sailing (number of the ship on that route), arrived_on,
    received_on, quantity (received, and declared unless the fate says otherwise), few (the units
    that the fate is about), gone_on (when the plan has it sold out; null if not before the end).
    """
    ground.tell("Placing receipts ahead of demand")
    chance = ground.chance
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE plan AS
        SELECT row_number() OVER (ORDER BY wid, sid, batch) - 1 AS lot, wid, sid, batch,
            day AS wanted_on, ends - starts AS quantity,
            lead(day) OVER (PARTITION BY wid, sid ORDER BY batch) AS gone_on,
            day <= {day(ground.as_of)} - 30 AS ripe
        FROM {batches(chance, "lot", "wanted")}
    """)
    ground.run("DROP TABLE wanted; DROP TABLE lanes")
    places = ground.count("SELECT count(*) FROM places")
    width = _sailing_every(ground, places)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE lots AS
        WITH fated AS (
            SELECT *, CASE WHEN ripe THEN CASE {_fates(ground)} END
                WHEN {chance.below(25, "late", "lot")} = 0 THEN 'late' END AS fate
            FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY ripe ORDER BY {chance.of("fate", "lot")}, lot) - 1 AS rank
                FROM plan
            )
        ), timed AS (
            SELECT *, CASE fate WHEN 'late' THEN 14 + {chance.below(29, "delay", "lot")} ELSE 0 END
                    AS delay,
                CASE WHEN fate = 'elsewhere' THEN (wid + 1) % {places} ELSE wid END AS declared_wid,
                {day_no("wanted_on")} - 5 - {chance.below(40, "ahead", "lot")} AS by_then
            FROM fated
        ), shipped AS (
            SELECT *, (by_then - delay - route) // {width} AS sailing
            FROM (SELECT *, {chance.below(width, "route", "declared_wid")} AS route FROM timed)
        ), arrived AS (
            SELECT *, DATE '1970-01-01' + (sailing * {width} + route)::INTEGER AS arrived_on
            FROM shipped
        )
        SELECT lot, wid, declared_wid, sid, wanted_on, fate, batch = 0 AS first, sailing,
            arrived_on,
            CASE fate WHEN 'oversold' THEN wanted_on + (1 + {chance.below(8, "too late", "lot")})
                    ::INTEGER
                ELSE arrived_on + (delay + {chance.below(3, "put away", "lot")})::INTEGER END
                AS received_on,
            quantity + CASE WHEN fate IN ('lost', 'scrapped', 'sent_home')
                THEN {_few(ground)} ELSE 0 END AS quantity,
            {_few(ground)} AS few, gone_on
        FROM arrived
    """)
    ground.run("DROP TABLE plan")


def _fates(ground: Ground) -> str:
    """SQL for the branches of a CASE from `rank`, a lot's place in a chance order, to its fate."""
    ripe = ground.count("SELECT count(*) FROM plan WHERE ripe")
    fates, so_far = [], 0
    for fate, share, least in _FATES:
        so_far += max(least, ripe * share // 100_000)
        fates.append(f"WHEN rank < {so_far} THEN '{fate}'")
    return " ".join(fates)


def _few(ground: Ground) -> str:
    """SQL for the one or two units of a lot that something happens to."""
    return f"(1 + {ground.chance.below(2, 'few', 'lot')})"


def _sailing_every(ground: Ground, places: int) -> int:
    """Days from one ship to the next on a route: a week, or more where there is little to load."""
    lots = ground.count("SELECT count(*) FROM plan")
    span = (ground.as_of - ground.first_day).days + 90
    return min(35, max(7, 10 * span * places // max(lots, 1)))


def make_adjustments(ground: Ground) -> None:
    """Write `adjustments`: what counting the shelves brought to light, weeks after the receipt.

    A rare one takes a unit off before the first was there: a slip that a close reports.
    """
    ground.tell("Counting shelves")
    chance = ground.chance
    ground.write(
        "adjustments",
        f"""
        WITH changes AS (
            SELECT lot, wid, sid, received_on + (1 + {chance.below(18, "counted", "lot")})::INTEGER
                    AS "on",
                CASE fate WHEN 'found' THEN few ELSE -few END AS quantity, fate AS reason
            FROM lots WHERE fate IN ('lost', 'scrapped', 'sent_home', 'found')
            UNION ALL
            SELECT lot, wid, sid, received_on - 1, -1, 'lost'
            FROM (
                SELECT *, row_number() OVER (ORDER BY {chance.of("slip", "lot")}, lot) AS rank,
                    count(*) OVER () AS lanes
                FROM lots WHERE first AND fate IS NULL
                    AND received_on - 1 <= {day(ground.as_of)}
            ) WHERE rank <= 1 + lanes // 20000
        )
        SELECT 'ADJ-' || warehouse || '-' || strftime("on", '%y%m') AS adjustment_no,
            row_number() OVER (PARTITION BY warehouse, strftime("on", '%y%m')
                ORDER BY "on", lot, reason, quantity) AS line_no,
            "on", warehouse, sku, quantity::BIGINT AS quantity, reason
        FROM changes JOIN places USING (wid) JOIN articles USING (sid)
        WHERE "on" <= {day(ground.as_of)}
        ORDER BY adjustment_no, line_no
        """,
    )


def make_receipts(ground: Ground) -> None:
    """Write `receipts`: what came in by the end, lot by lot, some on two days.

    Needs `cargo`: one row per lot that had left by the end: lot, declaration_no, item_no,
    exported_on.
    """
    ground.tell("Taking goods in")
    ground.write(
        "receipts",
        f"""
        WITH arrivals AS (
            SELECT lot, 0 AS part, wid, sid, declaration_no, item_no,
                CASE fate WHEN 'before' THEN least(received_on, exported_on - 2)
                    ELSE received_on END AS received_on,
                CASE fate WHEN 'over' THEN quantity + few
                    WHEN 'split' THEN quantity - quantity // 3 ELSE quantity END AS quantity
            FROM lots JOIN cargo USING (lot)
            UNION ALL
            SELECT lot, 1, wid, sid, declaration_no, item_no, arrived_on, quantity // 3
            FROM lots JOIN cargo USING (lot) WHERE fate = 'split' AND quantity >= 3
        )
        SELECT 'GR-' || warehouse || '-' || strftime(received_on, '%y%m%d') AS receipt_no,
            row_number() OVER (PARTITION BY wid, received_on
                ORDER BY declaration_no, item_no, sid, lot, part) AS line_no,
            received_on, warehouse, declaration_no, item_no, sku, quantity::BIGINT AS quantity
        FROM arrivals JOIN places USING (wid) JOIN articles USING (sid)
        WHERE received_on <= {day(ground.as_of)}
        ORDER BY receipt_no, line_no
        """,
    )
