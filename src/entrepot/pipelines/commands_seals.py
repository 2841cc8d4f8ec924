# SPDX-License-Identifier: Apache-2.0
"""`entrepot seals`: which days of a season are sealed and amended, and whether all is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import click

from entrepot.pipelines.sealing.chain import FOLDER, Chain, Seal, read_chain
from entrepot.pipelines.sealing.telling import SHORT, counted
from entrepot.pipelines.words import LANGUAGES, WORDS, language


@click.command("seals")
@click.argument("season", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--seals",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the seals lie, if not in the season.",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="Language of the list; without it, that of the terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the list for a program to read.")
def seals(season: Path, folder: Path | None, lang: str | None, as_json: bool) -> None:
    """List the seals and amendments of a season, and prove that nothing sealed was changed."""
    chain = read_chain(folder or season / FOLDER)
    if as_json:
        click.echo(json.dumps(_facts(chain), ensure_ascii=False, indent=2))
    else:
        words = WORDS[language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", ""))]
        for line in _lines(chain, words):
            click.echo(line)
    if chain.broken:
        raise click.exceptions.Exit(1)


def _lines(chain: Chain, words: Mapping[str, str]) -> Iterator[str]:
    if not chain.seals and not chain.broken:
        yield words["seals_none"].format(folder=chain.folder)
        return
    broken = {each.number for each in chain.broken}
    for seal in chain.seals:
        state = words["seals_broken" if seal.number in broken else "seals_whole"]
        moment = str(seal.about["made_at"])[:16].replace("T", " ")
        by = words["seals_by"].format(by=seal.about["by"]) if seal.about["by"] else ""
        yield f"{seal.number:04d}  {moment} UTC  {seal.sha256[:SHORT]}  {state}{by}"
        yield from _periods(seal, words)
    if broken:
        yield ""
        yield from (each.text for each in chain.broken)
    else:
        yield words["seals_all_whole"]


def _periods(seal: Seal, words: Mapping[str, str]) -> Iterator[str]:
    if not seal.periods:
        yield "      " + words["seals_checked"].format(**seal.about["program"])
    for period in seal.periods:
        about = period.about
        if not period.is_amended:
            yield "      " + words["seals_sealed"].format(as_of=period.as_of)
            continue
        yield "      " + words["seal_amended"].format(
            as_of=period.as_of,
            figures=sum(about["figures"].values()),
            tables=counted(about["figures"], words),
            reason=about["reason"],
        )


def _facts(chain: Chain) -> dict[str, object]:
    told = ("number", "sha256", "before", "made_at", "by", "program")
    of_period = ("as_of", "kind", "of", "reason", "figures", "causes")
    return {
        "folder": str(chain.folder),
        "seals": [
            {name: seal.about[name] for name in told}
            | {
                "periods": [
                    {name: each.about[name] for name in of_period if name in each.about}
                    for each in seal.periods
                ]
            }
            for seal in chain.seals
        ],
        "broken": [asdict(each) for each in chain.broken],
    }
