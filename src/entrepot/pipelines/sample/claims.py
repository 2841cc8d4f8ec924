# SPDX-License-Identifier: Apache-2.0
"""Refund claims in every state that they can be in by the end of the season.

What may be filed on an item depends on how far it is: whether its advance would have had to be
reconciled by now, and whether its units are sold. Items of one stage are drawn in a chance order;
the first few take the stage's rare stories one by one, so that a small season shows them all; the
rest take the common ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.pipelines.sample.ground import Ground, day, day_no, money, padded


@dataclass(frozen=True, slots=True)
class Story:
    """What a firm filed on an item: shares in percent of the refund on all that is covered.

    `settled`: the kind of the settlement that ended the advance; empty while it is open.
    `fresh`: filed so lately that the tax office has not finished it.
    """

    advance: int = 0
    settled: str = ""
    ordinary: int = 0
    fresh: bool = False


_NOTHING = Story()
_CONFIRMED = Story(100, "confirmation")
_REVERSED = Story(100, "reversal", 100)
_OPEN = Story(100)
_SOLD = Story(ordinary=100)

#: Stage to its stories: the rare ones once in every hundred items, then the common ones in turn.
#: Settlement of an advance: STA announcement 2025 No. 3 and its official reading.
_STORIES: dict[str, tuple[tuple[Story, ...], tuple[Story, ...]]] = {
    # The deadline has passed and everything is sold.
    "late sold": (
        (_CONFIRMED, _OPEN, Story(100, "recovery", 100), _REVERSED, _NOTHING, Story(ordinary=60)),
        (_CONFIRMED, _CONFIRMED, _REVERSED, _CONFIRMED, _SOLD, _CONFIRMED),
    ),
    # The deadline has passed and part was still unsold then, or something is amiss.
    "late unsold": (
        (Story(100, "repayment"), Story(100, "reversal"), _OPEN, Story(100, "recovery"), _NOTHING),
        (
            Story(100, "reversal", 97), Story(100, "reversal", 97), Story(100, "reversal", 70),
            Story(100, "reversal"),
        ),
    ),
    # There is time, and everything is sold.
    "sold": (
        (_OPEN, Story(93), _NOTHING, _SOLD, Story(104), _CONFIRMED, _REVERSED, Story(ordinary=60)),
        (_OPEN, _SOLD, _CONFIRMED, _SOLD, _REVERSED, _OPEN, _NOTHING),
    ),
    # There is time, and part is unsold, on its way, or amiss.
    "unsold": (
        (
            _OPEN, Story(100, fresh=True), _SOLD, _NOTHING, Story(ordinary=10), _NOTHING,
            Story(50), Story(100, "reversal"), Story(100, "repayment"),
        ),
        (_OPEN, _OPEN, _NOTHING),
    ),
    # Sold when it left: no advance.
    "direct": (
        (_SOLD, _NOTHING, Story(ordinary=110), Story(ordinary=60)),
        (_SOLD, _SOLD, _SOLD, _SOLD, _NOTHING),
    ),
}  # fmt: skip
_EVERY = 100

#: Prefix of the number of a filing of this kind.
_NUMBERS = {
    "advance": "YT",
    "ordinary": "TS",
    "reversal": "CX",
    "confirmation": "QR",
    "recovery": "ZH",
    "repayment": "BJ",
}
#: Items on one filing at most.
_ITEMS = 200


def claim(ground: Ground) -> None:
    """Write `refund_claims`: advances, their settlements, and ordinary claims on `items`.

    Each item has at most one advance, one settlement of it and one ordinary claim. What would have
    been filed after the end is not filed.
    """
    ground.tell("Filing refund claims")
    _stage(ground)
    end = day(ground.as_of)
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE filed AS
        WITH settled AS (
            SELECT *, CASE settled
                WHEN 'recovery' THEN least({end}, legal_until + (20 + {_day(ground, 30)})::INTEGER)
                WHEN 'repayment' THEN least({end} - 2, legal_until - {_day(ground, 15)}::INTEGER)
                WHEN '' THEN NULL
                ELSE greatest(least({end} - 2 - {_day(ground, 15)}::INTEGER,
                    legal_until - {_day(ground, 40)}::INTEGER), finished_on + 8)
                END AS settled_on
            FROM staged
        ), ordinary AS (
            SELECT *, CASE WHEN settled_on IS NOT NULL THEN settled_on
                WHEN stage = 'direct' THEN filed_on
                WHEN stage IN ('unsold', 'sold')
                    THEN greatest(filed_on, {end} - 4 - 9 * {_day(ground, 4)}::INTEGER)
                ELSE greatest(filed_on + 60, legal_until - 12 * {_day(ground, 5)}::INTEGER)
                END AS ordinary_on
            FROM settled
        )
        SELECT item, 'advance' AS kind, filed_on, covered AS quantity,
            greatest(1, refundable * advance // 100) AS amount
        FROM settled WHERE advance > 0
        UNION ALL
        SELECT item, settled, settled_on, covered, CASE settled WHEN 'confirmation' THEN 0
            ELSE -greatest(1, refundable * advance // 100) END
        FROM settled WHERE settled <> '' AND finished_on < settled_on
        UNION ALL
        SELECT item, 'ordinary', ordinary_on, CASE WHEN ordinary > 100 THEN covered + 5
                ELSE greatest(1, covered * ordinary // 100) END,
            greatest(1, refundable * ordinary // 100)
        FROM ordinary WHERE ordinary > 0 AND (settled = '' OR finished_on < settled_on)
    """)
    _write(ground)
    ground.run("DROP TABLE spoiled; DROP TABLE staged; DROP TABLE filed")


