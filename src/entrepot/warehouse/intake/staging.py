# SPDX-License-Identifier: Apache-2.0
"""From the cells of a file to orders, in DuckDB: every mistake of every line, or orders in batches.

The lines are read, judged and matched as in the import of a season (`warehouse.importing`); what
is different of orders that have not left yet is said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import duckdb
import pyarrow as pa

from entrepot.engine.duck import text
from entrepot.warehouse.importing import outputs, steps
from entrepot.warehouse.importing.faults import Fault as Reason
from entrepot.warehouse.importing.faults import faults as reasons_of
from entrepot.warehouse.importing.mapping import Mapping
from entrepot.warehouse.importing.match import match
from entrepot.warehouse.importing.outputs import WITHOUT_ORDER
from entrepot.warehouse.importing.read import CELL_FORMS
from entrepot.warehouse.intake.refusals import MOST_LISTED, Fault
from entrepot.warehouse.orders.order import (
    MOST_AMOUNT,
    MOST_LINES,
    MOST_QUANTITY,
    RECIPIENT,
    NewOrder,
    Ordered,
)

SHIPPED: Final = "already_shipped"
#: Lines that are no mistakes: they are left out, and counted.
LEFT_OUT: Final = ("service_line", "zero_quantity", "zero_price", SHIPPED, WITHOUT_ORDER)
#: Reasons of a season that do not hold for what has not left.
_NOT_HERE: Final = ("not_shipped", "no_warehouse")
#: Our names of what a mapping calls by others.
_WHO: Final = {"name": "recipient"}

#: A channel is a part of a place of the book.
_CHANNEL: Final = r"[^/\s\x00-\x1f\x7f]([^/\x00-\x1f\x7f]*[^/\s\x00-\x1f\x7f])?"
#: How long each text may be; none has control characters.
_LONGEST: Final = {
    "channel": 40, "order_no": 80, "sku": 64, "postcode": 20, "service": 60, "note": 500,
    **dict.fromkeys((_WHO.get(name, name) for name in RECIPIENT), 200),
}  # fmt: skip
_PRIORITIES: Final = 1000


def stage(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    file: str,
    promise_days: int,
    *,
    typed: bool,
    is_ours: bool,
) -> None:
    """Make `faults` and `lines_left` of `raw`: every mistake by row, and the lines to take over.

    Args:
        promise_days: days from the order to the day of promise, where the file does not say it.
        typed: whether the cells of the file have types of their own.
        is_ours: whether it has our own columns, of which a number of the line or an amount may be
            left blank.
    """
    steps.parse(connection, mapping, typed)
    reasons = _reasons(mapping)
    if is_ours:
        reasons = [_unless_blank(each) for each in reasons]
    steps.judge(connection, reasons)
    if mapping.order_prefix or mapping.negative_quantity or mapping.status_values:
        matched = match(*steps.candidates(connection, mapping), may_split=mapping.may_split)
        steps.keep_matches(connection, *matched)
    else:
        steps.keep_matches(connection, [], [])
    connection.execute(outputs.reported(mapping, reasons, file))
    connection.execute(_kept(mapping, promise_days, typed))
    connection.execute("DROP TABLE lines")
    connection.execute(_faults(mapping, file))


def _reasons(mapping: Mapping) -> list[Reason]:
    """The reasons of a season, without those that are none here."""
    found = [each for each in reasons_of(mapping) if each.code not in _NOT_HERE]
    if "currency" not in mapping.columns and "currency" not in mapping.constants:
        found = [each for each in found if each.code != "unknown_currency"]
    if "shipped_status" in mapping.columns:
        values = ", ".join(text(value) for value in mapping.shipped_values)
        found.append(
            Reason(
                SHIPPED,
                "shipped_status",
                f"NOT cancelled AND shipped_status IN ({values})",
                "means that the line has left already",
                "Nothing to do.",
            )
        )
    return found


def _unless_blank(reason: Reason) -> Reason:
    """The same reason, but not for a cell of our own columns that may be left blank."""
    cell = {"line_no": "line_no_text", "amount": "amount"}.get(reason.at)
    if cell is None or reason.code not in ("not_a_number", "duplicate_line"):
        return reason
    return replace(reason, when=f"({reason.when}) AND coalesce(trim({cell}), '') <> ''")


def _kept(mapping: Mapping, promise_days: int, typed: bool) -> str:
    """SQL for `lines_left`: lines of goods that are to be shipped, less what was cancelled."""
    forms = (*mapping.forms, *(CELL_FORMS if typed else ()))
    promised = steps.moment("promised_on", forms, mapping)
    others = ", ".join(
        f"coalesce(trim({name}), '') AS {name}" for name in _LONGEST if name not in ("sku",)
    )
    return f"""
        CREATE OR REPLACE TEMP TABLE lines_left AS
        WITH taken_back AS (SELECT sale_row, sum(quantity) AS units FROM taken GROUP BY sale_row)
        SELECT row, trim(sku) AS sku, coalesce(line_no, row_number()
                OVER (PARTITION BY channel, order_no ORDER BY row)) AS line_no,
            l.units - coalesce(t.units, 0) AS quantity, l.units AS whole, money, exact, {others},
            coalesce(trim(currency), '') AS currency, country, timezone('UTC', instant) AS instant,
            coalesce(trim(promised_on), '') AS promised_text,
            CASE WHEN coalesce(trim(promised_on), '') = '' THEN day + {promise_days}
                ELSE timezone({text(mapping.day_in)}, {promised})::DATE END AS promised,
            coalesce(trim(priority), '') AS priority_text,
            CASE WHEN coalesce(trim(priority), '') = '' THEN 0
                ELSE try_cast(trim(priority) AS SMALLINT) END AS priority
        FROM lines AS l LEFT JOIN taken_back AS t ON t.sale_row = l.row
        WHERE fault IS NULL AND NOT cancelled AND l.units > coalesce(t.units, 0)
    """


def _faults(mapping: Mapping, file: str) -> str:
    """SQL for `faults`: row, code, found, remedy."""
    left_out = ", ".join(text(code) for code in LEFT_OUT)
    place = f"{text(file)} || ':' || row"

    def of(code: str, name: str, when: str, says: str, remedy: str) -> str:
        header = text(mapping.columns.get(name, name))
        return (
            f"SELECT row, '{code}', {place} || ', ' || {header} || {text(' ' + says)},"
            f" {text(remedy)} FROM lines_left WHERE {when}"
        )

    parts = [
        f"SELECT row, code, found, remedy FROM reported WHERE code NOT IN ({left_out})",
        of("bad_channel", "channel", f"NOT regexp_full_match(channel, {text(_CHANNEL)})",
           "has a slash or a control character.", "Name the channel without them."),
        of("bad_day", "promised_on", "promised IS NULL", "is no day of a form that is known.",
           "Write it as 2026-03-01, or name its form in the mapping."),
        of("bad_priority", "priority",
           f"priority IS NULL OR abs(priority) > {_PRIORITIES}",
           f"is no whole number from -{_PRIORITIES} to {_PRIORITIES}.", "Correct it, or leave it."),
        of("bad_line_no", "line_no", f"line_no >= {2**31}", "is too large.", "Count from 1."),
        of("too_many_units", "quantity", f"whole > {MOST_QUANTITY}",
           f"is more than {MOST_QUANTITY:,}.", "Look whether columns have slipped."),
    ]  # fmt: skip
    for name, longest in _LONGEST.items():
        # What stands there is not said: it may be about a person.
        parts.append(
            of("too_long", name, f"length({name}) > {longest}",
               f"is longer than {longest} characters.", "Shorten it.")
        )  # fmt: skip
        parts.append(
            of("control_character", name, rf"regexp_matches({name}, '[\x00-\x1f\x7f]')",
               "contains a control character.", "Remove line breaks and tabs within the cell.")
        )  # fmt: skip
    parts.append(f"""
        SELECT row, 'lines_differ', {place} || ': the lines of order ' || order_no ||
            ' differ in ' || what || '.', 'Give each order one; or number the orders apart.'
        FROM (
            SELECT min(row) AS row, order_no, CASE WHEN count(DISTINCT currency) > 1 THEN 'currency'
                WHEN count(DISTINCT country) > 1 THEN 'country'
                WHEN count(*) > {MOST_LINES} THEN 'number: there are too many'
                END AS what
            FROM lines_left GROUP BY channel, order_no
        ) WHERE what IS NOT NULL
    """)
    return (
        "CREATE OR REPLACE TEMP TABLE faults AS SELECT * FROM ("
        + " UNION ALL ".join(f"({part})" for part in parts)
        + ") AS f (row, code, found, remedy)"
    )


def skus(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every SKU that is to be shipped."""
    return [sku for (sku,) in connection.execute("SELECT DISTINCT sku FROM lines_left").fetchall()]


