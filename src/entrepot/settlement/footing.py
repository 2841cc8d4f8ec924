# SPDX-License-Identifier: Apache-2.0
"""Foots settlements: lines + residual = payout, and says what does not fit.

Source: our own policy. A payout is what a report states; where it only lists the payout as a
transaction, that says it. The transaction of the payout itself makes no part of the sum.
"""

from __future__ import annotations

import duckdb

from entrepot.settlement.money import decimal_text

#: Money that waits for its payout is no reason to look: every day has some.
EXPECTED = ("not_paid_out_yet",)
#: What does not fit, and what to do.
REMEDIES = {
    "not_footed": "Fetch the report again, and look for lines that it leaves out; the difference"
    " stays open until it is explained.",
    "lines_missing": "Fetch the lines of this payout and read them with it.",
    "payout_not_stated": "Give the report that says what was paid out beside this one.",
    "payout_differs": "Look which of the two the bank received.",
    "converted_differs": "Look which of the two the bank received.",
    "other_currency": "Read these lines with a settlement of their currency.",
    "row_not_footed": "Ask the payer what the rest is; it stays part of the residual.",
    "unclassified": "Say which account it is of, in your own pack own/settlement_labels.",
    "not_paid_out_yet": "Nothing: read them again once their payout is there.",
}


def foot(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `settlements` and `exceptions` of `lines`, `stated` and `totals`."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE sums AS
        SELECT lines.settlement, lines.currency, any_value(lines.digits) AS digits,
            count(*) FILTER (account <> 'payout') AS lines,
            coalesce(sum(minor) FILTER (account <> 'payout'), 0)::BIGINT AS sum,
            -(sum(minor) FILTER (account = 'payout'))::BIGINT AS listed,
            count(*) FILTER (minor = 0) AS zeros
        FROM lines GROUP BY ALL
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE settlements AS
        WITH own AS (
            SELECT settlement, arg_max(currency, (lines, currency)) AS currency
            FROM sums GROUP BY settlement
        ), every AS (
            SELECT settlement, coalesce(stated.currency, own.currency) AS currency,
                stated.* EXCLUDE (settlement, currency)
            FROM stated FULL JOIN own USING (settlement)
        )
        SELECT every.* EXCLUDE (total, digits),
            coalesce(every.digits, sums.digits, digits.digits) AS digits,
            coalesce(lines, 0) AS lines, coalesce(zeros, 0) AS zeros, coalesce(sum, 0) AS sum,
            listed, total, coalesce(total, listed) AS payout,
            coalesce(total, listed) - coalesce(sum, 0) AS residual
        FROM every
        LEFT JOIN sums USING (settlement, currency)
        LEFT JOIN digits USING (currency)
    """)
    _make_exceptions(connection)


def _make_exceptions(connection: duckdb.DuckDBPyConnection) -> None:
    residual, payout, total = (
        f"{decimal_text(name, 'digits')} || ' ' || currency"
        for name in ("residual", "sum", "payout")
    )
    listed = f"{decimal_text('listed', 'digits')} || ' ' || currency"
    paid = f"{decimal_text('paid', 'paid_digits')} || ' ' || paid_currency"
    whole = "lines, residual AS minor, digits, currency"
    remedies = ", ".join(f"('{code}', '{text}')" for code, text in REMEDIES.items())
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE exceptions AS
        WITH found AS (
            SELECT 'not_footed' AS code, settlement, '' AS place, {whole},
                'Lines come to ' || {payout} || ', the payout is ' || {total}
                    || ': ' || {residual} || ' is left.' AS found
            FROM settlements WHERE residual <> 0 AND lines > 0 AND settlement <> ''
            UNION ALL
            SELECT 'lines_missing', settlement, '', {whole},
                'The payout is ' || {total} || ', and no line of it was read.'
            FROM settlements WHERE lines = 0 AND payout <> 0 AND settlement <> ''
            UNION ALL
            SELECT 'payout_not_stated', settlement, '', lines, sum, digits, currency,
                'Lines come to ' || {payout} || '; no report says what was paid out.'
            FROM settlements WHERE payout IS NULL AND settlement <> ''
            UNION ALL
            SELECT 'payout_differs', settlement, '', 1, listed - total, digits, currency,
                'The payout is stated as ' || {total} || ' and listed as ' || {listed} || '.'
            FROM settlements WHERE listed <> total
            UNION ALL
            SELECT 'converted_differs', settlement, '', 0, paid - total, digits, currency,
                'The total is ' || {total} || ', the converted total ' || {paid} || '.'
            FROM settlements WHERE paid_currency = currency AND paid <> total
            UNION ALL {_OTHER_CURRENCY}
            UNION ALL {_NOT_PAID_OUT}
            UNION ALL {_ROWS}
            UNION ALL {_UNCLASSIFIED}
        ), remedies (code, remedy) AS (VALUES {remedies})
        SELECT code, settlement, place, lines, minor,
            {decimal_text("minor", "digits")} AS amount, currency, found, remedy
        FROM found JOIN remedies USING (code)
    """)


_SUM = f"{decimal_text('sums.sum', 'sums.digits')} || ' ' || sums.currency"
_OTHER_CURRENCY = f"""
    SELECT 'other_currency', sums.settlement, sums.currency, sums.lines, sums.sum, sums.digits,
        sums.currency, sums.lines || ' lines come to ' || {_SUM} || '; the settlement is in '
            || settlements.currency || '.'
    FROM sums JOIN settlements USING (settlement)
    WHERE sums.currency <> settlements.currency AND settlement <> ''
"""
_NOT_PAID_OUT = f"""
    SELECT 'not_paid_out_yet', '', sums.currency, sums.lines, sums.sum, sums.digits,
        sums.currency, sums.lines || ' lines of no settlement come to ' || {_SUM} || '.'
    FROM sums WHERE settlement = ''
"""
_ROWS = f"""
    SELECT 'row_not_footed', settlement, name || ':' || row, parts, stated - sum, digits, currency,
        'Its amounts come to ' || {decimal_text("sum", "digits")} || ', it states '
            || {decimal_text("stated", "digits")} || ' ' || currency || '.'
    FROM (
        SELECT totals.settlement, files.name, totals.row, any_value(amounts.minor) AS stated,
            any_value(amounts.digits) AS digits, any_value(amounts.resolved) AS currency,
            count(*) AS parts, sum(lines.minor)::BIGINT AS sum
        FROM totals
        JOIN lines USING (file, row)
        JOIN files USING (file)
        JOIN amounts ON amounts.file = totals.file AND amounts.cell = totals.stated
            AND amounts.currency = totals.currency AND amounts.settlement
                = CASE WHEN totals.currency = '' THEN totals.settlement ELSE '' END
        GROUP BY totals.settlement, files.name, totals.row
    ) WHERE stated <> sum
"""
_UNCLASSIFIED = """
    SELECT 'unclassified', settlement, "group" || ' / ' || label, count(*), sum(minor)::BIGINT,
        any_value(digits), currency, 'The label is not known.'
    FROM lines WHERE account = 'unclassified' GROUP BY settlement, "group", label, currency
"""
