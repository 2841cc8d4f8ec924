# SPDX-License-Identifier: Apache-2.0
"""Take what was read of settlement reports into the tables: lines in, lines out.

Source: our own policy. What is there already and says the same is there once. What has numbers of
its own completes what came before; lines of no payout so far are replaced by the next reading. What
says otherwise of a settlement is refused, all of it at once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from psycopg import Cursor

from entrepot.bank.money import digits, signed_units
from entrepot.engine.mistakes import Mistake, listed, refusal
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.reconciling import items_sql
from entrepot.reconciling.models import MoneyFile
from entrepot.reconciling.refusals import MatchedOtherwise, MoneyMissing, SaysOtherwise
from entrepot.reconciling.storing import copy_csv, copy_rows, count_of, make_beside
from entrepot.settlement.mistakes import UnreadableReport

#: Characters of a number of a report: what an index holds, and more than any payer uses.
LONGEST: Final = 200

_LINES: Final = """
    settlement text, line_no bigint, posted_at text, kind text, event text, order_no text,
    item_no text, sku text, quantity bigint, marketplace text, "group" text, label text,
    account text, minor_units bigint, amount text, currency text, entry_no text, file text,
    row bigint
"""
_PAYOUTS: Final = """
    id uuid, settlement_no text, currency text, ends_on date, paid_on date, state text,
    amount bigint, paid bigint, paid_currency text
"""
#: Every line with the settlement and the entry that it is of.
_NEW: Final = """
    CREATE TEMPORARY TABLE money_new ON COMMIT DROP AS
    SELECT coalesce(l.settlement, '') AS settlement_no, l.line_no, l.row,
        coalesce(left(l.posted_at, 10)::date, p.ends_on, p.paid_on, %(today)s) AS posted_on,
        l.kind, coalesce(l.event, '') AS event, coalesce(l.order_no, '') AS order_no,
        coalesce(l.sku, '') AS sku, l.quantity, coalesce(l."group", '') AS "group",
        coalesce(l.label, '') AS label, l.account, l.minor_units AS amount, l.currency,
        coalesce(l.entry_no, '') AS entry_no
    FROM money_lines AS l LEFT JOIN money_payouts AS p ON p.settlement_no = l.settlement
"""
_SAID: Final = """md5(string_agg(concat_ws(chr(31), l.posted_on, l.kind, l.order_no, l.sku,
            l.quantity, l."group", l.label, l.account, l.amount, l.currency), chr(30)
            ORDER BY l.posted_on, l.kind, l.order_no, l.sku, l.quantity, l."group", l.label,
                l.account, l.amount, l.currency))"""
#: What each entry of each settlement says by now, and said before. An entry that is paid out by now
#: is known, where an older report still has it as not paid out.
_GROUPS: Final = f"""
    CREATE TEMPORARY TABLE money_groups ON COMMIT DROP AS
    SELECT n.*, coalesce(o.said, CASE WHEN n.settlement_no = '' AND n.entry_no <> '' AND EXISTS (
        SELECT FROM reconciling_settlementline AS k WHERE k.enterprise_id = %(enterprise)s
            AND k.channel = %(channel)s AND k.entry_no = n.entry_no AND k.settlement_no <> ''
    ) THEN n.said END) AS before
    FROM (
        SELECT l.settlement_no, l.entry_no, {_SAID} AS said FROM money_new AS l GROUP BY 1, 2
    ) AS n
    LEFT JOIN (
        SELECT l.settlement_no, l.entry_no, {_SAID} AS said
        FROM reconciling_settlementline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.channel = %(channel)s
            AND l.settlement_no IN (SELECT settlement_no FROM money_new WHERE settlement_no <> '')
        GROUP BY 1, 2
    ) AS o USING (settlement_no, entry_no)
"""
_OTHERWISE: Final = """
    SELECT settlement_no FROM money_groups WHERE before <> said
    UNION
    SELECT n.settlement_no FROM money_payouts AS n
    JOIN reconciling_payout AS p ON p.enterprise_id = %(enterprise)s
        AND p.channel = %(channel)s AND p.settlement_no = n.settlement_no
    WHERE p.currency <> n.currency OR p.amount <> n.amount
    ORDER BY 1 LIMIT 21
