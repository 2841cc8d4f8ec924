# SPDX-License-Identifier: Apache-2.0
"""`entrepot bank`: what banks say happened on an account, and which payouts arrived."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from entrepot.bank.actions import FORMATS, bank_report, matched
from entrepot.bank.matching import Rules
from entrepot.bank.reporting import fits, told, told_matched


@click.group("bank")
def bank() -> None:
    """Read bank statements, and match payouts to what arrived."""


def _read_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how statements are read."""
    options = (
        click.option(
            "--format",
            "form",
            required=True,
            type=click.Choice([*FORMATS]),
            help="What the statements are; table: any other, by a mapping.",
        ),
        click.option(
            "--mapping",
            type=click.Path(path_type=Path),
            help="TOML file that says how a table is to be read.",
        ),
        click.option("--encoding", default="", help="Encoding of MT940, if it is not found out."),
        click.option("--json", "as_json", is_flag=True, help="Print the whole report."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@bank.command("read")
@click.argument("path", type=click.Path(path_type=Path))
@_read_options
def read(path: Path, form: str, mapping: Path | None, encoding: str, as_json: bool) -> None:
    """Read bank statements and foot each: opening + entries = closing.

    PATH is a statement or a folder of statements. Exit code 1 where a statement does not foot or
    anything else does not fit.

    Example: entrepot bank read examples/bank/camt --format camt
    """
    report = bank_report(path, form, mapping, encoding)
    _show(report, as_json, told)
    if not fits(report):
        raise click.exceptions.Exit(1)


@bank.command("match")
@click.argument("payouts", type=click.Path(path_type=Path))
@click.argument("path", type=click.Path(path_type=Path))
@_read_options
@click.option(
    "--before", default=1, show_default=True, type=click.IntRange(0, 60), help="Days before."
)
@click.option(
    "--after", default=7, show_default=True, type=click.IntRange(0, 60), help="Days after."
)
@click.option(
    "--less",
    default=5,
    show_default=True,
    type=click.IntRange(0, 50),
    help="Percent that may be missing in a proposal.",
)
def match(
    payouts: Path,
    path: Path,
    form: str,
    mapping: Path | None,
    encoding: str,
    as_json: bool,
    before: int,
    after: int,
    less: int,
) -> None:
    """Match payouts to the credits of bank statements.

    PAYOUTS is what `entrepot settlement read --json` prints, or a CSV with the columns id, paid_on,
    amount, currency, reference and account, the last two if they are known. PATH is a statement or
    a folder of statements. Exit code 1 where something is proposed or open.

    Example: entrepot bank match examples/bank/payouts.csv examples/bank/camt --format camt
    """
    report = matched(payouts, path, form, mapping, encoding, Rules(before, after, less))
    _show(report, as_json, told_matched)
    if not fits(report) or any(row["state"] != "matched" for row in report["rows"]):
        raise click.exceptions.Exit(1)


def _show(report: dict[str, Any], as_json: bool, tell: Callable[..., Any]) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    for line in tell(report):
        click.echo(line)
