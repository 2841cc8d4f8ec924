# SPDX-License-Identifier: Apache-2.0
"""Judge products against the rules of origin, all of them at once, in exact whole numbers.

Worth is money x exchange rate: hundredths x millionths of CNY, so nothing is rounded where values
in two currencies meet. A product and its materials in one currency need no rate: theirs is then 1.
A share is a fraction, and is compared as one (a x 100 <= percent x b). Only what a person reads
is rounded, and against the product: RVC down, shares of materials up, to hundredths of a percent.

Three-valued: `met` is null where something that would decide is not known.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from entrepot.engine.duck import text
from entrepot.origin.tables import CRITERIA, MISSING
from entrepot.packs.read import read

FIGURES, PARTIES = "world/rcep_origin", "world/rcep_parties"


def judge(connection: duckdb.DuckDBPyConnection) -> None:
    """From `products`, `materials`, `rules`, `fx_rates` make the five tables of results.

    Source:
        RCEP Articles 3.2, 3.5, 3.7 and Annex 3A, headnotes, as the packs cite them. That a material
        needs a proof to count as originating is our own policy.
    """
    _put_packs(connection)
    for statement in (
        *_MACROS,
        _PRODUCTS,
        _MATERIALS,
        _SUMS,
        _RULES,
        _TRIED,
        _MISSING,
        _VERDICT,
        *_RESULTS,
    ):
        connection.execute(statement)


def _put_packs(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `figures` and `parties`: what is in force from when to when."""
    period = {"valid_from": pa.date32(), "valid_to": pa.date32()}
    for name, pack, kinds in (
        ("figures", FIGURES, {"figure": pa.string(), "amount": pa.int64(), **period}),
        ("parties", PARTIES, {"country": pa.string(), **period}),
    ):
        rows = [{column: row[column] for column in kinds} for row in read(pack).rows]
        connection.register("packed", pa.Table.from_pylist(rows, pa.schema(kinds)))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM packed")
        connection.unregister("packed")


def _in_force(rows: str, day: str) -> str:
    return f"{rows}.valid_from <= {day} AND ({rows}.valid_to IS NULL OR {day} < {rows}.valid_to)"


_MACROS = (
    # Hundredths of a percent, whole; a fraction below zero is rounded down as well.
    """CREATE OR REPLACE TEMP MACRO floored(n, d) AS
        CASE WHEN n >= 0 THEN n * 10000 // d ELSE -((-n * 10000 + d - 1) // d) END""",
    "CREATE OR REPLACE TEMP MACRO ceiled(n, d) AS -floored(-n, d)",
    """CREATE OR REPLACE TEMP MACRO percent(h) AS
        CASE WHEN h < 0 THEN '-' ELSE '' END || (abs(h) // 100)::VARCHAR || '.'
        || lpad((abs(h) % 100)::VARCHAR, 2, '0')""",
    """CREATE OR REPLACE TEMP MACRO fraction(n, d) AS
        CASE WHEN n = 0 THEN '0' WHEN n % d = 0 THEN (n // d)::VARCHAR
        ELSE (n // gcd(n, d))::VARCHAR || '/' || (d // gcd(n, d))::VARCHAR END""",
)

_RATE = """CASE WHEN {currency} = 'CNY' THEN 1000000 ELSE
    (SELECT any_value(f.cny_per_unit) FROM fx_rates AS f
        WHERE f.on = p.judged_on AND f.currency = {currency}) END"""

_FIGURE = "max(amount) FILTER (figure = '{0}') AS {0}"

