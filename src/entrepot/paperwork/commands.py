# SPDX-License-Identifier: Apache-2.0
"""`entrepot papers`: documents for customs and trade, as PDF and as data."""

from __future__ import annotations

from pathlib import Path

import click

from entrepot.papers.words import Language
from entrepot.paperwork.actions import KINDS
from entrepot.paperwork.actions import make as make_document

_LANGUAGES: dict[str, Language] = {"zh": "zh", "en": "en", "both": "zh+en"}


@click.group("papers")
def papers() -> None:
    """Make documents for customs and trade."""


@papers.command("make")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for documents: each gets a folder in it, which is replaced.",
)
@click.option(
    "--language",
    type=click.Choice(list(_LANGUAGES)),
    default="both",
    show_default=True,
    help="What the document is written in.",
)
@click.option("--data", is_flag=True, help="Write what it says as well, for programs.")
def make(kind: str, file: Path, out: Path, language: str, data: bool) -> None:
    """Make a document of FILE, which says in TOML or JSON what stands on it.

    All mistakes of the file are told at once, and nothing is written then.

    Example: entrepot papers make booking-order examples/papers/booking-order.toml --out out/papers
    """
    for name in make_document(kind, file, out, _LANGUAGES[language], data=data):
        click.echo(str(out / name))
