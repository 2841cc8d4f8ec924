# SPDX-License-Identifier: Apache-2.0
"""Lay what was read of settlement reports into a season: its tables `settlements` and `payouts`."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final
from zoneinfo import available_timezones

import duckdb

from entrepot.engine.duck import text
from entrepot.engine.schema import Kind, Table
from entrepot.errors import Misused, Refused
from entrepot.settlement.outputs import REPORT
from entrepot.settlement.tables_season import PAYOUTS, SETTLEMENTS

#: The settlement of lines that belong to no payout so far: the next reading takes their place.
NOT_PAID_OUT: Final = "not-paid-out"
#: The column of a season's key that says which report a row came from.
_OURS: Final = ("channel", "settlement_no")
_SHOWN: Final = 20

#: What was read, with the columns of the season's tables. A line without a time is of the day on
#: which its settlement ends, or is paid out.
_LINES: Final = """
    SELECT {channel} AS channel, coalesce(nullif(l.settlement, ''), {open}) AS settlement_no,
        l.line_no,
        coalesce({posted}, {ends}, s.deposited_on::DATE) AS posted_on,
        l.account, l.currency, l.amount::DECIMAL(38, 4) AS exact,
        nullif(l.order_no, '') AS order_no, nullif(l.sku, '') AS sku,
        nullif(l.label, '') AS label
    FROM {lines} AS l LEFT JOIN {settlements} AS s ON s.settlement = l.settlement
    WHERE l.account NOT IN ('payout', 'no_amount')
"""
_PAYOUTS: Final = """
    SELECT {channel} AS channel, settlement AS settlement_no, deposited_on::DATE AS paid_on,
        currency, payout::DECIMAL(38, 4) AS exact, NULL AS reference
    FROM {settlements} WHERE payout IS NOT NULL AND payout <> ''
