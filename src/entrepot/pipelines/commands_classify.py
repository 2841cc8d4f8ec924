# SPDX-License-Identifier: Apache-2.0
"""`entrepot customs classify`: goods looked at as they are declared, by the firm's own tariff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from entrepot.customs.classifying.policy import REFUSE
from entrepot.customs.classifying.telling import LANGUAGES
from entrepot.customs.ways.telling import printable
from entrepot.pipelines.classify import classify_goods

_SHOWN: Final = 50
#: Where goods are declared.
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_WORDS = {
    "en": {
        "refuse": "refused", "look": "look at", "fine": "fine",
        "alike": "  like {sku} ({hs_code} {name}), which shares: {shared}",
        "same": "  accepted before: {hs_code} {name}", "more": "and {count} more; --json has all.",
        "counts": "Goods: {goods}. Refused: {refuse}; to look at: {look}; fine: {fine}.",
        "next": "→",
    },
    "zh": {
        "refuse": "不可申报", "look": "请核对", "fine": "通过",
        "alike": "  相近：{sku}（{hs_code} {name}），共有：{shared}",
        "same": "  上次接受：{hs_code} {name}", "more": "另有 {count} 项，见 --json。",
        "counts": "商品：{goods}。不可申报：{refuse}；请核对：{look}；通过：{fine}。",
        "next": "→",
    },
}  # fmt: skip


@click.command("classify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--tariff", required=True, type=click.Path(path_type=Path), help="The firm's own tariff."
)
@click.option(
    "--accepted", type=click.Path(path_type=Path), help="Lines that customs accepted before."
)
@click.option(
    "--settings", type=click.Path(path_type=Path), help="How severe each check is, as TOML."
)
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Day to look by; today in China."
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="What is told in.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report for a program.")
def classify(
    file: Path,
    tariff: Path,
    accepted: Path | None,
    settings: Path | None,
    on: datetime | None,
    language: str,
    as_json: bool,
) -> None:
    """Look at goods by a tariff: HS code, elements, units, quantity, price, brand, name.

    FILE is a table of goods, as CSV or Excel: sku, hs_code, name_zh, elements, unit, per_unit,
    unit1, per_unit1 and more. No tariff comes with the program. Exit code 1 where goods cannot be
    declared so.

    Example: entrepot customs classify examples/classification/goods.csv --tariff
    examples/classification/tariff.csv
    """
    day = (on or datetime.now(_CHINA)).date()
    report = classify_goods(file, tariff, day, accepted, settings)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for line in _lines(report, language):
            click.echo(printable(line))
    if report["counts"][REFUSE]:
        raise click.exceptions.Exit(1)


def _lines(report: dict[str, Any], language: str) -> Iterator[str]:
    words = _WORDS[language]
    for each in report["goods"][:_SHOWN]:
        yield f"{each['sku']}  {each['hs_code'] or '–'}  {words[each['verdict']]}"
        for finding in each["findings"]:
            severity = words[finding["severity"]]
            yield f"  {severity}: {finding[language]} {words['next']} {finding[f'next_{language}']}"
        for other in each.get("suggestions", ()):
            kind = "alike" if other["shared"] else "same"
            yield words[kind].format(**other | {"shared": ", ".join(other["shared"])})
    if len(report["goods"]) > _SHOWN:
        yield words["more"].format(count=f"{len(report['goods']) - _SHOWN:,}")
    yield words["counts"].format(**report["counts"])
