# SPDX-License-Identifier: Apache-2.0
"""`entrepot returns`: the clocks of units abroad, and which units came home."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from entrepot.customs.returns.telling import LANGUAGES, say
from entrepot.engine.write import FORMATS
from entrepot.pipelines.returning import clocks, prove_home
from entrepot.pipelines.walk.printable import printable
from entrepot.pipelines.words import language

_SHOWN = 20


@click.group("returns")
def returns() -> None:
    """Say until when exported goods may return through customs, and prove which came home."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument and options that both commands have."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print everything, for programs."),
        click.option(
            "--lang", type=click.Choice(LANGUAGES), help="Without it, that of the terminal."
        ),
        click.option(
            "--write",
            "file_format",
            type=click.Choice(FORMATS),
            default="csv",
            show_default=True,
            help="How the table is written.",
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Folder for the table; one that was written before is replaced.",
        ),
        click.argument("closed", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


@returns.command("clocks")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Day to count from; without it, that of the close.",
)
@click.option(
    "--within",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    metavar="DAYS",
    help="What ends in so many days is about to lapse.",
)
@click.option("--sold", "with_sold", is_flag=True, help="Lines too whose units are all sold.")
@_options
def clocks_(
    closed: Path,
    as_of: datetime | None,
    within: int,
    with_sold: bool,
    out: Path | None,
    file_format: str,
    lang: str | None,
    as_json: bool,
) -> None:
    r"""Say of every declaration line with units abroad which clock runs until when.

    CLOSED is the folder that `entrepot close` wrote. The return is judged at the original customs;
    what a close does not know, such as what is food, is left to be asked.

    \b
    Example: entrepot returns clocks out/closed --within 60
    """
    report = clocks(
        closed,
        as_of.date() if as_of else None,
        within=within,
        with_sold=with_sold,
        out=out,
        file_format=file_format,
    )
    _show(report, _told_clocks, as_json, lang, out)


@returns.command("prove")
@click.option(
    "--identities",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Table of numbers scanned out and home; without it all is assumed.",
)
@_options
def prove(
    closed: Path,
    identities: Path | None,
    out: Path | None,
    file_format: str,
    lang: str | None,
    as_json: bool,
) -> None:
    r"""Say of units sent home which declaration line they left under, and how that is known.

    CLOSED is the folder that `entrepot close` wrote. Exit code 1 where a number was scanned home
    that did not leave, or more came than the close has sent home.

    \b
    Example: entrepot returns prove out/closed --identities examples/returns/identities.csv
    """
    report = prove_home(closed, identities, out=out, file_format=file_format)
    _show(report, _told_proofs, as_json, lang, out)
    if report["beyond"] or report["units"].get("not_matched"):
        raise click.exceptions.Exit(1)


def _show(
    report: dict[str, Any],
    tell: Callable[[dict[str, Any], str], Iterator[str]],
    as_json: bool,
    lang: str | None,
    out: Path | None,
) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False, default=str))
        return
    chosen = language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))
    for line in tell(report, chosen):
        click.echo(printable(line))
    if out:
        click.echo(say(chosen)["told"]["written"].format(out=out))


def _told_clocks(report: dict[str, Any], lang: str) -> Iterator[str]:
    words = say(lang)
    told, lines = words["told"], report["lines"]
    for row in lines[:_SHOWN]:
        yield told["line"].format(**row)
        for clock in ("customs", "relief"):
            until, days = row[f"{clock}_until"], row[f"{clock}_days"]
            left = "none" if until is None else "over" if days < 0 else "left"
            yield told[clock].format(
                verdict=words["verdict"][row[clock]],
                sure=row[f"{clock}_sure"],
                until=told[left].format(until=until, days=abs(days or 0)),
            )
        if row["refund_claimed"]:
            yield told["repay"]
    if len(lines) > _SHOWN:
        yield told["more"].format(lines=len(lines) - _SHOWN)
    for clock in ("relief", "customs"):
        yield told[f"{clock}_lapsing"].format(within=report["within"], **report["lapsing"][clock])
    if report["unknown_origin"]:
        yield told["unknown_origin"].format(units=report["unknown_origin"])
    yield told["asked"]


def _told_proofs(report: dict[str, Any], lang: str) -> Iterator[str]:
    told, lines = say(lang)["told"], report["lines"]
    for row in lines[:_SHOWN]:
        scan = f"{row['kind']} {row['identity']}" if row["identity"] else "-"
        line = f"{row['declaration_no']}/{row['item_no']}" if row["declaration_no"] else "-"
        proof = told[f"proof_{row['proof']}"]
        yield f"{row['sku']}  {row['quantity']}  {scan}  {line}  {proof}"
    if len(lines) > _SHOWN:
        yield told["more"].format(lines=len(lines) - _SHOWN)
    for sku, units in report["beyond"].items():
        yield told["beyond"].format(sku=sku, units=units)
    if not lines:
        yield told["nothing_home"]
    if report["units"].get("assumed") or report["units"].get("shared"):
        yield told["assumption"]