def currencies(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every currency in which something costs something."""
    found = connection.execute("SELECT DISTINCT currency FROM lines_left WHERE money <> 0")
    return sorted(code for (code,) in found.fetchall())


def add_unknown_skus(
    connection: duckdb.DuckDBPyConnection, file: str, unknown: Sequence[str]
) -> None:
    """Add each line of a SKU that is no product to the mistakes."""
    connection.register("unknown", pa.table({"sku": pa.array(unknown, pa.string())}))
    connection.execute(f"""
        INSERT INTO faults SELECT row, 'unknown_sku',
            {text(file)} || ':' || row || ': there is no product "' || sku || '".',
            'Add the product, or correct the SKU.'
        FROM lines_left WHERE sku IN (SELECT sku FROM unknown)
    """)
    connection.unregister("unknown")


def add_amounts(connection: duckdb.DuckDBPyConnection, file: str, digits: dict[str, int]) -> None:
    """Turn money into smallest units; a currency without known decimals is one mistake.

    Rounded half away from zero, once per line, as the close does it; of a line of which units were
    cancelled, in proportion, down.
    """
    known = pa.table({
        "currency": pa.array(list(digits), pa.string()),
        "digits": pa.array(list(digits.values()), pa.int32()),
    })  # fmt: skip
    connection.register("digits", known)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE amounts AS
        SELECT row, CASE WHEN money = 0 OR money IS NULL THEN 0
            ELSE round(exact::DECIMAL(38, 6) * (10 ** coalesce(digits, 0))::DECIMAL(5, 0))::HUGEINT
            END AS amount, digits IS NULL AND money <> 0 AS is_unknown
        FROM lines_left LEFT JOIN digits USING (currency)
    """)
    connection.unregister("digits")
    place = f"{text(file)} || ':' || row"
    connection.execute(f"""
        INSERT INTO faults
        SELECT min(row), 'unknown_currency', {text(file)} || ':' || min(row) ||
            ': the book does not know the currency ' || currency || ' and its decimals (' ||
            count(*) || CASE count(*) WHEN 1 THEN ' line' ELSE ' lines' END || ').',
            'Open it with POST /currencies, and send the file again.'
        FROM amounts JOIN lines_left USING (row) WHERE is_unknown GROUP BY currency
        UNION ALL
        SELECT row, 'too_large', {place} || ': the amount is larger than the book holds.',
            'Look whether columns have slipped.'
        FROM amounts WHERE amount > {MOST_AMOUNT}
    """)


