# SPDX-License-Identifier: Apache-2.0
"""Declarations: lots loaded onto ships item by item, and goods that left without a warehouse.

Customs declares by HS code, so lots of one HS code that sail together share an item, a few SKUs to
an item and twenty items to a declaration.
"""

from __future__ import annotations

from entrepot.engine.duck import text
from entrepot.pipelines.sample.goods import CURRENCIES
from entrepot.pipelines.sample.ground import Ground, currency_table, day, money, padded

#: Items on one declaration at most.
_ITEMS = 20
#: How twenty goods that go straight to a buyer are declared, over and over: mode and flag.
_DIRECT = (
    ("9710", None), ("9610", "B"), ("9610", "A"), ("9710", None), ("0110", None), ("1210", None),
    ("9710", None), ("9610", "B"), ("9710", None), ("9610", "A"), ("9710", None), ("9610", "B"),
    ("9710", None), ("9610", "A"), ("9710", None), ("0110", None), ("9610", "B"), ("9710", None),
    ("9610", "A"), ("9710", None),
)  # fmt: skip
_BUYERS = ("US", "DE", "GB", "FR", "AE", "BR", "KR", "MX", "NL", "SA", "JP", "PL", "CL", "ZA")
#: Districts of customs a declaration is made at: Hangzhou, Ningbo, Shenzhen.
_DISTRICTS = ("2900", "3100", "5300")


def declare(ground: Ground) -> None:
    """Write `declarations` of all that left by the end; keep `declared`, `cargo` and `lapsed`.

    declared: one row per declaration item and SKU, as written, with sid, era (0 for goods that left
        over three years ago, whose invoices stand apart), linked (whether the firm keeps links).
    cargo: one row per lot that left by the end: lot, declaration_no, item_no, exported_on.
    """
    ground.tell("Declaring exports")
    _load(ground)
    _ship(ground)
    _send(ground)
    _number(ground)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE declared AS
        SELECT declaration_no, item_no, sku, sid, mode, exported_on, quantity,
            quantity * cost * (112 + {ground.chance.below(12, "fob", "sid")}) * 100 // worth AS fob,
            currency AS fob_currency, destination, warehouse, sold_at_export, statistics_flag,
            channel, order_no, era, linked
        FROM (
            SELECT serial, item_no, sid, sum(quantity)::BIGINT AS quantity FROM (
                SELECT kind, id, item_no, sid,
                    quantity + CASE fate WHEN 'short' THEN few ELSE 0 END AS quantity
                FROM loaded JOIN lots USING (lot) JOIN sheets USING (sheet)
                UNION ALL SELECT kind, id, item_no, sid, quantity FROM sent
            ) JOIN heads USING (kind, id) GROUP BY serial, item_no, sid
        ) JOIN heads USING (serial) JOIN articles USING (sid)
        JOIN {currency_table(CURRENCIES | {"CNY": 10000})} AS known (currency, worth)
            USING (currency)
    """)
    ground.run("""
        CREATE OR REPLACE TEMP TABLE cargo AS
        SELECT lot, declaration_no, item_no, heads.exported_on
        FROM loaded JOIN sheets USING (sheet) JOIN heads USING (kind, id)
    """)
    ground.write(
        "declarations",
        f"""
        SELECT declaration_no, item_no, sku, mode, exported_on, quantity,
            {money("fob")} AS fob_amount, fob_currency, destination, warehouse, sold_at_export,
            statistics_flag, channel, order_no
        FROM declared ORDER BY declaration_no, item_no, sku
        """,
    )
    ground.run("DROP TABLE loaded; DROP TABLE sheets; DROP TABLE sent; DROP TABLE heads")


def _load(ground: Ground) -> None:
    """Keep `loaded`: one row per lot: lot, sheet (its declaration, from 0), item_no (from 1)."""
    chance = ground.chance
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE packed AS
        SELECT lot, min(lot) OVER (PARTITION BY declared_wid, sailing, hs_code, chunk) AS item,
            declared_wid, sailing
        FROM (
            SELECT *, (row_number() OVER (
                    PARTITION BY declared_wid, sailing, hs_code ORDER BY sid, lot) - 1)
                // (2 + {chance.below(5, "item", "declared_wid", "sailing")}) AS chunk
            FROM lots JOIN articles USING (sid)
        )
    """)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE loaded AS
        WITH items AS (
            SELECT item, declared_wid, sailing, row_number() OVER (
                PARTITION BY declared_wid, sailing ORDER BY {chance.of("place", "item")}, item
            ) - 1 AS place
            FROM packed WHERE lot = item
        ), numbered AS (
            SELECT item, place % {_ITEMS} + 1 AS item_no, min(item) OVER (
                PARTITION BY declared_wid, sailing, place // {_ITEMS}) AS sheet
            FROM items
        )
        SELECT lot, item_no, sheet FROM packed JOIN numbered USING (item)
    """)
    ground.run("DROP TABLE packed")


def _ship(ground: Ground) -> None:
    """Keep `sheets`: one row per declaration to a warehouse that left by the end.

    Most are 9810; a few were sold to a buyer abroad before they left, or left through a special
    area (1210) or as general trade (0110) and are stored abroad all the same.
    """
    chance = ground.chance
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE sheets AS
        WITH sailed AS (
            SELECT sheet, declared_wid AS wid, arrived_on - least(45, greatest(20,
                    voyage - 6 + {chance.below(13, "voyage", "sheet")}))::INTEGER AS exported_on,
                country AS destination, warehouse
            FROM (SELECT DISTINCT sheet FROM loaded)
            JOIN lots ON lots.lot = sheet JOIN places ON places.wid = declared_wid
        ), ranked AS (
            SELECT *, row_number() OVER (ORDER BY {chance.of("mode", "sheet")}, sheet) - 1 AS rank,
                count(*) OVER () AS sheets, {chance.below(100, "fob currency", "sheet")} AS paid
            FROM sailed WHERE exported_on <= {day(ground.as_of)}
        ), moded AS (
            SELECT *, CASE WHEN rank < 1 + sheets // 40 THEN '1210'
                WHEN rank < 2 + sheets // 25 THEN '0110' ELSE '9810' END AS mode,
                rank >= 2 + sheets // 25 AND rank < 3 + sheets // 14 AS sold
            FROM ranked
        )
        SELECT 0 AS kind, sheet AS id, sheet, exported_on, mode,
            CASE WHEN mode = '9810' THEN sold END AS sold_at_export,
            NULL::VARCHAR AS statistics_flag, destination, warehouse,
            CASE WHEN paid < 8 THEN 'CNY' WHEN paid < 30 THEN 'EUR' ELSE 'USD' END AS currency,
            CASE WHEN sold THEN 'b2b' END AS channel,
            CASE WHEN sold THEN 'B2B-' || {padded("sheet", 7)} END AS order_no,
            1 AS era, {chance.below(8, "linked", "sheet")} = 0 AS linked
        FROM moded
    """)


