# SPDX-License-Identifier: Apache-2.0
"""Lay out the lines of a period and the filing table that is their sum; prove that nothing is lost.

A line is put into the return's currency once, half away from zero; every other figure is a sum.
"""

from __future__ import annotations

from typing import ClassVar

import duckdb

from entrepot.destination.firm import Firm
from entrepot.destination.periods import Period
from entrepot.errors import Refused


class Lost(Refused):
    """Lines, table and season do not come to the same: nothing was written."""

    code: ClassVar[str] = "vat.lost"


def lay_out(connection: duckdb.DuckDBPyConnection, firm: Firm, period: Period) -> None:
    """From `judged`, `corrections` and `consignments` make `entries` and the tables of results.

    Source:
        our own policy: what came back is corrected in the period in which it came back, at the
        rate of the sale; rates of exchange are those that the firm says.
    """
    day = f"DATE '{period.last}'" if firm.exchange_on == "period_end" else "day"
    rates = _OF_FILE if firm.exchange_rates else _OF_SEASON
    for statement in (
        _BOTH.format(rate_day=day),
        _CONVERSIONS.format(rates=rates),
        _ENTRIES,
        "DROP TABLE both_kinds",
        "DROP TABLE judged",
        _FILING,
        _CONSIGNMENTS,
    ):
        connection.execute(statement)


_OF_LINE = """j.channel, j.order_no, j.line_no, j.shipped_on AS sold_on, j.sold_in, j.sku,
        j.warehouse, j.dispatch, j.destination, j.scheme, j.filed_by, j.registration, j.rate,
        j.rate_basis, j.rate_source, j.start_unknown, j.with_vat, j.currency, j.reason"""


def _part(column: str) -> str:
    """SQL for what the units that came back carry, below zero."""
    return (
        f"(carried(j.{column}, starts, whole) - carried(j.{column}, starts + units, whole))::BIGINT"
    )


_BOTH = f"""
    CREATE OR REPLACE TEMP TABLE both_kinds AS
    WITH lines AS (
        SELECT {_OF_LINE}, NULL::VARCHAR AS return_no, NULL::BIGINT AS return_line_no,
            'sale' AS kind, j.shipped_on AS day, j.quantity, j.amount, j.vat
        FROM judged AS j WHERE in_period
        UNION ALL
        SELECT {_OF_LINE}, c.return_no, c.return_line_no, 'correction', c.day, -c.units,
            {_part("amount")}, {_part("vat")}
        FROM corrections AS c JOIN judged AS j USING (channel, order_no, line_no)
    )
    SELECT l.*, r.currency AS filed_currency,
        CASE WHEN with_vat OR l.vat IS NULL THEN amount ELSE amount + l.vat END AS gross,
        CASE WHEN l.vat IS NULL THEN NULL WHEN with_vat THEN amount - l.vat ELSE amount END AS net,
        {{rate_day}} AS rate_day
    FROM lines AS l LEFT JOIN registrations AS r ON l.filed_by = 'firm' AND r.scheme = l.scheme
        AND r.number = l.registration AND (r.scheme <> 'local' OR r.state = l.destination)
        AND r.valid_from <= l.sold_on AND (r.valid_to IS NULL OR l.sold_on < r.valid_to)
"""

#: num / den turns an amount of `currency` into one of `filed_currency`.
_OF_FILE = """
    SELECT a.*, CASE WHEN d.units IS NOT NULL THEN d.units WHEN i.units IS NOT NULL THEN 1000000
            END AS num,
        CASE WHEN d.units IS NOT NULL THEN 1000000 ELSE i.units END AS den
    FROM asked AS a
        LEFT JOIN exchange_rates AS d ON d."on" = a.rate_day AND d.base = a.currency
            AND d.currency = a.filed_currency
        LEFT JOIN exchange_rates AS i ON i."on" = a.rate_day AND i.base = a.filed_currency
            AND i.currency = a.currency
"""
_OF_SEASON = """
    SELECT a.*, CASE WHEN a.currency = 'CNY' THEN 1000000 ELSE s.cny_per_unit END AS num,
        CASE WHEN a.filed_currency = 'CNY' THEN 1000000 ELSE f.cny_per_unit END AS den
    FROM asked AS a
        LEFT JOIN fx_rates AS s ON s."on" = a.rate_day AND s.currency = a.currency
        LEFT JOIN fx_rates AS f ON f."on" = a.rate_day AND f.currency = a.filed_currency
"""
_CONVERSIONS = """
    CREATE OR REPLACE TEMP TABLE conversions AS
    WITH asked AS (
        SELECT DISTINCT rate_day, currency, filed_currency FROM both_kinds
        WHERE filed_currency <> currency
    )
    {rates}
"""

_ENTRIES = """
    CREATE OR REPLACE TEMP TABLE entries AS
    SELECT b.* EXCLUDE (with_vat),
        CASE WHEN b.filed_currency = b.currency THEN net
            ELSE halved(net::HUGEINT * num, den::HUGEINT)::BIGINT END AS filed_net,
        CASE WHEN b.filed_currency = b.currency THEN vat
            ELSE halved(vat::HUGEINT * num, den::HUGEINT)::BIGINT END AS filed_vat
    FROM both_kinds AS b LEFT JOIN conversions AS c ON c.rate_day = b.rate_day
        AND c.currency = b.currency AND c.filed_currency = b.filed_currency
"""


