# SPDX-License-Identifier: Apache-2.0
"""`entrepot report`: the page and the workbook of a close again, in another language."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from entrepot.pipelines.report.render import PAGE, WORKBOOK, read_figures, render
from entrepot.pipelines.words import LANGUAGES, WORDS, language


@click.command("report")
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="Language of the report; without it, that of the terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Print report.json, its figures.")
def report(out: Path, lang: str | None, as_json: bool) -> None:
    """Render report.html and report.xlsx of a close again.

    OUT is a folder that `entrepot close` wrote. The figures are those of that close, kept in
    report.json: the season is not needed, and nothing is worked out anew.
    """
    figures = read_figures(out)
    asked = language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))
    render(out, figures, asked)
    if as_json:
        click.echo(json.dumps(figures, indent=2, ensure_ascii=False))
        return
    words = WORDS[asked]
    click.echo(words["report"].format(page=out / PAGE))
    click.echo(words["workbook"].format(path=out / WORKBOOK))
