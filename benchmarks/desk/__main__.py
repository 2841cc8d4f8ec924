# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks.desk`: the live book beside the raw floor on the same PostgreSQL."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from benchmarks.desk import book
from benchmarks.measure import head, machine, row, say

PARTS = (
    "posting", "orders", "importing", "scans", "lists", "lots", "http", "pages", "receipts",
    "board",
)  # fmt: skip
#: Those that open an enterprise of their own.
ALONE = frozenset({"posting", "orders", "importing", "scans", "receipts", "board"})


@click.command()
@click.option("--movements", type=click.IntRange(min=1000), default=10_000_000, show_default=True)
@click.option(
    "--items", type=click.IntRange(min=1000), default=5_000_000, show_default=True,
    help="Of the board.",
)  # fmt: skip
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="May be given again.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("bench-data/desk"),
    show_default=True,
    help="Where the desk lies; made there on first use.",
)
def main(movements: int, items: int, only: tuple[str, ...], data: Path) -> None:
    """Measure the desk; ratios to the raw floor, with what they may come to."""
    say(machine())
    with book.desk(data.absolute()):
        needs_book = not only or not set(only) <= ALONE
        if needs_book:
            say(f"A book of {movements:,} movements\n")
            enterprise = book.make_book(movements)
        say(head())
        for part in PARTS:
            if part in only or not only:
                measured = import_module(f"benchmarks.desk.{part}").measure
                if part == "board":
                    lines = measured(items)
                else:
                    lines = measured() if part in ALONE else measured(enterprise, movements)
                for line in lines:
                    say(row(line))


if __name__ == "__main__":
    main()