def _whole(column: str) -> str:
    """SQL for a sum that is empty where one of its parts is."""
    return f"CASE WHEN count(*) = count({column}) THEN sum({column})::BIGINT END AS {column}"


_KEY = "scheme, registration, destination, dispatch, kind, sold_in, rate, rate_basis, currency"
_FILING = f"""
    CREATE OR REPLACE TEMP TABLE destination_filing AS
    SELECT {_KEY}, any_value(filed_by) AS filed_by, count(*) AS lines, {_whole("gross")},
        {_whole("net")}, {_whole("vat")}, filed_currency, {_whole("filed_net")},
        {_whole("filed_vat")}
    FROM entries GROUP BY {_KEY}, filed_currency
"""

_CONSIGNMENTS = """
    CREATE OR REPLACE TEMP TABLE destination_consignments AS
    SELECT channel, order_no, warehouse, shipped_on, destination, lines, currency, without_vat,
        as_charged, top AS "limit", within, tariff_items, duty, depends
    FROM consignments WHERE in_period
"""


def prove(connection: duckdb.DuckDBPyConnection, period: Period) -> list[dict[str, str | int]]:
    """Prove that lines, table and season come to the same.

    Returns:
        one row per currency: lines, amount, gross, net, vat, all in hundredths, and gross_open.

    Raises:
        Lost: they do not.
    """
    found = connection.execute(_TOTALS.format(first=period.first, last=period.last))
    names = [column[0] for column in found.description or ()]
    totals = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    wrong = [
        row
        for row in totals
        if row["torn"]
        or row["gross"] != row["net"] + row["vat"] + row["gross_open"]
        or any(row[name] != row[f"{name}_filing"] for name in ("lines", "gross", "net", "vat"))
        or (row["sales"], row["amount_sales"]) != (row["sales_season"], row["amount_season"])
        or row["corrections"] != row["corrections_season"]
    ]
    if wrong:
        raise Lost(
            "Cannot make out the return.",
            f"Lines, table and season differ: {wrong[:3]}.",
            "This is a mistake of the program: please report it, with the firm's file.",
        )
    kept = ("currency", "lines", "amount", "gross", "net", "vat", "gross_open")
    return [{name: row[name] for name in kept} for row in totals]


_TOTALS = """
    WITH of_lines AS (
        SELECT currency, count(*) AS lines, sum(amount)::BIGINT AS amount,
            sum(gross)::BIGINT AS gross, coalesce(sum(net), 0)::BIGINT AS net,
            coalesce(sum(vat), 0)::BIGINT AS vat,
            coalesce(sum(gross) FILTER (scheme = 'open'), 0)::BIGINT AS gross_open,
            count(*) FILTER (gross <> net + vat OR (net IS NULL) <> (scheme = 'open')) AS torn,
            count(*) FILTER (kind = 'sale') AS sales,
            coalesce(sum(amount) FILTER (kind = 'sale'), 0)::BIGINT AS amount_sales,
            count(*) FILTER (kind = 'correction') AS corrections
        FROM entries GROUP BY currency
    ),
    of_filing AS (
        SELECT currency, sum(lines)::BIGINT AS lines_filing, sum(gross)::BIGINT AS gross_filing,
            coalesce(sum(net), 0)::BIGINT AS net_filing, coalesce(sum(vat), 0)::BIGINT AS vat_filing
        FROM destination_filing GROUP BY currency
    ),
    of_season AS (
        SELECT currency, count(*) AS sales_season, sum(amount)::BIGINT AS amount_season
        FROM sales WHERE shipped_on BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY currency
    ),
    of_returns AS (
        SELECT s.currency, count(*) AS corrections_season
        FROM corrections AS c JOIN sales AS s USING (channel, order_no, line_no) GROUP BY s.currency
    )
    SELECT currency, coalesce(lines, 0) AS lines, coalesce(amount, 0) AS amount,
        coalesce(gross, 0) AS gross, coalesce(net, 0) AS net, coalesce(vat, 0) AS vat,
        coalesce(gross_open, 0) AS gross_open, coalesce(torn, 0) AS torn,
        coalesce(sales, 0) AS sales, coalesce(amount_sales, 0) AS amount_sales,
        coalesce(corrections, 0) AS corrections, coalesce(lines_filing, 0) AS lines_filing,
        coalesce(gross_filing, 0) AS gross_filing, coalesce(net_filing, 0) AS net_filing,
        coalesce(vat_filing, 0) AS vat_filing, coalesce(sales_season, 0) AS sales_season,
        coalesce(amount_season, 0) AS amount_season,
        coalesce(corrections_season, 0) AS corrections_season
    FROM of_lines FULL JOIN of_filing USING (currency) FULL JOIN of_season USING (currency)
        FULL JOIN of_returns USING (currency)
    ORDER BY currency
"""
