# SPDX-License-Identifier: Apache-2.0
"""Days and times as reports print them: 2026-03-25T06:10:11Z, 25.03.2026 06:10:11 UTC, 03/25/26."""

from __future__ import annotations

from entrepot.engine.duck import text

#: In which order the parts of a slashed day stand.
ORDERS = ("dmy", "mdy")
#: What a report may be read with.
EXPECTED = "a day such as 2026-03-25, 25.03.2026 or 03/25/2026, with or without a time"

_PARTS = ("y", "m", "d", "dot_d", "dot_m", "dot_y", "first", "second", "slash_y", "time", "zone")
_FORM = (
    r"(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"|(\d{1,2})\.(\d{1,2})\.(\d{4})"
    r"|(\d{1,2})/(\d{1,2})/(\d{4}|\d{2}))"
    r"(?:[T ](\d{1,2}:\d{2}(?::\d{2})?)(?:[.]\d{1,9})?)?"
    r" ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)


def parts(cell: str) -> str:
    """SQL for the parts of a day and time, as a struct; empty parts where it is none."""
    names = ", ".join(f"'{name}'" for name in _PARTS)
    return f"regexp_extract(trim({cell}), '^{_FORM}$', [{names}])"


def day(order: str) -> str:
    """SQL for the day in a column `parts`, null where it is none.

    Args:
        order: SQL for one of ORDERS.
    """
    year = "CASE WHEN length(parts.slash_y) = 2 THEN '20' ELSE '' END || parts.slash_y"
    return f"""
        CASE WHEN parts.y <> '' THEN try_cast(parts.y || '-' || parts.m || '-' || parts.d AS DATE)
            WHEN parts.dot_y <> ''
            THEN try_cast(parts.dot_y || '-' || parts.dot_m || '-' || parts.dot_d AS DATE)
            WHEN parts.slash_y <> '' AND {order} = 'dmy'
            THEN try_cast({year} || '-' || parts.second || '-' || parts.first AS DATE)
            WHEN parts.slash_y <> ''
            THEN try_cast({year} || '-' || parts.first || '-' || parts.second AS DATE)
        END
    """


def instant(of_day: str, times_in: str) -> str:
    """SQL for the moment in UTC of `parts` on a day, null where there is no time.

    Args:
        of_day: SQL for the day.
        times_in: the zone of times that name none.
    """
    naive = f"({of_day} + try_cast(parts.time AS TIME))"
    offset = (
        "to_minutes((CASE WHEN parts.zone[1] = '-' THEN -1 ELSE 1 END"
        " * (parts.zone[2:3]::INTEGER * 60 + right(parts.zone, 2)::INTEGER))::BIGINT)"
    )
    local = f"timezone('UTC', timezone({text(times_in)}, {naive}))"
    return f"""
        CASE WHEN parts.time = '' OR {of_day} IS NULL THEN NULL
            WHEN parts.zone = '' THEN {local if times_in != "UTC" else naive}
            WHEN parts.zone[1] IN ('+', '-') THEN {naive} - {offset}
            ELSE {naive} END
    """
