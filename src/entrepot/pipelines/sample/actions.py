# SPDX-License-Identifier: Apache-2.0
"""Make a season: demand first, then what must have stood behind it, then what was claimed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from entrepot.engine.duck import Duck
from entrepot.errors import Misused
from entrepot.pipelines.sample import around as given
from entrepot.pipelines.sample import demand
from entrepot.pipelines.sample.buying import buy, link
from entrepot.pipelines.sample.chance import Chance
from entrepot.pipelines.sample.claims import claim
from entrepot.pipelines.sample.coverage import cover
from entrepot.pipelines.sample.customs import declare
from entrepot.pipelines.sample.goods import PLACES
from entrepot.pipelines.sample.ground import Ground, Tell
from entrepot.pipelines.sample.rates import make_fx_rates, make_refund_rates
from entrepot.pipelines.sample.supply import make_adjustments, make_lots, make_receipts, want
from entrepot.pipelines.sample.write import NAMED, finish, put, workshop

#: The days of the sample's season: a November of sales, and deadlines that run at its end.
FIRST_DAY, AS_OF = date(2025, 9, 1), date(2026, 10, 31)
#: How many steps `tell` hears of.
STEPS = 11
#: DuckDB's budget. What does not fit spills beside the season and goes away with the work.
_MEMORY = "3GB"


def make_sample(
    out: Path,
    sales: int,
    seed: int,
    *,
    form: str = "parquet",
    skus: int = 0,
    warehouses: int = 0,
    tell: Tell = lambda step: None,
) -> dict[str, int]:
    """Make a believable season of `sales` sale lines in the folder `out`.

    The same numbers give the same bytes on every run, whatever the threads.

    Args:
        out: a folder that does not exist, is empty, or holds an earlier sample, which is replaced.
        sales: order lines, at least 1.
        seed: any whole number; another one makes another season.
        form: "parquet" or "csv".
        skus: articles; 0 for one per five hundred sales, at least 20, at most 20,000.
        warehouses: overseas warehouses, at most as many as there are made-up ones; 0 for 3 where
            sales are few and all where they are many.
        tell: is told each step as it begins.

    Returns:
        the rows of each table.

    Raises:
        Misused: a number that does not fit, or a folder that no sample wrote.
    """
    out = out.resolve()
    skus = skus or min(20_000, max(20, sales // 500))
    warehouses = warehouses or (3 if sales < 5000 else len(PLACES))
    _check(sales, skus, warehouses)
    with workshop(out) as folder:
        work, made, duck = _open(folder)
        try:
            ground = Ground(duck.connection, Chance(seed), work, FIRST_DAY, AS_OF, tell)
            places = demand.chosen_places(warehouses)
            demand.make_places(ground, places)
            demand.make_articles(ground, skus)
            demand.make_sales(ground, places, sales)
            demand.make_returns(ground)
            _build(ground)
            rows = finish(ground, f"{NAMED}: {sales:,} sales, seed {seed}", form, made)
        finally:
            duck.close()
        put(made, out)
    return rows


def make_around(
    out: Path,
    sales: Path,
    seed: int,
    *,
    form: str = "parquet",
    tell: Tell = lambda step: None,
) -> dict[str, int]:
    """Make a season around a sales table: goods, invoices, declarations, receipts, claims.

    Args:
        out: as for `make_sample`.
        sales: a Parquet file as a season's `sales`; `returns.parquet` beside it is used
            where it is, and `products.parquet` or `names.parquet` (sku, name).
        seed: any whole number.
        form: "parquet" or "csv".
        tell: is told each step as it begins.

    Returns:
        the rows of each table.

    Raises:
        Misused: the file is no sales table, or a folder that no sample wrote.
    """
    out, sales = out.resolve(), sales.resolve()
    if not sales.is_file():
        raise Misused(
            f"Cannot build around {sales}.", "There is no such file.", "Give a sales.parquet."
        )
    with workshop(out) as folder:
        work, made, duck = _open(folder)
        try:
            ground = given.stand_on(duck, sales, seed, work, tell)
            _build(ground)
            rows = finish(ground, f"{NAMED} around given sales, seed {seed}", form, made)
        finally:
            duck.close()
        put(made, out)
    return rows


def _check(sales: int, skus: int, warehouses: int) -> None:
    for asked, found, most in (
        ("--sales", sales, 1_000_000_000),
        ("--skus", skus, demand.MOST_SKUS),
        ("--warehouses", warehouses, len(PLACES)),
    ):
        if not 1 <= found <= most:
            raise Misused(
                f"Cannot make a season with {asked} {found}.",
                f"The sample makes 1 to {most:,}.",
                "Give a number in between.",
            )


def _open(folder: Path) -> tuple[Path, Path, Duck]:
    """A folder for tables, one for the finished season, and DuckDB spilling into a third."""
    work, made, spill = (folder / name for name in ("work", "made", "spill"))
    for each in (work, made, spill):
        each.mkdir()
    return work, made, Duck(spill, _MEMORY)


def _build(ground: Ground) -> None:
    """Build what stood behind `sales` and `returns`, made up or real."""
    ground.write("products", "SELECT sku, name, hs_code FROM articles ORDER BY sku")
    make_refund_rates(ground)
    want(ground)
    make_lots(ground)
    make_adjustments(ground)
    declare(ground)
    make_receipts(ground)
    make_fx_rates(ground)
    buy(ground)
    link(ground)
    cover(ground)
    claim(ground)