_PRODUCTS = f"""
    CREATE OR REPLACE TEMP TABLE judged AS
    WITH days AS (SELECT DISTINCT judged_on FROM products),
    dated AS (
        SELECT judged_on, {
    ", ".join(
        _FIGURE.format(name)
        for name in (
            "cc",
            "cth",
            "ctsh",
            "rvc40",
            "de_minimis_value",
            "de_minimis_weight",
            "weight_from_chapter",
            "weight_to_chapter",
        )
    )
}
        FROM days LEFT JOIN figures AS f ON {_in_force("f", "judged_on")} GROUP BY judged_on
    ),
    rated AS (SELECT p.*, {_RATE.format(currency="p.currency")} AS rate FROM products AS p)
    SELECT p.*, dated.* EXCLUDE (judged_on),
        p.fob::HUGEINT * coalesce(p.rate, 1) AS worth,
        (coalesce(p.labour, 0)::HUGEINT + coalesce(p.overhead, 0) + coalesce(p.profit, 0)
            + coalesce(p.other_costs, 0)) * coalesce(p.rate, 1) AS costs,
        EXISTS (SELECT 1 FROM parties AS c
            WHERE c.country = p.made_in AND {_in_force("c", "p.judged_on")}) AS of_party,
        coalesce(left(p.hs_code, 2)::BIGINT
            BETWEEN weight_from_chapter AND weight_to_chapter, false) AS by_weight
    FROM rated AS p JOIN dated USING (judged_on)
"""

_MATERIALS = f"""
    CREATE OR REPLACE TEMP TABLE used AS
    WITH known AS (
        SELECT m.*, p.judged_on, p.made_in, p.hs_code AS product_hs, p.worth AS product_worth,
            p.cc, p.cth, p.ctsh,
            EXISTS (SELECT 1 FROM parties AS c
                WHERE c.country = m.origin AND {_in_force("c", "p.judged_on")}) AS of_party,
            CASE WHEN m.currency = p.currency THEN coalesce(p.rate, 1)
                WHEN p.rate IS NOT NULL THEN {_RATE.format(currency="m.currency")} END AS rate
        FROM materials AS m JOIN judged AS p USING (product)
    )
    SELECT *, of_party AND proof IS NOT NULL AS originates, value::HUGEINT * rate AS worth,
        left(hs_code, cc) <> left(product_hs, cc) AS changes_chapter,
        left(hs_code, cth) <> left(product_hs, cth) AS changes_heading,
        left(hs_code, ctsh) <> left(product_hs, ctsh) AS changes_subheading
    FROM known
"""

_CHANGES = {"CC": "changes_chapter", "CTH": "changes_heading", "CTSH": "changes_subheading"}


def _sum(column: str, condition: str) -> str:
    """A sum that is null where one of its parts is."""
    return (
        f"CASE WHEN count(*) FILTER ({condition} AND {column} IS NULL) = 0"
        f" THEN coalesce(sum({column}) FILTER ({condition}), 0)::HUGEINT END"
    )


_SUMS = f"""
    CREATE OR REPLACE TEMP TABLE sums AS
    SELECT product, count(*) AS materials, count(*) FILTER (NOT originates) AS foreign_lines,
        count(*) FILTER (originates AND origin <> made_in) > 0 AS accumulated,
        coalesce(sum(worth) FILTER (originates), 0)::HUGEINT AS vom_known,
        {_sum("worth", "originates")} AS vom, {_sum("worth", "NOT originates")} AS vnm,
        {
    ", ".join(
        f"count(*) FILTER (NOT originates AND NOT {change}) AS {rule}_lines,"
        f" {_sum('worth', f'NOT originates AND NOT {change}')} AS {rule}_worth,"
        f" {_sum('weight_g', f'NOT originates AND NOT {change}')} AS {rule}_weight"
        for rule, change in _CHANGES.items()
    )
}
    FROM used GROUP BY product
"""

#: The rules in force for the longest number that fits; of one that is given twice, the later.
_RULES = f"""
    CREATE OR REPLACE TEMP TABLE ruled AS
    WITH fitting AS (
        {
    " UNION ALL ".join(
        "SELECT p.product, r.hs_code AS rule_of, r.rule, r.words, r.source, r.valid_from"
        f" FROM judged AS p JOIN rules AS r ON r.hs_code = left(p.hs_code, {digits})"
        f" AND {_in_force('r', 'p.judged_on')}"
        for digits in (2, 4, 6)
    )
}
    ),
    longest AS (
        SELECT * FROM fitting
        QUALIFY length(rule_of) = max(length(rule_of)) OVER (PARTITION BY product)
    )
    SELECT * FROM longest
    QUALIFY row_number() OVER (PARTITION BY product, rule ORDER BY valid_from DESC) = 1
"""

