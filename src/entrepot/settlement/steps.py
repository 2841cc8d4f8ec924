# SPDX-License-Identifier: Apache-2.0
"""From the cells of reports to lines, one set-based statement a step.

entries -> what each text means (`amounts`, `moments`, `sorted`), worked out once for each text that
differs -> `lines`. How a file writes numbers and slashed days is decided by all of its cells: a
mark or an order that fits every one, where no other does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from entrepot.engine.duck import text
from entrepot.packs.read import BrokenPack, names, read
from entrepot.settlement import moments
from entrepot.settlement.money import PACK, minor_units, put_digits
from entrepot.settlement.store import add
from entrepot.settlement.tables import ACCOUNTS

LABELS = "world/settlement_labels"
OWN_LABELS = "own/settlement_labels"
EVENTS = "world/settlement_events"
MARKS = {"point": ".", "comma": ","}
#: How labels are compared: without capitals, blanks, hyphens and underscores.
_FOLDED = "regexp_replace(lower({cell}), '[ _-]', '', 'g')"
#: The day of a line that tells none: what is in force without an end counts.
_ALWAYS = "DATE '9999-12-30'"


@dataclass(frozen=True, slots=True)
class Ways:
    """How reports are read where they do not say it themselves.

    `system`: whose labels they have. `decimal`: "point", "comma" or empty: to be found out.
    `dates`: "dmy", "mdy" or empty. `times_in`: zone of times that name none.
    `accounts`, `kinds`: a firm's own words for labels and events, before those of the packs.
    """

    system: str
    decimal: str = ""
    dates: str = ""
    times_in: str = "UTC"
    accounts: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)


def make_lines(connection: duckdb.DuckDBPyConnection, ways: Ways) -> None:
    """Make `lines` of `entries`: one row per entry, every cell read as what it means.

    A cell that cannot be read leaves a null, and a file that can be read in two ways is read in
    one of them: whether all is well is for `checking` to say.
    """
    put_digits(connection)
    _put_amounts(connection, ways)
    _put_moments(connection, ways)
    _put_sorted(connection, ways)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE lines AS
        SELECT entries.file, entries.row, entries.part, entries.settlement,
            moments.printed AS posted_at, moments.day AS posted_on,
            coalesce(sorted.kind, 'other') AS event_kind, entries.event, entries.order_no,
            entries.item_no, entries.sku,
            CASE WHEN regexp_full_match(entries.quantity, '-?\\d{{1,9}}([.]0+)?')
                THEN regexp_extract(entries.quantity, '-?\\d+')::BIGINT END AS quantity,
            entries.marketplace,
            entries."group", entries.label,
            coalesce(CASE WHEN sorted.kind IN ('refund', 'dispute') THEN sorted.on_refund END,
                sorted.account, 'unclassified') AS account,
            entries.sign * amounts.minor AS minor, amounts.digits, amounts.resolved AS currency,
            entries.entry_no
        FROM entries
        LEFT JOIN amounts ON amounts.file = entries.file AND amounts.cell = entries.amount
            AND amounts.currency = entries.currency AND amounts.settlement =
                CASE WHEN entries.currency = '' THEN entries.settlement ELSE '' END
        LEFT JOIN moments ON moments.file = entries.file AND moments.cell = entries.posted
        LEFT JOIN sorted ON sorted.event = entries.event AND sorted."group" = entries."group"
            AND sorted.label = entries.label
            AND coalesce(moments.day, {_ALWAYS}) >= sorted.valid_from
            AND coalesce(moments.day, {_ALWAYS}) < sorted.valid_to
    """)


