# SPDX-License-Identifier: Apache-2.0
"""Decide for every order line what its VAT is filed under, all of them at once, in whole numbers.

Amounts are hundredths, rates ten-thousandths. VAT is taken out of, or put on, an amount once per
order line, half away from zero; what comes back of a line takes its part by position, so that a
line that comes back whole, in however many pieces, gives back what it was charged to the cent.

A consignment is the lines of an order that left one warehouse on one day for one country: our own
policy, since a season knows no parcels. Its worth is compared with a limit without rounding.
"""

from __future__ import annotations

import duckdb

from entrepot.destination.firm import Firm
from entrepot.destination.periods import Period

#: How the word for a period of a sale is made: by quarter where the return is one.
_MONTH = "strftime({day}, '%Y-%m')"
_QUARTER = "year({day}) || '-Q' || quarter({day})"


def judge(connection: duckdb.DuckDBPyConnection, firm: Firm, period: Period) -> None:
    """From sales, returns, products, fx_rates and what was put beside them make `judged`.

    `judged`: one row per order line of the period, or of which something came back in it: its
    scheme or why it is open, its rate, gross, net and vat. `corrections`: what came back in the
    period. `consignments`: what was sold from abroad.

    Source:
        the packs eu/vat_rates, eu/vat_schemes, uk/vat_rates and uk/vat_schemes; the rest is what
        the firm says.
    """
    within = f"BETWEEN DATE '{period.first}' AND DATE '{period.last}'"
    sold_in = _QUARTER if period.kind == "quarter" else _MONTH
    value = "net" if firm.consignment_value == "without_vat" else "gross"
    below = "true" if firm.below_threshold else "false"
    for statement in (
        *_MACROS,
        _CORRECTIONS.format(within=within),
        _PICKED.format(within=within),
        _PLACED.format(sold_in=sold_in.format(day="p.shipped_on")),
        _PRICED,
        "DROP TABLE picked",
        "DROP TABLE placed",
        _CONSIGNMENTS.format(value=value, other="gross" if value == "net" else "net"),
        _JUDGED.format(below=below),
        "DROP TABLE priced",
    ):
        connection.execute(statement)


_MACROS = (
    """CREATE OR REPLACE TEMP MACRO halved(n, d) AS sign(n) * ((2 * abs(n) + d) // (2 * d))""",
    """CREATE OR REPLACE TEMP MACRO vat_in(amount, rate) AS halved(amount * rate, 10000 + rate)""",
    """CREATE OR REPLACE TEMP MACRO vat_on(amount, rate) AS halved(amount * rate, 10000)""",
    # What the first n of q units carry.
    """CREATE OR REPLACE TEMP MACRO carried(amount, n, q) AS
        halved(amount::HUGEINT * n, q::HUGEINT)""",
    """CREATE OR REPLACE TEMP MACRO figure(name, on_day) AS (
        SELECT any_value(f.amount) FROM figures AS f WHERE f.figure = name
            AND f.valid_from <= on_day AND (f.valid_to IS NULL OR on_day < f.valid_to))""",
)

#: The last units of a line are the first to come back; not before the day after it left.
_CORRECTIONS = """
    CREATE OR REPLACE TEMP TABLE corrections AS
    WITH back AS (
        SELECT r.return_no, r.line_no AS return_line_no, r.channel, r.order_no,
            r.order_line_no AS line_no, r.quantity AS units, s.quantity AS whole,
            greatest(r.returned_on, s.shipped_on + 1) AS day
        FROM returns AS r JOIN sales AS s ON s.channel = r.channel
            AND s.order_no = r.order_no AND s.line_no = r.order_line_no
    ),
    along AS (
        SELECT *, whole - sum(units) OVER (PARTITION BY channel, order_no, line_no
            ORDER BY day, return_no, return_line_no)::BIGINT AS starts
        FROM back
    )
    SELECT * FROM along WHERE day {within}
"""

_PICKED = """
    CREATE OR REPLACE TEMP TABLE picked AS
    SELECT s.*, s.shipped_on {within} AS in_period FROM sales AS s
    WHERE s.shipped_on {within} OR (s.channel, s.order_no) IN
        (SELECT (channel, order_no) FROM corrections)
"""

_STATES = "SELECT state, any_value(in_eu) AS in_eu FROM rates GROUP BY state"
#: Of two of the firm's own rates that overlap, the later counts.
_OWN = """
    SELECT * REPLACE (least(valid_to, lead(valid_from) OVER (PARTITION BY sku, destination
        ORDER BY valid_from)) AS valid_to)
    FROM own_rates
"""
_IN_FORCE = """{0}.valid_from <= p.shipped_on
            AND ({0}.valid_to IS NULL OR p.shipped_on < {0}.valid_to)"""