_BY_VALUE = "unchanged_worth * 100 <= de_minimis_value * worth"
_BY_WEIGHT = "unchanged_weight * 100 <= de_minimis_weight * weight_g"

#: What is not known of VOM can only add to it: where the known part is enough, the answer is yes.
_BUILD_UP = """((vom_known + costs) * 100 >= rvc40 * worth
                    OR CASE WHEN vom IS NOT NULL THEN false END)"""

_TRIED = f"""
    CREATE OR REPLACE TEMP TABLE tried AS
    WITH asked AS (
        SELECT product, 'WO' AS criterion, NULL AS words, NULL AS source FROM judged
        WHERE wholly_obtained
        UNION ALL
        SELECT product, 'PE', NULL, NULL FROM sums
        UNION ALL
        SELECT product, rule, words, source FROM ruled
    ),
    measured AS (
        SELECT a.*, p.worth, p.costs, p.weight_g, p.of_party, p.by_weight, p.rvc40,
            p.de_minimis_value, p.de_minimis_weight, s.materials, s.foreign_lines, s.vom,
            s.vom_known, s.vnm,
            CASE criterion {" ".join(f"WHEN '{r}' THEN s.{r}_lines" for r in _CHANGES)} END
                AS unchanged,
            CASE criterion {" ".join(f"WHEN '{r}' THEN s.{r}_worth" for r in _CHANGES)} END
                AS unchanged_worth,
            CASE criterion {" ".join(f"WHEN '{r}' THEN s.{r}_weight" for r in _CHANGES)} END
                AS unchanged_weight
        FROM asked AS a JOIN judged AS p USING (product) LEFT JOIN sums AS s USING (product)
    )
    SELECT *,
        CASE WHEN NOT of_party THEN false
            WHEN criterion = 'WO' THEN true
            WHEN criterion = 'PE' THEN foreign_lines = 0
            WHEN criterion = 'other' OR materials IS NULL THEN NULL
            WHEN criterion = 'RVC40' THEN
                (worth - vnm) * 100 >= rvc40 * worth OR {_BUILD_UP}
            ELSE unchanged = 0 OR {_BY_VALUE} OR (by_weight AND {_BY_WEIGHT})
        END AS met,
        coalesce(unchanged > 0, false) AND met AS de_minimis
    FROM measured
"""

_MISSING = """
    CREATE OR REPLACE TEMP TABLE lacking AS
    WITH met AS (SELECT product FROM tried GROUP BY product HAVING bool_or(coalesce(met, false))),
    rest AS (SELECT * FROM judged ANTI JOIN met USING (product))
    SELECT product, 'not_a_party' AS code, NULL::BIGINT AS line_no, made_in AS what
    FROM rest WHERE NOT of_party
    UNION ALL
    SELECT product, 'no_materials', NULL, NULL FROM rest ANTI JOIN sums USING (product)
    WHERE of_party
    UNION ALL
    SELECT product, 'no_rule', NULL, hs_code FROM rest ANTI JOIN ruled USING (product)
    WHERE of_party
    UNION ALL
    SELECT product, 'other_rule', NULL, coalesce(words, rule_of)
    FROM ruled SEMI JOIN rest USING (product) WHERE rule = 'other'
    UNION ALL
    SELECT DISTINCT u.product, 'no_exchange_rate', NULL, unnest(
        CASE WHEN r.rate IS NULL THEN [r.currency] ELSE [] END
        || CASE WHEN r.rate IS NOT NULL AND u.worth IS NULL THEN [u.currency] ELSE [] END)
    FROM used AS u JOIN rest AS r USING (product) WHERE u.worth IS NULL
    UNION ALL
    SELECT DISTINCT product, 'no_weight', NULL, NULL FROM tried SEMI JOIN rest USING (product)
    WHERE met IS NULL AND by_weight AND unchanged > 0
        AND (unchanged_weight IS NULL OR weight_g IS NULL)
    UNION ALL
    SELECT product, 'no_proof', line_no, material FROM used SEMI JOIN rest USING (product)
    WHERE of_party AND proof IS NULL
    UNION ALL
    SELECT product, 'unknown_origin', line_no, material FROM used SEMI JOIN rest USING (product)
    WHERE origin IS NULL
"""