"""
#: Orders are looked at anew of which a line comes or goes.
_GONE: Final = """
    WITH gone AS (
        DELETE FROM reconciling_settlementline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.channel = %(channel)s
            AND l.settlement_no = '' AND (l.entry_no = ''
                OR l.entry_no IN (SELECT entry_no FROM money_new WHERE entry_no <> ''))
        RETURNING l.channel, l.order_no
    )
    INSERT INTO money_orders SELECT DISTINCT channel, order_no FROM gone WHERE order_no <> ''
"""
_STORE: Final = """
    INSERT INTO reconciling_settlementline (enterprise_id, channel, settlement_no, line_no,
        source_id, row, posted_on, kind, event, order_no, sku, quantity, "group", label, account,
        amount, currency, entry_no)
    SELECT %(enterprise)s, %(channel)s, n.settlement_no,
        coalesce(k.most, 0) + row_number() OVER (PARTITION BY n.settlement_no ORDER BY n.line_no),
        %(source)s, n.row, n.posted_on, n.kind, n.event, n.order_no, n.sku, n.quantity, n."group",
        n.label, n.account, n.amount, n.currency, n.entry_no
    FROM money_new AS n
    JOIN money_groups AS g USING (settlement_no, entry_no)
    LEFT JOIN (
        SELECT settlement_no, max(line_no) AS most FROM reconciling_settlementline
        WHERE enterprise_id = %(enterprise)s AND channel = %(channel)s
            AND settlement_no IN (SELECT settlement_no FROM money_groups)
        GROUP BY settlement_no
    ) AS k ON k.settlement_no = n.settlement_no
    WHERE g.before IS NULL
"""
_KNOWN: Final = """
    SELECT count(*) FROM money_new JOIN money_groups USING (settlement_no, entry_no)
    WHERE before IS NOT NULL
"""
_UPSERT: Final = """
    INSERT INTO reconciling_payout AS p (enterprise_id, id, source_id, channel, settlement_no,
        dated_on, paid_on, state, currency, lines, sum, amount, paid, paid_currency)
    SELECT %(enterprise)s, id, %(source)s, %(channel)s, settlement_no,
        coalesce(paid_on, ends_on, %(today)s), paid_on, state, currency, 0, 0, amount, paid,
        paid_currency
    FROM money_payouts
    ON CONFLICT (enterprise_id, channel, settlement_no) DO UPDATE SET
        paid_on = coalesce(excluded.paid_on, p.paid_on),
        dated_on = coalesce(excluded.paid_on, p.paid_on, excluded.dated_on),
        amount = coalesce(excluded.amount, p.amount), paid = coalesce(excluded.paid, p.paid),
        paid_currency = CASE WHEN excluded.paid IS NULL THEN p.paid_currency
            ELSE excluded.paid_currency END,
        state = coalesce(nullif(excluded.state, ''), p.state)
"""
#: Lines + residual = payout; the payout's own transaction makes no part of the sum.
_FOOT: Final = """
    UPDATE reconciling_payout AS p SET lines = s.lines, sum = s.sum, residual = p.amount - s.sum
    FROM (
        SELECT t.channel, t.settlement_no, q.currency, count(l.line_no) AS lines,
            coalesce(sum(l.amount), 0)::bigint AS sum
        FROM money_touched AS t
        JOIN reconciling_payout AS q ON q.enterprise_id = %(enterprise)s
            AND q.channel = t.channel AND q.settlement_no = t.settlement_no
        LEFT JOIN reconciling_settlementline AS l ON l.enterprise_id = %(enterprise)s
            AND l.channel = t.channel AND l.settlement_no = t.settlement_no
            AND l.currency = q.currency AND l.account <> 'payout'
        GROUP BY t.channel, t.settlement_no, q.currency
    ) AS s
    WHERE p.enterprise_id = %(enterprise)s AND p.channel = s.channel
        AND p.settlement_no = s.settlement_no
"""
_TOUCHED: Final = """
    CREATE TEMPORARY TABLE money_touched ON COMMIT DROP AS
    SELECT %(channel)s::text COLLATE "C" AS channel, settlement_no COLLATE "C" AS settlement_no
    FROM money_payouts
"""
_ORDERS: Final = """
    INSERT INTO money_orders
    SELECT DISTINCT %(channel)s::text, order_no FROM money_new WHERE order_no <> ''
    EXCEPT SELECT channel, order_no FROM money_orders
