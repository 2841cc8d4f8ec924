# SPDX-License-Identifier: Apache-2.0
"""`entrepot rates`: exchange rates with where they come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from entrepot.exchange.actions import Asked, check_rates, is_sound, show_rate, write_rates
from entrepot.exchange.checking import Bounds
from entrepot.exchange.finding import AT_MOST, DAY_RULES
from entrepot.exchange.reporting import LANGUAGES, told
from entrepot.exchange.tables import CNY, ECB

_DAY = click.DateTime(["%Y-%m-%d"])
_PATH = click.Path(path_type=Path)


@click.group("rates")
def rates() -> None:
    """Look exchange rates up, write them into a season, and check tables of them."""


def _which(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which rates count."""
    options = (
        click.option(
            "--table",
            "tables",
            nargs=2,
            multiple=True,
            type=_PATH,
            metavar="FILE MAPPING",
            help="A table of rates and the TOML file that says how it is to be read.",
        ),
        click.option(
            "--source",
            default=ECB,
            show_default=True,
            help="Whose rates: ecb, or what the mapping of a table names.",
        ),
        click.option(
            "--day",
            "rule",
            type=click.Choice([*DAY_RULES]),
            default="same",
            show_default=True,
            help="Which day's rate counts for a day.",
        ),
        click.option("--use", default="", help="What for; a pack then says source and day."),
        click.option(
            "--at-most",
            type=click.IntRange(0, 366),
            default=AT_MOST,
            show_default=True,
            help="Days that a daily rate may be old.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return _telling(command)


def _telling(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how it is told."""
    language = click.option(
        "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Words."
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the whole report.")
    return language(as_json(command))


@rates.command("show")
@click.argument("currency")
@click.option("--on", required=True, type=_DAY, help="The day of the fact.")
@click.option("--into", default=CNY, show_default=True, help="The currency to tell it in.")
@_which
def show(
    currency: str, on: datetime, into: str, language: str, as_json: bool, **which: Any
) -> None:
    """Show what one unit of CURRENCY is on a day, and where that comes from.

    Example: entrepot rates show USD --on 2026-03-01
    """
    _print("shown", show_rate(currency, into, on.date(), Asked(**which)), language, as_json)


@rates.command("write")
@click.argument("target", type=_PATH)
@click.option("--currencies", required=True, metavar="USD,EUR", help="Which, parted by commas.")
@click.option("--from", "first", required=True, type=_DAY, help="The first day.")
@click.option("--to", "last", required=True, type=_DAY, help="The last day.")
@click.option("--replace", is_flag=True, help="Write over other rates of these days.")
@_which
def write(
    target: Path,
    currencies: str,
    first: datetime,
    last: datetime,
    replace: bool,
    language: str,
    as_json: bool,
    **which: Any,
) -> None:
    """Write rates for every day into a season's fx_rates, or into a CSV file of that form.

    TARGET is the folder of a season or a file that ends in .csv. What is there stays; other rates
    for the same days are refused unless --replace is given.

    Example: entrepot rates write out/fx_rates.csv --currencies USD,EUR --from 2026-03-01
    --to 2026-03-31
    """
    codes = [code.strip() for code in currencies.split(",") if code.strip()]
    asked = Asked(**which)
    report = write_rates(target, codes, first.date(), last.date(), asked, replace=replace)
    _print("written", report, language, as_json)


@rates.command("check")
@click.argument("file", type=_PATH)
@click.option("--mapping", type=_PATH, help="TOML file; without it, the form of fx_rates.")
@click.option(
    "--against",
    type=click.Choice([ECB, "nothing"]),
    default=ECB,
    show_default=True,
    help="What to compare with.",
)
@click.option(
    "--jump", default=5, show_default=True, type=click.IntRange(0, 1000), help="Percent at once."
)
@click.option(
    "--differs", default=3, show_default=True, type=click.IntRange(0, 1000), help="Percent apart."
)
@click.option(
    "--gap", default=AT_MOST, show_default=True, type=click.IntRange(1, 366), help="Days."
)
@_telling
def check(
    file: Path,
    mapping: Path | None,
    against: str,
    jump: int,
    differs: int,
    gap: int,
    language: str,
    as_json: bool,
) -> None:
    """Look a table of rates over: repeated, missing, jumping, turned round, or unlike a source.

    Exit code 1 where something is to be mended.

    Example: entrepot rates check examples/rates/parity.csv --mapping examples/rates/parity.toml
    """
    other = "" if against == "nothing" else against
    report = check_rates(file, mapping, other, Bounds(jump, differs, gap))
    _print("checked", report, language, as_json)
    if not is_sound(report):
        raise click.exceptions.Exit(1)


def _print(kind: str, report: dict[str, Any], language: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    for line in told(kind, report, language):
        click.echo(line)