_ORDER = "list_position([" + ", ".join(text(each) for each in CRITERIA) + "], criterion)"
_KEEPS_OPEN = ", ".join(text(code) for code, is_open in MISSING.items() if is_open)

#: The criterion that is named: one without de minimis before one with it, then in their order.
_VERDICT = f"""
    CREATE OR REPLACE TEMP TABLE told AS
    WITH best AS (
        SELECT product, criterion, de_minimis, source FROM tried WHERE met
        QUALIFY row_number() OVER (PARTITION BY product ORDER BY de_minimis, {_ORDER}) = 1
    ),
    all_met AS (
        SELECT product, string_agg(criterion, ' ' ORDER BY {_ORDER}) AS criteria
        FROM tried WHERE met GROUP BY product
    ),
    unsure AS (
        SELECT DISTINCT product FROM tried WHERE met IS NULL
        UNION SELECT product FROM lacking WHERE code IN ({_KEEPS_OPEN})
    ),
    rule_of AS (SELECT product, any_value(rule_of) AS rule_of FROM ruled GROUP BY product)
    SELECT p.*, s.vom, s.vnm, coalesce(s.accumulated, false) AS accumulated, rule_of,
        criterion, criteria, de_minimis, best.source,
        CASE WHEN criterion IS NOT NULL THEN 'qualifies'
            WHEN p.of_party AND unsure.product IS NOT NULL THEN 'open'
            ELSE 'does_not' END AS verdict,
        p.worth - s.vnm AS down, s.vom + p.costs AS up
    FROM judged AS p LEFT JOIN sums AS s USING (product) LEFT JOIN best USING (product)
        LEFT JOIN all_met USING (product) LEFT JOIN unsure USING (product)
        LEFT JOIN rule_of USING (product)
"""

_RESULTS = (
    """
    CREATE OR REPLACE TEMP VIEW verdicts AS
    SELECT product, hs_code, judged_on, verdict, criterion, criteria, de_minimis, rule_of, fob,
        currency, fraction(vom, worth) AS originating, fraction(vnm, worth) AS non_originating,
        fraction(down, worth) AS build_down, percent(floored(down, worth)) AS build_down_percent,
        fraction(up, worth) AS build_up, percent(floored(up, worth)) AS build_up_percent
    FROM told ORDER BY product
    """,
    """
    CREATE OR REPLACE TEMP VIEW lines AS
    SELECT product, line_no, material, hs_code, origin, proof, originates,
        of_party AND proof IS NULL AS lacks_proof, changes_chapter,
        changes_heading, changes_subheading, value, currency,
        fraction(worth, product_worth) AS share,
        percent(ceiled(worth, product_worth)) AS share_percent
    FROM used ORDER BY product, line_no
    """,
    f"""
    CREATE OR REPLACE TEMP VIEW tests AS
    SELECT product, criterion, met, de_minimis, unchanged,
        fraction(unchanged_worth, worth) AS share,
        percent(ceiled(unchanged_worth, worth)) AS share_percent,
        CASE WHEN by_weight THEN fraction(unchanged_weight, weight_g) END AS weight,
        CASE WHEN by_weight THEN percent(ceiled(unchanged_weight, weight_g)) END AS weight_percent,
        words, source
    FROM tried ORDER BY product, {_ORDER}, criterion
    """,
    """
    CREATE OR REPLACE TEMP VIEW missing AS
    SELECT product, code, line_no, what FROM lacking ORDER BY product, code, line_no, what
    """,
    """
    CREATE OR REPLACE TEMP VIEW certificate AS
    SELECT product, name, name_zh, left(hs_code, ctsh) AS hs_6, criterion, de_minimis,
        accumulated AND criterion <> 'WO' AS accumulated,
        CASE WHEN criterion = 'RVC40' THEN percent(greatest(floored(down, worth),
            floored(up, worth))) END AS rvc_percent,
        CASE WHEN criterion = 'RVC40' AND coalesce(down >= up, true) THEN 'build-down'
            WHEN criterion = 'RVC40' THEN 'build-up' END AS rvc_way,
        made_in, quantity, unit, fob, currency, source
    FROM told WHERE verdict = 'qualifies' ORDER BY product
    """,
)