"""


def take(cursor: Cursor[Any], source: MoneyFile, folder: Path, today: date) -> dict[str, int]:
    """Store a reading that lies in a folder; nobody else may be at it (`storing.alone`).

    Returns:
        how many lines were read, stored, and known before; how many payouts.

    Raises:
        UnreadableReport: numbers that are too long; every one is said.
        SaysOtherwise: settlements of which something else was read before.
        MatchedOtherwise: a payout that is matched would be of another amount.
        MoneyMissing: not every line is in the tables: a mistake of the program.
    """
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "channel": source.channel, "source": source.id,
        "today": today,
    }  # fmt: skip
    make_beside(cursor, "money_lines", _LINES)
    copy_csv(cursor, "money_lines", folder / "lines.csv")
    make_beside(cursor, "money_payouts", _PAYOUTS)
    copy_rows(cursor, "money_payouts", _payouts(folder / "settlements.csv"))
    _refuse_long(cursor, source.file)
    make_beside(cursor, "money_orders", 'channel text COLLATE "C", order_no text COLLATE "C"')
    for name in ("money_new", "money_groups", "money_touched"):
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}".encode())
    for statement in (_NEW, _GROUPS, _TOUCHED):
        cursor.execute(statement.encode(), given)
    _refuse_otherwise(cursor, source.file, given)
    cursor.execute(_GONE, given)
    cursor.execute(_ORDERS, given)
    read = count_of(cursor, "SELECT count(*) FROM money_new", {})
    known = count_of(cursor, _KNOWN, given)
    stored = cursor.execute(_STORE.encode(), given).rowcount
    if stored + known != read:
        raise MoneyMissing(
            f"Cannot take over {source.file}.",
            f"{read:,} lines were read; {stored:,} were stored and {known:,} were there.",
            "This is a mistake of the program: report it. Nothing was stored.",
        )
    cursor.execute(_UPSERT, given)
    cursor.execute(_FOOT, given)
    _refuse_matched(cursor, source.file, given)
    for statement in (
        items_sql.PAYOUTS, items_sql.FOOTED, items_sql.SETTLED, items_sql.SETTLES,
    ):  # fmt: skip
        cursor.execute(statement.encode(), given)
    payouts = count_of(cursor, "SELECT count(*) FROM money_payouts", {})
    return {"lines": read, "stored": stored, "known": known, "payouts": payouts}


def _payouts(path: Path) -> Iterator[tuple[Any, ...]]:
    """The settlements of a reading, amounts in smallest units."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            paid_in = row["paid_currency"] if row["paid"] else ""
            paid = signed_units(row["paid"], digits()[paid_in]) if paid_in in digits() else None
            yield (
                new_id(), row["settlement"], row["currency"], row["ends"][:10] or None,
                row["deposited_on"] or None, row["state"][:60], row["payout_minor"] or None, paid,
                paid_in if paid is not None else "",
            )  # fmt: skip


def _refuse_long(cursor: Cursor[Any], file: str) -> None:
    rows = cursor.execute(
        """
        SELECT l.file, l.row, c.name, left(c.value, 60) FROM money_lines AS l
        CROSS JOIN LATERAL (VALUES ('settlement', l.settlement), ('order_no', l.order_no),
            ('entry_no', l.entry_no), ('sku', l.sku)) AS c (name, value)
        WHERE length(c.value) > %(longest)s ORDER BY 1, 2 LIMIT 21
        """,
        {"longest": LONGEST},
    ).fetchall()
    if rows:
        mistakes = [
            Mistake(
                name,
                row,
                column,
                f'"{value}…"',
                f"at most {LONGEST} characters",
                "Look at the row.",
            )
            for name, row, column, value in rows
        ]
        raise refusal(UnreadableReport, f"Cannot take over {file}.", mistakes, "Correct the file.")


def _refuse_otherwise(cursor: Cursor[Any], file: str, given: dict[str, Any]) -> None:
    found = [number for (number,) in cursor.execute(_OTHERWISE.encode(), given)]
    if found:
        raise SaysOtherwise(
            f"Cannot take over {file}.",
            f"Of these settlements other lines or payouts were read before: {listed(found)}.",
            "Give the report that counts, and look where the other one came from.",
            settlements=found[:20],
        )


def _refuse_matched(cursor: Cursor[Any], file: str, given: dict[str, Any]) -> None:
    found = [number for (number,) in cursor.execute(items_sql.MATCHED_OTHERWISE.encode(), given)]
    if found:
        raise MatchedOtherwise(
            f"Cannot take over {file}.",
            f"Matched payouts would be of another amount: {listed(found)}.",
            "Undo their matches first, then read the file again.",
            settlements=found,
        )
