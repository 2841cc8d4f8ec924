# SPDX-License-Identifier: Apache-2.0
"""`entrepot close`: from a season's tables to a traced, refundable, proven book."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len

from entrepot.engine.named import ENGINES
from entrepot.engine.write import FORMATS
from entrepot.finance.tables_bank import SHOWN_STEPS
from entrepot.finance.tables_margin import OF_GOODS, OF_ORDERS, OF_RECEIPTS, OF_REFUNDS
from entrepot.pipelines.progress import telling
from entrepot.pipelines.report.render import PAGE
from entrepot.pipelines.runs import STAGES, Options, run_close
from entrepot.pipelines.sealing.guard import wish
from entrepot.pipelines.sealing.telling import seal_lines
from entrepot.pipelines.season import SEASON
from entrepot.pipelines.words import LANGUAGES, WORDS, language

#: What a person reads of a VAT period, and of how many of them.
_PERIOD = ("refund", "offset", "payable", "credit_after", "refundable_after")
_LATEST = 13


@click.command("close")
@click.argument("season", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to write; an earlier close there is replaced once this one is complete.",
)
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(ENGINES),
    default="duckdb",
    show_default=True,
    help="DuckDB spills to disk; Polars keeps everything in memory; Spark runs on a cluster.",
)
@click.option(
    "--master",
    default="",
    metavar="URL",
    help="Where Spark runs, such as spark://host:7077; without it, on this machine.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Close for this day, in place of the one in season.toml.",
)
@click.option(
    "--memory",
    default="",
    metavar="SIZE",
    help="What DuckDB may take, such as 2GB: the rest goes to disk beside OUT. The whole process "
    "takes up to 0.5GB more.",
)
@click.option(
    "--write",
    "file_format",
    type=click.Choice(FORMATS),
    default="parquet",
    show_default=True,
    help="How the tables are written.",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="Language of summary and report; without it, that of the terminal.",
)
@click.option(
    "--final",
    is_flag=True,
    help="Seal the day: from now on, a close that would change these figures refuses.",
)
@click.option(
    "--amend",
    metavar="WHY",
    help="Where sealed figures change, write an amendment that lists each, with this reason.",
)
@click.option("--by", default="", metavar="NAME", help="Who seals or amends; else the login name.")
@click.option(
    "--seals",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where seals are kept, if not in the season's own folder sealed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print run.json instead of a summary.")
def close(
    season: Path,
    out: Path,
    engine_name: str,
    as_of: datetime | None,
    memory: str,
    master: str,
    file_format: str,
    lang: str | None,
    final: bool,
    amend: str | None,
    by: str,
    seals: Path | None,
    as_json: bool,
) -> None:
    """Close a season: trace every unit, and write stock, refunds, book and exceptions.

    SEASON is a folder with season.toml and one file per table (CSV, CSV.gz, Parquet or Excel).
    """
    asked = Options(
        engine=engine_name,
        as_of=as_of.date() if as_of else None,
        memory=memory,
        master=master,
        file_format=file_format,
        language=language(lang, os.environ.get("LC_ALL") or os.environ.get("LANG", "")),
        seals=wish(final=final, amend=amend, by=by, folder=seals),
    )
    with telling(STAGES) as tell:
        run = run_close(season, out, asked, tell)
    if as_json:
        click.echo(json.dumps(run, indent=2, ensure_ascii=False))
        return
    words = WORDS[asked.language]
    for line in summary_lines(run, words):
        click.echo(line)
    click.echo("\n" + words["tables"].format(out=out))
    click.echo(words["report"].format(page=out / PAGE))


def summary_lines(run: dict[str, Any], words: dict[str, str]) -> list[str]:
    """What a person reads first: units, refunds, what is due by when, what did not fit."""
    summary = run["summary"]
    lines = [words["closed"].format(name=run["name"], as_of=run["as_of"]), "", words["units"]]
    lines += [f"  {_padded(words[fate], 14)}{n:>13,}" for fate, n in summary["units"].items()]
    if "periods" in summary:
        lines += ["", words["periods"], *_period_lines(summary["periods"], words)]
    else:
        lines += ["", words["refund"]]
        lines += [
            f"  {_padded(words[name], 34)}{_money(amount)}"
            for name, amount in summary["refund"].items()
        ]
    if summary["due"]:
        lines += ["", words["due"]]
    for each in summary["due"]:
        by = words["by"].format(day=each["by"]) if each["by"] else words["now"]
        lines.append(
            f"  {_padded(by, 14)}{_money(each['money'])}  {each['lines']:>7,} {words[each['what']]}"
        )
    lines += _money_lines(summary.get("money", {}), summary.get("costs", {}), words)
    lines += _margin_lines(summary.get("margin"), words)
    lines += _exchange_lines(summary.get("exchange"), words)
    lines += _tied_lines(summary.get("tied"), words)
    lines += _collected_lines(summary.get("collected"), words)
    misfits = summary["exceptions"] | summary.get("money_exceptions", {})
    if misfits:
        lines += ["", words["exceptions"]]
    lines += [f"  {code:<26}{rows:>9,}" for code, rows in misfits.items()]
    out = [
        words["of"].format(rows=rows, table=name) for name, rows in run["left_out"].items() if rows
    ]
    if out:
        lines += ["", words["left_out"].format(as_of=run["as_of"], tables=", ".join(out))]
    if run["unknown"]:
        columns = ", ".join(_not_recorded(run["unknown"]))
        version, newest = run["season_schema"], run["schema_version"]
        lines += ["", words["older"].format(version=version, newest=newest, columns=columns)]
    seals = list(seal_lines(run, words))
    if seals:
        lines += ["", *seals]
    return lines


def _money_lines(
    money: dict[str, dict[str, Any]], costs: dict[str, dict[str, Any]], words: dict[str, str]
) -> list[str]:
    """What was settled, paid out and charged in each currency, and what is still to be paid out."""
    told = [
        (currency, name, sums[name])
        for currency, sums in money.items()
        for name in ("settled", "paid_out", "open")
    ]
    told += [(currency, "booked", sums["booked"]) for currency, sums in costs.items()]
    if not told:
        return []
    lines = ["", words["money" if money else "costs"]]
    return lines + [
        f"  {_padded(f'{currency} {words[name]}', 34)}{_money(amount)}"
        for currency, name, amount in told
    ]


def _margin_lines(margin: dict[str, Any] | None, words: dict[str, str]) -> Iterator[str]:
    """What was earned with all order lines, part by part."""
    if margin is None:
        return
    yield from ("", words["margin"])
    settled = sum(Decimal(margin[name]) for name in (*OF_ORDERS, "shared"))
    told = margin | {"settled": str(settled)}
    for name in ("sold", "settled", "costs", *OF_RECEIPTS, *OF_GOODS, "margin"):
        yield f"  {_padded(words[f'margin.{name}'], 34)}{_money(told[name])}"
    if margin["unknown"]:
        yield "  " + words["margin.unknown"].format(lines=margin["unknown"])
    if Decimal(margin.get("refundable", 0)):
        yield from ("", words["refunds"])
        for name in OF_REFUNDS:
            yield f"  {_padded(words[f'margin.{name}'], 34)}{_money(margin[name])}"


def _exchange_lines(exchange: dict[str, Any] | None, words: dict[str, str]) -> Iterator[str]:
    """What foreign money gained or lost."""
    if exchange is None:
        return
    yield from ("", words["exchange"])
    for name, amount in exchange.items():
        yield f"  {_padded(words[f'exchange.{name}'], 34)}{_money(amount)}"


def _tied_lines(tied: dict[str, Any] | None, words: dict[str, str]) -> Iterator[str]:
    """What cash goods tie up, and for how many days."""
    if tied is None:
        return
    yield from ("", words["tied"])
    for name, value in tied.items():
        if value is not None:
            told = f"{value:>20,}" if name.endswith("_days") else _money(value)
            yield f"  {_padded(words[f'tied.{name}'], 34)}{told}"


def _collected_lines(collected: dict[str, Any] | None, words: dict[str, str]) -> Iterator[str]:
    """From what was declared to what came home, step by step."""
    if collected is None:
        return
    yield from ("", words["collected"])
    for name, steps in SHOWN_STEPS:
        amount = str(sum(Decimal(collected[step]) for step in steps))
        yield f"  {_padded(words[name], 34)}{_money(amount)}"
    if collected["unknown"]:
        yield "  " + words["collected.unknown"].format(lines=collected["unknown"])


def _period_lines(periods: list[dict[str, Any]], words: dict[str, str]) -> Iterator[str]:
    """The VAT periods of a producing firm, the latest ones, a line each."""
    latest = periods[-_LATEST:]
    heads = [words[f"vat.{name}"] for name in _PERIOD]
    yield "  " + _padded(words["period"], 10) + "".join(_right(head) for head in heads)
    for each in latest:
        amounts = "".join(_right(_money(each[name]).strip()) for name in _PERIOD)
        more = words["open_lines"].format(lines=each["open_lines"]) if each["open_lines"] else ""
        yield f"  {each['period']:<10}{amounts}{more}"
    if len(periods) > _LATEST:
        yield "  " + words["earlier"].format(periods=len(periods) - _LATEST)


def _right(text: str) -> str:
    """A text at the right of a column of amounts; a Chinese character takes two places."""
    return " " * max(1, 17 - cell_len(text)) + text


def _not_recorded(unknown: dict[str, list[str]]) -> Iterator[str]:
    """Columns that an older season does not know; of a table that it does not know, its name."""
    whole = {table.name: len(table.columns) for table in SEASON}
    for table, names in unknown.items():
        if len(names) == whole[table]:
            yield table
        else:
            yield from (f"{table}.{name}" for name in names)


def _padded(text: str, width: int) -> str:
    """A text as wide as `width` columns; a Chinese character takes two."""
    return text + " " * max(1, width - cell_len(text))


def _money(amount: str | None) -> str:
    if amount is None:
        return "–".rjust(20)
    whole, places = amount.split(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{places}".rjust(20)
