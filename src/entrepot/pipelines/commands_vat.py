# SPDX-License-Identifier: Apache-2.0
"""`entrepot vat`: VAT where the buyers are, filed by scheme and state."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from entrepot.destination.periods import period_of
from entrepot.destination.reporting import LANGUAGES, all_filed, told, wrote
from entrepot.engine.write import FORMATS as WRITE
from entrepot.pipelines.vat import run_filing

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("vat")
def vat() -> None:
    """Make out VAT returns of the countries that goods are sold to."""


@vat.command("filing")
@click.argument("season", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("firm", type=click.Path(path_type=Path))
@click.option("--month", default="", metavar="YYYY-MM", help="The period: a month.")
@click.option("--quarter", default="", metavar="YYYY-QN", help="The period: a quarter.")
@click.option("--from", "first", type=_DAY, metavar="DAY", help="The period: its first day.")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="The period: its last day.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="What the return is told in; the tables hold reasons in both.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the tables; one that was written before is replaced.",
)
@click.option(
    "--write",
    "file_format",
    type=click.Choice(WRITE),
    default="csv",
    show_default=True,
    help="How the tables are written.",
)
@click.option("--memory", default="", metavar="SIZE", help="DuckDB's budget, for example 2GB.")
@click.option("--json", "as_json", is_flag=True, help="Print what vat.json says.")
def filing(
    season: Path,
    firm: Path,
    month: str,
    quarter: str,
    first: datetime | None,
    last: datetime | None,
    language: str,
    out: Path | None,
    file_format: str,
    memory: str,
    as_json: bool,
) -> None:
    """Make out VAT returns from SEASON by what FIRM says: Union OSS, IOSS, UK, states.

    SEASON is the folder of a season; FIRM a TOML file with the countries of warehouses, how
    channels charge, and registrations. Exit code 1 where a line is open.

    Example: entrepot vat filing examples/season examples/vat/firm.toml --quarter 2026-Q1
    """
    period = period_of(
        month, quarter, first.date() if first else None, last.date() if last else None
    )
    report = run_filing(season, firm, period, out, file_format, memory)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for line in told(report, language):
            click.echo(line)
        if out:
            click.echo(f"\n{wrote(out, language)}")
    if not all_filed(report):
        raise click.exceptions.Exit(1)