def _stage(ground: Ground) -> None:
    """Keep `staged`: one row per item that something may be filed on, with its stage and story.

    An advance would be filed in the month after the export; filed_on, finished_on and legal_until
    are its days.
    """
    _spoil(ground)
    chance, end = ground.chance, day(ground.as_of)
    filed = f"""(date_trunc('month', exported_on) + INTERVAL 1 MONTH)::DATE
        + (4 + 8 * {chance.below(2, "filed", "item")})::INTEGER"""
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE staged AS
        WITH plan AS (
            SELECT declaration_no, item_no, max(coalesce(gone_on, {end})) AS gone_on,
                coalesce(bool_or(spoiled.sid IS NOT NULL
                    OR fate IN ('short', 'lost', 'scrapped', 'sent_home')), false) AS amiss
            FROM lots JOIN cargo USING (lot) LEFT JOIN spoiled USING (wid, sid, wanted_on)
            GROUP BY declaration_no, item_no
        ), dated AS (
            SELECT items.*, mode <> '9810' OR sold_at_export AS direct, gone_on, amiss,
                {filed} AS filed_on
            FROM items LEFT JOIN plan USING (declaration_no, item_no)
            WHERE refundable > 0 AND refunded AND era > 0
                AND NOT (mode = '9610' AND coalesce(statistics_flag, '') = 'A')
        ), finished AS (
            SELECT *, filed_on + {_work(ground, "'advance'", "filed_on")} AS finished_on
            FROM dated WHERE filed_on <= {end}
        ), placed AS (
            SELECT *, make_date(year(finished_on) + 1, 4, 30) AS legal_until,
                CASE WHEN direct THEN 'direct'
                    ELSE CASE WHEN make_date(year(finished_on) + 1, 4, 30) < {end}
                            THEN 'late ' ELSE '' END
                        || CASE WHEN gone_on <= {end} - 40 AND NOT amiss
                            THEN 'sold' ELSE 'unsold' END
                    END AS stage
            FROM finished
        ), ranked AS (
            SELECT *, row_number() OVER (
                PARTITION BY stage ORDER BY {chance.of("story", "item")}, item) - 1 AS rank
            FROM placed
        )
        SELECT item, covered, refundable, stage, legal_until, advance, settled, ordinary,
            CASE WHEN fresh THEN {end} - 6 ELSE filed_on END AS filed_on,
            CASE WHEN NOT fresh AND finished_on <= {end} THEN finished_on END AS finished_on
        FROM ranked JOIN {_stories()} USING (stage) WHERE place = rank % {_EVERY}
            AND advance + ordinary > 0
    """)


def _spoil(ground: Ground) -> None:
    """Keep `spoiled`: which lots were on sale when something was sold that later came back broken.

    By lane and the day a lot was wanted; the lot before is taken in as well, since what comes back
    whole lets a lot last longer than planned. Such items are no good for a plain confirmation.
    """
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE spoiled AS
        WITH days AS (
            SELECT wid, sid, wanted_on, lag(wanted_on) OVER (
                PARTITION BY wid, sid ORDER BY wanted_on) AS before
            FROM (SELECT DISTINCT wid, sid, wanted_on FROM lots)
        ), broken AS (
            SELECT wid, sid, shipped_on
            FROM {ground.read("returns")} AS r JOIN {ground.read("sales")} AS s
                ON s.channel = r.channel AND s.order_no = r.order_no
                AND s.line_no = r.order_line_no
            JOIN places ON places.warehouse = s.warehouse JOIN articles ON articles.sku = s.sku
            WHERE outcome <> 'restocked'
        ), hit AS (
            SELECT broken.wid, broken.sid, wanted_on, before
            FROM broken ASOF JOIN days ON broken.wid = days.wid AND broken.sid = days.sid
                AND broken.shipped_on >= days.wanted_on
        )
        SELECT wid, sid, wanted_on FROM hit
        UNION SELECT wid, sid, before FROM hit WHERE before IS NOT NULL
    """)


