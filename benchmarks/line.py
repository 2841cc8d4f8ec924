# SPDX-License-Identifier: Apache-2.0
"""The quantity line against the yardstick: Parquet to Parquet, with SKUs as text."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import narwhals as nw

from benchmarks.measure import Line, in_turns
from entrepot.engine.base import Engine, Frame
from entrepot.engine.duck import Duck
from entrepot.engine.polar import Polar
from entrepot.ledger.line import cut, lay

YARDSTICK = (Path(__file__).parent / "yardstick.sql").read_text(encoding="utf-8")
_PARQUET = "(FORMAT parquet, COMPRESSION zstd)"

#: Ratio to the yardstick that each engine may take.
AT_MOST = {"duckdb": 1.15, "polars": 0.90}


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Lay and cut `sales` sales and a tenth as many lots on each engine, beside the yardstick.

    Raises:
        AssertionError: the pieces are not those of the yardstick.
    """
    data = make_data(folder, sales)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        out = {name: Path(made) / f"{name}.parquet" for name in ("yardstick", *AT_MOST)}
        seconds = in_turns(
            {
                "yardstick": lambda: run_yardstick(data, out["yardstick"]),
                "duckdb": lambda: run_duckdb(data, out["duckdb"]),
                "polars": lambda: run_polars(data, out["polars"]),
            },
            times,
        )
        expected = pieces_of(out["yardstick"], "sale_id, lot_id, qty")
        for name, at_most in AT_MOST.items():
            assert pieces_of(out[name], "sale_id, lot_id, quantity") == expected, name
            yield Line(
                f"quantity line, {name}",
                seconds[name],
                seconds["yardstick"],
                at_most,
                f"{expected[0]:,} pieces, {expected[1]:,} units",
            )


def make_data(folder: Path, sales: int) -> Path:
    """Make sales and lots of `sales` // 500 SKUs (20 to 20,000), popular ones far more often.

    Lognormal popularity, 1 to 3 units a sale, 1 to 49 units a lot, a year of days.

    Returns:
        the folder that holds sales.parquet and lots.parquet.
    """
    data = folder / f"line-{sales}"
    if data.is_dir():
        return data
    skus = min(20_000, max(20, sales // 500))
    made = Path(tempfile.mkdtemp(dir=folder))
    try:
        with duckdb.connect() as connection:
            _write_data(connection, made, sales, skus)
        made.rename(data)  # only once complete
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return data


def _write_data(connection: duckdb.DuckDBPyConnection, folder: Path, sales: int, skus: int) -> None:
    # Random numbers come from hashes, so that threads do not change them.
    connection.execute(
        "CREATE MACRO chance(i, salt) AS (hash(i, salt) >> 11)::DOUBLE / 9007199254740992"
    )
    connection.execute(f"""
        CREATE TABLE popular AS
        WITH weights AS (
            SELECT 'SKU-' || lpad(i::VARCHAR, 5, '0') AS sku,
                exp(sqrt(-2 * ln(chance(i, 'a') + 1e-12)) * cos(2 * pi() * chance(i, 'b'))) AS w
            FROM range({skus}) AS each(i)
        )
        SELECT sku, sum(w) OVER (ORDER BY sku) / sum(w) OVER () AS upto FROM weights
    """)
    sold = "TIMESTAMP '2025-01-01' + to_seconds(floor(chance(i, 'sold') * 31536000)::BIGINT)"
    came = "DATE '2025-01-01' + floor(chance(i, 'came') * 365)::INTEGER"
    for name, number, moment, most, rows in (
        ("sales", "sale_id", f"{sold} AS ts", 3, sales),
        ("lots", "lot_id", f"{came} AS date", 49, sales // 10),
    ):
        connection.execute(f"""
            COPY (
                SELECT i AS {number}, sku, {moment},
                    (1 + floor(chance(i, 'units') * {most}))::INTEGER AS qty
                FROM (SELECT i, chance(i, '{name}') AS u FROM range({rows}) AS each(i)) AS each
                ASOF JOIN popular ON each.u <= popular.upto
                ORDER BY i
            ) TO '{folder}/{name}.parquet' {_PARQUET}
        """)


def run_yardstick(data: Path, out: Path) -> None:
    """The yardstick, from `data`/sales.parquet and lots.parquet to `out`."""
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        for name in ("sales", "lots"):
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{data}/{name}.parquet')"
            )
        connection.execute(f"COPY ({YARDSTICK}) TO '{out}' {_PARQUET}")


def run_duckdb(data: Path, out: Path) -> None:
    """The quantity line on DuckDB."""
    with tempfile.TemporaryDirectory(dir=out.parent) as spill:
        engine = Duck(Path(spill))
        query = nw.to_native(pieces(engine, data)).sql_query()
        engine.connection.execute(f"COPY ({query}) TO '{out}' {_PARQUET}")
        engine.close()


def run_polars(data: Path, out: Path) -> None:
    """The quantity line on Polars."""
    engine = Polar()
    nw.to_native(pieces(engine, data)).sink_parquet(out, compression="zstd")
    engine.close()


def pieces(engine: Engine, data: Path) -> Frame:
    """Number the SKUs, lay both sides, cut, keep what was sold: sale_id, lot_id, quantity."""
    lots, sales = engine.scan(data / "lots.parquet"), engine.scan(data / "sales.parquet")
    skus = engine.keep_in_order(lots.select("sku").unique(), "skus", ["sku"], "line")
    came = lots.join(skus, on="sku").select(
        "line", "date", left=nw.col("lot_id"), quantity=nw.col("qty").cast(nw.Int64)
    )
    went = sales.join(skus, on="sku").select(
        "line", "ts", right=nw.col("sale_id"), quantity=nw.col("qty").cast(nw.Int64)
    )
    return (
        cut(lay(came, ["line"], ["date", "left"]), lay(went, ["line"], ["ts", "right"]), ["line"])
        .filter(~nw.col("left").is_null(), ~nw.col("right").is_null())
        .select("quantity", sale_id="right", lot_id="left")
    )


def pieces_of(path: Path, columns: str) -> tuple[int, int, int]:
    """Rows, units and a digest of sale, lot and units, whatever their order."""
    sale, lot, quantity = columns.split(", ")
    with duckdb.connect() as connection:
        found = connection.execute(f"""
            SELECT count(*), sum({quantity})::BIGINT,
                bit_xor(hash({sale}::BIGINT, {lot}::BIGINT, {quantity}::BIGINT))
            FROM read_parquet('{path}')
        """).fetchone()
    assert found is not None
    return found[0], found[1], found[2]
