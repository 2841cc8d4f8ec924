# SPDX-License-Identifier: Apache-2.0
"""Real sales as the ground of a season: everything that must have stood behind them is made up."""

from __future__ import annotations

from pathlib import Path

import duckdb

from entrepot.engine.duck import Duck, quoted, text
from entrepot.engine.schema import Kind, Table
from entrepot.errors import Misused
from entrepot.pipelines.sample.chance import Chance
from entrepot.pipelines.sample.demand import good_of, lay_articles
from entrepot.pipelines.sample.goods import CURRENCIES, MORE_CURRENCIES
from entrepot.pipelines.sample.ground import Ground, Tell, currency_table
from entrepot.warehouse.tables import RETURNS, SALES

_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.DAY: "DATE",
    Kind.QUANTITY: "BIGINT",
    Kind.NUMBER: "BIGINT",
    Kind.MONEY: "DECIMAL(18, 2)",
}
_REMEDY = "Give a sales table as `entrepot import orders` writes it."
#: A sale's price over its article's cost, where nothing else is known about the cost.
_MARKUP = 340


def stand_on(duck: Duck, sales: Path, seed: int, folder: Path, tell: Tell) -> Ground:
    """Lay the ground around a sales table, and around what lies beside it: returns, names.

    The season ends on the last day on which something was sold or came back.

    Raises:
        Misused: a file is not such a table, or holds no sale.
    """
    tell("Reading the sales")
    connection = duck.connection
    _adopt(connection, sales, SALES, "given_sales")
    returns = sales.with_name("returns.parquet")
    if returns.is_file():
        _adopt(connection, returns, RETURNS, "given_returns")
    else:
        columns = ", ".join(
            f"NULL::{_TYPES[column.kind]} AS {quoted(column.name)}" for column in RETURNS.columns
        )
        connection.execute(f"CREATE TEMP TABLE given_returns AS SELECT {columns} LIMIT 0")
    ((first_day, as_of),) = connection.execute("""
        SELECT min(shipped_on), greatest(max(shipped_on),
            coalesce((SELECT max(returned_on) FROM given_returns), max(shipped_on)))
        FROM given_sales
    """).fetchall()
    if first_day is None:
        raise Misused(f"Cannot build around {sales}.", "It holds no sale.", _REMEDY)
    ground = Ground(duck, Chance(seed), folder, first_day, as_of, tell)
    for table, name in ((SALES, "given_sales"), (RETURNS, "given_returns")):
        key = ", ".join(quoted(column) for column in table.key)
        ground.write(table.name, f"SELECT * FROM {name} ORDER BY {key}")
    ground.run("DROP TABLE given_sales")
    _places(ground)
    _articles(ground, [sales.with_name(f"{name}.parquet") for name in ("products", "names")])
    ground.run("DROP TABLE given_returns")
    return ground


def _adopt(connection: duckdb.DuckDBPyConnection, path: Path, table: Table, name: str) -> None:
    """Keep the table of a file under `name`, with the columns and types of a season's table."""
    columns = ", ".join(
        f"{quoted(column.name)}::{_TYPES[column.kind]} AS {quoted(column.name)}"
        for column in table.columns
    )
    try:
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT {columns} FROM read_parquet({text(str(path))})"
        )
    except duckdb.Error as error:
        raise Misused(
            f"Cannot build around {path}.", str(error).splitlines()[0] + ".", _REMEDY
        ) from error


def _places(ground: Ground) -> None:
    """Keep `places`: the warehouses sold from, each in the country it ships to most."""
    ground.run(f"""
        CREATE OR REPLACE TEMP TABLE places AS
        WITH toward AS (
            SELECT warehouse, destination, count(*) AS lines
            FROM {ground.read("sales")} GROUP BY ALL
        ), home AS (
            SELECT DISTINCT ON (warehouse) warehouse, destination AS country
            FROM toward ORDER BY warehouse, lines DESC, destination
        )
        SELECT (row_number() OVER (ORDER BY warehouse) - 1)::BIGINT AS wid, warehouse, country,
            24 + ({ground.chance.below(14, "voyage", "row_number() OVER (ORDER BY warehouse)")})
                AS voyage
        FROM home
    """)


def _articles(ground: Ground, named: list[Path]) -> None:
    """Keep `articles`: every SKU sold, costing what its price leaves after a common mark-up.

    Named as in the first of the files `named` (sku, name) that is there.
    """
    names: dict[str, str] = {}
    products = next((path for path in named if path.is_file()), None)
    if products is not None:
        try:
            found = ground.connection.execute(
                f"SELECT sku::VARCHAR, name::VARCHAR FROM read_parquet({text(str(products))})"
            ).fetchall()
        except duckdb.Error as error:
            raise Misused(
                f"Cannot name articles by {products}.",
                str(error).splitlines()[0] + ".",
                "Give it the columns sku and name, or move it away.",
            ) from error
        names = {sku: name for sku, name in found if name}
    rows = ground.connection.execute(f"""
        SELECT sku, greatest(1, sum(greatest(amount * 100, 0)::HUGEINT * coalesce(worth, 10000))
            // sum(quantity)::HUGEINT // (100 * {_MARKUP}))::BIGINT AS cost
        FROM {ground.read("sales")}
        LEFT JOIN {currency_table(CURRENCIES | MORE_CURRENCIES)} AS known (currency, worth)
            USING (currency)
        GROUP BY sku ORDER BY sku
    """).fetchall()
    lay_articles(
        ground,
        [
            {
                "sku": sku,
                "name": names.get(sku, f"Article {sku}"),
                "hs_code": good_of(ground.chance, number, len(rows)).hs_code,
                "cost": cost,
            }
            for number, (sku, cost) in enumerate(rows)
        ],
    )
