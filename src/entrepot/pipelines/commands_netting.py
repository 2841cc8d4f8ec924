# SPDX-License-Identifier: Apache-2.0
"""`entrepot netting`: both gross sides, what came home of a declaration, a receipt's evidence."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from entrepot.finance.tables_bank import STEPS
from entrepot.pipelines.evidence import gather
from entrepot.pipelines.nettings import both_sides, of_declaration
from entrepot.pipelines.progress import telling
from entrepot.pipelines.words import LANGUAGES, WORDS, language

_OUT = click.argument("out", type=click.Path(path_type=Path))
_LANG = click.option(
    "--lang", "lang", type=click.Choice(LANGUAGES), help="Without it, that of the terminal."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print everything, for programs.")
#: A line is as wide as it has to be: an amount that is cut short is none.
_WIDE = 100_000
#: Stages that gathering tells of.
_STAGES = 2


@click.group("netting")
def netting() -> None:
    """Show both gross sides of what was netted (轧差), and prove what came home."""


@netting.command("show")
@_OUT
@click.option("--channel", metavar="NAME", help="Only settlements of this channel.")
@click.option("--settlement", metavar="NO", help="Only this settlement.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Settlements to show; --json shows all.",
)
@_LANG
@_JSON
def show(
    out: Path,
    channel: str | None,
    settlement: str | None,
    limit: int,
    lang: str | None,
    as_json: bool,
) -> None:
    r"""Show gross proceeds, what was netted and on what it rests, and what came.

    OUT is the folder that `entrepot close` wrote of a season with settlements.

    \b
    Example: entrepot netting show out/closed --channel amazon-de
    """
    told = both_sides(out, channel, settlement)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False, default=str))
        return
    words = _words(lang)
    rows = told["settlements"]
    if not rows:
        click.echo(words["netting.none"])
    for row in rows[:limit]:
        _show_settlement(row, words)
    if len(rows) > limit:
        click.echo(words["netting.more"].format(settlements=len(rows) - limit))
    for year in told["years"]:
        _show_year(year, words)


def _show_settlement(row: dict[str, Any], words: dict[str, str]) -> None:
    click.echo(f"{row['channel']} {row['settlement_no']} {row['currency']}")
    lines = [
        [words[f"netting.{each['kind']}"], words.get(f"basis.{each['basis']}", ""), each["amount"]]
        for each in row["kinds"]
    ]
    lines += [[words["netting.net"], "", row["net"]]]
    for name in ("payout", "received"):
        if row[name] is not None:
            day = row["paid_on" if name == "payout" else "received_on"]
            lines.append([words[f"netting.{name}"], f"{day or ''}", row[name]])
    lines += [
        [words["netting.gross_in"], words["netting.restored"], row["given"]],
        [words["netting.gross_out"], words["netting.restored"], row["taken"]],
    ]
    _show_table(lines)


def _show_year(row: dict[str, Any], words: dict[str, str]) -> None:
    def usd(amount: Decimal | None) -> str:
        return words["netting.no_rate"] if amount is None else f"{amount:,}"

    click.echo(
        words["netting.year"].format(
            year=row["year"],
            received=usd(row["received"]),
            gross=usd(row["gross"]),
            limit=f"{row['limit']:,}",
            state=words[f"netting.state_{row['state'] or 'unknown'}"],
        )
    )


@netting.command("declaration")
@_OUT
@click.argument("number")
@_LANG
@_JSON
def declaration(out: Path, number: str, lang: str | None, as_json: bool) -> None:
    r"""Walk from the declared value of a declaration to what came home of it, in CNY.

    OUT is the folder that `entrepot close` wrote of a season with bank entries, NUMBER that of a
    declaration. Every difference has its reason, and the reasons sum to it.

    \b
    Example: entrepot netting declaration out/closed 310120250000000001
    """
    rows = of_declaration(out, number)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False, default=str))
        return
    words = _words(lang)
    for row in rows:
        click.echo(
            words["netting.line"].format(
                number=row["declaration_no"],
                item=row["item_no"],
                sku=row["sku"],
                fob=f"{row['fob_amount']:,} {row['fob_currency']}",
            )
        )
        if row["received"] is None:
            click.echo("  " + words["netting.no_rate"])
            continue
        names = [name for name in STEPS if name == "fob" or row[name]]
        _show_table([[words[f"step.{name}"], "", row[name]] for name in (*names, "received")])
        for each in row["receipts"]:
            of = f"{each['account']}/{each['entry_no']}/{each['entry_line']}"
            click.echo(
                "  "
                + words["netting.receipt"].format(
                    day=each["booked_on"],
                    of=of,
                    amount=f"{each['amount']:,} {each['currency']}",
                    orders=each["orders"],
                )
            )


@netting.command("evidence")
@_OUT
@click.argument("season", type=click.Path(path_type=Path))
@click.option(
    "--receipt",
    nargs=3,
    required=True,
    metavar="ACCOUNT ENTRY LINE",
    type=(str, str, click.IntRange(min=0)),
    help="The entry of a payout, as in bank.",
)
@click.option(
    "--to", "to", required=True, type=click.Path(path_type=Path), help="The folder to fill."
)
@click.option(
    "--paper",
    "papers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file to lay beside, such as the bank's advice; may be given again.",
)
@_LANG
@_JSON
def evidence(
    out: Path,
    season: Path,
    receipt: tuple[str, str, int],
    to: Path,
    papers: tuple[Path, ...],
    lang: str | None,
    as_json: bool,
) -> None:
    r"""Gather what proves a receipt in one folder, with an index and hashes.

    OUT is the folder that `entrepot close` wrote of SEASON, which may not have changed since. A
    folder that was gathered before is replaced. Exit code 1 where something is missing that a bank
    would ask for.

    \b
    Example: entrepot netting evidence out/closed season --receipt CN1 E1 0 --to out/evidence
    """
    account, entry, line = receipt
    with telling(_STAGES) as tell:
        found = gather(out, season, (account, entry, str(line)), to, papers, tell)
    if as_json:
        told = {"index": found.index, "missing": found.missing, "sha256": found.sha256}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        words = _words(lang)
        what = "what_zh" if words is WORDS["zh"] else "what"
        _show_table([[row["file"], str(row[what]), str(row["rows"])] for row in found.index])
        for each in found.missing:
            click.echo(words["netting.missing"].format(what=each))
        click.echo(words["netting.index"].format(folder=to, sha256=found.sha256))
    if found.missing:
        raise click.exceptions.Exit(1)


def _words(lang: str | None) -> dict[str, str]:
    return WORDS[language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))]


def _show_table(rows: list[list[Any]]) -> None:
    """Rows of a name, a remark and an amount or count, indented."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    table.add_column(width=2)
    table.add_column(min_width=26, overflow="fold")
    table.add_column(min_width=12, overflow="fold")
    table.add_column(justify="right", min_width=14)
    for name, remark, amount in rows:
        shown = f"{amount:,}" if isinstance(amount, Decimal) else str(amount)
        table.add_row("", name, remark, shown)
    Console(width=_WIDE, highlight=False, markup=False, emoji=False).print(table)