def _stories() -> str:
    """SQL for a table of the stories, by stage and place among a hundred items."""
    rows = []
    for stage, (rare, common) in _STORIES.items():
        for place in range(_EVERY):
            each = rare[place] if place < len(rare) else common[(place - len(rare)) % len(common)]
            rows.append(
                f"('{stage}', {place}, {each.advance}, '{each.settled}', {each.ordinary},"
                f" {str(each.fresh).lower()})"
            )
    columns = "(stage, place, advance, settled, ordinary, fresh)"
    return f"(VALUES {', '.join(rows)}) AS stories {columns}"


def _day(ground: Ground, spread: int) -> str:
    """SQL for a few days by item."""
    return ground.chance.below(spread, "settled", "item")


def _work(ground: Ground, kind: str, filed_on: str) -> str:
    """SQL for the days that the tax office takes over what is filed on a day: one per filing."""
    return (
        f"(9 + {ground.chance.below(12, 'office', f'length({kind})', day_no(filed_on))})::INTEGER"
    )


def _documents(ground: Ground) -> str:
    """SQL for the day on which the filing documents of a claim on a declaration went on file.

    Of a hundred, 88 are from two days before the claim to the fifteenth day after it, 6 later, and
    6 are still to come. Only what is claimed needs them, not what settles it.
    Source: STA announcement 2026 No. 5, article 45: within fifteen days of the claim.
    """
    keys = ("length(mine.kind)", "right(declaration_no, 9)::BIGINT")
    of_hundred = ground.chance.below(100, "documents", *keys)
    days = ground.chance.of("documents after", *keys)
    return f"""CASE WHEN mine.kind NOT IN ('advance', 'ordinary') OR {of_hundred} < 6 THEN NULL
        WHEN {of_hundred} < 12 THEN mine.filed_on + (16 + {days} % 25)::INTEGER
        ELSE mine.filed_on + ({days} % 18 - 2)::INTEGER END"""


def _write(ground: Ground) -> None:
    """Number the filings and write them: items of one kind and day are filed together."""
    end, documents = day(ground.as_of), _documents(ground)
    prefixes = " ".join(f"WHEN '{kind}' THEN '{prefix}'" for kind, prefix in _NUMBERS.items())
    ground.write(
        "refund_claims",
        f"""
        WITH numbered AS (
            SELECT * REPLACE (CASE kind {prefixes} END || strftime(filed_on, '%y%m%d') || '-'
                || {padded(f"1 + place // {_ITEMS}", 3)} AS claim_no)
            FROM (
                SELECT filed.*, '' AS claim_no,
                    row_number() OVER (PARTITION BY kind, filed_on ORDER BY item) - 1 AS place,
                    filed_on + {_work(ground, "kind", "filed_on")} AS finished_on
                FROM filed WHERE filed_on <= {end}
            )
        )
        SELECT mine.claim_no, declaration_no, item_no, mine.kind,
            CASE WHEN mine.kind NOT IN ('advance', 'ordinary') THEN advance.claim_no END
                AS of_claim,
            mine.quantity::BIGINT AS quantity, {money("mine.amount")} AS amount, mine.filed_on,
            CASE WHEN mine.finished_on <= {end} THEN mine.finished_on END AS finished_on,
            CASE WHEN {documents} <= {end} THEN {documents} END AS documents_on
        FROM numbered AS mine JOIN items USING (item)
        LEFT JOIN numbered AS advance ON advance.item = mine.item AND advance.kind = 'advance'
        ORDER BY mine.claim_no, declaration_no, item_no
        """,
    )
