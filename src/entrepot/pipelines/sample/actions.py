# SPDX-License-Identifier: Apache-2.0
"""Make a season: demand first, then what must have stood behind it, then what was claimed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
from entrepot.pipelines.sample.room import check_room
from entrepot.pipelines.sample.supply import make_adjustments, make_lots, make_receipts, want
from entrepot.pipelines.sample.watch import watching
from entrepot.pipelines.sample.write import NAMED, finish, put, workshop

#: The days of the sample's season: a November of sales, and deadlines that run at its end.
FIRST_DAY, AS_OF = date(2025, 9, 1), date(2026, 10, 31)
#: How many steps `tell` hears of.
STEPS = 11
#: What DuckDB may take, whatever the number of sales; the rest of the process takes a third of a
#: gigabyte at most. What does not fit spills beside the season and goes away with the work.
MEMORY = "1500MB"


def _nobody(step: str, share: float = 0) -> None:
    """Take what is told of the steps, and drop it."""


def make_sample(
    out: Path,
    sales: int,
    seed: int,
    *,
    form: str = "parquet",
    skus: int = 0,
    warehouses: int = 0,
    memory: str = MEMORY,
    tell: Tell = _nobody,
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
        memory: what DuckDB may take, such as "2GB"; more is only faster.
        tell: is told each step as it begins, and how far it is.

    Returns:
        the rows of each table.

    Raises:
        Misused: a number that does not fit, or a folder that no sample wrote.
        Refused: the disk has no room for it, or the memory is too little.
    """
    out = out.resolve()
    skus = skus or min(20_000, max(20, sales // 500))
    warehouses = warehouses or (3 if sales < 5000 else len(PLACES))
    _check(sales, skus, warehouses)
    check_room(out, sales, form)
    with workshop(out) as folder:
        work, made = _folders(folder)
        with _open(folder, memory) as duck, watching(duck.connection, tell) as told:
            ground = Ground(duck, Chance(seed), work, FIRST_DAY, AS_OF, told)
            places = demand.chosen_places(warehouses)
            demand.make_places(ground, places)
            demand.make_articles(ground, skus)
            demand.make_sales(ground, places, sales)
            demand.make_returns(ground)
            _build(ground)
            rows = finish(ground, f"{NAMED}: {sales:,} sales, seed {seed}", form, made)
        put(made, out)
    return rows


def make_around(
    out: Path,
    sales: Path,
    seed: int,
    *,
    form: str = "parquet",
    memory: str = MEMORY,
    tell: Tell = _nobody,
) -> dict[str, int]:
    """Make a season around a sales table: goods, invoices, declarations, receipts, claims.

    Args:
        out: as for `make_sample`.
        sales: a Parquet file as a season's `sales`; `returns.parquet` beside it is used
            where it is, and `products.parquet` or `names.parquet` (sku, name).
        seed: any whole number.
        form, memory, tell: as for `make_sample`.

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
        work, made = _folders(folder)
        with _open(folder, memory) as duck, watching(duck.connection, tell) as told:
            ground = given.stand_on(duck, sales, seed, work, told)
            _build(ground)
            rows = finish(ground, f"{NAMED} around given sales, seed {seed}", form, made)
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


def _folders(folder: Path) -> tuple[Path, Path]:
    """A folder for tables as they are made, and one for the finished season."""
    work, made = folder / "work", folder / "made"
    work.mkdir()
    made.mkdir()
    return work, made


@contextmanager
def _open(folder: Path, memory: str) -> Iterator[Duck]:
    """DuckDB, spilling into a folder of its own; what goes wrong for want of room is explained."""
    spill = folder / "spill"
    spill.mkdir()
    duck = Duck(spill, memory)
    try:
        yield duck
    except Exception as error:
        meaning = duck.explain(error)
        if meaning is None:
            raise
        raise meaning from error
    finally:
        duck.close()


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