def _send(ground: Ground) -> None:
    """Keep `posted` (one row per declaration) and `sent` (one per item): no warehouse, one buyer.

    Firms (9710, 0110, 1210) buy by the carton, consumers (9610) by the piece. A few left over three
    years ago and were forgotten: their refund has lapsed.
    """
    chance = ground.chance
    sheets = ground.count("SELECT count(*) FROM sheets")
    skus = ground.count("SELECT count(*) FROM articles")
    count, forgotten = max(12, sheets // 3), 2 + sheets // 400
    carton = max(2, ground.count("SELECT sum(quantity) // (2 * count(*)) FROM lots"))
    days = (ground.as_of - ground.first_day).days + 60
    modes = " ".join(f"WHEN {place} THEN '{mode}'" for place, (mode, _) in enumerate(_DIRECT))
    flags = " ".join(
        f"WHEN {place} THEN '{flag}'" for place, (_, flag) in enumerate(_DIRECT) if flag
    )
    buyers = "[" + ", ".join(text(buyer) for buyer in _BUYERS) + "]"
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE posted AS
        WITH drawn AS (
            SELECT id, id >= {count} AS old, CASE WHEN id < {count}
                THEN {day(ground.as_of)} - {chance.below(days, "sent", "id")}::INTEGER
                ELSE {day(ground.as_of)} - (1120 + {chance.below(60, "sent", "id")})::INTEGER
                END AS exported_on,
                CASE WHEN id < {count} THEN CASE id % {len(_DIRECT)} {modes} END ELSE '9710' END
                    AS mode,
                CASE WHEN id < {count} THEN CASE id % {len(_DIRECT)} {flags} END END AS flag
            FROM range({count + forgotten}) AS ids(id)
        )
        SELECT 1 AS kind, id, exported_on, mode, NULL::BOOLEAN AS sold_at_export,
            flag AS statistics_flag,
            {buyers}[{chance.below(len(_BUYERS), "buyer", "id")} + 1] AS destination,
            NULL::VARCHAR AS warehouse, 'USD' AS currency,
            CASE mode WHEN '9610' THEN 'direct' WHEN '9710' THEN 'b2b' END AS channel,
            CASE mode WHEN '9610' THEN 'D-' || {padded("id", 7)}
                WHEN '9710' THEN 'PO-' || {padded("id", 7)} END AS order_no,
            CASE WHEN old THEN 0 ELSE 1 END AS era, false AS linked
        FROM drawn
    """)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE sent AS
        SELECT kind, id, item_no, {chance.below(skus, "sent sku", "id", "item_no")} AS sid,
            CASE mode WHEN '9610' THEN 1 + {chance.below(2, "sent units", "id", "item_no")}
                ELSE {carton} * (1 + {chance.below(5, "sent units", "id", "item_no")})
                END AS quantity
        FROM (
            SELECT *, unnest(range(1, 2 + CASE mode WHEN '9610' THEN 0
                ELSE {chance.below(3, "sent items", "id")} END)) AS item_no
            FROM posted
        )
    """)


def _number(ground: Ground) -> None:
    """Keep `heads`: one row per declaration, numbered by the day it left.

    A declaration's number is district, year, 0 and nine digits; a parcel list's has an E for the 0.
    """
    districts = "[" + ", ".join(text(district) for district in _DISTRICTS) + "]"
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE heads AS
        SELECT *, {districts}[id % {len(_DISTRICTS)} + 1] || year(exported_on)
            || CASE mode WHEN '9610' THEN 'E' ELSE '0' END
            || {padded("510000000 + 13 * serial", 9)} AS declaration_no
        FROM (
            SELECT *, row_number() OVER (ORDER BY exported_on, kind, id) AS serial
            FROM (SELECT * EXCLUDE (sheet) FROM sheets UNION ALL BY NAME SELECT * FROM posted)
        )
    """)
    ground.run("DROP TABLE posted")