"""


class NotLaid(Refused):
    """What was read does not fit into a season; nothing of it was changed."""

    code: ClassVar[str] = "settlement.not_laid"


@dataclass(frozen=True, slots=True)
class Laid:
    """How many rows of each table came of the reading, and how many rows it has now."""

    settlements: int
    payouts: int
    all_settlements: int
    all_payouts: int


def lay_into_season(reading: Path, season: Path, channel: str, days_in: str = "UTC") -> Laid:
    """Put lines and payouts of a reading into a season; other settlements stay as they are.

    Args:
        reading: the folder that `read_settlements` wrote, as CSV or Parquet.
        season: a season of the version that has these tables, as CSV.
        channel: the name that its orders have in the season.
        days_in: the zone that decides on which day an amount was posted.

    Raises:
        Misused: a folder that is none, a season of an earlier version, an unknown zone.
        NotLaid: amounts of more than two decimals, or lines and payouts without a day.
    """
    asked = f"Cannot lay {reading} into {season}."
    _check(asked, reading, season, channel, days_in)
    connection = duckdb.connect(config={"preserve_insertion_order": True})
    try:
        _take(connection, reading, channel, days_in)
        _refuse_unfit(connection, asked)
        counts = [
            _write(connection, season, table, rows)
            for table, rows in ((SETTLEMENTS, "new_lines"), (PAYOUTS, "new_payouts"))
        ]
        for table in (SETTLEMENTS, PAYOUTS):
            os.replace(_fresh(season, table), season / f"{table.name}.csv")
    except (duckdb.Error, OSError) as error:
        raise NotLaid(asked, str(error).splitlines()[0][:300], "Read the reports again.") from error
    finally:
        connection.close()
        for table in (SETTLEMENTS, PAYOUTS):
            _fresh(season, table).unlink(missing_ok=True)
    (lines, all_lines), (payouts, all_payouts) = counts
    return Laid(lines, payouts, all_lines, all_payouts)


def _check(asked: str, reading: Path, season: Path, channel: str, days_in: str) -> None:
    if not (reading / REPORT).is_file():
        raise Misused(
            asked, f"{reading} is no folder that a reading wrote.", "Read with --out first."
        )
    try:
        about = tomllib.loads((season / "season.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Misused(
            asked, f"{season} has no season.toml that can be read.", "Name a season's folder."
        ) from error
    if not channel.strip() or len(channel) > 200:
        raise Misused(asked, "No channel is named.", "Name it as in sales, with --channel.")
    if days_in not in available_timezones():
        raise Misused(
            asked, f"There is no time zone {days_in[:60]}.", "Name one such as Europe/Berlin."
        )
    version = about.get("schema", 1)
    if isinstance(version, int) and version < SETTLEMENTS.since:
        raise Misused(
            asked,
            f"The season is of version {version}, and money came with version {SETTLEMENTS.since}.",
            f"Write schema = {SETTLEMENTS.since} in season.toml.",
        )
    for table in (SETTLEMENTS, PAYOUTS):
        for other in (".csv.gz", ".parquet", ".xlsx"):
            if (season / f"{table.name}{other}").exists():
                raise Misused(
                    asked,
                    f"{table.name}{other} is there already.",
                    f"Keep {table.name} as CSV, or take that file away.",
                )


def _take(connection: duckdb.DuckDBPyConnection, reading: Path, channel: str, days_in: str) -> None:
    """What was read as the tables new_lines and new_payouts."""
    given = {
        "channel": text(channel),
        "open": text(NOT_PAID_OUT),
        "lines": _source(reading, "lines"),
        "settlements": _source(reading, "settlements"),
        "posted": _day("l.posted_at", days_in),
        "ends": _day("s.ends", days_in),
    }
    connection.execute(f"CREATE TEMP TABLE new_lines AS {_LINES.format(**given)}")
    connection.execute(f"CREATE TEMP TABLE new_payouts AS {_PAYOUTS.format(**given)}")


def _source(reading: Path, name: str) -> str:
    """SQL for a table of the reading, every cell a text.

    Raises:
        duckdb.Error: it is not there.
    """
    if (path := reading / f"{name}.csv").exists():
        return f"read_csv({text(str(path))}, all_varchar = true, header = true)"
    path = reading / f"{name}.parquet"
    return f"(SELECT COLUMNS(*)::VARCHAR FROM read_parquet({text(str(path))}))"


def _day(column: str, days_in: str) -> str:
    """SQL for the day, in a zone, of a text that is a time in UTC or a day."""
    moment = (
        f"timezone({text(days_in)}, timezone('UTC', try_cast(left({column}, 19) AS TIMESTAMP)))"
    )
    return f"""CASE WHEN {column} LIKE '%T%' THEN {moment}::DATE
            ELSE try_cast(nullif({column}, '') AS DATE) END"""


def _refuse_unfit(connection: duckdb.DuckDBPyConnection, asked: str) -> None:
    found = []
    for table, day, what in (
        ("new_lines", "posted_on", "settlement_no || ', line ' || line_no"),
        ("new_payouts", "paid_on", "settlement_no"),
    ):
        rows = connection.execute(f"""
            SELECT {what}, exact::VARCHAR, currency, {day} IS NULL FROM {table}
            WHERE {day} IS NULL OR exact <> round(exact, 2) ORDER BY ALL LIMIT {_SHOWN + 1}
        """).fetchall()
        found += [
            f"{at}: no day" if no_day else f"{at}: {amount} {currency}"
            for at, amount, currency, no_day in rows
        ]
    if found:
        more = " and more" if len(found) > _SHOWN else ""
        raise NotLaid(
            asked,
            f"A season has days, and amounts of two decimals: {'; '.join(found[:_SHOWN])}{more}.",
            "Leave these settlements out, and keep them apart.",
            unfit=found[:_SHOWN],
        )


def _write(
    connection: duckdb.DuckDBPyConnection, season: Path, table: Table, rows: str
) -> tuple[int, int]:
    """Write the season's table beside its file: what is new, and what was there of others."""
    names = ", ".join(table.names)
    new = ", ".join(
        "exact::DECIMAL(18, 2)::VARCHAR AS amount"
        if column.kind is Kind.MONEY
        else f"{column.name}::VARCHAR AS {column.name}"
        for column in table.columns
    )
    path = season / f"{table.name}.csv"
    connection.execute(f"CREATE TEMP TABLE {table.name} AS SELECT {new} FROM {rows}")
    if path.exists():
        ours = " AND ".join(f"n.{name} = o.{name}" for name in _OURS)
        connection.execute(f"""
            INSERT INTO {table.name} BY NAME SELECT * FROM
            read_csv({text(str(path))}, all_varchar = true, header = true, nullstr = '') AS o
            WHERE NOT EXISTS (SELECT 1 FROM {rows} AS n WHERE {ours})
        """)
    order = ", ".join(
        f"{column.name}::BIGINT" if column.kind is Kind.NUMBER else column.name
        for column in table.columns
        if column.key
    )
    connection.execute(f"""
        COPY (SELECT {names} FROM {table.name} ORDER BY {order})
        TO {text(str(_fresh(season, table)))} (FORMAT csv, HEADER true)
    """)
    counted = connection.execute(
        f"SELECT (SELECT count(*) FROM {rows}), (SELECT count(*) FROM {table.name})"
    ).fetchone()
    assert counted is not None
    return counted[0], counted[1]


def _fresh(season: Path, table: Table) -> Path:
    return season / f".{table.name}.csv.fresh"