_PLACED = f"""
    CREATE OR REPLACE TEMP TABLE placed AS
    WITH states AS ({_STATES}), own AS ({_OWN})
    SELECT p.*, {{sold_in}} AS sold_in, c.with_vat, c.collects, w.country AS dispatch,
        coalesce(t.in_eu, false) AS to_eu, coalesce(NOT t.in_eu, false) AS to_uk,
        coalesce(f.in_eu, false) AS from_eu, x.country IS NOT NULL AS to_outside,
        coalesce(o.rate, r.rate) AS rate,
        CASE WHEN o.rate IS NOT NULL THEN 'own' WHEN r.rate IS NOT NULL THEN 'standard' END
            AS rate_basis,
        CASE WHEN o.rate IS NOT NULL THEN o.source ELSE r.rate_source END AS rate_source,
        o.rate IS NULL AND NOT r.start_known AND p.shipped_on < r.read_on AS start_unknown
    FROM picked AS p
        LEFT JOIN channels AS c ON c.channel = p.channel
        LEFT JOIN warehouses AS w ON w.warehouse = p.warehouse
        LEFT JOIN states AS t ON t.state = p.destination
        LEFT JOIN states AS f ON f.state = w.country
        LEFT JOIN outside AS x ON x.country = p.destination AND t.state IS NULL
        LEFT JOIN own AS o ON o.sku = p.sku AND o.destination = p.destination
            AND {_IN_FORCE.format("o")}
        LEFT JOIN rates AS r ON r.state = p.destination AND {_IN_FORCE.format("r")}
"""

#: What a line comes to where VAT is charged on it.
_PRICED = """
    CREATE OR REPLACE TEMP TABLE priced AS
    WITH taxed AS (
        SELECT *, CASE WHEN with_vat THEN vat_in(amount, rate) ELSE vat_on(amount, rate) END AS vat
        FROM placed
    )
    SELECT *, CASE WHEN with_vat THEN amount ELSE amount + vat END AS gross,
        CASE WHEN with_vat THEN amount - vat ELSE amount END AS net,
        dispatch IS NOT NULL AND with_vat IS NOT NULL
            AND ((to_eu AND NOT from_eu) OR (to_uk AND dispatch <> destination)) AS from_abroad
    FROM taxed
"""

#: In one currency the rate of exchange is 1 on both sides; null where one is missing.
_CONSIGNMENTS = """
    CREATE OR REPLACE TEMP TABLE consignments AS
    WITH rated AS (
        SELECT p.*, CASE WHEN to_eu THEN 'EUR' ELSE 'GBP' END AS measured_in,
            figure(CASE WHEN to_uk THEN 'point_of_sale_limit' WHEN collects = 'firm'
                THEN 'ioss_limit' ELSE 'deemed_supplier_limit' END, shipped_on) * 100 AS top,
            f.cny_per_unit AS into_cny,
            CASE WHEN p.currency = measured_in THEN coalesce(f.cny_per_unit, 1)
                WHEN f.cny_per_unit IS NULL THEN NULL
                WHEN p.currency = 'CNY' THEN 1000000 ELSE g.cny_per_unit END AS cny,
            left(a.hs_code, 6) AS tariff
        FROM priced AS p
            LEFT JOIN fx_rates AS f ON f."on" = p.shipped_on
                AND f.currency = CASE WHEN p.to_eu THEN 'EUR' ELSE 'GBP' END
            LEFT JOIN fx_rates AS g ON g."on" = p.shipped_on AND g.currency = p.currency
            LEFT JOIN products AS a ON a.sku = p.sku
        WHERE from_abroad
    ),
    summed AS (
        SELECT channel, order_no, warehouse, shipped_on, destination, count(*) AS lines,
            bool_or(in_period) AS in_period,
            any_value(measured_in) AS currency, any_value(top) AS top, any_value(to_eu) AS to_eu,
            coalesce(any_value(into_cny), 1) AS divisor,
            bool_or(cny IS NULL) AS no_exchange,
            CASE WHEN count(*) = count(net) AND count(*) = count(cny)
                THEN sum(net::HUGEINT * cny)::HUGEINT END AS net,
            CASE WHEN count(*) = count(gross) AND count(*) = count(cny)
                THEN sum(gross::HUGEINT * cny)::HUGEINT END AS gross,
            count(DISTINCT tariff) AS tariff_items
        FROM rated GROUP BY channel, order_no, warehouse, shipped_on, destination
    )
    SELECT * EXCLUDE (net, gross, divisor), halved(net, divisor)::BIGINT AS without_vat,
        halved(gross, divisor)::BIGINT AS as_charged,
        {value} <= top * divisor::HUGEINT AS within,
        ({value} <= top * divisor::HUGEINT) <> ({other} <= top * divisor::HUGEINT) AS depends,
        CASE WHEN to_eu AND {value} <= top * divisor::HUGEINT
            THEN tariff_items * figure('interim_duty', shipped_on) * 100 END AS duty
    FROM summed
"""


