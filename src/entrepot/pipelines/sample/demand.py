# SPDX-License-Identifier: Apache-2.0
"""What buyers did: sales through a season's calendar, and what came back of them.

Each line follows from its channel, its day and its number on that day alone, so sales can be made
in any slices; they come out in the order of their key, so that no sort has to hold them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from entrepot.engine.duck import text
from entrepot.pipelines.sample.chance import Chance
from entrepot.pipelines.sample.goods import (
    CURRENCIES,
    GOODS,
    OWN_SHOP,
    OWN_SHOP_SHARE,
    PLACES,
    Good,
    Place,
    supplier_usccs,
)
from entrepot.pipelines.sample.ground import Ground, day, money, padded

#: Orders of one, two or three lines: four ways of laying 13 orders over 16 lines.
_ORDERS = (
    (1, 1, 1, 2, 1, 1, 1, 1, 3, 1, 1, 1, 1),
    (2, 1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1),
    (1, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1),
    (1, 2, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 2),
)
_BLOCK, _BLOCK_ORDERS = 16, 13
#: Into how many slots popularity is divided; a sale draws one. More than there may be SKUs.
_SLOTS = 2**17
MOST_SKUS = 100_000
#: Of forty SKUs, which come from a small-scale taxpayer, and what its invoices say (per 10,000).
_SMALL = ((13, 300), (17, 100))
#: Of ten thousand sale lines, how many come back.
_RETURNED = 500


def make_articles(ground: Ground, skus: int) -> None:
    """Make `articles` from nothing but their number: so many SKUs over kinds of goods."""
    rows = [_article(ground.chance, number, skus) for number in range(skus)]
    rows.sort(key=lambda row: str(row["sku"]))
    lay_articles(ground, rows)


def lay_articles(ground: Ground, rows: Sequence[dict[str, object]]) -> None:
    """Keep `articles`, with a supplier each. `rows` are in the order of their SKU."""
    makers = max(1, min(40, len(rows) // 3))
    codes = supplier_usccs(makers + len(_SMALL))
    full = []
    for sid, row in enumerate(rows):
        # SKUs of one kind of goods stand together, and a maker makes one kind or two.
        supplier, vat_rate = sid * makers // len(rows), 1300
        for number, (place, low) in enumerate(_SMALL):
            if sid % 40 == place:
                supplier, vat_rate = makers + number, low
        full.append(
            row
            | {
                "sid": sid,
                "supplier": supplier,
                "uscc": codes[supplier],
                "vat_rate": vat_rate,
                "billed": sid % 50 != 11,
            }
        )
    ground.keep("articles", full)


def good_of(chance: Chance, number: int, skus: int) -> Good:
    """The kind of goods that article `number` of `skus` is: few kinds for few articles."""
    if number % 97 in (3, 7):
        return GOODS[0 if number % 97 == 3 else 1]
    common = max(6, min(len(GOODS), skus // 5)) - 2
    return GOODS[2 + chance.draw(common, "good", number)]


def make_places(ground: Ground, places: Sequence[Place]) -> None:
    """Keep `places`, one row per overseas warehouse."""
    rows: list[dict[str, object]] = [
        {
            "wid": wid,
            "warehouse": place.warehouse,
            "country": place.country,
            "voyage": place.voyage,
            "currency": place.currency,
            "worth": CURRENCIES[place.currency],
            "destinations": list(place.destinations),
        }
        for wid, place in enumerate(places)
    ]
    ground.keep("places", rows)


def make_sales(ground: Ground, places: Sequence[Place], sales: int) -> None:
    """Write `sales`: exactly `sales` order lines, in the order of their key.

    A line's price is its article's cost, marked up for freight, duty, fees and profit, in the
    currency of its warehouse, ending in 99 cents (or 80 yen); some lines are reduced.
    """
    ground.tell("Selling")
    skus = ground.count("SELECT count(*) FROM articles")
    ground.keep("shares", _slots(ground.chance, skus))
    ground.run("""
        CREATE OR REPLACE TEMP TABLE slots AS
        SELECT unnest(range("first", upto)) AS slot, sid FROM shares
    """)
    ground.keep("cells", list(_cells(ground, places, sales)))
    # The cells are too few to be shared out among threads; blocks of lines are many. They lie in
    # the order of the key, as the cells do, so that their lines need no sort.
    ground.run_in_order(f"""
        CREATE OR REPLACE TEMP TABLE blocks AS
        SELECT * REPLACE (least(lines - block * {_BLOCK}, {_BLOCK}) AS lines)
        FROM (SELECT *, unnest(range((lines + {_BLOCK - 1}) // {_BLOCK})) AS block FROM cells)
    """)
    ground.write_flowing("sales", _sales(ground.chance, places))
    ground.run("DROP TABLE cells; DROP TABLE blocks; DROP TABLE slots; DROP TABLE shares")


def make_returns(ground: Ground) -> None:
    """Write `returns`: about one sale line in twenty, weeks later, some of them elsewhere.

    A few are dated on the day of their sale: a slip that happens, and that a close reports.
    """
    ground.tell("Taking returns")
    chance = ground.chance
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE back AS
        WITH chosen AS (
            SELECT i, channel, order_no, line_no AS order_line_no, shipped_on, warehouse,
                CASE WHEN quantity = 1 THEN 1
                    ELSE 1 + {chance.of("back quantity", "i")} % quantity END AS quantity,
                shipped_on + (4 + {chance.below(32, "back day", "i")})::INTEGER AS returned_on,
                quantity AS sold, {chance.below(1000, "back outcome", "i")} AS fate
            FROM {ground.read("sales", number="i")}
            WHERE {chance.below(10000, "back", "i")} < {_RETURNED}
        ), twice AS (
            SELECT *, 0 AS again FROM chosen
            UNION ALL
            SELECT * REPLACE (1 AS quantity, returned_on + 6 AS returned_on,
                (fate + 500) % 1000 AS fate), 1 AS again
            FROM chosen WHERE quantity < sold AND {chance.below(8, "again", "i")} = 0
        ), slipped AS (
            SELECT *, row_number() OVER (ORDER BY {chance.of("slip", "i")}, i, again)
                <= greatest(1, count(*) OVER () // 4000) AS slip
            FROM twice
        )
        SELECT i, again, channel, order_no, order_line_no, quantity,
            CASE WHEN slip THEN shipped_on ELSE returned_on END AS returned_on,
            CASE WHEN {chance.below(100, "back place", "i")} < 3 THEN other
                ELSE warehouse END AS warehouse,
            CASE WHEN fate < 820 THEN 'restocked' WHEN fate < 930 THEN 'scrapped'
                ELSE 'sent_home' END AS outcome
        FROM slipped
        JOIN (SELECT warehouse, (wid + 1) % count(*) OVER () AS next FROM places) USING (warehouse)
        JOIN (SELECT wid AS next, warehouse AS other FROM places) USING (next)
        WHERE slip OR returned_on <= {day(ground.as_of)}
    """)
    ground.write(
        "returns",
        f"""
        SELECT 'RMA-' || strftime(returned_on, '%y%m%d') || '-' || {padded("nth", 6)} AS return_no,
            1::BIGINT AS line_no, channel, order_no, order_line_no, returned_on, warehouse,
            quantity, outcome
        FROM (SELECT *, row_number() OVER (PARTITION BY returned_on ORDER BY i, again) AS nth
            FROM back)
        ORDER BY return_no, line_no
        """,
    )
    ground.run("DROP TABLE back")


def _article(chance: Chance, number: int, skus: int) -> dict[str, object]:
    good = good_of(chance, number, skus)
    initials = "".join(word[0] for word in good.name.upper().replace("-", " ").split())[:2]
    variant = chr(ord("A") + chance.draw(26, "variant", number))
    return {
        "sku": f"{initials}-{number + 1:05d}",
        "name": f"{good.name} {variant}{chance.draw(90, 'model', number) + 10}",
        "hs_code": good.hs_code,
        "cost": good.cost_from + chance.draw(good.cost_to - good.cost_from, "cost", number),
    }


def _slots(chance: Chance, skus: int) -> list[dict[str, object]]:
    """One row per article: the slots it holds, `first` in and `upto` out. Few hold many.

    Popularity falls with the rank (Zipf and Mandelbrot); every article holds at least one slot.
    """
    ranked = sorted(range(skus), key=lambda sid: (chance.draw(2**32, "rank", sid), sid))
    weights = [10**12 // (rank + 2 + skus // 200) for rank in range(skus)]
    whole, so_far, taken = sum(weights), 0, 0
    rows: list[dict[str, object]] = []
    for place, (sid, weight) in enumerate(zip(ranked, weights, strict=True)):
        so_far += weight
        upto = (_SLOTS - skus) * so_far // whole + place + 1
        rows.append({"sid": sid, "first": taken, "upto": upto})
        taken = upto
    return rows


def _cells(ground: Ground, places: Sequence[Place], sales: int) -> Iterator[dict[str, object]]:
    """One row per channel and day on which something ships, in that order: its lines."""
    days = (ground.as_of - ground.first_day).days + 1
    channels = [(place.channel, wid, place.share) for wid, place in enumerate(places)]
    channels.append((OWN_SHOP, -1, OWN_SHOP_SHARE * sum(p.share for p in places) // 1000))
    # A small firm does not ship every day: some three lines leave together.
    sparse = max(1, days * len(channels) * 3 // sales)
    weights = {
        (number, each): share * _busy(ground.first_day + timedelta(each), each)
        for number, (_, _, share) in enumerate(channels)
        for each in range(days)
        if ground.chance.draw(sparse, "ships", number, each) == 0
    }
    if not weights:
        weights = {(0, 0): 1}
    whole, so_far, taken = sum(weights.values()), 0, 0
    lines = {}
    for key in sorted(weights, key=lambda key: (key[1], key[0])):
        so_far += weights[key]
        upto = sales * so_far // whole
        lines[key], taken = upto - taken, upto
    for number, each in sorted(lines, key=lambda key: (channels[key[0]][0], key[1])):
        channel, wid, _ = channels[number]
        on = ground.first_day + timedelta(each)
        yield {
            "cell": each * 16 + number,
            "channel": channel,
            "wid": wid,
            "on": on,
            "prefix": f"{on:%y%m%d}-",
            "lines": lines[number, each],
        }


def _busy(on: date, since: int) -> int:
    """How much ships on a day: fewer on weekends, a peak in November, growth through the season."""
    weekday = (134, 112, 103, 103, 106, 72, 40)[on.weekday()]
    month = (86, 82, 92, 95, 98, 100, 108, 98, 101, 112, 158, 138)[on.month - 1]
    if (on.month == 11 and on.day >= 20) or (on.month == 12 and on.day <= 3):
        month = month * 8 // 5
    if on.month == 12 and on.day >= 24:
        month //= 2
    return weekday * month * (1000 + since)


def _sales(chance: Chance, places: Sequence[Place]) -> str:
    """SQL for `sales` from `blocks`, `slots`, `articles` and `places`, in the order of `blocks`."""
    orders = [number for sizes in _ORDERS for number, size in enumerate(sizes) for _ in range(size)]
    shares, so_far = [], 0
    whole = sum(place.share for place in places)
    for wid, place in enumerate(places):
        so_far += place.share
        shares.append(f"WHEN lot < {1000 * so_far // whole} THEN {wid}")
    variant = f"(({chance.below(4, 'pattern', 'cell', 'block')}) * {_BLOCK} + r)"
    line = ("cell", f"block * {_BLOCK} + r")
    order = ("cell", "nth")
    return f"""
        WITH lines AS (
            SELECT *, unnest(range(lines)) AS r FROM blocks
        ), ordered AS (
            SELECT *, block * {_BLOCK_ORDERS} + {orders}[{variant} + 1] AS nth,
                CASE WHEN r = 0 OR {orders}[{variant}] <> {orders}[{variant} + 1] THEN 1
                    WHEN r = 1 OR {orders}[{variant} - 1] <> {orders}[{variant} + 1] THEN 2
                    ELSE 3 END AS line_no
            FROM lines
        ), drawn AS (
            SELECT * REPLACE (CASE WHEN wid >= 0 THEN wid {" ".join(shares)} END AS wid),
                {chance.below(_SLOTS, "slot", *line)} AS slot,
                {chance.below(100, "quantity", *line)} AS many,
                {chance.below(100, "reduced", *line)} AS reduced,
                {chance.below(16, "destination", *order)} AS toward
            FROM (SELECT *, {chance.below(1000, "own shop", *order)} AS lot FROM ordered)
        ), priced AS (
            SELECT drawn.*, sku, warehouse, currency, destinations[toward + 1] AS destination,
                CASE WHEN many < 45 THEN 1 WHEN many < 78 THEN 2 ELSE 3 END AS units,
                cost * (290 + {chance.below(130, "markup", "sid")}) * 100 // worth AS price
            FROM drawn JOIN slots USING (slot) JOIN articles USING (sid) JOIN places USING (wid)
        )
        SELECT channel, prefix || right((100000000 + nth)::VARCHAR, 8) AS order_no,
            line_no::BIGINT AS line_no, "on" AS shipped_on, warehouse, sku,
            units::BIGINT AS quantity,
            {money(_amount())} AS amount, currency, destination
        FROM priced
    """


def _amount() -> str:
    """SQL for a line's price, in hundredths of its currency; yen have no hundredths."""
    reduced = "(CASE WHEN reduced < 8 THEN 90 WHEN reduced < 12 THEN 80 ELSE 100 END)"
    return f"""(CASE currency WHEN {text("JPY")}
        THEN ((price // 10000 + 1) * 10000 - 2000) * units * {reduced} // 10000 * 100
        ELSE ((price // 100 + 1) * 100 - 1) * units * {reduced} // 100 END)"""


def chosen_places(count: int) -> tuple[Place, ...]:
    """The first `count` of the sample's warehouses."""
    return PLACES[:count]
