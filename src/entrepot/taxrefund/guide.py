# SPDX-License-Identifier: Apache-2.0
"""Renders the guide to refunds for overseas-warehouse exports from the packs.

The text is the pack `cn/refund_guide`; the figures in it are filled from `cn/refund_deadlines` and
`cn/refund_form` as in force on the day the guide was last checked; the worked dates are computed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.packs.read import in_force, read
from entrepot.taxrefund.deadlines import (
    CALENDAR,
    DEADLINES,
    advance_deadlines,
    claim_deadlines,
)

if TYPE_CHECKING:
    from entrepot.packs.read import Pack, Row

GUIDE = "cn/refund_guide"
FORM = "cn/refund_form"
LANGUAGES = ("en", "zh")

#: Days of the worked examples: advances finished, and goods exported.
FINISHED_ON = (date(2025, 2, 13), date(2026, 1, 2))
EXPORTED_ON = (date(2026, 3, 15), date(2028, 2, 29))

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_WORDS = {
    "en": {
        "head": """# Refund for exports to an overseas warehouse

For a trading firm that exports under customs supervision mode 9810, sells abroad later, and
claims the VAT refund (免退税) before or after the sale. Not legal advice: every step names its
source and how sure it is. Last checked on {checked_on}.

[中文](refund-overseas-warehouse.zh.md)
""",
        "marks": "## How sure",
        "mark": "- **{mark}**: {meaning}.",
        "steps": "## The steps",
        "source": "Source: {source}.",
        "sure": "How sure: **{mark}**. {checked}.",
        "see": "Where the program shows it: `{see}`.",
        "advances": """## Worked dates: an advance refund

Column names are those of the table `advances`.

| finished_on | reconcile_from | legal_until | file_by |
|---|---|---|---|""",
        "unknown": "not known yet",
        "claims": """## Worked dates: an ordinary claim

Column names are those of the table `refunds`.

| exported_on | claim_by | lapses_on |
|---|---|---|""",
        "tail": """`file_by` is empty until the tax administration has announced the filing periods
of that year; the program says so and guesses nothing.

Rendered from the packs `{packs}`. Change the packs, not this page.
""",
    },
    "zh": {
        "head": """# 出口海外仓货物退税指引

适用于以海关监管方式9810出口、在境外实现销售的外贸企业（免退税办法）。本指引不构成法律意见；每一步均注明依据和
可信程度。最近核对日期：{checked_on}。

[English](refund-overseas-warehouse.en.md)
""",
        "marks": "## 可信程度",
        "mark": "- **{mark}**：{meaning}。",
        "steps": "## 办理步骤",
        "source": "依据：{source}。",
        "sure": "可信程度：**{mark}**。{checked}。",
        "see": "程序中的位置：`{see}`。",
        "advances": """## 日期示例：出口预退税

列名与 `advances` 表一致：办结日、核算期起、核算期止、最后一个申报期截止日。

| finished_on | reconcile_from | legal_until | file_by |
|---|---|---|---|""",
        "unknown": "尚未公布",
        "claims": """## 日期示例：正常申报

列名与 `refunds` 表一致：出口日期、申报（收汇）截止日、视同内销前的最后一日。

| exported_on | claim_by | lapses_on |
|---|---|---|""",
        "tail": """当年的申报纳税期限公布之前，`file_by` 为空；程序如实提示，不作推测。