def _registered(scheme: str, state: str = "") -> str:
    """SQL for the registration of a scheme that was in force when a line left."""
    of_state = f" AND r.state = {state}" if state else ""
    return f"""(SELECT any_value(r.number) FROM registrations AS r
            WHERE r.scheme = '{scheme}'{of_state} AND {_IN_FORCE.format("r")})"""


#: From the first that fits. A reason of `open` is what is missing.
_JUDGED = f"""
    CREATE OR REPLACE TEMP TABLE judged AS
    WITH known AS (
        SELECT p.*, k.within, k.no_exchange,
            {_registered("local", "p.destination")} AS local_no,
            {_registered("union_oss")} AS union_oss_no, {_registered("ioss")} AS ioss_no,
            {_registered("uk")} AS uk_no
        FROM priced AS p LEFT JOIN consignments AS k
            ON p.from_abroad AND k.channel = p.channel AND k.order_no = p.order_no
            AND k.warehouse = p.warehouse AND k.shipped_on = p.shipped_on
            AND k.destination = p.destination
    ),
    decided AS (
        SELECT *, CASE
            WHEN with_vat IS NULL THEN 'channel_unknown'
            WHEN to_outside THEN 'outside'
            WHEN dispatch IS NULL THEN 'warehouse_unknown'
            WHEN NOT to_eu AND NOT to_uk THEN 'destination_unknown'
            WHEN from_abroad AND within IS NULL AND no_exchange THEN 'no_exchange_rate'
            WHEN from_abroad AND NOT within THEN 'import_above'
            WHEN rate IS NULL OR (from_abroad AND within IS NULL) THEN 'no_rate'
            WHEN from_abroad AND collects <> 'firm' THEN 'marketplace_within'
            WHEN from_abroad AND to_eu AND ioss_no IS NULL THEN 'import_no_ioss'
            WHEN from_abroad AND to_eu THEN 'ioss'
            WHEN from_abroad AND uk_no IS NOT NULL THEN 'uk_within'
            WHEN NOT from_abroad AND collects = 'marketplace' THEN 'marketplace_says'
            WHEN to_uk AND uk_no IS NOT NULL THEN 'uk'
            WHEN to_uk THEN 'no_registration'
            WHEN dispatch = destination AND local_no IS NOT NULL THEN 'local'
            WHEN dispatch = destination THEN 'no_registration'
            WHEN {{below}} THEN 'below_threshold'
            WHEN union_oss_no IS NOT NULL THEN 'union_oss'
            WHEN local_no IS NOT NULL THEN 'local_instead'
            ELSE 'no_registration' END AS reason
        FROM known AS p
    ),
    named AS (
        SELECT *, CASE
            WHEN reason IN ('local', 'local_instead') THEN 'local'
            WHEN reason IN ('uk', 'uk_within') THEN 'uk'
            WHEN reason IN ('marketplace_within', 'marketplace_says') THEN 'marketplace'
            WHEN reason IN ('import_above', 'import_no_ioss') THEN 'import'
            WHEN reason IN ('union_oss', 'ioss', 'outside') THEN reason
            ELSE 'open' END AS scheme
        FROM decided
    )
    SELECT * REPLACE (
            CASE WHEN charged THEN gross ELSE amount END AS gross,
            CASE WHEN charged THEN net WHEN scheme <> 'open' THEN amount END AS net,
            CASE WHEN charged THEN vat WHEN scheme <> 'open' THEN 0 END AS vat,
            CASE WHEN charged THEN rate END AS rate,
            CASE WHEN charged THEN rate_basis END AS rate_basis,
            CASE WHEN charged THEN rate_source END AS rate_source),
        CASE WHEN scheme IN ('local', 'union_oss', 'ioss', 'uk') THEN 'firm'
            WHEN scheme = 'marketplace' THEN 'marketplace' WHEN scheme = 'import' THEN 'importer'
            WHEN scheme = 'outside' THEN 'nobody' END AS filed_by,
        CASE scheme WHEN 'local' THEN local_no WHEN 'union_oss' THEN union_oss_no
            WHEN 'ioss' THEN ioss_no WHEN 'uk' THEN uk_no END AS registration
    FROM (SELECT *, scheme IN ('local', 'union_oss', 'ioss', 'uk', 'marketplace') AS charged
        FROM named)
"""
