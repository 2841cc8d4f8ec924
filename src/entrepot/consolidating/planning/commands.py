# SPDX-License-Identifier: Apache-2.0
"""`entrepot consolidate`: pieces of several owners planned into containers."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import cast

import click

from entrepot.consolidating.planning.actions import Report, plan_tables
from entrepot.consolidating.planning.cargo import Limits
from entrepot.engine.write import FORMATS as WRITE
from entrepot.papers.amounts import kilograms
from entrepot.papers.words import Language

_SHOWN = 20
_PERCENT = click.IntRange(0, 100)
_TABLE = click.Path(path_type=Path)


@click.group("consolidate")
def consolidate() -> None:
    """Plan what goes into which container."""


@consolidate.command("plan")
@click.argument("pieces", type=_TABLE)
@click.option("--containers", type=_TABLE, required=True, help="Table of kinds of containers.")
@click.option("--pairs", type=_TABLE, help="Table of dangerous classes that may meet.")
@click.option("--leaves-on", type=click.DateTime(["%Y-%m-%d"]), help="What is due by then goes.")
@click.option(
    "--support",
    type=click.IntRange(1, 100),
    default=100,
    show_default=True,
    help="Least percent of a base that lies on something.",
)
@click.option(
    "--along",
    type=click.IntRange(0, 50),
    default=10,
    show_default=True,
    help="Percent of the length that the centre of gravity may be off the middle.",
)
@click.option(
    "--across",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="The same of the width.",
)
@click.option(
    "--high",
    type=_PERCENT,
    default=60,
    show_default=True,
    help="Percent of the height that it may be above the floor.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 3600),
    default=10,
    show_default=True,
    help="After these the best plan so far is kept.",
)
@click.option("--out", type=_TABLE, help="Folder for tables and pictures; replaced if a plan.")
@click.option(
    "--write",
    "file_format",
    type=click.Choice(WRITE),
    default="csv",
    show_default=True,
    help="How the tables are written.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "zh", "zh+en"]),
    default="en",
    show_default=True,
    help="Of the pictures.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what plan.json says.")
def plan(
    pieces: Path,
    containers: Path,
    pairs: Path | None,
    leaves_on: datetime | None,
    support: int,
    along: int,
    across: int,
    high: int,
    seconds: int,
    out: Path | None,
    file_format: str,
    language: str,
    as_json: bool,
) -> None:
    """Plan PIECES into containers, each with a picture to load by.

    PIECES and the other tables are CSV, Excel or Parquet. Classes of dangerous goods that --pairs
    does not name never share a container. Exit code 1 where a piece is left out.

    Example: entrepot consolidate plan examples/loading/pieces.csv --containers
    examples/loading/containers.csv --out out/loading
    """
    report = plan_tables(
        pieces,
        containers,
        pairs,
        out,
        limits=Limits(support, along, across, high),
        seconds=seconds,
        leaves_on=leaves_on.date() if leaves_on else None,
        language=cast("Language", language),
        file_format=file_format,
    )
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _tell(report)
        if out:
            click.echo(f"\nTables and pictures lie in {out}")
    if report["left_out"]:
        raise click.exceptions.Exit(1)


def _tell(report: Report) -> None:
    for each in report["containers"]:
        _line(
            f"Container {each['container']} ({each['kind']}): {each['pieces']:,} pieces,"
            f" {kilograms(each['weight_g'])} kg, {each['filled_percent']}% filled"
        )
    for each in report["left_out"][:_SHOWN]:
        _line(f"Left out: {each['piece']} ({each['reason'].replace('_', ' ')})")
    if len(report["left_out"]) > _SHOWN:
        click.echo(f"and {len(report['left_out']) - _SHOWN:,} more")
    if report["cut_short"]:
        click.echo("The time was up: more of --seconds may find a better plan.")
    click.echo(f"{report['placed']:,} of {report['pieces']:,} pieces placed.")


def _line(said: str) -> None:
    """A line in which what a terminal would obey is shown as a mark."""
    click.echo("".join(each if each.isprintable() else "�" for each in said))
