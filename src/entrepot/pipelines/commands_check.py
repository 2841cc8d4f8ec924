# SPDX-License-Identifier: Apache-2.0
"""`entrepot check`: every fault of a season at once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.engine.named import ENGINES, engine_named
from entrepot.pipelines.season import SCHEMA_VERSION, SEASON, is_newer, is_older

if TYPE_CHECKING:
    from entrepot.engine.faults import Fault
    from entrepot.pipelines.opening import OpenSeason


@click.command("check")
@click.argument("season", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(ENGINES),
    default="duckdb",
    show_default=True,
    help="What the tables are read with.",
)
@click.option(
    "--master",
    default="",
    metavar="URL",
    help="Where Spark runs, such as spark://host:7077; without it, on this machine.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Close for this day, in place of the one in season.toml.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="List at most N rows of one column and kind of fault; all are counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the faults for a program to read.")
def check(
    season: Path,
    engine_name: str,
    master: str,
    as_of: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Say every fault of the season in a folder; write nothing."""
    day = as_of.date() if as_of else None
    # Imported when it runs: the engines take longer to load than any help text may take.
    from entrepot.engine.faults import total
    from entrepot.pipelines.opening import open_season

    with tempfile.TemporaryDirectory(prefix="entrepot-check-") as work:
        engine = engine_named(engine_name, Path(work), master=master)
        try:
            opened = open_season(engine, season, Path(work), day, limit)
        finally:
            engine.close()
    found = total(opened.faults)
    if as_json:
        _print_json(opened, found)
    else:
        _print(opened, found)
    if found:
        raise click.exceptions.Exit(1)


def _print(opened: OpenSeason, total: int) -> None:
    for table, faults in groupby(opened.faults, key=lambda fault: fault.table):
        click.echo(f"{table}")
        # Sorted by column and code within a table, so that what is only counted follows its kind.
        for _, alike in groupby(faults, key=lambda fault: (fault.column, fault.code)):
            listed = list(alike)
            for fault in listed:
                click.echo(f"  {fault.text}")
            _print_rest(listed)
    rows = sum(one.rows for one in opened.inputs)
    if is_newer(opened.version):
        click.echo("Nothing else of the season was looked at.")
    elif total:
        tables = len({fault.table for fault in opened.faults})
        click.echo(
            f"{_many(total, 'fault')} in {_many(tables, 'table')}. "
            "Mend them and check again; until then the season cannot be closed."
        )
    else:
        click.echo(f"No faults in {_many(rows, 'row')} of {_many(len(opened.inputs), 'table')}.")
    for line in _older(opened):
        click.echo(line)


def _print_rest(listed: list[Fault]) -> None:
    rest = max(fault.count for fault in listed) - len(listed)
    if rest > 0:
        click.echo(f"  and {rest:,} more like this")


def _older(opened: OpenSeason) -> Iterator[str]:
    """What an older season does not know yet, a line a table; nothing of one that is current."""
    version = opened.version
    # Where a file has what its version does not know, its fault says what to do, and no more.
    if not is_older(version) or any(fault.code.endswith(".newer") for fault in opened.faults):
        return
    yield f"The season is of version {version}; the newest is {SCHEMA_VERSION}. Not recorded in it:"
    for table in SEASON:
        later = table.later(version)
        if len(later) == len(table.columns):
            yield f"  {table.name} (since version {table.since})"
        elif later:
            columns = ", ".join(f"{name} (since version {since})" for name, since in later.items())
            yield f"  {table.name}: {columns}"
    yield (
        f"To make it current, write schema = {SCHEMA_VERSION} in season.toml and add what you know."
    )


def _print_json(opened: OpenSeason, total: int) -> None:
    click.echo(
        json.dumps(
            {
                "total": total,
                "season_schema": opened.version,
                "schema_version": SCHEMA_VERSION,
                "unknown": opened.unknown,
                "faults": [asdict(fault) for fault in opened.faults],
                "inputs": [asdict(one) for one in opened.inputs],
            },
            ensure_ascii=False,
            indent=2,
        )
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
