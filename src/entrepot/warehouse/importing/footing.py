# SPDX-License-Identifier: Apache-2.0
"""The proof of an import: every line and every cent that went in came out, read from the files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from entrepot.engine.duck import text
from entrepot.warehouse.importing.mapping import Mapping
from entrepot.warehouse.importing.mistakes import NotFooted
from entrepot.warehouse.importing.steps import IDENTICAL, USER_ASSIGNED

_CENT = Decimal("0.01")


def foot(connection: duckdb.DuckDBPyConnection, mapping: Mapping, made: Path) -> dict[str, Any]:
    """Count lines and money of the export against the tables in `made`.

    What went in is counted on the export's own lines, what came out is read back from the files.

    Returns:
        `lines`, `exceptions` (by code), `money` (by currency, in decimals as text), `units`,
        `days`, `stand_in_destinations`.

    Raises:
        NotFooted: something is missing or too much; nothing has been put in place yet.
    """
    for name in ("sales", "returns", "exceptions", "lines"):
        source = text(str(made / f"{name}.parquet"))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW out_{name} AS FROM read_parquet({source})")
    lines = _lines(connection)
    money = _money(connection)
    units = _one(connection, _UNITS)
    _check(connection, lines, money, units)
    return {
        "lines": lines,
        "exceptions": _exceptions(connection),
        "money": {
            currency: {name: str(amount) for name, amount in amounts.items()}
            for currency, amounts in money.items()
        },
        "units": units,
        "days": _one(
            connection, "SELECT min(day)::TEXT AS first, max(day)::TEXT AS last FROM lines"
        ),
        "stand_in_destinations": _stand_ins(connection, mapping),
    }


_LINES = f"""
    SELECT (SELECT count(*) FROM raw) AS "in",
        (SELECT count(*) FROM out_sales) AS sales,
        (SELECT count(*) FROM out_lines WHERE "table" = 'returns') AS returns,
        (SELECT count(*) FROM out_exceptions) AS reported,
        (SELECT count(*) FROM out_returns) AS rows_of_returns,
        (SELECT count(*) FROM out_lines WHERE "table" = 'returns' AND rows > 1) AS split_returns,
        (SELECT count(*) FROM lines WHERE cancelled) AS cancellations,
        (SELECT count(*) FROM lines WHERE money IS NULL) AS without_readable_money,
        (SELECT coalesce(sum(times - 1), 0)::BIGINT
         FROM (SELECT count(*) AS times FROM lines GROUP BY {IDENTICAL})) AS identical
"""

#: Exact sums per currency of the export's lines beside the sums of the files.
_MONEY = """
    WITH went_in AS (
        SELECT coalesce(currency, '') AS currency, sum(written) AS written,
            sum(written) FILTER (turned) AS turned, sum(exact) AS exact, sum(money) AS cents
        FROM lines GROUP BY 1
    ), came_out AS (
        SELECT coalesce(currency, '') AS currency,
            sum(amount) FILTER ("table" = 'returns') AS returns,
            sum(amount) FILTER ("table" = 'exceptions') AS reported
        FROM out_lines GROUP BY 1
    ), sold AS (SELECT currency, sum(amount) AS sales FROM out_sales GROUP BY 1)
    SELECT went_in.currency, written, turned, exact, cents, sales, returns, reported
    FROM went_in LEFT JOIN came_out USING (currency) LEFT JOIN sold USING (currency)
    ORDER BY 1
"""

_UNITS = """
    SELECT (SELECT coalesce(sum(units), 0)::BIGINT FROM lines) AS "in",
        (SELECT coalesce(sum(quantity), 0)::BIGINT FROM out_sales) AS sales,
        (SELECT coalesce(sum(quantity), 0)::BIGINT FROM out_returns) AS returns,
        (SELECT coalesce(sum(quantity), 0)::BIGINT FROM out_exceptions) AS reported
