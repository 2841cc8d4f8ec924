# SPDX-License-Identifier: Apache-2.0
"""What is open, and what a person should look at: lines that have it in common, counted."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from entrepot.destination.periods import MONTHS, Period

#: What the lines of a code have in common.
_ABOUT = """CASE reason WHEN 'channel_unknown' THEN channel
        WHEN 'warehouse_unknown' THEN warehouse WHEN 'destination_unknown' THEN destination
        WHEN 'no_exchange_rate' THEN sold_on::VARCHAR WHEN 'no_rate' THEN destination
        ELSE dispatch || ' -> ' || destination END"""

_COUNTED = "currency, count(*), min(day), max(day), sum(amount)::BIGINT"

_FOUND = f"""
    SELECT reason AS code, {_ABOUT} AS about, {_COUNTED} FROM entries
    WHERE scheme = 'open' GROUP BY code, about, currency
    UNION ALL
    SELECT 'no_filing_rate', currency || ' -> ' || filed_currency || ' ' || rate_day AS about,
        {_COUNTED} FROM entries
    WHERE filed_currency IS NOT NULL AND filed_net IS NULL GROUP BY about, currency
    UNION ALL
    SELECT 'rate_start_unknown', destination, {_COUNTED} FROM entries
    WHERE start_unknown AND rate_basis = 'standard' GROUP BY destination, currency
    UNION ALL
    SELECT 'limit_depends', destination, currency, count(*), min(shipped_on), max(shipped_on),
        sum(as_charged)::BIGINT
    FROM destination_consignments WHERE depends GROUP BY destination, currency
    UNION ALL
    SELECT 'interim_duty', destination, currency, count(*), min(shipped_on), max(shipped_on),
        sum(duty)::BIGINT
    FROM destination_consignments WHERE duty > 0 GROUP BY destination, currency
    UNION ALL
    SELECT 'above_threshold', $period, {_COUNTED} FROM entries
    WHERE reason = 'below_threshold' AND currency = 'EUR' GROUP BY currency
    HAVING sum(amount) > any_value(figure('union_oss_threshold', $last)) * 100
    UNION ALL
    SELECT 'period_differs', scheme, NULL, count(*), min(day), max(day), NULL FROM entries
    WHERE scheme IN ('union_oss', 'ioss') AND figure(scheme || '_period', $last) <> $months
    GROUP BY scheme
    UNION ALL
    SELECT 'period_not_over', $as_of::VARCHAR, NULL, count(*), NULL, NULL, NULL FROM entries
    WHERE $as_of < $last HAVING $as_of < $last
"""

Found = dict[str, Any]


def exceptions(connection: duckdb.DuckDBPyConnection, period: Period, as_of: date) -> list[Found]:
    """Every exception, in the order of its key, amounts in hundredths."""
    given = {
        "period": period.name,
        "last": period.last,
        "as_of": as_of,
        "months": MONTHS[period.kind],
    }
    names = ("code", "about", "currency", "lines", "first_on", "last_on", "amount")
    rows = connection.execute(_FOUND, given).fetchall()
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return sorted(found, key=lambda one: (one["code"], one["about"], one["currency"] or ""))
