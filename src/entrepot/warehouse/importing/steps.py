# SPDX-License-Identifier: Apache-2.0
"""From the cells of an export to sales, returns and exceptions, one set-based statement a step.

raw -> parsed (numbers, days, countries) -> lines (each with its fault, or none) -> matches (which
sale a cancellation takes back) -> the tables of the season.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from entrepot.engine.amounts import QUANTITY_LIMIT
from entrepot.engine.duck import quoted, text
from entrepot.warehouse.importing.faults import Fault
from entrepot.warehouse.importing.mapping import COLUMNS, Mapping
from entrepot.warehouse.importing.match import Cancellation, Sale, Taken, Unmatched
from entrepot.warehouse.importing.read import CELL_FORMS

#: ISO 3166-1 leaves these codes to their users: they stand in for a country that is not known.
USER_ASSIGNED = "AA|Q[M-Z]|X[A-Z]|ZZ"


def parse(connection: duckdb.DuckDBPyConnection, mapping: Mapping, typed_cells: bool) -> None:
    """Make `parsed`: one row per line of the export, its cells read as what they mean.

    units: whole, below zero in a cancellation; null where they cannot be read.
    exact: price of the line, up to twelve decimals, signed as `units`.
    instant: when, as a point in time; day: the same in the zone of the book.
    copy: 1, and more where the line is in the file already.
    """
    forms = (*mapping.forms, *(CELL_FORMS if typed_cells else ()))
    numbers = [c for c in ("quantity", "unit_price", "amount", "discount") if c in mapping.columns]
    cells = ", ".join(f"{number(column, mapping)} AS {column}_number" for column in numbers)
    when = moment("shipped_at", forms, mapping)
    if "returned_at" in mapping.columns:
        back = moment("returned_at", forms, mapping)
        when = f"CASE WHEN cancelled THEN {back} ELSE {when} END"
    connection.execute("CREATE OR REPLACE TEMP TABLE countries (name VARCHAR, code VARCHAR)")
    if mapping.countries:
        connection.executemany(
            "INSERT INTO countries VALUES (?, ?)",
            [list(each) for each in mapping.countries.items()],
        )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE parsed AS
        WITH cells AS ({_filled(mapping)}),
        numbers AS (SELECT *, {cells} FROM cells),
        marked AS (SELECT *, coalesce({_cancelled(mapping)}, false) AS cancelled FROM numbers),
        signed AS (
            SELECT *, CASE WHEN {_turned(mapping)} THEN -1 ELSE 1 END AS sign,
                CASE WHEN quantity_number = trunc(quantity_number)
                    AND abs(quantity_number) < {QUANTITY_LIMIT}
                    THEN quantity_number::BIGINT END AS whole,
                {_line_price(mapping)} AS written
            FROM marked
        ),
        timed AS (
            SELECT *, sign * whole AS units, sign * written AS exact,
                {when} AS instant, {_line_no(mapping)} AS number_in_order
            FROM signed
        )
        SELECT timed.* EXCLUDE (whole, line_no, sign), number_in_order AS line_no,
            line_no AS line_no_text, sign < 0 AND whole <> 0 AS turned,
            timezone({text(mapping.day_in)}, instant)::DATE AS day,
            {_country(mapping)} AS country, {_copy(mapping)} AS copy
        FROM timed LEFT JOIN countries ON countries.name = timed.destination
    """)


def _filled(mapping: Mapping) -> str:
    """Every column that an export can have; what an order says once, on all its lines."""
    chosen = []
    for column in COLUMNS:
        cell = quoted(column)
        if column in mapping.constants:
            cell = text(mapping.constants[column])
        elif column not in mapping.columns:
            cell = "NULL::VARCHAR"
        elif column in mapping.first_line_only:
            cell = (
                f"coalesce({cell}, CASE WHEN order_no IS NOT NULL THEN"
                f" first_value({cell} IGNORE NULLS) OVER (PARTITION BY order_no ORDER BY row"
                " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) END)"
            )
        chosen.append(f"{cell} AS {column}")
    return f"SELECT row, {', '.join(chosen)} FROM raw"


