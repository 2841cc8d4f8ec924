# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks`: product and yardstick side by side in one run, printed as ratios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from benchmarks import (
    close,
    customs,
    line,
    money,
    plan,
    report,
    settlement,
    size,
    spark,
    startup,
    walk,
)
from benchmarks.measure import Line, head, machine, row, say

Measure = Callable[[Path, int, int], Iterator[Line]]

#: Each benchmark: what measures it, and its share of --sales.
BENCHMARKS: dict[str, tuple[Measure, float]] = {
    "startup": (startup.measure, 1),
    "line": (line.measure, 1),
    "close": (close.measure, 1),
    "one-sku": (close.measure_one_sku, 0.2),
    "walk": (walk.measure, 1),
    "report": (report.measure, 1),
    "settlement": (settlement.measure, 0.1),
    "money": (money.measure, 1),
    "spark": (spark.measure, 1),
    "customs": (customs.measure, 1),
    "plan": (plan.measure, 0.0001),
    "size": (size.measure, 1),
}
#: What is measured only when it is asked for: it makes a season ten times as large.
ON_REQUEST = ("size",)


@click.command()
@click.option("--sales", type=click.IntRange(min=1000), default=10_000_000, show_default=True)
@click.option(
    "--only", type=click.Choice(list(BENCHMARKS)), multiple=True, help="May be given again."
)
@click.option(
    "--times",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How often each piece of work is done.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("bench-data"),
    show_default=True,
    help="Where the data lie; made there on first use.",
)
def main(sales: int, only: tuple[str, ...], times: int, data: Path) -> None:
    """Measure Entrepot beside the yardstick; medians, as ratios, with what they may come to."""
    data.mkdir(parents=True, exist_ok=True)
    say(machine())
    say(f"{sales:,} sale lines, medians of {times}\n")
    say(head())
    for name, (measure, share) in BENCHMARKS.items():
        if name in only or (not only and name not in ON_REQUEST):
            for each in measure(data.absolute(), int(sales * share), times):
                say(row(each))


if __name__ == "__main__":
    main()
