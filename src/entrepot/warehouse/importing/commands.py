# SPDX-License-Identifier: Apache-2.0
"""`entrepot import`: bring in what other systems export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from entrepot.warehouse.importing.actions import import_orders


@click.group("import")
def import_() -> None:
    """Bring in what other systems export."""


@import_.command("orders")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    required=True,
    type=click.Path(path_type=Path),
    help="TOML file that says how the export is to be read.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Season folder to write; one that an import wrote is replaced.",
)
@click.option("--memory", default="", help="DuckDB's memory budget, for example 2GB.")
@click.option("--json", "as_json", is_flag=True, help="Print what import.json says.")
def orders(file: Path, mapping: Path, out: Path, memory: str, as_json: bool) -> None:
    """Turn a channel's order export into sales, returns and exceptions.

    FILE is CSV (also gzip), Parquet or a spreadsheet.
    """
    report = import_orders(file, mapping, out, memory=memory)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    for line in summary(report):
        click.echo(line)
    click.echo(f"\nThe tables lie in {out}")


def summary(report: dict[str, Any]) -> list[str]:
    """The footing of lines and money, for a person: one column for lines, one per currency."""
    lines = report["lines"]
    money = [
        {name: Decimal(amount) for name, amount in each.items()}
        for each in report["money"].values()
    ]
    shown = [
        _row(report["input"]["file"], ["lines", *report["money"]]),
        _row("went in", [lines["in"], *(each["in"] for each in money)]),
        _row("  sales", [lines["sales"], *(each["sales"] for each in money)]),
        _row("  returns", [lines["returns"], *(-each["returns"] for each in money)]),
        _row("  reported", [lines["reported"], *(each["reported"] for each in money)]),
    ]
    for code, entry in report["exceptions"].items():
        amounts = [Decimal(entry["money"].get(currency, "0.00")) for currency in report["money"]]
        shown.append(_row(f"    {code}", [entry["lines"], *amounts]))
    left = lines["in"] - lines["sales"] - lines["returns"] - lines["reported"]
    shown.append(_row("difference", [left, *(each["difference"] for each in money)]))
    if any(each["below_the_cent"] for each in money):
        shown.append(_row("below the cent", ["", *(each["below_the_cent"] for each in money)]))
    if lines["without_readable_money"]:
        shown.append(_row("without readable money", [lines["without_readable_money"]]))
    return shown


def _row(name: str, cells: Sequence[int | Decimal | str]) -> str:
    texts = [cell if isinstance(cell, str) else f"{cell:,}" for cell in cells]
    return f"{name:<28}{texts[0]:>10}" + "".join(f"{each:>18}" for each in texts[1:])