def listed_faults(connection: duckdb.DuckDBPyConnection) -> tuple[list[Fault], int]:
    """The first thousand mistakes by row, and how many there are."""
    rows = connection.execute(
        f"SELECT row, code, found, remedy FROM faults ORDER BY row, code, found LIMIT {MOST_LISTED}"
    ).fetchall()
    (count,) = connection.execute("SELECT count(*) FROM faults").fetchone() or (0,)
    return [Fault(*row) for row in rows], count


def arrange(connection: duckdb.DuckDBPyConnection) -> int:
    """Make `staged` and `staged_lines`, in the order of promise; how many orders there are."""
    firsts = ", ".join(
        f"first({name} ORDER BY row) FILTER ({name} <> '') AS {name}"
        for name in _LONGEST
        if name not in ("channel", "order_no", "sku")
    )
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE staged AS
        WITH orders AS (
            SELECT channel, order_no, min(instant) AS instant, min(promised) AS promised,
                max(priority) AS priority, any_value(country) AS country,
                any_value(currency) AS currency, {firsts}
            FROM lines_left GROUP BY channel, order_no
        )
        SELECT row_number() OVER (ORDER BY promised, priority DESC, instant, channel, order_no) - 1
            AS nth, * FROM orders ORDER BY nth
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE staged_lines AS
        SELECT s.nth, l.line_no, l.sku, l.quantity,
            (amount * l.quantity // l.whole)::BIGINT AS amount
        FROM lines_left AS l
        JOIN staged AS s ON s.channel = l.channel AND s.order_no = l.order_no
        JOIN amounts USING (row)
        ORDER BY s.nth, l.line_no
    """)
    connection.execute("DROP TABLE lines_left")
    connection.execute("DROP TABLE amounts")
    (count,) = connection.execute("SELECT count(*) FROM staged").fetchone() or (0,)
    return int(count)


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """How much a file holds: rows, orders, lines, units, and what of it is left out, by reason."""
    (rows,) = connection.execute("SELECT count(*) FROM raw").fetchone() or (0,)
    (orders,) = connection.execute("SELECT count(*) FROM staged").fetchone() or (0,)
    found = connection.execute("SELECT count(*), coalesce(sum(quantity), 0) FROM staged_lines")
    lines, units = found.fetchone() or (0, 0)
    (cancelled,) = connection.execute("SELECT count(DISTINCT row) FROM taken").fetchone() or (0,)
    left_out = connection.execute("SELECT code, count(*) FROM reported GROUP BY code ORDER BY code")
    return {
        "rows": rows, "orders": orders, "lines": lines, "units": int(units),
        "cancellations": cancelled, "left_out": dict(left_out.fetchall()),
    }  # fmt: skip


def keys(connection: duckdb.DuckDBPyConnection, first: int, count: int) -> list[tuple[str, str]]:
    """Channel and number of some orders, in the order of promise."""
    return connection.execute(
        "SELECT channel, order_no FROM staged WHERE nth >= ? AND nth < ? ORDER BY nth",
        [first, first + count],
    ).fetchall()


def orders(connection: duckdb.DuckDBPyConnection, first: int, count: int) -> Iterator[NewOrder]:
    """Some orders, in the order of promise."""
    span = [first, first + count]
    lines = connection.execute(
        "SELECT nth, line_no, sku, quantity, amount FROM staged_lines WHERE nth >= ? AND nth < ?"
        " ORDER BY nth, line_no",
        span,
    ).fetchall()
    of = {at: [Ordered(*row[1:]) for row in its] for at, its in groupby(lines, itemgetter(0))}
    who = [_WHO.get(name, name) for name in RECIPIENT]
    rows = connection.execute(
        "SELECT nth, channel, order_no, instant, promised, country, postcode, currency, service,"
        f" note, priority, {', '.join(who)} FROM staged WHERE nth >= ? AND nth < ? ORDER BY nth",
        span,
    ).fetchall()
    for row in rows:
        at, channel, number, instant, promised, country, postcode, currency, service, note = row[
            :10
        ]
        told = zip(RECIPIENT, row[11:], strict=True)
        yield NewOrder(
            channel, number, instant.replace(tzinfo=UTC), promised, country, of[at],
            postcode or "", currency, service or "", note or "", row[10],
            {name: value for name, value in told if value},
        )  # fmt: skip
