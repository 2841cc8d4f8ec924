# SPDX-License-Identifier: Apache-2.0
"""What was found, told to a person in either language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from entrepot.exchange.tables import ECB

LANGUAGES = ("en", "zh")
#: Findings that a person is shown.
_SHOWN = 20

Report = dict[str, Any]
Words = dict[str, str]


def told(kind: str, report: Report, language: str) -> Iterator[str]:
    """A report (`shown`, `written` or `checked`) for a person; what a terminal obeys is marked."""
    tell = {"shown": _shown, "written": _written, "checked": _checked}[kind]
    for line in tell(report, _words()[language]):
        yield "".join(each if each.isprintable() else "\ufffd" for each in line)


def _shown(report: Report, words: Words) -> Iterator[str]:
    yield words["rate"].format(**report)
    rows = [("for", words["day"].format(**report) if _is_moved(report) else report["on"])]
    rows.append(("source", _source(report["source"], words)))
    rows.append(("published", _published(report, words)))
    rows += [("path", leg["said"]) for leg in report["path"]]
    if report["decimal"].endswith("…"):
        rows.append(("exact", words["rounded"].format(**report)))
    if report["use"]:
        rows.append(("use", words["used"].format(**report["use"])))
    width = max(map(_width, (words[key] for key, _ in rows)))
    told_before = ""
    for key, text in rows:
        word = "" if key == told_before else words[key]
        yield f"  {word}{' ' * (width - _width(word))}  {text}"
        told_before = key
    if report["is_coarse"]:
        yield words["coarse"]
    if report["use"] and report["use"]["confidence"] == "M":
        yield words["not_verified"].format(**report["use"])


def _is_moved(report: Report) -> bool:
    return bool(report["looked_on"] != report["on"])


def _published(report: Report, words: Words) -> str:
    if report["holds_until"]:
        return words["period"].format(**report)
    return words.get(f"ago_{report['age']}", words["ago"]).format(**report)


def _source(source: Report, words: Words) -> str:
    if source["name"] == ECB:
        return words["ecb"].format(**source)
    return words["table"].format(name=source["name"], files=", ".join(source["files"]))


def _written(report: Report, words: Words) -> Iterator[str]:
    yield words["wrote"].format(
        **{key: f"{value:,}" if isinstance(value, int) else value for key, value in report.items()}
    )
    yield f"  {words['source']}  {_source(report['source'], words)}"
    for each in report["currencies"]:
        by = words["by"].format(**each) if each["crossed_by"] else ""
        yield "  " + words["per_currency"].format(by=by, **each)
    for each in report["currencies"]:
        if each["coarse"]:
            yield words["coarse_days"].format(**each)
    if report["use"]:
        yield words["used"].format(**report["use"])
        if report["use"]["confidence"] == "M":
            yield words["not_verified"].format(**report["use"])


def _checked(report: Report, words: Words) -> Iterator[str]:
    yield words["looked"].format(
        file=report["file"],
        rates=f"{report['rates']:,}",
        names=", ".join(report["currencies"][:9]) + ("…" if len(report["currencies"]) > 9 else ""),
        first=report["first"] or "–",
        last=report["last"] or "–",
    )
    if report["against"]:
        yield words["compared"].format(source=_source(report["against"], words))
    for each in report["findings"][:_SHOWN]:
        yield (
            f"{each['code']} {each['file']}:{each['row']}, {each['currency']} {each['on']}: "
            + words[each["code"]].format(**each["facts"])
        )
    if len(report["findings"]) > _SHOWN:
        yield words["more"].format(count=f"{len(report['findings']) - _SHOWN:,}")
    if not report["findings"]:
        yield words["sound"]


def _width(text: str) -> int:
    """Columns of a terminal: Chinese signs take two."""
    return sum(1 if ord(each) < 0x2E80 else 2 for each in text)


@cache
def _words() -> dict[str, Words]:
    text = files("entrepot.exchange").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
