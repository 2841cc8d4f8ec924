# SPDX-License-Identifier: Apache-2.0
"""`entrepot customs way` and `merge`: which way goods may go, and the monthly merge of 9610."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from entrepot.customs.ways.rules import LIMITS
from entrepot.customs.ways.telling import LANGUAGES, printable, say
from entrepot.engine.write import FORMATS as WRITE
from entrepot.pipelines.ways import judge_ways, merge_lists

_SHOWN = 20


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    options = (
        click.option(
            "--language",
            type=click.Choice(LANGUAGES),
            default="en",
            show_default=True,
            help="What is told in.",
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Folder for the tables; one that was written before is replaced.",
        ),
        click.option(
            "--write",
            "file_format",
            type=click.Choice(WRITE),
            default="csv",
            show_default=True,
            help="How the tables are written.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the report for a program."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("way")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--limits",
    default=LIMITS,
    show_default=True,
    metavar="PACK",
    help="Pack with the list limit, such as own/limits.",
)
@_options
def way(
    file: Path, limits: str, language: str, out: Path | None, file_format: str, as_json: bool
) -> None:
    """Tell by which of 9610, 9710, 9810 and 1210 goods may go, by list or form, and why.

    FILE is a table of goods: ticket, line_no, on, buyer, value and what is known of licence,
    inspection, export_duty, refund_wanted, pilot_zone, special_area. Exit code 1 where a ticket has
    no way that is open.

    Example: entrepot customs way examples/ways/goods.csv
    """
    report = judge_ways(file, out, file_format, limits)
    _show(report, as_json, _told_ways(report, language), out, language)
    if report["counts"]["ask"] or report["counts"]["refused"]:
        raise click.exceptions.Exit(1)


@click.command("merge")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--closed-on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Day customs closed the lists of messages.",
)
@_options
def merge(
    paths: tuple[Path, ...],
    closed_on: datetime | None,
    language: str,
    out: Path | None,
    file_format: str,
    as_json: bool,
) -> None:
    """Merge lists of 9610 into the export declaration forms of a month, each with its last day.

    PATH is a table of lists, or messages 603 with --closed-on. Exit code 1 where units differ, so
    that quantities cannot be added.

    Example: entrepot customs merge examples/ways/lists.csv
    """
    report = merge_lists(paths, closed_on.date() if closed_on else None, out, file_format)
    _show(report, as_json, _told_merge(report, language), out, language)
    if report["units_differ"]:
        raise click.exceptions.Exit(1)


def _show(
    report: dict[str, Any], as_json: bool, lines: Iterator[str], out: Path | None, language: str
) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    for line in lines:
        click.echo(printable(line))
    if out:
        click.echo("\n" + say(language)["told"]["written"].format(out=out))


def _told_ways(report: dict[str, Any], language: str) -> Iterator[str]:
    words, told = say(language), say(language)["told"]
    for ticket in report["tickets"][:_SHOWN]:
        first = ticket["ways"][0] if ticket["ways"] else None
        if first:
            buyer = words["buyer"][first["buyer"]]
            value = f"{int(first['value'][:-3]):,}{first['value'][-3:]}"
            yield told["heading"].format(**first | {"buyer": buyer, "value": value})
        # What is open comes first, then what hangs on an answer.
        for each in sorted(ticket["ways"], key=lambda way: _RANK[way["verdict"]]):
            yield told["way"].format(
                verdict=told[each["verdict"]],
                name=each[f"name_{language}"],
                confidence=each["confidence"],
                reason=each[f"reason_{language}"],
            )
            if each["verdict"] == "open":
                yield told["sent"].format(
                    sent=each[f"sent_{language}"], then=each[f"then_{language}"]
                )
        yield ""
    judged = sum(report["counts"].values())
    if judged > _SHOWN:
        yield told["more"].format(count=f"{judged - _SHOWN:,}")
    yield told["summary"].format(tickets=judged, **report["counts"])
    yield told["not_law"]


_RANK = {"open": 0, "ask": 1, "refused": 2}


def _told_merge(report: dict[str, Any], language: str) -> Iterator[str]:
    told = say(language)["told"]
    for form in report["forms"][:_SHOWN]:
        yield told["form"].format(**form | {"items": len(form["items"])})
        for item in form["items"][:_SHOWN]:
            yield told["item"].format(**item)
    if len(report["forms"]) > _SHOWN:
        yield told["more"].format(count=f"{report['counts']['forms'] - _SHOWN:,}")
    for key in report["units_differ"][:_SHOWN]:
        yield told["differ"].format(key=" / ".join(key))
    counts = report["counts"]
    yield told["merged"].format(
        lists=f"{counts['lists']:,}", forms=f"{counts['forms']:,}", left=f"{counts['not_merged']:,}"
    )
    yield told["merge_key"]
