# SPDX-License-Identifier: Apache-2.0
"""`entrepot collection`: what foreign exchange came of each declaration by its day."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from entrepot.finance.tables_collection import CAME, MISSING, STATES, TO_COME
from entrepot.pipelines.collection import declarations
from entrepot.pipelines.words import LANGUAGES, WORDS, language

#: A line is as wide as it has to be: an amount that is cut short is none.
_WIDE = 100_000
_HEADS = (
    "declaration_no",
    "due_by",
    "fob",
    "explained",
    "came",
    "counts",
    "not_sold",
    "open",
    "claimed",
    "state",
)
_TEXTS = {"declaration_no", "due_by", "state"}
#: Steps that have words of their own elsewhere.
_STEP_WORDS = {name: f"step.{name}" for name in ("price", "refunds", "exchange")} | {
    "fob": "step.fob"
}
#: States in which something is to be kept or proven.
_PROVEN = ("late", "explained")


@click.command("collection")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--state", type=click.Choice(STATES), help="Only declarations in this state.")
@click.option("--by", "by", type=click.DateTime(["%Y-%m-%d"]), help="Only those due by this day.")
@click.option("--declaration", "number", metavar="NO", help="Only this one, step by step.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Declarations to show; --json shows all.",
)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Without it, the language of the terminal."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything, for programs.")
def collection(
    out: Path,
    state: str | None,
    by: datetime | None,
    number: str | None,
    limit: int,
    lang: str | None,
    as_json: bool,
) -> None:
    r"""Show what foreign exchange came of each declaration, and what is missing by which day.

    OUT is the folder that `entrepot close` wrote. Exit code 1 where one of those shown is late.

    \b
    Example: entrepot collection out/closed --state late
    """
    told = declarations(out, state, by.date() if by else None, number)
    rows = told["declarations"]
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False, default=str))
    else:
        words = WORDS[language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))]
        if number:
            for row in rows:
                _show_steps(row, words)
        else:
            _show(rows[:limit], words)
            if len(rows) > limit:
                click.echo(words["collection.more"].format(declarations=len(rows) - limit))
        for line in _told(told, words):
            click.echo(line)
    if any(row["state"] == "late" for row in rows):
        raise click.exceptions.Exit(1)


def _show(rows: list[dict[str, Any]], words: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in _HEADS:
        head = words[f"collection.head_{name}"]
        table.add_column(head, justify="left" if name in _TEXTS else "right")
    for row in rows:
        its = row | {"state": words[f"collection.{row['state']}"], "due_by": str(row["due_by"])}
        table.add_row(*(its[n] if n in _TEXTS else _money(its[n], words) for n in _HEADS))
    if rows:
        Console(width=_WIDE, highlight=False, markup=False, emoji=False).print(table)


def _show_steps(row: dict[str, Any], words: dict[str, str]) -> None:
    """From the declared value to what is missing, and what payouts brought."""
    from rich.console import Console
    from rich.table import Table

    due = {"declaration": row["declaration_no"], "due": row["due_by"]}
    fob = f"{row['fob_amount']:,} {row['fob_currency']}"
    state = words[f"collection.{row['state']}"]
    click.echo(words["collection.missing"].format(**due, fob=fob, state=state))
    if row["contract_by"]:
        click.echo(words["collection.contract"].format(**due, contract=row["contract_by"]))
    table = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    table.add_column(width=2)
    table.add_column(min_width=34)
    table.add_column(justify="right", min_width=16)
    names = (*TO_COME, *CAME, *MISSING, "over", "claimed")
    for name in names:
        if row[name] != 0 or name == "fob":
            label = words[_STEP_WORDS.get(name, f"collection.{name}")]
            table.add_row("", label, _money(row[name], words))
    Console(width=_WIDE, highlight=False, markup=False, emoji=False).print(table)
    for each in row["payouts"]:
        of = f"{each['account']}/{each['entry_no']}/{each['entry_line']}"
        told = f"{each['channel']} {each['settlement_no']}"
        amount = f"{each['amount']:,} {each['currency']}"
        click.echo(f"  {each['booked_on']}  {of}  {told}  {amount}")


def _told(told: dict[str, Any], words: dict[str, str]) -> Iterator[str]:
    """Sums by state with what to do, what to keep, and on what it rests."""
    if not told["declarations"]:
        yield words["collection.none"]
        return
    yield ""
    for state, sums in told["totals"].items():
        yield words["collection.total"].format(
            state=words[f"collection.{state}"],
            declarations=sums["declarations"],
            missing=_money(sums["missing"], words),
            claimed=_money(sums["claimed"], words),
        )
        yield "  " + words[f"collection.do_{state}"]
    if any(state in _PROVEN for state in told["totals"]):
        yield words["collection.form"]
    for rule in told["rules"]:
        yield words["collection.rule"].format(
            kind=words[f"collection.{rule['kind']}"],
            source=rule["source_zh" if words is WORDS["zh"] else "source"],
            mark=words[f"mark.{rule['confidence']}"],
        )


def _money(amount: Decimal | None, words: dict[str, str]) -> str:
    return words["netting.no_rate"] if amount is None else f"{amount:,}"