本页由数据包 `{packs}` 生成，请修改数据包，不要直接修改本页。
""",
    },
}
_MEANINGS = {
    "en": {
        "V": "read in the text of the rule or a copy of it",
        "S": "read in a secondary text only",
        "M": "remembered or assumed, not verified",
    },
    "zh": {
        "V": "见于文件原文或其转载",
        "S": "仅见于二手资料",
        "M": "凭经验或推定，未查证",
    },
}


def render(lang: str) -> str:
    """Render the guide in `lang`, "en" or "zh", as Markdown; the same packs give the same text."""
    guide, deadlines, calendar, form = (read(name) for name in (GUIDE, DEADLINES, CALENDAR, FORM))
    words, checked_on = _WORDS[lang], guide.about["retrieved"]
    figures = _figures(lang, checked_on, deadlines, form)
    blocks = [words["head"].format(checked_on=checked_on).rstrip()]
    blocks += [words["marks"], _marks(lang), words["steps"]]
    for row in guide.rows:
        blocks += _step(lang, row, figures)
    blocks += [_advances(lang, deadlines, calendar), _claims(lang, deadlines)]
    packs = "`, `".join((GUIDE, DEADLINES, CALENDAR, FORM))
    blocks.append(words["tail"].format(packs=packs).rstrip())
    return "\n\n".join(blocks) + "\n"


def steps(lang: str) -> list[dict[str, str]]:
    """The steps of the guide in `lang`: number, title, text, source, mark (V, S or M), checked."""
    guide, deadlines, form = (read(name) for name in (GUIDE, DEADLINES, FORM))
    figures = _figures(lang, guide.about["retrieved"], deadlines, form)
    suffix = "" if lang == "en" else f"_{lang}"
    return [
        {
            "number": str(row.whole("step")),
            "title": row.text(f"title_{lang}"),
            "text": row.text(lang).format_map(figures),
            "source": row.text(f"source{suffix}"),
            "mark": row.text("confidence"),
            "checked": row.text(f"checked{suffix}"),
        }
        for row in guide.rows
    ]


def write(folder: Path) -> list[Path]:
    """Write the guide into `folder` in every language; the paths written, in order."""
    paths = []
    for lang in LANGUAGES:
        path = folder / f"refund-overseas-warehouse.{lang}.md"
        path.write_text(render(lang), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def _marks(lang: str) -> str:
    """What V, S and M mean, one line each."""
    mark = _WORDS[lang]["mark"]
    return "\n".join(mark.format(mark=m, meaning=text) for m, text in _MEANINGS[lang].items())


def _step(lang: str, row: Row, figures: dict[str, str]) -> list[str]:
    """One step: its words, where the program shows it, its source and how sure it is."""
    words = _WORDS[lang]
    suffix = "" if lang == "en" else f"_{lang}"
    lines = [words["source"].format(source=row.text(f"source{suffix}"))]
    sure = words["sure"]
    lines.append(sure.format(mark=row.text("confidence"), checked=row.text(f"checked{suffix}")))
    if row["see"]:
        lines.append(words["see"].format(see=row.text("see").replace(", ", "`, `")))
    title = f"### {row.whole('step')}. {row.text(f'title_{lang}')}"
    text = row.text(lang).format_map(figures)
    return [title, text, "\n".join(f"> {line}  " for line in lines).rstrip()]


def _advances(lang: str, deadlines: Pack, calendar: Pack) -> str:
    """The worked dates of advance refunds, one row per day finished."""
    words = _WORDS[lang]
    lines = [words["advances"]]
    for finished_on in FINISHED_ON:
        found = advance_deadlines(finished_on, deadlines, calendar)
        file_by = found.file_by or words["unknown"]
        lines.append(
            f"| {finished_on} | {found.reconcile_from} | {found.legal_until} | {file_by} |"
        )
    return "\n".join(lines)


def _claims(lang: str, deadlines: Pack) -> str:
    """The worked dates of ordinary claims, one row per day exported."""
    lines = [_WORDS[lang]["claims"]]
    for exported_on in EXPORTED_ON:
        found = claim_deadlines(exported_on, deadlines)
        lines.append(f"| {exported_on} | {found.claim_by} | {found.lapses_on} |")
    return "\n".join(lines)


def _figures(lang: str, on: date, deadlines: Pack, form: Pack) -> dict[str, str]:
    """The figures that the steps name in braces, as in force on `on`."""
    figures = {
        name: _day_of_year(lang, _rule(deadlines, name, on))
        for name in ("claim_by", "foreign_exchange_by", "reconcile_until")
    }
    for name, rule, column in (
        ("lapse_months", "lapse", "months"),
        ("reconcile_from_day", "reconcile_from", "day"),
        ("sales_proof_days", "sales_proof_on_file", "days"),
        ("sales_proof_years", "sales_proof_kept", "years"),
        ("filing_documents_days", "filing_documents_on_file", "days"),
        ("filing_documents_years", "filing_documents_kept", "years"),
        ("filing_change_days", "filing_particulars_changed", "days"),
    ):
        figures[name] = str(_rule(deadlines, rule, on).whole(column))
    figures["advance_code"] = _code(form, "business_type_advance", on).text("value")
    figures["advance_zh"] = _code(form, "business_type_advance", on).text("zh")
    for name in ("answer_equal", "answer_adjust"):
        figures[name] = _code(form, name, on).text("value")
    return figures


def _day_of_year(lang: str, row: Row) -> str:
    """The month and day of a row in words: 30 April, 4月30日."""
    month, day = row.whole("month"), row.whole("day")
    return f"{month}月{day}日" if lang == "zh" else f"{day} {_MONTHS[month - 1]}"


def _rule(deadlines: Pack, rule: str, on: date) -> Row:
    """The row of `rule` in force on `on`; the guide cannot do without it."""
    row = in_force(deadlines, on, rule=rule)
    if row is None:
        raise LookupError(f"{deadlines.name} has no {rule} in force on {on}")
    return row


def _code(form: Pack, code: str, on: date) -> Row:
    """The row of `code` in force on `on`; the guide cannot do without it."""
    row = in_force(form, on, code=code)
    if row is None:
        raise LookupError(f"{form.name} has no {code} in force on {on}")
    return row