def number(column: str, mapping: Mapping) -> str:
    """SQL for the decimal in a text column, null where it is not one.

    Read are signs before or behind, brackets for a negative number, thousands marks in their
    places, and up to six decimals. Nothing is rounded: a seventh decimal makes it unreadable.
    """
    cell = column
    for sign in mapping.strip:
        cell = f"replace({cell}, {text(sign)}, '')"
    cell = f"trim({cell}, ' \u00a0\u202f\t')"
    decimal, thousands = re.escape(mapping.decimal), re.escape(mapping.thousands)
    whole = r"0*\d{1,12}"
    if thousands:
        whole = rf"({whole}|\d{{1,3}}({thousands}\d{{3}}){{1,3}})"
    plain = rf"({whole}({decimal}(\d{{0,6}}0*))?|{decimal}\d{{1,6}}0*)"
    form = rf"[+-]?{plain}|{plain}-|\({plain}\)"
    digits = f"replace({cell}, {text(mapping.thousands)}, '')" if thousands else cell
    digits = f"replace(rtrim(ltrim({digits}, '(+-'), ')-'), {text(mapping.decimal)}, '.')"
    minus = f"CASE WHEN regexp_matches({cell}, '[-(]') THEN '-' ELSE '' END"
    read = (
        f"CASE WHEN regexp_full_match({cell}, {text(form)})"
        f" THEN ({minus} || '0' || {digits})::DECIMAL(18, 6) END"
    )
    # No discount is a discount of nothing; no quantity or price is a fault.
    return (
        f"CASE WHEN {cell} = '' OR {column} IS NULL THEN 0 ELSE {read} END"
        if (column == "discount")
        else read
    )


def moment(column: str, forms: Sequence[str], mapping: Mapping) -> str:
    """SQL for the point in time in a text column by the first form that fits, null where none.

    Years before 1900 do not fit: %Y reads the 24 of 02.03.24 as the year 24.
    """
    read = []
    for form in forms:
        if "%z" in form:
            # DuckDB reads +00:00, not Z.
            cell = f"regexp_replace({column}, 'Z$', '+00:00')"
            read.append(f"try_strptime({cell}, {text(form)})")
        else:
            local = f"try_strptime({column}, {text(form)})"
            read.append(f"timezone({text(mapping.times_in)}, {local})")
    fitting = (f"CASE WHEN {each} >= '1900-01-01'::TIMESTAMPTZ THEN {each} END" for each in read)
    return f"coalesce({', '.join(fitting)})"


def _cancelled(mapping: Mapping) -> str:
    if mapping.order_prefix:
        return f"starts_with(order_no, {text(mapping.order_prefix)})"
    if mapping.negative_quantity:
        return "quantity_number < 0"
    if mapping.status_values:
        return f"status IN ({', '.join(text(value) for value in mapping.status_values)})"
    return "false"


def _turned(mapping: Mapping) -> str:
    """True where a cancellation is written with a positive quantity and means a negative one."""
    return "cancelled AND quantity_number > 0" if mapping.positive_cancellations else "false"


def _line_price(mapping: Mapping) -> str:
    # Two decimals of 18 digits give one of 18 on DuckDB, which overflows.
    price = "quantity_number::DECIMAL(38, 6) * unit_price_number"
    if "amount" in mapping.columns:
        price = "amount_number"
    elif "unit_price" not in mapping.columns:
        price = "0"  # on the desk, where an order may say no price
    discount = " - discount_number" if "discount" in mapping.columns else ""
    return f"({price}{discount})::DECIMAL(38, 12)"


def _line_no(mapping: Mapping) -> str:
    if "line_no" in mapping.columns:
        return r"CASE WHEN regexp_full_match(trim(line_no), '0*\d{1,15}(\.0*)?')" + (
            " THEN split_part(trim(line_no), '.', 1)::BIGINT END"
        )
    # All lines count, whatever becomes of them, so that a number means a place in the export.
    return "row_number() OVER (PARTITION BY channel, order_no ORDER BY row) - 1"


def _country(mapping: Mapping) -> str:
    unlisted = text(mapping.unlisted_country) if mapping.unlisted_country else "NULL"
    return (
        "CASE WHEN countries.code IS NOT NULL THEN countries.code"
        f" WHEN regexp_full_match(destination, '[A-Z]{{2}}') THEN destination ELSE {unlisted} END"
    )