def _put_amounts(connection: duckdb.DuckDBPyConnection, ways: Ways) -> None:
    """Every text of money with its currency: how many smallest units it means.

    The settlement is empty where the text has its currency beside it: all others depend on it.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE cells_of_money AS
        WITH said AS (
            SELECT file, settlement, currency, amount AS cell FROM entries
            UNION ALL SELECT file, settlement, currency, total FROM statements
            UNION ALL SELECT file, settlement, paid_currency, paid FROM statements
            UNION ALL SELECT file, settlement, currency, stated FROM totals
        ), known AS (
            SELECT settlement, min(currency) AS currency FROM statements
            WHERE currency <> '' GROUP BY settlement
        ), texts AS (
            SELECT DISTINCT file, CASE WHEN currency = '' THEN settlement ELSE '' END AS settlement,
                currency, cell FROM said
        )
        SELECT texts.*, digits.digits,
            coalesce(nullif(texts.currency, ''), known.currency, '') AS resolved
        FROM texts
        LEFT JOIN known ON texts.currency = '' AND known.settlement = texts.settlement
        LEFT JOIN digits ON digits.currency
            = coalesce(nullif(texts.currency, ''), known.currency, '')
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE read_both_ways AS
        SELECT *, {minor_units("cell", "digits", ".")} AS point,
            {minor_units("cell", "digits", ",")} AS comma
        FROM cells_of_money
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE marks AS
        SELECT file, count(point) < count(*) AS no_point, count(comma) < count(*) AS no_comma,
            coalesce(bool_or(point <> comma), false) AS differ,
            CASE WHEN {text(ways.decimal)} <> '' THEN {text(ways.decimal)}
                WHEN count(comma) > count(point) THEN 'comma' ELSE 'point' END AS mark,
            min(cell) FILTER (point <> comma) AS example
        FROM read_both_ways WHERE cell <> '' AND digits IS NOT NULL GROUP BY file
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE amounts AS
        SELECT texts.* EXCLUDE (point, comma),
            CASE WHEN mark = 'comma' THEN comma ELSE point END AS minor
        FROM read_both_ways AS texts LEFT JOIN marks USING (file)
    """)


