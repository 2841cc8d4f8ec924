# SPDX-License-Identifier: Apache-2.0
"""`entrepot close`: from a season's tables to a traced, refundable, proven book."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from entrepot.engine.write import FORMATS
from entrepot.pipelines.progress import telling
from entrepot.pipelines.runs import STAGES, run_close

_DUE = {
    "advance.overdue": "overdue advances: the tax office recovers them",
    "advance.confirm": "advances to confirm, no adjustment",
    "advance.adjust": "advances to adjust: reverse in full, claim what is sold",
    "advance.waiting": "advances to reconcile, goods not all sold",
    "item.claim": "items to claim",
    "item.late": "items to claim late, before they lapse",
    "item.lapsed": "items lapsed: taxed as a domestic sale",
    "item.pay_back": "items to pay back",
    "item.claim_advance": "items that may claim an advance refund",
}


@click.command("close")
@click.argument("season", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to write; an earlier close there is replaced once this one is complete.",
)
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(["duckdb", "polars"]),
    default="duckdb",
    show_default=True,
    help="DuckDB spills to disk; Polars keeps everything in memory.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Close for this day, in place of the one in season.toml.",
)
@click.option("--memory", default="", metavar="SIZE", help="DuckDB's memory budget, such as 2GB.")
@click.option(
    "--write",
    "file_format",
    type=click.Choice(FORMATS),
    default="parquet",
    show_default=True,
    help="How the tables are written.",
)
@click.option("--json", "as_json", is_flag=True, help="Print run.json instead of a summary.")
def close(
    season: Path,
    out: Path,
    engine_name: str,
    as_of: datetime | None,
    memory: str,
    file_format: str,
    as_json: bool,
) -> None:
    """Close a season: trace every unit, and write stock, refunds, book and exceptions.

    SEASON is a folder with season.toml and one file per table (CSV, CSV.gz, Parquet or Excel).
    """
    with telling(STAGES) as tell:
        run = run_close(
            season,
            out,
            engine_name=engine_name,
            as_of=as_of.date() if as_of else None,
            memory=memory,
            file_format=file_format,
            tell=tell,
        )
    if as_json:
        click.echo(json.dumps(run, indent=2, ensure_ascii=False))
        return
    for line in summary_lines(run):
        click.echo(line)
    click.echo(f"\nThe tables lie in {out}")


def summary_lines(run: dict[str, Any]) -> list[str]:
    """What a person reads first: units, refunds, what is due by when, what did not fit."""
    summary = run["summary"]
    lines = [f"{run['name']}, closed for {run['as_of']}", "", "Units"]
    lines += [f"  {fate:<12}{units:>15,}" for fate, units in summary["units"].items()]
    lines += ["", "VAT refund (CNY)"]
    names = {
        "refundable": "refundable on everything covered",
        "refundable_on_sold": "refundable on what is sold",
        "claimed": "claimed",
        "advanced": "advanced, less what was settled",
        "open_advance": "advances still open",
    }
    lines += [f"  {words:<34}{_money(summary['refund'][key])}" for key, words in names.items()]
    if summary["due"]:
        lines += ["", "Due (CNY)"]
    for each in summary["due"]:
        by = f"by {each['by']}" if each["by"] else "now"
        lines.append(f"  {by:<14}{_money(each['money'])}  {each['lines']:>7,} {_DUE[each['what']]}")
    if summary["exceptions"]:
        lines += ["", "Exceptions"]
    lines += [f"  {code:<26}{rows:>9,}" for code, rows in summary["exceptions"].items()]
    out = {name: rows for name, rows in run["left_out"].items() if rows}
    if out:
        after = ", ".join(f"{rows:,} of {name}" for name, rows in out.items())
        lines += ["", f"Left out, dated after {run['as_of']}: {after}"]
    return lines


def _money(amount: str) -> str:
    whole, places = amount.split(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{places}".rjust(20)