def _copy(mapping: Mapping) -> str:
    if "line_no" in mapping.columns:
        # Two cancellations of one line on two days are two facts.
        same = "channel, order_no, number_in_order, cancelled, CASE WHEN cancelled THEN instant END"
    elif mapping.identical_lines == "report":
        same = IDENTICAL
    else:
        return "1"
    return f"row_number() OVER (PARTITION BY {same} ORDER BY row)"


#: What two lines have in common when nothing in the export tells them apart.
IDENTICAL = (
    "channel, order_no, sku, quantity, unit_price, amount, shipped_at, returned_at, buyer, status"
)


def judge(connection: duckdb.DuckDBPyConnection, reasons: Sequence[Fault]) -> None:
    """Make `lines`: `parsed` + fault (place in `reasons`, null where there is none) + money.

    money: `exact` rounded half away from zero to the cent, once per line; null where unreadable.
    """
    cases = " ".join(f"WHEN {reason.when} THEN {place}" for place, reason in enumerate(reasons))
    unknown = ", ".join(
        str(place) for place, reason in enumerate(reasons) if reason.code == "too_large"
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE lines AS
        WITH judged AS (SELECT *, CASE {cases} END AS fault FROM parsed)
        SELECT * EXCLUDE (exact, written),
            CASE WHEN fault NOT IN ({unknown}) OR fault IS NULL THEN exact END AS exact,
            CASE WHEN fault NOT IN ({unknown}) OR fault IS NULL THEN written END AS written,
            CASE WHEN fault NOT IN ({unknown}) OR fault IS NULL THEN exact END::DECIMAL(18, 2)
                AS money
        FROM judged
    """)
    connection.execute("DROP TABLE parsed")


def candidates(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping
) -> tuple[list[Sale], list[Cancellation]]:
    """The cancellations in time order, and the sales that any of them could take back."""
    order = {
        "same": "order_no",
        "without_prefix": f"substr(order_no, {len(mapping.order_prefix) + 1})",
        "unknown": "nullif(trim(cancels_order), '')",
    }[mapping.order]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE cancellations AS
        SELECT row, epoch_us(instant) AS moment, -units AS quantity, channel, sku,
            nullif(trim(buyer), '') AS buyer, {order} AS names
        FROM lines WHERE fault IS NULL AND cancelled
    """)
    sales = connection.execute("""
        SELECT row, epoch_us(instant) AS moment, units, channel, sku, nullif(trim(buyer), ''),
            order_no
        FROM lines WHERE fault IS NULL AND NOT cancelled AND (
            (channel, sku, order_no) IN
                (SELECT (channel, sku, names) FROM cancellations WHERE names IS NOT NULL)
            OR (channel, sku, nullif(trim(buyer), '')) IN
                (SELECT (channel, sku, buyer) FROM cancellations
                 WHERE names IS NULL AND buyer IS NOT NULL))
        ORDER BY moment, row
    """).fetchall()
    wanted = connection.execute(
        "SELECT row, moment, quantity, channel, sku, buyer, names FROM cancellations"
        " ORDER BY moment, row"
    ).fetchall()
    return [Sale(*each) for each in sales], [Cancellation(*each) for each in wanted]


def keep_matches(
    connection: duckdb.DuckDBPyConnection, taken: Sequence[Taken], unmatched: Sequence[Unmatched]
) -> None:
    """Make `taken` (one row per part of a cancellation) and `unmatched` (one row per other)."""
    tables = {
        "taken": pa.table(
            {
                "row": pa.array([each.row for each in taken], pa.int64()),
                "part": pa.array([each.part for each in taken], pa.int64()),
                "sale_row": pa.array([each.sale_row for each in taken], pa.int64()),
                "quantity": pa.array([each.quantity for each in taken], pa.int64()),
            }
        ),
        "unmatched": pa.table(
            {
                "row": pa.array([each.row for each in unmatched], pa.int64()),
                "why": pa.array([each.why for each in unmatched], pa.string()),
            }
        ),
    }
    for name, rows in tables.items():
        connection.register("matched_rows", rows)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM matched_rows")
        connection.unregister("matched_rows")
