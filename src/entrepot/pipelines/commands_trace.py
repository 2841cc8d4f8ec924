# SPDX-License-Identifier: Apache-2.0
"""`entrepot trace`: walk from an order, a declaration or an invoice to all that hangs on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from entrepot.errors import Misused
from entrepot.pipelines.words import LANGUAGES, language

#: Columns of a line in a pipe, where nothing says how wide it may be: none is broken.
_WIDE = 100_000


@click.command("trace")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--order", metavar="CHANNEL/NO", help="From an order back to invoices and refund.")
@click.option(
    "--declaration",
    metavar="NO[/ITEM]",
    help="From a declaration item to its invoices and to what became of it.",
)
@click.option(
    "--invoice",
    metavar="NO[/LINE]",
    help="From an invoice line to the declarations it covers and on.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Rows of a branch to show; --json shows all.",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="Language of the tree; without it, that of the terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything, for programs.")
def trace(
    out: Path,
    order: str | None,
    declaration: str | None,
    invoice: str | None,
    limit: int,
    lang: str | None,
    as_json: bool,
) -> None:
    """Walk a unit both ways through what a close wrote.

    OUT is the folder that `entrepot close` wrote. Give one of --order, --declaration and
    --invoice. From an order: the declaration and the invoice behind every unit, the refund, and
    what came back. From a declaration or an invoice: every unit's fate.
    """
    # Imported once it is clear what to do: DuckDB takes longer to load than the help to be shown.
    by, text = _asked({"order": order, "declaration": declaration, "invoice": invoice})
    from entrepot.pipelines.walk.walks import holds, walk

    walked = walk(out, by, text)
    if as_json:
        import json

        click.echo(json.dumps(walked, indent=2, ensure_ascii=False))
    else:
        _show(walked, language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", "")), limit)
    if not holds(walked):
        sys.exit(1)


def _asked(options: dict[str, str | None]) -> tuple[str, str]:
    """The one option that is given, and its text."""
    given = [(name, text) for name, text in options.items() if text is not None]
    if len(given) != 1:
        found = ", ".join(f"--{name}" for name, _ in given) or "none of them"
        raise Misused(
            "Cannot walk from nowhere or from several places at once.",
            f"Found: {found}.",
            "Give one of --order CHANNEL/NO, --declaration NO/ITEM, --invoice NO/LINE.",
        )
    return given[0]


def _show(walked: dict[str, object], language: str, limit: int) -> None:
    from rich.console import Console

    from entrepot.pipelines.walk.tree import trees

    is_asked = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(width=None if is_asked else _WIDE, highlight=False, markup=False, emoji=False)
    for each in trees(walked, language, limit):
        console.print(each)