"""


def _lines(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return _one(connection, _LINES)


def _money(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Decimal]]:
    """Per currency: in = sales - returns + reported, and what rounding to the cent took away.

    written: sum of quantity x price as it stands in the export.
    turned_round: what changes because cancellations are written with positive quantities.
    exact: written + turned_round; in: the same with each line rounded to the cent;
    below_the_cent: exact - in.
    """
    found = {}
    for currency, *sums in connection.execute(_MONEY).fetchall():
        written, turned, exact, cents, sales, returns, reported = (
            Decimal(0) if each is None else each for each in sums
        )
        found[currency or "without currency"] = {
            "written": _plain(written),
            "turned_round": _plain(-2 * turned + 0),
            "exact": _plain(exact),
            "in": cents.quantize(_CENT),
            "below_the_cent": _plain(exact - cents),
            "sales": sales.quantize(_CENT),
            "returns": (-returns).quantize(_CENT),
            "reported": reported.quantize(_CENT),
            "difference": (cents - (sales + returns + reported)).quantize(_CENT),
        }
    return found


def _plain(amount: Decimal) -> Decimal:
    """The amount with two decimals, or as many more as it needs."""
    cents = amount.quantize(_CENT)
    return cents if cents == amount else Decimal(f"{amount:f}".rstrip("0"))


def _check(
    connection: duckdb.DuckDBPyConnection,
    lines: dict[str, int],
    money: dict[str, dict[str, Decimal]],
    units: dict[str, int],
) -> None:
    """Refuse unless lines, units and money foot; an import that does not is a bug of ours."""
    reported = sum((each["reported"] for each in money.values()), Decimal(0))
    listed = _one(connection, "SELECT coalesce(sum(amount), 0) AS total FROM out_exceptions")
    wrong = {
        "lines": lines["in"] - lines["sales"] - lines["returns"] - lines["reported"],
        "units": units["in"] - units["sales"] + units["returns"] - units["reported"],
        "exceptions": reported - listed["total"],
        **{currency: each["difference"] for currency, each in money.items()},
        **{
            f"{currency} as written": each["written"]
            + each["turned_round"]
            - each["in"]
            - each["below_the_cent"]
            for currency, each in money.items()
        },
    }
    wrong = {name: over for name, over in wrong.items() if over}
    if wrong:
        raise NotFooted(
            "Cannot finish the import: what came out is not what went in.",
            "Left over: " + ", ".join(f"{name} {over}" for name, over in wrong.items()) + ".",
            "This is a mistake of the program: report it with the mapping. Nothing was written.",
            left_over={name: str(over) for name, over in wrong.items()},
        )


def _exceptions(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Per code: lines, and the money by currency."""
    found: dict[str, dict[str, Any]] = {}
    for code, currency, count, amount in connection.execute(
        "SELECT code, coalesce(currency, 'without currency'), count(*), sum(amount)"
        " FROM out_lines WHERE \"table\" = 'exceptions' GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall():
        entry = found.setdefault(code, {"lines": 0, "money": {}})
        entry["lines"] += count
        entry["money"][currency] = str((amount or Decimal(0)).quantize(_CENT))
    return found


def _stand_ins(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping
) -> dict[str, dict[str, Any]]:
    """Sales whose destination is a code that stands in for an unknown country, by its name."""
    if "destination" not in mapping.columns:
        return {}
    rows = connection.execute(
        "SELECT coalesce(destination, ''), country, count(*) FROM lines"
        " WHERE fault IS NULL AND NOT cancelled"
        f" AND regexp_full_match(country, '{USER_ASSIGNED}') GROUP BY 1, 2 ORDER BY 1"
    ).fetchall()
    return {name: {"code": code, "lines": count} for name, code, count in rows}


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """The only row of `query`, by column name."""
    cursor = connection.execute(query)
    names = [str(column[0]) for column in cursor.description or ()]
    row = cursor.fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))