def _put_moments(connection: duckdb.DuckDBPyConnection, ways: Ways) -> None:
    """Every text of a day or time: the day in UTC, and how it is printed."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE cells_of_time AS
        WITH said AS (
            SELECT file, posted AS cell FROM entries
            UNION ALL SELECT file, begins FROM statements
            UNION ALL SELECT file, ends FROM statements
            UNION ALL SELECT file, deposited FROM statements
        ), texts AS (SELECT DISTINCT file, cell FROM said WHERE cell <> '')
        SELECT file, cell, {moments.parts("cell")} AS parts FROM texts
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE orders AS
        SELECT file, bool_and(second::INTEGER <= 12) AS may_be_dmy,
            bool_and(first::INTEGER <= 12) AS may_be_mdy, bool_or(first <> second) AS differ,
            CASE WHEN {text(ways.dates)} <> '' THEN {text(ways.dates)}
                WHEN bool_and(first::INTEGER <= 12) THEN 'mdy' ELSE 'dmy' END AS "order",
            min(cell) FILTER (first <> second) AS example
        FROM (SELECT file, cell, parts.first, parts.second FROM cells_of_time
            WHERE parts.slash_y <> '') GROUP BY file
    """)
    utc = "instant IS NOT NULL"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE moments AS
        WITH days AS (
            SELECT file, cell, parts, {moments.day('"order"')} AS day
            FROM cells_of_time LEFT JOIN orders USING (file)
        ), instants AS (SELECT *, {moments.instant("day", ways.times_in)} AS instant FROM days)
        SELECT file, cell, CASE WHEN {utc} THEN instant::DATE
                WHEN parts.time = '' THEN day END AS day,
            CASE WHEN {utc} THEN strftime(instant, '%Y-%m-%dT%H:%M:%SZ')
                WHEN parts.time = '' THEN strftime(day, '%Y-%m-%d') END AS printed
        FROM instants
    """)


def _put_sorted(connection: duckdb.DuckDBPyConnection, ways: Ways) -> None:
    """Every event, group and label that occurs: its kind and account, and from when to when."""
    connection.execute(
        'CREATE OR REPLACE TEMP TABLE accounts (priority INTEGER, "group" VARCHAR, label VARCHAR,'
        " account VARCHAR, on_refund VARCHAR, valid_from DATE, valid_to DATE)"
    )
    rows = _own_words(ways) + _pack_rows(ways.system)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 7
    kinds_of = (pa.int32(), *[pa.string()] * 4, pa.date32(), pa.date32())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds_of, strict=True)]
    add(connection, "accounts", pa.table(arrays, names=("priority", *_COLUMNS)))
    connection.execute("CREATE OR REPLACE TEMP TABLE kinds (event VARCHAR, kind VARCHAR)")
    known = {
        row.text("event"): row.text("kind")
        for row in read(EVENTS).rows
        if row["system"] == ways.system and row["valid_to"] is None
    }
    known |= ways.kinds
    said = {"event": pa.array(known, pa.string()), "kind": pa.array(known.values(), pa.string())}
    add(connection, "kinds", pa.table(said))
    group, label = _FOLDED.format(cell='"group"'), _FOLDED.format(cell="label")
    event = _FOLDED.format(cell="event")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE sorted AS
        WITH texts AS (SELECT DISTINCT event, "group", label FROM entries),
        folded AS (
            SELECT *, {group} AS folded_group, {label} AS folded_label, {event} AS folded_event
            FROM texts
        ), known AS (
            SELECT * REPLACE ({group} AS "group",
                CASE WHEN label = '*' THEN label ELSE {label} END AS label) FROM accounts
        ), fitting AS (
            SELECT folded.*, kinds.kind, priority, account, on_refund,
                coalesce(valid_from, DATE '0001-01-01') AS valid_from,
                coalesce(valid_to, DATE '9999-12-31') AS valid_to
            FROM folded
            LEFT JOIN (SELECT {event} AS folded_event, any_value(kind) AS kind
                FROM kinds GROUP BY 1) AS kinds USING (folded_event)
            LEFT JOIN known ON coalesce(known."group" = folded_group, true)
                AND known.label IN (folded_label, '*')
        )
        SELECT event, "group", label, kind, on_refund, valid_from, valid_to,
            CASE WHEN "group" = '' AND label = '' THEN coalesce(account, 'no_amount')
                ELSE account END AS account
        FROM fitting
        QUALIFY coalesce(priority, 0) = coalesce(
            min(priority) OVER (PARTITION BY event, "group", label), 0)
    """)


def _own_words(ways: Ways) -> list[list[object]]:
    """A mapping's words: what a column of money is for, or a label."""
    columns: list[list[object]] = [
        [0, word, "*", account, None, None, None] for word, account in ways.accounts.items()
    ]
    return columns + [
        [1, None, word, account, None, None, None] for word, account in ways.accounts.items()
    ]


def _pack_rows(system: str) -> list[list[object]]:
    """The labels of a system: published ones, and a firm's own where there is no published one.

    Raises:
        BrokenPack: the firm's own pack names an account that there is none of.
    """
    rows: list[list[object]] = []
    for later, name in enumerate(name for name in packs() if name.endswith("settlement_labels")):
        for row in read(name).rows:
            if row["system"] != system:
                continue
            if row["account"] not in ACCOUNTS or (row["on_refund"] or "refunds") not in ACCOUNTS:
                raise BrokenPack(
                    f"Cannot use the pack {name}.",
                    f"{row['label']}: there is no account {row['account']} or {row['on_refund']}.",
                    f"Use one of {', '.join(ACCOUNTS)}.",
                    pack=name,
                )
            priority = later + (4 if row["label"] == "*" else 2)
            rows.append([priority, *(row[column] for column in _COLUMNS)])
    return rows


_COLUMNS = ("group", "label", "account", "on_refund", "valid_from", "valid_to")


def packs() -> list[str]:
    """The packs that a reading uses, a firm's own labels last, where it has any."""
    own = [OWN_LABELS] if OWN_LABELS in names() else []
    return [EVENTS, LABELS, *own, PACK]
