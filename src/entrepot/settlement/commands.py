# SPDX-License-Identifier: Apache-2.0
"""`entrepot settlement`: what marketplaces and payment providers paid out, line by line."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from entrepot.engine.write import FORMATS as WRITE
from entrepot.settlement.actions import FORMATS, TABLE, Asked, read_settlements
from entrepot.settlement.moments import ORDERS
from entrepot.settlement.reporting import fits, told
from entrepot.settlement.seasons import lay_into_season
from entrepot.settlement.steps import MARKS


@click.group("settlement")
def settlement() -> None:
    """Read what marketplaces and payment providers paid out."""


@settlement.command("read")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice([*FORMATS, TABLE]),
    help="What the reports are; table: any other, by a mapping.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="TOML file that says how a table is to be read.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for lines, settlements and exceptions; one that a reading wrote is replaced.",
)
@click.option(
    "--write",
    "file_format",
    type=click.Choice(WRITE),
    default="parquet",
    show_default=True,
    help="How the tables are written.",
)
@click.option("--encoding", default="", help="Encoding of the reports, if it is not found out.")
@click.option(
    "--decimal", type=click.Choice(list(MARKS)), default=None, help="Decimal mark, if in doubt."
)
@click.option(
    "--dates", type=click.Choice(ORDERS), default=None, help="Order of 03/04/2026, if in doubt."
)
@click.option(
    "--times-in", default="", metavar="ZONE", help="Zone of times that name none; without it, UTC."
)
@click.option("--memory", default="", metavar="SIZE", help="DuckDB's budget, for example 2GB.")
@click.option("--json", "as_json", is_flag=True, help="Print what read.json says.")
def read(
    path: Path,
    form: str,
    mapping: Path | None,
    out: Path | None,
    file_format: str,
    encoding: str,
    decimal: str | None,
    dates: str | None,
    times_in: str,
    memory: str,
    as_json: bool,
) -> None:
    """Read settlement reports and foot each: lines + residual = payout.

    PATH is a report or a folder of reports. Exit code 1 where a settlement does not foot, a label
    is not known, or anything else does not fit; the tables are written all the same.
    """
    asked = Asked(
        form,
        mapping,
        encoding,
        decimal or "",
        dates or "",
        times_in,
        out,
        file_format,
        memory,
    )
    report = read_settlements(path, asked)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for line in told(report):
            click.echo(line)
        if out:
            click.echo(f"\nThe tables lie in {out}")
    if not fits(report):
        raise click.exceptions.Exit(1)


@settlement.command("season")
@click.argument("reading", type=click.Path(path_type=Path))
@click.argument("season", type=click.Path(path_type=Path))
@click.option("--channel", required=True, help="Channel of the orders, as in the season's sales.")
@click.option(
    "--days-in",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="Zone that decides on which day an amount was posted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def lay(reading: Path, season: Path, channel: str, days_in: str, as_json: bool) -> None:
    """Put what was read into a season, for its close.

    READING is a folder that `settlement read --out` wrote, SEASON that of a season. Settlements
    that are there already are replaced, others stay.
    """
    laid = lay_into_season(reading, season, channel, days_in)
    if as_json:
        click.echo(json.dumps(asdict(laid)))
        return
    click.echo(
        f"settlements.csv  {laid.settlements:>11,} rows came, {laid.all_settlements:,} in all"
    )
    click.echo(f"payouts.csv      {laid.payouts:>11,} rows came, {laid.all_payouts:,} in all")
