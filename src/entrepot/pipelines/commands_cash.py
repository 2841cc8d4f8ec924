# SPDX-License-Identifier: Apache-2.0
"""`entrepot cash`: how much cash goods tie up, and for how long."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from entrepot.pipelines.cash import BY, add_up, open_lot
from entrepot.pipelines.words import LANGUAGES, WORDS, language

#: A line is as wide as it has to be: an amount that is cut short is none.
_WIDE = 100_000
_SUMS = ("quantity", "amount", "home_amount", "home_average", "open_amount", "open_average")
_UNITS = ("fate", "order", "quantity", "amount", "paid_on", "home_on", "days", "amount_days")


@click.command("cash")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--by",
    type=click.Choice(tuple(BY)),
    default="sku",
    show_default=True,
    help="Add lots up by it.",
)
@click.option("--invoice", metavar="NO[/LINE]", help="Open a VAT invoice to its units instead.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Lines to show; --json shows all.",
)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Without it, the language of the terminal."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything, for programs.")
def cash(
    out: Path, by: str, invoice: str | None, limit: int, lang: str | None, as_json: bool
) -> None:
    r"""Show how much cash goods tie up, from the factory's invoice until the buyer's money is home.

    OUT is the folder that `entrepot close` wrote of a season with entries of banks.

    \b
    Example: entrepot cash out/closed --by month
    """
    rows = open_lot(out, invoice) if invoice else add_up(out, by)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
        return
    words = WORDS[language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))]
    if not rows:
        click.echo(words["cash.none"])
        return
    if invoice:
        told = [row | {"order": _order(row), "fate": words[row["fate"]]} for row in rows]
        _show(told, ("line_no", "sku", *_UNITS), words, limit)
    else:
        _show(rows, (by, *_SUMS), words, limit)


def _order(row: dict[str, Any]) -> str:
    if row["order_no"] is None:
        return ""
    line = row["order_line_no"]
    return f"{row['channel']}/{row['order_no']}" + ("" if line is None else f"/{line}")


def _show(
    rows: Sequence[dict[str, Any]], names: Sequence[str], words: dict[str, str], limit: int
) -> None:
    from rich.console import Console
    from rich.table import Table

    texts = {*BY, "fate", "order"}
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(words[f"cash.{name}"], justify="left" if name in texts else "right")
    for row in rows[:limit]:
        table.add_row(*(_told(row[name], name in texts) for name in names))
    Console(width=_WIDE, highlight=False, markup=False, emoji=False).print(table)
    if len(rows) > limit:
        click.echo(words["cash.more"].format(lines=len(rows) - limit))


def _told(value: Any, is_text: bool) -> str:
    if value is None:
        return ""
    return str(value) if is_text or not hasattr(value, "__floordiv__") else f"{value:,}"
