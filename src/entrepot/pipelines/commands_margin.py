# SPDX-License-Identifier: Apache-2.0
"""`entrepot margin`: what was earned, by channel, article, country, warehouse, month or order."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from entrepot.finance.tables_margin import OF_GOODS, OF_ORDERS, OF_RECEIPTS
from entrepot.pipelines.margins import BY, add_up, per_cent
from entrepot.pipelines.words import LANGUAGES, WORDS, language

#: A line is as wide as it has to be: an amount that is cut short is none.
_WIDE = 100_000
_SHOWN = ("kept", "sold", "settled", "costs", *OF_RECEIPTS, *OF_GOODS, "margin")


@click.command("margin")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--by",
    default="channel",
    show_default=True,
    metavar="NAME,...",
    help=f"What to add up by, the outermost first: {', '.join(BY)}.",
)
@click.option("--worst", is_flag=True, help="What earned least first, instead of by name.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Groups to show; --json shows all.",
)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Without it, the language of the terminal."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything, for programs.")
def margin(out: Path, by: str, worst: bool, limit: int, lang: str | None, as_json: bool) -> None:
    r"""Show what was earned: what was sold, and all that was paid for it, in CNY.

    OUT is the folder that `entrepot close` wrote of a season with settlements or costs.

    \b
    Example: entrepot margin out/closed --by month,sku --worst
    """
    names = [name.strip() for name in by.split(",") if name.strip()]
    rows = add_up(out, names, worst)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
        return
    said = language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))
    _show(rows, names, WORDS[said], limit)


def _show(
    rows: Sequence[dict[str, Any]], by: Sequence[str], words: dict[str, str], limit: int
) -> None:
    from rich.console import Console
    from rich.table import Table

    if not sum(row["lines"] + row["unknown"] for row in rows):
        click.echo(words["margin.none"])
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in by:
        table.add_column(words[f"margin.by_{name}"], overflow="fold")
    for name in (*_SHOWN, "rate"):
        table.add_column(words[f"margin.head_{name}"], justify="right")
    for row in rows[:limit]:
        settled = sum((row[name] for name in (*OF_ORDERS, "shared")), Decimal("0.00"))
        told = row | {"settled": settled}
        rate = per_cent(row["margin"], row["sold"])
        table.add_row(
            *(str(row[name]) for name in by),
            *(f"{told[name]:,}" for name in _SHOWN),
            "" if rate is None else f"{rate} %",
        )
    Console(width=_WIDE, highlight=False, markup=False, emoji=False).print(table)
    if len(rows) > limit:
        click.echo(words["margin.more"].format(groups=len(rows) - limit))
    if unknown := sum(row["unknown"] for row in rows):
        click.echo(words["margin.unknown"].format(lines=unknown))
