# SPDX-License-Identifier: Apache-2.0
"""`entrepot origin`: whether products originate under RCEP, and why."""

from __future__ import annotations

import json
from pathlib import Path

import click

from entrepot.engine.write import FORMATS as WRITE
from entrepot.origin.actions import judge_origin
from entrepot.origin.reporting import LANGUAGES, all_qualify, told


@click.group("origin")
def origin() -> None:
    """Judge whether products originate under RCEP."""


@origin.command("judge")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="What the statement is told in.",
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
@click.option("--json", "as_json", is_flag=True, help="Print what origin.json says.")
def judge(
    folder: Path, language: str, out: Path | None, file_format: str, memory: str, as_json: bool
) -> None:
    """Judge every product of FOLDER by its bill of materials, and say why.

    FOLDER holds products, materials, rules and, where currencies meet, fx_rates, each as CSV,
    Excel or Parquet. Exit code 1 where a product does not qualify or stays open.

    Example: entrepot origin judge examples/origin --out out/origin
    """
    report = judge_origin(folder, out, file_format, memory)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for line in told(report, language):
            click.echo(line)
        if out:
            click.echo(f"\nThe tables lie in {out}")
    if not all_qualify(report):
        raise click.exceptions.Exit(1)
