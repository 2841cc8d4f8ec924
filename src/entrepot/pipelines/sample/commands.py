# SPDX-License-Identifier: Apache-2.0
"""`entrepot sample`: make a season to look at, to learn with, or to measure with."""

from __future__ import annotations

from pathlib import Path

import click

from entrepot.errors import Misused
from entrepot.pipelines.progress import telling
from entrepot.pipelines.sample.actions import MEMORY, STEPS, make_around, make_sample

_FEW = 1000


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--sales", type=int, help=f"Sale lines to make up.  [default: {_FEW:,}]")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other rows.")
@click.option(
    "--around",
    type=click.Path(path_type=Path),
    help="Build behind the sales of this Parquet file instead of making sales up.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="What the tables are written as.",
)
@click.option(
    "--memory",
    default=MEMORY,
    show_default=True,
    metavar="SIZE",
    help="What DuckDB may take; the rest goes to disk beside DIR.",
)
@click.option("--skus", type=int, help="Articles. Left out, as many as suit the sales.")
@click.option("--warehouses", type=int, help="Overseas warehouses. Left out, 3 or 5.")
def sample(
    folder: Path,
    sales: int | None,
    seed: int,
    around: Path | None,
    form: str,
    memory: str,
    skus: int | None,
    warehouses: int | None,
) -> None:
    """Make up the season of an exporter with overseas warehouses, and write it to DIR.

    The same numbers make the same tables, to the byte. Goods, firms, rates and prices are made up.
    A sample that lies in DIR is replaced; anything else there is left alone.
    """
    with telling(STEPS) as tell:
        if around is not None:
            if (sales, skus, warehouses) != (None, None, None):
                raise Misused(
                    "Cannot use --around with --sales, --skus or --warehouses.",
                    "The sales, SKUs and warehouses are those of the file.",
                    "Leave one or the other out.",
                )
            rows = make_around(folder, around, seed, form=form, memory=memory, tell=tell)
        else:
            rows = make_sample(
                folder,
                _FEW if sales is None else sales,
                seed,
                form=form,
                memory=memory,
                skus=_given("--skus", skus),
                warehouses=_given("--warehouses", warehouses),
                tell=tell,
            )
    click.echo(f"{'table':<16}{'rows':>14}")
    for table, count in rows.items():
        click.echo(f"{table:<16}{count:>14,}")
    click.echo(f"\nThe season lies in {folder}")
    click.echo(f"Close it with: entrepot close {folder} --out {folder}-closed")


def _given(option: str, value: int | None) -> int:
    """An option that may be left out, which reads as 0; 0 itself is refused."""
    if value is not None and value < 1:
        raise Misused(
            f"Cannot make a season with {option} {value}.",
            "There must be at least one.",
            "Give a number from 1, or leave the option out.",
        )
    return value or 0
